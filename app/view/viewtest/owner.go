package viewtest

import (
	"context"

	"supercomputing/app/view"
)

// FeeRates implements view.Wallet.
func (f *Fake) FeeRates(context.Context) (view.FeeRates, error) {
	return answer[view.FeeRates](f, "FeeRates", nil)
}

// Earnings implements view.Wallet.
func (f *Fake) Earnings(_ context.Context, q view.EarningsQuery) (view.Earnings, error) {
	return answer[view.Earnings](f, "Earnings", q)
}

// CheckPassphrase implements view.Wallet.
func (f *Fake) CheckPassphrase(_ context.Context, req view.PassphraseRequest) error {
	_, err := f.record("CheckPassphrase", req)
	return err
}

// ChangePassphrase implements view.Wallet.
func (f *Fake) ChangePassphrase(_ context.Context, req view.PassphraseChange) error {
	_, err := f.record("ChangePassphrase", req)
	return err
}

// Backup implements view.Wallet.
func (f *Fake) Backup(_ context.Context, req view.BackupRequest) (view.BackupInfo, error) {
	return answer[view.BackupInfo](f, "Backup", req)
}

// PauseJob implements view.Jobs.
func (f *Fake) PauseJob(_ context.Context, req view.PauseJobRequest) (view.Job, error) {
	return answer[view.Job](f, "PauseJob", req)
}

// OrderBook implements view.Jobs.
func (f *Fake) OrderBook(_ context.Context, dapp string) (view.OrderBook, error) {
	return answer[view.OrderBook](f, "OrderBook", dapp)
}

// Snooze implements view.Contributor.
func (f *Fake) Snooze(_ context.Context, req view.SnoozeRequest) (view.Contribution, error) {
	return answer[view.Contribution](f, "Snooze", req)
}

// Search implements view.Explorer.
func (f *Fake) Search(_ context.Context, text string) ([]view.SearchHit, error) {
	return answer[[]view.SearchHit](f, "Search", text)
}

// ChainJob implements view.Explorer.
func (f *Fake) ChainJob(_ context.Context, id string) (view.ChainJob, error) {
	return answer[view.ChainJob](f, "ChainJob", id)
}

// Seats implements view.Explorer.
func (f *Fake) Seats(context.Context) (view.Seats, error) {
	return answer[view.Seats](f, "Seats", nil)
}

// Settings implements view.Owner.
func (f *Fake) Settings(context.Context) ([]view.Setting, error) {
	return answer[[]view.Setting](f, "Settings", nil)
}

// ChangeSettings implements view.Owner.
func (f *Fake) ChangeSettings(_ context.Context, changes []view.SettingChange) ([]view.Setting, error) {
	return answer[[]view.Setting](f, "ChangeSettings", changes)
}

// Log implements view.Owner.
func (f *Fake) Log(_ context.Context, q view.LogQuery) ([]view.LogEntry, error) {
	return answer[[]view.LogEntry](f, "Log", q)
}

// Storage implements view.Owner.
func (f *Fake) Storage(context.Context) (view.Storage, error) {
	return answer[view.Storage](f, "Storage", nil)
}
