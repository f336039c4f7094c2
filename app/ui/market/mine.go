package market

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

// mine lists our own advertisements: waiting, shown, over.
type mine struct {
	section
	loaded bool
	change *page.Coalesce
}

// mostMine is how many of our own are listed.
const mostMine = 200

func newMine(s section) *mine {
	m := &mine{section: s}
	m.body = kit.Stack(kit.Loading(5))
	m.change = page.NewCoalesce(m.scope, 500*time.Millisecond, m.refresh)
	m.change.Ask()
	return m
}

func (m *mine) event(e view.Event) {
	if e.Kind == view.EventMarket {
		m.change.Ask()
	}
}

func (m *mine) refresh() {
	page.LoadKey(m.scope, "mine", func(ctx context.Context) ([]view.Listing, error) {
		return m.env.Backend.Listings(ctx, view.ListingsQuery{Mine: true, Page: view.Page{Limit: mostMine}})
	}, func(all []view.Listing, err error) {
		if err != nil {
			if !m.loaded {
				set(m.body, m.env.Kit.Failure(err, m.refresh))
			}
			return
		}
		m.loaded = true
		m.draw(all)
	})
}

func (m *mine) draw(all []view.Listing) {
	T := m.env.T
	if len(all) == 0 {
		set(m.body, kit.Empty("storefront", T("market.none.mine"), T("market.none.mine.text"), kit.Primary(T("market.post"), m.page.Create).Icon("add")))
		return
	}
	groups := []struct {
		name string
		in   func(view.Listing) bool
	}{
		{T("market.mine.waiting"), func(l view.Listing) bool { return l.State == view.ListingWaiting }},
		{T("market.mine.shown"), func(l view.Listing) bool { return l.State == view.ListingShown }},
		{T("market.mine.over"), func(l view.Listing) bool { return l.State != view.ListingWaiting && l.State != view.ListingShown }},
	}
	col := kit.Loose()
	for _, g := range groups {
		rows := kit.ColumnGap(0)
		for _, l := range all {
			if g.in(l) {
				if len(rows.Objects) > 0 {
					rows.Add(kit.Divider())
				}
				rows.Add(m.row(l))
			}
		}
		if len(rows.Objects) > 0 {
			col.Add(kit.Card(g.name, nil, rows))
		}
	}
	m.redraw(col)
}

// row is one of ours, with what can be done about it.
func (m *mine) row(l view.Listing) fyne.CanvasObject {
	T := m.env.T
	state, tone := stateName(m.env, l.State)
	words := kit.ColumnGap(4, kit.Strong(l.Title).Wrap(), kit.Flow(kit.Pill(tone, state), kit.Pill(intentTone(l.Intent), intentName(m.env, l.Intent)),
		kit.Small(priceText(m.env, l.Price)), kit.Small(T("market.mine.paid", "amount", m.env.Text.Amount(l.Fee))), kit.Small(left(m.env, l))))
	actions := kit.Flow()
	switch l.State {
	case view.ListingWaiting:
		actions.Add(kit.Secondary(T("market.raise"), func() { m.raise(l) }).Icon("arrow_upward").Small())
		actions.Add(kit.Ghost(T("market.withdraw"), func() { m.withdraw(l) }).Small())
	case view.ListingShown:
		actions.Add(kit.Ghost(T("market.withdraw"), func() { m.withdraw(l) }).Small())
	default:
		actions.Add(kit.Ghost(T("market.again"), func() { m.again(l) }).Icon("refresh").Small())
	}
	return kit.PadXY(0, 10, kit.Between(kit.Tap(words, func() { m.page.open(page.MarketListing, l.ID) }).SetLabel(l.Title), actions))
}

// again writes a new advertisement with the words of an old one.
func (m *mine) again(l view.Listing) {
	m.page.kept.draft = view.ListingRequest{Intent: l.Intent, Title: l.Title, Text: l.Text, Category: l.Category, Price: l.Price, Languages: l.Languages}
	m.page.open(page.MarketPost, "")
}

// raise lets a waiting advertisement pay more: what winning the next block
// takes, or another fee.
func (m *mine) raise(l view.Listing) {
	page.LoadKey(m.scope, "raise", m.env.Backend.AdPrice, func(a view.AdPrice, err error) {
		if err != nil {
			m.env.Fail(err)
			return
		}
		m.raiseSheet(l, a)
	})
}

