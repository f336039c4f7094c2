// Command supercomputing is the whole program: the app with its windows, a node
// without a screen, and the commands that talk to a running one through its
// local API. This package owns command lines, the terminal, signals and exit
// codes; what a node does is in app/node and below, the windows in app/ui.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/term"

	"supercomputing/app/api"
	"supercomputing/app/node"
	"supercomputing/app/view"
)

func main() {
	attachConsole()
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // by nohup
		signal.Notify(signals, syscall.SIGHUP) // the terminal is closed
	}
	go func() {
		<-signals
		cancel()
		<-signals
		fmt.Fprintln(os.Stderr, "supercomputing: stopped at once")
		os.Exit(exitInterrupted)
	}()
	os.Exit(execute(ctx, system(ctx), os.Args[1:]))
}

// input reads standard input until ctx is done, so that Ctrl-C ends a question
// too.
type input struct{ ctx context.Context }

// Read implements io.Reader.
func (i input) Read(b []byte) (int, error) {
	got, err := await(i.ctx, func() ([]byte, error) {
		own := make([]byte, len(b)) // b is the caller's again when ctx is done
		n, err := os.Stdin.Read(own)
		return own[:n], err
	})
	return copy(b, got), err
}

// await runs a read and returns what it brought, or ctx's error as soon as
// that is done. The read then stays behind; the process ends anyway.
func await(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type result struct {
		b   []byte
		err error
	}
	done := make(chan result, 1)
	go func() {
		b, err := read()
		done <- result{b, err}
	}()
	select {
	case r := <-done:
		return r.b, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// system is the environment of a real process.
func system(ctx context.Context) env {
	in, out := int(os.Stdin.Fd()), int(os.Stderr.Fd())
	return env{
		in: input{ctx}, out: os.Stdout, err: os.Stderr,
		interactive: term.IsTerminal(in) && term.IsTerminal(out),
		width: func() int {
			w, _, err := term.GetSize(out)
			if err != nil {
				return 0
			}
			return w
		},
		getenv: os.Getenv,
		home:   dataHome,
		now:    time.Now,
		pause: func(ctx context.Context, d time.Duration) {
			select {
			case <-ctx.Done():
			case <-time.After(d):
			}
		},
		secret: func(prompt string) ([]byte, error) {
			fmt.Fprint(os.Stderr, prompt)
			before, err := term.GetState(in)
			if err != nil {
				return nil, err
			}
			b, err := await(ctx, func() ([]byte, error) { return term.ReadPassword(in) })
			fmt.Fprintln(os.Stderr)
			if ctx.Err() != nil {
				term.Restore(in, before) // or the shell would not show what is typed
				return nil, ctx.Err()
			}
			return b, err
		},
		connect: func(dir, address string) (view.Backend, error) {
			c, err := api.Find(dir, address)
			if err != nil {
				return nil, err
			}
			return c, nil
		},
		attach: func(url, token string) (view.Backend, error) {
			c, err := api.Attach(url, token)
			if err != nil {
				return nil, err
			}
			return c, nil
		},
		wallets: node.Wallets{},
		run:     node.Run,
		display: findDisplay,
		window:  openWindow,
	}
}

// dataHome is where programs of this user keep data.
func dataHome() (string, error) {
	if runtime.GOOS == "linux" {
		if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
			return dir, nil
		}
		home, err := os.UserHomeDir()
		return filepath.Join(home, ".local", "share"), err
	}
	return os.UserConfigDir()
}
