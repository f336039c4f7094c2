package wallet

import (
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// showCheck spells a payment out before it is sent. The request is sent as it
// is shown: with the rate that was quoted, and for no more than the total.
func (s *send) showCheck(req view.SendRequest, q view.SendQuote) {
	p := s.p
	env := p.env
	req.FeeRate, req.Most = q.FeeRate, q.Total
	back := kit.Secondary(env.T("wallet.check.back"), s.showForm).Icon("arrow_back")
	var pay *kit.Button
	pay = kit.Primary(env.T("wallet.check.send", "amount", env.Text.Exact(q.Amount)), func() {
		if !p.draft.sending {
			pay.SetBusy(true)
			s.send(req, q)
		}
	}).Icon("send")
	parts := []fyne.CanvasObject{kit.Heading(env.T("wallet.check.title")).Wrap()}
	given := amounts(req, q)
	for i, o := range req.Outputs {
		if i > 0 {
			parts = append(parts, kit.Divider())
		}
		parts = append(parts, p.payee(o.Address, given[i]))
	}
	parts = append(parts, kit.Divider(), p.checkFacts(req, q))
	if w := p.feeWarning(q); w != "" {
		parts = append(parts, kit.Hint(look.Warn, "", w, nil))
	}
	parts = append(parts, kit.Small(env.T("wallet.check.final")).Wrap(), kit.Flow(back, pay))
	s.show(kit.MaxWidth(720, kit.Panel(kit.ColumnGap(16, parts...))), s.showForm)
	env.FocusOn(pay)
}

// payee shows a recipient whole: name, address in groups of four, amount, and
// what about it should make the owner look twice.
func (p *Page) payee(address string, amount types.Amount) fyne.CanvasObject {
	env := p.env
	name := p.book.name(address)
	title := kit.Strong(name)
	if name == "" {
		title = kit.Strong(env.T("wallet.check.noname"))
	}
	words := kit.ColumnGap(4, title.Wrap(), kit.Heading(env.Text.Exact(amount)).Wrap(), kit.Mono(grouped(address)).Wrap())
	parts := []fyne.CanvasObject{kit.Lead(kit.Avatar(address, 44), words)}
	for _, w := range p.book.warnings(address) {
		parts = append(parts, kit.Hint(w.tone, "", w.text, nil))
	}
	return kit.ColumnGap(10, parts...)
}

func (p *Page) checkFacts(req view.SendRequest, q view.SendQuote) fyne.CanvasObject {
	env := p.env
	facts := []kit.Fact{
		{Label: env.T("wallet.quote.amount"), Value: env.Text.Exact(q.Amount)},
		{Label: env.T("wallet.quote.fee"), Value: env.T("wallet.check.fee", "fee", env.Text.Exact(q.Fee), "rate", rateText(env, q.FeeRate), "size", env.Text.Number(int64(q.VSize)))},
		{Label: env.T("wallet.quote.total"), Value: env.Text.Exact(q.Total), Strong: true},
		{Label: env.T("wallet.quote.left"), Value: env.Text.Exact(q.Left)},
		{Label: env.T("wallet.quote.arrives"), Value: p.arrivalText(q.FeeRate)},
		{Label: env.T("wallet.check.coins"), Value: env.N("wallet.check.inputs", q.Inputs)},
	}
	if req.Label != "" {
		facts = append(facts, kit.Fact{Label: env.T("wallet.send.label"), Value: req.Label})
	}
	return kit.Facts(facts...)
}

// feeWarning tells of a fee that looks like a slip.
func (p *Page) feeWarning(q view.SendQuote) string {
	env := p.env
	if q.Amount > 0 && q.Fee > q.Amount/10 {
		return env.T("wallet.check.fee.large", "fee", env.Text.Exact(q.Fee))
	}
	if r := p.book.rates; r != nil && len(r.Options) > 0 && q.FeeRate > 10*r.Options[len(r.Options)-1].Rate {
		return env.T("wallet.check.fee.fast", "rate", rateText(env, r.Options[len(r.Options)-1].Rate))
	}
	return ""
}

// warning is something that the owner should look at twice.
type warning struct {
	tone look.Tone
	text string
}

// warnings says what about an address is unusual: own, blocked, never paid, or
// like another that is known.
func (b *book) warnings(address string) (out []warning) {
	env := b.env
	c, known := b.contact(address)
	_, own := b.ours(address)
	paid := b.paid(address)
	switch {
	case own:
		out = append(out, warning{look.Info, env.T("wallet.warn.own")})
	case known && c.Blocked:
		out = append(out, warning{look.Warn, env.T("wallet.warn.blocked")})
	case paid > 0:
		out = append(out, warning{look.Success, env.N("wallet.warn.paid", paid)})
	case b.whole:
		out = append(out, warning{look.Warn, env.T("wallet.warn.new")})
	}
	for _, w := range c.Warnings {
		out = append(out, warning{look.Warn, w})
	}
	if other := b.alike(address); other != "" && !own {
		who := b.name(other)
		if who == "" {
			who = env.T("wallet.warn.alike.paid")
		}
		out = append(out, warning{look.Danger, env.T("wallet.warn.alike", "who", who, "address", text.Short(other))})
	}
	return out
}

// paid counts the payments to an address, as far as the history is loaded.
func (b *book) paid(address string) (n int) {
	for i := range b.moves.Len() {
		m := b.moves.At(i)
		if m.Direction != view.DirectionOut || failed(m) {
			continue
		}
		for _, p := range m.Parties {
			if p.Address == address {
				n++
			}
		}
	}
	return n
}

// The ends by which people recognise addresses, after the prefix. Somebody who
// wants to be taken for another makes an address with the same ends.
const (
	headAlike = 4
	tailAlike = 4
)

// alike finds a known address with the same ends as another.
func (b *book) alike(address string) string {
	same := func(other string) bool {
		return other != address && len(other) == len(address) && ends(other) == ends(address)
	}
	for _, c := range b.contacts {
		if same(c.Address) {
			return c.Address
		}
	}
	for _, a := range b.own {
		if same(a.Address) {
			return a.Address
		}
	}
	for i := range b.moves.Len() {
		for _, p := range b.moves.At(i).Parties {
			if same(p.Address) {
				return p.Address
			}
		}
	}
	return ""
}

// ends are the characters of an address that people look at: those after the
// separator and the version, and the last ones.
func ends(address string) string {
	i := strings.LastIndexByte(address, '1') + 2
	if i+headAlike+tailAlike > len(address) {
		return address
	}
	return address[i:i+headAlike] + address[len(address)-tailAlike:]
}
