package gossip

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// testParams is a network whose slots are seconds. Only what gossip reads is
// set. The genesis time is that of synctest's clock.
func testParams() *consensus.Params {
	return &consensus.Params{
		Name: "gossiptest", SlotSeconds: 1, LeaderNum: 1, LeaderDen: 3,
		GenesisTime: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Unix() - 3600,
		ID:          types.NetworkID(sha256.Sum256([]byte("gossip test"))),
	}
}

var (
	producer, _ = btcec.PrivKeyFromBytes([]byte("a key that signs test headers!!!"))
	producerKey = types.Address(schnorr.SerializePubKey(producer.PubKey()))
)

// mine makes a signed block on parent. change may alter it before it is signed.
func mine(id types.NetworkID, parent *types.Header, slot uint64, change func(*types.Block)) *types.Block {
	m := wire.NewMsgTx(2)
	m.AddTxIn(wire.NewTxIn(wire.NewOutPoint(&types.Hash{}, uint32(slot)), nil, nil))
	m.AddTxOut(wire.NewTxOut(1, types.Address{}.PkScript()))
	b := &types.Block{Txs: []*wire.MsgTx{m}}
	b.Header = types.Header{Version: 1, Height: parent.Height + 1, PrevHash: parent.Hash(), Slot: slot}
	if change != nil {
		change(b)
	}
	b.Header.TxRoot, b.Header.SideRoot = id.TxRoot(b.Txs), id.SideRoot(&b.Sides)
	sign(id, &b.Header)
	return b
}

func sign(id types.NetworkID, h *types.Header) {
	h.Producer = producerKey
	hash := h.SigHash(id)
	sig, err := schnorr.Sign(producer, hash[:], schnorr.FastSign())
	if err != nil {
		panic(err)
	}
	copy(h.Signature[:], sig.Serialize())
}

// mineChain makes n blocks after parent in consecutive slots.
func mineChain(id types.NetworkID, parent types.Header, n int) []*types.Block {
	var out []*types.Block
	for range n {
		b := mine(id, &parent, parent.Slot+1, nil)
		out = append(out, b)
		parent = b.Header
	}
	return out
}

// Marks that make fakeChain refuse things; real rules are not gossip's affair.
const (
	badProof  = 0xbd // first byte of a header's proof
	badBlock  = 666  // version of a block's coinbase
	badTx     = 667  // version of a transaction
	needsList = 0x15 // first byte of a header's proof: its ProducersRoot must be known
)

// fakeChain is a Chain in memory that takes the longest chain.
type fakeChain struct {
	id types.NetworkID

	mu       sync.Mutex
	headers  map[types.Hash]*types.Header
	blocks   map[types.Hash]*types.Block
	best     types.Hash // of headers
	tip      types.Hash
	lists    map[types.Hash]*consensus.SeatList
	pool     map[types.Hash]*chain.PoolEntry
	order    []*chain.PoolEntry
	outputs  map[types.Hash]bool // transactions that can be spent, beside the pool's
	subs     map[chan struct{}]bool
	blockErr error // returned by AddBlock, as by a full disk
	invalid  map[types.Hash]bool
}

var _ Chain = (*fakeChain)(nil)

func newFakeChain(id types.NetworkID, blocks ...*types.Block) *fakeChain {
	g := &types.Header{Version: 1}
	c := &fakeChain{
		id: id, best: g.Hash(), tip: g.Hash(),
		headers: map[types.Hash]*types.Header{g.Hash(): g},
		blocks:  map[types.Hash]*types.Block{g.Hash(): {Header: *g}},
		lists:   map[types.Hash]*consensus.SeatList{}, pool: map[types.Hash]*chain.PoolEntry{},
		outputs: map[types.Hash]bool{}, subs: map[chan struct{}]bool{}, invalid: map[types.Hash]bool{},
	}
	c.grow(blocks...)
	return c
}

// grow adds blocks as if they were mined here.
func (c *fakeChain) grow(blocks ...*types.Block) {
	for _, b := range blocks {
		if l := c.SeatList(b.Header.ProducersRoot); l == nil && b.Header.VRFProof[0] == needsList {
			panic("list missing")
		}
		if err := errors.Join(c.AddHeaders([]types.Header{b.Header}), c.AddBlock(b)); err != nil {
			panic(err)
		}
	}
}

func (c *fakeChain) tipOf(h types.Hash) chain.Tip {
	hd := c.headers[h]
	return chain.Tip{Hash: h, Height: hd.Height, Slot: hd.Slot}
}

func (c *fakeChain) Tip() chain.Tip        { c.mu.Lock(); defer c.mu.Unlock(); return c.tipOf(c.tip) }
func (c *fakeChain) BestHeader() chain.Tip { c.mu.Lock(); defer c.mu.Unlock(); return c.tipOf(c.best) }

