package main

import (
	"testing"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

func TestGoingBids(t *testing.T) {
	const c = types.Coin
	for want, r := range map[string]view.BidRange{
		"nobody at the moment":                            {},
		"1 job open, and nothing is left of what was bid": {Count: 1},
		"2 SCC, in one job":                               {Count: 1, Least: 2 * c, Median: 2 * c, Most: 2 * c},
		"2 SCC, in each of 3 jobs":                        {Count: 3, Least: 2 * c, Median: 2 * c, Most: 2 * c},
		"1 to 3 SCC in 3 jobs, half of them up to 2":      {Count: 3, Least: c, Median: 2 * c, Most: 3 * c},
	} {
		if got := goingBids(r); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
