package wallet

import (
	"errors"
	"slices"
	"strings"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// draft is a payment that is being written: plain data, so that it outlives
// the widgets it is written in.
type draft struct {
	to    []recipient
	speed string // view.FeeSlow …, or ownRate
	rate  string // as typed, for ownRate
	label string
	coins []string // chosen, as txid:index; none: the node chooses
	all   bool     // the first recipient gets what is left

	// sending is set while a payment is on its way to the node, and unsure when
	// nobody knows whether it got there: meanwhile nothing may be sent again.
	sending bool
	unsure  *unsure
	over    func()   // the page that shows it hears that sending ended
	problem text.Key // of what a link asked for
}

// recipient is one line of a draft.
type recipient struct {
	typed  string // a name or an address
	amount string // as typed
	// message is what a payment link says the payment is for.
	message string
}

// ownRate is the speed of a fee that the owner names.
const ownRate = "own"

func newDraft() *draft { return &draft{to: []recipient{{}}, speed: view.FeeNormal} }

// empty tells whether nothing was written.
func (d *draft) empty() bool {
	return len(d.to) == 1 && d.to[0] == recipient{} && d.label == "" && len(d.coins) == 0 && !d.all && !d.sending && d.unsure == nil
}

// clear begins a new payment.
func (d *draft) clear() {
	over := d.over
	*d = *newDraft()
	d.over = over
}

// from takes what a route asks for: an address or a payment link, coins.
func (d *draft) from(r page.Route) {
	if d.sending || d.unsure != nil {
		return // first that
	}
	if coins, ok := r.Args.(Chosen); ok {
		d.coins = slices.Clone(coins)
	}
	if r.Ref == "" {
		return
	}
	d.problem = ""
	coins := d.coins
	d.clear()
	d.coins = coins
	u, err := view.ParsePayURI(r.Ref)
	if err != nil {
		d.to[0].typed, d.problem = r.Ref, payProblem(err)
		return
	}
	d.take(0, u)
}

// take puts a payment link into a line. The payee's name in it is not shown as
// a name: anybody can write any name there.
func (d *draft) take(i int, u view.PayURI) {
	r := &d.to[i]
	r.typed = u.Address
	if u.Amount > 0 {
		r.amount = u.Amount.String()
		if i == 0 {
			d.all = false
		}
	}
	r.message = u.Message
	if u.Label != "" && u.Message != "" {
		r.message = u.Label + ": " + u.Message
	} else if u.Label != "" {
		r.message = u.Label
	}
	if d.label == "" {
		d.label = r.message
	}
}

// payProblem says why text is no payment link.
func payProblem(err error) text.Key {
	switch {
	case errors.Is(err, view.ErrPayScheme):
		return "wallet.uri.scheme"
	case errors.Is(err, view.ErrPayAmount):
		return "wallet.uri.amount"
	case errors.Is(err, view.ErrPayRequired):
		return "wallet.uri.required"
	case errors.Is(err, view.ErrPayDuplicate):
		return "wallet.uri.twice"
	}
	return "wallet.uri.none"
}

// match is a known person or an own address that a text could mean.
type match struct {
	address, name, note string
	blocked             bool
}

// find finds the address that a recipient's text means: an address, or the
// name of a contact or an own address when only one has it.
func (b *book) find(typed string) (address string, problem string) {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return "", b.env.T("wallet.send.to.empty")
	}
	var named []match
	for _, m := range b.people() {
		if strings.EqualFold(m.name, typed) {
			named = append(named, m)
		}
	}
	switch {
	case len(named) == 1:
		return named[0].address, ""
	case len(named) > 1:
		return "", b.env.T("wallet.send.to.several")
	case !strings.ContainsRune(typed, '1') || strings.ContainsRune(typed, ' '):
		return "", b.env.T("wallet.send.to.unknown")
	}
	if p := b.checkAddress(typed); p != "" {
		return "", p
	}
	return typed, ""
}

// people lists contacts, then own addresses that have a name.
func (b *book) people() (out []match) {
	for _, c := range b.contacts {
		out = append(out, match{c.Address, c.Name, c.Note, c.Blocked})
	}
	for _, a := range b.own {
		if a.Label != "" && !a.Change {
			out = append(out, match{address: a.Address, name: a.Label, note: b.env.T("wallet.me.other")})
		}
	}
	return out
}

