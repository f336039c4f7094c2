package wallet_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
)

const (
	aliceWords = "legal winner thank year wave sausage worth useful legal winner thank yellow"
	bobWords   = "letter advice cage absurd amount doctor acoustic avoid letter advice cage above"
)

var (
	// ann and dev have coins from genesis on and are no wallets.
	ann  = chaintest.NewKey("ann")
	fund = chaintest.NewKey("ben")
)

// world is a chain manager fed by a block generator.
type world struct {
	t   testing.TB
	gen *chaintest.Generator
	mgr *chain.Manager

	mu     sync.Mutex
	refuse func(*types.Tx) error // guarded by mu: AddTx of wallets fails
	lost   bool                  // guarded by mu: every position is unknown
	broken error                 // guarded by mu: UpdatesSince fails
	offers int                   // guarded by mu: AddTx calls
	rate   types.Amount          // guarded by mu: FeeRate

	made map[string]*keys.Keystore // by words
}

func newWorld(t testing.TB, change func(*consensus.Params)) *world {
	t.Helper()
	g := chaintest.New(t, chaintest.Params([]string{ann.Name, fund.Name}, change))
	g.AuditEvery(1 << 30)
	late := time.Unix(g.Params.GenesisTime+1<<30, 0)
	m, err := chain.Open(g.Params, chain.NewMemStore(), chain.Options{Clock: func() time.Time { return late }})
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, gen: g, mgr: m, rate: 1, made: make(map[string]*keys.Keystore)}
}

// UpdatesSince and the methods below adapt the manager to wallet.Chain.
func (w *world) UpdatesSince(pos types.Hash, max int) (revert, apply []wallet.Block, err error) {
	w.mu.Lock()
	lost, broken := w.lost, w.broken
	w.mu.Unlock()
	if broken != nil {
		return nil, nil, broken
	}
	if lost && pos != (types.Hash{}) {
		return nil, nil, wallet.ErrUnknownPosition
	}
	r, a, err := w.mgr.UpdatesSince(pos, max)
	if errors.Is(err, chain.ErrUnknownBlock) {
		err = wallet.ErrUnknownPosition
	}
	return blocks(r), blocks(a), err
}

func blocks(us []chain.BlockUpdate) (out []wallet.Block) {
	for _, u := range us {
		out = append(out, wallet.Block{Block: u.Block, Hash: u.Hash, Update: u.Update})
	}
	return out
}

func (w *world) PoolSince(seq uint64) (added []wallet.PoolTx, removed []types.Hash, next uint64) {
	entries, removed, next := w.mgr.PoolSince(seq)
	for _, e := range entries {
		added = append(added, wallet.PoolTx{Tx: e.Tx, Fee: e.Fee})
	}
	return added, removed, next
}

func (w *world) PoolTx(id types.Hash) *types.Tx { return w.mgr.PoolTx(id) }

func (w *world) AddTx(tx *types.Tx) error {
	w.mu.Lock()
	refuse := w.refuse
	w.offers++
	w.mu.Unlock()
	if refuse != nil {
		if err := refuse(tx); err != nil {
			return err
		}
	}
	err := w.mgr.AddTx(tx)
	if errors.Is(err, chain.ErrRejected) && !errors.Is(err, chain.ErrMissingInputs) {
		err = fmt.Errorf("%w: %w", wallet.ErrUnfit, err)
	}
	return err
}

func (w *world) FeeRate(int) types.Amount {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rate
}

func (w *world) Subscribe() (<-chan struct{}, func()) { return w.mgr.Subscribe() }

func (w *world) set(fn func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fn()
}

// mine makes n blocks; the first holds the whole pool.
func (w *world) mine(n int) {
	w.t.Helper()
	for range n {
		var txs []*types.Tx
		for _, e := range w.mgr.PoolTxs() {
			txs = append(txs, e.Tx)
		}
		w.mineOnly(txs...)
	}
}

