package messages

import (
	"context"
	"errors"
	"path/filepath"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

var cardIcons = map[string]string{view.CardPayment: "payments", view.CardJob: "rocket_launch", view.CardListing: "sell",
	view.CardFile: "description", view.CardMagnet: "download", view.CardAccount: "groups", view.CardProposal: "how_to_vote"}

// cardName says what kind of card it is.
func cardName(env *page.Env, c view.Card) string {
	switch c.Kind {
	case view.CardPayment:
		return env.T("messages.card.payment")
	case view.CardJob:
		return env.T("messages.card.job")
	case view.CardListing:
		return env.T("messages.card.listing")
	case view.CardFile, view.CardMagnet:
		return env.T("messages.card.file")
	case view.CardAccount:
		return env.T("messages.card.account")
	case view.CardProposal:
		return env.T("messages.card.proposal")
	}
	return env.T("messages.card.other")
}

// card draws what a message carries, with its action.
func (c *chat) card(m view.Message) fyne.CanvasObject {
	T, d := c.env.T, *m.Card
	icon := cardIcons[d.Kind]
	if icon == "" {
		icon = "help"
	}
	words := kit.ColumnGap(2, kit.Small(cardName(c.env, d)).Truncate())
	if d.Title != "" {
		words.Add(kit.Strong(d.Title).Wrap())
	}
	col := kit.ColumnGap(8, kit.Lead(kit.Badge(icon, look.Primary), words))
	if d.Claimed {
		col.Add(kit.Small(T("messages.card.claimed")).Tone(look.Warn).Wrap())
	}
	for _, s := range d.About {
		col.Add(kit.Small(s).Wrap())
	}
	switch d.Kind {
	case view.CardPayment:
		c.paymentCard(col, m)
	case view.CardJob:
		c.amount(col, d)
		col.Add(kit.Left(kit.Secondary(T("messages.card.job.open"), func() { c.openJob(d.Ref) }).Small()))
	case view.CardListing:
		c.amount(col, d)
		col.Add(kit.Left(kit.Secondary(T("messages.card.listing.open"), func() {
			c.env.Go(page.Route{Page: page.Market, Tab: page.MarketListing, Ref: d.Ref})
		}).Small()))
	case view.CardFile, view.CardMagnet:
		c.fileCard(col, m)
	case view.CardAccount:
		if !m.Mine {
			col.Add(kit.Left(kit.Secondary(T("messages.card.account.take"), func() { c.importAccount(m) }).Small()))
		}
	case view.CardProposal:
		col.Add(kit.Left(kit.Secondary(T("messages.card.proposal.open"), func() {
			c.env.Go(page.Route{Page: page.Wallet, Tab: page.WalletProposal, Ref: d.Ref})
		}).Small()))
	}
	return kit.MinWidth(230, kit.Stack(kit.Surface(look.Card, 10), kit.Pad(12, col)))
}

func (c *chat) amount(col *fyne.Container, d view.Card) {
	if d.Amount > 0 {
		col.Add(kit.Strong(c.env.Text.Amount(d.Amount)))
	}
}

// paymentCard draws a request to be paid.
func (c *chat) paymentCard(col *fyne.Container, m view.Message) {
	T, d := c.env.T, *m.Card
	col.Add(kit.Heading(c.env.Text.Exact(d.Amount)).Wrap())
	late := d.State == "expired" || !d.Expires.IsZero() && c.env.Now().After(d.Expires)
	switch {
	case d.TxID != "":
		col.Add(kit.Flow(kit.Pill(look.Success, T("messages.card.paid")), kit.Link(T("messages.tx"), func() {
			c.env.Go(page.Route{Page: page.Wallet, Tab: page.WalletTx, Ref: d.TxID})
		})))
	case late:
		col.Add(kit.Left(kit.Pill(look.Muted, T("messages.card.expired"))))
	default:
		if !d.Expires.IsZero() {
			col.Add(kit.Small(T("messages.card.until", "when", c.env.Text.DateTime(d.Expires))).Wrap())
		}
		if !m.Mine {
			col.Add(kit.Left(kit.Primary(T("messages.card.pay"), func() { c.pay(m) }).Small()))
		}
	}
}

// pay asks what a payment costs, spells it out, and pays exactly that.
func (c *chat) pay(m view.Message) {
	T, d := c.env.T, *m.Card
	if c.paying[m.ID] { // one payment is on its way
		return
	}
	page.LoadKey(c.scope, "pay", func(ctx context.Context) (view.SendQuote, error) {
		return c.env.Backend.QuoteSend(ctx, view.SendRequest{Outputs: []view.Payment{{Address: d.Address, Amount: d.Amount}}})
	}, func(q view.SendQuote, err error) {
		if err != nil {
			c.env.Fail(err)
			return
		}
		facts := []kit.Fact{{Label: T("messages.pay.asker"), Value: c.name()}}
		if d.Title != "" {
			facts = append(facts, kit.Fact{Label: T("messages.pay.for"), Value: d.Title})
		}
		facts = append(facts, kit.Fact{Label: T("messages.pay.to"), Value: d.Address, Mono: true},
			kit.Fact{Label: T("messages.pay.amount"), Value: c.env.Text.Exact(d.Amount), Strong: true},
			kit.Fact{Label: T("messages.pay.fee"), Value: c.env.Text.Exact(q.Fee)},
			kit.Fact{Label: T("messages.pay.total"), Value: c.env.Text.Exact(q.Total), Strong: true})
		var extra fyne.CanvasObject
		if d.Address != m.Address {
			extra = kit.Hint(look.Warn, "", T("messages.pay.other"), nil)
		}
		c.env.Kit.Confirm(kit.ConfirmOptions{Title: T("messages.pay.title"), Text: T("messages.pay.text"), Facts: facts, Extra: extra,
			Action: T("messages.pay.do", "amount", c.env.Text.Exact(q.Total)), Do: func() { c.payNow(m) }})
	})
}

func (c *chat) payNow(m view.Message) {
	T, d := c.env.T, *m.Card
	if c.paying[m.ID] {
		return
	}
	c.paying[m.ID] = true
	done := T("messages.pay.done", "amount", c.env.Text.Amount(d.Amount), "name", c.name())
	page.Do(c.scope, page.Action{Title: T("messages.pay.doing", "amount", c.env.Text.Exact(d.Amount)), Fixed: true, Done: done},
		func(ctx context.Context, _ page.Say) (view.Sent, error) {
			return c.env.Backend.PayCard(ctx, view.PayCardRequest{ID: m.ID, Address: d.Address, Amount: d.Amount})
		}, func(s view.Sent, err error) {
			delete(c.paying, m.ID)
			if err != nil {
				c.env.Fail(err)
				return
			}
			paid := d
			paid.TxID, paid.State = s.TxID, "paid"
			m.Card = &paid
			c.replace(m)
			c.env.Toast(look.Success, done)
		})
}

// openJob shows a job: on our own page of it when it is ours.
func (c *chat) openJob(id string) {
	page.LoadKey(c.scope, "job", func(ctx context.Context) (bool, error) {
		_, err := c.env.Backend.Job(ctx, id)
		if errors.Is(err, view.ErrNotFound) || errors.Is(err, view.ErrInvalid) {
			return false, nil
		}
		return err == nil, err
	}, func(ours bool, err error) {
		switch {
		case err != nil:
			c.env.Fail(err)
		case ours:
			c.env.Go(page.Route{Page: page.Work, Tab: page.WorkJob, Ref: id})
		default:
			c.env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerJob, Ref: id})
		}
	})
}

