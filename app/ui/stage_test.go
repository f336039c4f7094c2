package ui

import (
	"errors"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

func TestStates(t *testing.T) {
	none := newRig(t, uitest.Wide(), func(r *rig, o *Options) { r.host.Node.Node = view.NodeNone })
	none.MustHave("Welcome", "New wallet")
	closed := newRig(t, uitest.Wide(), func(r *rig, o *Options) { r.host.Node.Node = view.NodeLocked })
	closed.MustHave("Welcome back")
	closed.host.Fail("Start", view.Errorf(view.CodeWrongPassphrase, "that is not the wallet's passphrase"))
	closed.Type("Passphrase", "wrong")
	closed.Tap("Unlock")
	closed.MustHave("Wrong passphrase", "that is not the wallet's passphrase")
	closed.host.Fail("Start", nil)
	closed.Type("Passphrase", "right")
	closed.Tap("Unlock")
	closed.at(page.Home, "", "")
}

func TestOpensWithPassphrase(t *testing.T) {
	secret := []byte("from the command line")
	r := newRig(t, uitest.Wide(), func(r *rig, o *Options) {
		r.host.Node.Node = view.NodeLocked
		o.Passphrase = secret
	})
	r.at(page.Home, "", "")
	for _, b := range secret {
		if b != 0 {
			t.Fatal("the passphrase was not wiped")
		}
	}
}

func TestLockHidesAndKeeps(t *testing.T) {
	r := runningRig(t)
	r.ui.Go(page.Route{Page: page.Wallet, Tab: page.WalletSend})
	before := r.top()
	r.shortcut(fyne.KeyL, ctrl)
	r.MustHave("Locked")
	if r.Has("page wallet") || r.Has("Market") {
		t.Error("the pages can still be read")
	}
	r.shortcut(fyne.Key1, ctrl)
	if !r.Has("Locked") {
		t.Fatal("a shortcut opened the lock")
	}
	r.Type("Passphrase", "guess")
	r.Tap("Unlock")
	r.MustHave("that is not the wallet's passphrase")
	if r.Entry("Passphrase").Text != "" {
		t.Error("a wrong passphrase stays in its field")
	}
	r.Type("Passphrase", viewtest.Passphrase)
	r.Submit("Passphrase")
	if r.top() != before || before.closed {
		t.Error("the page was not kept")
	}
	r.MustHave("page wallet send")
}

func TestLocksWhenIdle(t *testing.T) {
	r := runningRig(t)
	r.Advance(14 * time.Minute)
	r.ui.touched()
	r.Advance(14 * time.Minute)
	if r.Has("Locked") {
		t.Fatal("it locked though it was used")
	}
	r.Advance(2 * time.Minute)
	r.MustHave("Locked")
	r.Type("Passphrase", viewtest.Passphrase)
	r.Tap("Unlock")
	must(t, r.prefs.Set(func(p *page.Preferences) { p.LockMinutes = 0 }))
	r.Drain()
	r.Advance(24 * time.Hour)
	if r.Has("Locked") {
		t.Error("it locked though that is switched off")
	}
}

// TestNodeLost: the node goes away while pages are open, and comes back.
func TestNodeLost(t *testing.T) {
	r := runningRig(t)
	r.ui.Go(page.Route{Page: page.Work, Tab: page.WorkJob, Ref: "x"})
	before := r.top()
	gone := errors.New("connection refused")
	r.fake.Fail("Status", view.Errorf(view.CodeNotRunning, "the node does not answer"))
	r.fake.Drop(gone)
	r.wait("the strip", func() bool { return r.ui.offline })
	r.MustHave("The node does not answer. What you see may be old")
	if r.ui.stage != running {
		t.Fatal("the pages gave way at once")
	}
	for r.ui.stage != lost {
		r.ui.follow.hurry()
		r.wait("a try", func() bool { return true })
		select {
		case <-r.posts:
		case <-time.After(20 * time.Second):
			t.Fatal("nothing was tried")
		}
	}
	r.Drain()
	r.MustHave("The node does not answer", "Coins, jobs and messages are kept by the node")
	r.fake.Drop(nil)
	r.fake.Fail("Status", nil)
	r.Tap("Try now")
	r.wait("the pages", func() bool { return r.ui.stage == running })
	if r.top() != before || before.closed {
		t.Error("the page was not kept")
	}
	kinds := make(map[string]bool)
	for _, e := range before.events {
		kinds[e.Kind] = true
	}
	if !kinds[view.EventWallet] || !kinds[view.EventJob] {
		t.Errorf("the page was not told to look again: %v", before.events)
	}
}

func TestPause(t *testing.T) {
	last := time.Duration(0)
	for n := range 20 {
		p := pause(n)
		if p < last || p > lastPause {
			t.Errorf("pause %d is %v after %v", n, p, last)
		}
		last = p
	}
}

func TestBannerOfSync(t *testing.T) {
	r := newRig(t, uitest.Wide(), func(r *rig, o *Options) { must(t, r.fake.Answer("Status", viewtest.Syncing())) })
	r.wait("the node's state", func() bool { return r.ui.known })
	r.MustHave("31,040 of 48,213", "7 min")
	s := viewtest.Syncing()
	s.Sync = view.Sync{State: view.SyncDone, Usable: true}
	s.Warnings = []view.Warning{{Kind: view.WarnClock, Message: "The clock is 40 s slow.", Hint: "Set it."}}
	must(t, r.fake.Answer("Status", s))
	r.fake.Emit(view.Event{Kind: view.EventTip})
	r.wait("the event", func() bool { return len(r.top().events) > 0 })
	r.Advance(statusGap)
	r.wait("the warning", func() bool { return r.Has("The clock is 40 s slow. Set it.") })
	r.Tap("Dismiss")
	if r.Has("The clock is 40 s slow") {
		t.Error("the warning stays")
	}
}

func TestOtherNodeAfterLost(t *testing.T) {
	r := runningRig(t)
	r.ui.wentAway(errors.New("gone"), patience)
	r.Tap("Another node")
	r.MustHave("Join a node")
	r.Type("Address", "https://10.0.0.2:7402#ab")
	r.Type("Token", "secret token")
	r.Tap("Join")
	r.at(page.Home, "", "")
	if got := r.host.Asked("Attach"); got[len(got)-1] != "https://10.0.0.2:7402#ab true" {
		t.Errorf("attached to %q", got)
	}
}

// A page that is left while it asks its node, as the program ends or joins
// another one, has its node to the end of its question.
func TestLeftPagesKeepTheirNode(t *testing.T) {
	r := runningRig(t)
	left := r.ui.env
	r.ui.leaveBackend()
	if left.Backend == nil {
		t.Fatal("a question under way has nobody to ask")
	}
	other := new(viewtest.Fake)
	r.ui.ready(other)
	if left.Backend == view.Backend(other) || r.ui.env.Backend != view.Backend(other) {
		t.Error("a page of before asks the other node")
	}
}
