package work

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// ladderMost is how many bids of an order book are drawn: the best, those
// around ours, and the last.
const ladderMost = 9

// rung is a line of a drawn order book.
type rung struct {
	rank   int // 0: a gap
	bid    types.Amount
	name   string
	mine   bool // the bid that is being chosen
	own    bool // another job of ours
	nodes  int
	hidden int // of a gap
}

// rungs lays an order book out with our bid at its rank.
func rungs(b *view.OrderBook, bid types.Amount) []rung {
	rank := b.Rank(bid)
	all := make([]rung, 0, len(b.Bids)+1)
	for i := range len(b.Bids) + 1 {
		switch {
		case i == rank-1:
			all = append(all, rung{rank: rank, bid: bid, mine: true})
		default:
			at := i
			if i >= rank {
				at--
			}
			o := b.Bids[at]
			name := o.Name
			if name == "" {
				name = text.Short(o.Job)
			}
			all = append(all, rung{rank: i + 1, bid: o.Remaining, name: name, own: o.Own, nodes: o.Workers})
		}
	}
	if len(all) <= ladderMost {
		return all
	}
	var out []rung
	for i, r := range all {
		if i == 0 || i == len(all)-1 || i >= rank-3 && i <= rank+1 {
			out = append(out, r)
		} else if n := len(out); n > 0 && out[n-1].rank == 0 {
			out[n-1].hidden++
		} else {
			out = append(out, rung{hidden: 1})
		}
	}
	return out
}

// ladder draws an order book: the best bid first, each as long as it is high.
type ladder struct {
	env   *page.Env
	box   *fyne.Container
	lines []*ladderLine
}

// ladderLine is one line, made once and filled again as the bid moves.
type ladderLine struct {
	object            *fyne.Container
	fill              *kit.SurfaceBox
	part              *partLayout
	rank, name, value *kit.Text
	bar               *fyne.Container
}

func newLadder(env *page.Env) *ladder {
	l := &ladder{env: env, box: kit.ColumnGap(3)}
	for range ladderMost {
		line := &ladderLine{fill: kit.Surface(look.Raised, 6), part: &partLayout{}, rank: kit.Small(""),
			name: kit.Small("").Tone(look.Plain).Truncate(), value: kit.Small("").Bold().Tone(look.Plain)}
		line.bar = fyne.NewContainerWithLayout(line.part, line.fill)
		line.object = kit.Stack(line.bar, kit.PadXY(10, 6, kit.Row(kit.MinWidth(22, line.rank), kit.Grow(line.name), line.value)))
		l.lines = append(l.lines, line)
		l.box.Add(line.object)
	}
	return l
}

func (l *ladder) set(b *view.OrderBook, bid types.Amount) {
	list := rungs(b, bid)
	most := bid
	for _, r := range list {
		most = max(most, r.bid)
	}
	for i, line := range l.lines {
		if i >= len(list) {
			line.object.Hide()
			continue
		}
		line.object.Show()
		line.show(l.env, list[i], most)
	}
	l.box.Refresh()
}

func (l *ladderLine) show(env *page.Env, r rung, most types.Amount) {
	t, tone, fill := env.Text, look.Plain, look.Raised
	switch {
	case r.rank == 0:
		l.rank.Set("")
		l.name.Set(t.N("work.book.more", r.hidden))
		l.value.Set("")
		tone, fill = look.Muted, look.Clear
	case r.mine:
		l.rank.Set(t.Number(int64(r.rank)))
		l.name.Set(t.T("work.book.yours"))
		l.value.Set(t.Coins(r.bid))
		tone, fill = look.Primary, look.AccentSoft
	default:
		l.rank.Set(t.Number(int64(r.rank)))
		name := r.name
		if r.own {
			name = t.T("work.book.own", "name", name)
		}
		l.name.Set(name)
		l.value.Set(t.Coins(r.bid))
	}
	l.part.part = 1
	if r.rank > 0 && most > 0 {
		l.part.part = float32(float64(r.bid) / float64(most))
	}
	l.fill.SetFill(fill)
	l.name.SetTone(tone)
	l.value.SetTone(tone)
	if tone == look.Plain {
		tone = look.Muted
	}
	l.rank.SetTone(tone)
	l.bar.Refresh()
	l.object.Refresh()
}

// partLayout gives an object a part of the width.
type partLayout struct{ part float32 }

// Layout implements fyne.Layout.
func (l *partLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(fyne.NewSize(max(6, size.Width*l.part), size.Height))
	}
}

// MinSize implements fyne.Layout.
func (l *partLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, 0) }
