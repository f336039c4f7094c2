package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

const marketPostLong = `Advertise that you sell (--sell), look for (--buy) or do something (--service).
Each block shows one advertisement, the best-paying first; a cheap one waits,
and “supercomputing market raise” helps it. The price, the place in the queue and
how long it is shown are told and asked about first.

An advertisement is public for good, and carries your address.`

// listingDraft is what flags say about an advertisement.
type listingDraft struct {
	req      view.ListingRequest
	intent   intentFlags
	textFile string
}

func (d *listingDraft) flags(c *cobra.Command) {
	f := c.Flags()
	d.intent.add(c, "you sell it", "you look for it", "you do it for others")
	f.Var(amountFlag{&d.req.Price}, "price", "what you ask or offer, in coins (default: “ask”)")
	f.StringVar(&d.req.Text, "text", "", "the text; “-” for standard input")
	f.StringVar(&d.textFile, "file", "", "read the text from this file")
	f.StringVar(&d.req.Category, "category", "", "a category, such as tools")
	f.StringSliceVar(&d.req.Languages, "lang", nil, "a language you can be written to in, such as de; may be repeated")
	f.BoolVar(&d.req.Reach, "reach", false, "tell where your node is reached, so that writing to you is free")
	f.Var(amountFlag{&d.req.Fee}, "fee", "the whole fee to pay, in coins (default: the least)")
}

func (d *listingDraft) request(c *cobra.Command, p *program, title string) (view.ListingRequest, error) {
	req := d.req
	var err error
	if req.Intent, err = d.intent.intent(c); err != nil {
		return req, err
	}
	if req.Intent == "" {
		return req, &usageError{errors.New("no intent"), "say what you want with --sell, --buy or --service"}
	}
	req.Title = title
	req.Text, err = p.text(req.Text, d.textFile)
	return req, err
}

func (p *program) marketPost() *cobra.Command {
	var d listingDraft
	var yes bool
	c := &cobra.Command{
		Use: "post TITLE", Short: "Pay for an advertisement", Long: marketPostLong, Args: exactly("TITLE"),
		Example: "  supercomputing market post \"Bicycle, 28 inches\" --sell --price 40 --category vehicles --lang de,en\n" +
			"  supercomputing market post \"Translations\" --service --file offer.txt --fee 0.05",
	}
	d.flags(c)
	yesFlag(c, &yes)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (l view.Listing, err error) {
		req, err := d.request(c, p, args[0])
		if err != nil {
			return l, err
		}
		q, err := b.QuoteListing(ctx, req)
		if err != nil {
			return l, err
		}
		if err := p.agreeListing(q, yes); err != nil {
			return l, err
		}
		req.Fee, req.Most = q.Fee-q.Preparation, q.Fee // what was shown, whatever others bid meanwhile
		return b.PostListing(ctx, req)
	}, func(l view.Listing) { p.facts("advertisement", l.ID, "state", l.State, "fee", coins(l.Fee)) })
	return c
}

func (p *program) agreeListing(q view.ListingQuote, yes bool) error {
	if !q.Affordable {
		return view.Errorf(view.CodeFunds, "the advertisement costs %v, more than can be spent now; nothing was paid", coins(q.Fee)).
			WithHint("“supercomputing wallet balance” shows what is still coming in")
	}
	place, next := fmt.Sprint(q.Rank), coins(q.ToWin)
	if q.Rank == 1 {
		place, next = "1, the next block", "" // it is next already
	}
	p.quote("fee", coins(q.Fee), "place in the queue", place, "to be next", next,
		"shown for", count(q.Blocks, "block"), "until about", timeText(q.Ends))
	p.notes(q.Notes)
	return p.confirm(fmt.Sprintf("Pay %v?", coins(q.Fee)), yes)
}