func (c *fakeChain) notify() {
	for ch := range c.subs {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

func (c *fakeChain) AddHeaders(hs []types.Header) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range hs {
		h := hs[i]
		hash := h.Hash()
		switch {
		case c.headers[hash] != nil:
			continue
		case c.invalid[h.PrevHash]:
			return chain.ErrBadBranch
		case c.headers[h.PrevHash] == nil:
			return fmt.Errorf("%v: %w", hash, chain.ErrOrphan)
		case h.VRFProof[0] == badProof:
			return &consensus.RuleError{Kind: consensus.ErrVRF, Detail: "test"}
		case h.VRFProof[0] == needsList && c.lists[h.ProducersRoot] == nil:
			return &consensus.NeedListError{Root: h.ProducersRoot}
		}
		c.headers[hash] = &h
		if h.Height > c.headers[c.best].Height {
			c.best = hash
		}
		c.notify()
	}
	return nil
}

func (c *fakeChain) AddSeatList(l *consensus.SeatList) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lists[l.Root(c.id)] = l
}

func (c *fakeChain) SeatList(root types.Hash) *consensus.SeatList {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lists[root]
}

// path lists the hashes of the chain from h down to genesis.
func (c *fakeChain) path(h types.Hash) (out []types.Hash) {
	for hd := c.headers[h]; hd != nil; hd = c.headers[h] {
		out = append(out, h)
		h = hd.PrevHash
	}
	return out
}

func (c *fakeChain) Locator() (out []types.Hash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	path := c.path(c.best)
	for i, step := 0, 1; i < len(path); i += step {
		out = append(out, path[i])
		if len(out) > 10 {
			step *= 2
		}
	}
	return append(out, path[len(path)-1])
}

func (c *fakeChain) HeadersAfter(locator []types.Hash, max int) []types.Header {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := map[types.Hash]bool{}
	for _, h := range locator {
		known[h] = true
	}
	var out []types.Header
	for h := c.tip; !known[h] && c.headers[h].Height > 0; h = c.headers[h].PrevHash {
		out = append(out, *c.headers[h])
	}
	slices.Reverse(out)
	return out[:min(max, len(out))]
}

func (c *fakeChain) MissingBlocks(max int) (out []types.Hash) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for h := c.best; c.blocks[h] == nil; h = c.headers[h].PrevHash {
		out = append(out, h)
		if c.invalid[h] {
			out = nil // and what stands on it
		}
	}
	slices.Reverse(out)
	return out[:min(max, len(out))]
}

func (c *fakeChain) AddBlock(b *types.Block) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := b.Hash()
	switch {
	case c.blockErr != nil:
		return c.blockErr
	case c.blocks[h] != nil:
		return chain.ErrKnown
	case c.blocks[b.Header.PrevHash] == nil:
		return chain.ErrOrphan
	case b.Txs[0].Version == badBlock:
		c.invalid[h] = true
		return &consensus.RuleError{Kind: consensus.ErrCoinbase, Detail: "test"}
	}
	c.blocks[h] = b
	if c.headers[h] == nil {
		c.headers[h] = &b.Header
	}
	if b.Header.Height > c.headers[c.tip].Height {
		c.tip = h
	}
	c.notify()
	return nil
}

func (c *fakeChain) Block(h types.Hash) (*types.Block, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if b := c.blocks[h]; b != nil && b.Header.Height > 0 {
		return b, nil
	}
	return nil, chain.ErrUnknownBlock
}

func (c *fakeChain) BlockHash(height uint32) (types.Hash, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, h := range c.path(c.tip) {
		if c.headers[h].Height == height {
			return h, nil
		}
	}
	return types.Hash{}, chain.ErrUnknownBlock
}

func (c *fakeChain) Header(h types.Hash) (types.Header, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if hd := c.headers[h]; hd != nil {
		return *hd, nil
	}
	return types.Header{}, chain.ErrUnknownBlock
}

func (c *fakeChain) AddTx(tx *types.Tx) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := tx.ID()
	if c.pool[id] != nil {
		return chain.ErrKnown
	}
	if tx.Msg.Version == badTx || len(tx.Payload) > 0 && tx.Payload[0] == badProof {
		return &consensus.RuleError{Kind: consensus.ErrScript, Detail: "test"}
	}
	for _, p := range parents(tx) {
		if !c.outputs[p] && c.pool[p] == nil {
			return chain.ErrMissingInputs
		}
	}
	c.pool[id] = &chain.PoolEntry{Tx: tx, ID: id}
	c.order = append(c.order, c.pool[id])
	c.notify()
	return nil
}

func (c *fakeChain) PoolTx(id types.Hash) *types.Tx {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.pool[id]; e != nil {
		return e.Tx
	}
	return nil
}

func (c *fakeChain) PoolTxs() []*chain.PoolEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*chain.PoolEntry(nil), c.order...)
}

func (c *fakeChain) PoolSince(seq uint64) ([]*chain.PoolEntry, []types.Hash, uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]*chain.PoolEntry(nil), c.order[seq:]...), nil, uint64(len(c.order))
}

func (c *fakeChain) Subscribe() (<-chan struct{}, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := make(chan struct{}, 1)
	c.subs[ch] = true
	return ch, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.subs, ch)
	}
}

// pay makes a transaction that spends output 0 of parent.
func pay(parent types.Hash, version int32, payload []byte) *types.Tx {
	m := wire.NewMsgTx(version)
	m.AddTxIn(wire.NewTxIn(wire.NewOutPoint(&parent, 0), nil, wire.TxWitness{make([]byte, 64)}))
	m.AddTxOut(wire.NewTxOut(1, types.Address{1}.PkScript()))
	return &types.Tx{Msg: m, Payload: payload}
}
