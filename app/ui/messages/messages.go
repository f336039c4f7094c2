// Package messages owns the page where one writes to others and reads what they
// wrote: conversations, requests of strangers, and the news of channels.
package messages

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// The tabs besides page.Messages…: what is kept apart.
const (
	filtered = "filtered" // of strangers that paid too little
	blocked  = "blocked"
)

var tabs = []string{page.MessagesChat, page.MessagesRequests, filtered, blocked, page.MessagesNews}

// Page is the messages page.
type Page struct {
	env   *page.Env
	scope *page.Scope
	tab   int
	part  part
	bar   *kit.TabBar
	head  *fyne.Container // title and tabs
	box   *fyne.Container
	root  *fyne.Container
	kept  *kept
}

// part is one tab while it is shown.
type part interface {
	object() fyne.CanvasObject
	event(e view.Event)
	show(r page.Route)
	place() page.Route
	back() bool
	refresh()
	find()
	close()
}

// kept outlives the page: what was being written.
type kept struct {
	drafts map[string]draft
}

// New makes the page for a route: a tab of page.Messages… with its Ref. The
// Args of a conversation's route may be page.Attach.
func New(env *page.Env, r page.Route) page.Page {
	t := env.T
	p := &Page{env: env, scope: page.NewScope(env), tab: -1, box: kit.Stack(), kept: &kept{drafts: make(map[string]draft)}}
	p.bar = kit.Tabs([]string{t("messages.tab.chat"), t("messages.tab.requests"), t("messages.tab.filtered"), t("messages.tab.blocked"), t("messages.tab.news")}, 0, func(i int) {
		p.Show(page.Route{Page: page.Messages, Tab: tabs[i]})
	})
	write := kit.Primary(t("messages.new"), p.Create).Icon("edit")
	set := env.Kit.IconButton("settings", t("messages.settings"), func() { openSettings(env, p.scope) })
	if env.Narrow { // a phone has no room for words above the list
		p.head = kit.ColumnGap(10, kit.RowGap(4, kit.Grow(kit.Title(t("messages.title")).Truncate()), set, write.Small()), p.bar)
	} else {
		p.head = kit.ColumnGap(16, kit.Header(t("messages.title"), t("messages.sub"), set, write), p.bar)
	}
	p.root = kit.PageFixed(p.head, kit.Grow(p.box))
	p.show(r)
	if r.Tab == page.MessagesChat && r.Ref == "" {
		p.scope.Post(p.Create)
	}
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

func (p *Page) show(r page.Route) {
	i := index(r.Tab)
	if i != p.tab {
		if p.part != nil {
			p.part.close()
		}
		p.tab = i
		p.bar.Select(i)
		s := section{page: p, env: p.env, scope: p.scope.Child()}
		if tabs[i] == page.MessagesNews {
			p.part = newNews(s)
		} else {
			p.part = newTalks(s, tabs[i])
		}
		p.box.Objects = []fyne.CanvasObject{p.part.object()}
		p.box.Refresh()
	}
	p.part.show(r)
}

// headShown hides title and tabs while a narrow window shows one conversation.
func (p *Page) headShown(b bool) {
	b = b || !p.env.Narrow
	if b != p.head.Visible() {
		if b {
			p.head.Show()
		} else {
			p.head.Hide()
		}
		p.root.Refresh()
	}
}

// Object implements page.Page.
func (p *Page) Object() fyne.CanvasObject { return p.root }

// Event implements page.Page.
func (p *Page) Event(e view.Event) { p.part.event(e) }

// Close implements page.Page.
func (p *Page) Close() { p.scope.Close() }

// Show implements page.Router.
func (p *Page) Show(r page.Route) bool {
	p.show(r)
	return true
}

// Place implements page.Placer.
func (p *Page) Place() page.Route { return p.part.place() }

// Back implements page.Backer.
func (p *Page) Back() bool { return p.part.back() }

// Look implements page.Looker: what came while nobody could see it is read now.
func (p *Page) Look() {
	if t, ok := p.part.(*talks); ok && t.chat != nil {
		t.chat.reading.Ask()
	}
}

// Find implements page.Finder.
func (p *Page) Find() { p.part.find() }

// Refresh implements page.Refresher.
func (p *Page) Refresh() { p.part.refresh() }

// Create implements page.Creator: it asks whom to write to.
func (p *Page) Create() {
	newConversation(p.env, p.scope, func(address string) {
		p.show(page.Route{Page: page.Messages, Tab: page.MessagesChat, Ref: address})
	})
}

// Keep implements page.Keeper.
func (p *Page) Keep() any {
	if t, ok := p.part.(*talks); ok && t.chat != nil {
		t.chat.keepDraft()
	}
	return p.kept
}

// Restore implements page.Keeper.
func (p *Page) Restore(k any) {
	old, ok := k.(*kept)
	if !ok {
		return
	}
	p.kept = old
	if t, ok := p.part.(*talks); ok && t.chat != nil {
		t.chat.composer.restore(p.kept.drafts[t.chat.address])
	}
}

// section is what the tabs have in common.
type section struct {
	page  *Page
	env   *page.Env
	scope *page.Scope
	body  *fyne.Container
}

func (s *section) object() fyne.CanvasObject { return s.body }
func (s *section) close()                    { s.scope.Close() }

// set shows something in place of all that was shown.
func set(c *fyne.Container, o ...fyne.CanvasObject) {
	c.Objects = o
	c.Refresh()
}
