package api

import "supercomputing/app/view"

// dappRoutes is the kinds of work, and why addresses earned what they did.
func dappRoutes(b view.Backend) []route {
	return []route{
		{"GET", "/v1/dapps", false, plain(b.Dapps)},
		{"POST", "/v1/dapps", false, body(b.RegisterDapp)},
		{"POST", "/v1/dapps/quote", false, body(b.QuoteDapp)},
		{"GET", "/v1/dapps/{ref}", false, named("ref", b.Dapp)},
		{"GET", "/v1/rewards", false, query(b.Rewards)},
	}
}
