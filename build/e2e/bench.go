//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"supercomputing/app/ui/text"
)

// measure prints what the app costs: the time to its window on an existing
// wallet, processor time while idle, memory after pages were switched.
func measure(ctx context.Context, p *person) error {
	if err := firstStart(ctx, p); err != nil {
		return err
	}
	if err := coinsArrive(ctx, p); err != nil {
		return err
	}
	for range 3 {
		if err := p.leave(); err != nil {
			return err
		}
		begun := time.Now()
		if err := p.start(); err != nil {
			return err
		}
		if _, err := p.until(ctx, 30*time.Second, "a window", func(s seen) bool { return s.has(p.words.T("start.unlock.title")) }); err != nil {
			return err
		}
		fmt.Printf("window on an existing wallet: %.2f s\n", time.Since(begun).Seconds())
	}
	if err := p.write(passphrase); err != nil {
		return err
	}
	if err := p.keys("Return"); err != nil {
		return err
	}
	if _, err := p.until(ctx, time.Minute, "the first page", func(s seen) bool { _, ok := s.button(p.words.T("ui.page.home")); return ok }); err != nil {
		return err
	}
	if err := p.switchPages(ctx); err != nil {
		return err
	}
	return p.idle(ctx)
}

// switchPages goes through all pages, and tells memory after each 60 of them.
func (p *person) switchPages(ctx context.Context) error {
	keys := []text.Key{"ui.page.wallet", "ui.page.messages", "ui.page.market", "ui.page.work", "ui.page.contribute", "ui.page.explorer", "ui.page.settings", "ui.page.home"}
	for round := range 3 {
		for i := range 60 {
			if err := p.tap(ctx, p.words.T(keys[i%len(keys)])); err != nil {
				return err
			}
		}
		kib, err := p.memory()
		if err != nil {
			return err
		}
		fmt.Printf("memory after %d pages: %d MiB\n", 60*(round+1), kib>>10)
	}
	return nil
}

// idle tells how busy the program is while nobody touches it.
func (p *person) idle(ctx context.Context) error {
	const span = 30 * time.Second
	before, err := p.processor()
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(span):
	}
	after, err := p.processor()
	if err != nil {
		return err
	}
	fmt.Printf("processor while idle, node included: %.1f %% of one core\n", 100*(after-before).Seconds()/span.Seconds())
	return nil
}

// memory is the program's resident memory in KiB, without its child processes.
func (p *person) memory() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			return strconv.ParseInt(f[1], 10, 64)
		}
	}
	return 0, fmt.Errorf("no VmRSS for process %d", p.cmd.Process.Pid)
}

// processor is the processor time that the program has used.
func (p *person) processor() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, ok := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	if !ok || len(f) < 13 {
		return 0, fmt.Errorf("process %d: %s", p.cmd.Process.Pid, b)
	}
	var ticks int64
	for _, s := range f[11:13] { // user and system, in hundredths of a second
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}
