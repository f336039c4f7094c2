package ffmpeg

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// tool is the real program, or skips the test.
func tool(t testing.TB) Tool {
	t.Helper()
	found, err := Find("")
	if err != nil {
		t.Skip(err)
	}
	return found
}

// fake is a program of our own in ffmpeg's place.
func fake(t *testing.T, script string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a shell script stands for ffmpeg")
	}
	path := filepath.Join(t.TempDir(), "ffmpeg")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	real := tool(t)
	if !filepath.IsAbs(real.Path) || real.Version == "" || strings.ContainsAny(real.Version, " \n") {
		t.Errorf("found %+v", real)
	}
	again, err := Find(real.Path)
	if err != nil || again != real {
		t.Errorf("by its path: %+v, %v", again, err)
	}
	for name, path := range map[string]string{
		"nothing":         filepath.Join(t.TempDir(), "ffmpeg"),
		"another program": fake(t, "echo hello there world"),
		"one that fails":  fake(t, "exit 3"),
		"one that chats":  fake(t, "yes | head -c 100000"),
	} {
		if _, err := Find(path); !errors.Is(err, ErrMissing) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRunSaysWhatWentWrong(t *testing.T) {
	dir := t.TempDir()
	frames := someFrames(t, dir, 3, 16, 12)
	for name, c := range map[string]struct {
		script string
		text   string
	}{
		"before reading": {"echo no such encoder >&2; exit 1", "no such encoder"},
		"after reading":  {"cat > /dev/null; echo disk is full >&2; exit 1", "disk is full"},
		"without a word": {"exit 7", "7"},
		"much noise":     {"cat > /dev/null; yes abcdefg | head -c 1000000 >&2; echo the end >&2; exit 1", "the end"},
	} {
		out := filepath.Join(dir, "film.mp4")
		err := Tool{Path: fake(t, c.script)}.Video(t.Context(), frames, 24, out, nil)
		if !errors.Is(err, ErrFailed) || !strings.Contains(err.Error(), c.text) || len(err.Error()) > 3000 {
			t.Errorf("%s: %v", name, err)
		}
	}
	onlyFrames(t, dir)
}

// onlyFrames fails when there is anything but frames in a folder.
func onlyFrames(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), "frame") {
			t.Errorf("%s was left behind", f.Name())
		}
	}
}

func TestCancelEndsIt(t *testing.T) {
	dir := t.TempDir()
	frames := someFrames(t, dir, 5, 16, 12)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	err := tool(t).Video(ctx, frames, 24, filepath.Join(dir, "film.mp4"), func(done, _ int) {
		if done == 2 {
			cancel(why)
		}
	})
	if !errors.Is(err, why) {
		t.Errorf("%v", err)
	}
	onlyFrames(t, dir)
}

// A program that reads nothing and never ends is killed with its job.
func TestCancelKills(t *testing.T) {
	p := flat(t, 640, 480)
	ctx, cancel := context.WithCancel(t.Context())
	pid := filepath.Join(t.TempDir(), "pid")
	slow := Tool{Path: fake(t, "echo $$ > "+pid+".new; mv "+pid+".new "+pid+"; exec tail -f /dev/null")}
	done := make(chan error)
	go func() { _, err := slow.Denoise(ctx, p); done <- err }()
	for {
		if _, err := os.Stat(pid); err == nil {
			break
		}
		runtime.Gosched()
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	id, err := os.ReadFile(pid)
	if err != nil {
		t.Fatal(err)
	}
	if exec.Command("kill", "-0", strings.TrimSpace(string(id))).Run() == nil {
		t.Error("it still runs")
	}
}
