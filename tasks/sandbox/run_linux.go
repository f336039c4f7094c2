package sandbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// gate holds the program back until its limits are set: it tells on descriptor
// 4 that it is there, waits for a line on 3, and becomes the program. When this
// process dies first the line never comes and the gate ends.
const gate = `printf r >&4; read -r go <&3 && [ "$go" = go ] && exec "$@" 3<&- 4>&-`

// maxSetup bounds the time until the gate tells that it is there.
const maxSetup = 30 * time.Second

// linger bounds the wait for a killed program's last process and its pipes.
const linger = 2 * time.Second

// run keeps a thread for the program: the kernel kills it when the thread that
// started it ends, which is this process's death only if the thread lives as
// long as the program.
func run(ctx context.Context, c Command) (u Usage, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		u, err = runLocked(ctx, c)
	}()
	<-done
	return u, err
}

func runLocked(ctx context.Context, c Command) (Usage, error) {
	argv := append([]string{"/bin/sh", "-c", gate, "sh", c.Path}, c.Args...)
	if c.Isolate {
		wrap, err := bubblewrap(c)
		if err != nil {
			return Usage{}, err
		}
		argv = append(wrap, argv...)
	}
	closeOnExec()
	p, err := start(c, argv)
	if err != nil {
		return Usage{}, err
	}
	defer p.release()
	if err := p.open(ctx); err != nil {
		p.kill()
		p.wait()
		return p.usage(), err
	}
	err = p.watch(ctx)
	return p.usage(), err
}

// process is a program under way. Its methods are called by one goroutine.
type process struct {
	c      Command
	cmd    *exec.Cmd
	began  time.Time
	goW    *os.File    // opens the gate
	ready  chan error  // nil when the gate is there
	ended  chan error  // what cmd.Wait said
	init   *os.Process // the sandbox's first process: its death is that of all
	gate   int         // process id of the gate, then of the program
	guard  *guard
	tail   *tail // of Stderr
	tree   tree
	peak   int64
	cpu    time.Duration
	waited bool
	err    error // what ended saw
}

func start(c Command, argv []string) (*process, error) {
	goR, goW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer goR.Close()
	readyR, readyW, err := os.Pipe()
	if err != nil {
		goW.Close()
		return nil, err
	}
	defer readyW.Close()
	p := &process{c: c, goW: goW, ready: make(chan error, 1), ended: make(chan error, 1), tail: &tail{w: c.Stderr}}
	p.cmd = exec.Command(argv[0], argv[1:]...)
	p.cmd.Env = c.Env
	if !c.Isolate {
		p.tree.mark = "SANDBOX_RUN=" + rand.Text()
		p.cmd.Dir, p.cmd.Env = c.Dir, append(slices.Clip(c.Env), p.tree.mark)
	}
	if c.Stdout != nil {
		// Always a pipe: a file of ours, or a terminal, is not the program's.
		p.cmd.Stdout = struct{ io.Writer }{c.Stdout}
	}
	in, err := stdin(p.cmd, c)
	if err != nil {
		goW.Close()
		readyR.Close()
		return nil, err
	}
	p.cmd.Stderr = p.tail
	p.cmd.ExtraFiles = []*os.File{goR, readyW}
	if c.Isolate {
		calls, err := filterPipe()
		if err != nil {
			goW.Close()
			readyR.Close()
			return nil, err
		}
		defer calls.Close()
		p.cmd.ExtraFiles = append(p.cmd.ExtraFiles, calls)
	}
	p.cmd.WaitDelay = linger
	p.began = time.Now()
	p.guard, err = newGuard(p.tree.mark)
	if err == nil {
		p.tree.group = p.guard.group()
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true, Pgid: p.tree.group}
		if err = p.cmd.Start(); err != nil {
			p.guard.end()
		}
	}
	if err != nil {
		goW.Close()
		readyR.Close()
		return nil, fmt.Errorf("%w: %w", ErrCommand, err)
	}
	in()
	go func() { p.ended <- p.cmd.Wait() }()
	go func() {
		defer readyR.Close()
		_, err := readyR.Read(make([]byte, 1))
		p.ready <- err
	}()
	p.tree.root, p.tree.isolated = p.cmd.Process.Pid, c.Isolate
	return p, nil
}

