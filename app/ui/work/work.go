// Package work owns the page "Get work done": the choice of what to have done,
// our own jobs, the board of the network, the ways to a paid job (a file that
// is spread, a scene that is rendered) and the page of a job that shows the
// work itself.
package work

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// tabBoard is the network's board; the other tabs are package page's.
const tabBoard = "board"

// inner is what the page shows at a route.
type inner interface {
	object() fyne.CanvasObject
	event(e view.Event)
	close()
}

// Page is "Get work done".
type Page struct {
	env  *page.Env
	root *fyne.Container
	now  inner
	at   page.Route
}

var (
	_ page.Page       = (*Page)(nil)
	_ page.Router     = (*Page)(nil)
	_ page.Backer     = (*Page)(nil)
	_ page.Focuser    = (*Page)(nil)
	_ page.Shortcuter = (*Page)(nil)
)

// New makes the page. Route.Tab is "" (the choice and our jobs), "board",
// page.WorkNew (Ref: the dapp, or "" to go by the file; Args: the path of a
// file to begin with, or page.Files),
// page.WorkJob or page.WorkReceipt (Ref: a job).
func New(env *page.Env, route page.Route) page.Page {
	p := &Page{env: env, root: kit.Stack()}
	p.open(route)
	return p
}

// Object implements page.Page.
func (p *Page) Object() fyne.CanvasObject { return p.root }

// Event implements page.Page.
func (p *Page) Event(e view.Event) { p.now.event(e) }

// Close implements page.Page.
func (p *Page) Close() { p.now.close() }

// Show implements page.Router.
func (p *Page) Show(r page.Route) bool {
	if r.Page != page.Work {
		return false
	}
	p.now.close()
	p.open(r)
	return true
}

// Back implements page.Backer: everything leads back to the overview.
func (p *Page) Back() bool {
	if b, ok := p.now.(interface{ back() bool }); ok && b.back() {
		return true
	}
	if p.at.Tab == "" || p.at.Tab == tabBoard {
		return false
	}
	p.env.Go(page.Route{Page: page.Work})
	return true
}

// Focus implements page.Focuser.
func (p *Page) Focus() {
	if f, ok := p.now.(interface{ focus() }); ok {
		f.focus()
	}
}

// Shortcuts implements page.Shortcuter: Enter leads on in a wizard, and a new
// job is begun from anywhere on the page.
func (p *Page) Shortcuts() []page.Shortcut {
	return []page.Shortcut{
		{Key: fyne.KeyReturn, Name: p.env.T("work.key.next"), Run: func() {
			if w, ok := p.now.(interface{ onwards() }); ok {
				w.onwards()
			}
		}},
		{Key: fyne.KeyN, Modifier: fyne.KeyModifierShortcutDefault, Name: p.env.T("work.key.new"), Run: func() { p.env.Go(newRoute(dappDownload)) }},
	}
}

// open shows a route.
func (p *Page) open(r page.Route) {
	p.at = r
	path, dapp := dropped(r.Args), r.Ref
	if dapp == "" && path != "" {
		dapp = dappFor(path)
	}
	switch {
	case r.Tab == page.WorkNew && dapp == dappDownload:
		p.now = newDownload(p.env, path)
	case r.Tab == page.WorkNew && dapp == dappRender:
		p.now = newRender(p.env, path)
	case (r.Tab == page.WorkJob || r.Tab == page.WorkReceipt) && r.Ref != "":
		p.now = newJobPage(p.env, r.Ref, r.Tab == page.WorkReceipt)
	default:
		p.now = newOverview(p.env, r.Tab == tabBoard)
	}
	p.root.Objects = []fyne.CanvasObject{p.now.object()}
	p.root.Refresh()
}

// dropped is the file that a route begins with, "" without one. Of several the
// first is taken: a job has one.
func dropped(args any) string {
	switch a := args.(type) {
	case string:
		return a
	case page.Files:
		if len(a) > 0 {
			return a[0]
		}
	}
	return ""
}

// dappFor is what a file was most likely dropped for.
func dappFor(path string) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".blend", ".pov":
		return dappRender
	}
	return dappDownload
}

// home, board and job are places that this page leads to.
func home() page.Route              { return page.Route{Page: page.Work} }
func jobRoute(id string) page.Route { return page.Route{Page: page.Work, Tab: page.WorkJob, Ref: id} }
func newRoute(dapp string) page.Route {
	return page.Route{Page: page.Work, Tab: page.WorkNew, Ref: dapp}
}

// Drafts: what was filled in is kept when a person goes elsewhere, to receive
// coins for it say, or when the page is made anew in another width or language.

func loadDraft(env *page.Env, name string, d any) {
	if raw := env.Prefs.Get().Names["work."+name]; raw != "" {
		_ = json.Unmarshal([]byte(raw), d) // of another version: begin anew
	}
}

// keepDraft keeps a draft, nil drops it.
func keepDraft(env *page.Env, name string, d any) {
	raw := ""
	if d != nil {
		if b, err := json.Marshal(d); err == nil {
			raw = string(b)
		}
	}
	if env.Prefs.Get().Names["work."+name] == raw {
		return
	}
	env.Remember(func(p *page.Preferences) {
		if raw == "" {
			delete(p.Names, "work."+name)
			return
		}
		p.Names["work."+name] = raw
	})
}

// quiet runs something of the host whose failure is told in a notice.
func quiet(s *page.Scope, run func(context.Context) error) {
	page.Load(s, func(ctx context.Context) (struct{}, error) { return struct{}{}, run(ctx) }, func(_ struct{}, err error) {
		if err != nil && !page.Cancelled(err) {
			s.Env().Fail(err)
		}
	})
}
