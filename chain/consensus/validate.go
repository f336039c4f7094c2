package consensus

import (
	"fmt"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// Result is what a valid block does.
type Result struct {
	State  State
	Update *Update
	// Spends must all verify before the block counts as valid. They are
	// independent of each other, so the caller checks them on all cores.
	Spends []Spend
}

// Validate checks a block against the state and the rows before it, all but
// the Spends it returns. Broken rules are RuleErrors; others are local
// failures.
func Validate(p *Params, st State, rows Rows, blk *types.Block) (*Result, error) {
	h := &blk.Header
	if h.PrevHash != st.Hash {
		return nil, rule(ErrPrevHash, "%v, the state is after %v", h.PrevHash, st.Hash)
	}
	if d := st.Digest(); h.StateDigest != d {
		return nil, rule(ErrStateDigest, "%v, the state's is %v", h.StateDigest, d)
	}
	b, err := NewBuilder(p, st, rows, h.Slot)
	if err != nil {
		return nil, err
	}
	if err := b.checkHeader(rows, h); err != nil {
		return nil, err
	}
	txs, err := checkBody(p, blk)
	if err != nil {
		return nil, err
	}
	res := &Result{}
	for _, tx := range txs[1:] {
		_, spend, err := b.Add(tx)
		if err != nil {
			return nil, err
		}
		res.Spends = append(res.Spends, spend)
	}
	cb, err := b.close(h.Producer, h.VRFProof)
	if err != nil {
		return nil, err
	}
	if cb.WitnessHash() != blk.Txs[0].WitnessHash() {
		return nil, rule(ErrCoinbase, "%s", coinbaseDifference(cb, blk.Txs[0]))
	}
	res.Update = &Update{Changes: b.view.Changes(), Income: b.income}
	res.State = st.apply(res.Update, h)
	return res, nil
}

// checkHeader is the light check of the header, with the seat list of the next
// epoch from this block's own transitions.
func (b *Builder) checkHeader(rows Rows, h *types.Header) error {
	hs, err := HeaderStateFromRows(b.p, b.parent, rows)
	if err != nil {
		return err
	}
	list, err := b.committedList()
	if err != nil {
		return err
	}
	if root := list.Root(b.p.ID); h.ProducersRoot != root {
		return rule(ErrProducersRoot, "%v, it is %v", h.ProducersRoot, root)
	}
	_, err = hs.Next(b.p, h, func(types.Hash) *SeatList { return list })
	return err
}

// checkBody checks that the block's body is the one its header commits to, and
// pairs payloads with transactions.
func checkBody(p *Params, blk *types.Block) ([]*types.Tx, error) {
	if len(blk.Txs) == 0 || !isCoinbase(blk.Txs[0]) {
		return nil, rule(ErrNoCoinbase, "%d transactions", len(blk.Txs))
	}
	if root := p.ID.TxRoot(blk.Txs); root != blk.Header.TxRoot {
		return nil, rule(ErrTxRoot, "%v, the header says %v", root, blk.Header.TxRoot)
	}
	if root := p.ID.SideRoot(&blk.Sides); root != blk.Header.SideRoot {
		return nil, rule(ErrSideRoot, "%v, the header says %v", root, blk.Header.SideRoot)
	}
	if len(blk.Sides[types.ChainSummary]) != 0 {
		return nil, rule(ErrSummary, "a summary at height %d", blk.Header.Height)
	}
	for i, m := range blk.Txs {
		if c, _, ok := types.FindCommitment(m); ok {
			if _, known := c.Kind.Chain(); !known {
				return nil, rule(ErrRecordKind, "transaction %d: %v", i, c.Kind)
			}
		}
	}
	txs, err := blk.Transactions()
	if err != nil {
		return nil, rule(ErrPairing, "%v", err)
	}
	return txs, nil
}

// coinbaseDifference says in words where a coinbase departs from the rules.
func coinbaseDifference(want, got *wire.MsgTx) string {
	if len(got.TxOut) != len(want.TxOut) {
		return fmt.Sprintf("%d outputs, must be %d", len(got.TxOut), len(want.TxOut))
	}
	for i, out := range want.TxOut {
		if got.TxOut[i].Value != out.Value {
			return fmt.Sprintf("output %d pays %v, must pay %v", i, types.Amount(got.TxOut[i].Value), types.Amount(out.Value))
		}
		if string(got.TxOut[i].PkScript) != string(out.PkScript) {
			return fmt.Sprintf("output %d pays another address", i)
		}
	}
	return "its form"
}
