package chaintest

import (
	"maps"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Generator makes valid blocks on a chain it keeps in memory. It checks after
// every block that no coin was made or lost. It is used from one goroutine.
type Generator struct {
	Params *consensus.Params
	State  consensus.State
	Rows   *Rows

	tb        testing.TB
	blocks    []Applied // from genesis on
	producers []*Key
	coins     map[types.Address]map[wire.OutPoint]*consensus.UTXO
	used      map[wire.OutPoint]bool // spent by transactions already made
	minSlot   uint64                 // of the next block
	auditGap  int                    // blocks between full audits
	coinSum   types.Amount           // all coin there is, by the changes of each block
	lead      lead                   // of the last Lead
}

// lead is a slot that a known producer leads after a block.
type lead struct {
	tip   types.Hash
	slot  uint64
	key   *Key
	proof [80]byte
}

// Applied is a block of the chain with what it changed.
type Applied struct {
	Block  *types.Block
	Update *consensus.Update
}

// New starts a chain at genesis. The bootstrap key produces; KnowProducers
// adds others.
func New(tb testing.TB, p *consensus.Params) *Generator {
	tb.Helper()
	g := &Generator{
		Params: p, Rows: NewRows(), tb: tb, producers: []*Key{Bootstrap()}, auditGap: 1,
		coins: make(map[types.Address]map[wire.OutPoint]*consensus.UTXO), used: make(map[wire.OutPoint]bool),
	}
	b, st, u := consensus.Genesis(p)
	g.apply(b, st, u)
	return g
}

// Clone makes an independent copy that reports to tb.
func (g *Generator) Clone(tb testing.TB) *Generator {
	c := *g
	c.tb = tb
	c.Rows = g.Rows.Clone()
	c.blocks = append([]Applied(nil), g.blocks...)
	c.producers = append([]*Key(nil), g.producers...)
	c.used = maps.Clone(g.used)
	c.coins = make(map[types.Address]map[wire.OutPoint]*consensus.UTXO, len(g.coins))
	for a, m := range g.coins {
		c.coins[a] = maps.Clone(m)
	}
	return &c
}

// KnowProducers hands in keys that may lead slots.
func (g *Generator) KnowProducers(keys ...*Key) {
	g.producers, g.lead = append(g.producers, keys...), lead{}
}

// AuditEvery makes the full audit, which reads the whole state, run after
// every nth block only. Conservation is checked after every block all the
// same, by what the block changed.
func (g *Generator) AuditEvery(n int) { g.auditGap = n }

// SkipTo leaves out all slots before slot.
func (g *Generator) SkipTo(slot uint64) { g.minSlot = max(g.minSlot, slot) }

// Blocks gives the chain from genesis on.
func (g *Generator) Blocks() []Applied { return g.blocks }

// Tip is the newest block.
func (g *Generator) Tip() *types.Block { return g.blocks[len(g.blocks)-1].Block }

// Update is what the newest block changed.
func (g *Generator) Update() *consensus.Update { return g.blocks[len(g.blocks)-1].Update }

// Lead finds the next slot that a known producer leads, and its proof.
func (g *Generator) Lead() (slot uint64, key *Key, proof [80]byte) {
	g.tb.Helper()
	hs, err := consensus.HeaderStateFromRows(g.Params, g.State, g.Rows)
	if err != nil {
		g.tb.Fatalf("chaintest: %v", err)
	}
	first := max(g.State.Slot+1, g.minSlot)
	if l := &g.lead; l.tip == g.State.Hash && l.slot >= first && l.key != nil {
		return l.slot, l.key, l.proof
	}
	for slot := first; slot < first+10*g.Params.EpochSlots; slot++ {
		for _, key := range g.producers {
			if proof, ok := consensus.CheckLeader(g.Params, hs, slot, key.Address(), key.VRFKey()); ok {
				g.lead = lead{g.State.Hash, slot, key, proof}
				return slot, key, proof
			}
		}
	}
	g.tb.Fatal("chaintest: no known producer leads any slot: KnowProducers is missing somebody")
	return 0, nil, proof
}

// Builder starts the next block, for callers that want each Add's error.
func (g *Generator) Builder(slot uint64) *consensus.Builder {
	g.tb.Helper()
	b, err := consensus.NewBuilder(g.Params, g.State, g.Rows, slot)
	if err != nil {
		g.tb.Fatalf("chaintest: slot %d: %v", slot, err)
	}
	return b
}

// Valid keeps of txs those that are valid one after the other in the next
// block, and lets the coins of the others be chosen again. Anything but a
// broken rule fails the test.
func (g *Generator) Valid(txs ...*types.Tx) (valid []*types.Tx) {
	g.tb.Helper()
	slot, _, _ := g.Lead()
	b := g.Builder(slot)
	for _, tx := range txs {
		_, _, err := b.Add(tx)
		switch {
		case err == nil:
			valid = append(valid, tx)
		case consensus.IsRule(err):
			for _, in := range tx.Msg.TxIn {
				delete(g.used, in.PreviousOutPoint)
			}
		default:
			g.tb.Fatalf("chaintest: %v", err)
		}
	}
	return valid
}

// Build makes the next block with txs, signed, without connecting it. Every
// transaction must be valid.
func (g *Generator) Build(txs ...*types.Tx) *types.Block {
	g.tb.Helper()
	slot, key, proof := g.Lead()
	builder := g.Builder(slot)
	for i, tx := range txs {
		if _, _, err := builder.Add(tx); err != nil {
			g.tb.Fatalf("chaintest: height %d, transaction %d: %v", g.State.Height+1, i, err)
		}
	}
	b, err := builder.Block(key.Address(), proof)
	if err != nil {
		g.tb.Fatalf("chaintest: %v", err)
	}
	b.Header.Signature = key.mustSign(b.Header.SigHash(g.Params.ID))
	return b
}

// Extend builds the next block, connects it and returns it.
func (g *Generator) Extend(txs ...*types.Tx) *types.Block {
	g.tb.Helper()
	b := g.Build(txs...)
	if err := g.Connect(b); err != nil {
		g.tb.Fatalf("chaintest: height %d: %v", b.Header.Height, err)
	}
	return b
}

// ExtendBy adds n empty blocks.
func (g *Generator) ExtendBy(n int) {
	g.tb.Helper()
	for range n {
		g.Extend()
	}
}

// Check validates a block on the tip, its scripts included, as a node does.
func (g *Generator) Check(b *types.Block) (*consensus.Result, error) {
	res, err := consensus.Validate(g.Params, g.State, g.Rows, b)
	if err != nil {
		return nil, err
	}
	for i := range res.Spends {
		if err := res.Spends[i].Verify(); err != nil {
			return nil, err
		}
	}
	return res, nil
}

// Connect validates a block and makes it the tip.
func (g *Generator) Connect(b *types.Block) error {
	g.tb.Helper()
	res, err := g.Check(b)
	if err != nil {
		return err
	}
	g.apply(b, res.State, res.Update)
	return nil
}

func (g *Generator) apply(b *types.Block, st consensus.State, u *consensus.Update) {
	g.tb.Helper()
	g.Rows.Apply(u)
	g.State = st
	g.blocks = append(g.blocks, Applied{b, u})
	for i := range u.Changes {
		c := &u.Changes[i]
		g.moveCoin(c, c.Old, c.New)
		g.coinSum += g.coinIn(c.Table, c.Key, c.New) - g.coinIn(c.Table, c.Key, c.Old)
	}
	if want := g.Params.GenesisSupply() + types.Amount(st.Height)*consensus.BlockReward; g.coinSum != want {
		g.tb.Fatalf("chaintest: coins made or lost at height %d: there are %v, there should be %v", st.Height, g.coinSum, want)
	}
	if int(st.Height)%g.auditGap == 0 {
		g.Audit()
	}
}

// Revert takes the newest block back and returns it.
func (g *Generator) Revert() *types.Block {
	g.tb.Helper()
	n := len(g.blocks) - 1
	last := g.blocks[n]
	g.Rows.Revert(last.Update)
	g.State = g.State.Revert(last.Update, &g.blocks[n-1].Block.Header)
	g.blocks = g.blocks[:n]
	for i := range last.Update.Changes {
		c := &last.Update.Changes[i]
		g.moveCoin(c, c.New, c.Old)
		g.coinSum += g.coinIn(c.Table, c.Key, c.Old) - g.coinIn(c.Table, c.Key, c.New)
	}
	return last.Block
}

// moveCoin keeps the index of coins by address.
func (g *Generator) moveCoin(c *consensus.Change, old, value []byte) {
	if c.Table != consensus.TableUTXO {
		return
	}
	op, err := consensus.ParseUTXOKey(c.Key)
	if err != nil {
		g.tb.Fatalf("chaintest: %v", err)
	}
	if old != nil {
		if u, err := consensus.DecodeUTXO(old); err == nil {
			delete(g.coins[u.Address], op)
			delete(g.used, op)
		}
	}
	if value == nil {
		return
	}
	u, err := consensus.DecodeUTXO(value)
	if err != nil {
		g.tb.Fatalf("chaintest: %v", err)
	}
	if g.coins[u.Address] == nil {
		g.coins[u.Address] = make(map[wire.OutPoint]*consensus.UTXO)
	}
	g.coins[u.Address][op] = u
}

// Mutate copies a block, changes the copy with edit, makes the roots fit and
// signs it again: a block that breaks one rule and no other. The key must be
// that of the header's producer.
func (g *Generator) Mutate(b *types.Block, edit func(*types.Block)) *types.Block {
	g.tb.Helper()
	c := g.copy(b)
	edit(c)
	c.Header.TxRoot = g.Params.ID.TxRoot(c.Txs)
	c.Header.SideRoot = g.Params.ID.SideRoot(&c.Sides)
	return g.sign(c)
}

// MutateHeader is Mutate that leaves the roots as edit made them.
func (g *Generator) MutateHeader(b *types.Block, edit func(*types.Header)) *types.Block {
	g.tb.Helper()
	c := g.copy(b)
	edit(&c.Header)
	return g.sign(c)
}

func (g *Generator) copy(b *types.Block) *types.Block {
	g.tb.Helper()
	c, err := types.DecodeBlock(b.Append(nil))
	if err != nil {
		g.tb.Fatalf("chaintest: copy of a block: %v", err)
	}
	return c
}

// sign signs for whichever known producer the header names; others stay as
// they are.
func (g *Generator) sign(b *types.Block) *types.Block {
	for _, k := range g.producers {
		if k.Address() == b.Header.Producer {
			b.Header.Signature = k.mustSign(b.Header.SigHash(g.Params.ID))
		}
	}
	return b
}
