package explorer

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// tx is one transaction, with the record that it carries.
type tx struct {
	section
	wait   bool // it is in no block
	change *page.Coalesce
}

func newTx(s section, id string) *tx {
	x := &tx{section: s}
	fetch(&x.section, func(ctx context.Context) (view.Tx, error) { return x.env.Backend.Tx(ctx, id) }, x.draw)
	x.change = page.NewCoalesce(x.scope, time.Second, x.again)
	return x
}

func (x *tx) event(e view.Event) {
	if e.Kind == view.EventTip && x.wait {
		x.change.Ask()
	}
}

func (x *tx) draw(v view.Tx) {
	t, n := x.env.T, x.env.Text
	x.wait = v.Block == ""
	state := kit.Pill(look.Success, x.env.N("explorer.confirmations", int(v.Confirmations)))
	if x.wait {
		state = kit.Pill(look.Warn, t("explorer.waiting"))
	}
	facts := []kit.Fact{{Label: t("explorer.fact.txid"), Object: x.env.Kit.CopyLine(v.TxID)}}
	if !x.wait {
		facts = append(facts, kit.Fact{Label: t("explorer.fact.block"), Object: kit.Link(n.Number(int64(v.Height)), func() { x.open(page.ExplorerBlock, v.Block) })},
			kit.Fact{Label: t("explorer.fact.time"), Value: n.When(v.Time, x.env.Now())})
	}
	if v.Kind != "coinbase" {
		facts = append(facts, kit.Fact{Label: t("explorer.fact.fee"), Value: n.Exact(v.Fee)})
	}
	facts = append(facts, kit.Fact{Label: t("explorer.fact.size"), Value: t("explorer.vsize", "size", x.number(v.VSize))})
	parts := []fyne.CanvasObject{
		kit.Between(kit.Title(recordKind(x.env, v.Kind)), state),
		kit.Panel(kit.Facts(facts...)),
		kit.Columns(340, x.inputs(v), x.outputs(v)),
	}
	if v.Record != nil {
		parts = append(parts, x.carried(*v.Record))
	}
	x.set(parts...)
}

// mostEnds are shown of the inputs and of the outputs.
const mostEnds = 40

func (x *tx) inputs(v view.Tx) fyne.CanvasObject {
	rows := kit.Column()
	var sum types.Amount
	for i, in := range v.Inputs {
		sum += in.Amount
		if i < mostEnds {
			rows.Add(x.end(in.Address, in.Amount, x.env.T("explorer.input.new")))
		}
	}
	x.rest(rows, len(v.Inputs))
	return kit.Card(x.env.T("explorer.inputs"), kit.Muted(x.env.Text.Amount(sum)), rows)
}

func (x *tx) outputs(v view.Tx) fyne.CanvasObject {
	rows := kit.Column()
	var sum types.Amount
	for i, out := range v.Outputs {
		sum += out.Amount
		if i >= mostEnds {
			continue
		}
		what := x.env.T("explorer.output.none")
		if out.Commitment != "" {
			what = x.env.T("explorer.output.commitment", "kind", recordKind(x.env, out.Commitment))
		}
		rows.Add(x.end(out.Address, out.Amount, what))
	}
	x.rest(rows, len(v.Outputs))
	return kit.Card(x.env.T("explorer.outputs"), kit.Muted(x.env.Text.Amount(sum)), rows)
}

// end is one input or output.
func (x *tx) end(address string, amount types.Amount, otherwise string) fyne.CanvasObject {
	who := fyne.CanvasObject(kit.Muted(otherwise).Wrap())
	if address != "" {
		who = x.address(address, "")
	}
	return kit.Between(who, kit.Strong(x.env.Text.Exact(amount)))
}

func (x *tx) rest(rows *fyne.Container, n int) {
	if n > mostEnds {
		rows.Add(kit.Small(x.env.N("explorer.ends.more", n-mostEnds)))
	}
}

// carried is the record of a transaction.
func (x *tx) carried(r view.Record) fyne.CanvasObject {
	t := x.env.T
	facts := []kit.Fact{{Label: t("explorer.fact.chain"), Value: r.Chain}}
	if r.Author != "" {
		facts = append(facts, kit.Fact{Label: t("explorer.fact.author"), Object: x.address(r.Author, "")})
	}
	for _, f := range r.Fields {
		facts = append(facts, kit.Fact{Label: f.Name, Value: f.Value, Mono: len(f.Value) > 40})
	}
	return kit.Card(t("explorer.record", "kind", recordKind(x.env, r.Kind)), nil, kit.Facts(facts...))
}
