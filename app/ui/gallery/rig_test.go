package gallery

import (
	"testing"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

// rig is the whole app in a window, over the fixture's world.
type rig struct {
	*uitest.UI
	t    *testing.T
	app  *ui.UI
	host *viewtest.Host
}

func newRig(t *testing.T, v uitest.Variant, node string, fake *viewtest.Fake) *rig {
	t.Helper()
	r := &rig{UI: uitest.NewVariant(t, v), t: t}
	r.host = &viewtest.Host{Node: view.HostState{Node: node, DataDir: "/home/lena/.supercomputing", Network: "test", Version: "1.0.0"}, Running: fake, Tray: true,
		Progress: []string{}}
	prefs := page.MemoryPrefs()
	err := prefs.Set(func(p *page.Preferences) {
		p.Language, p.Theme, p.TextScale = v.Language, v.Mode, v.Scale
	})
	if err != nil {
		t.Fatal(err)
	}
	r.app, err = ui.New(ui.Options{Host: r.host, Prefs: prefs, Post: r.Env.Post, Canvas: r.Window.Canvas(), Now: r.Env.Now, After: r.Env.After, Spawn: r.Env.Spawn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.app.Stop)
	r.Window.SetContent(r.app.Object())
	r.Window.Resize(fyne.NewSize(v.Width, v.Height))
	r.app.Start()
	r.calm()
	return r
}

// calm waits until nothing is under way, and lets what waits for a moment of
// quiet come.
func (r *rig) calm() {
	for range 3 {
		r.Drain()
		r.Settle()
	}
}

func (r *rig) say(key text.Key) string { return r.Env.T(key) }
