//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"supercomputing/app/ui/text"
)

// tailSize is how much of what the program printed is shown of a failure.
const tailSize = 30 << 10

// patience is how long a window may take to show what was asked for.
const patience = 20 * time.Second

// person sits at the screen.
type person struct {
	screen   *screen
	exe      string
	home     string
	pictures string // "" for none
	words    *text.Catalog
	began    time.Time

	cmd   *exec.Cmd
	done  chan struct{}
	shots int
}

func (p *person) socket() string { return filepath.Join(p.home, "inspect") }
func (p *person) dir() string    { return filepath.Join(p.home, ".local", "share", "supercomputing") }
func (p *person) output() string { return filepath.Join(p.home, "output") }

// try plays something; when it fails, a picture and the program's output tell
// how things were.
func (p *person) try(ctx context.Context, play func(context.Context, *person) error) error {
	err := play(ctx, p)
	if err == nil {
		err = p.quiet()
	}
	if err != nil {
		if p.pictures == "" {
			p.pictures = os.TempDir()
		}
		_ = p.shot("failed")
		fmt.Fprintf(os.Stderr, "the program's last words:\n%s\n", p.tail())
	}
	return err
}

// say tells what is going on.
func (p *person) say(format string, args ...any) {
	fmt.Printf("%6.1fs  %s\n", time.Since(p.began).Seconds(), fmt.Sprintf(format, args...))
}

// start starts the program as from a menu, in a home of its own.
func (p *person) start(args ...string) error {
	out, err := os.OpenFile(p.output(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(p.exe, args...)
	cmd.Env = p.env()
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.home, out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	p.cmd, p.done = cmd, done
	return nil
}

// env is a fresh person's: a home without anything in it.
func (p *person) env() []string {
	var out []string
	for _, kv := range p.screen.env(os.Environ()) {
		name, _, _ := strings.Cut(kv, "=")
		if name == "HOME" || strings.HasPrefix(name, "XDG_") || strings.HasPrefix(name, "LC_") || strings.HasPrefix(name, "LANG") || strings.HasPrefix(name, "SUPERCOMPUTING_") {
			continue
		}
		out = append(out, kv)
	}
	lang := "C.UTF-8" // as on a bare system: English
	if l := p.words.Language(); l == text.Chinese {
		lang = "zh_CN.UTF-8"
	}
	return append(out, "HOME="+p.home, "XDG_RUNTIME_DIR="+p.home, "LANG="+lang, "SUPERCOMPUTING_INSPECT="+p.socket())
}

func (p *person) ended() bool {
	if p.done == nil {
		return true
	}
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// leave ends the program politely, and says how long that took.
func (p *person) leave() error {
	if p.ended() {
		return errors.New("the program has ended by itself")
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.done:
	case <-time.After(40 * time.Second):
		_ = p.cmd.Process.Signal(syscall.SIGQUIT) // it prints what it waits for
		<-p.done
		return errors.New("the program does not end")
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("the program ended with code %d: %s", code, p.tail())
	}
	return nil
}

// end ends the program in any case.
func (p *person) end() {
	if p.done == nil || p.ended() {
		return
	}
	_ = p.cmd.Process.Kill()
	<-p.done
}

// tail is the end of what the program printed.
func (p *person) tail() string {
	b, err := os.ReadFile(p.output())
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-tailSize):])
}

// quiet fails when the program printed what nobody should have to read.
func (p *person) quiet() error {
	b, err := os.ReadFile(p.output())
	if err != nil {
		return err
	}
	for _, bad := range []string{"panic:", "Fyne error", "DATA RACE", "fatal error:"} {
		if i := bytes.Index(b, []byte(bad)); i >= 0 {
			return fmt.Errorf("the program printed: %s", b[i:min(len(b), i+400)])
		}
	}
	return nil
}

// shot takes a picture of the screen.
func (p *person) shot(name string) error {
	if p.pictures == "" {
		return nil
	}
	p.shots++
	_, err := p.screen.run("import", "-window", "root", filepath.Join(p.pictures, fmt.Sprintf("%02d-%s.png", p.shots, name)))
	return err
}

