// Package market reads advertisements (virtual chain b) and open channels (the
// public messages of virtual chain e) from the chain, and posts one's own.
//
// Advertisements of the last consensus.AdBlocks blocks are kept in memory and
// read anew at every start. Of the messages, which are mostly private and may be
// many, only posts of subscribed authors and withdrawals are kept, in the
// store, together with the position up to which the chain was read. Whatever
// strangers wrote is cleaned before it is handed out, and judged with warnings.
package market

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
)

// Record is a record of a virtual chain.
type Record struct {
	Height  uint32
	Seq     uint32 // position in its side block
	Tx      types.Hash
	Author  types.Address
	Fee     types.Amount // that its transaction paid in all
	Payload []byte
}

// Waiting is an advertisement in the node's pool.
type Waiting struct {
	Tx     types.Hash
	Author types.Address
	Fee    types.Amount // whole
	VSize  int          // virtual bytes, payload included
	Time   time.Time    // of arrival
	Record *types.Advertisement
}

// Chain is what the market needs of the node.
type Chain interface {
	// Tip is the newest block of the best chain.
	Tip() (hash types.Hash, height uint32)
	// BlockHash gives the best chain's block at a height up to the tip's.
	BlockHash(height uint32) (types.Hash, error)
	// BlockTime is the time of the slot of the best chain's block at a height.
	BlockTime(height uint32) time.Time
	// Records gives the records of a virtual chain from a height on, in order,
	// about max of them: a block's come together. To go on, ask from the last
	// one's height plus one.
	Records(c types.VirtualChain, fromHeight uint32, max int) ([]Record, error)
	// Confirmed tells in which block of the best chain a transaction is.
	Confirmed(tx types.Hash) (height uint32, ok bool)
	// WaitingAds lists the pool's advertisements in the order in which blocks
	// take them: by whole fee, then by arrival.
	WaitingAds() []Waiting
	// FeeRate is what to pay, in units per virtual byte, to be in one of the
	// next blocks.
	FeeRate(blocks int) types.Amount
	// Subscribe signals that the tip or the pool changed; signals that were not
	// taken merge.
	Subscribe() (changed <-chan struct{}, cancel func())
}

// Payer pays for records; *wallet.Wallet is one.
type Payer interface {
	BuildRecord(rec types.Record, o wallet.RecordOptions) (*wallet.Quote, error)
	SendRecord(ctx context.Context, rec types.Record, o wallet.RecordOptions) (types.Hash, error)
	// RaiseFee replaces a waiting transaction by one that pays whole in all.
	RaiseFee(ctx context.Context, id types.Hash, whole types.Amount) (types.Hash, error)
	// QuoteCancel and Cancel replace a waiting transaction by a payment to oneself.
	QuoteCancel(id types.Hash) (types.Amount, error)
	Cancel(ctx context.Context, id types.Hash, most types.Amount, label string) (types.Hash, error)
	FindRecord(payload []byte) (wallet.Entry, error)
}

// Options set up a Market. All are required but Reach, Clock and Log.
type Options struct {
	Params *consensus.Params
	Self   types.Address // the node's identity
	Chain  Chain
	Payer  Payer
	Store  wallet.Store     // of rows that nobody else writes under "market/"
	Reach  func() string    // where we are reached directly, "" for nowhere
	Clock  func() time.Time // time.Now
	Log    *slog.Logger
}

// Market is the advertisements and channels as this wallet sees them.
type Market struct {
	opt       Options
	blockTime time.Duration // expected between two blocks
	newsDepth uint32        // how far back posts are read, in blocks

	poke    chan struct{} // Run has a new channel to read
	syncing sync.Mutex    // held while the chain is read
	leaving sync.Mutex    // held while withdrawals are sent or looked for
	looked  types.Hash    // guarded by syncing: tip at which they were looked for

	mu          sync.Mutex
	state       state                      // guarded by mu
	watchers    map[chan struct{}]struct{} // guarded by mu
	withdrawing map[types.Hash]struct{}    // guarded by mu: own ones whose withdrawal waits for a block
}

// NewsDays is for how many days back a channel's posts are read when it is
// subscribed to.
const NewsDays = 30

// Open reads what is stored. The store stays the caller's to close.
func Open(opt Options) (*Market, error) {
	if opt.Reach == nil {
		opt.Reach = func() string { return "" }
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	p := opt.Params
	m := &Market{opt: opt, poke: make(chan struct{}, 1), watchers: make(map[chan struct{}]struct{}), withdrawing: make(map[types.Hash]struct{})}
	m.blockTime = time.Duration(p.SlotSeconds) * time.Second * time.Duration(p.LeaderDen) / time.Duration(max(p.LeaderNum, 1))
	m.newsDepth = uint32(min(NewsDays*24*time.Hour/max(m.blockTime, time.Second), 1<<30))
	var err error
	m.state, err = loadState(opt.Store, opt.Params.Foundation)
	return m, err
}

// BlockTime is the expected time between two blocks.
func (m *Market) BlockTime() time.Duration { return m.blockTime }

// retryAfter is how long Run waits after the chain or the store failed.
const retryAfter = 10 * time.Second

// Run follows the chain until ctx ends.
func (m *Market) Run(ctx context.Context) error {
	changed, cancel := m.opt.Chain.Subscribe()
	defer cancel()
	for {
		var retry <-chan time.Time
		if err := m.Sync(ctx); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil {
			m.opt.Log.Error("reading the market", "err", err)
			t := time.NewTimer(retryAfter)
			defer t.Stop()
			retry = t.C
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		case <-m.poke:
		case <-retry:
		}
	}
}

// Watch returns a channel that gets a signal after advertisements, posts or
// channels changed; signals that are not taken merge. cancel ends it.
func (m *Market) Watch() (changed <-chan struct{}, cancel func()) {
	c := make(chan struct{}, 1)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.watchers[c] = struct{}{}
	return c, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.watchers, c)
	}
}

// signal tells the watchers. The caller holds mu.
func (m *Market) signal() {
	for c := range m.watchers {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}
