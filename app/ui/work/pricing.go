package work

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// pricing is the step of a wizard at which the bid is chosen: the panel, what
// it costs, and quotes that follow the bid.
type pricing struct {
	env    *page.Env
	scope  *page.Scope
	panel  *bidPanel
	money  *money
	notes  *fyne.Container
	failed *fyne.Container
	quote  *view.JobQuote                // of the bid that is shown; nil while it is asked for
	ask    func(bid types.Amount) asking // what is filled in is read at once
	chosen func(types.Amount)            // keeps the bid
	update func()                        // the quote came or went
	again  *page.Coalesce
	object fyne.CanvasObject
}

// asking asks the node for a quote, away from the UI thread.
type asking func(ctx context.Context) (view.JobQuote, error)

func newPricing(env *page.Env, scope *page.Scope, moved func()) *pricing {
	p := &pricing{env: env, scope: scope, money: newMoney(env), notes: kit.Tight(), failed: kit.Stack()}
	p.panel = newBidPanel(env, scope, env.T("work.bid.label"), p.choose, moved)
	p.again = page.NewCoalesce(scope, quoteGap, p.fetch)
	p.money.object.Hide()
	p.object = kit.Loose(p.panel.object, p.money.object, p.failed, p.notes)
	return p
}

// choose is told of each new bid; 0 stands for none that could be paid.
func (p *pricing) choose(bid types.Amount) {
	p.quote = nil
	p.update()
	if bid > 0 {
		p.chosen(bid)
		p.again.Ask()
	}
}

// fetch asks for the quote of the bid.
func (p *pricing) fetch() {
	bid := p.panel.bid
	page.LoadKey(p.scope, "quote", p.ask(bid), func(q view.JobQuote, err error) {
		if bid != p.panel.bid || page.Cancelled(err) {
			return // a newer one is on its way
		}
		p.failed.Objects = nil
		if err != nil {
			p.failed.Objects = []fyne.CanvasObject{p.env.Kit.FailureLine(err, p.fetch)}
		} else {
			p.show(&q)
		}
		p.failed.Refresh()
		p.update()
		p.panel.moved()
	})
}

// show shows a quote.
func (p *pricing) show(q *view.JobQuote) {
	p.quote = q
	p.money.set(q)
	p.money.object.Show()
	p.notes.Objects = notes(q.Notes).(*fyne.Container).Objects
	p.notes.Refresh()
}

// ready tells whether the bid can be paid.
func (p *pricing) ready() bool { return p.panel.valid() && p.quote != nil && p.quote.Affordable }
