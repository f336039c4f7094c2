package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

const marketLong = `Advertisements of the network: who sells, buys or offers a service. Each block has
room for one; who pays most is next. Write to a seller with “supercomputing
message send SELLER TEXT --listing ID”.

What advertisements say is their authors' own; nobody has checked it.`

func (p *program) marketCommand() *cobra.Command {
	return group("market", "Browse advertisements and post your own", marketLong,
		p.marketList(), p.marketMine(), p.marketShow(), p.marketFeatured(), p.marketPrice(), p.marketPost(), p.marketRaise(), p.marketWithdraw(),
		p.marketHide("hide", "Keep an advertisement or a seller out of the lists", true),
		p.marketHide("unhide", "Show a hidden advertisement or seller again", false))
}

// intentFlags are the flags --sell, --buy and --service.
type intentFlags struct{ sell, buy, service bool }

func (v *intentFlags) add(c *cobra.Command, sell, buy, service string) {
	c.Flags().BoolVar(&v.sell, "sell", false, sell)
	c.Flags().BoolVar(&v.buy, "buy", false, buy)
	c.Flags().BoolVar(&v.service, "service", false, service)
}

func (v *intentFlags) intent(c *cobra.Command) (string, error) {
	if err := oneOf(c.Flags(), "sell", "buy", "service"); err != nil {
		return "", err
	}
	switch {
	case v.sell:
		return view.IntentSell, nil
	case v.buy:
		return view.IntentBuy, nil
	case v.service:
		return view.IntentService, nil
	}
	return "", nil
}

func (p *program) marketList() *cobra.Command {
	var q view.ListingsQuery
	var intent intentFlags
	c := &cobra.Command{
		Use: "list [TEXT]", Short: "Find advertisements", Args: exactly("[TEXT]"),
		Long:    "Find advertisements that are shown now; TEXT is searched for in titles and texts.",
		Example: "  supercomputing market list\n  supercomputing market list bicycle --sell --max-price 50 --sort price\n  supercomputing market list --hidden",
	}
	f := c.Flags()
	intent.add(c, "only of sellers", "only of buyers", "only services")
	f.StringVar(&q.Category, "category", "", "only of this category")
	f.StringVar(&q.Language, "lang", "", "only in this language, such as de")
	f.StringVar(&q.Seller, "seller", "", "only of this address or contact")
	f.Var(amountFlag{&q.MaxPrice}, "max-price", "only up to this price, in coins")
	f.BoolVar(&q.Hidden, "hidden", false, "only what was hidden")
	f.StringVar(&q.Sort, "sort", "", "newest, fee (best-paying first) or price (default: newest)")
	pageFlags(c, &q.Page, 50)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (list []view.Listing, err error) {
		if q.Intent, err = intent.intent(c); err != nil {
			return nil, err
		}
		if len(args) > 0 {
			q.Search = args[0]
		}
		if !validSort(q.Sort) {
			return nil, &usageError{fmt.Errorf("--sort: there is no order %q", q.Sort), "the orders are newest, fee and price"}
		}
		if q.Seller != "" {
			if q.Seller, err = address(ctx, b, q.Seller); err != nil {
				return nil, err
			}
		}
		return b.Listings(ctx, q)
	}, func(list []view.Listing) {
		p.showListings(list, "No advertisements that fit. “supercomputing market post” puts one there.")
	})
	return c
}

func validSort(s string) bool {
	return s == "" || s == view.SortNewest || s == view.SortFee || s == view.SortPrice
}

func (p *program) marketMine() *cobra.Command {
	q := view.ListingsQuery{Mine: true}
	c := &cobra.Command{
		Use: "mine", Short: "List your own advertisements", Args: exactly(),
		Long:    "List your own advertisements: shown, waiting for a block, withdrawn and over.",
		Example: "  supercomputing market mine",
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) ([]view.Listing, error) {
			return b.Listings(ctx, q)
		}, func(list []view.Listing) {
			p.showListings(list, "You have no advertisements. “supercomputing market post” puts one there.")
		}),
	}
	pageFlags(c, &q.Page, 50)
	return c
}

func (p *program) showListings(list []view.Listing, empty string) {
	var rows [][]any
	for _, l := range list {
		seller := nameOr(l.SellerName, l.Seller)
		if l.Mine {
			seller = "you"
		}
		title := firstLine(l.Title, 50)
		if len(l.Warnings) > 0 {
			title += " (!)"
		}
		rows = append(rows, []any{short(l.ID), l.State, l.Intent, title, asked(l.Price), l.Category, strings.Join(l.Languages, ","), seller, timeText(l.Posted)})
	}
	p.table("ID|STATE|INTENT|TITLE|PRICE|CATEGORY|LANG|SELLER|POSTED", rows, empty)
}

func (p *program) marketShow() *cobra.Command {
	return &cobra.Command{
		Use: "show LISTING", Short: "Show an advertisement", Args: exactly("LISTING"),
		Long:    "Show an advertisement. LISTING is its id, or enough of the id's beginning.",
		Example: "  supercomputing market show 3f2a91bc",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.Listing, error) {
			return findListing(ctx, b, args[0])
		}, p.showListing),
	}
}