func (m *mine) raiseSheet(l view.Listing, a view.AdPrice) {
	T := m.env.T
	fee := m.env.Kit.Amount()
	fee.SetAmount(raiseToWin(l, a))
	field := kit.Field(T("market.raise.fee"), fee).Help(T("market.raise.help", "amount", m.env.Text.Exact(l.Fee)))
	first := len(a.Waiting) > 0 && a.Waiting[0].ID == l.ID
	content := kit.Form(field, queue(m.env, a))
	if first {
		content = kit.Form(kit.Hint(look.Success, "", T("market.raise.first"), nil), field, queue(m.env, a))
	}
	var sheet *kit.Sheet
	var ok *kit.Button
	do := func() {
		v, err := fee.Value()
		if err != nil || v <= l.Fee {
			why := T("market.raise.more", "amount", m.env.Text.Exact(l.Fee))
			if err != nil && !fee.Empty() {
				why = err.Error()
			}
			field.SetError(why)
			return
		}
		ok.SetBusy(true)
		page.Do(m.scope, page.Action{Quiet: true, Fixed: true}, func(ctx context.Context, _ page.Say) (view.Listing, error) {
			return m.env.Backend.RaiseListing(ctx, view.RaiseListingRequest{ID: l.ID, Fee: v, Most: v})
		}, func(now view.Listing, err error) {
			ok.SetBusy(false)
			if err != nil {
				if !sheet.Open() {
					m.env.Fail(err)
				}
				field.SetError(m.env.Text.Explain(err))
				return
			}
			sheet.Close()
			m.env.Toast(look.Success, T("market.raised", "amount", m.env.Text.Amount(now.Fee)))
			m.refresh()
		})
	}
	ok = kit.Primary(T("market.raise.do"), do)
	sheet = m.env.Kit.Sheet(kit.SheetOptions{Title: T("market.raise.title"), Text: l.Title, Content: content, Width: 520,
		Actions: []*kit.Button{kit.Secondary(T("market.cancel"), func() { sheet.Close() }), ok}})
	m.env.FocusOn(fee.Entry)
}

// raiseToWin is the whole fee that puts a waiting advertisement before all
// others now. What takes its place pays for its own way, too: a unit a byte.
func raiseToWin(l view.Listing, a view.AdPrice) types.Amount {
	fee := a.ToWin
	for _, w := range a.Waiting {
		if w.ID == l.ID {
			fee = max(fee, w.Fee+w.Fee/max(w.Rate, 1)+1)
		}
	}
	return fee
}

// withdraw takes one of ours back, after its price was shown.
func (m *mine) withdraw(l view.Listing) {
	T := m.env.T
	page.LoadKey(m.scope, "withdraw", func(ctx context.Context) (view.WithdrawQuote, error) { return m.env.Backend.QuoteWithdraw(ctx, l.ID) }, func(q view.WithdrawQuote, err error) {
		if err != nil {
			m.env.Fail(err)
			return
		}
		if !q.Affordable {
			m.env.Fail(view.Errorf(view.CodeFunds, "%s", T("market.withdraw.poor", "amount", m.env.Text.Exact(q.Fee))))
			return
		}
		text := T("market.withdraw.shown")
		facts := []kit.Fact{{Label: T("market.withdraw.cost"), Value: m.env.Text.Exact(q.Fee), Strong: true}}
		if q.Instead > 0 {
			text = T("market.withdraw.waiting")
			facts = append(facts, kit.Fact{Label: T("market.withdraw.instead"), Value: m.env.Text.Exact(q.Instead)})
		}
		notes := kit.Column(kit.Strong(l.Title).Wrap())
		for _, n := range q.Notes {
			notes.Add(kit.Hint(look.Info, "", n, nil))
		}
		m.env.Kit.Confirm(kit.ConfirmOptions{Title: T("market.withdraw.title"), Text: text, Facts: facts, Extra: notes, Tone: look.Danger, Action: T("market.withdraw.do", "amount", m.env.Text.Exact(q.Fee)), Do: func() {
			m.withdrawNow(l, q)
		}})
	})
}

func (m *mine) withdrawNow(l view.Listing, q view.WithdrawQuote) {
	T := m.env.T
	page.Do(m.scope, page.Action{Title: T("market.withdrawing"), Fixed: true, Done: T("market.withdrawn")}, func(ctx context.Context, _ page.Say) (view.Sent, error) {
		return m.env.Backend.WithdrawListing(ctx, view.WithdrawRequest{ID: l.ID, Most: q.Fee})
	}, func(_ view.Sent, err error) {
		if err != nil {
			m.env.Fail(err)
			return
		}
		m.env.Toast(look.Success, T("market.withdrawn"))
		m.refresh()
	})
}
