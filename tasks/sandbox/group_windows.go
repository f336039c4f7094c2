package sandbox

import "os/exec"

func setGroup(*exec.Cmd) {}

// killGroup ends the program; what it started is not known here.
func killGroup(cmd *exec.Cmd) { cmd.Process.Kill() }
