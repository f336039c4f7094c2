package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"supercomputing/app/config"
	"supercomputing/app/node"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

// update rewrites the expected output of every case: go test ./app -update.
var update = flag.Bool("update", false, "rewrite the expected output in testdata")

// world is the environment of one case: a fake node and wallet files in memory.
type world struct {
	env
	out, err bytes.Buffer
	dir      string
	fake     viewtest.Fake
	connect  error
	wallet   fakeWallets
	secrets  []string
	ran      []node.Options
	opened   []windowRequest
}

// TestMain fixes the time zone, in which times are shown to people.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}

var testTime = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{dir: filepath.Join(t.TempDir(), "data")}
	w.env = env{
		in: strings.NewReader(""), out: &w.out, err: &w.err,
		width:  func() int { return 0 },
		getenv: func(key string) string { return map[string]string{envDataDir: w.dir}[key] },
		home:   func() (string, error) { return "", errors.New("no home") },
		now:    func() time.Time { return testTime },
		pause:  func(context.Context, time.Duration) {},
		secret: func(prompt string) ([]byte, error) {
			fmt.Fprint(&w.err, prompt+"\n")
			if len(w.secrets) == 0 {
				return nil, errors.New("the input ended before an answer")
			}
			s := w.secrets[0]
			w.secrets = w.secrets[1:]
			return []byte(s), nil
		},
		connect: func(dir, address string) (view.Backend, error) {
			if w.connect != nil {
				return nil, w.connect
			}
			return &w.fake, nil
		},
		attach: func(url, token string) (view.Backend, error) {
			w.wallet.log = append(w.wallet.log, "attach to "+url+" with "+token)
			return &w.fake, nil
		},
		wallets: &w.wallet,
		run: func(_ context.Context, o node.Options) error {
			given := o.Passphrase
			o.Passphrase = bytes.Clone(given) // the caller wipes its own
			w.ran = append(w.ran, o)
			o.Ready(node.Ready{Network: o.Config.Network, API: "127.0.0.1:7402", Identity: "sc1pme"})
			if len(bytes.Trim(given, "\x00")) > 0 {
				return errors.New("the passphrase stays in memory while the node runs")
			}
			return nil
		},
		display: func() error { return errNoWindow },
		window: func(_ context.Context, r windowRequest) error {
			w.opened = append(w.opened, r)
			return nil
		},
	}
	return w
}

// fakeWallets is a wallet file that lives in memory.
type fakeWallets struct {
	exists bool
	words  string
	pass   string
	log    []string
}

const (
	newWords   = "one two three four five six seven eight nine ten eleven twelve"
	wrongWords = "one two three"
)

func (f *fakeWallets) Exists(string) bool { return f.exists }

func (f *fakeWallets) NewWords(count int) (string, error) {
	if count != 12 {
		return "", fmt.Errorf("recovery words: wrong number of words: %d", count)
	}
	return newWords, nil
}

func (f *fakeWallets) CheckWords(words string) error {
	if words == wrongWords {
		return errors.New("recovery words: wrong number of words")
	}
	return nil
}

func (f *fakeWallets) Create(dir, network, words string, passphrase []byte) (string, error) {
	f.exists, f.words, f.pass = true, words, string(passphrase)
	f.log = append(f.log, "create on "+network)
	return "sc1pnew", nil
}

func (f *fakeWallets) Matches(_, words string) (bool, error) { return words == f.words, nil }

func (f *fakeWallets) ChangePassphrase(_ string, old, new []byte) error {
	if string(old) != f.pass {
		return view.Errorf(view.CodeWrongPassphrase, "keystore: wrong passphrase").WithHint("try again")
	}
	f.pass = string(new)
	return nil
}

func (f *fakeWallets) Restore(_, path string, passphrase []byte) (network, identity string, err error) {
	if string(passphrase) != "secret" {
		return "", "", view.Errorf(view.CodeWrongPassphrase, "keystore: wrong passphrase").WithHint("try again")
	}
	f.exists = true
	f.log = append(f.log, "restore "+filepath.Base(path))
	return "test", "sc1pold", nil
}

