package market

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// The ways to choose what an advertisement pays.
const (
	payLeast = iota // it waits until nobody pays more
	payNext         // enough for the next block
	payOwn          // what the person says
)

// post writes an advertisement, with its price as it stands now.
type post struct {
	section
	draft  *view.ListingRequest // kept by the page
	mode   int
	asked  int
	priced *priced
	busy   bool
	change *page.Coalesce

	title *kit.FieldBox
	fee   *kit.AmountEntry
	feeAt *fyne.Container
	price *fyne.Container
	queue *fyne.Container
	ok    *kit.Button
}

// priced is an advertisement with what it would cost.
type priced struct {
	req   view.ListingRequest
	quote view.ListingQuote
}

func newPost(s section) *post {
	p := &post{section: s, draft: &s.page.kept.draft, price: kit.Stack(), queue: kit.Stack(), feeAt: kit.Stack()}
	if p.draft.Intent == "" {
		p.draft.Intent = view.IntentSell
	}
	if p.draft.Fee > 0 {
		p.mode = payOwn
	}
	T := p.env.T
	p.ok = kit.Primary(T("market.check"), p.check)
	p.ok.Disable()
	p.change = page.NewCoalesce(p.scope, time.Second, func() { p.loadQueue(); p.quoteNow() })
	cost := kit.Card(T("market.cost"), nil, kit.Column(p.bidding(), p.feeAt, p.price, p.ok))
	queue := kit.Card(T("market.queue"), nil, p.queue)
	p.body = kit.Stack(scroll(kit.Sides(760, kit.Top(kit.Card(T("market.write.title"), nil, p.form())), kit.Top(kit.Loose(cost, queue)))))
	p.say(kit.Muted(T("market.cost.later")).Wrap())
	p.change.Ask()
	return p
}

// form is what the advertisement says.
func (p *post) form() fyne.CanvasObject {
	T, d := p.env.T, p.draft
	line := func(hint, given string, changed func(string)) *kit.EntryBox {
		e := kit.Entry(hint)
		e.SetText(given)
		e.OnChanged = func(s string) { changed(s); p.changed() }
		return e
	}
	at := 0
	choices := make([]kit.Choice, len(intents))
	for i, v := range intents {
		choices[i] = kit.Choice{Title: intentName(p.env, v)}
		if v == d.Intent {
			at = i
		}
	}
	choices[0].Text, choices[1].Text, choices[2].Text = T("market.intent.sell.text"), T("market.intent.buy.text"), T("market.intent.service.text")
	intent := kit.RadioColumns(150, choices, at, func(i int) { d.Intent = intents[i]; p.changed() })
	p.title = kit.Field(T("market.form.title"), line(T("market.form.title.hint"), d.Title, func(s string) { d.Title = strings.TrimSpace(s); p.title.SetError("") }))
	words := kit.MultiLine(T("market.form.text.hint"), 6)
	words.SetText(d.Text)
	words.OnChanged = func(s string) { d.Text = strings.TrimSpace(s); p.changed() }
	price := p.env.Kit.Amount()
	price.SetAmount(d.Price)
	asks := kit.Field(T("market.form.price"), price).Help(T("market.form.price.help"))
	price.OnChanged = func(v types.Amount, err error) {
		if price.Empty() {
			v, err = 0, nil
		}
		if err != nil {
			asks.SetError(err.Error())
			return
		}
		asks.SetError("")
		d.Price = v
		p.changed()
	}
	category := kit.Field(T("market.category"), line(T("market.category.hint"), d.Category, func(s string) { d.Category = strings.TrimSpace(s) }))
	languages := kit.Field(T("market.form.languages"), line(T("market.form.languages.hint"), strings.Join(d.Languages, ", "), func(s string) { d.Languages = languagesOf(s) })).Help(T("market.form.languages.help"))
	reach := kit.SwitchRow(T("market.form.reach"), T("market.form.reach.help"), d.Reach, func(b bool) { d.Reach = b; p.changed() })
	return kit.Form(intent, p.title, kit.Field(T("market.form.text"), words), kit.Columns(200, asks, category, languages), reach)
}

// languagesOf reads a list of languages such as “en, zh”.
func languagesOf(s string) (out []string) {
	for _, f := range strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return r == ',' || r == ' ' || r == ';' || r == '，' || r == '、' }) {
		out = append(out, f)
	}
	return out
}

