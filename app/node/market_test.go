package node

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// TestMarketAndNews posts an advertisement on one real node and finds it on the
// other: raised while it waits, written to and paid from the listing, featured,
// hidden, withdrawn. A post is published, followed and read, also after a
// restart.
func TestMarketAndNews(t *testing.T) {
	t.Parallel()
	a, b, stopB := pair(t)
	ctx := t.Context()

	req := view.ListingRequest{Intent: view.IntentSell, Title: "Old bicycle", Text: "Blue. See https://example.org/bike", Category: "bicycles",
		Price: 2 * types.Coin, Languages: []string{"en", "de"}, Reach: true}
	q := must[view.ListingQuote](t)(a.client.QuoteListing(ctx, req))
	if q.Fee <= 0 || q.Fee < q.Least || q.Rank != 1 || !q.Affordable || q.Blocks == 0 {
		t.Errorf("quote: %+v", q)
	}
	turned := req
	turned.Title = "Old \u202ebicycle"
	if _, err := a.client.PostListing(ctx, turned); !errors.Is(err, view.ErrInvalid) || !strings.Contains(err.Error(), "direction of writing") {
		t.Errorf("posted a turned title: %v", err)
	}
	ad := a.postRaised(t, req, q)
	b.await(t, "the advertisement", func(ctx context.Context) (bool, error) {
		list, err := b.client.Listings(ctx, view.ListingsQuery{Search: "bicycle"})
		return len(list) == 1 && list[0].ID == ad.ID && list[0].State == view.ListingShown, err
	})
	got := must[view.Listing](t)(b.client.Listing(ctx, ad.ID))
	if got.Seller != a.ready.Identity || got.SellerName != "Ann" || got.Mine || got.Price != 2*types.Coin || got.Intent != view.IntentSell ||
		got.Fee != ad.Fee || len(got.Links) != 1 || got.Links[0].Host != "example.org" || !slices.Equal(got.Languages, req.Languages) {
		t.Errorf("seen: %+v", got)
	}
	if f := must[*view.Listing](t)(b.client.FeaturedListing(ctx)); f == nil || f.ID != ad.ID {
		t.Errorf("featured: %+v", f)
	}
	b.buy(t, a, got)
	b.hideAndShow(t, ad.ID)
	price := must[view.WithdrawQuote](t)(a.client.QuoteWithdraw(ctx, ad.ID))
	if _, err := a.client.WithdrawListing(ctx, view.WithdrawRequest{ID: ad.ID, Most: price.Fee - 1}); !errors.Is(err, view.ErrConflict) {
		t.Errorf("withdrawn for more than allowed: %v", err)
	}
	if sent := must[view.Sent](t)(a.client.WithdrawListing(ctx, view.WithdrawRequest{ID: ad.ID, Most: price.Fee})); sent.Fee != price.Fee || !price.Affordable || price.Instead != 0 {
		t.Errorf("quoted %+v, sent %+v", price, sent)
	}
	b.await(t, "the withdrawal", func(ctx context.Context) (bool, error) {
		l, err := b.client.Listing(ctx, ad.ID)
		return l.State == view.ListingWithdrawn, err
	})
	if _, err := b.client.WithdrawListing(ctx, view.WithdrawRequest{ID: ad.ID}); !errors.Is(err, view.ErrInvalid) {
		t.Errorf("withdrew another's: %v", err)
	}

	b.follow(t, a)
	stopB()
	b.start(t)
	if list := must[[]view.NewsPost](t)(b.client.News(ctx, view.NewsQuery{Channel: a.ready.Identity})); len(list) != 1 || list[0].Unread || list[0].Name != "Ann's news" {
		t.Errorf("news after a restart: %+v", list)
	}
	b.await(t, "the withdrawal after a restart", func(ctx context.Context) (bool, error) {
		l, err := b.client.Listing(ctx, ad.ID)
		if errors.Is(err, view.ErrNotFound) {
			return false, nil
		}
		return l.State == view.ListingWithdrawn, err
	})
}

