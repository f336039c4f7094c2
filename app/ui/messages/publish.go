package messages

import (
	"context"
	"strings"
	"time"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// follow asks whose posts to read.
func (n *news) follow() {
	T := n.env.T
	address, name := kit.Entry(T("messages.follow.hint")), kit.Entry("")
	field := kit.Field(T("messages.follow.address"), address)
	var sheet *kit.Sheet
	var ok *kit.Button
	do := func() {
		req := view.SubscribeRequest{Author: strings.TrimSpace(address.Text), Name: strings.TrimSpace(name.Text)}
		if req.Author == "" {
			field.SetError(T("messages.follow.needed"))
			return
		}
		ok.SetBusy(true)
		page.LoadKey(n.scope, "subscribe", func(ctx context.Context) (view.Channel, error) { return n.env.Backend.Subscribe(ctx, req) }, func(_ view.Channel, err error) {
			ok.SetBusy(false)
			if err != nil {
				field.SetError(n.env.Text.Explain(err))
				return
			}
			sheet.Close()
			n.load()
		})
	}
	ok = kit.Primary(T("messages.follow.do"), do)
	name.OnSubmitted = func(string) { ok.Tapped(nil) }
	sheet = n.env.Kit.Sheet(kit.SheetOptions{Title: T("messages.follow"), Text: T("messages.follow.text"),
		Content: kit.Form(field, kit.Field(T("messages.follow.name"), name).Help(T("messages.follow.name.help"))),
		Actions: []*kit.Button{kit.Secondary(T("messages.cancel"), func() { sheet.Close() }), ok}})
	n.env.FocusOn(address)
}

// publish writes a post of our own; its price is shown while it is written.
func (n *news) publish() { n.write("") }

// write is publish with what was written before.
func (n *news) write(before string) {
	T := n.env.T
	entry := kit.MultiLine(T("messages.publish.hint"), 7)
	price := kit.Small(T("messages.publish.price.later")).Wrap()
	var sheet *kit.Sheet
	var ok *kit.Button
	asked := 0
	var quote view.PublishQuote
	entry.OnChanged = func(string) {
		asked++
		ok.Disable()
		now, words := asked, strings.TrimSpace(entry.Text)
		if words == "" {
			return
		}
		n.scope.After(400*time.Millisecond, func() {
			if now != asked || !sheet.Open() {
				return
			}
			page.LoadKey(n.scope, "quote", func(ctx context.Context) (view.PublishQuote, error) {
				return n.env.Backend.QuotePublish(ctx, view.PublishRequest{Text: words})
			}, func(q view.PublishQuote, err error) {
				if now != asked {
					return
				}
				if err != nil {
					price.Set(n.env.Text.Explain(err))
					price.SetTone(look.Danger)
					return
				}
				quote = q
				price.SetTone(look.Plain)
				price.Set(T("messages.publish.price", "price", n.env.Text.Exact(q.Price), "size", n.env.Text.Bytes(int64(q.Bytes))))
				if !q.Affordable {
					price.SetTone(look.Warn)
					price.Set(T("messages.publish.poor", "price", n.env.Text.Exact(q.Price)))
					return
				}
				ok.Enable()
			})
		})
	}
	ok = kit.Primary(T("messages.publish.check"), func() {
		words := strings.TrimSpace(entry.Text)
		sheet.Close()
		n.checkPost(words, quote)
	})
	ok.Disable()
	sheet = n.env.Kit.Sheet(kit.SheetOptions{Title: T("messages.publish"), Text: T("messages.publish.text"), Content: kit.Form(kit.Field("", entry), price), Width: 600,
		Actions: []*kit.Button{kit.Secondary(T("messages.cancel"), func() { sheet.Close() }), ok}})
	n.env.FocusOn(entry)
	if before != "" {
		entry.SetText(before)
	}
}

// checkPost spells out what becomes public for good, and publishes it.
func (n *news) checkPost(words string, q view.PublishQuote) {
	T := n.env.T
	title, rest, _ := strings.Cut(words, "\n")
	preview := kit.Column(kit.Box(kit.Column(kit.Heading(title).Wrap(), kit.Paragraph(strings.TrimSpace(rest)))))
	n.env.Kit.Confirm(kit.ConfirmOptions{Title: T("messages.publish.title"), Text: T("messages.publish.public"), Extra: preview,
		Facts:  []kit.Fact{{Label: T("messages.price"), Value: n.env.Text.Exact(q.Price), Strong: true}},
		Cancel: func() { n.write(words) },
		Action: T("messages.publish.do", "price", n.env.Text.Exact(q.Price)), Do: func() {
			page.Do(n.scope, page.Action{Title: T("messages.publish.doing"), Fixed: true, Done: T("messages.publish.done")}, func(ctx context.Context, _ page.Say) (view.Sent, error) {
				return n.env.Backend.Publish(ctx, view.PublishRequest{Text: words})
			}, func(_ view.Sent, err error) {
				if err != nil {
					n.env.Fail(err)
					n.write(words) // nothing that was written is lost
					return
				}
				n.env.Toast(look.Success, T("messages.publish.done"))
				n.load()
			})
		}})
}
