package api

import (
	"context"
	"net/url"

	"supercomputing/app/view"
)

// segment escapes a name for a path. Names that a path cannot hold are never
// found, so one that is never found stands for them.
func segment(name string) string {
	if name == "" || name == "." || name == ".." {
		return "-"
	}
	return url.PathEscape(name)
}

// Status implements view.Network.
func (c *Client) Status(ctx context.Context) (view.Status, error) {
	return call[view.Status](ctx, c, "GET", "/v1/status", nil)
}

// Peers implements view.Network.
func (c *Client) Peers(ctx context.Context) ([]view.Peer, error) {
	return call[[]view.Peer](ctx, c, "GET", "/v1/peers", nil)
}

// Connect implements view.Network.
func (c *Client) Connect(ctx context.Context, address string) error {
	_, err := call[noBody](ctx, c, "POST", "/v1/peers", connectBody{address})
	return err
}

// Balance implements view.Wallet.
func (c *Client) Balance(ctx context.Context) (view.Balance, error) {
	return call[view.Balance](ctx, c, "GET", "/v1/wallet/balance", nil)
}

// Addresses implements view.Wallet.
func (c *Client) Addresses(ctx context.Context) ([]view.AddressInfo, error) {
	return call[[]view.AddressInfo](ctx, c, "GET", "/v1/wallet/addresses", nil)
}

// NewAddress implements view.Wallet.
func (c *Client) NewAddress(ctx context.Context, label string) (view.AddressInfo, error) {
	return call[view.AddressInfo](ctx, c, "POST", "/v1/wallet/addresses", newAddressBody{label})
}

// History implements view.Wallet.
func (c *Client) History(ctx context.Context, page view.Page) ([]view.Movement, error) {
	return call[[]view.Movement](ctx, c, "GET", "/v1/wallet/history"+encodeQuery(page), nil)
}

// QuoteSend implements view.Wallet.
func (c *Client) QuoteSend(ctx context.Context, req view.SendRequest) (view.SendQuote, error) {
	return call[view.SendQuote](ctx, c, "POST", "/v1/wallet/quote", req)
}

// Send implements view.Wallet.
func (c *Client) Send(ctx context.Context, req view.SendRequest) (view.Sent, error) {
	return call[view.Sent](ctx, c, "POST", "/v1/wallet/send", req)
}

// Label implements view.Wallet.
func (c *Client) Label(ctx context.Context, req view.LabelRequest) error {
	_, err := call[noBody](ctx, c, "POST", "/v1/wallet/label", req)
	return err
}

// CheckWords implements view.Wallet.
func (c *Client) CheckWords(ctx context.Context, words string) (view.WordsCheck, error) {
	return call[view.WordsCheck](ctx, c, "POST", "/v1/wallet/words", wordsBody{words})
}

// Coins implements view.Wallet.
func (c *Client) Coins(ctx context.Context) ([]view.Coin, error) {
	return call[[]view.Coin](ctx, c, "GET", "/v1/wallet/coins", nil)
}

// Freeze implements view.Wallet.
func (c *Client) Freeze(ctx context.Context, req view.FreezeRequest) error {
	_, err := call[noBody](ctx, c, "POST", "/v1/wallet/freeze", req)
	return err
}

// Bump implements view.Wallet.
func (c *Client) Bump(ctx context.Context, req view.BumpRequest) (view.Sent, error) {
	return call[view.Sent](ctx, c, "POST", "/v1/wallet/bump", req)
}

// QuoteDownload implements view.Jobs.
func (c *Client) QuoteDownload(ctx context.Context, req view.DownloadRequest) (view.JobQuote, error) {
	return call[view.JobQuote](ctx, c, "POST", "/v1/download/quote", req)
}

// PublishDownload implements view.Jobs.
func (c *Client) PublishDownload(ctx context.Context, req view.DownloadRequest) (view.JobDetail, error) {
	return call[view.JobDetail](ctx, c, "POST", "/v1/download", req)
}

// Jobs implements view.Jobs.
func (c *Client) Jobs(ctx context.Context) ([]view.Job, error) {
	return call[[]view.Job](ctx, c, "GET", "/v1/jobs", nil)
}

// Job implements view.Jobs.
func (c *Client) Job(ctx context.Context, id string) (view.JobDetail, error) {
	return call[view.JobDetail](ctx, c, "GET", "/v1/jobs/"+segment(id), nil)
}

// Board implements view.Jobs.
func (c *Client) Board(ctx context.Context) ([]view.BoardEntry, error) {
	return call[[]view.BoardEntry](ctx, c, "GET", "/v1/board", nil)
}

// Raise implements view.Jobs.
func (c *Client) Raise(ctx context.Context, req view.RaiseRequest) (view.Sent, error) {
	return call[view.Sent](ctx, c, "POST", "/v1/jobs/"+segment(req.Job)+"/raise", req)
}

// Complete implements view.Jobs.
func (c *Client) Complete(ctx context.Context, id string) error {
	_, err := call[noBody](ctx, c, "POST", "/v1/jobs/"+segment(id)+"/complete", nil)
	return err
}

// Contribution implements view.Contributor.
func (c *Client) Contribution(ctx context.Context) (view.Contribution, error) {
	return call[view.Contribution](ctx, c, "GET", "/v1/contribution", nil)
}

// SetContribution implements view.Contributor.
func (c *Client) SetContribution(ctx context.Context, s view.ContributionSettings) (view.Contribution, error) {
	return call[view.Contribution](ctx, c, "PUT", "/v1/contribution", s)
}

// Blocks implements view.Explorer.
func (c *Client) Blocks(ctx context.Context, q view.BlocksQuery) ([]view.BlockBrief, error) {
	return call[[]view.BlockBrief](ctx, c, "GET", "/v1/chain/blocks"+encodeQuery(q), nil)
}

// Block implements view.Explorer.
func (c *Client) Block(ctx context.Context, ref string) (view.Block, error) {
	return call[view.Block](ctx, c, "GET", "/v1/chain/blocks/"+segment(ref), nil)
}

// Tx implements view.Explorer.
func (c *Client) Tx(ctx context.Context, id string) (view.Tx, error) {
	return call[view.Tx](ctx, c, "GET", "/v1/chain/txs/"+segment(id), nil)
}

// Records implements view.Explorer.
func (c *Client) Records(ctx context.Context, q view.RecordsQuery) ([]view.Record, error) {
	return call[[]view.Record](ctx, c, "GET", "/v1/chain/records"+encodeQuery(q), nil)
}

// Address implements view.Explorer.
func (c *Client) Address(ctx context.Context, address string) (view.AddressDetail, error) {
	return call[view.AddressDetail](ctx, c, "GET", "/v1/chain/addresses/"+segment(address), nil)
}

// Totals implements view.Explorer.
func (c *Client) Totals(ctx context.Context) (view.Totals, error) {
	return call[view.Totals](ctx, c, "GET", "/v1/chain/totals", nil)
}

// Audit implements view.Explorer.
func (c *Client) Audit(ctx context.Context) (view.Audit, error) {
	return call[view.Audit](ctx, c, "POST", "/v1/chain/audit", nil)
}
