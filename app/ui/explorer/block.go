package explorer

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// block is one main block with its side blocks.
type block struct {
	section
	ref string
}

func newBlock(s section, ref string) *block {
	b := &block{section: s, ref: ref}
	fetch(&b.section, func(ctx context.Context) (view.Block, error) { return b.env.Backend.Block(ctx, ref) }, b.draw)
	return b
}

func (b *block) draw(v view.Block) {
	t := b.env.T
	prev := kit.Secondary(t("explorer.block.prev"), func() { b.open(page.ExplorerBlock, v.Parent) }).Small().Icon("chevron_left")
	next := kit.Secondary(t("explorer.block.next"), func() { b.open(page.ExplorerBlock, strconv.FormatUint(uint64(v.Height)+1, 10)) }).Small().Icon("chevron_right")
	if v.Parent == "" {
		prev.Disable()
	}
	if v.Confirmations <= 1 {
		next.Disable()
	}
	head := kit.Between(kit.Title(t("explorer.block.title", "height", b.env.Text.Number(int64(v.Height)))), kit.Row(prev, next))
	b.set(head, kit.Sides(760, b.facts(v), b.split(v.Coinbase)), b.sides(v), b.txs(v))
}

func (b *block) facts(v view.Block) fyne.CanvasObject {
	t, n := b.env.T, b.env.Text
	producer := fyne.CanvasObject(kit.Muted(t("explorer.genesis")))
	if v.Producer != "" {
		producer = b.address(v.Producer, "")
	}
	return kit.Card(t("explorer.block.facts"), nil, kit.Column(kit.Facts(
		kit.Fact{Label: t("explorer.fact.time"), Value: n.When(v.Time, b.env.Now())},
		kit.Fact{Label: t("explorer.fact.producer"), Object: producer},
		kit.Fact{Label: t("explorer.fact.hash"), Object: b.env.Kit.CopyLine(v.Hash)},
		kit.Fact{Label: t("explorer.fact.confirmations"), Value: n.Number(int64(v.Confirmations))},
		kit.Fact{Label: t("explorer.fact.slot"), Value: t("explorer.fact.slot.value", "slot", n.Number(int64(v.Slot)), "epoch", n.Number(int64(v.Epoch)))},
		kit.Fact{Label: t("explorer.fact.size"), Value: t("explorer.fact.size.value", "size", n.Bytes(int64(v.Size)), "weight", b.number(v.Weight))},
	), kit.Details(t("explorer.block.roots"), kit.Facts(
		kit.Fact{Label: t("explorer.fact.parent"), Object: b.linkTo(page.ExplorerBlock, v.Parent)},
		kit.Fact{Label: t("explorer.fact.txroot"), Value: v.TxRoot, Mono: true},
		kit.Fact{Label: t("explorer.fact.sideroot"), Value: v.SideRoot, Mono: true},
		kit.Fact{Label: t("explorer.fact.digest"), Value: v.StateDigest, Mono: true},
		kit.Fact{Label: t("explorer.fact.producersroot"), Value: v.ProducersRoot, Mono: true},
	))))
}

// split draws who got what of the coinbase, and where that came from.
func (b *block) split(c view.Coinbase) fyne.CanvasObject {
	t, n := b.env.T, b.env.Text
	var sum types.Amount
	byRole := map[string]types.Amount{}
	var roles []string
	for _, o := range c.Outputs {
		if _, ok := byRole[o.Role]; !ok {
			roles = append(roles, o.Role)
		}
		byRole[o.Role] += o.Amount
		sum += o.Amount
	}
	slices.SortStableFunc(roles, func(x, y string) int { return cmp.Compare(byRole[y], byRole[x]) })
	parts := make([]kit.Part, len(roles))
	for i, r := range roles {
		parts[i] = kit.Part{Label: roleName(b.env, r), Text: n.Amount(byRole[r]), Value: float64(byRole[r])}
	}
	ring := kit.Donut(150)
	ring.Set(parts, n.Coins(sum), t("explorer.coin"))
	sources := []kit.Fact{}
	for _, s := range []struct {
		label  string
		amount types.Amount
	}{{t("explorer.source.reward"), c.Reward}, {t("explorer.source.bids"), c.Bids}, {t("explorer.source.fund"), c.FundBids},
		{t("explorer.source.fees"), c.Fees}, {t("explorer.source.reserve"), c.FromReserve}} {
		if s.amount > 0 {
			sources = append(sources, kit.Fact{Label: s.label, Value: n.Exact(s.amount)})
		}
	}
	outputs := kit.Column()
	for _, o := range c.Outputs {
		name := roleName(b.env, o.Role)
		if o.Note != "" {
			name += " · " + o.Note
		}
		outputs.Add(kit.Between(kit.Tight(b.address(o.Address, ""), kit.Small(name).Wrap()), kit.Strong(n.Exact(o.Amount))))
	}
	return kit.Card(t("explorer.coinbase"), nil, kit.Column(ring,
		kit.Details(t("explorer.coinbase.sources"), kit.Facts(sources...)),
		kit.Details(b.env.N("explorer.coinbase.outputs", len(c.Outputs)), outputs)))
}

// sides draws the side blocks attached to the main block.
func (b *block) sides(v view.Block) fyne.CanvasObject {
	cards := make([]fyne.CanvasObject, 0, len(v.Sides))
	for i, s := range v.Sides {
		if i < types.NumChains {
			cards = append(cards, b.side(v, i, s))
		}
	}
	return kit.Card(b.env.T("explorer.sides"), nil, kit.Columns(300, cards...))
}

// someRecords are shown of a side block at first.
const someRecords = 4

