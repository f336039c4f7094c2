package api

import (
	"context"

	"supercomputing/app/view"
)

// Listings implements view.Market.
func (c *Client) Listings(ctx context.Context, q view.ListingsQuery) ([]view.Listing, error) {
	return call[[]view.Listing](ctx, c, "GET", "/v1/market/listings"+encodeQuery(q), nil)
}

// Listing implements view.Market.
func (c *Client) Listing(ctx context.Context, id string) (view.Listing, error) {
	return call[view.Listing](ctx, c, "GET", "/v1/market/listings/"+segment(id), nil)
}

// FeaturedListing implements view.Market.
func (c *Client) FeaturedListing(ctx context.Context) (*view.Listing, error) {
	return call[*view.Listing](ctx, c, "GET", "/v1/market/featured", nil)
}

// AdPrice implements view.Market.
func (c *Client) AdPrice(ctx context.Context) (view.AdPrice, error) {
	return call[view.AdPrice](ctx, c, "GET", "/v1/market/price", nil)
}

// QuoteListing implements view.Market.
func (c *Client) QuoteListing(ctx context.Context, req view.ListingRequest) (view.ListingQuote, error) {
	return call[view.ListingQuote](ctx, c, "POST", "/v1/market/quote", req)
}

// PostListing implements view.Market.
func (c *Client) PostListing(ctx context.Context, req view.ListingRequest) (view.Listing, error) {
	return call[view.Listing](ctx, c, "POST", "/v1/market/listings", req)
}

// RaiseListing implements view.Market.
func (c *Client) RaiseListing(ctx context.Context, req view.RaiseListingRequest) (view.Listing, error) {
	return call[view.Listing](ctx, c, "POST", "/v1/market/listings/"+segment(req.ID)+"/raise", req)
}

// WithdrawListing implements view.Market.
func (c *Client) WithdrawListing(ctx context.Context, req view.WithdrawRequest) (view.Sent, error) {
	return call[view.Sent](ctx, c, "POST", "/v1/market/listings/"+segment(req.ID)+"/withdraw", req)
}

// QuoteWithdraw implements view.Market.
func (c *Client) QuoteWithdraw(ctx context.Context, id string) (view.WithdrawQuote, error) {
	return call[view.WithdrawQuote](ctx, c, "GET", "/v1/market/listings/"+segment(id)+"/withdraw", nil)
}

// HideListing implements view.Market.
func (c *Client) HideListing(ctx context.Context, req view.HideRequest) error {
	_, err := call[noBody](ctx, c, "POST", "/v1/market/hide", req)
	return err
}

// News implements view.News.
func (c *Client) News(ctx context.Context, q view.NewsQuery) ([]view.NewsPost, error) {
	return call[[]view.NewsPost](ctx, c, "GET", "/v1/news"+encodeQuery(q), nil)
}

// Channels implements view.News.
func (c *Client) Channels(ctx context.Context) ([]view.Channel, error) {
	return call[[]view.Channel](ctx, c, "GET", "/v1/news/channels", nil)
}

// Subscribe implements view.News.
func (c *Client) Subscribe(ctx context.Context, req view.SubscribeRequest) (view.Channel, error) {
	return call[view.Channel](ctx, c, "POST", "/v1/news/channels", req)
}

// QuotePublish implements view.News.
func (c *Client) QuotePublish(ctx context.Context, req view.PublishRequest) (view.PublishQuote, error) {
	return call[view.PublishQuote](ctx, c, "POST", "/v1/news/quote", req)
}

// Publish implements view.News.
func (c *Client) Publish(ctx context.Context, req view.PublishRequest) (view.Sent, error) {
	return call[view.Sent](ctx, c, "POST", "/v1/news", req)
}

// MarkNewsRead implements view.News.
func (c *Client) MarkNewsRead(ctx context.Context) error {
	_, err := call[noBody](ctx, c, "POST", "/v1/news/read", nil)
	return err
}