// findListing finds an advertisement by its id or the beginning of it, among
// those that are shown, hidden or our own.
func findListing(ctx context.Context, b view.Backend, given string) (view.Listing, error) {
	l, err := b.Listing(ctx, given)
	if err == nil || len(given) >= wholeID || !errors.Is(err, view.ErrNotFound) && !errors.Is(err, view.ErrInvalid) {
		return l, err
	}
	var all []view.Listing
	known := make(map[string]bool)
	for _, q := range []view.ListingsQuery{{}, {Mine: true}, {Hidden: true}} {
		for q.Limit = findPage; ; q.Skip += findPage {
			list, err := b.Listings(ctx, q)
			if err != nil {
				return l, err
			}
			for _, x := range list {
				if !known[x.ID] {
					known[x.ID] = true
					all = append(all, x)
				}
			}
			if len(list) < findPage || len(all) >= findMost {
				break
			}
		}
	}
	return pick(given, "advertisement", all, func(l view.Listing) string { return l.ID })
}

func (p *program) showListing(l view.Listing) {
	seller := named(l.SellerName, l.Seller)
	if l.Mine {
		seller = "you (" + l.Seller + ")"
	}
	block := ""
	if l.Height > 0 {
		block = fmt.Sprint(l.Height)
	}
	p.facts("advertisement", l.ID, "state", l.State, "intent", l.Intent, "title", l.Title, "price", asked(l.Price), "category", l.Category,
		"languages", strings.Join(l.Languages, ", "), "seller", seller, "paid to be shown", coins(l.Fee), "in block", block,
		"posted", timeText(l.Posted), "shown until about", timeText(l.Ends), "hidden", map[bool]string{true: "yes"}[l.Hidden])
	if l.Text != "" {
		p.say("")
		p.lines("    ", l.Text)
	}
	p.links("    ", l.Links)
	p.warnings("    ", l.Warnings)
	if l.Mine {
		return
	}
	p.say("\nWrite:  supercomputing message send %s TEXT --listing %s", l.Seller, l.ID)
	if l.Price > 0 && l.Intent != view.IntentBuy {
		p.say("Pay:    supercomputing wallet send %s %v", l.Seller, l.Price)
	}
}

func (p *program) marketFeatured() *cobra.Command {
	return &cobra.Command{
		Use: "featured", Short: "Show the best-paying advertisement of the last hour", Args: exactly(),
		Long:    "Show the best-paying advertisement of the last hour.",
		Example: "  supercomputing market featured",
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) (*view.Listing, error) {
			return b.FeaturedListing(ctx)
		}, func(l *view.Listing) {
			if l == nil {
				p.say("Nobody has advertised in the last hour.")
				return
			}
			p.showListing(*l)
		}),
	}
}

func (p *program) marketPrice() *cobra.Command {
	return &cobra.Command{
		Use: "price", Short: "Show what the next block's one slot costs now", Args: exactly(),
		Long: `Show what the next block's one slot for an advertisement costs now, and which ones
wait for it. What each pays in all decides; the price of a certain one is
told by “supercomputing market post” before it asks.`,
		Example: "  supercomputing market price",
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) (view.AdPrice, error) {
			return b.AdPrice(ctx)
		}, func(a view.AdPrice) {
			p.facts("least, for a short one", coins(a.Least), "to be in the next block", coins(a.ToWin), "a block takes about", spanText(seconds(a.BlockTime)))
			var rows [][]any
			for i, w := range a.Waiting {
				title := firstLine(w.Title, 50)
				if w.Mine {
					title += " (yours)"
				}
				rows = append(rows, []any{i + 1, w.Fee, w.Rate, title, short(w.ID)})
			}
			p.say("")
			p.table("PLACE|FEE|PER VBYTE|TITLE|ID", rows, "No advertisement waits.")
		}),
	}
}

func (p *program) marketHide(use, short string, hidden bool) *cobra.Command {
	var seller string
	c := &cobra.Command{
		Use: use + " [LISTING]", Short: short, Args: exactly("[LISTING]"),
		Long:    short + ". Only your own lists change;\n“supercomputing market list --hidden” shows what was hidden.",
		Example: "  supercomputing market " + use + " 3f2a91bc\n  supercomputing market " + use + " --seller sc1p…",
	}
	c.Flags().StringVar(&seller, "seller", "", "all advertisements of this address or contact")
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (struct{}, error) {
		req := view.HideRequest{Hidden: hidden}
		switch {
		case len(args) > 0 == (seller != ""):
			return struct{}{}, &usageError{errors.New("name either an advertisement or, with --seller, a seller"), ""}
		case seller != "":
			a, err := address(ctx, b, seller)
			if err != nil {
				return struct{}{}, err
			}
			req.Seller = a
		default:
			l, err := findListing(ctx, b, args[0])
			if err != nil {
				return struct{}{}, err
			}
			req.ID = l.ID
		}
		return struct{}{}, b.HideListing(ctx, req)
	}, func(struct{}) { p.say("Done.") })
	return c
}