// fileCard draws a file: its size, how far it is, where it was saved.
func (c *chat) fileCard(col *fyne.Container, m view.Message) {
	T, d := c.env.T, *m.Card
	if d.Size > 0 {
		col.Add(kit.Small(c.env.Text.Bytes(d.Size)))
	}
	if d.Size > 0 && d.Have < d.Size && (d.Have > 0 || d.State == "fetching") {
		bar := kit.Bar()
		bar.Set(float64(d.Have) / float64(d.Size))
		col.Add(bar)
		col.Add(kit.Small(T("messages.card.have", "have", c.env.Text.Bytes(d.Have), "size", c.env.Text.Bytes(d.Size))).Wrap())
	}
	if m.Mine {
		return
	}
	save := kit.Secondary(T("messages.card.save"), func() { c.save(m) }).Icon("save").Small()
	switch d.State {
	case "saved":
		col.Add(kit.Small(T("messages.card.saved", "path", d.Path)).Wrap())
		col.Add(kit.Left(kit.Secondary(T("messages.card.show"), func() { c.showFile(d.Path) }).Icon("folder_open").Small()))
	case "fetching":
		col.Add(kit.Left(kit.Pill(look.Info, T("messages.card.fetching"))))
	case "failed":
		why := T("messages.card.failed")
		if m.Problem != "" {
			why = m.Problem
		}
		col.Add(kit.Small(why).Tone(look.Danger).Wrap())
		col.Add(kit.Left(save))
	default:
		col.Add(kit.Left(save))
	}
}