// TestCommands runs the cases in testdata/*.txt. A case is a file:
//
//	# what it shows
//	answer METHOD JSON     what the fake node answers; else every field is filled
//	then METHOD JSON       what it answers the next time
//	terminal WIDTH         standard error is a terminal of so many columns
//	interrupt SECONDS      Ctrl-C after that time
//	env NAME VALUE         a variable of the environment
//	fail METHOD CODE TEXT  an error of the fake node
//	down                   no node runs
//	wallet WORDS           there is a wallet of these words
//	person ANSWERS         a person sits there and types these lines, separated by |
//	secret ANSWERS         and these ones unseen
//	file NAME TEXT         a file in the working directory
//	run ARGS               a command line; ends the preparation
//	stdin TEXT             what is piped in
//
// followed by what must come out: a line "-- exit N", and the sections stdout,
// stderr and calls, which -update writes.
func TestCommands(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			file, err = filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			script, want, _ := strings.Cut(string(raw), "\n-- exit")
			var got string
			// In a bubble, time passes only while the command waits.
			synctest.Test(t, func(t *testing.T) { got = play(t, script) })
			if *update {
				if err := os.WriteFile(file, []byte(strings.TrimRight(script, "\n")+"\n-- exit"+got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != want {
				t.Errorf("got -- exit%s\nwant -- exit%s", got, want)
			}
		})
	}
}

// play runs a case and writes down what happened.
func play(t *testing.T, script string) string {
	w := newWorld(t)
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	began := time.Now()
	w.now = func() time.Time { return testTime.Add(time.Since(began)) }
	var args []string
	for line := range strings.SplitSeq(script, "\n") {
		verb, rest, _ := strings.Cut(line, " ")
		switch verb {
		case "", "#":
		case "answer":
			method, answer, _ := strings.Cut(rest, " ")
			if err := w.fake.Answer(method, json.RawMessage(answer)); err != nil {
				t.Fatal(err)
			}
		case "then":
			method, answer, _ := strings.Cut(rest, " ")
			if err := w.fake.Then(method, json.RawMessage(answer)); err != nil {
				t.Fatal(err)
			}
		case "terminal":
			width, err := strconv.Atoi(rest)
			if err != nil {
				t.Fatal(err)
			}
			w.width = func() int { return width }
		case "interrupt":
			after, err := strconv.ParseFloat(rest, 64)
			if err != nil {
				t.Fatal(err)
			}
			stop := time.AfterFunc(time.Duration(after*float64(time.Second)), cancel)
			defer stop.Stop()
		case "env":
			name, value, _ := strings.Cut(rest, " ")
			inner := w.getenv
			w.getenv = func(key string) string {
				if key == name {
					return value
				}
				return inner(key)
			}
		case "fail":
			parts := strings.SplitN(rest, " ", 3)
			w.fake.Fail(parts[0], view.Errorf(view.Code(parts[1]), "%s", parts[2]))
		case "down":
			w.connect = view.Errorf(view.CodeNotRunning, "the node is not running").WithHint("start it")
		case "wallet":
			w.wallet = fakeWallets{exists: true, words: rest, pass: "old"}
		case "person":
			w.interactive = true
			w.in = strings.NewReader(strings.ReplaceAll(rest, "|", "\n") + "\n")
		case "secret":
			w.secrets = strings.Split(rest, "|")
		case "stdin":
			w.in = strings.NewReader(rest + "\n")
		case "file":
			name, text, _ := strings.Cut(rest, " ")
			if err := os.WriteFile(name, []byte(strings.ReplaceAll(text, "|", "\n")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		case "run":
			args = split(rest)
		default:
			t.Fatalf("unknown verb %q", verb)
		}
	}
	code := execute(ctx, w.env, args)
	return w.report(t, code)
}

// split cuts a command line at spaces; double quotes keep words together.
func split(line string) (args []string) {
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			args = append(args, part)
		} else {
			args = append(args, strings.Fields(part)...)
		}
	}
	return args
}

// visible shows what steers a terminal, and puts each drawing on a line.
var visible = strings.NewReplacer("\x1b[", "^[", "\r", "\n^M")

var timing = regexp.MustCompile(`0\.\d+s|\d+ms`)

