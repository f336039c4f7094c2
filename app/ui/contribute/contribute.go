// Package contribute owns the page of the work that this machine does for
// others: the switch, what runs now and why or why not, the kinds of work, the
// limits and pause rules, and what it has brought.
package contribute

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// tabs are the parts of the page in order; "" is the first.
var tabs = []string{"", page.ContributeDapps, page.ContributeLimits, page.ContributeHistory}

// Page is the contribute page. All parts show one view.Contribution.
type Page struct {
	env   *page.Env
	scope *page.Scope
	now   view.Contribution
	known bool
	tab   int
	part  part
	bar   *kit.TabBar
	box   *fyne.Container
	root  fyne.CanvasObject
	again *page.Coalesce
	// wanted is what was sent to the node and not answered yet; nil: nothing.
	wanted *view.ContributionSettings
}

// part is a tab while it is shown.
type part interface {
	object() fyne.CanvasObject
	// update shows what changed at the node.
	update(c view.Contribution)
}

// New makes the page. A route's tab is one of page.Contribute….
func New(env *page.Env, r page.Route) page.Page {
	t := env.T
	p := &Page{env: env, scope: page.NewScope(env), tab: index(r.Tab), box: kit.Stack(kit.Loading(6))}
	p.again = page.NewCoalesce(p.scope, time.Second, p.load)
	p.bar = kit.Tabs([]string{t("contribute.tab.now"), t("contribute.tab.dapps"), t("contribute.tab.limits"), t("contribute.tab.history")}, p.tab, p.open)
	p.root = kit.PageFixed(kit.Header(t("contribute.title"), t("contribute.sub")), p.bar, kit.Grow(p.box))
	p.again.Ask()
	p.scope.Every(time.Minute, func() { // "3 min ago" grows old
		if n, ok := p.part.(*now); ok {
			n.drawn = false
			n.running(p.now.Work)
		}
	})
	return p
}

func index(tab string) int {
	for i, t := range tabs {
		if t == tab {
			return i
		}
	}
	return 0
}

func (p *Page) load() {
	page.LoadKey(p.scope, "contribution", p.env.Backend.Contribution, func(c view.Contribution, err error) {
		switch {
		case err != nil && !p.known:
			p.set(p.env.Kit.Failure(err, p.load))
		case err == nil && p.wanted == nil: // what a person just changed is shown until the node answers
			p.show(c)
		}
	})
}

// show shows what the node told.
func (p *Page) show(c view.Contribution) {
	p.now = c
	if p.known {
		p.part.update(c)
		return
	}
	p.known = true
	p.draw()
}

func (p *Page) draw() {
	switch tabs[p.tab] {
	case page.ContributeDapps:
		p.part = newDapps(p)
	case page.ContributeLimits:
		p.part = newLimits(p)
	case page.ContributeHistory:
		p.part = newHistory(p)
	default:
		p.part = newNow(p)
	}
	p.set(p.part.object())
}

func (p *Page) set(o fyne.CanvasObject) {
	p.box.Objects = []fyne.CanvasObject{o}
	p.box.Refresh()
}

func (p *Page) open(i int) {
	p.tab = i
	if p.known {
		p.draw()
	}
}

// save gives the node other settings. What it refuses is told, and the page
// goes back to what is in force. Changes go to the node one after the other: a
// later one neither undoes an earlier one nor overtakes it.
func (p *Page) save(change func(*view.ContributionSettings)) {
	s := p.now.Settings
	if p.wanted != nil {
		s = *p.wanted
	}
	change(&s)
	under := p.wanted != nil
	p.wanted = &s
	if !under {
		p.send(s)
	}
}

func (p *Page) send(s view.ContributionSettings) {
	page.Load(p.scope, func(ctx context.Context) (view.Contribution, error) {
		return p.env.Backend.SetContribution(context.WithoutCancel(ctx), s)
	}, func(c view.Contribution, err error) {
		if err == nil && !same(s, *p.wanted) {
			p.send(*p.wanted)
			return
		}
		p.wanted = nil
		if err != nil {
			p.env.Fail(err)
			p.part.update(p.now)
			return
		}
		p.show(c)
	})
}

// snooze asks for "not now" until a time; a time that is past ends it.
func (p *Page) snooze(until time.Time) {
	page.LoadKey(p.scope, "snooze", func(ctx context.Context) (view.Contribution, error) {
		return p.env.Backend.Snooze(ctx, view.SnoozeRequest{Until: until})
	}, func(c view.Contribution, err error) {
		if err != nil {
			p.env.Fail(err)
			return
		}
		p.show(c)
	})
}

// Object implements page.Page.
func (p *Page) Object() fyne.CanvasObject { return p.root }

// Event implements page.Page.
func (p *Page) Event(e view.Event) {
	switch e.Kind {
	case view.EventContribution, view.EventBoard:
		p.again.Ask()
	}
}

// Close implements page.Page.
func (p *Page) Close() { p.scope.Close() }

// Place implements page.Placer.
func (p *Page) Place() page.Route { return page.Route{Page: page.Contribute, Tab: tabs[p.tab]} }

// Show implements page.Router.
func (p *Page) Show(r page.Route) bool {
	p.bar.Select(index(r.Tab))
	p.open(index(r.Tab))
	return true
}

// Refresh implements page.Refresher.
func (p *Page) Refresh() { p.load() }
