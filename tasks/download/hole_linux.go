package download

import (
	"os"
	"syscall"
)

const errQuota = syscall.EDQUOT

// isHole reports whether no byte of [from, to) was ever written: then the next
// data (lseek's SEEK_DATA) lies beyond.
func isHole(f *os.File, from, to int64) bool {
	const seekData = 3
	next, err := syscall.Seek(int(f.Fd()), from, seekData)
	if err == syscall.ENXIO { // nothing but a hole up to the end
		return true
	}
	return err == nil && next >= to
}
