package wallet

import (
	"context"
	"strconv"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// number is a height in a route.
func number(height uint32) string { return strconv.FormatUint(uint64(height), 10) }

// bump asks how much more a waiting transaction should pay than its rate of now
// (0: not known), and replaces it.
func (p *Page) bump(m view.Movement, rate int64) {
	env := p.env
	d := newDraft()
	d.speed = view.FeeFast
	note := kit.Column()
	put(note)
	fee := newFeeBox(p, d, rate, func() {})
	fee.field.Help(env.T("wallet.bump.own"))
	var s *kit.Sheet
	var ok *kit.Button
	run := func() {
		wanted, problem := p.book.feeRate(d)
		fee.field.SetError(problem)
		if problem != "" {
			return
		}
		ok.SetBusy(true)
		page.Do(p.scope, page.Action{Quiet: true, Fixed: true}, func(ctx context.Context, _ page.Say) (view.Sent, error) {
			return env.Backend.Bump(ctx, view.BumpRequest{TxID: m.TxID, FeeRate: wanted})
		}, func(sent view.Sent, err error) {
			ok.SetBusy(false)
			if err != nil {
				if !s.Open() {
					env.Fail(err)
				}
				put(note, env.Kit.FailureLine(err, nil))
				s.Refresh()
				return
			}
			s.Close()
			env.Toast(look.Success, env.T("wallet.bump.done", "fee", env.Text.Exact(sent.Fee)))
			p.book.refresh(true)
			p.goTo(page.WalletTx, sent.TxID)
		})
	}
	ok = kit.Primary(env.T("wallet.bump.button"), run)
	cancel := kit.Secondary(env.T("wallet.cancel"), func() { s.Close() })
	content := kit.ColumnGap(14, kit.Facts(kit.Fact{Label: env.T("wallet.bump.now"), Value: env.Text.Exact(m.Fee)}), fee.body, note)
	s = env.Kit.Sheet(kit.SheetOptions{Title: env.T("wallet.bump"), Text: env.T("wallet.bump.text"), Content: content, Actions: []*kit.Button{cancel, ok}, Width: 560})
}
