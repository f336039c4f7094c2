package work

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

// quoteGap is the least time between two quotes while a bid moves.
const quoteGap = 300 * time.Millisecond

// sliderSteps is how finely the slider divides its scale.
const sliderSteps = 400

// bidPanel chooses a bid: a slider over the order book, the exact amount, what
// rank that is and when work is likely to begin.
type bidPanel struct {
	env     *page.Env
	scope   *page.Scope
	already types.Amount // what the job to be raised still has; 0 for a new one
	book    view.OrderBook
	loaded  bool
	bid     types.Amount
	bad     bool // what was typed is no amount
	scale   scale
	changed func(types.Amount) // a person chose another bid
	moved   func()             // the layout changed
	submit  func()             // Enter was pressed; may be nil

	entry   *kit.EntryBox
	field   *kit.FieldBox
	slider  *kit.SliderBox
	chips   *fyne.Container
	rank    *kit.Text
	start   *kit.Text
	explain *kit.Text
	ladder  *ladder
	title   *kit.Text
	failed  *fyne.Container
	object  fyne.CanvasObject
}

// newBidPanel makes a panel; label names the amount.
func newBidPanel(env *page.Env, scope *page.Scope, label string, changed func(types.Amount), moved func()) *bidPanel {
	p := &bidPanel{env: env, scope: scope, changed: changed, moved: moved}
	p.entry = kit.Entry("0.00")
	p.entry.OnChanged = p.typed
	p.entry.OnSubmitted = func(string) {
		if p.submit != nil {
			p.submit()
		}
	}
	p.field = kit.Field(label, p.entry)
	p.slider = kit.Slider(kit.SliderOptions{Min: 0, Max: 1, Step: 1.0 / sliderSteps, Changed: p.slid})
	p.chips = kit.Flow()
	p.rank, p.start, p.explain = kit.Heading(""), kit.Strong("").Wrap(), kit.Small("").Wrap()
	p.ladder, p.title = newLadder(env), kit.Strong("").Wrap()
	p.failed = kit.Stack()
	left := kit.Column(p.field, p.slider, p.chips, kit.Tight(p.rank, p.start, p.explain), p.failed)
	right := kit.ColumnGap(8, p.title, p.ladder.box)
	p.object = kit.Columns(300, left, right)
	return p
}

// load asks for the order book of a dapp. job is left out of it, as its own
// bid is what is raised; then is called when the book is there.
func (p *bidPanel) load(dapp, job string, then func()) {
	page.LoadKey(p.scope, "book", func(ctx context.Context) (view.OrderBook, error) {
		return p.env.Backend.OrderBook(ctx, dapp)
	}, func(b view.OrderBook, err error) {
		p.failed.Objects = nil
		if err != nil {
			p.failed.Objects = []fyne.CanvasObject{p.env.Kit.FailureLine(err, func() { p.load(dapp, job, then) })}
			p.failed.Refresh()
			p.moved()
			return
		}
		p.book, p.loaded = without(b, job), true
		p.show()
		if then != nil {
			then()
		}
	})
}

// usual is what a person who chose nothing is shown.
func (p *bidPanel) usual() types.Amount {
	return max(p.book.Suggested, p.book.Least, 1)
}

// set shows a bid that was chosen elsewhere.
func (p *bidPanel) set(a types.Amount) {
	p.bid, p.bad = a, false
	p.field.SetError("")
	p.write(a)
	p.show()
}

// write puts an amount into the entry, as if nobody had typed.
func (p *bidPanel) write(a types.Amount) {
	fn := p.entry.OnChanged
	p.entry.OnChanged = nil
	p.entry.SetText(a.String())
	p.entry.OnChanged = fn
}

func (p *bidPanel) slid(place float64) {
	p.bid, p.bad = p.scale.at(place), false
	p.field.SetError("")
	p.write(p.bid)
	p.stand()
	p.changed(p.bid)
}

func (p *bidPanel) typed(s string) {
	a, err := p.env.Text.ParseAmount(s)
	switch {
	case err != nil:
		p.wrong(err.Error())
		return
	case p.loaded && a < p.book.Least:
		p.wrong(p.env.T("work.bid.least", "amount", p.env.Text.Amount(p.book.Least)))
		return
	}
	p.field.SetError("")
	p.bid, p.bad = a, false
	p.slider.Set(p.scale.place(a))
	p.stand()
	p.changed(a)
}

func (p *bidPanel) wrong(s string) {
	p.bad = true
	p.field.SetError(s)
	p.moved()
	p.changed(0)
}

