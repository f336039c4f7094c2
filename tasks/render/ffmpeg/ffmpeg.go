// Package ffmpeg owns what the ffmpeg program makes of finished frames: a video,
// and pictures with less noise. It gets raw pixels through a pipe and writes no
// file but the video, so it never reads a file that somebody else made.
package ffmpeg

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// Errors of the program.
var (
	// ErrMissing says that there is no working ffmpeg.
	ErrMissing = errors.New("ffmpeg is not installed")
	// ErrFailed says that ffmpeg gave up; its last words are in the text.
	ErrFailed = errors.New("ffmpeg failed")
	// ErrFrames says that frames do not make a video: none, of different
	// sizes, or unreadable.
	ErrFrames = errors.New("the frames make no video")
)

// Tool is an ffmpeg on this machine.
type Tool struct {
	Path    string
	Version string // as it names itself: "5.1.6-0+deb12u1"
}

// Find looks for ffmpeg: at path, or where commands are when path is empty. It
// fails with ErrMissing when there is none that runs.
func Find(path string) (Tool, error) {
	if path == "" {
		path = "ffmpeg"
	}
	found, err := exec.LookPath(path)
	if err != nil {
		return Tool{}, fmt.Errorf("%w: %w", ErrMissing, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, found, "-hide_banner", "-version").Output()
	if err != nil {
		return Tool{}, fmt.Errorf("%w: %s: %w", ErrMissing, found, err)
	}
	// "ffmpeg version 5.1.6-0+deb12u1 Copyright (c) …"
	words := strings.Fields(string(out[:min(len(out), 256)]))
	if len(words) < 3 || words[0] != "ffmpeg" || words[1] != "version" {
		return Tool{}, fmt.Errorf("%w: %s is another program", ErrMissing, found)
	}
	return Tool{Path: found, Version: words[2]}, nil
}

// run starts ffmpeg, lets feed write to it, and takes what it writes into out.
// It waits for its end, and kills it when ctx ends.
func (t Tool) run(ctx context.Context, args []string, feed func(io.Writer) error, out io.Writer) error {
	mine, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd := exec.CommandContext(mine, t.Path, append([]string{"-hide_banner", "-nostdin", "-loglevel", "error"}, args...)...)
	words := &tail{}
	cmd.Stdout, cmd.Stderr = out, words
	cmd.WaitDelay = 5 * time.Second // for pipes that something else holds open
	in, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFailed, err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%w: %w", ErrMissing, err)
	}
	ferr := feed(in)
	if ferr != nil && !errors.Is(ferr, errPipe) {
		cancel() // half a video is none
	}
	in.Close()
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case ferr != nil && !errors.Is(ferr, errPipe):
		return ferr
	case err != nil || ferr != nil:
		return fmt.Errorf("%w: %s", ErrFailed, words.text(err))
	}
	return nil
}

// errPipe says that ffmpeg takes no more: why is in what it wrote.
var errPipe = errors.New("ffmpeg stopped reading")

// tail keeps the end of what is written to it.
type tail struct{ b []byte }

const maxTail = 2000

func (t *tail) Write(b []byte) (int, error) {
	t.b = append(t.b, b[max(0, len(b)-maxTail):]...)
	t.b = t.b[max(0, len(t.b)-maxTail):]
	return len(b), nil
}

// text is the tail in one line, or the error of a process that said nothing.
func (t *tail) text(err error) string {
	lines := strings.FieldsFunc(string(bytes.ToValidUTF8(t.b, []byte("?"))), func(r rune) bool { return r < ' ' })
	if len(lines) == 0 {
		return fmt.Sprint(err)
	}
	return strings.Join(lines, "; ")
}
