package api

import (
	"context"

	"supercomputing/app/view"
)

// Dapps implements view.Dapps.
func (c *Client) Dapps(ctx context.Context) ([]view.Dapp, error) {
	return call[[]view.Dapp](ctx, c, "GET", "/v1/dapps", nil)
}

// Dapp implements view.Dapps.
func (c *Client) Dapp(ctx context.Context, ref string) (view.DappDetail, error) {
	return call[view.DappDetail](ctx, c, "GET", "/v1/dapps/"+segment(ref), nil)
}

// QuoteDapp implements view.Dapps.
func (c *Client) QuoteDapp(ctx context.Context, req view.DappRequest) (view.DappQuote, error) {
	return call[view.DappQuote](ctx, c, "POST", "/v1/dapps/quote", req)
}

// RegisterDapp implements view.Dapps.
func (c *Client) RegisterDapp(ctx context.Context, req view.DappRequest) (view.Sent, error) {
	return call[view.Sent](ctx, c, "POST", "/v1/dapps", req)
}

// Rewards implements view.Dapps.
func (c *Client) Rewards(ctx context.Context, q view.RewardsQuery) (view.Rewards, error) {
	return call[view.Rewards](ctx, c, "GET", "/v1/rewards"+encodeQuery(q), nil)
}
