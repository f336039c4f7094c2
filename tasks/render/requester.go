package render

import (
	"sync"
)

// requester is what all own jobs of this machine share: what is known of nodes,
// the plans of jobs to be posted, and the slot for rendering. Dapp holds one,
// made by newRequester from the Options whose defaults are set.
type requester struct {
	opt  Options
	slot *slot

	mu sync.Mutex
}

func newRequester(opt Options, s *slot) *requester { return &requester{opt: opt, slot: s} }
