package api

import (
	"context"

	"supercomputing/app/view"
)

// AccountKey implements view.Accounts.
func (c *Client) AccountKey(ctx context.Context) (view.AccountKey, error) {
	return call[view.AccountKey](ctx, c, "GET", "/v1/accounts/key", nil)
}

// CreateAccount implements view.Accounts.
func (c *Client) CreateAccount(ctx context.Context, req view.CreateAccountRequest) (view.Account, error) {
	return call[view.Account](ctx, c, "POST", "/v1/accounts", req)
}

// ImportAccount implements view.Accounts.
func (c *Client) ImportAccount(ctx context.Context, req view.ImportAccountRequest) (view.Account, error) {
	return call[view.Account](ctx, c, "POST", "/v1/accounts/import", req)
}

// Accounts implements view.Accounts.
func (c *Client) Accounts(ctx context.Context) ([]view.Account, error) {
	return call[[]view.Account](ctx, c, "GET", "/v1/accounts", nil)
}

// Account implements view.Accounts.
func (c *Client) Account(ctx context.Context, id string) (view.Account, error) {
	return call[view.Account](ctx, c, "GET", "/v1/accounts/"+segment(id), nil)
}

// EditAccount implements view.Accounts.
func (c *Client) EditAccount(ctx context.Context, req view.EditAccountRequest) (view.Account, error) {
	return call[view.Account](ctx, c, "PATCH", "/v1/accounts/"+segment(req.ID), req)
}

// RemoveAccount implements view.Accounts.
func (c *Client) RemoveAccount(ctx context.Context, id string) error {
	_, err := call[noBody](ctx, c, "DELETE", "/v1/accounts/"+segment(id), nil)
	return err
}

// AccountAddress implements view.Accounts.
func (c *Client) AccountAddress(ctx context.Context, id string) (view.AddressInfo, error) {
	return call[view.AddressInfo](ctx, c, "POST", "/v1/accounts/"+segment(id)+"/address", nil)
}

// AccountHistory implements view.Accounts.
func (c *Client) AccountHistory(ctx context.Context, id string, page view.Page) ([]view.Movement, error) {
	return call[[]view.Movement](ctx, c, "GET", "/v1/accounts/"+segment(id)+"/history"+encodeQuery(page), nil)
}

// Propose implements view.Accounts.
func (c *Client) Propose(ctx context.Context, req view.ProposalRequest) (view.Proposal, error) {
	return call[view.Proposal](ctx, c, "POST", "/v1/proposals", req)
}

// Proposals implements view.Accounts.
func (c *Client) Proposals(ctx context.Context, account string) ([]view.Proposal, error) {
	return call[[]view.Proposal](ctx, c, "GET", "/v1/proposals"+encodeQuery(accountQuery{account}), nil)
}

// Proposal implements view.Accounts.
func (c *Client) Proposal(ctx context.Context, id string) (view.Proposal, error) {
	return call[view.Proposal](ctx, c, "GET", "/v1/proposals/"+segment(id), nil)
}

// SignProposal implements view.Accounts.
func (c *Client) SignProposal(ctx context.Context, req view.SignRequest) (view.Proposal, error) {
	return call[view.Proposal](ctx, c, "POST", "/v1/proposals/"+segment(req.ID)+"/sign", req)
}

// DeclineProposal implements view.Accounts.
func (c *Client) DeclineProposal(ctx context.Context, req view.DeclineRequest) (view.Proposal, error) {
	return call[view.Proposal](ctx, c, "POST", "/v1/proposals/"+segment(req.ID)+"/decline", req)
}

// RestartProposal implements view.Accounts.
func (c *Client) RestartProposal(ctx context.Context, id string) (view.Proposal, error) {
	return call[view.Proposal](ctx, c, "POST", "/v1/proposals/"+segment(id)+"/restart", nil)
}

// ForgetProposal implements view.Accounts.
func (c *Client) ForgetProposal(ctx context.Context, id string) error {
	_, err := call[noBody](ctx, c, "DELETE", "/v1/proposals/"+segment(id), nil)
	return err
}

// ExportPSBT implements view.Accounts.
func (c *Client) ExportPSBT(ctx context.Context, id string) (view.PSBT, error) {
	return call[view.PSBT](ctx, c, "GET", "/v1/proposals/"+segment(id)+"/psbt", nil)
}

// ImportPSBT implements view.Accounts.
func (c *Client) ImportPSBT(ctx context.Context, req view.PSBT) (view.Proposal, error) {
	return call[view.Proposal](ctx, c, "POST", "/v1/proposals/import", req)
}

// Routines implements view.Accounts.
func (c *Client) Routines(ctx context.Context, account string) ([]view.Routine, error) {
	return call[[]view.Routine](ctx, c, "GET", "/v1/routines"+encodeQuery(accountQuery{account}), nil)
}

// PutRoutine implements view.Accounts.
func (c *Client) PutRoutine(ctx context.Context, req view.Routine) (view.Routine, error) {
	return call[view.Routine](ctx, c, "POST", "/v1/routines", req)
}

// DeleteRoutine implements view.Accounts.
func (c *Client) DeleteRoutine(ctx context.Context, id string) error {
	_, err := call[noBody](ctx, c, "DELETE", "/v1/routines/"+segment(id), nil)
	return err
}

// accountQuery limits a list to one account.
type accountQuery struct {
	Account string `json:"account,omitempty"`
}
