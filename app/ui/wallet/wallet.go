// Package wallet owns the Wallet page: what the wallet holds, sending and
// receiving, its history and coins, accounts shared with others, the address
// book, and the wallet's safety.
package wallet

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// Chosen is the Args of a route to WalletSend: the coins to pay with, as
// "txid:index".
type Chosen []string

// part is what a tab shows. Its scope ends when another is shown.
type part interface {
	object() fyne.CanvasObject
	// changed tells that the book has something new.
	changed()
}

// Optional interfaces of parts.
type (
	// eventer asks the node again by itself when something happens there.
	eventer interface{ event(e view.Event) }
	// filler takes the height of the window; its list scrolls, not the page.
	filler  interface{ fills() }
	focuser interface{ focus() }
	// backer goes back inside itself: true when it did.
	backer interface{ back() bool }
	finder interface{ find() }
)

// tab is an entry of the bar. names are the routes' tabs that belong to it.
type tab struct {
	label text.Key
	names []string
}

func tabs() []tab {
	return []tab{
		{"wallet.tab.overview", []string{""}},
		{"wallet.tab.send", []string{page.WalletSend}},
		{"wallet.tab.receive", []string{page.WalletReceive}},
		{"wallet.tab.history", []string{page.WalletHistory, page.WalletTx}},
		{"wallet.tab.coins", []string{page.WalletCoins}},
		{"wallet.tab.shared", []string{page.WalletShared, page.WalletProposal}},
		{"wallet.tab.contacts", []string{page.WalletContacts}},
		{"wallet.tab.security", []string{page.WalletSecurity}},
	}
}

// refreshGap is the least time between two questions because of events.
const refreshGap = 400 * time.Millisecond

// Page is the Wallet page.
type Page struct {
	env   *page.Env
	scope *page.Scope
	book  *book
	draft *draft
	// filters is what the history shows; it outlives its tab.
	filters filters

	route  page.Route
	root   *fyne.Container
	header *kit.PageHeader
	bar    *kit.TabBar
	head   *fyne.Container
	signs  int // as the bar shows it
	now    part
	life   *page.Scope // of now
	due    *page.Coalesce
	events map[string]view.Event // that came since
}

// New makes the page for a route.
func New(env *page.Env, route page.Route) page.Page {
	p := &Page{env: env, scope: page.NewScope(env), draft: newDraft(), root: kit.Stack(), events: make(map[string]view.Event)}
	p.book = newBook(env, p.scope, p.changed)
	p.due = page.NewCoalesce(p.scope, refreshGap, p.asked)
	p.header = kit.Header(env.T("wallet.title"), "")
	p.head = kit.Column(p.header)
	p.showBar()
	p.Show(route)
	p.book.load()
	p.scope.Every(time.Minute, p.changed) // what says how long ago something was
	return p
}

// showBar makes the bar of tabs, with the number of proposals to sign.
func (p *Page) showBar() {
	labels := make([]string, 0, len(tabs()))
	for _, t := range tabs() {
		label := p.env.T(t.label)
		if t.label == "wallet.tab.shared" && p.book.toSign > 0 {
			label = p.env.T("wallet.tab.shared.waiting", "n", p.book.toSign)
		}
		labels = append(labels, label)
	}
	p.signs = p.book.toSign
	p.bar = kit.Tabs(labels, p.tab(), func(i int) { p.goTo(tabs()[i].names[0], "") })
	p.head.Objects = []fyne.CanvasObject{p.header, p.bar}
	p.head.Refresh()
}

// tab is the place of the route's tab in the bar.
func (p *Page) tab() int {
	for i, t := range tabs() {
		if slices.Contains(t.names, p.route.Tab) {
			return i
		}
	}
	return 0
}

// Object implements page.Page.
func (p *Page) Object() fyne.CanvasObject { return p.root }

// Close implements page.Page.
func (p *Page) Close() { p.scope.Close() }

// Event implements page.Page.
func (p *Page) Event(e view.Event) {
	switch e.Kind {
	case view.EventWallet, view.EventTip, view.EventAccount, view.EventMessage:
		p.events[e.Kind] = e
		p.due.Ask()
	}
}