// suggestions is how many suggestions a field shows.
const suggestions = 5

// suggest finds people by a part of a name, an address or a note.
func (b *book) suggest(typed string) (out []match) {
	typed = strings.ToLower(strings.TrimSpace(typed))
	var inside []match
	for _, m := range b.people() {
		name := strings.ToLower(m.name)
		switch {
		case m.blocked && typed == "":
		case strings.HasPrefix(name, typed):
			out = append(out, m)
		case strings.Contains(name, typed) || strings.Contains(strings.ToLower(m.address), typed) || strings.Contains(strings.ToLower(m.note), typed):
			inside = append(inside, m)
		}
	}
	out = append(out, inside...)
	return out[:min(len(out), suggestions)]
}

// problems says what keeps a draft from being paid, by line: of the recipient
// and of the amount; and of the fee.
type problems struct {
	to, amount []string
	rate       string
}

func (p problems) any() bool {
	if p.rate != "" {
		return true
	}
	for i := range p.to {
		if p.to[i] != "" || p.amount[i] != "" {
			return true
		}
	}
	return false
}

// maxRate is the highest own fee rate: a million units a byte is a slip.
const maxRate = 1_000_000

// request makes what the node is asked for.
func (b *book) request(d *draft) (req view.SendRequest, p problems) {
	p.to, p.amount = make([]string, len(d.to)), make([]string, len(d.to))
	req.Label, req.Coins, req.All = strings.TrimSpace(d.label), d.coins, d.all
	seen := make(map[string]bool)
	for i, r := range d.to {
		var o view.Payment
		if o.Address, p.to[i] = b.find(r.typed); p.to[i] == "" && seen[o.Address] {
			p.to[i] = b.env.T("wallet.send.to.twice")
		}
		seen[o.Address] = true
		if i > 0 || !d.all {
			var err error
			switch o.Amount, err = b.env.Text.ParseAmount(r.amount); {
			case err != nil:
				p.amount[i] = err.Error()
			case o.Amount == 0:
				p.amount[i] = b.env.T("wallet.send.amount.zero")
			}
		}
		req.Outputs = append(req.Outputs, o)
	}
	req.FeeRate, p.rate = b.feeRate(d)
	return req, p
}

// feeRate is the rate of the chosen speed; 0 lets the node estimate.
func (b *book) feeRate(d *draft) (rate int64, problem string) {
	if d.speed == ownRate {
		rate, ok := parseRate(d.rate)
		least := int64(1)
		if b.rates != nil {
			least = max(least, b.rates.Least)
		}
		switch {
		case !ok:
			return 0, b.env.T("wallet.fee.number")
		case rate < least:
			return 0, b.env.T("wallet.fee.least", "rate", rateText(b.env, least))
		case rate > maxRate:
			return 0, b.env.T("wallet.fee.most", "rate", rateText(b.env, maxRate))
		}
		return rate, ""
	}
	if b.rates != nil {
		for _, o := range b.rates.Options {
			if o.Name == d.speed {
				return o.Rate, ""
			}
		}
	}
	return 0, ""
}

func parseRate(s string) (rate int64, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 9 {
		return 0, false
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, false
		}
		rate = rate*10 + int64(r-'0')
	}
	return rate, true
}

// arrival is about how long a payment with a rate waits for a block.
func (b *book) arrival(rate int64) (seconds int64, blocks int, ok bool) {
	if b.rates == nil || len(b.rates.Options) == 0 {
		return 0, 0, false
	}
	options := b.rates.Options
	for i := len(options) - 1; i >= 0; i-- { // cheapest first in the list
		if rate >= options[i].Rate {
			return options[i].Seconds, options[i].Blocks, true
		}
	}
	return 0, 0, false // slower than the slowest
}

// amounts gives each recipient's exact amount by a quote: with all, the first
// gets what the others leave.
func amounts(req view.SendRequest, q view.SendQuote) []types.Amount {
	out := make([]types.Amount, len(req.Outputs))
	rest := q.Amount
	for i, o := range req.Outputs {
		out[i] = o.Amount
		rest -= o.Amount
	}
	if req.All {
		out[0] = rest
	}
	return out
}
