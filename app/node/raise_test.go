package node

import (
	"errors"
	"testing"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/networks"
	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/download"
)

// TestCheckRaise: a job can be renewed for as long again at any time, and no
// coins are taken for time that it cannot last.
func TestCheckRaise(t *testing.T) {
	e, err := download.New(download.Options{DataDir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*consensus.Params{networks.Local(), networks.Test()} {
		n := &Node{params: p, market: &market{download: download.NewDapp(networks.DappID(networks.Download), e, download.DappOptions{})}}
		keep := download.DefaultKeep
		keep = min(keep, longestKeep(p)/2).Truncate(time.Second)
		post, err := n.market.download.Post(download.Published{Name: "a", Size: 1 << 20, PieceLength: 1 << 16}, keep, 4)
		if err != nil {
			t.Fatal(err)
		}
		post.Bid = 4 * types.Coin
		post.Duration = uint32(min(keepBlocks(p, 2*keep), consensus.MaxDuration))
		own := func(until time.Time) tasks.OwnJob {
			return tasks.OwnJob{Job: tasks.Job{Post: post, Bids: post.Bid}, Progress: tasks.Progress{Detail: download.Swarm{Until: until}}}
		}
		for _, c := range []struct {
			name  string
			until time.Time
			added types.Amount
			ok    bool
		}{
			{"before it began", time.Time{}, 2 * types.Coin, true},
			{"at its beginning", time.Now().Add(keep), 2 * types.Coin, true},
			{"near its end", time.Now().Add(10 * blockTime(p)), 3 * types.Coin, true},
			{"far too much", time.Now().Add(keep), 8 * types.Coin, false},
			{"absurd", time.Now().Add(keep), types.MaxAmount, false},
			{"too late", time.Now().Add(blockTime(p)), types.Coin, false},
		} {
			err := n.checkRaise(own(c.until), c.added)
			if (err == nil) != c.ok || err != nil && !errors.Is(err, view.ErrInvalid) && !errors.Is(err, view.ErrConflict) {
				t.Errorf("%s, %s: %v", p.Name, c.name, err)
			}
		}
	}
}
