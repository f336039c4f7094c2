// Package wallet owns what this node's user owns: which coins there are, what
// is on its way in and out, the history with its labels, and the making and
// signing of transactions and of the records they carry (PROTOCOL §2, §5, §8).
// Secrets stay in package keys; blocks and pool come through the Chain
// interface; everything lasting goes through the Store interface.
//
// The wallet keeps its own position on the chain and pulls what happened since
// then, so a crash, a reorganisation and a first start all take one path.
// Coins and balances are never stored: they are computed from the stored
// transactions, so they cannot disagree with them.
package wallet

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

// Block is one block of the best chain with what it changed.
type Block struct {
	Block  *types.Block
	Hash   types.Hash
	Update *consensus.Update // may be nil: then senders and income kinds are not told
}

// PoolTx is a transaction that waits for a block.
type PoolTx struct {
	Tx  *types.Tx
	Fee types.Amount // inputs less outputs
}

// Chain is what the wallet needs of the chain manager. All methods are safe
// for concurrent use.
type Chain interface {
	// UpdatesSince gives the blocks to revert, tip first, and then to apply,
	// oldest first, that lead from the block pos towards the tip; zero pos
	// means before genesis. Both are empty at the tip. It reports
	// ErrUnknownPosition for a block it does not know.
	UpdatesSince(pos types.Hash, max int) (revert, apply []Block, err error)
	// PoolSince gives what entered and left the pool since seq, 0 being
	// before everything. An entry added and removed again may be in both.
	PoolSince(seq uint64) (added []PoolTx, removed []types.Hash, next uint64)
	// PoolTx gives a transaction that is in the pool, or nil.
	PoolTx(id types.Hash) *types.Tx
	// AddTx checks a transaction, takes it into the pool and relays it. It
	// reports ErrUnfit for one that no block can hold now for other reasons
	// than missing inputs.
	AddTx(tx *types.Tx) error
	// FeeRate estimates the units per virtual byte for a confirmation within
	// that many blocks.
	FeeRate(blocks int) types.Amount
	// Subscribe signals that the tip or the pool changed.
	Subscribe() (changed <-chan struct{}, cancel func())
}

// Keys is what the wallet needs of the keystore.
type Keys interface {
	// Account derives addresses, also while locked.
	Account() *keys.Account
	// Key gives a key for signing, or keys.ErrLocked.
	Key(b keys.Branch, index uint32) (*keys.Key, error)
}

// Addresses is where a wallet's addresses come from. All methods are safe for
// concurrent use, and always give the same.
type Addresses interface {
	// Address derives the address at a path below the account.
	Address(b keys.Branch, index uint32) (types.Address, error)
}

// Options set up a wallet. Params is required.
type Options struct {
	Params *consensus.Params
	Clock  func() time.Time // nil: time.Now
	Log    *slog.Logger     // nil: none
	Rand   *rand.Rand       // nil: seeded at random; tests pin it
}

// Wallet is one account's coins and history. It is safe for concurrent use.
type Wallet struct {
	chain    Chain
	keys     Keys // nil: signed elsewhere
	params   *consensus.Params
	clock    func() time.Time
	log      *slog.Logger
	identity types.Address
	book     *book // guarded by mu
	spend    spend

	syncing sync.Mutex         // serialises Sync; taken before mu
	poolSeq uint64             // guarded by syncing
	offered types.Hash         // guarded by syncing: tip at which own transactions were last offered again
	unfit   map[types.Hash]int // guarded by syncing: at how many tips in a row they did not fit

	// sending is held from storing own transactions until the node has heard
	// of them, so that what builds on one never reaches the node before it.
	// Taken after syncing and before mu.
	sending sync.Mutex

	mu     sync.Mutex
	rand   *rand.Rand // guarded by mu, as is all below
	store  Store
	state  *state
	failed error // the store and memory disagree; only opening again helps
	subs   map[chan struct{}]struct{}
}

// Open loads a wallet from its store, or starts one there. It reports
// ErrOtherWallet when the store belongs to other words or another network, and
// ErrDamaged when it does not decode. It owns the store from then on.
func Open(chain Chain, ks Keys, store Store, opts Options) (*Wallet, error) {
	return open(chain, ks.Account(), store, opts, func(w *Wallet) { w.keys, w.spend = ks, keySpend() })
}

func open(chain Chain, account Addresses, store Store, opts Options, set func(*Wallet)) (*Wallet, error) {
	identity, err := account.Address(keys.Receive, 0)
	if err != nil {
		return nil, fmt.Errorf("wallet: %w", err)
	}
	w := &Wallet{
		chain: chain, store: store, params: opts.Params, clock: opts.Clock, log: opts.Log, rand: opts.Rand,
		identity: identity, book: newBook(account), unfit: make(map[types.Hash]int), subs: make(map[chan struct{}]struct{}),
	}
	set(w)
	if w.clock == nil {
		w.clock = time.Now
	}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	if w.rand == nil {
		w.rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	if w.state, err = w.load(); err != nil {
		return nil, err
	}
	return w, nil
}

func (w *Wallet) load() (*state, error) {
	s := newState(w.book, w.params.CoinbaseMaturity)
	if err := s.load(w.store, w.params.ID, w.identity); err != nil {
		return nil, err
	}
	return s, nil
}

// Close closes the store. Run must have returned.
func (w *Wallet) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = ErrClosed
	return w.store.Close()
}

// Identity is the node's fixed address (PROTOCOL §8): the author of its
// records, and where its income arrives.
func (w *Wallet) Identity() types.Address { return w.identity }

// Position is the last block the wallet has taken in.
type Position struct {
	Hash   types.Hash
	Height uint32
	Time   time.Time // of the block's slot
}

// Position tells how far the wallet has come.
func (w *Wallet) Position() Position {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.pos
}

// Subscribe gives a channel that receives, coalesced, after each change of
// balance, history or position.
func (w *Wallet) Subscribe() (changed <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.subs[ch] = struct{}{}
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.subs, ch)
	}
}

// update changes the state through fn and stores all of the change at once.
// When either fails nothing has changed: memory is loaded anew from the store.
// The caller holds mu.
func (w *Wallet) update(fn func(*state) error) error {
	if w.failed != nil {
		return w.failed
	}
	err := fn(w.state)
	var changes []Change
	if err == nil {
		if changes = w.state.takeChanges(); len(changes) == 0 {
			return nil
		}
		err = w.store.Commit(changes)
	}
	if err != nil {
		fresh, loadErr := w.load()
		if loadErr != nil {
			w.failed = fmt.Errorf("wallet: %w", loadErr)
			return fmt.Errorf("%w (and then: %w)", err, loadErr)
		}
		fresh.held = w.state.held
		w.state = fresh
		return err
	}
	for ch := range w.subs {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
	return nil
}

// Run keeps the wallet up to date until ctx ends. A failure of chain or store
// is logged and tried again, since the next block may find the disk free.
func (w *Wallet) Run(ctx context.Context) error {
	changed, cancel := w.chain.Subscribe()
	defer cancel()
	retry := time.NewTimer(0)
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		case <-retry.C:
		}
		err := w.Sync(ctx)
		if err != nil && ctx.Err() == nil {
			w.log.Warn("wallet cannot follow the chain; it will try again", "err", err)
			retry.Reset(retryDelay)
		}
	}
}

const retryDelay = 10 * time.Second
