// Package ui owns the frame of the windows: which screen is shown (first start,
// the wallet's passphrase, the pages, a locked wallet, a node that went away),
// navigation with its history, the node's events, shortcuts, notifications and
// what the tray tells. Pages stand in it and know nothing of it.
package ui

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// Constructor makes a page at a route.
type Constructor = func(env *page.Env, r page.Route) page.Page

// Options are what the frame is given.
type Options struct {
	Host     view.Host
	Prefs    *page.Prefs
	Post     func(func())           // runs on the UI thread, later
	Window   fyne.Window            // for files dropped onto it; nil in tests
	Canvas   fyne.Canvas            // nil: the window's
	Pages    map[string]Constructor // nil: Pages()
	SetTheme func(fyne.Theme)       // shows everything in a theme; may be nil
	Language string                 // the system's, for people who chose none
	Now      func() time.Time       // nil: time.Now
	// After runs fn on the UI thread later, unless stopped; nil: a timer. Spawn
	// runs work away from it; nil: a goroutine.
	After func(d time.Duration, fn func()) (stop func())
	Spawn func(work func())
	Log   *slog.Logger // nil: none

	Attach     view.AttachRequest // a node to join at once
	Passphrase []byte             // opens the wallet at once; wiped

	Raise func() // shows the window, as the tray asks; may be nil
	Quit  func() // ends the program; may be nil
}

// The stages: what kind of screen is shown.
type stage uint8

const (
	nothing stage = iota
	starting
	running
	locked
	lost
)

// UI is the frame of one window. Its methods run on the UI thread unless they
// say otherwise.
type UI struct {
	o      Options
	env    *page.Env
	root   *root
	layer  *kit.Layer
	stage  stage
	screen screen         // in place of the pages, nil while they are shown
	asked  *page.Route    // to open once the pages are there
	done   sync.WaitGroup // goroutines

	backend view.Backend
	life    *page.Scope // of the backend: from Ready until it is left
	follow  *follower
	status  view.Status
	known   bool // status was read
	offline bool // the node did not answer just now
	hidden  bool // the window

	frame     *frame
	trail     trail
	now       page.Page
	leaveKeys func() // takes the shortcuts of the page away
	idle      idle
	shown     style
	news      *notifier
	tray      trayer
}

// New makes a frame. Nothing is shown before Start.
func New(o Options) (*UI, error) {
	switch {
	case o.Host == nil || o.Prefs == nil || o.Post == nil:
		return nil, errors.New("the frame needs a host, settings and a UI thread")
	case o.Canvas == nil && o.Window != nil:
		o.Canvas = o.Window.Canvas()
	}
	if o.Canvas == nil {
		return nil, errors.New("the frame needs a window or a canvas")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.After == nil {
		o.After = func(d time.Duration, fn func()) func() {
			t := time.AfterFunc(d, func() { o.Post(fn) })
			return func() { t.Stop() }
		}
	}
	if o.Spawn == nil {
		o.Spawn = func(work func()) { go work() }
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Pages == nil {
		o.Pages = Pages()
	}
	u := &UI{o: o, layer: kit.NewLayer(), trail: newTrail()}
	u.root = newRoot(u.layer.Object(), u.touched, u.resized)
	if err := u.equip(); err != nil {
		return nil, err
	}
	u.idle = idle{u: u}
	u.tray = trayer{u: u}
	u.listen()
	return u, nil
}

// listen joins what happens outside the pages to the frame.
func (u *UI) listen() {
	u.o.Prefs.OnChange(func(page.Preferences) { u.o.Post(u.prefsChanged) })
	u.addShortcuts()
	if w := u.o.Window; w != nil {
		w.SetOnDropped(func(_ fyne.Position, list []fyne.URI) {
			var paths []string
			for _, one := range list {
				if one.Scheme() == "file" {
					paths = append(paths, one.Path())
				}
			}
			u.Dropped(paths)
		})
	}
}

// Object is what the window shows.
func (u *UI) Object() fyne.CanvasObject { return u.root }

// Start shows the first screen.
func (u *UI) Start() { u.showStart(false) }

// Stop ends all that the frame started and waits for it. It may be called once
// from anywhere but the UI thread's own callbacks that goroutines wait for.
func (u *UI) Stop() {
	u.leaveStage()
	u.leaveBackend()
	u.done.Wait()
}

// Go opens a route, once the pages are there.
func (u *UI) Go(r page.Route) {
	if u.stage != running {
		u.asked = &r
		return
	}
	u.open(r)
}

// Dropped opens the wizard of new jobs with files that were dropped onto the
// window.
func (u *UI) Dropped(paths []string) {
	if len(paths) == 0 || u.stage != running {
		return
	}
	u.touched()
	u.open(page.Route{Page: page.Work, Tab: page.WorkNew, Args: page.Files(paths)})
}

// toast shows a short notice.
func (u *UI) toast(tone look.Tone, s string) { u.env.Kit.Toast(tone, s) }

// fail shows a failure as a short notice.
func (u *UI) fail(err error) {
	if err == nil || errors.Is(err, context.Canceled) {
		return
	}
	p := u.env.Text.Error(err)
	s := p.Message
	if p.Hint != "" {
		s += " " + p.Hint
	}
	u.toast(look.Danger, s)
}
