package work

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// swarmShown is how many nodes' pieces are drawn.
const swarmShown = 16

// swarmPart shows a file spreading: who holds which pieces.
type swarmPart struct {
	env      *page.Env
	copies   *kit.Text
	rate     *kit.Text
	pieces   *kit.Text
	total    *strip
	lines    []*swarmLine
	box      *fyne.Container
	more     *kit.Text
	empty    *kit.Text
	card     fyne.CanvasObject
	replicas int
}

// swarmLine is one node's pieces.
type swarmLine struct {
	object *fyne.Container
	avatar *kit.AvatarImage
	name   *kit.Text
	part   *kit.Text
	strip  *strip
}

func newSwarmPart(env *page.Env) *swarmPart {
	s := &swarmPart{env: env, copies: kit.Title(""), rate: kit.Title(""), pieces: kit.Title(""), total: newStrip(look.Accent, 26),
		box: kit.ColumnGap(10), more: kit.Small(""), empty: kit.Muted(env.T("work.swarm.empty")).Wrap()}
	stat := func(label string, value *kit.Text) fyne.CanvasObject {
		return kit.ColumnGap(2, kit.Small(label).Wrap(), value)
	}
	numbers := kit.Columns(140, stat(env.T("work.swarm.copies"), s.copies), stat(env.T("work.swarm.rate"), s.rate), stat(env.T("work.swarm.pieces"), s.pieces))
	s.card = kit.Card(env.T("work.swarm.title"), nil, kit.Loose(numbers,
		kit.ColumnGap(6, kit.Small(env.T("work.swarm.together")).Wrap(), s.total),
		kit.ColumnGap(10, s.empty, s.box, s.more)))
	return s
}

func (s *swarmPart) object() fyne.CanvasObject { return s.card }
func (s *swarmPart) close()                    {}

func (s *swarmPart) set(j *jobData) {
	t, d := s.env.Text, j.Download
	if d == nil {
		d = &view.DownloadDetail{}
	}
	replicas := max(j.Replicas, 1)
	s.copies.Set(t.T("work.swarm.copies.value", "copies", t.Decimal(d.Copies, 1), "of", t.Number(int64(replicas))))
	s.rate.Set(t.Rate(d.Uploading))
	s.pieces.Set(t.Number(int64(d.Pieces)))
	parts := available(d.Nodes, d.Pieces, stripColumns)
	for i := range parts {
		parts[i] /= float64(replicas)
	}
	s.total.set(parts, look.Accent)
	most := min(len(d.Nodes), swarmShown)
	for len(s.lines) < most {
		l := s.line()
		s.lines = append(s.lines, l)
		s.box.Add(l.object)
	}
	for i, l := range s.lines {
		if i < most {
			l.object.Show()
			l.fill(s.env, &d.Nodes[i], d.Pieces)
		} else {
			l.object.Hide()
		}
	}
	if left := len(d.Nodes) - most; left > 0 {
		s.more.Set(t.N("work.nodes.more.text", left))
		s.more.Show()
	} else {
		s.more.Hide()
	}
	if len(d.Nodes) == 0 && !over(&j.Job) {
		s.empty.Show()
	} else {
		s.empty.Hide()
	}
}

func (s *swarmPart) line() *swarmLine {
	l := &swarmLine{avatar: kit.Avatar("", 22), name: kit.Mono("").Sized(look.SizeSmall).Truncate(),
		part: kit.Small("").Align(fyne.TextAlignTrailing), strip: newStrip(look.Accent, 14)}
	if s.env.Narrow {
		l.object = kit.ColumnGap(4, kit.RowGap(8, l.avatar, kit.Grow(l.name), l.part), l.strip)
	} else {
		l.object = kit.RowGap(10, l.avatar, kit.MinWidth(150, l.name), kit.Grow(l.strip), kit.MinWidth(110, l.part))
	}
	return l
}

func (l *swarmLine) fill(env *page.Env, n *view.SwarmNode, pieces int) {
	l.avatar.Set(n.Address)
	l.name.Set(text.Short(n.Address))
	part := env.Text.Percent(float64(n.Pieces) / float64(max(pieces, 1)))
	colour := look.Accent
	if n.State != nodeWorking && n.State != nodeDone {
		colour = look.Series6
		part = nodeState(env.Text, n.State).text + " · " + part
	}
	l.part.Set(part)
	l.strip.set(held(n.Have, pieces, stripColumns), colour)
}
