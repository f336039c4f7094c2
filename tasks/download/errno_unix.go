//go:build !windows

package download

import "syscall"

const errAddrInUse = syscall.EADDRINUSE
