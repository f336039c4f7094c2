// Package kit owns the widgets and layouts that the pages are made of: texts,
// panels, buttons, fields, lists, pictures, dialogs. They look as package look
// says, follow its changes, and can be used with the keyboard. The kit knows
// no node and no page.
package kit

import (
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/look"
	"supercomputing/app/ui/text"
)

// Kit makes the widgets that need words, a canvas for dialogs or the
// clipboard. One serves a window.
type Kit struct {
	Text     *text.Catalog
	Canvas   fyne.Canvas                 // dialogs and menus open on it
	CopyText func(s string, secret bool) // puts s on the clipboard; nil: does nothing
	Post     func(func())                // runs on the UI thread
	// After runs fn on the UI thread later, unless stopped; nil: a timer.
	After func(d time.Duration, fn func()) (stop func())
	Layer *Layer                      // toasts and tooltips; nil: none are shown
	Open  func(address string)        // what a tap on an address does; may be nil
	Now   func() time.Time            // nil: time.Now
	Log   func(msg string, err error) // faults that no person can act on; may be nil

	sheets []*Sheet             // open dialogs, the topmost last
	held   bool                 // nothing is shown over the window now
	later  []func()             // what is shown when it may be
	below  func(*fyne.KeyEvent) // the window's keys while dialogs are open
}

// Narrow is the width below which layouts put things below each other.
const Narrow = 600

func (k *Kit) after(d time.Duration, fn func()) (stop func()) {
	if k.After == nil {
		t := time.AfterFunc(d, func() { k.Post(fn) })
		return func() { t.Stop() }
	}
	return k.After(d, fn)
}

// copyText puts s on the clipboard.
func (k *Kit) copyText(s string, secret bool) {
	if k.CopyText != nil {
		k.CopyText(s, secret)
	}
}

// mostLater bounds what waits while nothing is shown.
const mostLater = 8

// Hold keeps dialogs, menus and notices from the window, as while it is locked:
// what a page under the lock has to tell or to ask waits until it may be shown.
func (k *Kit) Hold(on bool) {
	k.held = on
	if on {
		if k.Layer != nil {
			k.Layer.empty()
		}
		return
	}
	list := k.later
	k.later = nil
	for _, show := range list {
		show()
	}
}

// wait keeps show for later, and tells whether it has to wait.
func (k *Kit) wait(show func()) bool {
	if !k.held {
		return false
	}
	k.later = append(k.later, show)
	k.later = k.later[max(0, len(k.later)-mostLater):]
	return true
}

// Toast shows a short notice for a few seconds.
func (k *Kit) Toast(tone look.Tone, s string) {
	if k.wait(func() { k.Toast(tone, s) }) {
		return
	}
	if k.Layer != nil {
		k.Layer.toast(k, tone, s)
	}
}