// postRaised posts an advertisement and raises it as long as it waits.
func (m *member) postRaised(t *testing.T, req view.ListingRequest, q view.ListingQuote) view.Listing {
	t.Helper()
	ctx := t.Context()
	var raised view.Listing
	// A block may come between posting and raising; then another one is tried.
	for range 5 {
		ad := must[view.Listing](t)(m.client.PostListing(ctx, req))
		if ad.State != view.ListingWaiting || !ad.Mine || ad.Fee != q.Fee {
			t.Errorf("posted: %+v", ad)
		}
		price := must[view.AdPrice](t)(m.client.AdPrice(ctx))
		if len(price.Waiting) > 0 && (!price.Waiting[0].Mine || price.Waiting[0].Title != req.Title || price.ToWin <= price.Waiting[0].Fee) {
			t.Errorf("price: %+v", price)
		}
		if _, err := m.client.RaiseListing(ctx, view.RaiseListingRequest{ID: ad.ID, Fee: 1}); err == nil {
			t.Error("raised to less")
		}
		var err error
		if raised, err = m.client.RaiseListing(ctx, view.RaiseListingRequest{ID: ad.ID, Fee: 2 * q.Fee}); err == nil {
			break
		} else if !errors.Is(err, view.ErrConflict) {
			t.Fatal(err)
		}
		m.await(t, "the withdrawal of an advertisement in a block", func(ctx context.Context) (bool, error) {
			_, err := m.client.WithdrawListing(ctx, view.WithdrawRequest{ID: ad.ID})
			if errors.Is(err, view.ErrConflict) {
				return false, nil // the wallet has not seen the block yet
			}
			return err == nil, err
		})
	}
	if raised.Fee != 2*q.Fee || raised.State != view.ListingWaiting {
		t.Fatalf("raised: %+v", raised)
	}
	return raised
}

// buy writes to the seller with the advertisement's card, and pays from the
// listing.
func (m *member) buy(t *testing.T, seller *member, l view.Listing) {
	t.Helper()
	ctx := t.Context()
	m.write(t, seller, view.MessageRequest{Text: "is it still there?", Listing: l.ID})
	seller.await(t, "the buyer", func(ctx context.Context) (bool, error) {
		msg, err := seller.message(ctx, m, "is it still there?")
		c := msg.Card
		return c != nil && c.Kind == view.CardListing && c.Title == l.Title && c.Amount == l.Price && c.Address == seller.ready.Identity && c.State == view.ListingShown, err
	})
	sent := must[view.Sent](t)(m.client.Send(ctx, view.SendRequest{Outputs: []view.Payment{{Address: l.Seller, Amount: l.Price}}, Label: l.Title}))
	seller.await(t, "the price", func(ctx context.Context) (bool, error) {
		list, err := seller.client.History(ctx, view.Page{})
		return slices.ContainsFunc(list, func(e view.Movement) bool {
			return e.TxID == sent.TxID && e.Amount == l.Price && e.Status == view.MoveConfirmed
		}), err
	})
}

func (m *member) hideAndShow(t *testing.T, id string) {
	t.Helper()
	ctx := t.Context()
	for _, hidden := range []bool{true, false} {
		if err := m.client.HideListing(ctx, view.HideRequest{ID: id, Hidden: hidden}); err != nil {
			t.Fatal(err)
		}
		list := must[[]view.Listing](t)(m.client.Listings(ctx, view.ListingsQuery{}))
		if slices.ContainsFunc(list, func(l view.Listing) bool { return l.ID == id }) == hidden {
			t.Errorf("hidden %v: %+v", hidden, list)
		}
	}
	for _, bad := range []view.HideRequest{{}, {ID: id, Seller: m.ready.Identity}, {ID: "x"}} {
		if err := m.client.HideListing(ctx, bad); !errors.Is(err, view.ErrInvalid) {
			t.Errorf("hide %+v: %v", bad, err)
		}
	}
}

// follow subscribes to another's channel and reads what it publishes.
func (m *member) follow(t *testing.T, author *member) {
	t.Helper()
	ctx := t.Context()
	c := must[view.Channel](t)(m.client.Subscribe(ctx, view.SubscribeRequest{Author: author.ready.Identity, Name: "Ann's news"}))
	if c.Official || c.Name != "Ann's news" {
		t.Errorf("channel: %+v", c)
	}
	text := "It runs\nThe network is up."
	q := must[view.PublishQuote](t)(author.client.QuotePublish(ctx, view.PublishRequest{Text: text}))
	sent := must[view.Sent](t)(author.client.Publish(ctx, view.PublishRequest{Text: text}))
	if q.Price != sent.Fee || !q.Affordable || q.Bytes != len(text) {
		t.Errorf("quote %+v, sent %+v", q, sent)
	}
	m.await(t, "the post", func(ctx context.Context) (bool, error) {
		s, err := m.client.Status(ctx)
		return s.Unread.News == 1, err
	})
	list := must[[]view.NewsPost](t)(m.client.News(ctx, view.NewsQuery{}))
	if len(list) != 1 || list[0].Title != "It runs" || list[0].Author != author.ready.Identity || !list[0].Unread || list[0].Height == 0 {
		t.Errorf("news: %+v", list)
	}
	if err := m.client.MarkNewsRead(ctx); err != nil {
		t.Fatal(err)
	}
	if u := must[view.Status](t)(m.client.Status(ctx)).Unread; u.News != 0 {
		t.Errorf("after reading: %+v", u)
	}
}
