package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

const (
	waitingFrames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
	waitingEvery  = 100 * time.Millisecond
)

// waiting runs fn. Meanwhile a terminal shows what is waited for and for how
// long already; anything else shows nothing.
func waiting[T any](ctx context.Context, p *program, what string, fn func() (T, error)) (T, error) {
	width := p.width()
	if width <= 0 {
		return fn()
	}
	ctx, cancel := context.WithCancel(ctx)
	gone := make(chan struct{})
	began := p.now()
	draw := func(n int) {
		frames := []rune(waitingFrames)
		line := fmt.Sprintf("%c %s %s", frames[n%len(frames)], what, spanText(p.now().Sub(began)))
		fmt.Fprint(p.err, "\r\x1b[2K"+cut(line, width-1))
	}
	draw(0)
	go func() {
		defer close(gone)
		tick := time.NewTicker(waitingEvery)
		defer tick.Stop()
		for n := 1; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				draw(n)
			}
		}
	}()
	v, err := fn()
	cancel()
	<-gone
	io.WriteString(p.err, "\r\x1b[2K")
	return v, err
}
