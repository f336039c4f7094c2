package blender

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/sandbox"
)

func TestParseHeader(t *testing.T) {
	for _, c := range []struct {
		head    string
		kind    headerKind
		version int
	}{
		{"BLENDER-v304REND", plainFile, 304},
		{"BLENDER_v279REND", plainFile, 279},
		{"BLENDER-V304REND", plainFile, 304},
		{"BLENDER17-01v0500", plainFile, 500},
		{"BLENDER17-01v05", plainFile, 500},
		{"BLENDER-v3x4REND", otherFile, 0},
		{"BLENDER-v30", otherFile, 0},
		{"BLENDER", otherFile, 0},
		{"", otherFile, 0},
		{"\x28\xb5\x2f\xfd", packedFile, 0},
		{"\x1f\x8b\x08\x00", packedFile, 0},
		{"PK\x03\x04 a zip file", otherFile, 0},
	} {
		if kind, version := parseHeader([]byte(c.head)); kind != c.kind || version != c.version {
			t.Errorf("%q: kind %d, version %d", c.head, kind, version)
		}
	}
}

func FuzzParseHeader(f *testing.F) {
	for _, s := range []string{"BLENDER-v304REND", "BLENDER17-01v0500", "\x28\xb5\x2f\xfd", "BLENDERvvvvvvvvv"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if kind, version := parseHeader(b); kind == plainFile && (version < 0 || version > 9999) {
			t.Errorf("version %d", version)
		}
	})
}

func TestNumber(t *testing.T) {
	for text, want := range map[string]int{"3.4.1": 304, "4.10": 410, "": 0, "x": 0} {
		if got := number(text); got != want {
			t.Errorf("%q: %d", text, got)
		}
	}
}

func TestReadableRefusesNewerFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.blend")
	for head, ok := range map[string]bool{
		"BLENDER-v304REND": true, "BLENDER-v279REND": true, "BLENDER-v305REND": false,
		"BLENDER17-01v0500": false, "no scene": false, "": false,
	} {
		if err := os.WriteFile(path, []byte(head), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := readable(path, engine.Build{Version: "3.4.1"}); (err == nil) != ok || (!ok && !errors.Is(err, engine.ErrScene)) {
			t.Errorf("%q: %v", head, err)
		}
	}
}

func TestCheckBundle(t *testing.T) {
	const head = "BLENDER-v304REND"
	good := map[string]string{"scene.blend": head, "files/001.blend": head, "files/002/f0001.png": "x", "nonce": "1"}
	for name, c := range map[string]struct {
		change func(dir string) error
		ok     bool
	}{
		"as packed":          {func(string) error { return nil }, true},
		"no scene":           {func(d string) error { return os.Remove(filepath.Join(d, "scene.blend")) }, false},
		"a compressed scene": {put("scene.blend", "\x28\xb5\x2f\xfd more and more"), false},
		"a gzipped library":  {put("files/001.blend", "\x1f\x8b more and more"), false},
		"a short scene":      {put("scene.blend", "BLEN"), false},
		"no Blender file":    {put("scene.blend", "something quite else"), false},
		"a second scene":     {put("other.blend", head), false},
		"a disguised one":    {put("files/a.BLEND", "\x28\xb5\x2f\xfd more and more"), false},
		"a hidden file":      {put("files/.hidden", ""), false},
		"a space":            {put("files/a b", ""), false},
		"a line break":       {put("files/a\nb", ""), false},
		"a large extra file": {put("nonce", strings.Repeat("x", maxExtra+1)), false},
		"a strange folder":   {put("textures/a.png", "x"), false},
		"far down":           {put("files/a/b/c/d/e/f/g", "x"), false},
		"a link":             {func(d string) error { return os.Symlink("/etc/passwd", filepath.Join(d, "files/003")) }, false},
		"a linked scene": {func(d string) error {
			return errors.Join(os.Remove(filepath.Join(d, "scene.blend")), os.Symlink("files/001.blend", filepath.Join(d, "scene.blend")))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for n, text := range good {
				if err := put(n, text)(dir); err != nil {
					t.Fatal(err)
				}
			}
			if err := c.change(dir); err != nil {
				t.Fatal(err)
			}
			err := New(Options{}).CheckBundle(dir)
			if (err == nil) != c.ok || (err != nil && !errors.Is(err, engine.ErrBundle)) {
				t.Errorf("%v", err)
			}
		})
	}
	if err := New(Options{}).CheckBundle(filepath.Join(t.TempDir(), "none")); !errors.Is(err, engine.ErrBundle) {
		t.Errorf("no folder: %v", err)
	}
}

func put(name, text string) func(string) error {
	return func(dir string) error {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		return os.WriteFile(path, []byte(text), 0o600)
	}
}

