package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

const messageSendLong = `Write to an address or a contact. TEXT may be “-” for standard input; it can be
left out when a file, payment request, job or advertisement goes along.

While the other side is connected the message goes directly, for nothing. Else
the price of the chain is shown and asked about; it is paid only if the other side
is not reached directly. --direct never pays: the message waits until both sides
are online. --max-price agrees to a price beforehand: a message that costs no more
goes without a question, a dearer one waits. Without a terminal and without --yes
or --max-price nothing is paid, and the message waits.

Files go directly, up to 10 MiB with the message, larger ones as a magnet link.`

// messageDraft is what the flags of send and quote say about a message.
type messageDraft struct {
	req           view.MessageRequest
	pay           types.Amount
	payTitle      string
	payFor        string
	direct, chain bool
	textFile      string
}

func (d *messageDraft) flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&d.textFile, "text-file", "", "read the text from this file")
	f.StringVar(&d.req.File, "file", "", "a file to go along")
	f.Var(amountFlag{&d.pay}, "pay-request", "ask to be paid this, in coins")
	f.StringVar(&d.payTitle, "pay-title", "", "what the payment is for")
	f.StringVar(&d.payFor, "pay-within", "", "how long the request is valid, such as 14d (default: for ever)")
	f.StringVar(&d.req.Job, "job", "", "a job to show along")
	f.StringVar(&d.req.Listing, "listing", "", "an advertisement to show along")
	d.wayFlags(c)
}

func (d *messageDraft) wayFlags(c *cobra.Command) {
	wayFlags(c, &d.direct, &d.chain, &d.req.MaxPrice, &d.req.Extra)
	feeRateFlag(c, &d.req.FeeRate)
}

// wayFlags add the flags for how a message travels.
func wayFlags(c *cobra.Command, direct, chain *bool, most, extra *types.Amount) {
	f := c.Flags()
	f.BoolVar(direct, "direct", false, "only directly: free, waits until both sides are online")
	f.BoolVar(chain, "chain", false, "over the chain, also when the other side is online")
	f.Var(amountFlag{most}, "max-price", "send over the chain without asking if it costs no more, in coins")
	f.Var(amountFlag{extra}, "extra", "pay this on top, for a recipient who asks strangers for more")
}

// way reads the flags that exclude each other.
func way(c *cobra.Command, direct, chain bool) (string, error) {
	if err := oneOf(c.Flags(), "direct", "chain"); err != nil {
		return "", err
	}
	switch {
	case direct:
		return view.WayDirect, oneOf(c.Flags(), "direct", "max-price")
	case chain:
		return view.WayChain, nil
	}
	return view.WayAuto, nil
}

// request completes the draft from the arguments.
func (d *messageDraft) request(c *cobra.Command, p *program, b view.Backend, args []string) (view.MessageRequest, error) {
	req, f := d.req, c.Flags()
	if err := oneOf(f, "file", "pay-request", "job", "listing"); err != nil {
		return req, err
	}
	var err error
	if req.Way, err = way(c, d.direct, d.chain); err != nil {
		return req, err
	}
	given := ""
	if len(args) > 1 {
		given = args[1]
	}
	if req.Text, err = p.text(given, d.textFile); err != nil {
		return req, err
	}
	if err := d.payment(c, &req); err != nil {
		return req, err
	}
	if req.Text == "" && req.Payment == nil && req.File == "" && req.Job == "" && req.Listing == "" {
		return req, &usageError{errors.New("the message is empty"), "give a text, or “-” to read it from standard input"}
	}
	if req.File, err = absolute(req.File); err != nil {
		return req, err
	}
	if req.To, err = address(c.Context(), b, args[0]); err != nil {
		return req, err
	}
	if req.Job != "" {
		if req.Job, err = anyJobID(c.Context(), b, req.Job); err != nil {
			return req, err
		}
	}
	if req.Listing != "" {
		l, err := findListing(c.Context(), b, req.Listing)
		if err != nil {
			return req, err
		}
		req.Listing = l.ID
	}
	return req, nil
}

