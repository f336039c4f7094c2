package consensus_test

import (
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

var bodyCases = []ruleCase{
	{"block too heavy", consensus.ErrBlockWeight, func(w *world) error { return w.inject(heavy(w)...) }},
	{"two advertisements", consensus.ErrSideSize, func(w *world) error {
		ad := &types.Advertisement{Title: "bicycle", Text: "hardly used"}
		return w.inject(w.Record(w.alice, ad), w.Record(w.bob, ad))
	}},
	{"no transactions", consensus.ErrNoCoinbase, func(w *world) error {
		return w.body(func(b *types.Block) { b.Txs = nil })
	}},
	{"coinbase missing", consensus.ErrNoCoinbase, func(w *world) error {
		return w.body(func(b *types.Block) { b.Txs = b.Txs[1:] }, w.payment())
	}},
	{"coinbase not first", consensus.ErrNoCoinbase, func(w *world) error {
		return w.body(func(b *types.Block) { b.Txs[0], b.Txs[1] = b.Txs[1], b.Txs[0] }, w.payment())
	}},
	{"two coinbases", consensus.ErrExtraCoinbase, func(w *world) error {
		return w.body(func(b *types.Block) { b.Txs = append(b.Txs, b.Txs[0]) })
	}},
	{"producer keeps more", consensus.ErrCoinbase, func(w *world) error {
		return w.coinbase(func(cb *wire.MsgTx) { cb.TxOut[0].Value++ })
	}},
	{"producer keeps less", consensus.ErrCoinbase, func(w *world) error {
		return w.coinbase(func(cb *wire.MsgTx) { cb.TxOut[0].Value-- })
	}},
	{"producer takes the fee shared with others", consensus.ErrCoinbase, func(w *world) error {
		return w.body(func(b *types.Block) { b.Txs[0].TxOut[0].Value += 1000 }, w.payment())
	}},
	{"foundation's share to another", consensus.ErrCoinbase, func(w *world) error {
		return w.coinbase(func(cb *wire.MsgTx) { cb.TxOut[1].PkScript = w.alice.Address().PkScript() })
	}},
	{"outputs in another order", consensus.ErrCoinbase, func(w *world) error {
		return w.coinbase(func(cb *wire.MsgTx) { cb.TxOut[1], cb.TxOut[2] = cb.TxOut[2], cb.TxOut[1] })
	}},
	{"coinbase output left out", consensus.ErrCoinbase, func(w *world) error {
		return w.coinbase(func(cb *wire.MsgTx) { cb.TxOut = cb.TxOut[:len(cb.TxOut)-1] })
	}},
	{"coinbase output added", consensus.ErrCoinbase, func(w *world) error {
		return w.coinbase(func(cb *wire.MsgTx) { cb.AddTxOut(wire.NewTxOut(0, w.alice.Address().PkScript())) })
	}},
	{"commitment in a coinbase", consensus.ErrCoinbase, func(w *world) error {
		payload := types.Encode(&types.Completion{Job: w.open})
		return w.body(func(b *types.Block) {
			b.Txs[0].AddTxOut(w.Params.ID.Commit(payload))
			b.Sides[types.ChainWork] = append(b.Sides[types.ChainWork], payload)
		})
	}},
	{"coinbase of another height", consensus.ErrCoinbase, func(w *world) error {
		return w.coinbase(func(cb *wire.MsgTx) { cb.TxIn[0].SignatureScript[4] ^= 1 })
	}},
	{"witness in the coinbase", consensus.ErrCoinbase, func(w *world) error {
		return w.coinbase(func(cb *wire.MsgTx) { cb.TxIn[0].Witness = wire.TxWitness{{1}} })
	}},
	{"developer not paid", consensus.ErrCoinbase, func(w *world) error {
		return w.body(func(b *types.Block) {
			cb := b.Txs[0]
			cb.TxOut = append(cb.TxOut[:2], cb.TxOut[3:]...)
		}, w.Post(w.alice, types.Coin, 10))
	}},
	{"payload missing", consensus.ErrPairing, func(w *world) error {
		return w.body(func(b *types.Block) { b.Sides[types.ChainMessages] = nil }, w.message("hello"))
	}},
	{"payload without commitment", consensus.ErrPairing, func(w *world) error {
		return w.body(func(b *types.Block) {
			b.Sides[types.ChainMessages] = append(b.Sides[types.ChainMessages], w.message("hello").Payload)
		})
	}},
	{"another payload", consensus.ErrPairing, func(w *world) error {
		return w.body(func(b *types.Block) { b.Sides[types.ChainMessages][0] = w.message("other").Payload }, w.message("hello"))
	}},
	{"payloads in another order", consensus.ErrPairing, func(w *world) error {
		return w.body(func(b *types.Block) {
			side := b.Sides[types.ChainMessages]
			side[0], side[1] = side[1], side[0]
		}, w.message("one"), w.message("two"))
	}},
	{"commitment of another kind", consensus.ErrPairing, func(w *world) error {
		tx := w.message("hello")
		for _, out := range tx.Msg.TxOut {
			if c, ok := types.ParseCommitment(out.PkScript); ok {
				c.Kind = types.KindCompletion
				out.PkScript = c.Script()
			}
		}
		return w.body(func(b *types.Block) {
			b.Txs = append(b.Txs, tx.Msg)
			b.Sides[types.ChainWork] = append(b.Sides[types.ChainWork], tx.Payload)
		})
	}},
	{"summary where none is due", consensus.ErrSummary, func(w *world) error {
		return w.body(func(b *types.Block) {
			b.Sides[types.ChainSummary] = types.SideBlock{{byte(types.KindSummary)}}
		})
	}},
}

// coinbase changes the next block's coinbase.
func (w *world) coinbase(edit func(*wire.MsgTx)) error {
	return w.body(func(b *types.Block) { edit(b.Txs[0]) })
}

func (w *world) payment() *types.Tx {
	return w.Tx(chaintest.Spec{From: w.alice, To: w.toBob(types.Coin), Tip: 10_000})
}

func (w *world) message(text string) *types.Tx {
	return w.Record(w.alice, &types.Message{Public: true, Body: []byte(text)})
}

// heavy is valid transactions that are together too heavy for one block.
func heavy(w *world) (txs []*types.Tx) {
	var many []consensus.Payment
	for range 2300 {
		many = append(many, w.toBob(types.Coin/1000)...)
	}
	total := types.CoinbaseReserve
	for _, key := range []*chaintest.Key{w.alice, w.bob, w.carol} {
		for range chaintest.CoinsEach / 2 {
			tx := w.Tx(chaintest.Spec{From: key, To: many})
			txs = append(txs, tx)
			if total += tx.Weight(); total > types.MaxBlockWeight {
				return txs
			}
		}
	}
	panic("not heavy enough")
}
