package viewtest

import (
	"context"

	"supercomputing/app/view"
)

// Dapps implements view.Dapps.
func (f *Fake) Dapps(context.Context) ([]view.Dapp, error) {
	return answer[[]view.Dapp](f, "Dapps", nil)
}

// Dapp implements view.Dapps.
func (f *Fake) Dapp(_ context.Context, ref string) (view.DappDetail, error) {
	return answer[view.DappDetail](f, "Dapp", ref)
}

// QuoteDapp implements view.Dapps.
func (f *Fake) QuoteDapp(_ context.Context, req view.DappRequest) (view.DappQuote, error) {
	return answer[view.DappQuote](f, "QuoteDapp", req)
}

// RegisterDapp implements view.Dapps.
func (f *Fake) RegisterDapp(_ context.Context, req view.DappRequest) (view.Sent, error) {
	return answer[view.Sent](f, "RegisterDapp", req)
}

// Rewards implements view.Dapps.
func (f *Fake) Rewards(_ context.Context, q view.RewardsQuery) (view.Rewards, error) {
	return answer[view.Rewards](f, "Rewards", q)
}