func (p *program) marketRaise() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "raise LISTING [COINS]", Short: "Let a waiting advertisement pay more", Args: exactly("LISTING", "[COINS]"),
		Long: `Replace a waiting advertisement by one that pays COINS in all, or without COINS
enough to be in the next block as things stand. The advertisement's id changes.`,
		Example: "  supercomputing market raise 3f2a91bc 0.1",
	}
	yesFlag(c, &yes)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (l view.Listing, err error) {
		var fee types.Amount
		if len(args) > 1 {
			if fee, err = amount(args[1]); err != nil {
				return l, err
			}
		}
		if l, err = findListing(ctx, b, args[0]); err != nil {
			return l, err
		}
		if l.State != view.ListingWaiting {
			return l, view.Errorf(view.CodeConflict, "that advertisement is not waiting; it is %s", l.State)
		}
		if fee == 0 {
			if fee, err = raiseToWin(ctx, b, l); err != nil {
				return l, err
			}
		}
		p.quote("advertisement", firstLine(l.Title, 50), "pays now", coins(l.Fee), "would pay", coins(fee))
		if err := p.confirm(fmt.Sprintf("Pay %v instead of %v?", coins(fee), coins(l.Fee)), yes); err != nil {
			return l, err
		}
		return b.RaiseListing(ctx, view.RaiseListingRequest{ID: l.ID, Fee: fee, Most: fee})
	}, func(l view.Listing) { p.facts("advertisement", l.ID, "state", l.State, "fee", coins(l.Fee)) })
	return c
}

// raiseToWin is the whole fee that puts a waiting advertisement before all others
// now.
func raiseToWin(ctx context.Context, b view.Backend, l view.Listing) (types.Amount, error) {
	price, err := b.AdPrice(ctx)
	if err != nil {
		return 0, err
	}
	if len(price.Waiting) > 0 && price.Waiting[0].ID == l.ID {
		return 0, view.Errorf(view.CodeConflict, "the advertisement is the best-paying one already").WithHint("it is in the next block anyway; name a fee to pay more")
	}
	fee := price.ToWin
	for _, w := range price.Waiting {
		if w.ID == l.ID { // what takes its place pays for its own way, too: a unit for each byte
			fee = max(fee, w.Fee+w.Fee/max(w.Rate, 1)+1)
		}
	}
	return fee, nil
}

func (p *program) marketWithdraw() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "withdraw LISTING", Short: "Take your advertisement back, or tell everybody that it is over", Args: exactly("LISTING"),
		Long: `Withdraw your advertisement. One that waits is taken back: a payment to yourself
takes its place, and it is never shown. Of one that is shown, a public message tells
everybody that it is over, and what it paid is not refunded. The price is shown and
asked about first.`,
		Example: "  supercomputing market withdraw 3f2a91bc",
	}
	yesFlag(c, &yes)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (s view.Sent, err error) {
		l, err := findListing(ctx, b, args[0])
		if err != nil {
			return s, err
		}
		if !slices.Contains([]string{view.ListingShown, view.ListingWaiting}, l.State) {
			return s, view.Errorf(view.CodeConflict, "that advertisement is %s already", strings.TrimSpace(l.State))
		}
		q, err := b.QuoteWithdraw(ctx, l.ID)
		if err != nil {
			return s, err
		}
		if !q.Affordable {
			return s, view.Errorf(view.CodeFunds, "the withdrawal costs %v, more than can be spent now; nothing was paid", coins(q.Fee)).
				WithHint("“supercomputing wallet balance” shows what is still coming in")
		}
		price := []any{"fee", coins(q.Fee)}
		if q.Instead > 0 {
			price = append(price, "instead of", coins(q.Instead))
		}
		p.quote(price...)
		p.notes(q.Notes)
		if err := p.confirm(fmt.Sprintf("Withdraw “%s” for %v?", firstLine(l.Title, 50), coins(q.Fee)), yes); err != nil {
			return s, err
		}
		return b.WithdrawListing(ctx, view.WithdrawRequest{ID: l.ID, Most: q.Fee})
	}, func(s view.Sent) { p.facts("transaction", s.TxID, "fee", coins(s.Fee)) })
	return c
}
