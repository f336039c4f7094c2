package ui

import (
	"strings"
	"time"

	"supercomputing/app/ui/kit"
)

// idle locks the wallet when nobody used the window for a while. It holds one
// timer, so that waiting costs nothing.
type idle struct {
	u     *UI
	used  time.Time // the last sign of life
	stop  func()    // of the timer, nil while none runs
	typed string    // in the field with the focus, when the timer was set
}

// touched is a sign of life.
func (u *UI) touched() { u.idle.used = u.o.Now() }

func (i *idle) limit() time.Duration {
	return time.Duration(i.u.o.Prefs.Get().LockMinutes) * time.Minute
}

// arm begins to wait, as the settings say.
func (i *idle) arm() {
	i.disarm()
	if i.u.stage != running || i.limit() <= 0 {
		return
	}
	i.used = i.u.o.Now()
	i.wait(i.limit())
}

func (i *idle) disarm() {
	if i.stop != nil {
		i.stop()
		i.stop, i.typed = nil, ""
	}
}

// over tells whether the wallet should be locked by now.
func (i *idle) over() bool {
	return i.limit() > 0 && i.u.o.Now().Sub(i.used) >= i.limit()
}

func (i *idle) wait(d time.Duration) {
	i.typed = i.field()
	i.stop = i.u.o.After(d, i.look)
}

// look locks, or waits for what is left.
func (i *idle) look() {
	if i.stop == nil { // it was disarmed while this waited for its turn
		return
	}
	if i.field() != i.typed { // typing moves no mouse
		i.used = i.u.o.Now()
	}
	if left := i.limit() - i.u.o.Now().Sub(i.used); left > 0 {
		i.wait(left)
		return
	}
	i.disarm()
	i.u.Lock()
}

// field is what the field with the focus says.
func (i *idle) field() string {
	if e, ok := i.u.o.Canvas.Focused().(*kit.EntryBox); ok {
		if e.Password { // no secret is kept here: that it grows is enough
			return strings.Repeat("*", len(e.Text))
		}
		return e.Text
	}
	return ""
}
