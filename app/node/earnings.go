package node

import (
	"sync"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/types"
)

// earnings are what addresses have been scored in one dapp, as the chain has it.
type earnings struct {
	read func(a types.Address, from uint32, max int) ([]chain.Earning, error)
	dapp types.Hash

	mu    sync.Mutex
	known map[types.Address]earnedSum // guarded by mu
}

type earnedSum struct {
	sum types.Amount
	at  time.Time
}

const (
	earningsLife   = 10 * time.Minute
	earningsPages  = 64               // of the chain's index that are read at most
	earningsEnough = 100 * types.Coin // nobody is more trusted for more
	maxEarnings    = 4096             // addresses remembered
)

func newEarnings(c *chain.Manager, dapp types.Hash) *earnings {
	return &earnings{read: c.Earnings, dapp: dapp, known: make(map[types.Address]earnedSum)}
}

// of sums an address' scores until they are enough.
func (e *earnings) of(a types.Address) (types.Amount, error) {
	e.mu.Lock()
	k, ok := e.known[a]
	e.mu.Unlock()
	if ok && time.Since(k.at) < earningsLife {
		return k.sum, nil
	}
	sum, err := e.sum(a)
	if err != nil {
		return 0, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.known) >= maxEarnings {
		clear(e.known)
	}
	e.known[a] = earnedSum{sum, time.Now()}
	return sum, nil
}

func (e *earnings) sum(a types.Address) (sum types.Amount, err error) {
	from := uint32(0)
	for range earningsPages {
		list, err := e.read(a, from, chain.MaxListed)
		if err != nil {
			return 0, err
		}
		for _, x := range list {
			if x.Dapp == e.dapp {
				sum += x.Score
			}
		}
		if len(list) < chain.MaxListed || sum >= earningsEnough {
			break
		}
		from = list[len(list)-1].Height + 1
	}
	return sum, nil
}