func (d *messageDraft) payment(c *cobra.Command, req *view.MessageRequest) error {
	if !c.Flags().Changed("pay-request") {
		if d.payTitle != "" || d.payFor != "" {
			return &usageError{errors.New("there is no --pay-request that these words belong to"), ""}
		}
		return nil
	}
	req.Payment = &view.PaymentCard{Amount: d.pay, Title: d.payTitle}
	if d.payFor != "" {
		span, err := parseSpan(d.payFor)
		if err != nil {
			return &usageError{fmt.Errorf("--pay-within: %w", err), ""}
		}
		req.Payment.Seconds = int64(span.Seconds())
	}
	return nil
}

// quote makes the request of the flags and asks the node how it would travel.
func (d *messageDraft) quote(c *cobra.Command, p *program, args []string) (b view.Backend, req view.MessageRequest, q view.MessageQuote, err error) {
	if b, err = p.backend(); err != nil {
		return
	}
	if req, err = d.request(c, p, b, args); err != nil {
		return
	}
	q, err = b.QuoteMessage(c.Context(), req)
	return
}

func (p *program) messageSend() *cobra.Command {
	var d messageDraft
	var yes bool
	c := &cobra.Command{
		Use: "send ADDRESS|NAME [TEXT]", Short: "Write a message", Long: messageSendLong, Args: exactly("ADDRESS|NAME", "[TEXT]"),
		Example: "  supercomputing message send Alice \"see you at eight\"\n" +
			"  supercomputing message send sc1p… \"is it still for sale?\" --listing 3f2a91bc --chain\n" +
			"  supercomputing message send Alice --pay-request 1.5 --pay-title rent\n" +
			"  supercomputing message send Alice - --max-price 0.01 < letter.txt",
	}
	d.flags(c)
	yesFlag(c, &yes)
	c.RunE = func(c *cobra.Command, args []string) error {
		b, req, quote, err := d.quote(c, p, args)
		if err != nil {
			return err
		}
		if req.MaxPrice, err = p.agreeMessage(quote, req, yes); err != nil {
			return err
		}
		m, err := b.SendMessage(c.Context(), req)
		if err != nil {
			return err
		}
		if quote.Way == view.WayDirect && req.Way != view.WayChain {
			m = p.awaitDelivery(c.Context(), b, m)
		}
		return p.show(m, func() { p.showSentMessage(m) })
	}
	return c
}

// deliveryLooks are the pauses between looks at a message that goes directly:
// about a second together, in which most arrive.
var deliveryLooks = [...]time.Duration{50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 600 * time.Millisecond}

// awaitDelivery waits a moment for a message that goes directly, and gives it as
// it is then. That it was sent is certain already: errors change nothing.
func (p *program) awaitDelivery(ctx context.Context, b view.Backend, m view.Message) view.Message {
	for _, d := range deliveryLooks {
		if m.Status != view.MessageQueued && m.Status != view.MessageSent || m.Way == view.WayChain {
			return m
		}
		p.pause(ctx, d)
		now, err := b.Message(ctx, m.ID)
		if err != nil {
			return m
		}
		m = now
	}
	if m.Status == view.MessageQueued && m.Problem == "" {
		m.Problem = "the other side has not confirmed it yet"
	}
	return m
}

func (p *program) showSentMessage(m view.Message) {
	p.facts("message", m.ID, "status", statusText(m), "transaction", m.TxID)
}

// agreeMessage tells how a message would travel, asks before anything is paid,
// and gives the most that may be. The node's notes say why it would wait.
func (p *program) agreeMessage(q view.MessageQuote, req view.MessageRequest, yes bool) (types.Amount, error) {
	p.notes(q.Notes)
	switch {
	case req.Way == view.WayChain:
		return p.agreeChain(q, req, yes)
	case req.Way == view.WayDirect:
		return 0, nil
	case q.Way == view.WayDirect || q.Records == 0:
		return req.MaxPrice, nil
	case req.MaxPrice > 0:
		if q.Price > req.MaxPrice {
			p.aside("", []string{fmt.Sprintf("Over the chain it costs %v now, more than --max-price.", coins(q.Price))})
		}
		return req.MaxPrice, nil
	case !q.Affordable:
		p.aside("", []string{fmt.Sprintf("Over the chain it costs %v, more than can be spent now.", coins(q.Price))})
		return 0, nil
	case !p.interactive && !yes:
		p.aside("", []string{fmt.Sprintf("Nobody is there to ask whether it may go over the chain; --max-price %v would let it.", q.Price)})
		return 0, nil
	}
	return q.Price, p.confirm(fmt.Sprintf("Pay %v to send it over the chain, if it is not reached directly?", coins(q.Price)), yes)
}

