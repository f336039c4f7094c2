package explorer

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// blockRow draws a main block with its side blocks attached to it.
type blockRow struct {
	widget.BaseWidget
	box      *fyne.Container
	env      *page.Env
	height   *kit.Text
	when     *kit.Text
	sides    [types.NumChains]*side
	avatar   *kit.AvatarImage
	producer *kit.Text
	about    *kit.Text
}

// side is a side block in a row: its letter, and how many records it holds.
type side struct {
	back  *kit.SurfaceBox
	count *kit.Text
	name  *kit.Text
}

func newBlockRow(env *page.Env) *blockRow {
	r := &blockRow{env: env, height: kit.Strong(""), when: kit.Small(""), avatar: kit.Avatar("", 24), producer: kit.Small("").Truncate(), about: kit.Small("")}
	main := kit.Stack(kit.Surface(look.AccentSoft, 8), kit.PadXY(12, 8, kit.MinWidth(78, kit.ColumnGap(0, r.height, r.when))))
	chain := kit.RowGap(0)
	for i := range r.sides {
		s := &side{back: kit.Surface(look.Raised, 6), name: kit.Small(letter(i)), count: kit.Strong("")}
		r.sides[i] = s
		link := kit.MinSize(8, 2, kit.Surface(look.Border, 0))
		chain.Add(kit.Middle(link))
		chain.Add(kit.Stack(s.back, kit.PadXY(9, 5, kit.RowGap(4, s.name, kit.MinWidth(10, s.count)))))
	}
	if env.Narrow {
		top := kit.RowGap(10, main, kit.Grow(kit.ColumnGap(0, r.producer, r.about)), r.avatar)
		r.box = kit.PadXY(12, 10, kit.ColumnGap(8, top, kit.Left(chain)))
		r.ExtendBaseWidget(r)
		return r
	}
	r.box = kit.PadXY(14, 9, kit.RowGap(0, main, chain, kit.Grow(kit.Spacer()), kit.RowGap(10, kit.MinWidth(190, kit.Right(r.about)), r.avatar, kit.MinWidth(150, r.producer))))
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *blockRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }

// set shows a block.
func (r *blockRow) set(b view.BlockBrief) {
	e := r.env
	r.height.Set(e.Text.Number(int64(b.Height)))
	r.when.Set(e.Text.Ago(b.Time, e.Now()))
	for i, n := range b.Records {
		s := r.sides[i]
		s.count.Set("")
		fill, tone := look.Raised, look.Muted
		if n > 0 {
			s.count.Set(strconv.Itoa(n))
			fill, tone = chainColor(i), look.OnPrimary
		}
		s.back.SetFill(fill)
		s.name.SetTone(tone)
		s.count.SetTone(tone)
	}
	who := e.T("explorer.genesis")
	if b.Producer != "" {
		who = short(b.Producer)
		r.avatar.Set(b.Producer)
	}
	r.producer.Set(who)
	r.about.Set(e.N("explorer.txs", b.Txs) + " · " + e.Text.Bytes(int64(b.Size)))
	r.Refresh()
}
