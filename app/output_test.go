package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supercomputing/app/config"
)

func TestBytesText(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1 << 20: "1.0 MiB", 1<<20 - 1: "1.0 MiB", 150 << 20: "150.0 MiB", 3 << 60: "3.0 EiB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestSpans(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 s", 40 * time.Second: "40 s", 90 * time.Second: "1 min 30 s", 26 * time.Hour: "1 d 2 h", 48 * time.Hour: "2 d", 24*time.Hour + time.Second: "1 d"} {
		if got := spanText(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	for s, want := range map[string]time.Duration{"30d": 720 * time.Hour, "12h": 12 * time.Hour, "40s": 40 * time.Second} {
		if got, err := parseSpan(s); err != nil || got != want {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "d", "0d", "-1d", "1.5d", "x", "-3h", "0s", "999999d", "1 d", "+1d"} {
		if got, err := parseSpan(s); err == nil {
			t.Errorf("%q was read as %v", s, got)
		}
	}
}

// What strangers write cannot steer the terminal.
func TestClean(t *testing.T) {
	if got := clean("a\x1b[2Jb\tc\nd\u202ee\u009bf"); strings.ContainsAny(got, "\x1b\t\n\u202e\u009b") || len([]rune(got)) != 14 {
		t.Errorf("%q", got)
	}
}

func TestBars(t *testing.T) {
	var out bytes.Buffer
	now := testTime
	b := &bars{out: &out, now: func() time.Time { return now }}
	step := func(done int64, note string, after time.Duration) string {
		now = now.Add(after)
		out.Reset()
		b.draw([]bar{{"file", done, 100, "bytes", note}})
		return out.String()
	}
	if got := step(0, "begins", 0); got != "file: 0 % 0 B of 100 B begins\n" {
		t.Errorf("first: %q", got)
	}
	if got := step(1, "begins", time.Second); got != "" {
		t.Errorf("too soon: %q", got)
	}
	if got := step(2, "goes on", time.Second); !strings.Contains(got, "goes on") {
		t.Errorf("a new note: %q", got)
	}
	if got := step(2, "goes on", time.Hour); got != "" {
		t.Errorf("no progress: %q", got)
	}
	if got := step(50, "goes on", plainEvery); !strings.Contains(got, "50 %") {
		t.Errorf("after a while: %q", got)
	}
	if got := step(100, "goes on", time.Second); !strings.Contains(got, "100 %") {
		t.Errorf("the end: %q", got)
	}
	if got := step(100, "goes on", time.Hour); got != "" {
		t.Errorf("after the end: %q", got)
	}
}

// Bars fit the terminal, whatever its width, and take back the lines they drew.
func TestBarsOnTerminal(t *testing.T) {
	for _, width := range []int{1, 10, 24, 40, 60, 80, 200} {
		var out bytes.Buffer
		b := &bars{out: &out, width: width, now: time.Now}
		lines := []bar{{"a very long name of a file.mkv", 5 << 30, 7 << 30, "bytes", "at home"}, {"超算", 1, 0, "", "waits"}}
		b.draw(lines)
		for l := range strings.SplitSeq(strings.TrimSuffix(out.String(), "\n\x1b[J"), "\n") {
			if n := len([]rune(strings.TrimPrefix(l, "\r\x1b[2K"))); n >= max(width, 2) {
				t.Errorf("width %d: a line of %d: %q", width, n, l)
			}
		}
		out.Reset()
		b.draw(lines[:1])
		if !strings.HasPrefix(out.String(), "\x1b[2A") || !strings.HasSuffix(out.String(), "\x1b[J") {
			t.Errorf("the lines drawn before were not taken back: %q", out.String())
		}
	}
}

func TestLogRotates(t *testing.T) {
	dir := t.TempDir()
	var terminal bytes.Buffer
	c := config.Default().Log
	c.Size, c.Format, c.Level = 64<<10, "json", "warn"
	log, done, err := newLog(dir, c, &terminal)
	if err != nil {
		t.Fatal(err)
	}
	log.Info("too quiet to be written")
	for range 1000 {
		log.Warn(strings.Repeat("x", 100), "n", 1)
	}
	done()
	path := filepath.Join(dir, logFile)
	for _, p := range []string{path, path + ".1"} {
		info, err := os.Stat(p)
		if err != nil || info.Size() > int64(c.Size) || info.Size() == 0 {
			t.Errorf("%s: %v, %v", p, info, err)
		}
	}
	if raw, _ := os.ReadFile(path); !strings.HasPrefix(string(raw), `{"time":`) || strings.Contains(terminal.String(), "too quiet") {
		t.Errorf("form or level: %.80q", raw)
	}
	if n := strings.Count(terminal.String(), "\n"); n != 1000 {
		t.Errorf("%d lines on the terminal", n)
	}
	if log, done, err = newLog(dir, c, &terminal); err != nil {
		t.Fatal(err)
	}
	log.Log(t.Context(), slog.LevelError, "goes on in the same file")
	done()
	if raw, _ := os.ReadFile(path); !strings.Contains(string(raw), "goes on in") {
		t.Error("a restart did not continue the file")
	}
}

// A question is given up when the program is told to stop.
func TestAwait(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	if b, err := await(ctx, func() ([]byte, error) { return []byte("x"), nil }); string(b) != "x" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	never := make(chan struct{})
	defer close(never)
	cancel()
	if _, err := await(ctx, func() ([]byte, error) { <-never; return nil, nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
