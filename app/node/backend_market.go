package node

import (
	"context"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
	ads "supercomputing/wallet/market"
	"supercomputing/wallet/messages/envelope"
)

// intents gives each intent its word.
var intents = map[types.AdIntent]string{types.AdSell: view.IntentSell, types.AdBuy: view.IntentBuy, types.AdService: view.IntentService}

func parseIntent(s string) (types.AdIntent, error) {
	for i, word := range intents {
		if word == s {
			return i, nil
		}
	}
	return 0, view.Errorf(view.CodeInvalid, "%q is not an intent: sell, buy or service", s)
}

var listingSorts = map[string]ads.Sort{"": ads.SortNewest, view.SortNewest: ads.SortNewest, view.SortFee: ads.SortFee, view.SortPrice: ads.SortPrice}

// Listings implements view.Market.
func (n *Node) Listings(_ context.Context, q view.ListingsQuery) ([]view.Listing, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	ask := ads.Query{Search: q.Search, Category: q.Category, Language: q.Language, MaxPrice: q.MaxPrice, Mine: q.Mine, Hidden: q.Hidden,
		Skip: max(q.Skip, 0), Limit: pageLimit(q.Limit)}
	if q.Intent != "" {
		i, err := parseIntent(q.Intent)
		if err != nil {
			return nil, err
		}
		ask.Intent = &i
	}
	var ok bool
	if ask.Sort, ok = listingSorts[q.Sort]; !ok {
		return nil, view.Errorf(view.CodeInvalid, "%q is not an order: newest, fee or price", q.Sort)
	}
	if q.Seller != "" {
		a, err := n.parseAddress(q.Seller)
		if err != nil {
			return nil, err
		}
		ask.Seller = a
	}
	list, err := n.ads.Listings(ask)
	if err != nil {
		return nil, explain(err)
	}
	out := []view.Listing{}
	for _, l := range list {
		out = append(out, n.listing(l))
	}
	return out, nil
}

func (n *Node) listing(l ads.Listing) view.Listing {
	return view.Listing{ID: l.ID.String(), State: string(l.State), Intent: intents[l.Intent], Title: l.Title, Text: l.Text, Category: l.Category,
		Price: l.Price, Languages: texts(l.Languages), Seller: n.addressText(l.Seller), SellerName: n.messages.ContactName(l.Seller),
		Mine: l.Mine, Hidden: l.Hidden, Fee: l.Fee, Height: l.Height, Posted: utc(l.Posted), Ends: utc(l.Ends),
		Links: links(l.Links), Warnings: texts(l.Warnings)}
}

func listingID(s string) (types.Hash, error) { return parseHash(s, "advertisement's id") }

// Listing implements view.Market.
func (n *Node) Listing(_ context.Context, id string) (view.Listing, error) {
	if err := n.needWallet(); err != nil {
		return view.Listing{}, err
	}
	h, err := listingID(id)
	if err != nil {
		return view.Listing{}, err
	}
	return n.listingOf(n.ads.Listing(h))
}

func (n *Node) listingOf(l ads.Listing, err error) (view.Listing, error) {
	if err != nil {
		return view.Listing{}, explain(err)
	}
	return n.listing(l), nil
}

// FeaturedListing implements view.Market.
func (n *Node) FeaturedListing(context.Context) (*view.Listing, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	l, ok := n.ads.Featured()
	if !ok {
		return nil, nil
	}
	v := n.listing(l)
	return &v, nil
}

// AdPrice implements view.Market.
func (n *Node) AdPrice(context.Context) (view.AdPrice, error) {
	if err := n.needWallet(); err != nil {
		return view.AdPrice{}, err
	}
	p := n.ads.Price()
	v := view.AdPrice{Least: p.Least, ToWin: p.ToWin, Waiting: []view.AdBid{}, BlockTime: int64(n.ads.BlockTime() / time.Second)}
	for _, b := range p.Waiting {
		v.Waiting = append(v.Waiting, view.AdBid{ID: b.ID.String(), Fee: b.Fee, Rate: b.Rate, Title: b.Title, Mine: b.Mine})
	}
	return v, nil
}

// adRequest translates an advertisement to post.
func (n *Node) adRequest(req view.ListingRequest) (ads.Request, error) {
	i, err := parseIntent(req.Intent)
	if err != nil {
		return ads.Request{}, err
	}
	if req.Fee < 0 || req.Fee > types.MaxAmount {
		return ads.Request{}, view.Errorf(view.CodeInvalid, "%v is not a fee", req.Fee)
	}
	if req.Reach && n.toldReach() == "" {
		return ads.Request{}, view.Errorf(view.CodeConflict, "there is nowhere to reach this node directly: messages are not listened for").
			WithHint("“supercomputing config set messages.listen true”, and start the node again")
	}
	return ads.Request{Intent: i, Title: req.Title, Text: req.Text, Category: req.Category, Price: req.Price, Languages: req.Languages,
		Reach: req.Reach, Fee: req.Fee, Most: req.Most}, nil
}

