//go:build linux

package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"supercomputing/chain/types"
)

// passphrase is the wallet's in the story.
const passphrase = "correct horse battery"

// story is a person's first quarter of an hour with the program.
func story(ctx context.Context, p *person) error {
	for _, scene := range []struct {
		name string
		play func(context.Context, *person) error
	}{
		{"a first start", firstStart},
		{"coins arrive", coinsArrive},
		{"coins are sent", sendCoins},
		{"a job is posted and done", postJob},
		{"a message is written", writeMessage},
		{"the end, and a second start", again},
	} {
		p.say("== %s", scene.name)
		if err := scene.play(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", scene.name, err)
		}
	}
	p.say("all of it went as it should")
	return nil
}

// firstStart makes a wallet on the demo's network, up to the first page.
func firstStart(ctx context.Context, p *person) error {
	t := p.words.T
	begun := time.Now()
	if err := p.start(); err != nil {
		return err
	}
	if _, err := p.until(ctx, 30*time.Second, "a window", func(s seen) bool { return s.has(t("start.new")) }); err != nil {
		return err
	}
	p.say("a window after %.1f s", time.Since(begun).Seconds())
	steps := []func() error{
		func() error { return p.shot("welcome") },
		func() error { return p.tap(ctx, t("start.new")) },
		func() error { return p.tap(ctx, t("start.network.demo")) },
		func() error { return p.shot("network") },
		func() error { return p.tap(ctx, t("start.continue")) },
		func() error { return p.writeDown(ctx) },
		func() error { return p.fill(ctx, t("start.pass.label"), passphrase, true) },
		func() error { return p.fill(ctx, t("start.pass.again"), passphrase, true) },
		func() error { return p.shot("passphrase") },
		func() error { return p.tap(ctx, t("start.continue")) },
		func() error { return p.tap(ctx, t("start.sum.go")) },
		func() error { return p.shot("making") },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	if _, err := p.until(ctx, time.Minute, "the first page", func(s seen) bool { _, ok := s.button(t("ui.page.home")); return ok }); err != nil {
		return err
	}
	took := time.Since(begun)
	p.say("from start to the first page: %.1f s, by machine", took.Seconds())
	if took > time.Minute {
		return fmt.Errorf("it took %v to the first page, more than a minute", took)
	}
	return p.shot("home")
}

// writeDown reads the words as a person does, and gives those that are asked.
func (p *person) writeDown(ctx context.Context) error {
	t := p.words.T
	s, err := p.until(ctx, patience, "the words", func(s seen) bool { return len(s.wordList()) == 12 })
	if err != nil {
		return err
	}
	list := s.wordList()
	if err := p.shot("words"); err != nil {
		return err
	}
	if err := p.tap(ctx, t("start.words.written")); err != nil {
		return err
	}
	asked := func(s seen) (fields []string) {
		for i := range list {
			if name := t("start.check.word", "n", i+1); hasField(s, name) {
				fields = append(fields, name)
			}
		}
		return fields
	}
	if s, err = p.until(ctx, patience, "three words asked", func(s seen) bool { return len(asked(s)) == 3 }); err != nil {
		return err
	}
	for i, word := range list {
		if name := t("start.check.word", "n", i+1); hasField(s, name) {
			if err := p.fill(ctx, name, word, false); err != nil {
				return err
			}
		}
	}
	if err := p.shot("words-asked"); err != nil {
		return err
	}
	return p.tap(ctx, t("start.continue"))
}

func hasField(s seen, name string) bool { _, ok := s.field(name); return ok }

// wordList reads numbered words: “1”, the first word, “2” …
func (s seen) wordList() (list []string) {
	all := s.texts()
	for i := 0; i+1 < len(all); i++ {
		if all[i] == strconv.Itoa(len(list)+1) {
			list = append(list, all[i+1])
			i++
		}
	}
	return list
}

// coinsArrive waits for the payment of the demo's requester.
func coinsArrive(ctx context.Context, p *person) error {
	if err := p.tap(ctx, p.words.T("ui.page.wallet")); err != nil {
		return err
	}
	if _, err := p.until(ctx, time.Minute, "500 coins", func(s seen) bool { return s.has("500") }); err != nil {
		return err
	}
	err := wait(ctx, time.Minute, "coins that can be spent", func() bool {
		n, err := p.spendable(ctx, p.own())
		return err == nil && n == 500*types.Coin
	})
	if err != nil {
		return err
	}
	return p.shot("coins")
}

// again ends the program and opens the wallet once more.
func again(ctx context.Context, p *person) error {
	t := p.words.T
	if err := p.leave(); err != nil {
		return err
	}
	begun := time.Now()
	if err := p.start(); err != nil {
		return err
	}
	if _, err := p.until(ctx, 30*time.Second, "the wallet's lock", func(s seen) bool { return s.has(t("start.unlock.title")) }); err != nil {
		return err
	}
	p.say("the window again after %.1f s", time.Since(begun).Seconds())
	if err := p.write(passphrase); err != nil { // the field has the focus
		return err
	}
	if err := p.keys("Return"); err != nil {
		return err
	}
	if _, err := p.until(ctx, time.Minute, "the first page again", func(s seen) bool { _, ok := s.button(t("ui.page.home")); return ok }); err != nil {
		return err
	}
	if err := p.shot("again"); err != nil {
		return err
	}
	return p.leave()
}
