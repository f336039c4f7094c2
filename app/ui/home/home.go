// Package home owns the first page: the balance, what was earned, whether this
// machine works for others and why, jobs under way, the network, and what is
// new. Someone who just began finds the first steps there.
package home

import (
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// gap is the least time between two looks at the same thing.
const gap = 500 * time.Millisecond

// Home is the page.
type Home struct {
	env   *page.Env
	scope *page.Scope
	body  *kit.Scroller
	head  *kit.PageHeader

	status     view.Status
	hasStatus  bool
	balance    view.Balance
	hasBalance bool
	earned     view.Earnings // of the days that the chart shows
	hasEarned  bool
	days       int
	jobs       []view.Job
	hasJobs    bool

	stats      stats
	chart      chart
	steps      steps
	contribute contribute
	work       work
	network    network
	advert     advert
	news       news

	loads map[string]*page.Coalesce
}

// kept is what stays while the page is closed.
type kept struct {
	days   int
	scroll float32
}

// New makes the page.
func New(env *page.Env, _ page.Route) page.Page {
	h := &Home{env: env, scope: page.NewScope(env), days: 30, loads: make(map[string]*page.Coalesce)}
	send := kit.Secondary(env.T("home.send"), func() { env.Go(page.Route{Page: page.Wallet, Tab: page.WalletSend}) }).Icon("send")
	begin := kit.Primary(env.T("home.work"), func() { env.Go(page.Route{Page: page.Work, Tab: page.WorkNew}) }).Icon("rocket_launch")
	h.head = kit.Header(env.T("home.title"), " ", send, begin)
	h.stats.init(h)
	h.chart.init(h)
	h.steps.init(h)
	h.contribute.init(h)
	h.work.init(h)
	h.network.init(h)
	h.advert.init(h)
	h.news.init(h)
	main := kit.ColumnGap(16, h.steps.object, h.chart.object, h.work.object)
	side := kit.ColumnGap(16, h.contribute.object, h.network.object, h.advert.object, h.news.object)
	h.body = kit.PageBody(h.head, h.stats.object, kit.Sides(760, main, side))
	h.listen()
	return h
}

// listen loads everything, and prepares to load it again.
func (h *Home) listen() {
	for name, fn := range map[string]func(){
		"status": h.loadStatus, "balance": h.loadBalance, "earned": h.loadEarned, "jobs": h.loadJobs,
		"contribute": h.contribute.load, "advert": h.advert.load, "news": h.news.load,
	} {
		c := page.NewCoalesce(h.scope, gap, fn)
		h.loads[name] = c
		c.Ask()
	}
	h.scope.Every(time.Minute, h.tell) // "3 min ago" grows old
}

// Object implements page.Page.
func (h *Home) Object() fyne.CanvasObject { return h.body }

// Close implements page.Page.
func (h *Home) Close() { h.scope.Close() }

// Refresh implements page.Refresher.
func (h *Home) Refresh() {
	for _, c := range h.loads {
		c.Ask()
	}
}

// Place implements page.Placer.
func (h *Home) Place() page.Route { return page.Route{Page: page.Home} }

// Keep implements page.Keeper.
func (h *Home) Keep() any { return kept{h.days, h.body.Offset.Y} }

// Restore implements page.Keeper.
func (h *Home) Restore(v any) {
	k, ok := v.(kept)
	if !ok {
		return
	}
	h.body.Offset.Y = k.scroll
	if k.days != h.days {
		h.chart.choose(k.days)
	}
}

// Event implements page.Page.
func (h *Home) Event(e view.Event) {
	ask := func(names ...string) {
		for _, n := range names {
			h.loads[n].Ask()
		}
	}
	switch e.Kind {
	case view.EventTip:
		ask("status", "balance")
	case view.EventPeers:
		ask("status")
	case view.EventWallet:
		ask("balance", "earned")
	case view.EventJob:
		ask("jobs")
	case view.EventContribution:
		ask("contribute", "status")
	case view.EventMarket:
		ask("advert")
	case view.EventNews:
		ask("news")
	}
}

func (h *Home) loadStatus() {
	page.LoadKey(h.scope, "status", h.env.Backend.Status, func(s view.Status, err error) {
		if err != nil {
			h.network.failed(err, h.hasStatus)
			return
		}
		h.status, h.hasStatus = s, true
		h.tell()
	})
}

func (h *Home) loadBalance() {
	page.LoadKey(h.scope, "balance", h.env.Backend.Balance, func(b view.Balance, err error) {
		if err != nil {
			h.stats.failed(err)
			return
		}
		h.balance, h.hasBalance = b, true
		h.tell()
	})
}

func (h *Home) loadJobs() {
	page.LoadKey(h.scope, "jobs", h.env.Backend.Jobs, func(list []view.Job, err error) {
		if err != nil {
			h.work.failed(err)
			return
		}
		h.jobs, h.hasJobs = list, true
		h.work.show()
		h.tell()
	})
}

// tell shows what is known in all parts that depend on several answers.
func (h *Home) tell() {
	h.head.Set(h.env.T("home.title"), h.sentence())
	h.stats.show()
	h.steps.show()
	h.network.show()
	h.news.show()
	h.body.Refresh()
}

// sentence says how things stand.
func (h *Home) sentence() string {
	env := h.env
	switch {
	case !h.hasStatus:
		return env.T("home.state.asking")
	case !h.status.Sync.Usable:
		return env.T("home.state.sync")
	case len(h.status.Warnings) > 0:
		return env.T("home.state.look")
	case h.status.Contribution.Working > 0:
		return env.N("home.state.working", h.status.Contribution.Working)
	}
	return env.T("home.state.fine")
}

// openJobs counts the jobs that are not over.
func (h *Home) openJobs() (n int) {
	for _, j := range h.jobs {
		if underWay(j) {
			n++
		}
	}
	return n
}

func underWay(j view.Job) bool {
	return j.State == view.JobWaiting || j.State == view.JobOpen || j.State == view.JobClosing
}
