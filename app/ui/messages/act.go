package messages

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// openLink asks before anything leaves this window.
func openLink(env *page.Env, scope *page.Scope, l view.Link) {
	T := env.T
	facts := []kit.Fact{{Label: T("messages.link.host"), Value: l.Host, Mono: true, Strong: true}, {Label: T("messages.link.text"), Value: l.Text, Mono: true}}
	var extra fyne.CanvasObject
	tone := look.Primary
	if l.Warning != "" {
		extra, tone = kit.Hint(look.Warn, "", l.Warning, nil), look.Danger
	}
	env.Kit.Confirm(kit.ConfirmOptions{Title: T("messages.link.title"), Text: T("messages.link.help"), Facts: facts, Extra: extra, Tone: tone, Action: T("messages.link.open"), Do: func() {
		to := l.Text
		if !strings.Contains(to, "://") {
			to = "https://" + to
		}
		page.Load(scope, func(ctx context.Context) (struct{}, error) { return struct{}{}, env.Host.Show(ctx, to) }, func(_ struct{}, err error) {
			if err != nil {
				env.Fail(err)
			}
		})
	}})
}

// messageMenu is what can be done with one message.
func (c *chat) messageMenu(under fyne.CanvasObject, m view.Message) {
	T := c.env.T
	var items []kit.MenuItem
	if m.Text != "" {
		items = append(items, kit.MenuItem{Label: T("messages.copy"), Icon: "content_copy", Do: func() {
			c.env.Host.CopyText(m.Text, false)
			c.env.Toast(look.Success, T("messages.copied"))
		}})
	}
	items = append(items, kit.MenuItem{Label: T("messages.details"), Icon: "info", Do: func() { c.details(m) }},
		kit.MenuItem{Label: T("messages.delete"), Icon: "delete", Do: func() { c.delete(m) }})
	c.env.Kit.Menu(under, items...)
}

// details spells out all that is known of a message.
func (c *chat) details(m view.Message) {
	T := c.env.T
	from := c.name()
	if m.Mine {
		from = T("messages.me")
	}
	way := T("messages.way.direct")
	if m.Way == view.WayChain {
		way = T("messages.way.chain")
	}
	facts := []kit.Fact{{Label: T("messages.from"), Value: from}, {Label: T("messages.written"), Value: c.env.Text.DateTime(m.Time)}}
	if !m.Received.IsZero() {
		facts = append(facts, kit.Fact{Label: T("messages.received"), Value: c.env.Text.DateTime(m.Received)})
	}
	facts = append(facts, kit.Fact{Label: T("messages.way"), Value: way})
	if m.Mine {
		name, _ := c.status(m)
		facts = append(facts, kit.Fact{Label: T("messages.state"), Value: name})
	}
	if m.Problem != "" {
		facts = append(facts, kit.Fact{Label: T("messages.problem"), Value: m.Problem})
	}
	if m.Fee > 0 {
		facts = append(facts, kit.Fact{Label: T("messages.price"), Value: c.env.Text.Exact(m.Fee)})
	}
	var sheet *kit.Sheet
	shut := kit.Primary(T("messages.close"), func() { sheet.Close() })
	actions := []*kit.Button{shut}
	if m.TxID != "" {
		actions = []*kit.Button{kit.Secondary(T("messages.tx"), func() {
			sheet.Close()
			c.env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerTx, Ref: m.TxID})
		}), shut}
	}
	sheet = c.env.Kit.Sheet(kit.SheetOptions{Title: T("messages.details"), Content: kit.Facts(facts...), Actions: actions})
}

// delete removes a message here, after a question.
func (c *chat) delete(m view.Message) {
	T := c.env.T
	c.env.Kit.Confirm(kit.ConfirmOptions{Title: T("messages.delete.title"), Text: T("messages.delete.text"), Tone: look.Danger, Action: T("messages.delete"),
		Extra: kit.Muted(briefly(c.env, m)).Wrap(), Do: func() {
			page.Load(c.scope, func(ctx context.Context) (struct{}, error) {
				return struct{}{}, c.env.Backend.DeleteMessage(ctx, m.ID)
			}, func(_ struct{}, err error) {
				if err != nil {
					c.env.Fail(err)
					return
				}
				if i := c.at(m.ID); i >= 0 {
					c.list = append(c.list[:i:i], c.list[i+1:]...)
				}
				c.draw()
				c.talks.change.Ask()
				c.env.Toast(look.Success, T("messages.deleted"))
			})
		}})
}

// retry sends a message again the way it was meant to go.
func (c *chat) retry(m view.Message) { c.again(view.RetryRequest{ID: m.ID}) }

func (c *chat) again(req view.RetryRequest) {
	page.LoadKey(c.scope, "retry "+req.ID, func(ctx context.Context) (view.Message, error) { return c.env.Backend.RetryMessage(ctx, req) },
		func(m view.Message, err error) {
			if err != nil {
				c.env.Fail(err)
				return
			}
			c.replace(m)
		})
}

// overChain asks for the price, then sends a waiting message over the chain.
func (c *chat) overChain(m view.Message) {
	c.agree(repeat(m), func(req view.MessageRequest) {
		c.again(view.RetryRequest{ID: m.ID, Way: view.WayChain, MaxPrice: req.MaxPrice, Extra: req.Extra})
	}, nil)
}

// repeat is the request that would write a message again over the chain.
func repeat(m view.Message) view.MessageRequest {
	req := view.MessageRequest{To: m.Address, Text: m.Text, Way: view.WayChain}
	if m.Card == nil {
		return req
	}
	switch m.Card.Kind {
	case view.CardPayment:
		req.Payment = &view.PaymentCard{Amount: m.Card.Amount, Address: m.Card.Address, Title: m.Card.Title}
	case view.CardJob:
		req.Job = m.Card.Ref
	case view.CardListing:
		req.Listing = m.Card.Ref
	case view.CardFile, view.CardMagnet:
		req.File = m.Card.Path
	}
	return req
}
