package api

import (
	"context"

	"supercomputing/app/view"
)

// marketRoutes is advertisements, and the channels of news.
func marketRoutes(b view.Backend) []route {
	return []route{
		{"GET", "/v1/market/listings", false, query(b.Listings)},
		{"POST", "/v1/market/listings", false, body(b.PostListing)},
		{"GET", "/v1/market/listings/{id}", false, named("id", b.Listing)},
		{"POST", "/v1/market/listings/{id}/raise", false, bodyAt("id", func(q *view.RaiseListingRequest) *string { return &q.ID }, b.RaiseListing)},
		{"GET", "/v1/market/listings/{id}/withdraw", false, named("id", b.QuoteWithdraw)},
		{"POST", "/v1/market/listings/{id}/withdraw", false, bodyAt("id", func(q *view.WithdrawRequest) *string { return &q.ID }, b.WithdrawListing)},
		{"GET", "/v1/market/featured", false, plain(b.FeaturedListing)},
		{"GET", "/v1/market/price", false, plain(b.AdPrice)},
		{"POST", "/v1/market/quote", false, body(b.QuoteListing)},
		{"POST", "/v1/market/hide", false, body(done(b.HideListing))},

		{"GET", "/v1/news", false, query(b.News)},
		{"POST", "/v1/news", false, body(b.Publish)},
		{"POST", "/v1/news/quote", false, body(b.QuotePublish)},
		{"POST", "/v1/news/read", false, plain(func(ctx context.Context) (noBody, error) {
			return noBody{}, b.MarkNewsRead(ctx)
		})},
		{"GET", "/v1/news/channels", false, plain(b.Channels)},
		{"POST", "/v1/news/channels", false, body(b.Subscribe)},
	}
}
