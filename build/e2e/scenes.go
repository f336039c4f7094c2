//go:build linux

package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"supercomputing/chain/types"
)

// sent is what the story pays somebody.
const sent = 12*types.Coin + types.Coin/2

// do plays steps until one fails.
func do(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// sendCoins pays the requester, by address.
func sendCoins(ctx context.Context, p *person) error {
	t := p.words.T
	to, err := p.identity(ctx, p.requester())
	if err != nil {
		return err
	}
	before, err := p.spendable(ctx, p.requester())
	if err != nil {
		return err
	}
	err = do(
		func() error { return p.tap(ctx, t("ui.page.wallet")) },
		func() error { return p.tap(ctx, t("wallet.send")) },
		func() error { return p.fill(ctx, t("wallet.send.to"), to, false) },
		func() error { return p.fill(ctx, t("wallet.send.amount"), "12.5", false) },
		func() error { return p.sees(ctx, t("wallet.quote.left")) },
		func() error { return p.shot("send") },
		func() error { return p.tap(ctx, t("wallet.send.check")) },
		func() error { return p.sees(ctx, t("wallet.check.title")) },
		func() error { return p.shot("send-check") },
		func() error { return p.tap(ctx, t("wallet.check.send", "amount", p.words.Exact(sent))) },
		func() error { return p.sees(ctx, t("wallet.sent.title")) },
		func() error { return p.shot("sent") },
	)
	if err != nil {
		return err
	}
	return wait(ctx, time.Minute, "payment at the other side", func() bool {
		now, err := p.spendable(ctx, p.requester())
		return err == nil && now == before+sent
	})
}

// spendable is what a node's wallet can spend.
func (p *person) spendable(ctx context.Context, dir string) (types.Amount, error) {
	var b struct {
		Spendable types.Amount `json:"spendable"`
	}
	err := p.ask(ctx, dir, &b, "wallet", "balance")
	return b.Spendable, err
}

// fileSize is of the file that the story has spread.
const fileSize = 24 << 20

// postJob posts a download job with the wizard, and watches it to its end.
func postJob(ctx context.Context, p *person) error {
	t := p.words.T
	path := filepath.Join(p.home, "film.bin")
	content := make([]byte, fileSize)
	_, _ = rand.Read(content)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	err := do(
		func() error { return p.tap(ctx, t("ui.page.work")) },
		func() error { return p.sees(ctx, t("work.choice.download.text")) },
		func() error { return p.shot("work") },
		func() error { return p.tap(ctx, t("work.choice.download")) },
		func() error { return p.fill(ctx, t("work.file.path"), path, false) },
		func() error { return p.shot("job-file") },
		func() error { return p.tap(ctx, t("work.next")) },
		func() error { return p.fill(ctx, t("work.options.replicas"), "2", false) },
		func() error { return p.tap(ctx, t("work.options.keep.usual")) },
		func() error { return p.tap(ctx, t("work.options.keep.other")) },
		func() error { return p.fill(ctx, t("work.options.days"), "0.0004", false) }, // half a minute
		func() error { return p.shot("job-options") },
		func() error { return p.tap(ctx, t("work.next")) },
		func() error { return p.fill(ctx, t("work.bid.label"), "2", false) },
		func() error { return p.shot("job-bid") },
		func() error { return p.tap(ctx, t("work.next")) },
		func() error { return p.sees(ctx, t("work.check.replicas")) },
		func() error { return p.shot("job-check") },
		func() error { return p.tapStart(ctx, t("work.pay", "amount", "")) },
	)
	if err != nil {
		return err
	}
	return p.watchJob(ctx)
}

// watchJob looks at the job's page until it says that the job is complete, and
// compares it with what the node says.
func (p *person) watchJob(ctx context.Context) error {
	t := p.words.T
	// The receipt or the state is on the page; a picture on the way.
	pictured := false
	_, err := p.until(ctx, 3*time.Minute, "complete job", func(s seen) bool {
		if !pictured && s.has(t("work.node.working")) {
			pictured = p.shot("job-working") == nil
		}
		return slices.ContainsFunc(s.texts(), func(x string) bool { return plain(x) == t("work.state.complete") })
	})
	if err != nil {
		return err
	}
	if err := p.shot("job-complete"); err != nil {
		return err
	}
	var jobs []struct {
		State string `json:"state"`
		Size  int64  `json:"size"`
	}
	if err := p.ask(ctx, p.own(), &jobs, "job", "list"); err != nil {
		return err
	}
	if len(jobs) != 1 || jobs[0].State != "complete" || jobs[0].Size != fileSize {
		return fmt.Errorf("the node's jobs are %+v", jobs)
	}
	return nil
}

// greeting is what the story writes.
const greeting = "Good morning! The film is out."

// writeMessage writes to the requester. The two have never met, so that the
// first message goes over the chain, for a price that is agreed to.
func writeMessage(ctx context.Context, p *person) error {
	t := p.words.T
	to, err := p.identity(ctx, p.requester())
	if err != nil {
		return err
	}
	priced, _, _ := strings.Cut(t("messages.goes.chain", "price", "\x00"), "\x00")
	err = do(
		func() error { return p.tap(ctx, t("ui.page.messages")) },
		func() error { return p.tap(ctx, t("messages.new")) },
		func() error { return p.fill(ctx, t("messages.new.to"), to, false) },
		func() error { return p.shot("message-to") },
		func() error { return p.tap(ctx, t("messages.new.do")) },
		func() error { return p.fill(ctx, t("messages.write"), greeting, false) },
		func() error { return p.sees(ctx, priced) },
		func() error { return p.shot("message-written") },
		func() error { return p.tap(ctx, t("messages.send")) },
		func() error { return p.sees(ctx, t("messages.price.title")) },
		func() error { return p.shot("message-price") },
		func() error { return p.tapStart(ctx, t("messages.price.pay", "price", "")) },
	)
	if err != nil {
		return err
	}
	me, err := p.identity(ctx, p.own())
	if err != nil {
		return err
	}
	err = wait(ctx, 90*time.Second, "message at the other side", func() bool {
		var raw any
		return p.ask(ctx, p.requester(), &raw, "message", "show", me) == nil && strings.Contains(fmt.Sprint(raw), greeting)
	})
	if err != nil {
		return err
	}
	if err := p.sees(ctx, greeting); err != nil {
		return err
	}
	return p.shot("message-sent")
}

// sees waits for a text.
func (p *person) sees(ctx context.Context, text string) error {
	_, err := p.until(ctx, patience, fmt.Sprintf("%q", text), func(s seen) bool { return s.has(text) })
	return err
}

// tapStart taps the button whose label begins so: amounts follow.
func (p *person) tapStart(ctx context.Context, begin string) error {
	b, s, err := p.still(ctx, fmt.Sprintf("button %q…", begin), func(s seen) (box, bool) {
		for _, b := range s.top() {
			if b.Kind == "tap" && strings.HasPrefix(plain(b.Label), strings.TrimRight(plain(begin), " ")) {
				return b, true
			}
		}
		return box{}, false
	})
	if err != nil {
		return err
	}
	return p.point(b, s)
}
