//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// screen is a display that nobody sees, with a window manager.
type screen struct {
	display string // ":12"
	running []*exec.Cmd
}

// startScreen starts both. Their output goes to a file for the case of failure.
func startScreen(ctx context.Context, log string) (*screen, error) {
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	s := &screen{}
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset")
	x.ExtraFiles, x.Stdout, x.Stderr = []*os.File{w}, out, out
	err = s.start(x)
	w.Close()
	if err != nil {
		return nil, err
	}
	_ = r.SetReadDeadline(time.Now().Add(20 * time.Second))
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		s.stop()
		return nil, fmt.Errorf("Xvfb does not start: %w, see %s", err, log)
	}
	s.display = ":" + strings.TrimSpace(line)
	m := exec.Command("openbox", "--sm-disable")
	m.Env, m.Stdout, m.Stderr = s.env(os.Environ()), out, out
	if err := s.start(m); err != nil {
		s.stop()
		return nil, err
	}
	return s, s.managed(ctx)
}

// start starts a program in a group of its own: Ctrl-C is for us, who end it.
func (s *screen) start(c *exec.Cmd) error {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		return fmt.Errorf("%s: %w (“make deps” installs it)", c.Args[0], err)
	}
	s.running = append(s.running, c)
	return nil
}

// managed waits until the window manager answers.
func (s *screen) managed(ctx context.Context) error {
	return wait(ctx, 20*time.Second, "a window manager", func() bool {
		out, err := s.run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK")
		return err == nil && strings.Contains(out, "window id")
	})
}

// env is an environment on this screen.
func (s *screen) env(base []string) []string {
	var out []string
	for _, kv := range base {
		name, _, _ := strings.Cut(kv, "=")
		switch name {
		case "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR":
		default:
			out = append(out, kv)
		}
	}
	return append(out, "DISPLAY="+s.display)
}

// run runs a program of X11 and gives its output.
func (s *screen) run(name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Env = s.env(os.Environ())
	out, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out), nil
}

func (s *screen) stop() {
	for i := len(s.running) - 1; i >= 0; i-- {
		_ = s.running[i].Process.Kill()
		_ = s.running[i].Wait()
	}
}

// wait asks several times a second until yes.
func wait(ctx context.Context, patience time.Duration, what string, yes func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for !yes() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("no %s within %v", what, patience)
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}