// bidding chooses what the advertisement pays.
func (p *post) bidding() fyne.CanvasObject {
	T := p.env.T
	p.fee = p.env.Kit.Amount()
	p.fee.SetAmount(p.draft.Fee)
	field := kit.Field(T("market.fee.own"), p.fee)
	p.fee.OnChanged = func(v types.Amount, err error) {
		if p.fee.Empty() {
			v, err = 0, nil
		}
		if err != nil {
			field.SetError(err.Error())
			p.stale()
			return
		}
		field.SetError("")
		p.draft.Fee = v
		p.changed()
	}
	set(p.feeAt, field)
	show := func() {
		if p.mode == payOwn {
			p.feeAt.Show()
		} else {
			p.feeAt.Hide()
		}
	}
	show()
	return kit.Radio([]kit.Choice{
		{Title: T("market.fee.least"), Text: T("market.fee.least.text")}, {Title: T("market.fee.next"), Text: T("market.fee.next.text")}, {Title: T("market.fee.own"), Text: T("market.fee.own.text")},
	}, p.mode, func(i int) {
		p.mode = i
		show()
		p.body.Refresh()
		p.changed()
	})
}

// stale forgets the price: it was for something else.
func (p *post) stale() {
	p.asked++
	p.priced = nil
	p.ok.Disable()
}

// changed asks for the price when typing rests.
func (p *post) changed() {
	p.stale()
	n := p.asked
	p.scope.After(400*time.Millisecond, func() {
		if n == p.asked {
			p.quoteNow()
		}
	})
}

func (p *post) say(o fyne.CanvasObject) {
	set(p.price, o)
	p.body.Refresh()
}

// quoteNow asks what the advertisement costs as it is.
func (p *post) quoteNow() {
	req, n, mode := *p.draft, p.asked, p.mode
	if req.Title == "" {
		p.say(kit.Muted(p.env.T("market.cost.later")).Wrap())
		return
	}
	if mode != payOwn {
		req.Fee = 0
	}
	page.LoadKey(p.scope, "quote", func(ctx context.Context) (priced, error) { return quote(ctx, p.env.Backend, req, mode) }, func(v priced, err error) {
		if n != p.asked || p.busy {
			return
		}
		if err != nil {
			p.ok.Disable()
			p.say(p.env.Kit.FailureLine(err, p.quoteNow))
			return
		}
		p.priced = &v
		p.showPrice(v.quote)
	})
}

// quote asks for a price. To be in the next block, what that takes for this
// advertisement is asked first.
func quote(ctx context.Context, b view.Market, req view.ListingRequest, mode int) (priced, error) {
	q, err := b.QuoteListing(ctx, req)
	if err == nil && mode == payNext && q.Rank > 1 {
		req.Fee = q.ToWin
		q, err = b.QuoteListing(ctx, req)
	}
	return priced{req, q}, err
}

func (p *post) facts(q view.ListingQuote) []kit.Fact {
	T := p.env.T
	facts := []kit.Fact{{Label: T("market.cost.all"), Value: p.env.Text.Exact(q.Fee), Strong: true}}
	if q.Preparation > 0 {
		facts = append(facts, kit.Fact{Label: T("market.cost.prepare"), Value: p.env.Text.Exact(q.Preparation)})
	}
	rank := T("market.rank", "n", p.env.Text.Number(int64(q.Rank)))
	if q.Rank == 1 {
		rank = T("market.rank.first")
	}
	facts = append(facts, kit.Fact{Label: T("market.rank.label"), Value: rank})
	if q.Rank > 1 {
		facts = append(facts, kit.Fact{Label: T("market.towin"), Value: p.env.Text.Exact(q.ToWin)})
	}
	shown := p.env.N("market.blocks", int(q.Blocks))
	if !q.Ends.IsZero() {
		shown += " · " + T("market.until", "when", p.env.Text.Date(q.Ends))
	}
	return append(facts, kit.Fact{Label: T("market.shown.for"), Value: shown})
}

func (p *post) showPrice(q view.ListingQuote) {
	T := p.env.T
	col := kit.Column(kit.Facts(p.facts(q)...))
	if q.Preparation > 0 {
		col.Add(kit.Small(T("market.cost.prepare.text")).Wrap())
	}
	if !q.Affordable {
		col.Add(kit.Hint(look.Warn, T("market.poor"), T("market.poor.text"), kit.Secondary(T("market.receive"), func() {
			p.env.Go(page.Route{Page: page.Wallet, Tab: page.WalletReceive})
		}).Small()))
	}
	for _, n := range q.Notes {
		col.Add(kit.Hint(look.Info, "", n, nil))
	}
	if q.Affordable && !p.busy {
		p.ok.Enable()
	} else {
		p.ok.Disable()
	}
	p.say(col)
}

