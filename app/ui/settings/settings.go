// Package settings owns the page where the app and its node are looked after:
// language and looks, notifications, the network, disk space, the API, the log,
// and what this program is.
package settings

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// tabs are the parts of the page in order; "" is the first.
var tabs = []string{"", page.SettingsNetwork, page.SettingsStorage, page.SettingsAPI, page.SettingsLogs, page.SettingsAbout}

// Page is the settings page.
type Page struct {
	env   *page.Env
	scope *page.Scope
	tab   int
	part  part // what the tab shows
	box   *fyne.Container
	bar   *kit.TabBar
	root  fyne.CanvasObject
}

// part is one tab while it is shown.
type part interface {
	object() fyne.CanvasObject
	event(e view.Event)
	close()
}

// New makes the page. A route's tab is one of page.Settings….
func New(env *page.Env, r page.Route) page.Page {
	p := &Page{env: env, scope: page.NewScope(env), box: kit.Stack(), tab: -1}
	names := []string{env.T("settings.tab.general"), env.T("settings.tab.network"), env.T("settings.tab.storage"),
		env.T("settings.tab.api"), env.T("settings.tab.logs"), env.T("settings.tab.about")}
	p.bar = kit.Tabs(names, index(r.Tab), p.open)
	p.root = kit.PageFixed(kit.Header(env.T("settings.title"), env.T("settings.sub")), p.bar, kit.Grow(p.box))
	p.open(index(r.Tab))
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

func (p *Page) open(i int) {
	if i == p.tab {
		return
	}
	if p.part != nil {
		p.part.close()
	}
	p.tab = i
	scope := p.scope.Child()
	base := section{env: p.env, scope: scope}
	switch tabs[i] {
	case page.SettingsNetwork:
		p.part = newNetwork(base)
	case page.SettingsStorage:
		p.part = newStorage(base)
	case page.SettingsAPI:
		p.part = newAPI(base)
	case page.SettingsLogs:
		p.part = newLogs(base)
	case page.SettingsAbout:
		p.part = newAbout(base)
	default:
		p.part = newGeneral(base)
	}
	p.box.Objects = []fyne.CanvasObject{p.part.object()}
	p.box.Refresh()
}

// Object implements page.Page.
func (p *Page) Object() fyne.CanvasObject { return p.root }

// Event implements page.Page.
func (p *Page) Event(e view.Event) { p.part.event(e) }

// Close implements page.Page.
func (p *Page) Close() { p.scope.Close() }

// Place implements page.Placer.
func (p *Page) Place() page.Route { return page.Route{Page: page.Settings, Tab: tabs[p.tab]} }

// Show implements page.Router.
func (p *Page) Show(r page.Route) bool {
	p.bar.Select(index(r.Tab))
	p.open(index(r.Tab))
	return true
}

// section is what the tabs have in common.
type section struct {
	env   *page.Env
	scope *page.Scope
	body  fyne.CanvasObject
}

func (s *section) object() fyne.CanvasObject { return s.body }
func (s *section) event(view.Event)          {}
func (s *section) close()                    { s.scope.Close() }

// widest is how wide forms grow.
const widest = 760

// show sets what the tab shows: cards below each other.
func (s *section) show(cards ...fyne.CanvasObject) {
	s.body = kit.ScrollCards(kit.MaxWidthLeft(widest, kit.Loose(cards...)))
}
