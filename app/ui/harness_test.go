package ui

import (
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

// rig is a frame in a window for a test, over a node in memory.
type rig struct {
	*uitest.UI
	t     *testing.T
	ui    *UI
	host  *viewtest.Host
	fake  *viewtest.Fake
	prefs *page.Prefs
	made  []*stub // pages in the order they were made
	posts chan struct{}
	keys  *keyCanvas
}

// keyCanvas takes shortcuts, as a real window's canvas does and the test's
// does not.
type keyCanvas struct {
	fyne.Canvas
	handler fyne.ShortcutHandler
}

func (c *keyCanvas) AddShortcut(s fyne.Shortcut, fn func(fyne.Shortcut)) {
	c.handler.AddShortcut(s, fn)
}
func (c *keyCanvas) RemoveShortcut(s fyne.Shortcut) { c.handler.RemoveShortcut(s) }

// stub is a page that says where it is.
type stub struct {
	rig    *rig
	env    *page.Env
	route  page.Route
	object fyne.CanvasObject
	events []view.Event
	kept   any
	closed bool
	back   bool
	found  bool
}

func (s *stub) Object() fyne.CanvasObject { return s.object }
func (s *stub) Event(e view.Event)        { s.events = append(s.events, e) }
func (s *stub) Close()                    { s.closed = true }
func (s *stub) Place() page.Route         { return s.route }
func (s *stub) Keep() any                 { return "kept " + s.route.Tab }
func (s *stub) Restore(v any)             { s.kept = v }
func (s *stub) Find()                     { s.found = true }
func (s *stub) Back() bool                { b := s.back; s.back = false; return b }

func (r *rig) stubs() map[string]Constructor {
	all := make(map[string]Constructor)
	for _, name := range page.Pages() {
		all[name] = func(env *page.Env, route page.Route) page.Page {
			s := &stub{rig: r, env: env, route: route}
			s.object = kit.PageBody(kit.Header(fmt.Sprintf("page %s %s %s", route.Page, route.Tab, route.Ref), ""))
			r.made = append(r.made, s)
			return s
		}
	}
	return all
}

// newRig makes a frame; change changes its options before it begins.
func newRig(t *testing.T, v uitest.Variant, change func(*rig, *Options)) *rig {
	t.Helper()
	r := &rig{UI: uitest.NewVariant(t, v), t: t, fake: viewtest.Fixture(), prefs: page.MemoryPrefs(), posts: make(chan struct{}, 1)}
	r.host = &viewtest.Host{Node: view.HostState{Node: view.NodeRunning, DataDir: "/home/lena/.supercomputing", Version: "1.0.0"}, Running: r.fake}
	post := r.Env.Post
	r.keys = &keyCanvas{Canvas: r.Window.Canvas()}
	o := Options{Host: r.host, Prefs: r.prefs, Canvas: r.keys, Now: r.Env.Now, After: r.Env.After, Spawn: r.Env.Spawn, Language: v.Language,
		SetTheme: func(th fyne.Theme) { fyne.CurrentApp().Settings().SetTheme(th) },
		Post: func(fn func()) {
			post(fn)
			select {
			case r.posts <- struct{}{}:
			default:
			}
		},
		Pages: r.stubs()}
	must(t, r.prefs.Set(func(p *page.Preferences) { p.Theme, p.TextScale = v.Mode, v.Scale }))
	if change != nil {
		change(r, &o)
	}
	var err error
	if r.ui, err = New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.ui.Stop)
	r.Window.SetContent(r.ui.Object())
	r.Window.Resize(fyne.NewSize(v.Width, v.Height))
	r.ui.Start()
	r.Drain()
	return r
}

// runningRig is a rig whose pages are shown.
func runningRig(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, uitest.Wide(), nil)
	r.wait("the node's state", func() bool { return r.ui.known })
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wait runs what is posted until ok says true.
func (r *rig) wait(what string, ok func() bool) {
	r.t.Helper()
	late := time.After(20 * time.Second)
	for {
		r.Drain()
		if ok() {
			r.Settle()
			return
		}
		select {
		case <-r.posts:
		case <-late:
			r.t.Fatalf("%s did not come; on the screen: %q", what, r.Texts())
		}
	}
}

// top is the page that is shown.
func (r *rig) top() *stub { return r.made[len(r.made)-1] }

func (r *rig) at(name, tab, ref string) {
	r.t.Helper()
	if p := r.top(); p.route.Page != name || p.route.Tab != tab || p.route.Ref != ref || p.closed {
		r.t.Errorf("shown is %+v, closed %v; want %s %s %s", p.route, p.closed, name, tab, ref)
	}
}
