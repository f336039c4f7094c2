package wallet

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// recentMoves is how many movements the overview shows.
const recentMoves = 8

// overview shows what the wallet holds, and what moved last.
type overview struct {
	p      *Page
	body   *fyne.Container
	recent *fyne.Container
	kinds  *fyne.Container
	amount *kit.Text
	under  *kit.Text
	fail   *fyne.Container
	moves  []view.Movement
	coins  []view.Coin // asked for when some must ripen
	asked  *page.Coalesce
}

func newOverview(p *Page) part {
	env := p.env
	o := &overview{p: p, recent: kit.Column(kit.Loading(4)), kinds: kit.Columns(220), fail: kit.Column()}
	o.amount, o.under = kit.Display("–").Truncate(), kit.Muted("").Wrap()
	send := kit.Primary(env.T("wallet.send"), func() { p.goTo(page.WalletSend, "") }).Icon("call_made")
	receive := kit.Secondary(env.T("wallet.receive"), func() { p.goTo(page.WalletReceive, "") }).Icon("call_received")
	money := kit.Panel(kit.ColumnGap(16,
		kit.ColumnGap(4, kit.Muted(env.T("wallet.overview.spendable")), o.amount, o.under),
		kit.Flow(send, receive)))
	all := kit.Link(env.T("wallet.overview.all"), func() { p.goTo(page.WalletHistory, "") })
	o.body = kit.Loose(o.fail, money, o.kinds, kit.Card(env.T("wallet.overview.recent"), all, o.recent))
	o.asked = page.NewCoalesce(p.life, refreshGap, o.ask)
	o.asked.Ask()
	o.changed()
	return o
}

func (o *overview) object() fyne.CanvasObject { return o.body }

func (o *overview) event(e view.Event) {
	if e.Kind == view.EventWallet || e.Kind == view.EventTip {
		o.asked.Ask()
	}
}

func (o *overview) ask() {
	page.LoadKey(o.p.life, "recent", func(ctx context.Context) ([]view.Movement, error) {
		return o.p.env.Backend.History(ctx, view.Page{Limit: recentMoves})
	}, o.show)
	page.LoadKey(o.p.life, "coins", o.p.env.Backend.Coins, func(coins []view.Coin, err error) {
		if err == nil { // else the text says less
			o.coins = coins
			o.changed()
		}
	})
}

// ripens tells after how many blocks the next coins are ripe.
func (o *overview) ripens() (blocks uint32, ok bool) {
	for _, c := range o.coins {
		if c.RipeIn > 0 && (!ok || c.RipeIn < blocks) {
			blocks, ok = c.RipeIn, true
		}
	}
	return blocks, ok
}

func (o *overview) show(moves []view.Movement, err error) {
	if err != nil {
		o.recent.Objects = []fyne.CanvasObject{o.p.env.Kit.FailureLine(err, o.ask)}
		o.refresh()
		return
	}
	o.moves = moves
	o.rows()
}

// rows shows the newest movements.
func (o *overview) rows() { o.p.env.Kit.Redraw(o.recent, o.draw) }

func (o *overview) draw() {
	env := o.p.env
	o.recent.Objects = nil
	if len(o.moves) == 0 {
		o.recent.Objects = []fyne.CanvasObject{kit.Empty("account_balance_wallet", env.T("wallet.history.empty"), env.T("wallet.history.empty.text"),
			kit.Secondary(env.T("wallet.receive"), func() { o.p.goTo(page.WalletReceive, "") }).Icon("call_received"))}
	}
	rows := kit.ColumnGap(0)
	for i, m := range o.moves {
		if i > 0 {
			rows.Add(kit.Divider())
		}
		row := kit.Item()
		o.p.fillMove(row, m)
		rows.Add(kit.Tap(row, func() { o.p.goTo(page.WalletTx, m.TxID) }).SetLabel(o.p.book.moveTitle(m)))
	}
	if len(o.moves) > 0 {
		o.recent.Objects = []fyne.CanvasObject{rows}
	}
	o.refresh()
}

func (o *overview) refresh() { o.p.root.Refresh() }

// changed implements part.
func (o *overview) changed() {
	env, b := o.p.env, o.p.book
	if b.err != nil && b.balance == nil {
		put(o.fail, env.Kit.FailureLine(b.err, b.load))
	} else {
		put(o.fail)
	}
	if v := b.balance; v != nil {
		o.amount.Set(env.Text.Exact(v.Spendable))
		o.under.Set(env.T("wallet.overview.total", "amount", env.Text.Exact(v.Total), "height", env.Text.Number(int64(v.Height))))
		put(o.kinds, o.stats(*v)...)
	}
	if o.moves != nil {
		o.rows() // names may have come
	}
	o.refresh()
}

// stats tells of coins that cannot be spent now, and why.
func (o *overview) stats(v view.Balance) (out []fyne.CanvasObject) {
	env := o.p.env
	add := func(label text.Key, a types.Amount, why string, icon string) {
		if a == 0 {
			return
		}
		out = append(out, kit.Panel(kit.Lead(kit.Badge(icon, look.Primary), kit.ColumnGap(4,
			kit.Muted(env.T(label)).Wrap(), kit.Heading(env.Text.Amount(a)).Wrap(), kit.Small(why).Wrap()))))
	}
	ripe := env.T("wallet.overview.immature.text")
	if n, ok := o.ripens(); ok {
		ripe = env.N("wallet.overview.immature.next", int(n), "time", env.Text.Duration(o.p.book.blockWait(n)))
	}
	add("wallet.overview.pending", v.Pending, env.T("wallet.overview.pending.text"), "hourglass_empty")
	add("wallet.overview.immature", v.Immature, ripe, "timer")
	add("wallet.overview.frozen", v.Frozen, env.T("wallet.overview.frozen.text"), "ac_unit")
	add("wallet.overview.credit", v.Credit, env.T("wallet.overview.credit.text"), "savings")
	return out
}

// fillMove shows a movement in a row.
func (p *Page) fillMove(row *kit.ItemRow, m view.Movement) {
	env := p.env
	icon, tone := kindIcon(m)
	if failed(m) {
		tone = look.Muted
	}
	sub := env.Text.When(m.Time, env.Now())
	if m.Label != "" {
		sub = kindText(env, m) + " · " + sub
	}
	value, valueTone := p.book.moveAmount(m)
	row.Icon(icon, tone).Title(p.book.moveTitle(m), sub).ValueTone(valueTone)
	switch {
	case m.Status != view.MoveConfirmed:
		p.mark(row, value, statusTone(m.Status), statusText(env, m.Status))
	case m.Immature:
		p.mark(row, value, look.Warn, env.T("wallet.state.immature"))
	default:
		p.mark(row, value, look.Plain, "")
	}
	row.Done()
}

// mark shows a row's value and state: the state as a pill, or under the value,
// which then goes without its unit, where there is little room.
func (p *Page) mark(row *kit.ItemRow, value string, tone look.Tone, state string) {
	if p.env.Narrow {
		row.Value(strings.TrimSuffix(value, "\u00a0"+text.Unit), state).Pill(look.Plain, "")
		return
	}
	row.Value(value, "").Pill(tone, state)
}

// put shows objects in a box, which takes no room without any.
func put(box *fyne.Container, o ...fyne.CanvasObject) {
	box.Objects = o
	if len(o) == 0 {
		box.Hide()
		return
	}
	box.Show()
	box.Refresh()
}
