package wallet

import (
	"context"
	"errors"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// movement is the page of one transaction of the wallet.
type movement struct {
	p    *Page
	id   string
	body *fyne.Container
	move *view.Movement
	tx   *view.Tx
	err  error
	ask  *page.Coalesce
}

func newMovement(p *Page, id string) part {
	m := &movement{p: p, id: id, body: kit.Loose(kit.Panel(kit.Loading(5)))}
	m.ask = page.NewCoalesce(p.life, refreshGap, m.load)
	if v, ok := p.book.moves.Get(id); ok {
		m.move = &v
		m.show()
	}
	p.book.want()
	m.ask.Ask()
	return m
}

func (m *movement) object() fyne.CanvasObject { return m.body }

func (m *movement) event(e view.Event) {
	if e.Kind == view.EventWallet || e.Kind == view.EventTip {
		m.ask.Ask()
	}
}

// changed implements part: the history may have come, with this in it.
func (m *movement) changed() {
	if v, ok := m.p.book.moves.Get(m.id); ok {
		m.move = &v
	}
	m.show()
}

// load asks for the transaction as the chain has it.
func (m *movement) load() {
	page.LoadKey(m.p.life, "tx", func(ctx context.Context) (view.Tx, error) {
		return m.p.env.Backend.Tx(ctx, m.id)
	}, func(tx view.Tx, err error) {
		m.err = err
		if err == nil {
			m.tx = &tx
		}
		m.show()
	})
}

// show shows what is known so far.
func (m *movement) show() { m.p.env.Kit.Redraw(m.body, m.draw) }

func (m *movement) draw() {
	p, env, b := m.p, m.p.env, m.p.book
	back := kit.Left(kit.Ghost(env.T("wallet.tab.history"), func() { p.goTo(page.WalletHistory, "") }).Icon("arrow_back").Small())
	parts := []fyne.CanvasObject{back}
	switch {
	case m.move == nil && m.err != nil && (b.whole || !errors.Is(m.err, view.ErrNotFound)):
		parts = append(parts, kit.Panel(env.Kit.Failure(m.err, m.load)))
	case m.move == nil && b.moveErr != nil:
		parts = append(parts, kit.Panel(env.Kit.Failure(b.moveErr, b.want)))
	case m.move == nil && b.whole && m.tx != nil: // of the chain, and none of ours
		parts = append(parts, kit.Panel(kit.Empty("receipt_long", env.T("wallet.tx.foreign"), env.T("wallet.tx.foreign.text"),
			kit.Secondary(env.T("wallet.explorer"), m.explorer).Icon("explore"))))
	case m.move == nil:
		parts = append(parts, kit.Panel(kit.Loading(5)))
	default:
		parts = append(parts, m.head(*m.move), m.sides(*m.move), m.details(*m.move))
	}
	m.body.Objects = parts
	p.root.Refresh()
}

func (m *movement) explorer() {
	m.p.env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerTx, Ref: m.id})
}

// head is the amount, the state, and what can be done.
func (m *movement) head(v view.Movement) fyne.CanvasObject {
	p, env := m.p, m.p.env
	icon, tone := kindIcon(v)
	sign := env.Text.Exact(v.Amount)
	if v.Direction == view.DirectionIn {
		sign = "+" + sign
	} else {
		sign = "−" + sign
	}
	pills := kit.Flow(kit.Pill(statusTone(v.Status), statusText(env, v.Status)))
	if v.Immature {
		pills.Add(kit.Pill(look.Warn, env.T("wallet.state.immature")))
	}
	head := kit.Lead(kit.Badge(icon, tone), kit.ColumnGap(6,
		kit.Muted(kindText(env, v)+" · "+env.Text.When(v.Time, env.Now())).Wrap(), kit.Display(sign).Wrap(), pills))
	buttons := kit.Flow()
	if v.CanBump && v.Status == view.MovePending {
		buttons.Add(kit.Primary(env.T("wallet.bump"), func() { p.bump(v, m.rate(v)) }).Icon("speed"))
	}
	if v.Job != "" {
		buttons.Add(kit.Secondary(env.T("wallet.tx.job"), func() {
			env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerJob, Ref: v.Job})
		}).Icon("work"))
	}
	buttons.Add(kit.Secondary(env.T("wallet.label.edit"), func() { p.editLabel(v.TxID, v.Label) }).Icon("label"))
	buttons.Add(kit.Secondary(env.T("wallet.explorer"), m.explorer).Icon("explore"))
	parts := []fyne.CanvasObject{head}
	if v.Label != "" {
		parts = append(parts, kit.Lead(kit.Icon("label", look.Muted), kit.Body(v.Label).Wrap()))
	}
	if h := m.hint(v); h != nil {
		parts = append(parts, h)
	}
	return kit.Panel(kit.ColumnGap(16, append(parts, buttons)...))
}

