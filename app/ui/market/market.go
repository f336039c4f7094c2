// Package market owns the page of advertisements: what others sell, look for and
// offer, one of them, and our own.
package market

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// hidden is the tab with what was hidden.
const hidden = "hidden"

// tabs are the parts that are not about one advertisement.
var tabs = []string{"", page.MarketMine, hidden}

// Page is the market.
type Page struct {
	env   *page.Env
	scope *page.Scope // of the part that is shown
	route page.Route
	part  part
	bar   *kit.TabBar
	under *fyne.Container // the tabs, or the way back
	box   *fyne.Container
	root  fyne.CanvasObject
	kept  *kept
}

// part is what the page shows now.
type part interface {
	object() fyne.CanvasObject
	event(e view.Event)
	refresh()
	find() bool
}

// kept outlives the page: the filters and what was being written.
type kept struct {
	query view.ListingsQuery
	draft view.ListingRequest
}

// New makes the page for a route: a tab of page.Market….
func New(env *page.Env, r page.Route) page.Page {
	T := env.T
	p := &Page{env: env, scope: page.NewScope(env), box: kit.Stack(), under: kit.Stack(), kept: &kept{}}
	p.bar = kit.Tabs([]string{T("market.tab.all"), T("market.tab.mine"), T("market.tab.hidden")}, 0, func(i int) { p.open(tabs[i], "") })
	post := kit.Primary(T("market.post"), p.Create).Icon("add")
	var head fyne.CanvasObject
	if env.Narrow { // a phone has no room for words above the list
		head = kit.RowGap(8, kit.Grow(kit.Title(T("market.title")).Truncate()), post.Small())
	} else {
		head = kit.Header(T("market.title"), T("market.sub"), post)
	}
	p.root = kit.PageFixed(head, p.under, kit.Grow(p.box))
	p.show(r)
	return p
}

// show shows what a route is about.
func (p *Page) show(r page.Route) {
	p.scope.Close()
	p.scope = page.NewScope(p.env)
	p.route = page.Route{Page: page.Market, Tab: r.Tab, Ref: r.Ref}
	s := section{page: p, env: p.env, scope: p.scope, body: kit.Stack()}
	at := -1
	for i, tab := range tabs {
		if tab == r.Tab {
			at = i
		}
	}
	if at >= 0 {
		p.bar.Select(at)
		set(p.under, p.bar)
	} else {
		set(p.under, kit.Left(kit.Ghost(p.env.T("market.back"), func() { p.open("", "") }).Icon("arrow_back").Small()))
	}
	switch r.Tab {
	case page.MarketListing:
		p.part = newListing(s, r.Ref)
	case page.MarketPost:
		p.part = newPost(s)
	case page.MarketMine:
		p.part = newMine(s)
	case hidden:
		p.part = newList(s, true)
	default:
		p.part = newList(s, false)
	}
	set(p.box, p.part.object())
}

// open goes to another place of the market.
func (p *Page) open(tab, ref string) {
	p.env.Go(page.Route{Page: page.Market, Tab: tab, Ref: ref})
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

// Create implements page.Creator.
func (p *Page) Create() { p.open(page.MarketPost, "") }

// Find implements page.Finder.
func (p *Page) Find() {
	if !p.part.find() {
		p.open("", "")
	}
}

// Refresh implements page.Refresher.
func (p *Page) Refresh() { p.part.refresh() }

// Keep implements page.Keeper.
func (p *Page) Keep() any { return p.kept }

// Restore implements page.Keeper.
func (p *Page) Restore(k any) {
	if old, ok := k.(*kept); ok {
		p.kept = old
		p.show(p.route)
	}
}

// section is what all parts have in common.
type section struct {
	page  *Page
	env   *page.Env
	scope *page.Scope
	body  *fyne.Container
}

func (s *section) object() fyne.CanvasObject { return s.body }
func (s *section) find() bool                { return false }

// hide keeps an advertisement or a seller out of the lists, or shows it again.
func (s *section) hide(req view.HideRequest, done func()) {
	page.LoadKey(s.scope, "hide", func(ctx context.Context) (struct{}, error) { return struct{}{}, s.env.Backend.HideListing(ctx, req) }, func(_ struct{}, err error) {
		if err != nil {
			s.env.Fail(err)
			return
		}
		done()
	})
}

// set shows something in place of all that was shown.
func set(c *fyne.Container, o ...fyne.CanvasObject) {
	c.Objects = o
	c.Refresh()
}

// scroll scrolls cards, with room for their shadows and the scroll bar.
func scroll(o fyne.CanvasObject) *kit.Scroller { return kit.Scroll(kit.Inset(2, 12, 12, 2, o)) }

// redraw shows cards in place of others, scrolled as they were.
func (s *section) redraw(o fyne.CanvasObject) {
	s.env.Kit.Redraw(s.body, func() {
		if old, ok := s.body.Objects[0].(*kit.Scroller); ok {
			old.SetContent(kit.Inset(2, 12, 12, 2, o))
			return
		}
		set(s.body, scroll(o))
	})
}