// asked asks for what the events since the last time changed.
func (p *Page) asked() {
	_, wallet := p.events[view.EventWallet]
	_, tip := p.events[view.EventTip]
	if wallet || tip {
		p.book.refresh(wallet)
	}
	if _, account := p.events[view.EventAccount]; account {
		p.book.loadStatus()
	}
	part, ok := p.now.(eventer)
	for kind, e := range p.events {
		delete(p.events, kind)
		if ok {
			part.event(e)
		}
	}
}

// changed tells the part that the book has something new.
func (p *Page) changed() {
	p.headline()
	if p.signs != p.book.toSign {
		p.showBar()
	}
	if p.now != nil {
		p.now.changed()
	}
}

func (p *Page) headline() {
	sub := ""
	if b := p.book.balance; b != nil {
		sub = p.env.T("wallet.spendable", "amount", p.env.Text.Amount(b.Spendable))
	}
	p.header.Set(p.env.T("wallet.title"), sub)
}

// Show implements page.Router.
func (p *Page) Show(r page.Route) bool {
	if r.Tab == page.WalletSend && (r.Ref != "" || r.Args != nil) {
		p.draft.from(r)
	}
	p.route = page.Route{Page: page.Wallet, Tab: r.Tab, Ref: r.Ref}
	p.open()
	return true
}

// goTo leads to another place of this page, so that the way back is known.
func (p *Page) goTo(tab, ref string) {
	p.env.Go(page.Route{Page: page.Wallet, Tab: tab, Ref: ref})
}

// open makes the part of the route.
func (p *Page) open() {
	if p.life != nil {
		p.life.Close()
	}
	p.life = p.scope.Child()
	p.now = p.make(p.route)
	p.bar.Select(p.tab())
	if _, ok := p.now.(filler); ok {
		p.root.Objects = []fyne.CanvasObject{kit.PageFixed(p.head, kit.Grow(p.now.object()))}
	} else {
		p.root.Objects = []fyne.CanvasObject{kit.PageBody(p.head, p.now.object())}
	}
	p.headline()
	p.root.Refresh()
}

func (p *Page) make(r page.Route) part {
	switch r.Tab {
	case page.WalletSend:
		return newSend(p)
	case page.WalletReceive:
		return newReceive(p)
	case page.WalletHistory:
		return newHistory(p)
	case page.WalletTx:
		return newMovement(p, r.Ref)
	case page.WalletCoins:
		return newCoins(p)
	case page.WalletShared:
		if r.Ref != "" {
			return newAccount(p, r.Ref)
		}
		return newShared(p)
	case page.WalletProposal:
		return newProposal(p, r.Ref)
	case page.WalletContacts:
		return newContacts(p)
	case page.WalletSecurity:
		return newSafety(p)
	}
	return newOverview(p)
}

// Title implements page.Titled.
func (p *Page) Title() string { return p.env.T("wallet.title") }

// Place implements page.Placer.
func (p *Page) Place() page.Route { return p.route }

// Back implements page.Backer.
func (p *Page) Back() bool {
	b, ok := p.now.(backer)
	return ok && b.back()
}

// Focus implements page.Focuser.
func (p *Page) Focus() {
	if f, ok := p.now.(focuser); ok {
		f.focus()
	}
}

// Find implements page.Finder.
func (p *Page) Find() {
	if f, ok := p.now.(finder); ok {
		f.find()
		return
	}
	p.goTo(page.WalletHistory, "")
}

// Create implements page.Creator: something new in the wallet is a payment.
func (p *Page) Create() { p.goTo(page.WalletSend, "") }

// Refresh implements page.Refresher.
func (p *Page) Refresh() {
	p.book.load()
	p.open()
}

// kept is what the page keeps while it is closed.
type kept struct {
	draft   *draft
	filters filters
}

// Keep implements page.Keeper.
func (p *Page) Keep() any { return kept{p.draft, p.filters} }

// Restore implements page.Keeper.
func (p *Page) Restore(v any) {
	k, ok := v.(kept)
	if !ok {
		return
	}
	p.filters = k.filters
	if p.draft.empty() {
		p.draft = k.draft
	}
	p.open()
}
