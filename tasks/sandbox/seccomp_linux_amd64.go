package sandbox

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_X86_64

// archRules are those of calls that newer processors do not have.
func archRules() []rule {
	return append(deny(unix.EPERM, unix.SYS_IOPL, unix.SYS_IOPERM, unix.SYS_MODIFY_LDT, unix.SYS_KEXEC_FILE_LOAD,
		unix.SYS_USELIB, unix.SYS_CREATE_MODULE, unix.SYS__SYSCTL),
		rule{unix.SYS_CHMOD, unix.EPERM, []condition{bits(1, special)}},
		rule{unix.SYS_CREAT, unix.EPERM, []condition{bits(1, special)}},
		rule{unix.SYS_MKNOD, unix.EPERM, []condition{bits(1, special)}},
		rule{unix.SYS_OPEN, unix.EPERM, []condition{bits(1, creating), bits(2, special)}},
	)
}
