package wallet

import (
	"context"
	"slices"
	"time"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// unsure is a payment of which nobody knows whether the node took it.
type unsure struct {
	req   view.SendRequest
	quote view.SendQuote
	began time.Time
	err   error
}

// send hands the payment to the node, once. It goes on when the page is left:
// a request that was cut off on its way would leave everybody unsure.
func (s *send) send(req view.SendRequest, q view.SendQuote) {
	p, d, env := s.p, s.p.draft, s.p.env
	d.sending = true
	s.leave = nil // no way back while it is on its way
	began := env.Now()
	title := env.T("wallet.sending", "amount", env.Text.Exact(q.Amount))
	page.Do(p.scope, page.Action{Title: title, Text: env.T("wallet.sending.text"), Fixed: true, Done: env.T("wallet.sent.toast")},
		func(ctx context.Context, _ page.Say) (view.Sent, error) {
			sent, err := env.Backend.Send(ctx, req)
			env.Post(func() { d.sent(p.scope, req, q, began, err) })
			return sent, err
		},
		func(sent view.Sent, err error) {
			now, ok := p.now.(*send) // another one, when the tab was left meanwhile
			if !ok {
				p.tellSent(sent, err)
				return
			}
			now.showOutcome(sent, err, req, q)
		})
}

// sent notes how a payment ended, also for a page that was left.
func (d *draft) sent(scope *page.Scope, req view.SendRequest, q view.SendQuote, began time.Time, err error) {
	d.sending = false
	switch {
	case err == nil:
		d.clear()
	case !refused(err):
		d.unsure = &unsure{req: req, quote: q, began: began, err: err}
	}
	if !scope.Alive() && d.over != nil {
		d.over() // the page was made anew meanwhile
	}
}

// tellSent tells the outcome while another tab is shown.
func (p *Page) tellSent(_ view.Sent, err error) {
	if err != nil {
		p.env.Fail(err)
		return
	}
	p.env.Toast(look.Success, p.env.T("wallet.sent.toast"))
}

// refused tells errors with which certainly nothing was sent.
func refused(err error) bool {
	switch view.AsError(err).Code {
	case view.CodeInvalid, view.CodeUnauthorized, view.CodeNotFound, view.CodeConflict, view.CodeTooLarge,
		view.CodeFunds, view.CodeWalletLocked, view.CodeWrongPassphrase, view.CodeRefused:
		return true
	}
	return false
}

// showSending is what a page shows that was made anew meanwhile.
func (s *send) showSending() {
	env := s.p.env
	s.show(kit.MaxWidth(560, kit.Panel(kit.Empty("send", env.T("wallet.sending.title"), env.T("wallet.sending.text"), nil))), nil)
}

func (s *send) showOutcome(sent view.Sent, err error, req view.SendRequest, q view.SendQuote) {
	switch {
	case err == nil:
		s.showSent(sent, req, q)
	case s.p.draft.unsure != nil:
		s.showUnsure(s.p.draft.unsure)
	default:
		env := s.p.env
		again := kit.Primary(env.T("wallet.check.back"), s.showForm).Icon("arrow_back")
		s.show(kit.MaxWidth(560, kit.Panel(kit.ColumnGap(16, env.Kit.Failure(err, nil),
			kit.Muted(env.T("wallet.send.refused")).Wrap(), kit.Center(again)))), s.showForm)
	}
}

// showSent tells that a payment is on its way.
func (s *send) showSent(sent view.Sent, req view.SendRequest, q view.SendQuote) {
	p, env := s.p, s.p.env
	facts := kit.Facts(
		kit.Fact{Label: env.T("wallet.quote.amount"), Value: env.Text.Exact(q.Amount)},
		kit.Fact{Label: env.T("wallet.quote.fee"), Value: env.Text.Exact(sent.Fee)},
		kit.Fact{Label: env.T("wallet.quote.arrives"), Value: p.arrivalText(req.FeeRate)},
		kit.Fact{Label: env.T("wallet.tx.id"), Object: env.Kit.CopyLine(sent.TxID)},
	)
	open := kit.Primary(env.T("wallet.sent.open"), func() { p.goTo(page.WalletTx, sent.TxID) })
	more := kit.Secondary(env.T("wallet.sent.again"), s.showForm)
	body := kit.Empty("check_circle", env.T("wallet.sent.title"), env.T("wallet.sent.text"), nil)
	s.show(kit.MaxWidth(640, kit.Panel(kit.ColumnGap(16, body, facts, kit.Flow(open, more)))), s.showForm)
	env.FocusOn(open)
	p.book.refresh(true)
}

// showUnsure tells that nobody knows whether a payment went out, and how to
// find out. Nothing can be sent before that was looked at.
func (s *send) showUnsure(u *unsure) {
	env := s.p.env
	var lookUp *kit.Button
	lookUp = kit.Primary(env.T("wallet.unsure.look"), func() {
		lookUp.SetBusy(true)
		page.LoadKey(s.p.life, "unsure", func(ctx context.Context) ([]view.Movement, error) {
			return env.Backend.History(ctx, view.Page{Limit: movesAtOnce})
		}, func(moves []view.Movement, err error) {
			lookUp.SetBusy(false)
			s.looked(u, moves, err)
		})
	}).Icon("search")
	history := kit.Secondary(env.T("wallet.unsure.history"), func() { s.p.goTo(page.WalletHistory, "") }).Icon("history")
	s.show(kit.MaxWidth(640, kit.Panel(kit.ColumnGap(16,
		kit.Hint(look.Warn, env.T("wallet.unsure.title"), env.T("wallet.unsure.text", "amount", env.Text.Exact(u.quote.Amount)), nil),
		env.Kit.FailureLine(u.err, nil), kit.Flow(lookUp, history)))), nil)
}

// looked tells what the history says about a payment.
func (s *send) looked(u *unsure, moves []view.Movement, err error) {
	p, env := s.p, s.p.env
	if err != nil {
		u.err = err
		s.showUnsure(u)
		return
	}
	for _, m := range moves {
		if u.is(m) {
			p.draft.clear()
			s.showSent(view.Sent{TxID: m.TxID, Fee: m.Fee}, u.req, u.quote)
			return
		}
	}
	again := kit.Primary(env.T("wallet.unsure.again"), func() {
		p.draft.unsure = nil
		s.showForm()
	})
	s.show(kit.MaxWidth(640, kit.Panel(kit.ColumnGap(16,
		kit.Hint(look.Info, env.T("wallet.unsure.none"), env.T("wallet.unsure.none.text"), nil), kit.Flow(again)))), nil)
}

// clockSlack is how far the node's clock may be from the app's.
const clockSlack = 2 * time.Minute

// is tells whether a movement is the payment.
func (u *unsure) is(m view.Movement) bool {
	if m.Direction == view.DirectionIn || failed(m) || m.Time.Before(u.began.Add(-clockSlack)) {
		return false
	}
	given := amounts(u.req, u.quote)
	for i, o := range u.req.Outputs {
		if !slices.ContainsFunc(m.Parties, func(p view.Party) bool { return p.Address == o.Address && p.Amount == given[i] }) {
			return m.Direction == view.DirectionSelf && m.Amount == u.quote.Fee // to ourselves: no party is named
		}
	}
	return true
}
