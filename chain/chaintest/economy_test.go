package chaintest_test

import (
	"testing"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// TestSelfScoring plays PROTOCOL §5's claim on the real rules: a requester that
// scores itself, with a dapp of its own, gets back at most 0.85 of what it
// pays; with production rights besides it makes no profit when volume is high,
// and below that at most the emission's tenth for producers.
func TestSelfScoring(t *testing.T) {
	cases := []struct {
		name       string
		cheat      types.Amount // scores itself with this each epoch
		honest     types.Amount // of others' real work each epoch
		producer   bool         // the cheat is registered
		workerToo  bool         // the honest worker is
		mostReturn float64      // of what the cheat pays
		profit     bool         // up to the emission's tenth is allowed
	}{
		{"alone, no producer", 40 * types.Coin, 0, false, false, 0.85, false},
		{"small beside others, no producer", types.Coin, 100 * types.Coin, false, true, 0.85, false},
		{"producer among unregistered workers", 40 * types.Coin, 400 * types.Coin, true, false, 1, false},
		{"producer among registered workers", 40 * types.Coin, 400 * types.Coin, true, true, 1, false},
		{"producer alone, high volume", 100 * types.Coin, 0, true, false, 1, false},
		{"producer alone, at two coins a block", 2 * blocksPerEpoch * types.Coin, 0, true, false, 1, false},
		{"producer alone, low volume", types.Coin / 10, 0, true, false, 0, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := newMarket(t, c.producer, c.workerToo)
			for range m.epochs {
				m.epoch(c.cheat, c.honest)
			}
			back, emission := m.result(c.cheat, c.honest)
			paid := types.Amount(m.epochs) * c.cheat
			t.Logf("paid %v, back %v (%.3f), producers' emission %v", paid, back, float64(back)/float64(paid), emission)
			switch {
			case c.profit && back-paid > emission:
				t.Errorf("a profit of %v, above the emission's %v", back-paid, emission)
			case !c.profit && float64(back) > c.mostReturn*float64(paid):
				t.Errorf("%.4f of what was paid came back", float64(back)/float64(paid))
			}
			// The attack is really played: its own work's share came back.
			if float64(back) < 0.75*float64(paid) {
				t.Errorf("only %.4f came back", float64(back)/float64(paid))
			}
			if c.honest > 0 {
				m.checkWorker(types.Amount(m.epochs) * c.honest)
			}
		})
	}
}

// market is a chain with one who scores itself and one honest pair.
type market struct {
	*chaintest.Generator
	t                        *testing.T
	cheat, requester, worker *chaintest.Key
	dapp                     types.Hash
	start, startWorker       types.Amount
	startHeight              uint32
	epochs                   int
}

// blocksPerEpoch is how many of an epoch's slots the market uses; the volume
// from which self-scoring never pays is some two coins for each.
const blocksPerEpoch = 8

func newMarket(t *testing.T, producer, workerToo bool) *market {
	t.Helper()
	m := &market{t: t, epochs: 36, cheat: chaintest.NewKey("cheat"), requester: chaintest.NewKey("requester"), worker: chaintest.NewKey("worker")}
	if chaintest.Race {
		m.epochs = 3
	}
	m.Generator = chaintest.New(t, chaintest.Params([]string{"cheat", "requester", "worker"}, func(p *consensus.Params) {
		p.BootstrapWeight = types.Coin / 100 // hardly any weight but that of scores
	}))
	m.AuditEvery(20)
	m.KnowProducers(m.cheat, m.worker)
	dapp := m.Record(m.cheat, &types.DappRegistration{Name: "mine", Version: "1"})
	m.dapp = dapp.ID()
	txs := []*types.Tx{dapp}
	if producer {
		txs = append(txs, m.Register(m.cheat))
	}
	if workerToo {
		txs = append(txs, m.Register(m.worker))
	}
	m.Extend(txs...)
	m.start, m.startWorker = m.Balance(m.cheat.Address()), m.Balance(m.worker.Address())
	m.startHeight = m.State.Height
	return m
}

// epoch lets both jobs be posted and scored to the full in the next epoch.
func (m *market) epoch(cheat, honest types.Amount) {
	m.t.Helper()
	p := m.Params
	first := (p.Epoch(m.State.Slot) + 1) * p.EpochSlots
	m.SkipTo(first)
	own := m.Record(m.cheat, &types.JobPost{Dapp: m.dapp, Duration: 10, Bid: cheat})
	posts := []*types.Tx{own}
	if honest > 0 {
		posts = append(posts, m.Post(m.requester, honest, 10))
	}
	m.Extend(posts...)
	scores := []*types.Tx{m.Score(m.cheat, own.ID(), map[types.Address]types.Amount{m.cheat.Address(): cheat})}
	if honest > 0 {
		scores = append(scores, m.Score(m.requester, posts[1].ID(), map[types.Address]types.Amount{m.worker.Address(): honest}))
	}
	m.Extend(scores...)
	for i := 2; i < blocksPerEpoch; i++ {
		if i == blocksPerEpoch/2 {
			m.SkipTo(first + p.EpochSlots/2)
		}
		m.Extend()
	}
}

// result is all that came back to the cheat, what it is still owed included,
// and the emission's part for producers. What is left in the producers'
// reserve is counted as if the cheat got the part that goes with its score.
func (m *market) result(cheat, honest types.Amount) (back, emission types.Amount) {
	m.t.Helper()
	m.SkipTo((m.Params.Epoch(m.State.Slot) + 1) * m.Params.EpochSlots)
	m.Extend() // settles the last epoch
	credit, err := consensus.ReadCredit(m.Rows, m.cheat.Address())
	if err != nil {
		m.t.Fatal(err)
	}
	back = m.Balance(m.cheat.Address()) + credit - m.start + types.Amount(m.epochs)*cheat
	if m.Tip().Header.Producer == m.cheat.Address() || m.produced() {
		pools, err := consensus.ReadPools(m.Rows)
		if err != nil {
			m.t.Fatal(err)
		}
		back += pools.Reserve.Part(uint64(cheat), uint64(cheat+honest))
	}
	return back, types.Amount(m.State.Height-m.startHeight) * consensus.BlockReward / 10
}

// produced tells whether the cheat ever made a block.
func (m *market) produced() bool {
	for _, b := range m.Blocks() {
		if b.Block.Header.Producer == m.cheat.Address() {
			return true
		}
	}
	return false
}

// checkWorker: honest work brings its 0.6, and up to a twentieth from the base.
// A registered worker also produces, so only the least is checked for it.
func (m *market) checkWorker(volume types.Amount) {
	m.t.Helper()
	credit, err := consensus.ReadCredit(m.Rows, m.worker.Address())
	if err != nil {
		m.t.Fatal(err)
	}
	got := m.Balance(m.worker.Address()) + credit - m.startWorker
	registered, err := consensus.ReadProducer(m.Rows, m.worker.Address())
	if err != nil {
		m.t.Fatal(err)
	}
	if got < volume.Part(6, 10) || registered == nil && got > volume.Part(65, 100) {
		m.t.Errorf("the worker got %v for %v of work", got, volume)
	}
}
