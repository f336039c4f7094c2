package sandbox

import "golang.org/x/sys/unix"

// Stops tells that this system can stop a program and continue it.
const Stops = true

// mostRounds bounds the rounds in which a tree that forks is stopped; the
// watchdog's next look goes on with it.
const mostRounds = 20

// halt stops every process of the tree, in rounds until none is left that runs:
// one may have forked while the list was read. The group's guard is spared, for
// it has to be awake when this process dies. Held for long, those that were given
// away are searched too, which is dear.
func (p *process) halt(held bool) {
	if held && !p.c.Isolate {
		p.tree.search()
	}
	for range mostRounds {
		running := 0
		for _, pid := range p.tree.measure(0).pids {
			if s, ok := readStat(pid); !ok || s.state == 'T' || s.state == 'Z' || p.outer(pid) {
				continue
			}
			running++
			unix.Kill(pid, unix.SIGSTOP)
		}
		if running == 0 {
			return
		}
	}
}

// goOn continues what halt has stopped, children first: a parent that goes on
// before them may take a stopped child for a dead one.
func (p *process) goOn() {
	pids := p.tree.measure(0).pids
	for i := len(pids) - 1; i >= 0; i-- {
		if !p.outer(pids[i]) {
			unix.Kill(pids[i], unix.SIGCONT)
		}
	}
}

// outer tells whether a process is bubblewrap's own, around the program.
func (p *process) outer(pid int) bool {
	return p.c.Isolate && (pid == p.tree.root || p.init != nil && pid == p.init.Pid)
}
