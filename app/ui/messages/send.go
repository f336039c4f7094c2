package messages

import (
	"context"

	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// submit sends the draft: at once when that costs nothing, else after a yes to
// the price.
func (w *composer) submit() {
	d := w.draft()
	if d.empty() || w.busy {
		return
	}
	w.asked++ // no price is needed for this text any more
	w.setBusy(true)
	w.chat.agree(d.request(w.chat.address), w.post, func() { w.setBusy(false); w.chat.focus() })
}

// post hands a message to the node. What was written stays until it is stored.
func (w *composer) post(req view.MessageRequest) {
	w.setBusy(true)
	c, kept, d := w.chat, w.chat.talks.page.kept, w.draft()
	page.Do(c.scope, page.Action{Quiet: true, Fixed: true}, func(ctx context.Context, _ page.Say) (view.Message, error) {
		m, err := c.env.Backend.SendMessage(ctx, req)
		if err == nil { // nobody shall find it written still, and send it again
			c.env.Post(func() {
				if !c.scope.Alive() && kept.drafts[c.address] == d {
					delete(kept.drafts, c.address)
				}
			})
		}
		return m, err
	},
		func(m view.Message, err error) {
			w.setBusy(false)
			if err != nil {
				w.say(c.env.Text.Explain(err), look.Danger)
				c.env.Fail(err)
				return
			}
			w.restore(draft{})
			c.endSearch()
			c.replace(m)
			c.talks.change.Ask()
			c.focus()
		})
}

// agree finds out how a message would travel. A free one goes at once; for one
// that costs something a person is asked first. stop is called when nothing is
// to be sent.
func (c *chat) agree(req view.MessageRequest, send func(view.MessageRequest), stop func()) {
	if stop == nil {
		stop = func() {}
	}
	page.LoadKey(c.scope, "agree", func(ctx context.Context) (view.MessageQuote, error) { return c.env.Backend.QuoteMessage(ctx, req) },
		func(q view.MessageQuote, err error) {
			switch {
			case err != nil:
				stop()
				c.env.Fail(err)
			case req.Way == view.WayChain && q.Records == 0:
				stop()
				c.env.Fail(view.Errorf(view.CodeInvalid, "%s", c.env.T("messages.notchain")))
			case req.Way != view.WayChain && (q.Way == view.WayDirect || q.Records == 0):
				send(req)
			default:
				(&agreement{chat: c, req: req}).ask(q, send, stop)
			}
		})
}
