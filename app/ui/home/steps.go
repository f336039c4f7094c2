package home

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
)

// stepsHint is the name of the first steps among dismissed hints.
const stepsHint = "home.steps"

// steps are the first things to do with a new wallet.
type steps struct {
	h      *Home
	object *fyne.Container
	shown  [3]bool // as they were drawn: which are done
	drawn  bool
}

func (s *steps) init(h *Home) {
	s.h = h
	s.object = kit.Stack()
	s.object.Hide()
}

// done tells which steps are: coins came, the machine contributes, a job was posted.
func (s *steps) done() [3]bool {
	h := s.h
	return [3]bool{h.balance.Total+h.balance.Pending > 0, h.status.Contribution.Enabled, len(h.jobs) > 0}
}

func (s *steps) show() {
	h := s.h
	if !h.hasStatus || !h.hasBalance || !h.hasJobs {
		return
	}
	done := s.done()
	if done == [3]bool{true, true, true} || h.env.Prefs.Get().Hints[stepsHint] {
		s.object.Hide()
		return
	}
	if s.drawn && done == s.shown {
		return
	}
	s.drawn, s.shown = true, done
	env := h.env
	row := func(i int, icon, title, words, button string, fn func()) fyne.CanvasObject {
		if done[i] {
			return kit.RowGap(14, kit.Badge("check", look.Success), kit.Grow(kit.Muted(title).Wrap()))
		}
		return kit.Between(kit.Lead(kit.Badge(icon, look.Primary), kit.ColumnGap(2, kit.Strong(title).Wrap(), kit.Small(words).Wrap())),
			kit.Secondary(button, fn).Small())
	}
	away := env.Kit.IconButton("close", env.T("home.steps.away"), func() {
		env.Remember(func(p *page.Preferences) { p.Hints[stepsHint] = true })
		s.object.Hide()
		h.body.Refresh()
	})
	s.object.Objects = []fyne.CanvasObject{kit.Card(env.T("home.steps"), away, kit.ColumnGap(16,
		row(0, "call_received", env.T("home.steps.receive"), env.T("home.steps.receive.text"), env.T("home.steps.receive.do"), func() { env.Go(page.Route{Page: page.Wallet, Tab: page.WalletReceive}) }),
		row(1, "volunteer_activism", env.T("home.steps.contribute"), env.T("home.steps.contribute.text"), env.T("home.steps.contribute.do"), func() { h.contribute.switchTo(true) }),
		row(2, "rocket_launch", env.T("home.steps.job"), env.T("home.steps.job.text"), env.T("home.steps.job.do"), func() { env.Go(page.Route{Page: page.Work, Tab: page.WorkNew}) })))}
	s.object.Show()
	s.object.Refresh()
}