// save asks where to and writes the file there, or begins to fetch it.
func (c *chat) save(m view.Message) {
	name := filepath.Base(filepath.Clean("/" + m.Card.Title)) // no path of the sender's
	if name == "/" || name == "." || name == string(filepath.Separator) {
		name = "file"
	}
	page.Do(c.scope, page.Action{Title: c.env.T("messages.card.saving"), Text: name}, func(ctx context.Context, _ page.Say) (view.Message, error) {
		path, err := c.env.Host.SaveFile(ctx, c.env.T("messages.card.save.title"), name)
		if err != nil || path == "" {
			return view.Message{}, err
		}
		return c.env.Backend.SaveFile(ctx, view.SaveFileRequest{ID: m.ID, Path: path})
	}, func(now view.Message, err error) {
		switch {
		case page.Cancelled(err), err == nil && now.ID == "":
		case err != nil:
			c.env.Fail(err)
		default:
			c.replace(now)
		}
	})
}

func (c *chat) showFile(path string) {
	page.Load(c.scope, func(ctx context.Context) (struct{}, error) { return struct{}{}, c.env.Host.Show(ctx, path) }, func(_ struct{}, err error) {
		if err != nil {
			c.env.Fail(err)
		}
	})
}

// importAccount takes the shared account that a message invites to.
func (c *chat) importAccount(m view.Message) {
	T, d := c.env.T, *m.Card
	about := kit.Tight()
	for _, s := range d.About {
		about.Add(kit.Paragraph(s))
	}
	name := d.Title
	if name == "" {
		name = text.Short(d.Ref)
	}
	c.env.Kit.Confirm(kit.ConfirmOptions{Title: T("messages.account.title", "name", name), Text: T("messages.account.text", "from", c.name()), Extra: about, Action: T("messages.card.account.take"), Do: func() {
		page.Do(c.scope, page.Action{Title: T("messages.account.doing")}, func(ctx context.Context, _ page.Say) (view.Account, error) {
			return c.env.Backend.ImportAccount(ctx, view.ImportAccountRequest{Name: d.Title, Message: m.ID})
		}, func(a view.Account, err error) {
			switch {
			case page.Cancelled(err):
			case err != nil:
				c.env.Fail(err)
			default:
				c.env.Toast(look.Success, T("messages.account.done", "name", a.Name))
				c.env.Go(page.Route{Page: page.Wallet, Tab: page.WalletShared, Ref: a.ID})
			}
		})
	}})
}
