package ui

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// maxFound is how many places the switcher shows.
const maxFound = 8

// found is a place that the switcher can go to.
type found struct {
	icon, title, sub, address string
	route                     page.Route
}

// switcher finds pages, people and jobs by name, and anything of the chain.
type switcher struct {
	u     *UI
	scope *page.Scope
	sheet *kit.Sheet
	entry *kit.EntryBox
	rows  *fyne.Container
	all   []found // that are found by name
	shown []found
	at    int
}

// openSwitcher opens the quick switcher.
func (u *UI) openSwitcher() {
	env := u.env
	s := &switcher{u: u, scope: u.life.Child(), rows: kit.ColumnGap(2)}
	for _, t := range tabs() {
		s.all = append(s.all, found{icon: t.icon, title: env.T(t.name), route: page.Route{Page: t.page}})
	}
	s.entry = kit.Search(env.T("ui.switch.hint"), s.typed)
	s.entry.OnSubmitted = func(string) { s.take(s.at) }
	s.sheet = env.Kit.Sheet(kit.SheetOptions{Title: env.T("ui.switch.title"), Content: kit.Column(s.entry, s.rows), Width: 560, Closed: s.scope.Close})
	s.load()
	s.typed("")
	env.FocusOn(s.entry)
}

// load asks for people and jobs.
func (s *switcher) load() {
	b, env := s.u.backend, s.u.env
	page.Load(s.scope, b.Contacts, func(list []view.Contact, err error) {
		for _, c := range list {
			s.all = append(s.all, found{title: c.Name, sub: text.Short(c.Address), address: c.Address, route: page.Route{Page: page.Messages, Tab: page.MessagesChat, Ref: c.Address}})
		}
		s.typed(s.entry.Text)
	})
	page.Load(s.scope, b.Jobs, func(list []view.Job, err error) {
		for _, j := range list {
			name := j.Name
			if j.Label != "" {
				name = j.Label
			}
			s.all = append(s.all, found{icon: "rocket_launch", title: name, sub: env.T("ui.switch.job"), route: page.Route{Page: page.Work, Tab: page.WorkJob, Ref: j.ID}})
		}
		s.typed(s.entry.Text)
	})
}

// typed shows what fits the text.
func (s *switcher) typed(words string) {
	words = strings.ToLower(strings.TrimSpace(words))
	s.shown, s.at = nil, 0
	for _, f := range s.all {
		if len(s.shown) < maxFound && strings.Contains(strings.ToLower(f.title+" "+f.address), words) {
			s.shown = append(s.shown, f)
		}
	}
	s.show()
	if len(words) < 2 {
		return
	}
	b := s.u.backend
	page.LoadKey(s.scope, "search", func(ctx context.Context) ([]view.SearchHit, error) { return b.Search(ctx, words) }, func(hits []view.SearchHit, err error) {
		for _, h := range hits {
			if len(s.shown) < maxFound {
				s.shown = append(s.shown, s.hit(h))
			}
		}
		s.show()
	})
}

// hit is something of the chain.
func (s *switcher) hit(h view.SearchHit) found {
	env := s.u.env
	f := found{icon: "explore", title: h.Title, sub: text.Short(h.Ref), route: page.Route{Page: page.Explorer, Ref: h.Ref}}
	switch h.Kind {
	case view.HitBlock:
		f.icon, f.sub, f.route.Tab = "deployed_code", env.T("ui.switch.block"), page.ExplorerBlock
	case view.HitTx:
		f.icon, f.route.Tab = "swap_horiz", page.ExplorerTx
	case view.HitRecord:
		f.icon, f.route.Tab = "article", page.ExplorerRecord
	case view.HitAddress:
		f.icon, f.address, f.route.Tab = "", h.Ref, page.ExplorerAddress
	case view.HitJob:
		f.icon, f.sub, f.route.Tab = "rocket_launch", env.T("ui.switch.anyjob"), page.ExplorerJob
	case view.HitDapp:
		f.icon, f.sub, f.route.Tab = "apps", env.T("ui.switch.dapp"), page.ExplorerDapp
	}
	if f.title == "" {
		f.title = text.Short(h.Ref)
	}
	return f
}

func (s *switcher) show() {
	s.rows.RemoveAll()
	for i, f := range s.shown {
		item := kit.Item().Title(f.title, f.sub)
		if f.icon == "" {
			item.Avatar(f.address)
		} else {
			item.Icon(f.icon, look.Primary)
		}
		item.Done()
		s.rows.Add(kit.Tap(item, func() { s.take(i) }).SetLabel(f.title))
	}
	if len(s.shown) == 0 {
		s.rows.Add(kit.Pad(12, kit.Muted(s.u.env.T("ui.switch.none")).Wrap()))
	}
	s.sheet.Resize(s.sheet.Size())
	s.sheet.Refresh()
}

// take goes to what was chosen.
func (s *switcher) take(i int) {
	if i >= len(s.shown) {
		return
	}
	to := s.shown[i].route
	s.sheet.Close()
	if to.Ref == "" {
		s.u.openPage(to.Page)
		return
	}
	s.u.open(to)
}
