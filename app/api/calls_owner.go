package api

import (
	"context"
	"net/url"

	"supercomputing/app/view"
)

// FeeRates implements view.Wallet.
func (c *Client) FeeRates(ctx context.Context) (view.FeeRates, error) {
	return call[view.FeeRates](ctx, c, "GET", "/v1/wallet/fees", nil)
}

// Earnings implements view.Wallet.
func (c *Client) Earnings(ctx context.Context, q view.EarningsQuery) (view.Earnings, error) {
	return call[view.Earnings](ctx, c, "GET", "/v1/wallet/earnings"+encodeQuery(q), nil)
}

// CheckPassphrase implements view.Wallet.
func (c *Client) CheckPassphrase(ctx context.Context, req view.PassphraseRequest) error {
	_, err := call[noBody](ctx, c, "POST", "/v1/wallet/passphrase", req)
	return err
}

// ChangePassphrase implements view.Wallet.
func (c *Client) ChangePassphrase(ctx context.Context, req view.PassphraseChange) error {
	_, err := call[noBody](ctx, c, "PUT", "/v1/wallet/passphrase", req)
	return err
}

// Backup implements view.Wallet.
func (c *Client) Backup(ctx context.Context, req view.BackupRequest) (view.BackupInfo, error) {
	return call[view.BackupInfo](ctx, c, "POST", "/v1/wallet/backup", req)
}

// PauseJob implements view.Jobs.
func (c *Client) PauseJob(ctx context.Context, req view.PauseJobRequest) (view.Job, error) {
	return call[view.Job](ctx, c, "POST", "/v1/jobs/"+segment(req.Job)+"/pause", req)
}

// OrderBook implements view.Jobs.
func (c *Client) OrderBook(ctx context.Context, dapp string) (view.OrderBook, error) {
	return call[view.OrderBook](ctx, c, "GET", "/v1/dapps/"+segment(dapp)+"/book", nil)
}

// Snooze implements view.Contributor.
func (c *Client) Snooze(ctx context.Context, req view.SnoozeRequest) (view.Contribution, error) {
	return call[view.Contribution](ctx, c, "POST", "/v1/contribution/snooze", req)
}

// Search implements view.Explorer.
func (c *Client) Search(ctx context.Context, text string) ([]view.SearchHit, error) {
	return call[[]view.SearchHit](ctx, c, "GET", "/v1/chain/search?text="+url.QueryEscape(text), nil)
}

// ChainJob implements view.Explorer.
func (c *Client) ChainJob(ctx context.Context, id string) (view.ChainJob, error) {
	return call[view.ChainJob](ctx, c, "GET", "/v1/chain/jobs/"+segment(id), nil)
}

// Seats implements view.Explorer.
func (c *Client) Seats(ctx context.Context) (view.Seats, error) {
	return call[view.Seats](ctx, c, "GET", "/v1/chain/seats", nil)
}

// Settings implements view.Owner.
func (c *Client) Settings(ctx context.Context) ([]view.Setting, error) {
	return call[[]view.Setting](ctx, c, "GET", "/v1/settings", nil)
}

// ChangeSettings implements view.Owner.
func (c *Client) ChangeSettings(ctx context.Context, changes []view.SettingChange) ([]view.Setting, error) {
	return call[[]view.Setting](ctx, c, "PUT", "/v1/settings", settingsBody{changes})
}

// Log implements view.Owner.
func (c *Client) Log(ctx context.Context, q view.LogQuery) ([]view.LogEntry, error) {
	return call[[]view.LogEntry](ctx, c, "GET", "/v1/log"+encodeQuery(q), nil)
}

// Storage implements view.Owner.
func (c *Client) Storage(ctx context.Context) (view.Storage, error) {
	return call[view.Storage](ctx, c, "GET", "/v1/storage", nil)
}
