package viewtest

import (
	"context"

	"supercomputing/app/view"
)

// Listings implements view.Market.
func (f *Fake) Listings(_ context.Context, q view.ListingsQuery) ([]view.Listing, error) {
	return answer[[]view.Listing](f, "Listings", q)
}

// Listing implements view.Market.
func (f *Fake) Listing(_ context.Context, id string) (view.Listing, error) {
	return answer[view.Listing](f, "Listing", id)
}

// FeaturedListing implements view.Market.
func (f *Fake) FeaturedListing(context.Context) (*view.Listing, error) {
	return answer[*view.Listing](f, "FeaturedListing", nil)
}

// AdPrice implements view.Market.
func (f *Fake) AdPrice(context.Context) (view.AdPrice, error) {
	return answer[view.AdPrice](f, "AdPrice", nil)
}

// QuoteListing implements view.Market.
func (f *Fake) QuoteListing(_ context.Context, req view.ListingRequest) (view.ListingQuote, error) {
	return answer[view.ListingQuote](f, "QuoteListing", req)
}

// PostListing implements view.Market.
func (f *Fake) PostListing(_ context.Context, req view.ListingRequest) (view.Listing, error) {
	return answer[view.Listing](f, "PostListing", req)
}

// RaiseListing implements view.Market.
func (f *Fake) RaiseListing(_ context.Context, req view.RaiseListingRequest) (view.Listing, error) {
	return answer[view.Listing](f, "RaiseListing", req)
}

// WithdrawListing implements view.Market.
func (f *Fake) WithdrawListing(_ context.Context, req view.WithdrawRequest) (view.Sent, error) {
	return answer[view.Sent](f, "WithdrawListing", req)
}

// QuoteWithdraw implements view.Market.
func (f *Fake) QuoteWithdraw(_ context.Context, id string) (view.WithdrawQuote, error) {
	return answer[view.WithdrawQuote](f, "QuoteWithdraw", id)
}

// HideListing implements view.Market.
func (f *Fake) HideListing(_ context.Context, req view.HideRequest) error {
	_, err := f.record("HideListing", req)
	return err
}

// News implements view.News.
func (f *Fake) News(_ context.Context, q view.NewsQuery) ([]view.NewsPost, error) {
	return answer[[]view.NewsPost](f, "News", q)
}

// Channels implements view.News.
func (f *Fake) Channels(context.Context) ([]view.Channel, error) {
	return answer[[]view.Channel](f, "Channels", nil)
}

// Subscribe implements view.News.
func (f *Fake) Subscribe(_ context.Context, req view.SubscribeRequest) (view.Channel, error) {
	return answer[view.Channel](f, "Subscribe", req)
}

// QuotePublish implements view.News.
func (f *Fake) QuotePublish(_ context.Context, req view.PublishRequest) (view.PublishQuote, error) {
	return answer[view.PublishQuote](f, "QuotePublish", req)
}

// Publish implements view.News.
func (f *Fake) Publish(_ context.Context, req view.PublishRequest) (view.Sent, error) {
	return answer[view.Sent](f, "Publish", req)
}

// MarkNewsRead implements view.News.
func (f *Fake) MarkNewsRead(context.Context) error {
	_, err := f.record("MarkNewsRead", nil)
	return err
}
