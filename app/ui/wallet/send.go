package wallet

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// quoteGap is the least time between two quotes while somebody types.
const quoteGap = 300 * time.Millisecond

// send writes a payment: the form, then the check, then the result.
type send struct {
	p     *Page
	box   *fyne.Container // what is shown now
	form  *form
	stage fyne.CanvasObject // in place of the form, nil without
	leave func()            // back to the form; nil where there is no way back
}

func newSend(p *Page) part {
	s := &send{p: p, box: kit.Stack()}
	p.book.want() // to know who was paid before
	p.draft.over = func() {
		if p.now == s && p.scope.Alive() {
			s.begin()
		}
	}
	s.begin()
	return s
}

// begin shows where the draft stands.
func (s *send) begin() {
	switch d := s.p.draft; {
	case d.unsure != nil:
		s.showUnsure(d.unsure)
	case d.sending:
		s.showSending()
	default:
		s.showForm()
	}
}

func (s *send) object() fyne.CanvasObject { return s.box }

// show puts a stage in the place of the form; nil leads back to it.
func (s *send) show(stage fyne.CanvasObject, leave func()) {
	s.stage, s.leave = stage, leave
	s.box.Objects = []fyne.CanvasObject{stage}
	s.p.root.Refresh()
}

func (s *send) showForm() {
	s.form = newForm(s)
	s.stage, s.leave = nil, nil
	s.box.Objects = []fyne.CanvasObject{s.form.body}
	s.form.quote.Ask()
	s.p.root.Refresh()
}

// changed implements part.
func (s *send) changed() {
	if s.form != nil && s.stage == nil {
		s.form.changed()
	}
}

func (s *send) focus() {
	if s.form != nil && s.stage == nil {
		s.p.env.FocusOn(s.form.to.lines[0].to)
	}
}

func (s *send) back() bool {
	if s.leave == nil {
		return false
	}
	s.leave()
	return true
}

// form is where a payment is written.
type form struct {
	s     *send
	p     *Page
	body  *fyne.Container
	to    *payees
	fee   *feeBox
	coins *fyne.Container
	sum   *fyne.Container // the quote
	quote *page.Coalesce
	check *kit.Button
	last  *view.SendQuote // of the newest request
}

func newForm(s *send) *form {
	p := s.p
	env := p.env
	f := &form{s: s, p: p, coins: kit.Stack(), sum: kit.Stack()}
	f.quote = page.NewCoalesce(p.life, quoteGap, f.askQuote)
	f.fee = newFeeBox(p, p.draft, -1, f.quote.Ask)
	f.to = newPayees(p, p.draft, f.quote.Ask, f.checked, s.showForm)
	label := kit.Entry(env.T("wallet.send.label.hint"))
	label.SetText(p.draft.label)
	label.OnChanged = func(t string) { p.draft.label = t }
	f.check = kit.Primary(env.T("wallet.send.check"), f.checked).Icon("arrow_forward")
	main := kit.Loose(
		kit.Card(env.T("wallet.send.to.title"), nil, f.to.body),
		kit.Card(env.T("wallet.send.fee.title"), nil, f.fee.body),
		kit.Card(env.T("wallet.send.more"), nil, kit.Form(
			kit.Field(env.T("wallet.send.label"), label).Help(env.T("wallet.send.label.help")),
			f.coins)))
	side := kit.Card(env.T("wallet.send.cost"), nil, kit.ColumnGap(16, f.sum, f.check))
	f.body = kit.Sides(640, main, kit.Top(side))
	f.showCoins()
	f.showHint()
	return f
}

// changed shows what the book has learned: names, fees.
func (f *form) changed() {
	f.to.changed()
	f.fee.changed()
	f.quote.Ask()
}

// askQuote asks what the payment would cost, when it can be paid as written.
func (f *form) askQuote() {
	req, p := f.p.book.request(f.p.draft)
	if p.any() {
		f.last = nil
		f.showHint()
		return
	}
	page.LoadKey(f.p.life, "quote", func(ctx context.Context) (view.SendQuote, error) {
		return f.p.env.Backend.QuoteSend(ctx, req)
	}, func(q view.SendQuote, err error) {
		if now, p := f.p.book.request(f.p.draft); p.any() || !sameRequest(now, req) {
			return // typed on meanwhile: the next quote is on its way
		}
		if err != nil {
			f.last = nil
			f.showProblem(req, err)
			return
		}
		f.last = &q
		f.to.clearAmounts()
		f.sum.Objects = []fyne.CanvasObject{f.p.quoteFacts(req, q)}
		f.p.root.Refresh()
	})
}

