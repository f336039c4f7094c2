package page

import (
	"time"

	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// pauses put each kind of pause into words, with what would change it.
func pauses() map[string]text.Key {
	return map[string]text.Key{
		view.PauseOff: "page.pause.off", view.PauseSnooze: "page.pause.snooze", view.PauseHours: "page.pause.hours",
		view.PauseInUse: "page.pause.inuse", view.PauseBattery: "page.pause.battery", view.PauseCharge: "page.pause.charge",
		view.PauseHot: "page.pause.hot", view.PauseMetered: "page.pause.metered", view.PauseBusy: "page.pause.busy",
		view.PauseProgram: "page.pause.program", view.PauseDisk: "page.pause.disk", view.PauseUnsynced: "page.pause.unsynced",
	}
}

// Pause says why this machine does no work for others. What the node wrote
// stands in for a kind that this app does not know.
func (e *Env) Pause(p view.Pause) string {
	key, ok := pauses()[p.Kind]
	switch {
	case !p.Until.IsZero() && p.Kind == view.PauseSnooze:
		return e.T("page.pause.snooze.until", "time", e.Text.When(p.Until, e.Now()))
	case !p.Until.IsZero() && p.Kind == view.PauseHours:
		return e.T("page.pause.hours.until", "time", e.Text.When(p.Until, e.Now()))
	case !ok:
		return p.Text
	}
	return e.T(key, "value", p.Value, "limit", p.Limit)
}

// morning is the hour at which a day without work ends.
const morning = 6

// Tomorrow is the next morning after a time: what “till tomorrow” means. Late in
// the night it is the same day's, after sleeping.
func Tomorrow(now time.Time) time.Time {
	y, m, d := now.Date()
	if next := time.Date(y, m, d, morning, 0, 0, 0, now.Location()); next.After(now.Add(time.Hour)) {
		return next
	}
	return time.Date(y, m, d+1, morning, 0, 0, 0, now.Location())
}
