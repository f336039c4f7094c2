package sandbox

import (
	"os"
	"os/exec"
	"syscall"
)

// guard is a process that leads the program's process group, and kills it when
// this process dies. The kernel tells the program's first process only: its
// children would live on, and bubblewrap, killed in the middle of its start,
// leaves a child that waits for it forever. The guard is there before both.
type guard struct {
	cmd *exec.Cmd
	w   *os.File // the guard waits for its end
}

// deed is what the guard does. $1 is the mark, if there is one. POSIX's kill
// takes a group after "--" only when the signal has a name.
const deed = `trap '' HUP INT TERM
read -r x <&3
for i in ${1:+1 2 3}; do
	for f in $(grep -ls -- "$1" /proc/[0-9]*/environ); do f=${f#/proc/}; kill -s KILL "${f%/environ}"; done
done
kill -s KILL -- "-$$"`

func newGuard(mark string) (*guard, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	g := &guard{cmd: exec.Command("/bin/sh", "-c", deed, "sh", mark), w: w}
	g.cmd.Env = []string{"PATH=/usr/bin:/bin"}
	g.cmd.ExtraFiles = []*os.File{r}
	g.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := g.cmd.Start(); err != nil {
		w.Close()
		return nil, err
	}
	return g, nil
}

// group is the process group; the number is nobody else's until end.
func (g *guard) group() int { return g.cmd.Process.Pid }

// end stops the guard without its deed.
func (g *guard) end() {
	g.cmd.Process.Kill()
	g.cmd.Wait()
	g.w.Close()
}