// QuoteListing implements view.Market.
func (n *Node) QuoteListing(_ context.Context, req view.ListingRequest) (view.ListingQuote, error) {
	if err := n.needWallet(); err != nil {
		return view.ListingQuote{}, err
	}
	r, err := n.adRequest(req)
	if err != nil {
		return view.ListingQuote{}, err
	}
	q, err := n.ads.Quote(r)
	if err != nil {
		return view.ListingQuote{}, explain(err)
	}
	v := view.ListingQuote{Fee: q.Fee + q.Preparation, Preparation: q.Preparation, Least: q.Least, ToWin: q.ToWin, Rank: q.Rank, Blocks: q.Blocks, Ends: utc(q.Ends),
		Affordable: q.Affordable, Notes: texts(q.Notes)}
	if q.Preparation > 0 {
		v.Notes = append(v.Notes, "a payment to your own identity address goes first, since no coin lies there yet")
	}
	return v, nil
}

// PostListing implements view.Market.
func (n *Node) PostListing(ctx context.Context, req view.ListingRequest) (view.Listing, error) {
	if err := n.needWallet(); err != nil {
		return view.Listing{}, err
	}
	r, err := n.adRequest(req)
	if err != nil {
		return view.Listing{}, err
	}
	return n.listingOf(n.ads.Post(ctx, r))
}

// RaiseListing implements view.Market.
func (n *Node) RaiseListing(ctx context.Context, req view.RaiseListingRequest) (view.Listing, error) {
	if err := n.needWallet(); err != nil {
		return view.Listing{}, err
	}
	h, err := listingID(req.ID)
	if err != nil {
		return view.Listing{}, err
	}
	for _, fee := range []types.Amount{req.Fee, req.Most} {
		if fee < 0 || fee > types.MaxAmount {
			return view.Listing{}, view.Errorf(view.CodeInvalid, "%v is not a fee", fee)
		}
	}
	return n.listingOf(n.ads.Raise(ctx, h, req.Fee, req.Most))
}

// QuoteWithdraw implements view.Market.
func (n *Node) QuoteWithdraw(_ context.Context, id string) (view.WithdrawQuote, error) {
	if err := n.needWallet(); err != nil {
		return view.WithdrawQuote{}, err
	}
	h, err := listingID(id)
	if err != nil {
		return view.WithdrawQuote{}, err
	}
	q, err := n.ads.QuoteWithdraw(h)
	if err != nil {
		return view.WithdrawQuote{}, explain(err)
	}
	return view.WithdrawQuote{Fee: q.Fee, Instead: q.Instead, Affordable: q.Affordable, Notes: texts(q.Notes)}, nil
}

// WithdrawListing implements view.Market.
func (n *Node) WithdrawListing(ctx context.Context, req view.WithdrawRequest) (view.Sent, error) {
	if err := n.needWallet(); err != nil {
		return view.Sent{}, err
	}
	h, err := listingID(req.ID)
	if err != nil {
		return view.Sent{}, err
	}
	if req.Most < 0 || req.Most > types.MaxAmount {
		return view.Sent{}, view.Errorf(view.CodeInvalid, "%v is not a fee", req.Most)
	}
	tx, err := n.ads.Withdraw(ctx, h, req.Most)
	if err != nil {
		return view.Sent{}, explain(err)
	}
	return n.sent(tx), nil
}

// HideListing implements view.Market.
func (n *Node) HideListing(_ context.Context, req view.HideRequest) error {
	if err := n.needWallet(); err != nil {
		return err
	}
	if (req.ID == "") == (req.Seller == "") {
		return view.Errorf(view.CodeInvalid, "name an advertisement or a seller")
	}
	if req.Seller != "" {
		a, err := n.parseAddress(req.Seller)
		if err != nil {
			return err
		}
		return explain(n.ads.HideSeller(a, req.Hidden))
	}
	h, err := listingID(req.ID)
	if err != nil {
		return err
	}
	return explain(n.ads.HideListing(h, req.Hidden))
}

// listingBody is a message's card of an advertisement.
func (n *Node) listingBody(id, text string) (envelope.Body, error) {
	h, err := listingID(id)
	if err != nil {
		return nil, err
	}
	l, err := n.ads.Listing(h)
	if err != nil {
		return nil, explain(err)
	}
	return &envelope.Listing{ID: h, Title: fitTitle(l.Title), Text: text}, nil
}

// listingCard shows an advertisement as the chain has it.
func (n *Node) listingCard(b *envelope.Listing) *view.Card {
	l, err := n.ads.Listing(b.ID)
	if err != nil {
		return claimed(view.CardListing, b.ID, b.Title)
	}
	c := &view.Card{Kind: view.CardListing, Ref: b.ID.String()}
	c.Title, c.Amount, c.Address, c.State, c.Expires = l.Title, l.Price, n.addressText(l.Seller), string(l.State), utc(l.Ends)
	return c
}