// loadQueue draws who waits for the next block, and what they pay.
func (p *post) loadQueue() {
	page.LoadKey(p.scope, "queue", p.env.Backend.AdPrice, func(a view.AdPrice, err error) {
		if err != nil {
			set(p.queue, p.env.Kit.FailureLine(err, p.loadQueue))
			p.body.Refresh()
			return
		}
		set(p.queue, queue(p.env, a))
		p.body.Refresh()
	})
}

// mostQueued is how many waiting advertisements are drawn.
const mostQueued = 8

// queue draws the auction for the next block: each waiting one with a bar as
// long as what it pays.
func queue(env *page.Env, a view.AdPrice) fyne.CanvasObject {
	T := env.T
	col := kit.Column(kit.Facts(kit.Fact{Label: T("market.queue.towin"), Value: env.Text.Exact(a.ToWin), Strong: true}, kit.Fact{Label: T("market.queue.least"), Value: env.Text.Exact(a.Least)},
		kit.Fact{Label: T("market.queue.block"), Value: env.Text.Duration(time.Duration(a.BlockTime) * time.Second)}))
	if len(a.Waiting) == 0 {
		col.Add(kit.Muted(T("market.queue.none")).Wrap())
	}
	for i, w := range a.Waiting {
		if i == mostQueued {
			col.Add(kit.Small(env.N("market.queue.more", len(a.Waiting)-mostQueued)))
			break
		}
		bar := kit.Bar()
		bar.Set(float64(w.Fee) / float64(max(1, a.Waiting[0].Fee)))
		name := kit.Body(w.Title).Truncate()
		if w.Mine {
			bar.SetTone(look.Success)
			name = kit.Strong(T("market.queue.mine", "title", w.Title)).Truncate()
		}
		col.Add(kit.Tight(kit.RowGap(8, kit.Small(env.Text.Number(int64(i+1))), kit.Grow(name), kit.Small(env.Text.Amount(w.Fee)).Tone(look.Plain)), bar))
	}
	return col
}

// check shows the advertisement as others will see it, and all it costs.
func (p *post) check() {
	if p.priced == nil {
		return
	}
	T, v := p.env.T, *p.priced
	r := v.req
	seen := view.Listing{Intent: r.Intent, Title: r.Title, Text: r.Text, Category: r.Category, Price: r.Price, Languages: r.Languages}
	extra := kit.Column(kit.Small(T("market.preview")), kit.Box(advert(p.env, seen)))
	for _, n := range v.quote.Notes {
		extra.Add(kit.Hint(look.Info, "", n, nil))
	}
	p.env.Kit.Confirm(kit.ConfirmOptions{Title: T("market.check.title"), Text: T("market.check.text"), Facts: p.facts(v.quote), Extra: extra,
		Action: T("market.check.do", "amount", p.env.Text.Exact(v.quote.Fee)), Do: func() { p.pay(v) }})
}

// pay posts what was shown, for no more than was shown.
func (p *post) pay(v priced) {
	T, req := p.env.T, v.req
	req.Fee, req.Most = v.quote.Fee-v.quote.Preparation, v.quote.Fee
	if p.busy {
		return
	}
	p.busy = true
	p.ok.SetBusy(true)
	written := *p.draft
	*p.draft = view.ListingRequest{} // whoever comes back before the answer shall not pay again
	page.Do(p.scope, page.Action{Title: T("market.posting"), Fixed: true, Done: T("market.posted.done")}, func(ctx context.Context, _ page.Say) (view.Listing, error) {
		l, err := p.env.Backend.PostListing(ctx, req)
		if err != nil {
			p.env.Post(func() {
				if !p.scope.Alive() && p.draft.Title == "" && p.draft.Text == "" {
					*p.draft = written
				}
			})
		}
		return l, err
	}, func(l view.Listing, err error) {
		p.busy = false
		p.ok.SetBusy(false)
		if err != nil {
			*p.draft = written
			p.stale()
			p.say(p.env.Kit.FailureLine(err, p.quoteNow)) // what was written stays
			return
		}
		p.env.Toast(look.Success, T("market.posted.done"))
		p.page.open(page.MarketMine, "")
	})
}

func (p *post) event(e view.Event) {
	if e.Kind == view.EventMarket || e.Kind == view.EventTip {
		p.change.Ask()
	}
}

func (p *post) refresh() { p.loadQueue(); p.quoteNow() }
