package market

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
)

var (
	me    = chaintest.NewKey("market me").Address()
	ann   = chaintest.NewKey("market ann").Address()
	bob   = chaintest.NewKey("market bob").Address()
	found = chaintest.Foundation().Address()
)

// fakeChain is blocks of records, and a pool, in memory.
type fakeChain struct {
	mu      sync.Mutex
	blocks  []fakeBlock // by height
	waiting []Waiting
	reads   int    // records handed out
	err     error  // of Records
	during  func() // once, in the midst of Records
	subs    []chan struct{}
	n       byte // makes blocks and transactions differ
}

type fakeBlock struct {
	hash types.Hash
	recs map[types.VirtualChain][]Record
}

const fakeSlot = 10 * time.Second

func newChain() *fakeChain { return &fakeChain{blocks: []fakeBlock{{hash: types.Hash{1}}}} }

// rec is a record to be put into a block.
type rec struct {
	author types.Address
	fee    types.Amount
	record types.Record
}

func (f *fakeChain) txid() types.Hash {
	f.n++
	return types.Hash{0: 0xaa, 1: f.n, 2: byte(len(f.blocks)), 3: byte(len(f.blocks) >> 8)}
}

// add makes a block and gives the ids of its records.
func (f *fakeChain) add(recs ...rec) (ids []types.Hash) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := uint32(len(f.blocks))
	f.n++
	b := fakeBlock{hash: types.Hash{2, f.n, byte(h), byte(h >> 8)}, recs: make(map[types.VirtualChain][]Record)}
	for _, r := range recs {
		c, _ := r.record.Kind().Chain()
		id := f.txid()
		ids = append(ids, id)
		b.recs[c] = append(b.recs[c], Record{Height: h, Seq: uint32(len(b.recs[c])), Tx: id, Author: r.author, Fee: r.fee, Payload: types.Encode(r.record)})
	}
	f.blocks = append(f.blocks, b)
	for _, s := range f.subs {
		select {
		case s <- struct{}{}:
		default:
		}
	}
	return ids
}

func (f *fakeChain) addEmpty(n int) {
	for range n {
		f.add()
	}
}

// cut takes the newest blocks away.
func (f *fakeChain) cut(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.blocks = f.blocks[:len(f.blocks)-n]
}

func (f *fakeChain) Tip() (types.Hash, uint32) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.blocks[len(f.blocks)-1].hash, uint32(len(f.blocks) - 1)
}

func (f *fakeChain) BlockHash(h uint32) (types.Hash, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if int(h) >= len(f.blocks) {
		return types.Hash{}, errors.New("above the tip")
	}
	return f.blocks[h].hash, nil
}

func (f *fakeChain) BlockTime(h uint32) time.Time {
	return time.Unix(1_000_000, 0).Add(time.Duration(h) * fakeSlot)
}

func (f *fakeChain) Records(c types.VirtualChain, from uint32, max int) (out []Record, err error) {
	f.mu.Lock()
	during := f.during
	f.during = nil
	f.mu.Unlock()
	if during != nil {
		defer during()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for h := int(from); h < len(f.blocks) && len(out) < max; h++ {
		out = append(out, f.blocks[h].recs[c]...)
	}
	f.reads += len(out)
	return out, f.err
}

func (f *fakeChain) Confirmed(tx types.Hash) (uint32, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for h, b := range f.blocks {
		for _, list := range b.recs {
			for _, r := range list {
				if r.Tx == tx {
					return uint32(h), true
				}
			}
		}
	}
	return 0, false
}

func (f *fakeChain) WaitingAds() []Waiting {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Waiting(nil), f.waiting...)
}

func (f *fakeChain) FeeRate(int) types.Amount { return 1 }

func (f *fakeChain) Subscribe() (<-chan struct{}, func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := make(chan struct{}, 1)
	f.subs = append(f.subs, s)
	return s, func() {}
}

// noPayer is a wallet without coins.
type noPayer struct{}

func (noPayer) BuildRecord(types.Record, wallet.RecordOptions) (*wallet.Quote, error) {
	return nil, &wallet.FundsError{}
}

func (noPayer) SendRecord(context.Context, types.Record, wallet.RecordOptions) (types.Hash, error) {
	return types.Hash{}, &wallet.FundsError{}
}

func (noPayer) RaiseFee(context.Context, types.Hash, types.Amount) (types.Hash, error) {
	return types.Hash{}, &wallet.FundsError{}
}

func (noPayer) QuoteCancel(types.Hash) (types.Amount, error) { return 0, &wallet.FundsError{} }

func (noPayer) Cancel(context.Context, types.Hash, types.Amount, string) (types.Hash, error) {
	return types.Hash{}, &wallet.FundsError{}
}

func (noPayer) FindRecord([]byte) (wallet.Entry, error) { return wallet.Entry{}, wallet.ErrUnknownTx }

func testParams() *consensus.Params { return chaintest.Params([]string{"market ann"}, nil) }

type world struct {
	*Market
	t     *testing.T
	chain *fakeChain
	store wallet.Store
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, chain: newChain(), store: wallet.NewMemStore()}
	w.reopen()
	return w
}

// reopen starts anew on the same store.
func (w *world) reopen() {
	w.t.Helper()
	m, err := Open(Options{Params: testParams(), Self: me, Chain: w.chain, Payer: noPayer{}, Store: w.store,
		Clock: func() time.Time { _, tip := w.chain.Tip(); return w.chain.BlockTime(tip) }})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Market = m
}

func (w *world) sync() {
	w.t.Helper()
	if err := w.Sync(context.Background()); err != nil {
		w.t.Fatal(err)
	}
}

func selling(title string, fee types.Amount) rec {
	return rec{ann, fee, &types.Advertisement{Title: title}}
}

func saying(a types.Address, text string) rec {
	return rec{a, 1, &types.Message{Public: true, Body: []byte(text)}}
}

func withdrawing(a types.Address, id types.Hash) rec {
	return rec{a, 1, &types.Message{Public: true, Body: append([]byte{0, 1}, id[:]...)}}
}

func (w *world) wantTitles(q Query, want ...string) {
	w.t.Helper()
	list, err := w.Listings(q)
	if err != nil {
		w.t.Fatal(err)
	}
	var got []string
	for _, l := range list {
		got = append(got, l.Title)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("listings %q, want %q", got, want)
	}
}

func (w *world) wantNews(q NewsQuery, want ...string) {
	w.t.Helper()
	list, err := w.News(q)
	if err != nil {
		w.t.Fatal(err)
	}
	var got []string
	for _, p := range list {
		got = append(got, p.Title)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("news %q, want %q", got, want)
	}
}
