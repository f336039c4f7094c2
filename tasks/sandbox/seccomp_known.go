//go:build linux && (amd64 || arm64)

package sandbox

import (
	"encoding/binary"
	"fmt"
	"math"

	"golang.org/x/sys/unix"
)

// The filter of system calls (seccomp(2)) takes away what namespaces leave: ways
// to hold memory that belongs to no process, sockets that no network namespace
// covers (AF_VSOCK reaches a virtual machine's host), files that keep our rights
// after we are gone (set-user-id), nested namespaces, and much of the kernel
// that no renderer needs.

// rule denies one system call, always or when all conditions hold.
type rule struct {
	call  uint32
	errno unix.Errno
	when  []condition
}

// condition is about the low 32 bits of an argument; the kernel looks at no
// more of those that are named here.
type condition struct {
	arg  int
	test uint16 // unix.BPF_JSET: any bit of value; unix.BPF_JEQ: equal
	not  bool
	with uint32
}

// deny makes rules without conditions.
func deny(errno unix.Errno, calls ...uint32) (rules []rule) {
	for _, c := range calls {
		rules = append(rules, rule{call: c, errno: errno})
	}
	return rules
}

// special are the bits that let a file's owner lend his rights to others.
const special = unix.S_ISUID | unix.S_ISGID

// namespaces are the flags of clone(2) that make a new one.
const namespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC |
	unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWTIME

// newest is the last system call that was looked at; programs get on without
// later ones. Numbers from 424 on are the same for all processors.
const newest = 456

func bits(arg int, mask uint32) condition {
	return condition{arg: arg, test: unix.BPF_JSET, with: mask}
}

func is(arg int, value uint32) condition {
	return condition{arg: arg, test: unix.BPF_JEQ, with: value}
}

func isNot(arg int, value uint32) condition {
	return condition{arg: arg, test: unix.BPF_JEQ, not: true, with: value}
}

// rules are those of all processors.
func rules() []rule {
	all := deny(unix.EPERM,
		// Keys and other processes.
		unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL, unix.SYS_PTRACE, unix.SYS_KCMP,
		unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PIDFD_GETFD,
		// Memory that is nobody's.
		unix.SYS_SHMGET, unix.SYS_SHMAT, unix.SYS_MSGGET, unix.SYS_SEMGET, unix.SYS_MQ_OPEN, unix.SYS_MEMFD_SECRET,
		// Mounts and namespaces.
		unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_MOVE_MOUNT, unix.SYS_OPEN_TREE,
		unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR, unix.SYS_SETNS,
		unix.SYS_UNSHARE, unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_QUOTACTL, unix.SYS_QUOTACTL_FD,
		// The machine.
		unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD, unix.SYS_FANOTIFY_INIT, unix.SYS_SYSLOG,
		unix.SYS_KEXEC_LOAD, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE, unix.SYS_REBOOT,
		unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_ACCT, unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME,
		unix.SYS_ADJTIMEX, unix.SYS_CLOCK_ADJTIME, unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME, unix.SYS_VHANGUP,
	)
	// Programs take another way where these are not there. The flags of clone3
	// and the mode of openat2 are in memory, where no filter can see them.
	all = append(all, deny(unix.ENOSYS, unix.SYS_CLONE3, unix.SYS_OPENAT2, unix.SYS_MEMFD_CREATE,
		unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER)...)
	return append(all,
		rule{unix.SYS_CLONE, unix.EPERM, []condition{bits(0, namespaces)}},
		rule{unix.SYS_SOCKET, unix.EAFNOSUPPORT, []condition{isNot(0, unix.AF_UNIX)}},
		rule{unix.SYS_IOCTL, unix.EPERM, []condition{is(1, unix.TIOCSTI)}},
		rule{unix.SYS_IOCTL, unix.EPERM, []condition{is(1, unix.TIOCLINUX)}},
		// The watchdog could not look into a process that hides itself.
		rule{unix.SYS_PRCTL, unix.EPERM, []condition{is(0, unix.PR_SET_DUMPABLE)}},
		rule{unix.SYS_FCHMOD, unix.EPERM, []condition{bits(1, special)}},
		rule{unix.SYS_FCHMODAT, unix.EPERM, []condition{bits(2, special)}},
		rule{unix.SYS_FCHMODAT2, unix.EPERM, []condition{bits(2, special)}},
		rule{unix.SYS_MKNODAT, unix.EPERM, []condition{bits(2, special)}},
		rule{unix.SYS_OPENAT, unix.EPERM, []condition{bits(2, creating), bits(3, special)}},
	)
}

// creating are the flags of open(2) that make it look at the mode.
const creating = unix.O_CREAT | unix.O_TMPFILE&^unix.O_DIRECTORY

// Offsets in struct seccomp_data of linux/seccomp.h, in bytes.
const (
	offCall = 0
	offArch = 4
	offArgs = 16 // 8 bytes each, the low half first: the processors below are little-endian
)

// filter is the program for bubblewrap's --seccomp: struct sock_filter of
// linux/filter.h, one behind the other. It fails with ErrUnavailable elsewhere,
// where the processor's system calls are not known here.
func filter() ([]byte, error) {
	prog := []unix.SockFilter{
		load(offArch),
		jump(unix.BPF_JEQ, auditArch, 1, 0), // a call by another processor's numbers
		refuse(unix.ENOSYS),
		load(offCall),
		jump(unix.BPF_JGT, newest, 0, 1), // on x86-64 the x32 calls too
		refuse(unix.ENOSYS),
	}
	for _, r := range append(rules(), archRules()...) {
		prog = append(prog, r.code()...)
	}
	prog = append(prog, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	if len(prog) > math.MaxUint16 {
		return nil, fmt.Errorf("%w: the filter has %d steps", ErrUnavailable, len(prog))
	}
	var b []byte
	for _, f := range prog {
		b = binary.NativeEndian.AppendUint16(b, f.Code)
		b = append(b, f.Jt, f.Jf)
		b = binary.NativeEndian.AppendUint32(b, f.K)
	}
	return b, nil
}

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

func jump(test uint16, k uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | test | unix.BPF_K, Jt: yes, Jf: no, K: k}
}

func refuse(errno unix.Errno) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(errno)}
}

// code is the rule's steps. The call's number is loaded before and after.
func (r rule) code() (prog []unix.SockFilter) {
	if len(r.when) == 0 {
		return []unix.SockFilter{jump(unix.BPF_JEQ, r.call, 0, 1), refuse(r.errno)}
	}
	body := 2*len(r.when) + 2 // and the refusal, and loading the number again
	prog = append(prog, jump(unix.BPF_JEQ, r.call, 0, uint8(body)))
	for i, c := range r.when {
		out := uint8(2*(len(r.when)-i-1) + 1) // behind the refusal
		yes, no := uint8(0), out
		if c.not {
			yes, no = out, 0
		}
		prog = append(prog, load(uint32(offArgs+8*c.arg)), jump(c.test, c.with, yes, no))
	}
	return append(prog, refuse(r.errno), load(offCall))
}
