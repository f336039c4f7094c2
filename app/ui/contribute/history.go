package contribute

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// history is what the work has brought, and from which jobs.
type history struct {
	p    *Page
	body *fyne.Container
	rows *kit.Rows[*kit.ItemRow]
	work []view.RewardWork
}

func newHistory(p *Page) *history {
	h := &history{p: p, body: kit.Stack(kit.Loading(8))}
	h.rows = kit.NewRows(kit.RowsOptions[*kit.ItemRow]{
		Len: func() int { return len(h.work) }, Make: kit.Item, Fill: h.fill,
		Tapped: func(i int) { p.env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerJob, Ref: h.work[i].Job}) },
	})
	h.load()
	return h
}

func (h *history) object() fyne.CanvasObject { return h.body }

func (h *history) update(view.Contribution) { h.load() }

func (h *history) load() {
	page.LoadKey(h.p.scope, "rewards", func(ctx context.Context) (view.Rewards, error) {
		return h.p.env.Backend.Rewards(ctx, view.RewardsQuery{})
	}, func(r view.Rewards, err error) {
		if tabs[h.p.tab] != page.ContributeHistory {
			return
		}
		if err != nil {
			h.set(h.p.env.Kit.Failure(err, h.load))
			return
		}
		h.draw(r)
	})
}

func (h *history) set(o fyne.CanvasObject) {
	h.body.Objects = []fyne.CanvasObject{o}
	h.body.Refresh()
}

func (h *history) draw(r view.Rewards) {
	t, w := h.p.env.T, h.p.env.Text
	h.work = r.Work
	if len(r.Work) == 0 && r.Credited == 0 && r.Paid == 0 {
		h.set(kit.Empty("history", t("contribute.history.none"), t("contribute.history.none.text"), nil))
		return
	}
	var points []kit.Point
	for i := len(r.ByEpoch) - 1; i >= 0; i-- {
		e := r.ByEpoch[i]
		sum := e.Credited + e.BaseShare
		points = append(points, kit.Point{Label: w.Number(int64(e.Epoch)), Value: float64(sum) / float64(types.Coin), Text: w.Amount(sum)})
	}
	bars := kit.Bars(130)
	bars.Set(points)
	stats := kit.Columns(190,
		kit.Stat(t("contribute.history.credited"), w.Amount(r.Credited), t("contribute.history.credited.text"), "trending_up"),
		kit.Stat(t("contribute.history.base"), w.Amount(r.BaseShare), t("contribute.history.base.text"), "groups"),
		kit.Stat(t("contribute.history.paid"), w.Amount(r.Paid), t("contribute.history.paid.text"), "payments"))
	h.rows.Reload()
	h.set(kit.Column(stats, kit.Card(t("contribute.history.epochs"), nil, bars), kit.Grow(kit.PanelPad(0, kit.MinHeight(220, h.rows)))))
}

func (h *history) fill(i int, row *kit.ItemRow) {
	x, e := h.work[i], h.p.env
	name := x.JobName
	if name == "" {
		name = dappName(e, x.Dapp)
	}
	row.Icon(dappIcon(x.Dapp), look.Primary).Title(name, e.Text.When(x.Time, e.Now())).
		Value(e.Text.Amount(x.Credited), e.T("contribute.history.score", "score", e.Text.Coins(x.Score))).Done()
}
