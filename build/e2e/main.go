//go:build linux

// Command e2e works the real program as a person does: on a screen of its own
// with a window manager, by keyboard and mouse, looking at what the window
// shows. It ends with a failure as soon as something does not come as it should,
// and leaves a picture of every step.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

func main() {
	exe := flag.String("exe", "./supercomputing", "the program")
	pictures := flag.String("pictures", "screens/e2e", "folder for the pictures")
	language := flag.String("language", "en", "language of the windows")
	bench := flag.Bool("bench", false, "measure in place of the story")
	limit := flag.Duration("limit", 8*time.Minute, "when to give up")
	keep := flag.Bool("keep", false, "keep the data directory")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	if err := run(ctx, *exe, *pictures, *language, *bench, *keep); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, exe, pictures, language string, bench, keep bool) (err error) {
	if exe, err = filepath.Abs(exe); err != nil {
		return err
	}
	if pictures, err = filepath.Abs(pictures); err != nil {
		return err
	}
	home, err := os.MkdirTemp("", "supercomputing-e2e-")
	if err != nil {
		return err
	}
	if !keep {
		defer os.RemoveAll(home)
	}
	screen, err := startScreen(ctx, filepath.Join(home, "screen"))
	if err != nil {
		return err
	}
	defer screen.stop()
	p := &person{screen: screen, exe: exe, home: home, began: time.Now()}
	if p.words, err = words(language); err != nil {
		return err
	}
	defer p.end()
	if bench {
		return p.try(ctx, measure)
	}
	if err := os.RemoveAll(pictures); err != nil {
		return err
	}
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		return err
	}
	p.pictures = pictures
	return p.try(ctx, story)
}
