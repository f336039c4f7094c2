package api

import (
	"context"
	"net/http"

	"supercomputing/app/view"
)

// psbtPath takes larger bodies than other paths.
const psbtPath = "/v1/proposals/import"

// accountRoutes is shared accounts, their proposals and routines. Importing an
// account looks through the chain for its coins, and proposing a job hashes
// the job's file: both are slow.
func accountRoutes(b view.Backend) []route {
	return []route{
		{"GET", "/v1/accounts", false, plain(b.Accounts)},
		{"POST", "/v1/accounts", false, body(b.CreateAccount)},
		{"GET", "/v1/accounts/key", false, plain(b.AccountKey)},
		{"POST", "/v1/accounts/import", true, body(b.ImportAccount)},
		{"GET", "/v1/accounts/{id}", false, named("id", b.Account)},
		{"PATCH", "/v1/accounts/{id}", false, bodyAt("id", func(q *view.EditAccountRequest) *string { return &q.ID }, b.EditAccount)},
		{"DELETE", "/v1/accounts/{id}", false, named("id", done(b.RemoveAccount))},
		{"POST", "/v1/accounts/{id}/address", false, named("id", b.AccountAddress)},
		{"GET", "/v1/accounts/{id}/history", false, func(r *http.Request) (any, error) {
			var page view.Page
			if err := readQuery(r, &page); err != nil {
				return nil, err
			}
			return b.AccountHistory(r.Context(), r.PathValue("id"), page)
		}},

		{"GET", "/v1/proposals", false, query(func(ctx context.Context, q accountQuery) ([]view.Proposal, error) {
			return b.Proposals(ctx, q.Account)
		})},
		{"POST", "/v1/proposals", true, body(b.Propose)},
		{"POST", psbtPath, false, body(b.ImportPSBT)},
		{"GET", "/v1/proposals/{id}", false, named("id", b.Proposal)},
		{"DELETE", "/v1/proposals/{id}", false, named("id", done(b.ForgetProposal))},
		{"GET", "/v1/proposals/{id}/psbt", false, named("id", b.ExportPSBT)},
		{"POST", "/v1/proposals/{id}/sign", false, bodyAt("id", func(q *view.SignRequest) *string { return &q.ID }, b.SignProposal)},
		{"POST", "/v1/proposals/{id}/decline", false, bodyAt("id", func(q *view.DeclineRequest) *string { return &q.ID }, b.DeclineProposal)},
		{"POST", "/v1/proposals/{id}/restart", false, named("id", b.RestartProposal)},

		{"GET", "/v1/routines", false, query(func(ctx context.Context, q accountQuery) ([]view.Routine, error) {
			return b.Routines(ctx, q.Account)
		})},
		{"POST", "/v1/routines", false, body(b.PutRoutine)},
		{"DELETE", "/v1/routines/{id}", false, named("id", done(b.DeleteRoutine))},
	}
}
