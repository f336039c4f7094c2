package sandbox

import "os/exec"

// Stops tells that this system can stop a program and continue it.
const Stops = false

func haltGroup(*exec.Cmd) {}
func contGroup(*exec.Cmd) {}
