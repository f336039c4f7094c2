package wallet

import (
	"context"
	"slices"
	"sort"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// coins lists unspent outputs, to be chosen for a payment or set aside.
type coins struct {
	p      *Page
	body   *fyne.Container
	place  *fyne.Container
	rows   *kit.Rows[*kit.ItemRow]
	all    []view.Coin
	chosen map[string]bool
	count  *kit.Text
	sum    *kit.Text
	pay    *kit.Button
	freeze *kit.Button
	thaw   *kit.Button
	note   *fyne.Container
	sorted int
	err    error
	ready  bool
	busy   bool
	ask    *page.Coalesce
}

func newCoins(p *Page) part {
	env := p.env
	c := &coins{p: p, place: kit.Stack(kit.Loading(6)), chosen: make(map[string]bool), count: kit.Small(""), sum: kit.Strong(""), note: kit.Column()}
	for _, outpoint := range p.draft.coins {
		c.chosen[outpoint] = true
	}
	c.rows = kit.NewRows(kit.RowsOptions[*kit.ItemRow]{
		Len:    func() int { return len(c.all) },
		Make:   func() *kit.ItemRow { return moveRow() },
		Fill:   func(i int, r *kit.ItemRow) { c.fill(r, c.all[i]) },
		Key:    func(i int) string { return c.all[i].Outpoint },
		Tapped: func(i int) { c.toggle(c.all[i]) },
	})
	c.pay = kit.Primary(env.T("wallet.coins.pay"), c.payWith).Icon("call_made").Small()
	c.freeze = kit.Secondary(env.T("wallet.coins.freeze"), func() { c.set(true) }).Icon("ac_unit").Small()
	c.thaw = kit.Secondary(env.T("wallet.coins.thaw"), func() { c.set(false) }).Icon("lock_open").Small()
	order := kit.Select([]string{env.T("wallet.coins.largest"), env.T("wallet.coins.newest"), env.T("wallet.coins.oldest")}, 0, func(i int) {
		c.sorted = i
		c.sort()
		c.rows.Reload()
	})
	head := kit.ColumnGap(8, kit.Muted(env.T("wallet.coins.text")).Wrap(),
		kit.Between(kit.ColumnGap(2, c.count, c.sum), kit.MinWidth(150, order)), kit.Flow(c.pay, c.freeze, c.thaw), c.note)
	c.body = kit.ColumnGap(12, head, kit.Grow(kit.PanelPad(4, c.place)))
	c.ask = page.NewCoalesce(p.life, refreshGap, c.load)
	c.ask.Ask()
	c.choose()
	return c
}

func (c *coins) object() fyne.CanvasObject { return c.body }
func (c *coins) fills()                    {}
func (c *coins) changed()                  { c.rows.Reload() }

func (c *coins) event(e view.Event) {
	if e.Kind == view.EventWallet || e.Kind == view.EventTip {
		c.ask.Ask()
	}
}

func (c *coins) load() {
	page.LoadKey(c.p.life, "coins", c.p.env.Backend.Coins, func(all []view.Coin, err error) {
		if c.err = err; err == nil {
			c.all, c.ready = all, true
			c.keep()
			c.sort()
		}
		c.show()
	})
}

// keep lets go of chosen coins that are spent.
func (c *coins) keep() {
	there := make(map[string]bool)
	for _, v := range c.all {
		there[v.Outpoint] = true
	}
	for outpoint := range c.chosen {
		if !there[outpoint] {
			delete(c.chosen, outpoint)
		}
	}
}

func (c *coins) sort() {
	sort.SliceStable(c.all, func(i, j int) bool {
		a, b := c.all[i], c.all[j]
		switch c.sorted {
		case 1:
			return a.Confirmations < b.Confirmations
		case 2:
			return a.Confirmations > b.Confirmations
		}
		return a.Amount > b.Amount
	})
}

func (c *coins) show() {
	env := c.p.env
	put(c.note)
	switch {
	case c.err != nil && !c.ready:
		c.place.Objects = []fyne.CanvasObject{env.Kit.Failure(c.err, c.load)}
	case c.ready && len(c.all) == 0:
		c.place.Objects = []fyne.CanvasObject{kit.Empty("toll", env.T("wallet.coins.empty"), env.T("wallet.coins.empty.text"),
			kit.Primary(env.T("wallet.receive"), func() { c.p.goTo(page.WalletReceive, "") }).Icon("call_received"))}
	default:
		if c.err != nil {
			put(c.note, env.Kit.FailureLine(c.err, c.load))
		}
		c.place.Objects = []fyne.CanvasObject{c.rows}
	}
	c.choose()
	c.rows.Reload()
}

func (c *coins) toggle(v view.Coin) {
	c.chosen[v.Outpoint] = !c.chosen[v.Outpoint]
	if !c.chosen[v.Outpoint] {
		delete(c.chosen, v.Outpoint)
	}
	c.choose()
	c.rows.Reload()
}

// choose shows the sum of what is chosen, and what can be done with it.
func (c *coins) choose() {
	env := c.p.env
	var sum types.Amount
	spendable, frozen, free := true, false, false
	for _, v := range c.all {
		if !c.chosen[v.Outpoint] {
			continue
		}
		sum += v.Amount
		if v.Frozen || v.RipeIn > 0 {
			spendable = false
		}
		frozen, free = frozen || v.Frozen, free || !v.Frozen
	}
	c.count.Set(env.N("wallet.coins.count", len(c.all)))
	if len(c.chosen) == 0 {
		c.sum.Set(env.T("wallet.coins.none"))
	} else {
		c.sum.Set(env.N("wallet.coins.sum", len(c.chosen), "amount", env.Text.Exact(sum)))
	}
	enable := func(b *kit.Button, on bool) {
		if on && !c.busy {
			b.Enable()
		} else {
			b.Disable()
		}
	}
	enable(c.pay, len(c.chosen) > 0 && spendable)
	enable(c.freeze, free)
	enable(c.thaw, frozen)
	c.p.root.Refresh()
}

// outpoints are the chosen coins in the order of the list.
func (c *coins) outpoints(want func(view.Coin) bool) (out []string) {
	for _, v := range c.all {
		if c.chosen[v.Outpoint] && want(v) {
			out = append(out, v.Outpoint)
		}
	}
	return out
}

func (c *coins) payWith() {
	chosen := c.outpoints(func(view.Coin) bool { return true })
	c.p.env.Go(page.Route{Page: page.Wallet, Tab: page.WalletSend, Args: Chosen(chosen)})
}

// set freezes or releases the chosen coins.
func (c *coins) set(frozen bool) {
	env := c.p.env
	list := c.outpoints(func(v view.Coin) bool { return v.Frozen != frozen })
	c.busy = true
	c.choose()
	page.Load(c.p.life, func(ctx context.Context) (struct{}, error) {
		for _, outpoint := range list {
			if err := env.Backend.Freeze(ctx, view.FreezeRequest{Outpoint: outpoint, Frozen: frozen}); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	}, func(_ struct{}, err error) {
		c.busy = false
		if err != nil {
			env.Fail(err)
		} else {
			for i := range c.all {
				if slices.Contains(list, c.all[i].Outpoint) {
					c.all[i].Frozen = frozen
				}
			}
			c.chosen = make(map[string]bool)
		}
		c.show()
		c.load()
		c.p.book.refresh(false)
	})
}

// fill shows a coin in a row: a tick, the amount, what it is, its state.
func (c *coins) fill(r *kit.ItemRow, v view.Coin) {
	env := c.p.env
	icon, tone := "check_box_outline_blank", look.Muted
	if c.chosen[v.Outpoint] {
		icon, tone = "check_box", look.Primary
	}
	title := v.Label
	if title == "" {
		title = c.p.book.name(v.Address)
	}
	if title == "" {
		title = text.Short(v.Address)
	}
	age := env.T("wallet.coins.waiting")
	if v.Confirmations > 0 {
		age = env.T("wallet.coins.age", "time", env.Text.Duration(c.p.book.blockWait(v.Confirmations)))
	}
	r.Icon(icon, tone).Title(title, age+" · "+text.Short(v.Outpoint))
	amount := env.Text.Amount(v.Amount)
	switch {
	case v.Frozen:
		c.p.mark(r, amount, look.Info, env.T("wallet.coins.frozen"))
	case v.RipeIn > 0:
		c.p.mark(r, amount, look.Warn, env.N("wallet.coins.ripe", int(v.RipeIn)))
	case v.Confirmations == 0:
		c.p.mark(r, amount, look.Warn, env.T("wallet.state.pending"))
	default:
		c.p.mark(r, amount, look.Plain, "")
	}
	r.Done()
}
