package ui

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/view"
)

// banner is the strip above the page: the node does not answer, the chain is
// still being read, or something that the owner should know.
type banner struct {
	u      *UI
	object *fyne.Container
	shown  string          // what it says, so that nothing is made anew for nothing
	gone   map[string]bool // warnings that were put away
	bar    *kit.ProgressBar
	words  *kit.Text
}

func newBanner(u *UI) *banner {
	b := &banner{u: u, object: kit.Stack(), gone: make(map[string]bool)}
	b.object.Hide()
	return b
}

// tell shows the most important thing.
func (b *banner) tell() {
	u := b.u
	env, s := u.env, u.status
	switch {
	case u.offline:
		b.put("offline", look.Warn, "cloud_off", env.T("ui.banner.offline"), nil, kit.Ghost(env.T("kit.retry"), u.follow.hurry))
	case u.known && !s.Sync.Usable:
		b.sync(s.Sync)
	default:
		for _, w := range s.Warnings {
			if key := w.Kind + w.Message; !b.gone[key] {
				b.warn(key, w)
				return
			}
		}
		b.hide()
	}
}

func (b *banner) sync(s view.Sync) {
	env := b.u.env
	words, part := env.T("ui.banner.alone"), -1.0
	switch {
	case s.State == view.SyncHeaders:
		words = env.T("ui.banner.headers", "done", env.Text.Number(int64(s.Height)))
	case s.State == view.SyncBlocks && s.Target > 0:
		part = float64(s.Height) / float64(s.Target)
		words = env.T("ui.banner.sync", "done", env.Text.Number(int64(s.Height)), "all", env.Text.Number(int64(s.Target)))
		if !s.Ready.IsZero() {
			words += " " + env.T("ui.banner.ready", "time", env.Text.Duration(s.Ready.Sub(env.Now())))
		}
	}
	if b.shown == "sync" { // it changes often: only the words and the bar
		b.words.Set(words)
		b.bar.Set(max(0, part))
		b.object.Refresh()
		return
	}
	b.bar = kit.Bar()
	b.bar.Set(max(0, part))
	b.put("sync", look.Info, "sync", words, b.bar, nil)
}

func (b *banner) warn(key string, w view.Warning) {
	s := w.Message
	if w.Hint != "" {
		s += " " + w.Hint
	}
	b.put(key, look.Warn, "warning", s, nil, kit.Ghost(b.u.env.T("ui.banner.away"), func() {
		b.gone[key] = true
		b.tell()
	}))
}

func (b *banner) put(key string, tone look.Tone, icon, words string, below fyne.CanvasObject, action *kit.Button) {
	if b.shown == key {
		return
	}
	b.shown = key
	b.words = kit.Body(words).Wrap()
	row := kit.RowGap(12, kit.Icon(icon, tone), kit.Grow(b.words))
	if action != nil {
		row.Add(action.Small())
	}
	col := kit.ColumnGap(6, row)
	if below != nil {
		col.Add(below)
	}
	b.object.Objects = []fyne.CanvasObject{kit.Surface(tone.Soft(), 0), kit.PadXY(20, 8, col)}
	b.object.Show()
	b.relayout()
}

func (b *banner) hide() {
	if b.shown == "" {
		return
	}
	b.shown = ""
	b.object.Objects = nil
	b.object.Hide()
	b.relayout()
}

// relayout gives the page what room the banner leaves.
func (b *banner) relayout() {
	if f := b.u.frame; f != nil && f.object != nil {
		f.object.Refresh()
	}
}