func TestVerdict(t *testing.T) {
	exit := func(code, signal int) error { return &sandbox.ExitError{Code: code, Signal: signal} }
	for name, c := range map[string]struct {
		text string
		err  error
		want error
		says string
	}{
		"done":            {`MARK done {}`, nil, nil, ""},
		"done, says who":  {`OTHER done {}`, nil, engine.ErrScene, "early"},
		"no camera":       {`MARK error {"kind":"RuntimeError","text":"Error: Cannot render, no camera\n"}`, exit(3, 0), engine.ErrScene, "no active camera"},
		"an exception":    {`MARK error {"kind":"KeyError","text":"x"}`, exit(3, 0), engine.ErrScene, ": x"},
		"memory, python":  {`MARK error {"kind":"MemoryError","text":""}`, exit(3, 0), engine.ErrLimit, "memory"},
		"memory, blender": {"Malloc returns null: len=1 in x", exit(-1, 11), engine.ErrLimit, "memory"},
		"memory, cycles":  {"Error: System is out of GPU and shared host memory", exit(1, 0), engine.ErrLimit, "memory"},
		"memory, C++":     {"terminate called after throwing an instance of 'std::bad_alloc'", exit(-1, 6), engine.ErrLimit, "memory"},
		"killed":          {"", exit(-1, 9), engine.ErrLimit, "memory"},
		"crashed":         {"Writing: /tmp/x.crash.txt", exit(-1, 11), engine.ErrScene, "crashed"},
		"cut short":       {"Error: Failed to read blend file 'x': Missing DNA block", exit(1, 0), engine.ErrScene, "Missing DNA block"},
		"no space":        {`MARK error {"kind":"RuntimeError","text":"Error: could not write file: No space left on device"}`, exit(3, 0), engine.ErrLimit, "could not write"},
		"a limit":         {"", &sandbox.LimitError{What: sandbox.LimitDisk, Limit: "1 MiB"}, engine.ErrLimit, "disk"},
		"no sandbox":      {"", sandbox.ErrUnavailable, engine.ErrSandbox, ""},
		"another error":   {"", os.ErrPermission, os.ErrPermission, "running Blender"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOutput(process{order: order{Mark: "MARK"}})
			s := &stream{to: o}
			for _, b := range []byte("Fra:1 progress\n" + c.text + "\n") { // cut anywhere
				s.Write([]byte{b})
			}
			err := o.verdict(t.Context(), c.err)
			if !errors.Is(err, c.want) || (err != nil && !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestVerdictOfACancelledRun(t *testing.T) {
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	if err := newOutput(process{}).verdict(ctx, ctx.Err()); !errors.Is(err, why) {
		t.Error(err)
	}
}

func TestStreamBoundsLines(t *testing.T) {
	var lines []string
	o := newOutput(process{order: order{Mark: "MARK"}, line: func(l string) { lines = append(lines, l) }})
	s := &stream{to: o}
	s.Write([]byte(strings.Repeat("x", 3*maxLine)))
	s.Write([]byte("\nnext\r\nrest"))
	if len(lines) != 2 || len(lines[0]) != maxLine || lines[1] != "next" {
		t.Errorf("%d lines", len(lines))
	}
	for range 10 * maxTail {
		s.Write([]byte("noise\n"))
	}
	if len(o.tail) > maxTail {
		t.Errorf("%d lines are kept", len(o.tail))
	}
}

func FuzzStream(f *testing.F) {
	f.Add([]byte("MARK tile {\"n\":1,\"file\":\"tile-1\"}\nMARK error {}\nFra:1 | Sample 1/2\n"))
	f.Add([]byte("MARK error {\"kind\":3}\n\n\r\nMARK\nMARK \n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var clock stopwatch
		o := newOutput(process{order: order{Mark: "MARK"}, line: clock.line, event: func(e event) {
			var v map[string]any
			_ = e.as(&v)
		}})
		(&stream{to: o}).Write(b)
		_ = o.verdict(t.Context(), errors.New("x"))
		_, _ = clock.lap()
	})
}

func TestClean(t *testing.T) {
	if got := clean("Error: a\nb\x1b[2J \x7f" + strings.Repeat("é", 1000)); !strings.HasPrefix(got, "a b [2J é") || len([]rune(got)) != 301 {
		t.Errorf("%q", got)
	}
}

func TestStopwatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stopwatch{start: time.Now()}
		time.Sleep(2 * time.Second)
		s.line("Fra:1 Mem:9M | Time:00:00.28 | Scene, ViewLayer | Sample 0/4")
		time.Sleep(time.Second)
		s.line("Fra:1 Mem:9M | Time:00:00.28 | Scene, ViewLayer | Sample 4/4")
		if setup, took := s.lap(); setup != 2*time.Second || took != 3*time.Second {
			t.Errorf("setup %v of %v", setup, took)
		}
		time.Sleep(time.Second)
		s.line("a name with | Sample 0/4")
		if setup, took := s.lap(); setup != 0 || took != time.Second {
			t.Errorf("setup %v of %v", setup, took)
		}
	})
}

func TestIdentitySum(t *testing.T) {
	file := filepath.Join(t.TempDir(), "blender")
	if err := os.WriteFile(file, []byte("program"), 0o600); err != nil {
		t.Fatal(err)
	}
	id := identity{Version: "3.4.1", Files: []string{file}}
	sum := func(pixels byte, env ...string) string {
		s, err := id.sum([32]byte{pixels}, env)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	first := sum(1)
	if len(first) != 32 || first != sum(1) || first == sum(2) || first == sum(1, "CYCLES_CPU_NO_AVX2=1") {
		t.Error("the ID does not follow pixels and environment")
	}
	if err := os.WriteFile(file, []byte("patched"), 0o600); err != nil {
		t.Fatal(err)
	}
	if first == sum(1) {
		t.Error("the ID does not follow the program")
	}
	id.Files = []string{file + "-gone"}
	if _, err := id.sum([32]byte{}, nil); err == nil {
		t.Error("a missing file is not told of")
	}
}

func TestOrderSaysEverything(t *testing.T) {
	text, err := json.Marshal(order{})
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"samples", "float", "alpha"} { // the driver reads them, zero or not
		if !strings.Contains(string(text), `"`+field+`"`) {
			t.Errorf("%s is left out", field)
		}
	}
}
