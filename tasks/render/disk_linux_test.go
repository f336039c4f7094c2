package render

import (
	"os"
	"syscall"
	"testing"
)

// smallDisk is a folder on a disk of its own, which a few tiles fill.
func smallDisk(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	dir := t.TempDir()
	if err := syscall.Mount("render-test", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("no small disk: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}
