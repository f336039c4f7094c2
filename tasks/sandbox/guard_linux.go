package sandbox

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// guard is a process outside the program's group that kills the group when this
// process dies: the kernel tells the program's first process only, and its
// children would live on. In a sandbox the namespace does it.
type guard struct {
	cmd *exec.Cmd
	w   *os.File // the guard waits for its end
}

func newGuard(group int) (*guard, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	g := &guard{cmd: exec.Command("/bin/sh", "-c", `read -r x <&3; kill -9 -- "-$1"`, "sh", strconv.Itoa(group)), w: w}
	g.cmd.Env = []string{}
	g.cmd.ExtraFiles = []*os.File{r}
	g.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := g.cmd.Start(); err != nil {
		w.Close()
		return nil, err
	}
	return g, nil
}

// end stops the guard without its deed: the group's number may be another's
// already.
func (g *guard) end() {
	g.cmd.Process.Kill()
	g.cmd.Wait()
	g.w.Close()
}
