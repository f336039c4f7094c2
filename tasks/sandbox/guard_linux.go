package sandbox

import (
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// guard is a process outside the program's group that kills the group when this
// process dies, and what left it: the kernel tells the program's first process
// only, and its children would live on. In a sandbox the namespace does it.
type guard struct {
	cmd *exec.Cmd
	w   *os.File // the guard waits for its end
}

// deed is what the guard does: $1 is the group, $2 the mark. POSIX's kill takes
// a group after "--" only when the signal has a name.
const deed = `read -r x <&3
for i in 1 2 3; do
	kill -s KILL -- "-$1"
	for f in $(grep -ls -- "$2" /proc/[0-9]*/environ); do f=${f#/proc/}; kill -s KILL "${f%/environ}"; done
done`

func newGuard(group int, mark string) (*guard, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	g := &guard{cmd: exec.Command("/bin/sh", "-c", deed, "sh", strconv.Itoa(group), mark), w: w}
	g.cmd.Env = []string{"PATH=/usr/bin:/bin"}
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
