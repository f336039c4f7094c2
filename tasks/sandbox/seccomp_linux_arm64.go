package sandbox

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_AARCH64

func archRules() []rule { return deny(unix.EPERM, unix.SYS_KEXEC_FILE_LOAD) }