func (b *block) side(v view.Block, i int, s view.SideBlock) fyne.CanvasObject {
	t := b.env.T
	name := kit.Stack(kit.Surface(chainColor(i), 6), kit.PadXY(8, 3, kit.Strong(s.Name).Tone(look.OnPrimary)))
	head := kit.Between(kit.Row(name, kit.Strong(t(chainNames[i]))), kit.Small(b.env.Text.Bytes(int64(s.Bytes))))
	rows := kit.Tight(head)
	if len(s.Records) == 0 {
		rows.Add(kit.Muted(t("explorer.side.empty")))
	}
	for _, r := range s.Records[:min(len(s.Records), someRecords)] {
		rows.Add(b.record(r))
	}
	if more := len(s.Records) - someRecords; more > 0 {
		rows.Add(kit.Left(kit.Ghost(b.env.N("explorer.side.more", more), func() { b.records(sideName(v.Height, i), s.Records) }).Small()))
	}
	return kit.Box(rows)
}

// record is a record in a list; a tap shows it whole.
func (s *section) record(r view.Record) fyne.CanvasObject {
	sub := s.env.Text.Bytes(int64(r.Bytes))
	if len(r.Fields) > 0 {
		sub = r.Fields[0].Name + ": " + short(r.Fields[0].Value)
	}
	name := recordKind(s.env, r.Kind)
	return kit.Tap(kit.PadXY(4, 4, kit.ColumnGap(0, kit.Body(name).Truncate(), kit.Small(sub).Truncate())), func() { s.recordSheet(r) }).SetLabel(name)
}

// recordSheet shows all of a record.
func (s *section) recordSheet(r view.Record) {
	t := s.env.T
	var sheet *kit.Sheet
	leave := func(then func()) func() { return func() { sheet.Close(); then() } }
	facts := []kit.Fact{{Label: t("explorer.fact.chain"), Value: r.Chain}, {Label: t("explorer.fact.block"), Value: s.env.Text.Number(int64(r.Height))}}
	if r.Author != "" {
		line := s.env.Kit.Address(r.Author, "")
		line.OnTap = leave(func() { s.open(page.ExplorerAddress, r.Author) })
		facts = append(facts, kit.Fact{Label: t("explorer.fact.author"), Object: line})
	}
	for _, f := range r.Fields {
		facts = append(facts, kit.Fact{Label: f.Name, Value: f.Value, Mono: len(f.Value) > 40})
	}
	actions := []*kit.Button{kit.Secondary(t("explorer.close"), func() { sheet.Close() })}
	if r.TxID != "" {
		actions = append(actions, kit.Primary(t("explorer.record.tx"), leave(func() { s.open(page.ExplorerTx, r.TxID) })))
	}
	sheet = s.env.Kit.Sheet(kit.SheetOptions{Title: recordKind(s.env, r.Kind), Content: kit.Facts(facts...), Actions: actions})
}

// records lists all records of a side block.
func (b *block) records(title string, list []view.Record) {
	var sheet *kit.Sheet
	rows := kit.NewRows(kit.RowsOptions[*kit.ItemRow]{
		Len: func() int { return len(list) }, Make: kit.Item,
		Fill: func(i int, row *kit.ItemRow) {
			r := list[i]
			row.Avatar(r.Author).Title(recordKind(b.env, r.Kind), short(r.TxID)).Value(b.env.Text.Bytes(int64(r.Bytes)), "").Done()
		},
		Tapped: func(i int) { sheet.Close(); b.recordSheet(list[i]) },
	})
	sheet = b.env.Kit.Sheet(kit.SheetOptions{Title: title, Content: kit.MinHeight(420, rows),
		Actions: []*kit.Button{kit.Primary(b.env.T("explorer.close"), func() { sheet.Close() })}})
}

// mostTxs are shown of a block; the rest is behind a dialog.
const mostTxs = 12

func (b *block) txs(v view.Block) fyne.CanvasObject {
	rows := kit.Tight()
	for _, x := range v.Transactions[:min(len(v.Transactions), mostTxs)] {
		rows.Add(b.txRow(x))
	}
	if more := len(v.Transactions) - mostTxs; more > 0 {
		rows.Add(kit.Left(kit.Ghost(b.env.N("explorer.txs.more", more), func() { b.allTxs(v.Transactions) }).Small()))
	}
	return kit.Card(b.env.N("explorer.txs", len(v.Transactions)), nil, rows)
}

func (s *section) txRow(x view.TxBrief) fyne.CanvasObject {
	row := kit.Item().Icon("swap_horiz", look.Primary).Title(recordKind(s.env, x.Kind), short(x.TxID)).Value(s.env.Text.Amount(x.Amount), s.env.T("explorer.vsize", "size", s.number(x.VSize)))
	row.Done()
	return kit.Tap(row, func() { s.open(page.ExplorerTx, x.TxID) }).SetLabel(short(x.TxID))
}

func (b *block) allTxs(list []view.TxBrief) {
	var sheet *kit.Sheet
	rows := kit.NewRows(kit.RowsOptions[*kit.ItemRow]{
		Len: func() int { return len(list) }, Make: kit.Item,
		Fill: func(i int, row *kit.ItemRow) {
			x := list[i]
			row.Icon("swap_horiz", look.Primary).Title(recordKind(b.env, x.Kind), short(x.TxID)).Value(b.env.Text.Amount(x.Amount), "").Done()
		},
		Tapped: func(i int) { sheet.Close(); b.open(page.ExplorerTx, list[i].TxID) },
	})
	sheet = b.env.Kit.Sheet(kit.SheetOptions{Title: b.env.N("explorer.txs", len(list)), Content: kit.MinHeight(420, rows),
		Actions: []*kit.Button{kit.Primary(b.env.T("explorer.close"), func() { sheet.Close() })}})
}
