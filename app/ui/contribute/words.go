package contribute

import (
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
)

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
