package page

import "fyne.io/fyne/v2"

// What a page may offer besides Page. The frame finds out by itself.

// Placer is a page that tells where in itself it is: the route that leads back
// there. It is asked when the page is left or made anew.
type Placer interface{ Place() Route }

// Keeper is a page that keeps small things while it is closed, such as how far
// it was scrolled or what a filter says. Restore gets what Keep gave, after the
// constructor. Nothing secret, nothing large, no widgets.
type Keeper interface {
	Keep() any
	Restore(kept any)
}

// Creator is a page that begins something new of its kind, as Ctrl+N asks.
type Creator interface{ Create() }

// Finder is a page with a search field: Ctrl+F puts the focus there.
type Finder interface{ Find() }

// Refresher is a page that loads everything again, as F5 asks. Any other page
// is made anew.
type Refresher interface{ Refresh() }

// Looker is a page that does something only while it is looked at, such as
// marking messages read: Look tells that it can be seen again.
type Looker interface{ Look() }

// Files is the Args of a route to WorkNew: paths of what was dropped onto the
// window.
type Files []string

// The kinds of notification: the names in Preferences.Mute.
const (
	NoticePayment   = "payment"
	NoticeMessage   = "message"
	NoticeJobDone   = "job done"
	NoticeJobFailed = "job failed"
)

// Notices lists the kinds of notification.
func Notices() []string {
	return []string{NoticePayment, NoticeMessage, NoticeJobDone, NoticeJobFailed}
}

// FocusOn puts the focus on o, when the canvas is there.
func (e *Env) FocusOn(o fyne.Focusable) {
	if e.Canvas != nil {
		e.Canvas.Focus(o)
	}
}

// Attach is the Args of a route to a conversation: what is shown along with the
// next message.
type Attach struct {
	Listing string // an advertisement's id
	Job     string // a job's id
	Title   string // what to call it
}
