//go:build !unix

package demo

import (
	"os"
	"syscall"
)

func ownGroup() *syscall.SysProcAttr { return nil }

// onDisk is a file's size; sparse files are rare here.
func onDisk(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
