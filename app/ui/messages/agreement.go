package messages

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

// agreement is the question whether a message may go over the chain.
type agreement struct {
	chat   *chat
	req    view.MessageRequest
	quote  view.MessageQuote
	facts  *kit.FactsBox
	notes  *fyne.Container
	extra  *kit.AmountEntry
	field  *kit.FieldBox
	pay    *kit.Button
	asked  int
	chosen bool
}

// ask opens the question. pay sends over the chain for at most MaxPrice; wait
// keeps the message until both sides are online; stop is called when nothing
// is to be sent.
func (a *agreement) ask(q view.MessageQuote, send func(view.MessageRequest), stop func()) {
	T := a.chat.env.T
	var sheet *kit.Sheet
	then := func(change func(*view.MessageRequest)) func() {
		return func() {
			a.chosen = true
			sheet.Close()
			change(&a.req)
			send(a.req)
		}
	}
	a.facts, a.notes = kit.Facts(), kit.ColumnGap(8)
	a.pay = kit.Primary(T("messages.price.pay", "price", ""), then(func(r *view.MessageRequest) { r.MaxPrice = a.quote.Price }))
	actions := []*kit.Button{kit.Secondary(T("messages.cancel"), func() { sheet.Close() })}
	if a.req.Way != view.WayChain {
		actions = append(actions, kit.Secondary(T("messages.price.wait"), then(func(r *view.MessageRequest) { r.Way, r.Extra = view.WayDirect, 0 })))
	}
	content := kit.Column(a.facts)
	if q.LeastExtra > 0 || a.chat.contact == nil {
		content.Add(a.extraField(q.LeastExtra))
	}
	content.Add(a.notes)
	a.show(q)
	sheet = a.chat.env.Kit.Sheet(kit.SheetOptions{Title: T("messages.price.title"), Text: T("messages.price.text", "name", a.chat.name()), Content: content, Actions: append(actions, a.pay), Width: 560,
		Closed: func() {
			if !a.chosen {
				stop()
			}
		}})
	if q.LeastExtra > 0 && a.req.Extra == 0 {
		a.again(q.LeastExtra)
	}
}

// extraField asks what to pay on top, for one who wants more of strangers.
func (a *agreement) extraField(least types.Amount) fyne.CanvasObject {
	T := a.chat.env.T
	a.extra = a.chat.env.Kit.Amount()
	a.extra.SetAmount(max(least, a.req.Extra))
	a.field = kit.Field(T("messages.price.extra"), a.extra).Help(T("messages.price.extra.help"))
	if least > 0 {
		a.field.Help(T("messages.price.extra.least", "amount", a.chat.env.Text.Exact(least)))
	}
	a.extra.OnChanged = func(v types.Amount, err error) {
		if a.extra.Empty() {
			v, err = 0, nil
		}
		if err != nil {
			a.field.SetError(err.Error())
			a.pay.Disable()
			return
		}
		a.field.SetError("")
		a.again(v)
	}
	return a.field
}

// again asks for the price with another extra, when typing rests.
func (a *agreement) again(extra types.Amount) {
	a.req.Extra = extra
	a.asked++
	n := a.asked
	a.pay.Disable()
	a.chat.scope.After(300*time.Millisecond, func() {
		if n != a.asked || a.chosen {
			return
		}
		page.LoadKey(a.chat.scope, "agree", func(ctx context.Context) (view.MessageQuote, error) {
			return a.chat.env.Backend.QuoteMessage(ctx, a.req)
		}, func(q view.MessageQuote, err error) {
			if n != a.asked {
				return
			}
			if err != nil {
				set(a.notes, a.chat.env.Kit.FailureLine(err, nil))
				return
			}
			a.show(q)
		})
	})
}

// show shows a price.
func (a *agreement) show(q view.MessageQuote) {
	env := a.chat.env
	T := env.T
	a.quote = q
	a.facts.Set(kit.Fact{Label: T("messages.pay.to"), Value: a.chat.name()}, kit.Fact{Label: T("messages.price.size"), Value: env.Text.Bytes(int64(q.Bytes)) + " · " + env.N("messages.records", q.Records)},
		kit.Fact{Label: T("messages.price"), Value: env.Text.Exact(q.Price), Strong: true})
	var notes []fyne.CanvasObject
	if !q.Affordable {
		notes = append(notes, kit.Hint(look.Warn, "", T("messages.price.poor"), nil))
		a.pay.Disable()
	} else {
		a.pay.Enable()
	}
	for _, n := range q.Notes {
		notes = append(notes, kit.Hint(look.Info, "", n, nil))
	}
	set(a.notes, notes...)
	a.pay.SetLabel(T("messages.price.pay", "price", env.Text.Exact(q.Price)))
}
