package consensus_test

import (
	"testing"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

var txCases = []ruleCase{
	{"input twice", consensus.ErrTxForm, func(w *world) error {
		return w.spend(func(m *wire.MsgTx) { m.AddTxIn(m.TxIn[0]) })
	}},
	{"no outputs", consensus.ErrTxForm, func(w *world) error {
		return w.spend(func(m *wire.MsgTx) { m.TxOut = nil })
	}},
	{"signature script", consensus.ErrTxForm, func(w *world) error {
		return w.spend(func(m *wire.MsgTx) { m.TxIn[0].SignatureScript = []byte{txscript.OP_TRUE} })
	}},
	{"transaction too heavy", consensus.ErrTxForm, func(w *world) error {
		return w.spend(func(m *wire.MsgTx) {
			for range types.MaxTxWeight / (43 * 4) {
				m.AddTxOut(wire.NewTxOut(0, w.bob.Address().PkScript()))
			}
		})
	}},
	{"output that is no Taproot", consensus.ErrOutputScript, func(w *world) error {
		return w.spend(func(m *wire.MsgTx) { m.TxOut[0].PkScript = []byte{txscript.OP_TRUE} })
	}},
	{"witness output of version 0", consensus.ErrOutputScript, func(w *world) error {
		return w.spend(func(m *wire.MsgTx) { m.TxOut[0].PkScript[0] = 0 })
	}},
	{"other OP_RETURN", consensus.ErrOutputScript, func(w *world) error {
		return w.spend(func(m *wire.MsgTx) { m.TxOut[0] = wire.NewTxOut(0, []byte{txscript.OP_RETURN}) })
	}},
	{"commitment with value", consensus.ErrOutputScript, func(w *world) error {
		return w.inject(w.Tx(chaintest.Spec{From: w.alice, Record: &types.Completion{Job: w.open},
			Edit: func(m *wire.MsgTx) { m.TxOut[0].Value = 1; m.TxOut[1].Value-- }}))
	}},
	{"two commitments", consensus.ErrCommitments, func(w *world) error {
		return w.inject(w.Tx(chaintest.Spec{From: w.alice, Record: &types.Completion{Job: w.open},
			Edit: func(m *wire.MsgTx) { m.TxOut = append(m.TxOut, m.TxOut[0]) }}))
	}},
	{"negative output", consensus.ErrAmountRange, func(w *world) error {
		return w.spend(func(m *wire.MsgTx) { m.TxOut[0].Value = -1 })
	}},
	{"output above the most there can be", consensus.ErrAmountRange, func(w *world) error {
		return w.spend(func(m *wire.MsgTx) { m.TxOut[0].Value = int64(types.MaxAmount) + 1 })
	}},
	// Bitcoin's value overflow of 2010 (CVE-2010-5139).
	{"outputs that overflow", consensus.ErrAmountRange, func(w *world) error {
		return w.spend(func(m *wire.MsgTx) {
			for range 20 {
				m.AddTxOut(wire.NewTxOut(int64(types.MaxAmount), w.bob.Address().PkScript()))
			}
		})
	}},
	{"input that never was", consensus.ErrMissingInput, func(w *world) error {
		return w.spend(func(m *wire.MsgTx) { m.TxIn[0].PreviousOutPoint.Index += 1000 })
	}},
	{"input spent before", consensus.ErrMissingInput, func(w *world) error {
		coins := w.Coins(w.alice.Address())[:1]
		w.Extend(w.Tx(chaintest.Spec{From: w.alice, Coins: coins}))
		return w.inject(w.Tx(chaintest.Spec{From: w.alice, Coins: coins}))
	}},
	{"input spent in the same block", consensus.ErrMissingInput, func(w *world) error {
		coins := w.Coins(w.alice.Address())[:1]
		return w.inject(w.Tx(chaintest.Spec{From: w.alice, Coins: coins}),
			w.Tx(chaintest.Spec{From: w.alice, Coins: coins, To: w.toBob(types.Coin)}))
	}},
	{"the same transaction twice", consensus.ErrMissingInput, func(w *world) error {
		tx := w.payment()
		return w.inject(tx, tx)
	}},
	{"commitment spent", consensus.ErrMissingInput, func(w *world) error {
		post := w.Post(w.alice, types.Coin, 10)
		w.Extend(post)
		_, index, _ := types.FindCommitment(post.Msg)
		return w.spend(func(m *wire.MsgTx) {
			m.TxIn[0].PreviousOutPoint = wire.OutPoint{Hash: post.ID(), Index: uint32(index)}
		})
	}},
	{"coinbase spent a block too early", consensus.ErrImmature, func(w *world) error {
		b := w.Tip()
		w.ExtendBy(int(w.Params.CoinbaseMaturity) - 2)
		coin := chaintest.Coin{Out: wire.OutPoint{Hash: b.Txs[0].TxHash()}}
		coin.Address, coin.Amount = chaintest.Bootstrap().Address(), types.Amount(b.Txs[0].TxOut[0].Value)
		return w.inject(w.Tx(chaintest.Spec{From: chaintest.Bootstrap(), Coins: []chaintest.Coin{coin}}))
	}},
	{"more out than in", consensus.ErrOverspend, func(w *world) error {
		return w.spend(func(m *wire.MsgTx) { m.TxOut[0].Value += int64(chaintest.CoinAmount) })
	}},
	{"fee a unit short", consensus.ErrFee, func(w *world) error {
		return w.inject(w.Tx(chaintest.Spec{From: w.alice, To: w.toBob(types.Coin), Tip: -1}))
	}},
	{"job post that does not pay its bid", consensus.ErrFee, func(w *world) error {
		return w.short1(&types.JobPost{Dapp: chaintest.DappID(), Duration: 10, Bid: types.Coin})
	}},
	{"raise that does not pay its bid", consensus.ErrFee, func(w *world) error {
		return w.short1(&types.BidRaise{Job: w.open, Added: types.Coin})
	}},
	{"advertisement a unit short", consensus.ErrFee, func(w *world) error {
		return w.short1(&types.Advertisement{Title: "bicycle"})
	}},
	{"message a unit short", consensus.ErrFee, func(w *world) error {
		return w.short1(&types.Message{Body: []byte("x")})
	}},
	{"dapp registration a unit short", consensus.ErrFee, func(w *world) error {
		return w.short1(&types.DappRegistration{Name: "dapp"})
	}},
	{"producer registration a unit short", consensus.ErrFee, func(w *world) error {
		return w.short1(chaintest.Registration(w.Params.ID, w.alice))
	}},
	{"payload's bytes not paid for", consensus.ErrFee, func(w *world) error {
		return w.short1(&types.Completion{Job: w.open})
	}},
	{"lock height not passed", consensus.ErrLockTime, func(w *world) error {
		return w.spend(func(m *wire.MsgTx) {
			m.LockTime, m.TxIn[0].Sequence = w.State.Height+1, 0
		})
	}},
	{"lock time not passed at the parent", consensus.ErrLockTime, func(w *world) error {
		return w.spend(func(m *wire.MsgTx) {
			m.LockTime = uint32(w.Params.SlotTime(w.State.Slot).Unix())
			m.TxIn[0].Sequence = 0
		})
	}},
	{"relative lock in blocks", consensus.ErrSequenceLock, func(w *world) error {
		return w.fresh(func(m *wire.MsgTx) { m.TxIn[0].Sequence = 2 })
	}},
	{"relative lock in seconds", consensus.ErrSequenceLock, func(w *world) error {
		return w.fresh(func(m *wire.MsgTx) { m.TxIn[0].Sequence = wire.SequenceLockTimeIsSeconds | 1 })
	}},
}

// short1 injects alice's record with a fee one unit too low.
func (w *world) short1(rec types.Record) error {
	return w.inject(w.Tx(chaintest.Spec{From: w.alice, Record: rec, Tip: -1}))
}

// fresh injects a spend of an output of the tip.
func (w *world) fresh(edit func(*wire.MsgTx)) error {
	w.Extend(w.Tx(chaintest.Spec{From: w.alice, To: w.toBob(types.Coin)}))
	for _, c := range w.Coins(w.bob.Address()) {
		if c.Height == w.State.Height {
			return w.inject(w.Tx(chaintest.Spec{From: w.bob, Coins: []chaintest.Coin{c}, Edit: edit}))
		}
	}
	panic("no fresh coin")
}

var scriptCases = []ruleCase{
	{"signature changed", consensus.ErrScript, func(w *world) error {
		tx := w.payment()
		tx.Msg.TxIn[0].Witness[0][10] ^= 1
		return w.validBut(tx)
	}},
	{"signed by another", consensus.ErrScript, func(w *world) error {
		coins := w.Coins(w.alice.Address())[:1]
		tx := w.Tx(chaintest.Spec{From: w.alice, Coins: coins})
		chaintest.Sign(tx.Msg, coins, w.bob)
		return w.validBut(tx)
	}},
	{"no witness", consensus.ErrScript, func(w *world) error {
		tx := w.payment()
		tx.Msg.TxIn[0].Witness = nil
		return w.validBut(tx)
	}},
	{"output changed after signing", consensus.ErrScript, func(w *world) error {
		tx := w.Tx(chaintest.Spec{From: w.alice, To: w.toBob(types.Coin)})
		tx.Msg.TxOut[0].PkScript = w.carol.Address().PkScript()
		return w.validBut(tx)
	}},
	{"second input not signed", consensus.ErrScript, func(w *world) error {
		tx := w.Tx(chaintest.Spec{From: w.alice, Coins: w.Coins(w.alice.Address())[:2]})
		tx.Msg.TxIn[1].Witness = tx.Msg.TxIn[0].Witness
		return w.validBut(tx)
	}},
	{"explicit default hash type", consensus.ErrScript, func(w *world) error {
		tx := w.payment()
		tx.Msg.TxIn[0].Witness[0] = append(tx.Msg.TxIn[0].Witness[0], byte(txscript.SigHashDefault))
		return w.validBut(tx)
	}},
	{"commitment signed with SIGHASH_ALL", consensus.ErrSigHashType, func(w *world) error {
		coins := w.Coins(w.alice.Address())[:1]
		tx := w.Tx(chaintest.Spec{From: w.alice, Coins: coins, Record: &types.Completion{Job: w.open}, Tip: 100})
		signAs(w, tx.Msg, coins, txscript.SigHashAll)
		return w.validBut(tx)
	}},
	{"other input of a commitment signed with ANYONECANPAY", consensus.ErrSigHashType, func(w *world) error {
		coins := w.Coins(w.alice.Address())[:2]
		tx := w.Tx(chaintest.Spec{From: w.alice, Coins: coins, Record: &types.Completion{Job: w.open}, Tip: 100})
		first := tx.Msg.TxIn[0].Witness
		signAs(w, tx.Msg, coins, txscript.SigHashAll|txscript.SigHashAnyOneCanPay)
		tx.Msg.TxIn[0].Witness = first
		return w.validBut(tx)
	}},
	{"commitment that input 0 does not sign", consensus.ErrUnauthored, func(w *world) error {
		coins := append([]chaintest.Coin{w.anyone}, w.Coins(w.alice.Address())[0])
		tx := w.Tx(chaintest.Spec{From: w.alice, Coins: coins, Tip: 1000,
			Record: &types.JobPost{Dapp: chaintest.DappID(), Duration: 10, Bid: types.Coin}})
		tx.Msg.TxIn[0].Witness = w.anyoneWitness
		return w.validBut(tx)
	}},
}

// validBut makes a block with a transaction that is valid but for its scripts,
// and checks that block: everything else in it fits, the coinbase too.
func (w *world) validBut(tx *types.Tx) error { return w.check(w.Build(tx)) }

// signAs signs alice's inputs with an explicit hash type.
func signAs(w *world, m *wire.MsgTx, coins []chaintest.Coin, hashType txscript.SigHashType) {
	fetch := txscript.NewMultiPrevOutFetcher(nil)
	for _, c := range coins {
		fetch.AddPrevOut(c.Out, c.TxOut())
	}
	hashes := txscript.NewTxSigHashes(m, fetch)
	for i := range m.TxIn {
		hash, err := txscript.CalcTaprootSignatureHash(hashes, hashType, m, i, fetch)
		if err != nil {
			panic(err)
		}
		sig, err := w.alice.Sign(types.Hash(hash))
		if err != nil {
			panic(err)
		}
		m.TxIn[i].Witness = wire.TxWitness{append(sig[:], byte(hashType))}
	}
}

// trueScript is an address that anybody can spend from, by a leaf that is
// just OP_TRUE, and the witness that does it.
func trueScript(t *testing.T) (types.Address, wire.TxWitness) {
	t.Helper()
	address := chaintest.NewKey("internal").Address()
	internal, err := schnorr.ParsePubKey(address[:])
	if err != nil {
		t.Fatal(err)
	}
	leaf := txscript.NewBaseTapLeaf([]byte{txscript.OP_TRUE})
	tree := txscript.AssembleTaprootScriptTree(leaf)
	root := tree.RootNode.TapHash()
	control := tree.LeafMerkleProofs[0].ToControlBlock(internal)
	encoded, err := control.ToBytes()
	if err != nil {
		t.Fatal(err)
	}
	output := txscript.ComputeTaprootOutputKey(internal, root[:])
	return types.Address(schnorr.SerializePubKey(output)), wire.TxWitness{leaf.Script, encoded}
}

// TestScriptsThatHold is the other side of the script cases: what they forbid
// is allowed where no commitment is at stake.
func TestScriptsThatHold(t *testing.T) {
	w := newWorld(t)
	coins := w.Coins(w.alice.Address())[:2]
	tx := w.Tx(chaintest.Spec{From: w.alice, Coins: coins, To: w.toBob(types.Coin), Tip: 100})
	signAs(w, tx.Msg, coins, txscript.SigHashAll|txscript.SigHashAnyOneCanPay)
	w.Extend(tx)

	gift := w.Tx(chaintest.Spec{From: w.alice, Coins: []chaintest.Coin{w.anyone}, Tip: 1000})
	gift.Msg.TxIn[0].Witness = w.anyoneWitness
	w.Extend(gift)

	// A matured coinbase, at the first height that may spend it.
	b := w.Tip()
	w.ExtendBy(int(w.Params.CoinbaseMaturity) - 1)
	for _, c := range w.Coins(chaintest.Bootstrap().Address()) {
		if c.Out.Hash == b.Txs[0].TxHash() {
			w.Extend(w.Tx(chaintest.Spec{From: chaintest.Bootstrap(), Coins: []chaintest.Coin{c}}))
			return
		}
	}
	t.Fatal("the coinbase is not among the coins to spend")
}