// hint says what a state means and what can be done.
func (m *movement) hint(v view.Movement) fyne.CanvasObject {
	env := m.p.env
	switch {
	case v.Status == view.MovePending && v.CanBump:
		return kit.Hint(look.Info, "", env.T("wallet.hint.pending.own"), nil)
	case v.Status == view.MovePending:
		return kit.Hint(look.Info, "", env.T("wallet.hint.pending"), nil)
	case v.Status == view.MoveReplaced && v.ReplacedBy != "":
		return kit.Hint(look.Info, "", env.T("wallet.hint.replaced"),
			kit.Secondary(env.T("wallet.hint.replaced.open"), func() { m.p.goTo(page.WalletTx, v.ReplacedBy) }).Small())
	case v.Status == view.MoveReplaced:
		return kit.Hint(look.Info, "", env.T("wallet.hint.replaced"), nil)
	case v.Status == view.MoveConflicted:
		return kit.Hint(look.Warn, "", env.T("wallet.hint.conflicted"), nil)
	case v.Status == view.MoveAbandoned:
		return kit.Hint(look.Warn, "", env.T("wallet.hint.abandoned"), nil)
	case v.Immature:
		return kit.Hint(look.Info, "", env.T("wallet.hint.immature"), nil)
	}
	return nil
}

// sides lists the other sides with their amounts.
func (m *movement) sides(v view.Movement) fyne.CanvasObject {
	env, b := m.p.env, m.p.book
	if len(v.Parties) == 0 {
		return kit.Column()
	}
	title := env.T("wallet.tx.to")
	switch {
	case v.Kind == "income":
		title = env.T("wallet.tx.sources")
	case v.Direction == view.DirectionIn:
		title = env.T("wallet.tx.from")
	}
	rows := kit.ColumnGap(8)
	for _, party := range v.Parties {
		amount := kit.Strong(env.Text.Exact(party.Amount))
		if party.Address == "" || party.Source != "" {
			rows.Add(kit.Row(kit.Grow(kit.Body(b.partyName(party)).Wrap()), amount))
			continue
		}
		rows.Add(kit.Between(env.Kit.Address(party.Address, b.partyName(party)), amount))
	}
	return kit.Card(title, nil, rows)
}

// details are the exact numbers.
func (m *movement) details(v view.Movement) fyne.CanvasObject {
	env := m.p.env
	facts := []kit.Fact{
		{Label: env.T("wallet.tx.amount"), Value: env.Text.Exact(v.Amount)},
	}
	if v.Fee > 0 {
		facts = append(facts, kit.Fact{Label: env.T("wallet.quote.fee"), Value: env.Text.Exact(v.Fee)})
	}
	if v.Bid > 0 {
		facts = append(facts, kit.Fact{Label: env.T("wallet.tx.bid"), Value: env.Text.Exact(v.Bid)})
	}
	facts = append(facts, kit.Fact{Label: env.T("wallet.tx.time"), Value: env.Text.DateTime(v.Time)})
	if v.Height > 0 {
		facts = append(facts,
			kit.Fact{Label: env.T("wallet.tx.block"), Object: kit.Left(kit.Link(env.Text.Number(int64(v.Height)), func() {
				env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerBlock, Ref: number(v.Height)})
			}))},
			kit.Fact{Label: env.T("wallet.tx.confirmations"), Value: env.Text.Number(int64(m.p.book.confirmations(v)))})
	}
	if m.tx != nil {
		facts = append(facts, kit.Fact{Label: env.T("wallet.tx.size"), Value: env.T("wallet.tx.size.bytes", "n", env.Text.Number(int64(m.tx.VSize)))})
		if rate := m.rate(v); rate > 0 {
			facts = append(facts, kit.Fact{Label: env.T("wallet.tx.rate"), Value: rateText(env, rate)})
		}
	}
	facts = append(facts, kit.Fact{Label: env.T("wallet.tx.id"), Object: env.Kit.CopyLine(v.TxID)})
	parts := []fyne.CanvasObject{kit.Facts(facts...)}
	if m.tx != nil {
		parts = append(parts, kit.Details(env.T("wallet.tx.inside"), m.inside(*m.tx)))
	} else if m.err != nil {
		parts = append(parts, kit.Small(env.T("wallet.tx.unknown")).Wrap())
	}
	return kit.Card(env.T("wallet.tx.details"), nil, kit.Column(parts...))
}

// rate is the fee rate that was paid, 0 when it is not known.
func (m *movement) rate(v view.Movement) int64 {
	if m.tx == nil || m.tx.VSize == 0 {
		return 0
	}
	return int64(v.Fee) / int64(m.tx.VSize)
}

// inside lists what a transaction spends and pays.
func (m *movement) inside(tx view.Tx) fyne.CanvasObject {
	env, b := m.p.env, m.p.book
	side := func(title string) *fyne.Container { return kit.ColumnGap(6, kit.Muted(title).Wrap()) }
	in, out := side(env.T("wallet.tx.inputs")), side(env.T("wallet.tx.outputs"))
	add := func(to *fyne.Container, address, name, amount string) {
		if name == "" {
			name = text.Short(address)
		}
		to.Add(kit.Between(kit.Body(name).Truncate(), kit.Body(amount)))
	}
	for _, i := range tx.Inputs {
		add(in, i.Address, b.name(i.Address), env.Text.Exact(i.Amount))
	}
	for _, o := range tx.Outputs {
		if o.Commitment != "" {
			add(out, "", env.T("wallet.tx.record"), "")
			continue
		}
		add(out, o.Address, b.name(o.Address), env.Text.Exact(o.Amount))
	}
	return kit.Columns(300, in, out)
}
