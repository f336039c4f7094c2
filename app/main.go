// Command supercomputing is the whole program: a node without a screen, and
// the commands that talk to a running one through its local API. This package
// owns command lines, the terminal, signals and exit codes; what a node does is
// in app/node and below.
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
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		fmt.Fprintln(os.Stderr, "supercomputing: stopped at once")
		os.Exit(exitInterrupted)
	}()
	os.Exit(execute(ctx, system(), os.Args[1:]))
}

// system is the environment of a real process.
func system() env {
	in, out := int(os.Stdin.Fd()), int(os.Stderr.Fd())
	return env{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
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
		secret: func(prompt string) ([]byte, error) {
			fmt.Fprint(os.Stderr, prompt)
			b, err := term.ReadPassword(in)
			fmt.Fprintln(os.Stderr)
			return b, err
		},
		connect: func(dir, address string) (view.Backend, error) {
			c, err := api.Find(dir, address)
			if err != nil {
				return nil, err
			}
			return c, nil
		},
		wallets: node.Wallets{},
		run:     node.Run,
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
