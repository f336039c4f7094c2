package api

import (
	"context"

	"supercomputing/app/view"
)

// settingsBody is the body of a change of settings.
type settingsBody struct {
	Changes []view.SettingChange `json:"changes"`
}

// searchQuery is the query of a search.
type searchQuery struct {
	Text string `json:"text"`
}

// ownerRoutes is what the windows need besides: the care of the node, what
// transactions cost, what the chain knows about anything.
func ownerRoutes(b view.Backend) []route {
	return []route{
		{"GET", "/v1/wallet/fees", false, plain(b.FeeRates)},
		{"GET", "/v1/wallet/earnings", false, query(b.Earnings)},
		{"POST", "/v1/wallet/passphrase", false, body(done(b.CheckPassphrase))},
		{"PUT", "/v1/wallet/passphrase", false, body(done(b.ChangePassphrase))},
		{"POST", "/v1/wallet/backup", true, body(b.Backup)},

		{"POST", "/v1/jobs/{id}/pause", false, bodyAt("id", func(q *view.PauseJobRequest) *string { return &q.Job }, b.PauseJob)},
		{"GET", "/v1/dapps/{ref}/book", false, named("ref", b.OrderBook)},
		{"POST", "/v1/contribution/snooze", false, body(b.Snooze)},

		{"GET", "/v1/chain/search", false, query(func(ctx context.Context, q searchQuery) ([]view.SearchHit, error) {
			return b.Search(ctx, q.Text)
		})},
		{"GET", "/v1/chain/jobs/{id}", false, named("id", b.ChainJob)},
		{"GET", "/v1/chain/seats", false, plain(b.Seats)},

		{"GET", "/v1/settings", false, plain(b.Settings)},
		{"PUT", "/v1/settings", false, body(func(ctx context.Context, q settingsBody) ([]view.Setting, error) {
			if err := checkFar(ctx, q.Changes); err != nil {
				return nil, err
			}
			return b.ChangeSettings(ctx, q.Changes)
		})},
		{"GET", "/v1/log", false, query(b.Log)},
		{"GET", "/v1/storage", false, plain(b.Storage)},
	}
}
