package home

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// stats are the four numbers at the top.
type stats struct {
	h                            *Home
	object                       fyne.CanvasObject
	balance, earned, work, peers *kit.StatBox
}

func (s *stats) init(h *Home) {
	s.h = h
	env := h.env
	// The unit stands in the label, so that large amounts fit.
	s.balance = kit.Stat(env.T("home.balance"), "–", " ", "account_balance_wallet")
	s.earned = kit.Stat(env.T("home.earned"), "–", " ", "show_chart")
	s.work = kit.Stat(env.T("home.jobs"), "–", " ", "rocket_launch")
	s.peers = kit.Stat(env.T("home.peers"), "–", " ", "hub")
	to := func(o fyne.CanvasObject, label string, r page.Route) fyne.CanvasObject {
		return kit.Tap(o, func() { env.Go(r) }).SetLabel(label)
	}
	s.object = kit.Columns(150,
		to(s.balance, env.T("home.balance"), page.Route{Page: page.Wallet}),
		to(s.earned, env.T("home.earned"), page.Route{Page: page.Contribute, Tab: page.ContributeHistory}),
		kit.Tap(s.work, func() {
			if s.producing() {
				env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerSeats})
				return
			}
			env.Go(page.Route{Page: page.Work})
		}).SetLabel(env.T("home.jobs")),
		to(s.peers, env.T("home.peers"), page.Route{Page: page.Settings, Tab: page.SettingsNetwork}))
}

func (s *stats) producing() bool { return s.h.status.Producer.Seats > 0 && s.h.openJobs() == 0 }

func (s *stats) failed(err error) {
	s.balance.Set("–", s.h.env.Text.Explain(err))
	s.balance.SetTone(look.Danger)
}

func (s *stats) show() {
	h, env := s.h, s.h.env
	if h.hasBalance {
		s.balance.SetTone(look.Muted)
		s.balance.Set(money(env, h.balance.Total), s.below(h.balance))
	}
	if h.hasEarned {
		tone, words := s.compared()
		s.earned.SetTone(tone)
		s.earned.Set(money(env, h.earned.Today), words)
	}
	if h.hasStatus && h.hasJobs {
		if s.producing() {
			s.work.Set(env.Text.Number(int64(h.status.Producer.Blocks)), env.N("home.seats", h.status.Producer.Seats))
		} else {
			s.work.Set(env.Text.Number(int64(h.openJobs())), s.jobsBelow())
		}
	}
	if h.hasStatus {
		in, out := h.status.PeersIn, h.status.PeersOut
		s.peers.SetTone(look.Muted)
		words := env.T("home.peers.both", "out", out, "in", in)
		if in+out == 0 {
			s.peers.SetTone(look.Warn)
			words = env.T("home.peers.none")
		}
		s.peers.Set(env.Text.Number(int64(in+out)), words)
	}
}

// money is an amount as a large number: two decimals are enough from one coin on.
func money(env *page.Env, a types.Amount) string {
	if a >= types.Coin {
		a -= a % (types.Coin / 100) // cut, never rounded up
		return env.Text.Decimal(float64(a)/float64(types.Coin), 2)
	}
	return env.Text.Coins(a)
}

// below tells what is on its way.
func (s *stats) below(b view.Balance) string {
	env := s.h.env
	words := ""
	add := func(w string) {
		if words != "" {
			words += " · "
		}
		words += w
	}
	if b.Pending > 0 {
		add(env.T("home.pending", "amount", env.Text.Coins(b.Pending)))
	}
	if b.Immature > 0 {
		add(env.T("home.immature", "amount", env.Text.Coins(b.Immature)))
	}
	switch {
	case words == "" && b.Total == 0:
		return env.T("home.balance.none")
	case words == "":
		return env.T("home.spendable")
	}
	return words
}

// compared tells today against yesterday.
func (s *stats) compared() (look.Tone, string) {
	env, days := s.h.env, s.h.earned.Days
	if len(days) < 2 {
		return look.Muted, " "
	}
	today, before := days[len(days)-1].Total, days[len(days)-2].Total
	switch {
	case before == 0 && today == 0:
		return look.Muted, env.T("home.earned.none")
	case before == 0:
		return look.Success, env.T("home.earned.first")
	}
	part := float64(today-before) / float64(before)
	words := env.T("home.earned.yesterday", "amount", env.Text.Coins(before))
	if part >= 0 {
		return look.Success, "+" + env.Text.Percent(part) + " · " + words
	}
	return look.Muted, words // the day is not over: less than yesterday says nothing
}

func (s *stats) jobsBelow() string {
	env, h := s.h.env, s.h
	if h.openJobs() == 0 {
		return env.T("home.jobs.none")
	}
	nodes := 0
	for _, j := range h.jobs {
		if underWay(j) {
			nodes += j.Workers
		}
	}
	return env.N("home.jobs.nodes", nodes)
}
