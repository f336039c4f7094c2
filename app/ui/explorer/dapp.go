package explorer

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// allDapps lists the kinds of work.
type allDapps struct{ section }

func newDapps(s section) *allDapps {
	d := &allDapps{s}
	fetch(&d.section, d.env.Backend.Dapps, d.draw)
	return d
}

func (d *allDapps) draw(list []view.Dapp) {
	t, n := d.env.T, d.env.Text
	if len(list) == 0 {
		d.body.Objects = []fyne.CanvasObject{kit.Empty("apps", t("explorer.dapps.none"), t("explorer.dapps.none.text"), nil)}
		d.body.Refresh()
		return
	}
	rows := kit.Tight()
	for _, x := range list {
		about := d.env.N("explorer.jobs", x.Jobs)
		if x.Builtin {
			about += " · " + t("explorer.dapp.builtin")
		} else if x.Mine {
			about += " · " + t("explorer.dapp.mine")
		}
		row := kit.Item().Icon("apps", look.Primary).Title(x.Name, about).Value(n.Amount(x.Bids), "")
		row.Done()
		rows.Add(kit.Tap(row, func() { d.open(page.ExplorerDapp, x.ID) }).SetLabel(x.Name))
	}
	d.set(kit.Small(t("explorer.dapps.help")).Wrap(), kit.PanelPad(6, rows))
}

// dapp is one kind of work and what it brings.
type dapp struct{ section }

func newDapp(s section, ref string) *dapp {
	d := &dapp{s}
	fetch(&d.section, func(ctx context.Context) (view.DappDetail, error) { return d.env.Backend.Dapp(ctx, ref) }, d.draw)
	return d
}

func (d *dapp) draw(v view.DappDetail) {
	t, n := d.env.T, d.env.Text
	stats := kit.Columns(200,
		kit.Stat(t("explorer.dapp.jobs"), d.number(v.Jobs), d.env.N("explorer.epochs", v.Epochs), "rocket_launch"),
		kit.Stat(t("explorer.dapp.bids"), n.Amount(v.Bids), "", "payments"),
		kit.Stat(t("explorer.dapp.scores"), n.Amount(v.Scores), "", "trending_up"),
		kit.Stat(t("explorer.dapp.income"), n.Amount(v.Income), t("explorer.dapp.income.help"), "savings"),
	)
	facts := []kit.Fact{{Label: t("explorer.fact.dapp"), Object: d.env.Kit.CopyLine(v.ID)}, {Label: t("explorer.role.developer"), Object: d.address(v.Developer, "")}}
	if v.Version != "" {
		facts = append(facts, kit.Fact{Label: t("explorer.fact.version"), Value: v.Version})
	}
	if v.Manifest != "" {
		facts = append(facts, kit.Fact{Label: t("explorer.fact.manifest"), Value: v.Manifest, Mono: true})
	}
	parts := []fyne.CanvasObject{kit.Title(v.Name).Wrap()}
	for _, w := range v.Warnings {
		parts = append(parts, kit.Hint(look.Warn, "", w, nil))
	}
	if !v.Supported {
		parts = append(parts, kit.Hint(look.Info, "", t("explorer.dapp.unsupported"), nil))
	}
	var points []kit.Point
	for i := min(len(v.ByEpoch), 30) - 1; i >= 0; i-- {
		e := v.ByEpoch[i]
		points = append(points, kit.Point{Label: n.Number(int64(e.Epoch)), Value: coins(e.Bids), Text: n.Amount(e.Bids)})
	}
	bars := kit.Bars(140)
	bars.Set(points)
	parts = append(parts, kit.Panel(kit.Facts(facts...)), stats, kit.Card(t("explorer.dapp.byepoch"), nil, bars))
	d.set(parts...)
}
