package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supercomputing/app/node"
)

// Without a command the program opens the app where there is a screen, and
// helps where there is none.
func TestRootOpensTheApp(t *testing.T) {
	w := newWorld(t)
	if code := execute(t.Context(), w.env, nil); code != exitOK || len(w.opened) != 0 {
		t.Fatalf("without a screen: exit %d, opened %d", code, len(w.opened))
	}
	if out := w.out.String(); !strings.Contains(out, "Available Commands") || !strings.Contains(out, "The app's window: this build has no window") {
		t.Errorf("without a screen it says\n%s", out)
	}
	w.display = func() error { return nil }
	for _, args := range [][]string{nil, {"app"}, {"--hidden"}} {
		w.opened = nil
		if code := execute(t.Context(), w.env, args); code != exitOK || len(w.opened) != 1 || w.opened[0].dir != w.dir {
			t.Fatalf("%v: exit %d, opened %+v; %s", args, code, w.opened, &w.err)
		}
		if got, want := w.opened[0].hidden, len(args) == 1 && args[0] == "--hidden"; got != want {
			t.Errorf("%v: hidden is %v", args, got)
		}
	}
}

func TestAppAttaches(t *testing.T) {
	w := newWorld(t)
	w.display = func() error { return nil }
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("abc\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const url = "http://127.0.0.1:9"
	if code := execute(t.Context(), w.env, []string{"--attach", url, "--token-file", file}); code != exitOK || w.opened[0].attach.URL != url || w.opened[0].attach.Token != "abc" {
		t.Fatalf("exit %d, opened %v", code, w.opened)
	}
	w.interactive, w.secrets = true, []string{"typed"}
	if code := execute(t.Context(), w.env, []string{"app", "--attach", url}); code != exitOK || w.opened[1].attach.Token != "typed" {
		t.Fatalf("exit %d, opened %v", code, w.opened)
	}
	w.interactive = false
	for _, args := range [][]string{{"--attach", url}, {"app", "--token-file", file}, {"--attach", url, "--token-file", file + "x"}} {
		if code := execute(t.Context(), w.env, args); code != exitUsage {
			t.Errorf("%v: exit %d", args, code)
		}
	}
	w.display = func() error { return errNoWindow }
	for _, args := range [][]string{{"app"}, {"--attach", url, "--token-file", file}} {
		if code := execute(t.Context(), w.env, args); code != exitFailure {
			t.Errorf("%v without a screen: exit %d", args, code)
		}
	}
	if len(w.opened) != 2 {
		t.Errorf("opened %d windows", len(w.opened))
	}
}

// The demo's app has a folder of its own, which is gone afterwards unless it was
// named.
func TestDemoApp(t *testing.T) {
	w := newWorld(t)
	if code := execute(t.Context(), w.env, []string{"demo", "app"}); code != exitFailure || len(w.opened) != 0 {
		t.Fatalf("without a screen: exit %d, opened %d", code, len(w.opened))
	}
	w.display = func() error { return nil }
	named := filepath.Join(t.TempDir(), "demo")
	if err := os.Mkdir(named, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"demo", "app"}, {"demo", "app", "--dir", named}} {
		if code := execute(t.Context(), w.env, args); code != exitOK {
			t.Fatalf("%v: exit %d, %s", args, code, &w.err)
		}
	}
	for i, r := range w.opened {
		_, err := os.Stat(r.dir)
		if !r.demo || r.dir == w.dir || (err == nil) != (i == 1) {
			t.Errorf("opened %+v, its folder: %v", r, err)
		}
	}
}

// A node that a program has started ends with the program's pipe.
func TestNodeUntilInputEnds(t *testing.T) {
	w := newWorld(t)
	in, end := io.Pipe()
	w.in = in
	ready := make(chan bool)
	w.run = func(ctx context.Context, o node.Options) error {
		close(ready)
		<-ctx.Done()
		return ctx.Err()
	}
	code := make(chan int)
	go func() { code <- execute(t.Context(), w.env, []string{"node", "--until-input-ends"}) }()
	<-ready
	end.Close()
	if got := <-code; got != exitOK {
		t.Errorf("exit %d: %s", got, &w.err)
	}
}