// agreeChain is agreeMessage for a message that shall go over the chain.
func (p *program) agreeChain(q view.MessageQuote, req view.MessageRequest, yes bool) (types.Amount, error) {
	switch {
	case q.Records == 0:
		return 0, view.Errorf(view.CodeInvalid, "this message cannot go over the chain; nothing was sent").
			WithHint("send it with --direct: it waits until both sides are online")
	case req.MaxPrice > 0 && q.Price > req.MaxPrice:
		return 0, view.Errorf(view.CodeConflict, "over the chain it costs %v, more than --max-price; nothing was sent", coins(q.Price))
	case !q.Affordable:
		return 0, view.Errorf(view.CodeFunds, "over the chain it costs %v, more than can be spent now; nothing was sent", coins(q.Price)).
			WithHint("--direct lets it wait until both sides are online, for nothing")
	case req.MaxPrice > 0:
		return req.MaxPrice, nil
	}
	return q.Price, p.confirm(fmt.Sprintf("Pay %v to send it over the chain?", coins(q.Price)), yes)
}

func (p *program) messageQuote() *cobra.Command {
	var d messageDraft
	c := &cobra.Command{
		Use: "quote ADDRESS|NAME [TEXT]", Short: "Tell how a message would travel and what it would cost", Args: exactly("ADDRESS|NAME", "[TEXT]"),
		Long:    "Tell how a message would travel now and what it would cost over the chain. Takes\nwhat “supercomputing message send” takes, and sends nothing.",
		Example: "  supercomputing message quote Alice \"see you at eight\"",
	}
	d.flags(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		_, _, q, err := d.quote(c, p, args)
		if err != nil {
			return err
		}
		return p.show(q, func() { p.showMessageQuote(q) })
	}
	return c
}

func (p *program) showMessageQuote(q view.MessageQuote) {
	chain := fmt.Sprintf("%v for %s, %s", coins(q.Price), bytesText(int64(q.Bytes)), count(q.Records, "record"))
	switch {
	case q.Records == 0:
		chain = "not possible"
	case !q.Affordable:
		chain += "; more than can be spent now"
	}
	now := map[string]string{view.WayDirect: "directly, for nothing", view.WayChain: "over the chain"}[q.Way]
	if now == "" {
		now = "it would wait for the other side"
	}
	p.facts("other side online", yesNo(q.Online), "sent now", now, "over the chain", chain, "they ask strangers for", positive(q.LeastExtra))
	for _, n := range q.Notes {
		p.say("Note: %s", clean(n))
	}
}

func (p *program) messageRetry() *cobra.Command {
	var req view.RetryRequest
	var direct, chain, yes bool
	c := &cobra.Command{
		Use: "retry MESSAGE", Short: "Send a message again that waits or has failed", Args: exactly("MESSAGE"),
		Long: `Send a message again that waits or has failed, perhaps by another way. A price is
shown and asked about first. MESSAGE is its id, or enough of the id's beginning.`,
		Example: "  supercomputing message retry 3f2a91bc --chain",
	}
	wayFlags(c, &direct, &chain, &req.MaxPrice, &req.Extra)
	feeRateFlag(c, &req.FeeRate)
	yesFlag(c, &yes)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (m view.Message, err error) {
		if req.Way, err = way(c, direct, chain); err != nil {
			return m, err
		}
		if m, err = findMessage(ctx, b, args[0]); err != nil {
			return m, err
		}
		if !m.Mine {
			return m, view.Errorf(view.CodeInvalid, "that message is not yours")
		}
		req.ID = m.ID
		if again := repeat(m, req); req.Way != view.WayDirect {
			quote, err := b.QuoteMessage(ctx, again)
			if err != nil {
				return m, err
			}
			if req.MaxPrice, err = p.agreeMessage(quote, again, yes); err != nil {
				return m, err
			}
		}
		return b.RetryMessage(ctx, req)
	}, p.showSentMessage)
	return c
}

// repeat is the request that would write a message again, for its price.
func repeat(m view.Message, r view.RetryRequest) view.MessageRequest {
	req := view.MessageRequest{To: m.Address, Text: m.Text, Way: r.Way, MaxPrice: r.MaxPrice, FeeRate: r.FeeRate, Extra: r.Extra}
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
