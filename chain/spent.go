package chain

import (
	"fmt"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// spentOutputs finds what a connected block's transactions spend. Outputs of
// earlier blocks stand in the update as rows that are gone; what the block
// itself made and spent leaves no row and is found in the block.
type spentOutputs struct {
	block  *types.Block
	update *consensus.Update
	own    map[types.Hash]*wire.MsgTx // the block's transactions, made when first needed
}

// get returns the address and the amount of a spent output.
func (s *spentOutputs) get(op wire.OutPoint) (types.Address, types.Amount, error) {
	if c := s.update.Find(consensus.TableUTXO, consensus.UTXOKey(op)); c != nil && c.Old != nil {
		u, err := consensus.DecodeUTXO(c.Old)
		if err != nil {
			return types.Address{}, 0, err
		}
		return u.Address, u.Amount, nil
	}
	if s.own == nil {
		s.own = make(map[types.Hash]*wire.MsgTx, len(s.block.Txs))
		for _, tx := range s.block.Txs {
			s.own[tx.TxHash()] = tx
		}
	}
	tx := s.own[op.Hash]
	if tx == nil || int(op.Index) >= len(tx.TxOut) {
		return types.Address{}, 0, corrupt("update", fmt.Errorf("output %v is not among what the block spent", op))
	}
	out := tx.TxOut[op.Index]
	a, _ := types.ScriptAddress(out.PkScript)
	return a, types.Amount(out.Value), nil
}

// paid returns the author of a transaction and its inputs less its outputs.
func (s *spentOutputs) paid(tx *wire.MsgTx) (author types.Address, fee types.Amount, err error) {
	for i, in := range tx.TxIn {
		a, amount, err := s.get(in.PreviousOutPoint)
		if err != nil {
			return author, 0, err
		}
		if i == 0 {
			author = a
		}
		fee += amount
	}
	for _, out := range tx.TxOut {
		fee -= types.Amount(out.Value)
	}
	return author, fee, nil
}
