package work

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
)

// showReceipt opens who did what, paid what.
func (p *jobPage) showReceipt() {
	t := p.env.Text
	r := receiptOf(&p.data.JobDetail)
	list := kit.ColumnGap(4)
	for i := range r.Nodes {
		if i > 0 {
			list.Add(kit.Divider())
		}
		list.Add(p.receiptLine(&r.Nodes[i], func(rt page.Route) { p.env.Go(rt) }))
	}
	if len(r.Nodes) == 0 {
		list.Add(kit.Muted(t.T("work.nodes.never")).Wrap())
	}
	facts := kit.Facts(
		kit.Fact{Label: t.T("work.end.job"), Value: jobName(t, &p.data.Job), Strong: true},
		kit.Fact{Label: t.T("work.cost.bid"), Value: t.Exact(r.Bid)},
		kit.Fact{Label: t.T("work.cost.scored"), Value: t.Exact(r.Scored)},
		kit.Fact{Label: t.T("work.cost.owed"), Value: t.Exact(r.Owed)})
	var s *kit.Sheet
	export := func(label, name string, make func() ([]byte, error)) *kit.Button {
		return kit.Secondary(label, func() { p.export(name, make) }).Icon("save")
	}
	s = p.env.Kit.Sheet(kit.SheetOptions{Title: t.T("work.receipt.title"), Text: t.T("work.cost.score", "bid", t.Amount(r.Bid)), Width: 720,
		Content: kit.Column(facts, kit.Strong(t.T("work.job.nodes")), list),
		Actions: []*kit.Button{
			export("CSV", "receipt-"+r.Job[:min(8, len(r.Job))]+".csv", func() ([]byte, error) { return r.csv(t) }),
			export("JSON", "receipt-"+r.Job[:min(8, len(r.Job))]+".json", r.json),
			kit.Primary(t.T("work.close"), func() { s.Close() }),
		}})
}

// receiptLine is one node's part, with the records that paid it.
func (p *jobPage) receiptLine(n *receiptNode, open func(page.Route)) fyne.CanvasObject {
	t := p.env.Text
	done := t.Number(n.Done)
	if n.Unit == "bytes" {
		done = t.Bytes(n.Done)
	} else if n.Unit == "tiles" {
		done = t.N("work.tiles", int(n.Done))
	}
	words := kit.ColumnGap(2, kit.Mono(text.Short(n.Address)).Truncate(), kit.Small(done+" · "+nodeState(t, n.State).text).Wrap())
	records := kit.Flow()
	for _, r := range n.Records {
		records.Add(kit.Link(t.T("work.receipt.block", "block", t.Number(int64(r.Height))), func() {
			open(page.Route{Page: page.Explorer, Tab: page.ExplorerTx, Ref: r.TxID})
		}))
	}
	if len(n.Records) > 0 {
		words.Add(records)
	}
	value := kit.ColumnGap(2, kit.Strong(t.Coins(n.Score)).Align(fyne.TextAlignTrailing),
		kit.Small(t.T("work.node.recorded", "amount", t.Coins(n.Recorded))).Align(fyne.TextAlignTrailing))
	return kit.PadXY(0, 8, kit.RowGap(12, kit.Avatar(n.Address, 32), kit.Grow(words), value))
}

// export writes the receipt to a file that the person names.
func (p *jobPage) export(name string, make func() ([]byte, error)) {
	t := p.env.Text
	page.Do(p.scope, page.Action{Quiet: true}, func(ctx context.Context, _ page.Say) (string, error) {
		path, err := p.env.Host.SaveFile(ctx, t.T("work.receipt.save"), name)
		if err != nil || path == "" {
			return "", err
		}
		data, err := make()
		if err != nil {
			return "", err
		}
		return path, p.env.Host.WriteFile(ctx, path, data)
	}, func(path string, err error) {
		switch {
		case errors.Is(err, context.Canceled):
		case err != nil:
			p.env.Fail(err)
		case path != "":
			p.env.Toast(look.Success, t.T("work.receipt.saved", "file", base(path)))
		}
	})
}
