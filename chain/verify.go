package chain

import (
	"sync"
	"sync/atomic"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// validate checks a block whole: the rules one after another, then the scripts
// on all workers.
func (m *Manager) validate(st consensus.State, rows consensus.Rows, b *types.Block) (*consensus.Result, error) {
	res, err := consensus.Validate(m.p, st, rows, b)
	if err != nil {
		return nil, err
	}
	return res, verifySpends(res.Spends, m.opts.Workers, m.verified)
}

// verifySpends verifies the scripts of independent transactions and returns
// one error, if there is any. Workers take what comes next, so that one with
// long scripts takes fewer, and each ends with the signatures of all it took
// in one batch: the larger a batch, the less it costs for each.
func verifySpends(spends []consensus.Spend, workers int, known *verifiedSet) error {
	var (
		next   atomic.Int64
		failed atomic.Bool
		once   sync.Once
		first  error
		wg     sync.WaitGroup
	)
	take := func() *consensus.Spend {
		if i := int(next.Add(1)) - 1; i < len(spends) && !failed.Load() {
			return &spends[i]
		}
		return nil
	}
	for range min(workers, len(spends)) {
		wg.Go(func() {
			if err := verifyTaken(take, known); err != nil {
				once.Do(func() { first = err })
				failed.Store(true)
			}
		})
	}
	wg.Wait()
	return first
}

// verifyTaken verifies spends until take has no more.
func verifyTaken(take func() *consensus.Spend, known *verifiedSet) error {
	var batch consensus.SpendBatch
	var ids []types.Hash
	for s := take(); s != nil; s = take() {
		id := s.Tx.Msg.WitnessHash()
		if known.has(id) {
			continue
		}
		if err := batch.Add(s); err != nil {
			return err
		}
		ids = append(ids, id)
	}
	if err := batch.Verify(); err != nil {
		return err
	}
	for _, id := range ids {
		known.add(id)
	}
	return nil
}

// verifySpend verifies one spend that comes alone.
func verifySpend(s *consensus.Spend, known *verifiedSet) error {
	id := s.Tx.Msg.WitnessHash()
	if known.has(id) {
		return nil
	}
	if err := s.Verify(); err != nil {
		return err
	}
	known.add(id)
	return nil
}

// verifiedSet remembers transactions whose scripts were found good, by wtxid.
// That holds for ever: the wtxid covers the witness, and through the ids of
// what it spends the outputs that the signatures are checked against. So a
// block of transactions that waited in the pool is verified before it comes.
//
// Two generations bound it: what was not used for a whole generation goes.
type verifiedSet struct {
	mu        sync.Mutex
	cur, prev map[types.Hash]struct{} // guarded by mu
}

const verifiedGeneration = 1 << 16

func newVerifiedSet() *verifiedSet { return &verifiedSet{cur: make(map[types.Hash]struct{})} }

func (v *verifiedSet) has(id types.Hash) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.cur[id]; ok {
		return true
	}
	_, ok := v.prev[id]
	return ok
}

func (v *verifiedSet) add(id types.Hash) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.cur) >= verifiedGeneration {
		v.prev, v.cur = v.cur, make(map[types.Hash]struct{})
	}
	v.cur[id] = struct{}{}
}
