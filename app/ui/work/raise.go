package work

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// raiseSheet chooses how much to add to a job's bid.
type raiseSheet struct {
	page    *jobPage
	scope   *page.Scope
	panel   *bidPanel
	balance *view.Balance
	left    *kit.Text
	failed  *fyne.Container
	sheet   *kit.Sheet
	next    *kit.Button
}

// raise opens the choice.
func (p *jobPage) raise() {
	t := p.env.Text
	r := &raiseSheet{page: p, scope: p.scope.Child(), left: kit.Small("").Wrap(), failed: kit.Stack()}
	content := kit.Stack()
	r.panel = newBidPanel(p.env, r.scope, t.T("work.raise.label"), func(types.Amount) { r.update() }, func() { content.Refresh() })
	r.panel.submit = func() {
		if !r.next.Disabled() {
			r.check()
		}
	}
	r.panel.already = max(p.data.Bid-p.data.Scored, 0)
	r.next = kit.Primary(t.T("work.raise.next"), r.check)
	r.next.Disable()
	content.Objects = []fyne.CanvasObject{kit.Column(r.panel.object, r.left, r.failed)}
	r.sheet = p.env.Kit.Sheet(kit.SheetOptions{Title: t.T("work.do.raise"), Text: t.T("work.raise.text"), Content: content, Width: 760,
		Actions: []*kit.Button{kit.Secondary(t.T("work.cancel"), func() { r.sheet.Close() }), r.next}, Closed: r.scope.Close})
	r.panel.load(p.data.Dapp, p.id, func() { r.panel.set(r.usual()); r.update() })
	page.LoadKey(r.scope, "balance", func(ctx context.Context) (view.Balance, error) { return p.env.Backend.Balance(ctx) },
		func(b view.Balance, err error) {
			if err == nil {
				r.balance = &b
			}
			r.update()
		})
}

// usual is what is offered at first: what brings the job to the going price, or
// to the first place when it is there already.
func (r *raiseSheet) usual() types.Amount {
	b := &r.panel.book
	to := b.Suggested
	if to <= r.panel.already {
		to = firstPlace(b)
	}
	return max(roundUp(to-r.panel.already), b.Least, 1)
}

// update says what is left, and whether that is enough.
func (r *raiseSheet) update() {
	t := r.page.env.Text
	ok := r.panel.valid() && r.panel.loaded
	r.left.Set("")
	if r.balance != nil && r.panel.valid() {
		left := r.balance.Spendable - r.panel.bid
		r.left.SetTone(look.Muted)
		if left < 0 {
			ok = false
			r.left.SetTone(look.Danger)
			r.left.Set(t.T("work.cost.short", "amount", t.Exact(-left)))
		} else {
			r.left.Set(t.T("work.raise.left", "amount", t.Exact(left)))
		}
	}
	if ok {
		r.next.Enable()
	} else {
		r.next.Disable()
	}
}

// check spells the raise out.
func (r *raiseSheet) check() {
	p, t, added := r.page, r.page.env.Text, r.panel.bid
	total := r.panel.already + added
	rank := r.panel.book.Rank(total)
	facts := []kit.Fact{
		{Label: t.T("work.end.job"), Value: jobName(t, &p.data.Job), Strong: true},
		{Label: t.T("work.raise.label"), Value: t.Exact(added), Strong: true},
		{Label: t.T("work.raise.total"), Value: t.Exact(p.data.Bid + added)},
		{Label: t.T("work.cost.place"), Value: t.T("work.cost.place.value",
			"rank", t.T("work.bid.rank", "rank", t.Number(int64(rank)), "of", t.Number(int64(len(r.panel.book.Bids)+1))),
			"start", startText(t, startOf(&r.panel.book, rank)).text)},
		{Label: t.T("work.cost.fee"), Value: t.T("work.raise.fee")},
	}
	r.sheet.Close()
	p.env.Kit.Confirm(kit.ConfirmOptions{Title: t.T("work.raise.check"), Text: t.T("work.raise.check.text"), Facts: facts,
		Action: t.T("work.pay", "amount", t.Exact(added)), Do: func() { p.payRaise(added) }})
}

// payRaise adds to the bid.
func (p *jobPage) payRaise(added types.Amount) {
	t := p.env.Text
	if p.busy {
		return
	}
	p.acting(true)
	page.Do(p.scope, page.Action{Title: t.T("work.paying"), Fixed: true, Done: t.T("work.raise.done", "amount", t.Amount(added))}, func(ctx context.Context, _ page.Say) (view.Sent, error) {
		return p.env.Backend.Raise(ctx, view.RaiseRequest{Job: p.id, Added: added})
	}, func(_ view.Sent, err error) {
		p.acting(false)
		if err != nil {
			p.fail(err)
			return
		}
		p.env.Toast(look.Success, t.T("work.raise.done", "amount", t.Amount(added)))
		p.load()
	})
}
