package miner

import (
	"time"

	"golang.org/x/sys/unix"
)

// accessed is when a terminal was read last.
func accessed(path string) (time.Time, bool) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR {
		return time.Time{}, false
	}
	return time.Unix(st.Atim.Unix()), true
}