// open waits for the gate, sets the limits and lets the program in.
func (p *process) open(ctx context.Context) error {
	timer := time.NewTimer(maxSetup)
	defer timer.Stop()
	select {
	case err := <-p.ready:
		if err != nil {
			p.wait()
			if !p.c.Isolate {
				return fmt.Errorf("%w: %s", ErrCommand, p.tail.last())
			}
			return fmt.Errorf("%w: %s", ErrUnavailable, explain(p.tail.last()))
		}
	case <-timer.C:
		return fmt.Errorf("%w: it did not start within %v", ErrUnavailable, maxSetup)
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	p.gate = p.tree.root
	if p.c.Isolate {
		if err := p.findGate(); err != nil {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	if err := restrain(p.gate, p.c); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	// From here on the program runs; the line is in the pipe at once.
	if _, err := p.goW.WriteString("go\n"); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// findGate finds the sandbox's first process below bubblewrap, and the gate
// below that.
func (p *process) findGate() error {
	inits := children(p.tree.root)
	if len(inits) != 1 {
		return fmt.Errorf("bubblewrap has %d children", len(inits))
	}
	gates := children(inits[0])
	if len(gates) != 1 {
		return fmt.Errorf("the sandbox has %d processes at its start", len(gates))
	}
	init, err := os.FindProcess(inits[0])
	if err != nil {
		return err
	}
	p.init, p.gate = init, gates[0]
	return nil
}

// wait waits for the end of the program and its pipes.
func (p *process) wait() {
	if !p.waited {
		p.err, p.waited = <-p.ended, true
	}
}

// kill ends all processes. The sandbox's first process takes all others with
// it, before bubblewrap sees it end; bubblewrap itself only if that hangs.
func (p *process) kill() {
	if p.waited {
		return
	}
	if p.init == nil || p.init.Kill() != nil {
		p.tree.killAll()
		return
	}
	select {
	case p.err = <-p.ended:
		p.waited = true
	case <-time.After(linger):
		p.tree.killAll()
	}
}

func (p *process) release() {
	p.goW.Close()
	if !p.c.Isolate {
		p.tree.sweep()
	}
	p.guard.end()
	if p.init != nil {
		p.init.Release()
	}
}

func (p *process) usage() Usage {
	cpu := p.cpu
	if s := p.cmd.ProcessState; p.waited && s != nil {
		cpu = max(cpu, s.UserTime()+s.SystemTime())
	}
	return Usage{Memory: p.peak, CPU: cpu, Wall: time.Since(p.began)}
}

// result is what the program's own end means.
func (p *process) result() error {
	var exit *exec.ExitError
	if p.err == nil || errors.Is(p.err, exec.ErrWaitDelay) {
		return nil
	}
	if !errors.As(p.err, &exit) {
		// A writer of the caller's failed.
		return p.err
	}
	e := &ExitError{Code: exit.ExitCode(), Tail: p.tail.text()}
	if s, ok := exit.Sys().(syscall.WaitStatus); ok && s.Signaled() {
		e.Signal = int(s.Signal())
	} else if e.Code > 128 && e.Code <= 128+64 {
		e.Code, e.Signal = -1, e.Code-128 // bubblewrap says it so, and so do shells
	}
	switch {
	case e.Signal == int(unix.SIGXFSZ) && p.c.Limits.Files > 0:
		return &LimitError{LimitFile, size(p.c.Limits.Files)}
	case e.Signal == int(unix.SIGXCPU) && p.c.Limits.CPU > 0:
		return &LimitError{LimitCPU, p.c.Limits.CPU.String()}
	}
	return e
}

// closeOnExec marks every descriptor of this process that is not: what a
// careless parent left us open is not for the program.
func closeOnExec() {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	for _, name := range names {
		var fd int
		if _, err := fmt.Sscan(name, &fd); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
}