// mineOnly makes one block of just these transactions.
func (w *world) mineOnly(txs ...*types.Tx) {
	w.t.Helper()
	w.add(w.gen.Extend(txs...))
}

func (w *world) add(b *types.Block) {
	w.t.Helper()
	if err := w.mgr.AddBlock(b); err != nil {
		w.t.Fatalf("block at height %d: %v", b.Header.Height, err)
	}
}

// fork replaces the newest depth blocks by depth+1 others, the first with txs.
func (w *world) fork(depth int, txs ...*types.Tx) {
	w.t.Helper()
	slot := w.gen.Tip().Header.Slot
	for range depth {
		w.gen.Revert()
	}
	w.gen.Release()
	w.gen.SkipTo(slot + 1)
	w.add(w.gen.Extend(txs...))
	for range depth {
		w.add(w.gen.Extend())
	}
}

// pay sends coins of ann's into the pool and gives the transaction.
func (w *world) pay(a types.Address, amount types.Amount) *types.Tx {
	w.t.Helper()
	tx := w.gen.Tx(chaintest.Spec{From: ann, To: []consensus.Payment{{Address: a, Amount: amount}}})
	if err := w.mgr.AddTx(tx); err != nil {
		w.t.Fatal(err)
	}
	return tx
}

// person is a wallet with its parts.
type person struct {
	*wallet.Wallet
	w     *world
	keys  *keys.Keystore
	store wallet.Store
	now   time.Time
	seed  uint64
}

