package viewtest

import (
	"context"

	"supercomputing/app/view"
)

// AccountKey implements view.Accounts.
func (f *Fake) AccountKey(context.Context) (view.AccountKey, error) {
	return answer[view.AccountKey](f, "AccountKey", nil)
}

// CreateAccount implements view.Accounts.
func (f *Fake) CreateAccount(_ context.Context, req view.CreateAccountRequest) (view.Account, error) {
	return answer[view.Account](f, "CreateAccount", req)
}

// ImportAccount implements view.Accounts.
func (f *Fake) ImportAccount(_ context.Context, req view.ImportAccountRequest) (view.Account, error) {
	return answer[view.Account](f, "ImportAccount", req)
}

// Accounts implements view.Accounts.
func (f *Fake) Accounts(context.Context) ([]view.Account, error) {
	return answer[[]view.Account](f, "Accounts", nil)
}

// Account implements view.Accounts.
func (f *Fake) Account(_ context.Context, id string) (view.Account, error) {
	return answer[view.Account](f, "Account", id)
}

// EditAccount implements view.Accounts.
func (f *Fake) EditAccount(_ context.Context, req view.EditAccountRequest) (view.Account, error) {
	return answer[view.Account](f, "EditAccount", req)
}

// RemoveAccount implements view.Accounts.
func (f *Fake) RemoveAccount(_ context.Context, id string) error {
	_, err := f.record("RemoveAccount", id)
	return err
}

// AccountAddress implements view.Accounts.
func (f *Fake) AccountAddress(_ context.Context, id string) (view.AddressInfo, error) {
	return answer[view.AddressInfo](f, "AccountAddress", id)
}

// AccountHistory implements view.Accounts.
func (f *Fake) AccountHistory(_ context.Context, id string, page view.Page) ([]view.Movement, error) {
	return answer[[]view.Movement](f, "AccountHistory", accountPage{id, page})
}

// Propose implements view.Accounts.
func (f *Fake) Propose(_ context.Context, req view.ProposalRequest) (view.Proposal, error) {
	return answer[view.Proposal](f, "Propose", req)
}

// Proposals implements view.Accounts.
func (f *Fake) Proposals(_ context.Context, account string) ([]view.Proposal, error) {
	return answer[[]view.Proposal](f, "Proposals", account)
}

// Proposal implements view.Accounts.
func (f *Fake) Proposal(_ context.Context, id string) (view.Proposal, error) {
	return answer[view.Proposal](f, "Proposal", id)
}

// SignProposal implements view.Accounts.
func (f *Fake) SignProposal(_ context.Context, req view.SignRequest) (view.Proposal, error) {
	return answer[view.Proposal](f, "SignProposal", req)
}

// DeclineProposal implements view.Accounts.
func (f *Fake) DeclineProposal(_ context.Context, req view.DeclineRequest) (view.Proposal, error) {
	return answer[view.Proposal](f, "DeclineProposal", req)
}

// RestartProposal implements view.Accounts.
func (f *Fake) RestartProposal(_ context.Context, id string) (view.Proposal, error) {
	return answer[view.Proposal](f, "RestartProposal", id)
}

// ForgetProposal implements view.Accounts.
func (f *Fake) ForgetProposal(_ context.Context, id string) error {
	_, err := f.record("ForgetProposal", id)
	return err
}

// ExportPSBT implements view.Accounts.
func (f *Fake) ExportPSBT(_ context.Context, id string) (view.PSBT, error) {
	return answer[view.PSBT](f, "ExportPSBT", id)
}

// ImportPSBT implements view.Accounts.
func (f *Fake) ImportPSBT(_ context.Context, req view.PSBT) (view.Proposal, error) {
	return answer[view.Proposal](f, "ImportPSBT", req)
}

// Routines implements view.Accounts.
func (f *Fake) Routines(_ context.Context, account string) ([]view.Routine, error) {
	return answer[[]view.Routine](f, "Routines", account)
}

// PutRoutine implements view.Accounts.
func (f *Fake) PutRoutine(_ context.Context, req view.Routine) (view.Routine, error) {
	return answer[view.Routine](f, "PutRoutine", req)
}

// DeleteRoutine implements view.Accounts.
func (f *Fake) DeleteRoutine(_ context.Context, id string) error {
	_, err := f.record("DeleteRoutine", id)
	return err
}

// accountPage is the arguments of AccountHistory.
type accountPage struct {
	ID string `json:"id"`
	view.Page
}
