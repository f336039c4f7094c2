package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"supercomputing/app/config"
	"supercomputing/app/view"
)

const appLong = `Open the app: a window on the node that it starts, or on one that runs already.
A second start on the same data directory shows the window that is there.

With --attach it joins a node elsewhere: http://127.0.0.1:PORT on this machine,
or what “supercomputing node link” prints on the other one. The token is read
from --token-file, else asked for.`

// windowRequest is what a command line asks of the app.
type windowRequest struct {
	dir     string
	attach  view.AttachRequest
	demo    bool // on a network of its own
	hidden  bool
	openLog func(dir string, c config.Log, level *slog.LevelVar) (*slog.Logger, func(), error)
}

// windowFlags are the flags of the app.
type windowFlags struct {
	attach, tokenFile string
	hidden            bool
}

func (w *windowFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&w.attach, "attach", "", "URL of a node to join in place of starting one")
	f.StringVar(&w.tokenFile, "token-file", "", "file whose first line is that node's token (default: ask)")
	f.BoolVar(&w.hidden, "hidden", false, "start in the tray, without a window")
}

func (p *program) appCommand() *cobra.Command {
	var w windowFlags
	c := &cobra.Command{
		Use: "app", Short: "Open the app", Long: appLong, Args: exactly(),
		Example: "  supercomputing\n  supercomputing app --datadir /srv/scc\n  supercomputing --attach http://127.0.0.1:7402 --token-file token",
	}
	w.add(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := p.display(); err != nil {
			return noWindow(err)
		}
		return p.runApp(c.Context(), w)
	}
	return c
}

// runRoot is the program without a command: the app where there is a screen,
// else the help.
func (p *program) runRoot(c *cobra.Command, w windowFlags) error {
	err := p.display()
	if err == nil {
		return p.runApp(c.Context(), w)
	}
	if c.Flags().NFlag() > 0 && (w.attach != "" || w.tokenFile != "" || w.hidden) {
		return noWindow(err)
	}
	if err := c.Help(); err != nil {
		return err
	}
	e := noWindow(err)
	p.say("\nThe app's window: %s; %s.", e.Message, e.Hint)
	return nil
}

// errNoWindow says that this program was built for machines without a screen.
var errNoWindow = errors.New("this build has no window")

// noWindow explains why the app cannot be shown.
func noWindow(err error) *view.Error {
	if errors.Is(err, errNoWindow) {
		return view.Errorf(view.CodeUnavailable, "%v: it is made for servers", err).
			WithHint("install the package, or run “make build” where a C compiler and the headers of OpenGL and X11 are; “supercomputing node” needs no window")
	}
	return view.Errorf(view.CodeUnavailable, "%v", err).
		WithHint("start it from a desktop, or over “ssh -X”; “supercomputing node” needs no window")
}

func (p *program) runApp(ctx context.Context, w windowFlags) error {
	r := windowRequest{hidden: w.hidden, openLog: p.windowLog}
	var err error
	if r.dir, err = p.dir(); err != nil {
		return err
	}
	if r.attach.URL = w.attach; w.attach == "" && w.tokenFile != "" {
		return &usageError{errors.New("--token-file is for --attach"), "see “supercomputing app --help”"}
	}
	if w.attach != "" {
		token, err := p.token(w.tokenFile)
		if err != nil {
			return err
		}
		r.attach.Token = string(token)
	}
	return p.window(ctx, r)
}

// windowLog makes the app's log, whose level may be changed later. A program that was started from a menu may have
// nothing to print to, which must not keep the file empty.
func (p *program) windowLog(dir string, c config.Log, level *slog.LevelVar) (*slog.Logger, func(), error) {
	return newLogAt(dir, c, level, deaf{p.err})
}

// deaf writes as far as that can.
type deaf struct{ w io.Writer }

func (d deaf) Write(b []byte) (int, error) {
	_, _ = d.w.Write(b)
	return len(b), nil
}

// token gets the token of a node elsewhere: from a file, or from a person.
func (p *program) token(file string) ([]byte, error) {
	if file != "" {
		return readSecretFile(file, "token")
	}
	if !p.interactive {
		return nil, &usageError{fmt.Errorf("the node to join asks for its token, and there is no terminal to type it in"), "give --token-file"}
	}
	return p.secret("Token of that node: ")
}