// valid tells whether there is a bid that can be paid.
func (p *bidPanel) valid() bool { return !p.bad && p.bid > 0 }

// show draws all anew: the book, or the bid, changed from outside.
func (p *bidPanel) show() {
	if !p.loaded {
		return
	}
	p.scale = scaleFor(&p.book, p.bid)
	p.slider.Set(p.scale.place(p.bid))
	p.marks()
	p.title.Set(p.bookTitle())
	p.stand()
	p.moved()
}

func (p *bidPanel) bookTitle() string {
	if len(p.book.Bids) == 0 {
		return p.env.T("work.book.empty")
	}
	return p.env.N("work.book.title", len(p.book.Bids))
}

// marks are the bids that are worth a tap.
func (p *bidPanel) marks() {
	p.chips.Objects = nil
	add := func(label string, a types.Amount) {
		if a = a - p.already; a >= max(p.book.Least, 1) {
			sign := " "
			if p.already > 0 { // so much is to be added
				sign = " +"
			}
			p.chips.Add(kit.Secondary(label+sign+p.env.Text.Coins(a), func() { p.set(a); p.changed(a) }).Small())
		}
	}
	if p.book.Suggested > 0 {
		add(p.env.T("work.bid.going"), p.book.Suggested)
	}
	if len(p.book.Bids) > 0 {
		add(p.env.T("work.bid.first"), firstPlace(&p.book))
	}
	p.chips.Refresh()
}

// stand tells what the bid brings.
func (p *bidPanel) stand() {
	if !p.loaded {
		return
	}
	total := p.already + p.bid
	rank := p.book.Rank(total)
	p.rank.Set(p.env.T("work.bid.rank", "rank", p.env.Text.Number(int64(rank)), "of", p.env.Text.Number(int64(len(p.book.Bids)+1))))
	s := startText(p.env.Text, startOf(&p.book, rank))
	p.start.SetTone(s.tone)
	p.start.Set(s.text)
	p.explain.Set(p.explained())
	p.ladder.set(&p.book, total)
}

func (p *bidPanel) explained() string {
	if p.book.Nodes == 0 {
		return p.env.T("work.bid.nodes.none")
	}
	return p.env.N("work.bid.nodes", p.book.Nodes)
}

// money is what a bid costs, who gets what, and what is left.
type money struct {
	env    *page.Env
	split  *kit.SplitBox
	facts  *kit.FactsBox
	short  *fyne.Container
	object fyne.CanvasObject
}

func newMoney(env *page.Env) *money {
	m := &money{env: env, split: kit.SplitBar(), facts: kit.Facts(), short: kit.Stack()}
	m.object = kit.Column(kit.Divider(), kit.Strong(env.T("work.split.title")), m.split, m.facts, m.short)
	return m
}

func (m *money) set(q *view.JobQuote) {
	t := m.env.Text
	part := func(label string, a types.Amount) kit.Part {
		return kit.Part{Label: label, Text: t.Amount(a), Value: float64(a)}
	}
	m.split.Set([]kit.Part{part(t.T("work.split.nodes"), q.Split.Nodes), part(t.T("work.split.producers"), q.Split.Producers),
		part(t.T("work.split.developer"), q.Split.Developer), part(t.T("work.split.foundation"), q.Split.Foundation)})
	facts := []kit.Fact{
		{Label: t.T("work.cost.bid"), Value: t.Exact(q.Bid)},
		{Label: t.T("work.cost.fee"), Value: t.Exact(q.Fee)},
		{Label: t.T("work.cost.total"), Value: t.Exact(q.Total), Strong: true},
	}
	m.short.Objects = nil
	if q.Affordable {
		facts = append(facts, kit.Fact{Label: t.T("work.cost.left"), Value: t.Exact(q.Spendable - q.Total)})
	} else {
		m.short.Objects = []fyne.CanvasObject{m.missing(q)}
	}
	m.facts.Set(facts...)
	m.short.Refresh()
}

// missing says how much is missing and how to get it.
func (m *money) missing(q *view.JobQuote) fyne.CanvasObject {
	t := m.env.Text
	receive := kit.Secondary(t.T("work.cost.receive"), func() {
		m.env.Go(page.Route{Page: page.Wallet, Tab: page.WalletReceive})
	}).Icon("call_received")
	return kit.Hint(look.Warn, t.T("work.cost.short", "amount", t.Exact(max(q.Total-q.Spendable, 0))),
		t.T("work.cost.short.text", "spendable", t.Exact(q.Spendable)), receive)
}
