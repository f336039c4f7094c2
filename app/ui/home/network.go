package home

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// network is how the node stands towards the others.
type network struct {
	h      *Home
	object *fyne.Container
	pill   *kit.PillMark
	bar    *kit.ProgressBar
	facts  *fyne.Container
	place  *fyne.Container
}

func (n *network) init(h *Home) {
	n.h = h
	env := h.env
	n.pill = kit.Pill(look.Muted, "")
	n.bar = kit.Bar()
	n.bar.Hide()
	n.facts = kit.ColumnGap(10)
	n.place = kit.Stack(kit.Loading(1))
	n.object = kit.Card(env.T("home.network"), n.pill, kit.Tap(n.place, func() { env.Go(page.Route{Page: page.Explorer}) }).SetLabel(env.T("home.network")))
}

func (n *network) failed(err error, known bool) {
	if known {
		return // the frame tells that the node does not answer
	}
	n.place.Objects = []fyne.CanvasObject{n.h.env.Kit.FailureLine(err, n.h.loadStatus)}
	n.place.Refresh()
}

func (n *network) show() {
	h, env := n.h, n.h.env
	if !h.hasStatus {
		return
	}
	s := h.status
	tone, state := n.state(s.Sync)
	n.pill.Set(tone, state)
	facts := []fyne.CanvasObject{
		fact(env.T("home.network.name"), s.Network),
		fact(env.T("home.network.height"), env.Text.Number(int64(s.Tip.Height))+" · "+env.Text.Ago(s.Tip.Time, env.Now())),
	}
	if !s.Sync.Usable {
		part := 0.0
		if s.Sync.Target > 0 {
			part = float64(s.Sync.Height) / float64(s.Sync.Target)
		}
		n.bar.Set(part)
		n.bar.Show()
		if s.Sync.Left > 0 {
			facts = append(facts, fact(env.T("home.network.left"), env.N("home.network.blocks", int(s.Sync.Left))))
		}
		if !s.Sync.Ready.IsZero() {
			facts = append(facts, fact(env.T("home.network.usable"), env.Text.Clock(s.Sync.Ready)+" · "+env.Text.Ago(s.Sync.Ready, env.Now())))
		}
	} else {
		n.bar.Hide()
		facts = append(facts, n.background(s)...)
	}
	facts = append(facts, fact(env.T("home.network.peers"), env.Text.Number(int64(s.PeersIn+s.PeersOut))))
	if p := s.Producer; p.Seats > 0 {
		facts = append(facts, fact(env.T("home.network.seats"), env.N("home.seats", p.Seats)))
	}
	n.facts.Objects = facts
	if len(n.place.Objects) != 1 || n.place.Objects[0] == nil || !n.mine() {
		n.place.Objects = []fyne.CanvasObject{kit.ColumnGap(8, n.bar, n.facts)}
	}
	n.place.Refresh()
}

// mine tells whether the facts are shown, not what came before them.
func (n *network) mine() bool {
	c, ok := n.place.Objects[0].(*fyne.Container)
	return ok && len(c.Objects) == 2 && c.Objects[1] == fyne.CanvasObject(n.facts)
}

// background is what is still being read while everything can be used already.
func (n *network) background(s view.Status) []fyne.CanvasObject {
	if s.Sync.Left == 0 {
		return nil
	}
	env := n.h.env
	return []fyne.CanvasObject{fact(env.T("home.network.tail"), env.N("home.network.blocks", int(s.Sync.Left)))}
}

func (n *network) state(s view.Sync) (look.Tone, string) {
	env := n.h.env
	switch {
	case s.State == view.SyncAlone:
		return look.Warn, env.T("home.network.alone")
	case !s.Usable:
		return look.Info, env.T("home.network.reading")
	case s.Left > 0:
		return look.Success, env.T("home.network.ready")
	}
	return look.Success, env.T("home.network.done")
}

// fact is a label and its value on a line.
func fact(label, value string) fyne.CanvasObject {
	return kit.Between(kit.Muted(label).Wrap(), kit.Body(value))
}
