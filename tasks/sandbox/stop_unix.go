//go:build unix && !linux

package sandbox

import (
	"os/exec"
	"syscall"
)

// Stops tells that this system can stop a program and continue it.
const Stops = true

func haltGroup(cmd *exec.Cmd) { syscall.Kill(-cmd.Process.Pid, syscall.SIGSTOP) }
func contGroup(cmd *exec.Cmd) { syscall.Kill(-cmd.Process.Pid, syscall.SIGCONT) }