func sameRequest(a, b view.SendRequest) bool {
	if len(a.Outputs) != len(b.Outputs) || a.FeeRate != b.FeeRate || a.All != b.All || len(a.Coins) != len(b.Coins) {
		return false
	}
	for i := range a.Outputs {
		if a.Outputs[i] != b.Outputs[i] {
			return false
		}
	}
	for i := range a.Coins {
		if a.Coins[i] != b.Coins[i] {
			return false
		}
	}
	return true
}

// showHint says what is missing for a quote.
func (f *form) showHint() {
	f.sum.Objects = []fyne.CanvasObject{kit.Muted(f.p.env.T("wallet.send.cost.hint")).Wrap()}
	f.p.root.Refresh()
}

// showProblem puts the node's refusal where it belongs: too little money at
// the amount, all else where the cost would be.
func (f *form) showProblem(req view.SendRequest, err error) {
	if errors.Is(err, view.ErrFunds) {
		pr := f.p.env.Text.Error(err)
		f.to.short(f.p.env.Text.Explain(err))
		f.sum.Objects = []fyne.CanvasObject{kit.Hint(look.Danger, "", pr.Title, nil)}
	} else {
		f.sum.Objects = []fyne.CanvasObject{f.p.env.Kit.FailureLine(err, f.quote.Ask)}
	}
	f.p.root.Refresh()
}

// checked is a tap on the button: what is wrong is said at its field, else a
// fresh quote leads to the check.
func (f *form) checked() {
	if f.check.Disabled() { // Enter, while that is asked already
		return
	}
	req, p := f.p.book.request(f.p.draft)
	f.to.showProblems(p, f.fee)
	if p.any() {
		return
	}
	f.check.SetBusy(true)
	page.LoadKey(f.p.life, "check", func(ctx context.Context) (view.SendQuote, error) {
		return f.p.env.Backend.QuoteSend(ctx, req)
	}, func(q view.SendQuote, err error) {
		f.check.SetBusy(false)
		if now, p := f.p.book.request(f.p.draft); p.any() || !sameRequest(now, req) {
			return // something else was typed meanwhile: that is not what is to be checked
		}
		if err != nil {
			f.showProblem(req, err)
			return
		}
		f.last = &q
		f.s.showCheck(req, q)
	})
}

// showCoins tells which coins the payment is made with.
func (f *form) showCoins() {
	env, d := f.p.env, f.p.draft
	choose := kit.Secondary(env.T("wallet.send.coins.choose"), func() { f.p.goTo(page.WalletCoins, "") }).Small()
	row := kit.Between(kit.ColumnGap(2, kit.Body(env.T("wallet.send.coins")).Bold(), kit.Small(env.T("wallet.send.coins.auto")).Wrap()), choose)
	if len(d.coins) > 0 {
		clear := kit.Secondary(env.T("wallet.send.coins.clear"), func() {
			d.coins = nil
			f.showCoins()
			f.quote.Ask()
		}).Small()
		row = kit.Between(kit.ColumnGap(2, kit.Body(env.T("wallet.send.coins")).Bold(), kit.Small(env.N("wallet.send.coins.chosen", len(d.coins))).Wrap()),
			kit.Row(choose, clear))
	}
	f.coins.Objects = []fyne.CanvasObject{row}
	f.p.root.Refresh()
}

// quoteFacts spells a quote out in short.
func (p *Page) quoteFacts(req view.SendRequest, q view.SendQuote) fyne.CanvasObject {
	env := p.env
	facts := []kit.Fact{
		{Label: env.T("wallet.quote.amount"), Value: env.Text.Exact(q.Amount)},
		{Label: env.T("wallet.quote.fee"), Value: env.Text.Exact(q.Fee)},
		{Label: env.T("wallet.quote.total"), Value: env.Text.Exact(q.Total), Strong: true},
		{Label: env.T("wallet.quote.left"), Value: env.Text.Exact(q.Left)},
		{Label: env.T("wallet.quote.arrives"), Value: p.arrivalText(q.FeeRate)},
	}
	return kit.Facts(facts...)
}

// arrivalText says when a payment with a rate should be in a block.
func (p *Page) arrivalText(rate int64) string {
	seconds, blocks, ok := p.book.arrival(rate)
	if !ok {
		return p.env.T("wallet.arrives.unknown")
	}
	return p.env.N("wallet.arrives", blocks, "time", waitText(p.env, seconds))
}