// point moves the mouse to the middle of a box and clicks.
func (p *person) point(b box, s seen) error {
	if err := p.move(b, s); err != nil {
		return err
	}
	// The toolkit takes a click to be where it saw the mouse last, which it
	// looks for in each turn of its loop. A hand is slower than that; three
	// questions take three turns.
	for range 3 {
		time.Sleep(20 * time.Millisecond)
		if _, err := p.look(); err != nil {
			return err
		}
	}
	_, err := p.screen.run("xdotool", "click", "1")
	return err
}

// move moves the mouse to the middle of a box.
func (p *person) move(b box, s seen) error {
	id, err := p.screen.run("xdotool", "search", "--onlyvisible", "--name", "^Supercomputing$")
	if err != nil {
		return err
	}
	window, _, _ := strings.Cut(strings.TrimSpace(id), "\n")
	x, y := math.Round((b.X+b.W/2)*s.Scale), math.Round((b.Y+b.H/2)*s.Scale)
	_, err = p.screen.run("xdotool", "mousemove", "--window", window, strconv.Itoa(int(x)), strconv.Itoa(int(y)))
	return err
}

// still waits until something that pick finds can be used and stands still. What
// is not on the window is scrolled to, as a person would.
func (p *person) still(ctx context.Context, what string, pick func(seen) (box, bool)) (box, seen, error) {
	var last box
	missed := 0
	s, err := p.until(ctx, patience, what, func(s seen) bool {
		b, ok := pick(s)
		b.Focused = false
		stands := ok && !b.Off && b == last
		last = b
		if missed++; ok {
			missed = 0
		} else if missed%8 == 0 {
			_ = p.scroll(s, missed < 60)
		}
		return stands
	})
	return last, s, err
}

// scroll turns the mouse's wheel over the page.
func (p *person) scroll(s seen, down bool) error {
	if err := p.move(box{X: s.Width * 0.6, Y: s.Height / 2}, s); err != nil {
		return err
	}
	button := "4"
	if down {
		button = "5"
	}
	_, err := p.screen.run("xdotool", "click", "--repeat", "6", "--delay", "20", button)
	return err
}

// tap waits for a button and clicks it.
func (p *person) tap(ctx context.Context, label string) error {
	b, s, err := p.still(ctx, fmt.Sprintf("button %q", label), func(s seen) (box, bool) { return s.button(label) })
	if err != nil {
		return err
	}
	return p.point(b, s)
}

// keys presses keys, as xdotool names them.
func (p *person) keys(names ...string) error {
	_, err := p.screen.run("xdotool", append([]string{"key", "--delay", "20"}, names...)...)
	return err
}

// write types.
func (p *person) write(s string) error {
	_, err := p.screen.run("xdotool", "type", "--delay", "12", "--", s)
	return err
}

// fill clicks a field and types into it, in place of what is there. Secret
// fields do not tell their content, so secret is not compared.
func (p *person) fill(ctx context.Context, name, value string, secret bool) error {
	b, s, err := p.still(ctx, fmt.Sprintf("field %q", name), func(s seen) (box, bool) { return s.field(name) })
	if err != nil {
		return err
	}
	if err := p.point(b, s); err != nil {
		return err
	}
	if _, err := p.until(ctx, patience, fmt.Sprintf("focus on %q", name), func(s seen) bool { b, ok := s.field(name); return ok && b.Focused }); err != nil {
		return err
	}
	if b.Text != "" {
		if err := p.keys("ctrl+a", "BackSpace"); err != nil {
			return err
		}
	}
	if err := p.write(value); err != nil || secret {
		return err
	}
	_, err = p.until(ctx, patience, fmt.Sprintf("%q in field %q", value, name), func(s seen) bool {
		b, ok := s.field(name)
		return ok && plain(b.Text) == value
	})
	return err
}
