package ui

import (
	"context"
	"sync"
	"time"

	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// The pace of asking a node that does not answer.
const (
	firstPause = 500 * time.Millisecond
	lastPause  = 15 * time.Second
	// patience is how many tries are made before the pages give way to a notice.
	patience = 3
)

// statusGap is the least time between two looks at the node's state.
const statusGap = 400 * time.Millisecond

// follower listens to the node's events, and joins it again when it went away.
type follower struct {
	u      *UI
	b      view.Backend
	ctx    context.Context
	cancel context.CancelFunc
	again  chan struct{} // hurry
	ask    *page.Coalesce

	mu sync.Mutex
	// guarded by mu:
	waiting map[view.Event]bool // not yet handed to the UI thread
	order   []view.Event
}

func (u *UI) followBackend() {
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{u: u, b: u.backend, ctx: ctx, cancel: cancel, again: make(chan struct{}, 1), waiting: make(map[view.Event]bool)}
	f.ask = page.NewCoalesce(u.life, statusGap, func() { u.readStatus(f) })
	u.follow = f
	u.done.Go(f.run)
	f.ask.Ask()
}

func (f *follower) stop() { f.cancel() }

// hurry tries again at once.
func (f *follower) hurry() {
	select {
	case f.again <- struct{}{}:
	default:
	}
}

// run listens until the follower is stopped.
func (f *follower) run() {
	for failed := 0; ; {
		if _, err := f.b.Status(f.ctx); err == nil {
			failed = 0
			f.post(f.u.found)
			err = f.b.Watch(f.ctx, f.event)
			f.lost(err, 0)
		} else {
			failed++
			f.lost(err, failed)
		}
		if !f.wait(pause(failed)) {
			return
		}
	}
}

func pause(failed int) time.Duration { return min(lastPause, firstPause<<min(failed, 6)) }

func (f *follower) lost(err error, failed int) {
	f.post(func() { f.u.wentAway(err, failed) })
}

// wait waits for d, or until somebody is in a hurry: false when it is over.
func (f *follower) wait(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-f.again:
	case <-f.ctx.Done():
		return false
	}
	return true
}

// post runs fn on the UI thread unless the follower was stopped.
func (f *follower) post(fn func()) {
	f.u.o.Post(func() {
		if f.ctx.Err() == nil {
			fn()
		}
	})
}

// event takes one event. Equal ones that wait for the UI thread are merged.
func (f *follower) event(e view.Event) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := e
	key.Height = 0 // only the newest tip counts
	if f.waiting[key] {
		return nil
	}
	f.waiting[key] = true
	f.order = append(f.order, e)
	if len(f.order) == 1 {
		f.post(f.deliver)
	}
	return nil
}

// deliver hands the events that wait to all who listen, on the UI thread.
func (f *follower) deliver() {
	f.mu.Lock()
	events := f.order
	f.order = nil
	clear(f.waiting)
	f.mu.Unlock()
	for _, e := range events {
		f.u.event(e)
	}
}

// event is one event on the UI thread.
func (u *UI) event(e view.Event) {
	switch e.Kind {
	case view.EventMarket, view.EventBoard:
	default:
		u.ask()
	}
	u.news.event(e)
	if u.now != nil {
		u.now.Event(e)
	}
}

// ask looks at the node's state soon.
func (u *UI) ask() {
	if u.follow != nil {
		u.follow.ask.Ask()
	}
}

func (u *UI) readStatus(f *follower) {
	page.LoadKey(u.life, "status", f.b.Status, func(s view.Status, err error) {
		if err != nil {
			return // the follower finds out for itself
		}
		early := u.news.early()
		u.status, u.known = s, true
		if early && !u.news.early() {
			u.news.catchUp()
		}
		if u.frame != nil {
			u.frame.tell()
		}
		u.tray.update()
	})
}

// found tells that the node answers.
func (u *UI) found() {
	again := u.offline
	u.offline = false
	if u.stage == lost {
		late := u.idle.over() // nobody may have been there while the node was away
		u.uncover()
		if late {
			u.Lock()
		}
	}
	if again {
		u.frame.tell()
		u.ask()
		u.catchUp()
	}
	u.tray.update()
}

// catchUp tells the page and the notifications of all that may have changed
// while nobody listened.
func (u *UI) catchUp() {
	for _, kind := range []string{view.EventTip, view.EventWallet, view.EventJob, view.EventBoard, view.EventContribution,
		view.EventPeers, view.EventMessage, view.EventMarket, view.EventNews, view.EventAccount} {
		u.event(view.Event{Kind: kind, Height: u.status.Tip.Height})
	}
}

// wentAway tells that the node does not answer.
func (u *UI) wentAway(err error, failed int) {
	u.offline = true
	u.o.Log.Info("the node does not answer", "tries", failed, "err", err)
	switch {
	case u.stage == running && failed >= patience:
		u.showLost()
	case u.stage == running:
		u.frame.tell()
	}
	u.tray.update()
}
