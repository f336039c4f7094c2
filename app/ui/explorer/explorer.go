// Package explorer owns the page that shows the chain: main blocks as they come,
// each with its side blocks a to e attached, and whatever they hold.
package explorer

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// Page is the explorer.
type Page struct {
	env   *page.Env
	scope *page.Scope

	route  page.Route
	part   part
	find   *kit.EntryBox
	bar    *kit.TabBar
	header *fyne.Container // with the tabs, or the way back
	box    *fyne.Container
	root   fyne.CanvasObject
}

// part is what the page shows of the chain now.
type part interface {
	object() fyne.CanvasObject
	event(e view.Event)
	refresh()
}

// overviews are the tabs: what is not about one thing.
var overviews = []string{"", page.ExplorerSeats, page.ExplorerTotals, dapps}

// dapps is the tab with all kinds of work.
const dapps = "dapps"

// New makes the page for a route: a tab of page.Explorer… with what it is about.
func New(env *page.Env, r page.Route) page.Page {
	t := env.T
	p := &Page{env: env, scope: page.NewScope(env), box: kit.Stack(), header: kit.Stack()}
	p.find = kit.Search(t("explorer.search"), nil)
	p.find.OnSubmitted = p.search
	p.bar = kit.Tabs([]string{t("explorer.tab.blocks"), t("explorer.tab.seats"), t("explorer.tab.totals"), t("explorer.tab.dapps")}, 0, func(i int) {
		p.env.Go(page.Route{Page: page.Explorer, Tab: overviews[i]})
	})
	title := kit.Header(t("explorer.title"), t("explorer.sub"))
	var head fyne.CanvasObject = kit.Between(title, kit.MinWidth(320, p.find))
	if env.Narrow {
		head = kit.Column(title, p.find)
	}
	p.root = kit.PageFixed(head, p.header, kit.Grow(p.box))
	p.show(r)
	return p
}

// show shows what a route is about.
func (p *Page) show(r page.Route) {
	p.scope.Close()
	p.scope = page.NewScope(p.env)
	p.route = r
	s := section{page: p, env: p.env, scope: p.scope}
	over := -1
	for i, tab := range overviews {
		if r.Tab == tab {
			over = i
		}
	}
	if over >= 0 {
		p.bar.Select(over)
		p.header.Objects = []fyne.CanvasObject{p.bar}
	} else {
		back := kit.Ghost(p.env.T("explorer.back"), func() { p.env.Go(page.Route{Page: page.Explorer}) }).Icon("arrow_back").Small()
		p.header.Objects = []fyne.CanvasObject{kit.Left(back)}
	}
	p.header.Refresh()
	p.part = newPart(s, r)
	p.box.Objects = []fyne.CanvasObject{p.part.object()}
	p.box.Refresh()
}

func newPart(s section, r page.Route) part {
	switch r.Tab {
	case page.ExplorerBlock:
		return newBlock(s, r.Ref)
	case page.ExplorerTx, page.ExplorerRecord:
		return newTx(s, r.Ref)
	case page.ExplorerAddress:
		return newAddress(s, r.Ref)
	case page.ExplorerJob:
		return newJob(s, r.Ref)
	case page.ExplorerDapp:
		return newDapp(s, r.Ref)
	case page.ExplorerSeats:
		return newSeats(s)
	case page.ExplorerTotals:
		return newTotals(s)
	case dapps:
		return newDapps(s)
	}
	return newBlocks(s)
}

// search asks the node what a text means, and goes there when only one thing is
// meant.
func (p *Page) search(text string) {
	if text == "" {
		return
	}
	page.LoadKey(p.scope, "search", func(ctx context.Context) ([]view.SearchHit, error) { return p.env.Backend.Search(ctx, text) }, func(hits []view.SearchHit, err error) {
		switch {
		case err != nil:
			p.env.Fail(err)
		case len(hits) == 1:
			p.env.Go(routeOf(hits[0]))
		default:
			p.hits(text, hits)
		}
	})
}

