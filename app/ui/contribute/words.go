package contribute

import (
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// reasons put each kind of pause into words, with what would change it.
var reasons = map[string]text.Key{
	view.PauseOff: "contribute.why.off", view.PauseSnooze: "contribute.why.snooze", view.PauseHours: "contribute.why.hours",
	view.PauseInUse: "contribute.why.inuse", view.PauseBattery: "contribute.why.battery", view.PauseCharge: "contribute.why.charge",
	view.PauseHot: "contribute.why.hot", view.PauseMetered: "contribute.why.metered", view.PauseBusy: "contribute.why.busy",
	view.PauseProgram: "contribute.why.program", view.PauseDisk: "contribute.why.disk", view.PauseUnsynced: "contribute.why.unsynced",
}

// until has the words of reasons that end by themselves.
var until = map[string]text.Key{view.PauseSnooze: "contribute.until.snooze", view.PauseHours: "contribute.until.hours"}

// reason is a pause in words. What the node wrote stands in for a kind that
// this app does not know.
func reason(e *page.Env, p view.Pause) string {
	if key, ok := until[p.Kind]; ok && !p.Until.IsZero() {
		return e.T(key, "time", e.Text.When(p.Until, e.Now()))
	}
	key, ok := reasons[p.Kind]
	if !ok || e.Text.Language() == text.English && p.Text != "" {
		return p.Text
	}
	return e.T(key, "value", p.Value, "limit", p.Limit)
}

// workStates name the states of a work, with their colours.
var workStates = map[string]struct {
	name text.Key
	tone look.Tone
}{
	"dialling": {"contribute.work.dialling", look.Info}, "working": {"contribute.work.working", look.Success},
	"paused": {"contribute.work.paused", look.Warn}, "reporting": {"contribute.work.reporting", look.Info}, "ended": {"contribute.work.ended", look.Muted},
}

func workState(e *page.Env, state string) (string, look.Tone) {
	if s, ok := workStates[state]; ok {
		return e.T(s.name), s.tone
	}
	return state, look.Muted
}

// dappNames name the kinds of work that come with the program.
var dappNames = map[string]text.Key{"download": "contribute.dapp.download", "render": "contribute.dapp.render"}

func dappName(e *page.Env, name string) string {
	if k, ok := dappNames[name]; ok {
		return e.T(k)
	}
	return name
}

var dappIcons = map[string]string{"download": "download", "render": "movie"}

func dappIcon(name string) string {
	if i := dappIcons[name]; i != "" {
		return i
	}
	return "apps"
}