// newKeys makes an unlocked keystore. Wallets of one test may share it: making
// keys is slow under the race detector.
func newKeys(t testing.TB, words string) *keys.Keystore {
	t.Helper()
	parsed, err := keys.ParseWords(words)
	if err != nil {
		t.Fatal(err)
	}
	k, err := keys.Create(filepath.Join(t.TempDir(), "keystore"), parsed, "", 1, []byte("pass"), keys.Options{Argon2: keys.LightArgon2(), Weak: true})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func identityOf(t testing.TB, k *keys.Keystore) types.Address {
	t.Helper()
	id, err := k.Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id.Address()
}

func (w *world) open(words string, store wallet.Store) *person {
	w.t.Helper()
	if store == nil {
		store = wallet.NewMemStore()
	}
	if w.made[words] == nil {
		w.made[words] = newKeys(w.t, words)
	}
	p := &person{w: w, keys: w.made[words], store: store, now: time.Unix(1_700_000_000, 0), seed: 1}
	p.reopen()
	return p
}

// reopen starts the wallet anew on its store, as after a crash.
func (p *person) reopen() {
	p.w.t.Helper()
	wl, err := wallet.Open(p.w, p.keys, p.store, wallet.Options{Params: p.w.gen.Params,
		Clock: func() time.Time { return p.now }, Rand: rand.New(rand.NewPCG(p.seed, 2))})
	if err != nil {
		p.w.t.Fatal(err)
	}
	p.Wallet = wl
}

func (p *person) sync() {
	p.w.t.Helper()
	if err := p.Sync(context.Background()); err != nil {
		p.w.t.Fatal(err)
	}
}

// funded opens alice's wallet with confirmed coins of these amounts at fresh
// receive addresses.
func (w *world) funded(amounts ...types.Amount) *person {
	w.t.Helper()
	p := w.open(aliceWords, nil)
	for _, a := range amounts {
		w.pay(p.address(), a)
	}
	w.mine(1)
	p.sync()
	return p
}

func (p *person) address() types.Address {
	p.w.t.Helper()
	a, err := p.NewAddress("")
	if err != nil {
		p.w.t.Fatal(err)
	}
	return a
}

func (p *person) send(to types.Address, amount types.Amount) types.Hash {
	p.w.t.Helper()
	id, err := p.Send(context.Background(), wallet.Request{Outputs: []wallet.Output{{Address: to, Amount: amount}}})
	if err != nil {
		p.w.t.Fatal(err)
	}
	return id
}

func (p *person) entry(id types.Hash) wallet.Entry {
	p.w.t.Helper()
	e, err := p.Transaction(id)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return e
}

// wantBalance checks the amounts named in want, and what must always hold.
func (p *person) wantBalance(what string, want wallet.Balance) {
	p.w.t.Helper()
	got := p.Balance()
	if got.Total != got.Confirmed+got.Change+got.Immature || got.Spendable != got.Confirmed+got.Change-got.Frozen {
		p.w.t.Errorf("%s: sums do not hold: %+v", what, got)
	}
	want.Total = want.Confirmed + want.Change + want.Immature
	want.Spendable = want.Confirmed + want.Change - want.Frozen
	if got != want {
		p.w.t.Errorf("%s: balance\n got %+v\nwant %+v", what, got, want)
	}
}

// wantSame checks that another wallet sees the same coins, balance and history.
func (p *person) wantSame(what string, o *person) {
	p.w.t.Helper()
	if p.Balance() != o.Balance() {
		p.w.t.Errorf("%s: balance %+v, want %+v", what, o.Balance(), p.Balance())
	}
	if a, b := p.Coins(), o.Coins(); len(a) != len(b) {
		p.w.t.Errorf("%s: %d coins, want %d", what, len(b), len(a))
	} else {
		for i := range a {
			if a[i].OutPoint != b[i].OutPoint || a[i].Spendable != b[i].Spendable || a[i].Height != b[i].Height {
				p.w.t.Errorf("%s: coin %+v, want %+v", what, b[i], a[i])
			}
		}
	}
	a, b := p.History(wallet.Query{}), o.History(wallet.Query{})
	if len(a) != len(b) {
		p.w.t.Fatalf("%s: %d entries, want %d", what, len(b), len(a))
	}
	byID := make(map[types.Hash]wallet.Entry)
	for _, e := range a {
		byID[e.TxID] = e
	}
	for _, e := range b {
		w := byID[e.TxID]
		if e.Kind != w.Kind || e.Status != w.Status || e.Height != w.Height || e.Amount != w.Amount || e.Fee != w.Fee || e.Bid != w.Bid {
			p.w.t.Errorf("%s: entry %+v, want %+v", what, e, w)
		}
	}
}

// wantCoins checks the confirmed balance against the consensus state itself.
func (p *person) wantCoins() {
	p.w.t.Helper()
	var sum types.Amount
	err := p.w.gen.Rows.Scan(consensus.TableUTXO, nil, func(_, value []byte) (bool, error) {
		u, err := consensus.DecodeUTXO(value)
		if err == nil && p.Owns(u.Address) {
			sum += u.Amount
		}
		return true, err
	})
	if err != nil {
		p.w.t.Fatal(err)
	}
	if b := p.Balance(); b.Confirmed+b.Immature+b.Reserved != sum {
		p.w.t.Errorf("confirmed %v, immature %v, reserved %v; the chain holds %v", b.Confirmed, b.Immature, b.Reserved, sum)
	}
}

func vsize(t testing.TB, w *world, id types.Hash) types.Amount {
	t.Helper()
	tx := w.mgr.PoolTx(id)
	if tx == nil {
		t.Fatalf("%v is not in the pool", id)
	}
	return types.Amount(tx.VSize())
}

// paid is inputs less outputs of a pool transaction.
func paid(t testing.TB, w *world, id types.Hash) types.Amount {
	t.Helper()
	for _, e := range w.mgr.PoolTxs() {
		if e.ID == id {
			return e.Fee
		}
	}
	t.Fatalf("%v is not in the pool", id)
	return 0
}

func outpoint(id types.Hash, i uint32) wire.OutPoint { return wire.OutPoint{Hash: id, Index: i} }

func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

func (w *world) payMany(outs []consensus.Payment) {
	w.t.Helper()
	if err := w.mgr.AddTx(w.gen.Tx(chaintest.Spec{From: ann, To: outs})); err != nil {
		w.t.Fatal(err)
	}
}