// hits lists what a text could mean.
func (p *Page) hits(text string, hits []view.SearchHit) {
	t := p.env.T
	var sheet *kit.Sheet
	content := fyne.CanvasObject(kit.Empty("search", t("explorer.search.none", "text", text), t("explorer.search.help"), nil))
	if len(hits) > 0 {
		rows := kit.Tight()
		for _, h := range hits {
			row := kit.Item().Icon(hitIcons[h.Kind], look.Primary).Title(h.Title, short(h.Ref)).Pill(look.Muted, kindName(p.env, h.Kind))
			row.Done()
			rows.Add(kit.Tap(row, func() { sheet.Close(); p.env.Go(routeOf(h)) }).SetLabel(h.Title))
		}
		content = rows
	}
	sheet = p.env.Kit.Sheet(kit.SheetOptions{Title: t("explorer.search.title"), Content: content,
		Actions: []*kit.Button{kit.Primary(t("explorer.close"), func() { sheet.Close() })}})
}

var hitIcons = map[string]string{view.HitBlock: "deployed_code", view.HitTx: "swap_horiz", view.HitRecord: "receipt_long",
	view.HitAddress: "person", view.HitJob: "rocket_launch", view.HitDapp: "apps"}

func routeOf(h view.SearchHit) page.Route {
	tab := map[string]string{view.HitBlock: page.ExplorerBlock, view.HitTx: page.ExplorerTx, view.HitRecord: page.ExplorerTx,
		view.HitAddress: page.ExplorerAddress, view.HitJob: page.ExplorerJob, view.HitDapp: page.ExplorerDapp}[h.Kind]
	return page.Route{Page: page.Explorer, Tab: tab, Ref: h.Ref}
}

// Object implements page.Page.
func (p *Page) Object() fyne.CanvasObject { return p.root }

// Event implements page.Page.
func (p *Page) Event(e view.Event) { p.part.event(e) }

// Close implements page.Page.
func (p *Page) Close() { p.scope.Close() }

// Show implements page.Router.
func (p *Page) Show(r page.Route) bool { p.show(r); return true }

// Place implements page.Placer.
func (p *Page) Place() page.Route { return p.route }

// Find implements page.Finder.
func (p *Page) Find() { p.env.FocusOn(p.find) }

// Refresh implements page.Refresher.
func (p *Page) Refresh() { p.part.refresh() }

// section is what all parts have in common: a body that is loaded.
type section struct {
	page  *Page
	env   *page.Env
	scope *page.Scope
	body  *fyne.Container
	again func()
}

func (s *section) object() fyne.CanvasObject { return s.body }
func (s *section) event(view.Event)          {}
func (s *section) refresh()                  { s.again() }

// open goes to another place of the explorer.
func (s *section) open(tab, ref string) {
	s.env.Go(page.Route{Page: page.Explorer, Tab: tab, Ref: ref})
}

// set shows parts below each other, scrolling.
func (s *section) set(o ...fyne.CanvasObject) {
	s.env.Kit.Redraw(s.body, func() {
		if old, ok := s.body.Objects[0].(*kit.Scroller); ok { // it stays where it was scrolled to
			old.SetContent(kit.CardsInside(o...))
			return
		}
		s.body.Objects = []fyne.CanvasObject{kit.ScrollCards(o...)}
		s.body.Refresh()
	})
}

// fetch loads what the part is about and draws it; again is what F5 does.
func fetch[T any](s *section, ask func(context.Context) (T, error), draw func(T)) {
	if s.body == nil {
		s.body = kit.Stack(kit.Loading(6))
	}
	s.again = func() {
		page.LoadKey(s.scope, "part", ask, func(v T, err error) {
			if _, shown := s.body.Objects[0].(*kit.Scroller); err != nil && shown {
				s.env.Fail(err) // what was known stays
				return
			}
			if err != nil {
				s.body.Objects = []fyne.CanvasObject{s.env.Kit.Failure(err, s.again)}
				s.body.Refresh()
				return
			}
			draw(v)
		})
	}
	s.again()
}
