package explorer

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// totals is where all coins are, and the proof of it.
type totals struct {
	section
	proof *fyne.Container
}

func newTotals(s section) *totals {
	p := &totals{section: s, proof: kit.Column()}
	fetch(&p.section, p.env.Backend.Totals, p.draw)
	return p
}

func (p *totals) draw(v view.Totals) {
	t, n := p.env.T, p.env.Text
	free := v.Issued - v.Fund - v.Reserve - v.BasePool
	ring := kit.Donut(170)
	ring.Set([]kit.Part{
		{Label: t("explorer.totals.free"), Text: n.Amount(free), Value: float64(free)},
		{Label: t("explorer.totals.fund"), Text: n.Amount(v.Fund), Value: float64(v.Fund)},
		{Label: t("explorer.totals.reserve"), Text: n.Amount(v.Reserve), Value: float64(v.Reserve)},
		{Label: t("explorer.totals.base"), Text: n.Amount(v.BasePool), Value: float64(v.BasePool)},
	}, n.Coins(v.Issued), t("explorer.coin"))
	if len(p.proof.Objects) == 0 {
		p.idle()
	}
	p.set(
		kit.Card(t("explorer.totals.title", "height", n.Number(int64(v.Height))), nil, kit.Column(kit.Paragraph(t("explorer.totals.help")), ring)),
		kit.Columns(220,
			kit.Stat(t("explorer.totals.issued"), n.Amount(v.Issued), t("explorer.totals.issued.help"), "payments"),
			kit.Stat(t("explorer.totals.released"), n.Amount(v.FundReleased), t("explorer.totals.released.help"), "savings"),
			kit.Stat(t("explorer.totals.openjobs"), p.number(v.OpenJobs), n.Amount(v.OpenBids), "rocket_launch"),
		),
		kit.Card(t("explorer.audit"), nil, p.proof),
	)
}

func (p *totals) idle() {
	p.fill(kit.Paragraph(p.env.T("explorer.audit.text")), kit.Left(kit.Primary(p.env.T("explorer.audit.run"), p.audit)))
}

func (p *totals) fill(o ...fyne.CanvasObject) {
	p.proof.Objects = o
	p.proof.Refresh()
}

// audit has every sum worked out again, which may take long and can be given up.
func (p *totals) audit() {
	page.Do(p.scope, page.Action{Title: p.env.T("explorer.audit"), Text: p.env.T("explorer.audit.wait")}, func(ctx context.Context, _ page.Say) (view.Audit, error) {
		return p.env.Backend.Audit(ctx)
	}, func(a view.Audit, err error) {
		if err != nil {
			if p.scope.Alive() && !isCancelled(err) {
				p.fill(p.env.Kit.FailureLine(err, p.audit))
			}
			return
		}
		p.proven(a)
	})
}

func (p *totals) proven(a view.Audit) {
	t, n := p.env.T, p.env.Text
	tone, title := look.Success, t("explorer.audit.right")
	if !a.Conserved || !a.DigestOK {
		tone, title = look.Danger, t("explorer.audit.wrong")
	}
	facts := []kit.Fact{}
	for _, x := range a.Terms {
		facts = append(facts, kit.Fact{Label: x.Name, Value: n.Exact(x.Amount)})
	}
	facts = append(facts, kit.Fact{Label: t("explorer.audit.sum"), Value: n.Exact(a.Right), Strong: true}, kit.Fact{Label: t("explorer.audit.issued"), Value: n.Exact(a.Left), Strong: true})
	p.fill(kit.Hint(tone, title, t("explorer.audit.took", "height", n.Number(int64(a.Height)), "time", n.Duration(a.Took)), nil), kit.Facts(facts...),
		kit.Left(kit.Secondary(t("explorer.audit.again"), p.audit)))
}

// isCancelled tells whether a person gave up.
func isCancelled(err error) bool { return errors.Is(err, context.Canceled) }
