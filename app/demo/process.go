package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"supercomputing/app/api"
	"supercomputing/app/config"
	"supercomputing/app/node"
	"supercomputing/app/view"
)

// process is one node of the demo: its own folder, wallet and ports.
type process struct {
	name     string
	dir      string
	exe      string
	tied     bool // it ends with this process, however that ends
	identity string
	cfg      config.Config
	api      *api.Client

	mu   sync.Mutex
	cmd  *exec.Cmd     // guarded by mu; nil before the first start
	done chan struct{} // guarded by mu; closed when cmd has ended
}

// passphraseFile lies in each node's folder; the demo's coins are worth
// nothing.
const passphraseFile = "passphrase"

// start runs the node, waits for its API, and keeps the ports that it took for
// later starts.
func (p *process) start(ctx context.Context) error {
	if err := p.cfg.Save(p.dir); err != nil {
		return err
	}
	if err := p.spawn(); err != nil {
		return err
	}
	if err := p.awaitAPI(ctx); err != nil {
		return err
	}
	st, err := p.api.Status(ctx)
	if err != nil {
		return err
	}
	p.cfg.Listen = config.Listen{Gossip: st.Listen.Gossip, API: st.Listen.API,
		Contact: keep(p.cfg.Listen.Contact, st.Listen.Contact), BitTorrent: keep(p.cfg.Listen.BitTorrent, st.Listen.BitTorrent)}
	return p.cfg.Save(p.dir)
}

// keep prefers the address in use to the one asked for.
func keep(asked, used string) string {
	if used != "" {
		return used
	}
	return asked
}

// spawn starts the process without waiting for it. Its output goes to a file
// that later runs append to.
func (p *process) spawn() error {
	out, err := os.OpenFile(filepath.Join(p.dir, "output.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	os.Remove(filepath.Join(p.dir, api.AddressFile)) // of an earlier run
	cmd := exec.Command(p.exe, "node", "--datadir", p.dir, "--passphrase-file", filepath.Join(p.dir, passphraseFile))
	cmd.Stdout, cmd.Stderr = out, out
	if p.tied {
		// The system closes the pipe's other end when this process is no more.
		cmd.Args = append(cmd.Args, "--until-input-ends")
		if _, err := cmd.StdinPipe(); err != nil {
			return err
		}
	}
	cmd.SysProcAttr = ownGroup() // Ctrl-C reaches the demo, which ends its nodes in order
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.name, err)
	}
	done := make(chan struct{})
	go func() { cmd.Wait(); close(done) }()
	p.mu.Lock()
	p.cmd, p.done = cmd, done
	p.mu.Unlock()
	return nil
}

// freePatience is how long a node of a program that was killed may take to end.
const freePatience = 20 * time.Second

// awaitFree waits for the end of a node that still runs in the folder: of a
// program that was killed a moment ago, and that is started again.
func (p *process) awaitFree(ctx context.Context) error {
	for until := time.Now().Add(freePatience); (node.Wallets{}).Running(p.dir) && time.Now().Before(until); {
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
	return nil // else the node's own message says who runs there
}

// awaitAPI waits until the node answers, or has ended.
func (p *process) awaitAPI(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 45*time.Second)
	defer cancel()
	for {
		if c, err := api.Find(p.dir, ""); err == nil {
			if _, err := c.Status(ctx); err == nil {
				p.api = c
				return nil
			}
		}
		if p.ended() {
			return fmt.Errorf("%s ended at once: %s", p.name, p.tail())
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("%s does not answer: %s", p.name, p.tail())
		}
	}
}

func (p *process) ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return true
	}
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// tail is the end of the node's output, for error texts.
func (p *process) tail() string {
	b, err := os.ReadFile(filepath.Join(p.dir, "output.log"))
	if err != nil {
		return err.Error()
	}
	b = bytes.TrimSpace(b)
	if len(b) > 800 {
		b = b[len(b)-800:]
	}
	return string(b)
}

// stop ends the process: politely, and after a while by force.
func (p *process) stop(sig os.Signal) {
	p.mu.Lock()
	cmd, done := p.cmd, p.done
	p.mu.Unlock()
	if cmd == nil {
		return
	}
	if cmd.Process.Signal(sig) != nil {
		cmd.Process.Kill() // ended already, or a system without this signal
	}
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		cmd.Process.Kill()
		<-done
	}
}

// restart brings a killed node back on its old ports.
func (p *process) restart(ctx context.Context) error {
	if err := p.spawn(); err != nil {
		return err
	}
	return p.awaitAPI(ctx)
}

func pause(ctx context.Context, t time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(t):
		return nil
	}
}

// until asks several times a second until done. A node that is just being
// restarted is asked again; one that is dead ends it.
func until(ctx context.Context, u *ui, dead func() error, ask func(context.Context) (bool, error)) error {
	for {
		done, err := ask(ctx)
		if err != nil && !passing(err) {
			return err
		}
		if done && err == nil {
			u.clear()
			return nil
		}
		if err := dead(); err != nil {
			return err
		}
		if err := pause(ctx, 200*time.Millisecond); err != nil {
			return fmt.Errorf("%w: it took too long", err)
		}
	}
}

func (d *demo) until(ctx context.Context, ask func(context.Context) (bool, error)) error {
	return until(ctx, d.ui, d.dead, ask)
}

// patiently repeats a question while the node is not ready for it.
func patiently[T any](ctx context.Context, d *demo, ask func(context.Context) (T, error)) (out T, err error) {
	err = d.until(ctx, func(ctx context.Context) (bool, error) {
		var err error
		out, err = ask(ctx)
		return err == nil, err
	})
	return out, err
}

func passing(err error) bool {
	return errors.Is(err, view.ErrNotRunning) || errors.Is(err, view.ErrUnavailable)
}

// dead reports a node that ended by itself; the killer's victims are not.
func (d *demo) dead() error {
	if d.killer != nil {
		return nil
	}
	return d.ended()
}