func (w *world) report(t *testing.T, code int) string {
	var b strings.Builder
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	section := func(name, text string) {
		text = strings.ReplaceAll(strings.ReplaceAll(text, w.dir, "DATADIR"), wd, "WORKDIR")
		text = visible.Replace(text)
		if text = timing.ReplaceAllString(text, "TIME"); text != "" {
			fmt.Fprintf(&b, "-- %s\n%s", name, text)
			if !strings.HasSuffix(text, "\n") {
				b.WriteString("\n")
			}
		}
	}
	fmt.Fprintf(&b, " %d\n", code)
	section("stdout", w.out.String())
	section("stderr", w.err.String())
	var calls strings.Builder
	for _, c := range w.fake.Calls() {
		if c.Method != "Watch" { // it races with the end of the command
			fmt.Fprintf(&calls, "%s %s\n", c.Method, c.Args)
		}
	}
	for _, l := range w.wallet.log {
		fmt.Fprintln(&calls, l)
	}
	for _, o := range w.ran {
		fmt.Fprintf(&calls, "node on %s, network %s, passphrase %q\n", o.Dir, o.Config.Network, o.Passphrase)
	}
	section("calls", calls.String())
	return b.String()
}

// Every command has a short text; every command that does something has what
// it takes to be found by completion; help of all of them can be printed.
func TestEveryCommandHasHelp(t *testing.T) {
	w := newWorld(t)
	root, _ := newRoot(w.env)
	names := 0
	var walk func(path []string)
	walk = func(path []string) {
		c, _, err := root.Find(path)
		if err != nil {
			t.Fatal(err)
		}
		if c.Short == "" {
			t.Errorf("%v has no short help", path)
		}
		if len(path) > 0 && slices.Contains([]string{"message", "contact", "market", "news", "account", "dapp", "rewards", "job", "contribute"}, path[0]) {
			if c.Long == "" || c.Example == "" && !c.HasSubCommands() {
				t.Errorf("%v has no long help or no example", path)
			}
			for line := range strings.Lines(c.Long) {
				if n := utf8.RuneCountInString(strings.TrimSpace(line)); n > 85 {
					t.Errorf("%v: a line of %d characters in its help", path, n)
				}
			}
		}
		for _, sub := range c.Commands() {
			names++
			walk(append(append([]string{}, path...), sub.Name()))
		}
	}
	walk(nil)
	if names < 80 {
		t.Errorf("only %d commands", names)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		w := newWorld(t)
		if code := execute(context.Background(), w.env, []string{"completion", shell}); code != exitOK || w.out.Len() < 1000 {
			t.Errorf("completion %s: exit %d, %d bytes", shell, code, w.out.Len())
		}
	}
}

// A posting that was interrupted may have happened: the person is told where
// to look.
func TestInterruptedPosting(t *testing.T) {
	w := newWorld(t)
	w.fake.Fail("PostRender", context.Canceled)
	if err := w.fake.Answer("InspectRender", view.RenderScene{}); err != nil {
		t.Fatal(err)
	}
	code := execute(t.Context(), w.env, []string{"job", "render", "scene.blend", "--yes"})
	if code != exitInterrupted || !strings.Contains(w.err.String(), "job list") {
		t.Errorf("exit %d, %s", code, w.err.String())
	}
}

// Each code of an error has an exit code that its documentation names.
func TestExitCodes(t *testing.T) {
	for code := range exitCodes {
		n := exitCode(fmt.Errorf("wrapped: %w", view.Errorf(code, "x")))
		if !strings.Contains(exitHelp, fmt.Sprintf("\n  %d  ", n)) {
			t.Errorf("%s gives exit code %d, which the help does not name", code, n)
		}
	}
	cases := []struct {
		err  error
		want int
	}{
		{nil, exitOK},
		{errors.New("x"), exitFailure},
		{&usageError{errors.New("x"), ""}, exitUsage},
		{fmt.Errorf("w: %w", config.ErrConfig), exitUsage},
		{context.Canceled, exitInterrupted},
		{view.Errorf("a code of a newer node", "x"), exitFailure},
	}
	for _, c := range cases {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}
