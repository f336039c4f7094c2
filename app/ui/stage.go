package ui

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/start"
	"supercomputing/app/view"
)

// screen is what is shown in place of the pages.
type screen interface {
	Object() fyne.CanvasObject
	Focus()
	Back() bool
	Enter()
	Close()
}

// leaveStage closes all that is shown.
func (u *UI) leaveStage() {
	u.leave()
	u.closeOverlays()
	u.o.Canvas.Unfocus()
	if u.screen != nil {
		u.screen.Close()
	}
	u.frame, u.screen, u.stage = nil, nil, nothing
	u.root.show(nil)
}

// cover shows a screen. What is below it, when there are pages, goes on.
func (u *UI) cover(st stage, s screen) {
	u.closeOverlays()
	u.o.Canvas.Unfocus()
	if u.screen != nil {
		u.screen.Close()
	}
	u.stage, u.screen = st, s
	u.root.show(s.Object())
	s.Focus()
	u.tray.update()
}

// uncover shows the pages again, as they were.
func (u *UI) uncover() {
	if u.env.Narrow != u.root.narrow() {
		u.showPages()
		u.idle.arm()
		u.openAsked()
		return
	}
	u.env.Kit.Hold(false)
	u.o.Canvas.Unfocus()
	u.screen.Close()
	u.screen, u.stage = nil, running
	u.root.show(u.frame.object)
	u.frame.tell()
	u.idle.arm()
	u.tray.update()
	u.lookedAt()
	u.openAsked()
}

// openAsked opens what was asked for while the pages were not there.
func (u *UI) openAsked() {
	if r := u.asked; r != nil {
		u.asked = nil
		u.open(*r)
	}
}

// seen tells whether a person can see the page.
func (u *UI) seen() bool { return u.stage == running && !u.hidden }

// Hidden tells that the window is hidden or shown again. Messages are not read
// while nobody can see them.
func (u *UI) Hidden(hidden bool) {
	u.hidden = hidden
	u.lookedAt()
}

// lookedAt tells the page that it can be seen again.
func (u *UI) lookedAt() {
	if l, ok := u.now.(page.Looker); ok && u.seen() {
		l.Look()
	}
}

// showStart shows what there is to do before the pages: make a wallet, open
// it, or join a node. other asks for another node than the usual one.
func (u *UI) showStart(other bool) {
	u.leaveStage()
	o := start.Options{State: u.o.Host.State(), Ready: u.ready, Attach: u.o.Attach, Passphrase: u.o.Passphrase, Other: other}
	u.o.Attach, u.o.Passphrase = view.AttachRequest{}, nil // they count once
	u.cover(starting, start.New(u.env, o))
}

// ready goes on to the pages with the node that was started or joined.
func (u *UI) ready(b view.Backend) {
	u.leaveStage()
	u.leaveBackend()
	u.backend = b
	env := *u.env // pages of an earlier node may still be asking it, from their own goroutines
	env.Backend = b
	u.env = &env
	u.trail = newTrail()
	u.life = page.NewScope(u.env)
	u.news = newNotifier(u)
	u.showPages()
	u.followBackend()
	u.openAsked()
	u.idle.arm()
}

// leaveBackend forgets the node; it goes on by itself.
func (u *UI) leaveBackend() {
	if u.life == nil {
		return
	}
	u.follow.stop()
	u.life.Close()
	u.idle.disarm()
	u.life, u.backend, u.news, u.follow = nil, nil, nil, nil
	u.status, u.known, u.offline = view.Status{}, false, false
}

// showPages shows the frame with the page of the history.
func (u *UI) showPages() {
	u.leaveStage()
	if u.env.Narrow != u.root.narrow() { // it became so while a screen was shown
		if err := u.equip(); err != nil {
			u.o.Log.Error("the windows could not be made for this width", "err", err)
		}
	}
	u.stage = running
	u.frame = newFrame(u)
	u.root.show(u.frame.object)
	u.frame.tell()
	u.enter()
	u.tray.update()
}

// Lock hides the pages until the wallet's passphrase is given. The node works on.
func (u *UI) Lock() {
	if u.stage != running || u.status.Identity == "" {
		return
	}
	u.idle.disarm()
	u.env.Kit.Hold(true)
	u.cover(locked, start.NewLock(u.env, start.LockOptions{Open: u.uncover}))
}

// showLost tells that the node went away. It comes back by itself.
func (u *UI) showLost() {
	u.idle.disarm()
	u.env.Kit.Hold(true)
	o := start.LostOptions{URL: u.o.Host.State().Attached, Retry: u.follow.hurry, Other: func() {
		u.env.Kit.Hold(false)
		u.leaveStage()
		u.leaveBackend()
		u.showStart(true)
	}}
	u.cover(lost, start.NewLost(u.env, o))
}
