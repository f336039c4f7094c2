//go:build unix

package demo

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// A program that is started again right after it was killed waits for the nodes
// that it left to end.
func TestAwaitFree(t *testing.T) {
	p := &process{dir: t.TempDir()}
	lock, err := os.Create(filepath.Join(p.dir, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	freed := time.AfterFunc(300*time.Millisecond, func() { lock.Close() })
	if err := p.awaitFree(t.Context()); err != nil || freed.Stop() {
		t.Errorf("the folder is still taken: %v", err)
	}
	if err := p.awaitFree(t.Context()); err != nil {
		t.Error(err)
	}
}
