package work

import (
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// nodesStep is how many nodes are shown at first, and more by each tap.
const nodesStep = 12

// nodeTable shows who does what for a job.
type nodeTable struct {
	env    *page.Env
	rows   []*nodeRow
	box    *fyne.Container
	more   *kit.Button
	none   *kit.Text
	count  *kit.Text
	shown  int
	job    *jobData
	moved  func()
	object fyne.CanvasObject
}

func newNodeTable(env *page.Env, moved func()) *nodeTable {
	n := &nodeTable{env: env, box: kit.ColumnGap(0), shown: nodesStep, moved: moved, none: kit.Muted("").Wrap(), count: kit.Small("")}
	n.more = kit.Secondary("", func() {
		n.shown += 5 * nodesStep
		n.set(n.job)
		n.moved()
	}).Small()
	n.object = kit.Card(env.T("work.job.nodes"), n.count, kit.Column(n.none, n.box, kit.Left(n.more)))
	return n
}

func (n *nodeTable) set(j *jobData) {
	n.job = j
	t := n.env.Text
	most := min(len(j.Nodes), n.shown)
	for len(n.rows) < most {
		r := newNodeRow(n.env)
		n.rows = append(n.rows, r)
		n.box.Add(r.Container)
	}
	for i, r := range n.rows {
		if i < most {
			r.Container.Show()
			r.fill(&j.Nodes[i], j)
		} else {
			r.Container.Hide()
		}
	}
	n.count.Set(t.N("work.nodes", len(j.Nodes)))
	if left := len(j.Nodes) - most; left > 0 {
		n.more.SetLabel(t.N("work.nodes.more", left))
		n.more.Show()
	} else {
		n.more.Hide()
	}
	if len(j.Nodes) > 0 {
		n.none.Hide()
		return
	}
	words := t.T("work.nodes.none")
	if over(&j.Job) {
		words = t.T("work.nodes.never")
	}
	n.none.Set(words)
	n.none.Show()
}

// nodeRow is a node's part in a job.
type nodeRow struct {
	*fyne.Container
	env            *page.Env
	avatar         *kit.AvatarImage
	name           *kit.Text
	sub            *kit.Text
	pill           *kit.PillMark
	bar            *kit.ProgressBar
	score, chained *kit.Text
	why            *kit.Text
	address        string
}

func newNodeRow(env *page.Env) *nodeRow {
	r := &nodeRow{env: env, avatar: kit.Avatar("", 32), name: kit.Mono("").Truncate(), sub: kit.Small("-").Wrap(), pill: kit.Pill(look.Plain, "-"), bar: kit.Bar(),
		score: kit.Strong("").Align(fyne.TextAlignTrailing), chained: kit.Small("-").Align(fyne.TextAlignTrailing), why: kit.Small("").Tone(look.Danger).Wrap()}
	head := kit.Row(kit.Grow(r.name), r.pill)
	words := kit.ColumnGap(4, head, r.bar, r.sub, r.why)
	right := kit.ColumnGap(3, r.score, r.chained)
	var line fyne.CanvasObject = kit.RowGap(12, r.avatar, kit.Grow(words), kit.MinWidth(100, right))
	if env.Narrow {
		line = kit.RowGap(12, r.avatar, kit.Grow(kit.ColumnGap(4, head, r.bar, r.sub, kit.Row(r.score, r.chained), r.why)))
	}
	press := kit.Tap(kit.PadXY(6, 8, line), func() {
		env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerAddress, Ref: r.address})
	})
	r.Container = kit.Stack(press)
	return r
}

func (r *nodeRow) fill(w *view.JobWorker, j *jobData) {
	t := r.env.Text
	r.address = w.Address
	r.avatar.Set(w.Address)
	r.name.Set(text.Short(w.Address))
	s := nodeState(t, w.State)
	r.pill.Set(s.tone, s.text)
	r.bar.Set(share(w.Progress))
	if w.State == nodeWorking {
		r.bar.SetTone(look.Primary)
	} else {
		r.bar.SetTone(look.Muted)
	}
	parts := []string{}
	if s := progress(t, w.Progress); s != "" {
		parts = append(parts, s)
	}
	if w.Audits > 0 || w.Failed > 0 {
		parts = append(parts, t.T("work.node.audits", "passed", t.Number(int64(w.Audits)), "failed", t.Number(int64(w.Failed))))
	}
	if w.Repeats > 0 {
		parts = append(parts, t.N("work.node.repeats", w.Repeats))
	}
	if w.Seconds > 0 {
		parts = append(parts, t.T("work.node.seconds", "time", t.Duration(about(w.Seconds))))
	}
	if w.State != nodeWorking && !w.LastHeard.IsZero() && !over(&j.Job) {
		parts = append(parts, t.T("work.node.heard", "time", t.Ago(w.LastHeard, r.env.Now())))
	}
	r.sub.Set(strings.Join(parts, " · "))
	r.score.Set(t.Coins(w.Ticketed))
	r.chained.Set(t.T("work.node.recorded", "amount", t.Coins(w.Recorded)))
	r.why.Set(w.Why)
	if w.Why == "" {
		r.why.Hide()
	} else {
		r.why.Show()
	}
}
