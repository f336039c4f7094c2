package wallet

import (
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

const (
	// rbfSequence signals that the transaction may be replaced (BIP 125) and
	// sets no relative lock time (BIP 68).
	rbfSequence = wire.MaxTxInSequenceNum - 2
	txVersion   = 2
	// maxFeeRate, in units per virtual byte, catches a mistyped rate.
	maxFeeRate = 100_000
)

// plan is a transaction to build: what it pays for, and from what.
type plan struct {
	outputs []*wire.TxOut
	payload []byte
	spend   spend
	fixed   []*coin // inputs it must spend, in this order, first
	pool    []*coin // inputs it may choose from
	change  types.Address
	rate    types.Amount // units per virtual byte
	extra   types.Amount // what its record pays besides
	whole   types.Amount // what it pays in all, when the rest comes to less
	old     *tx          // what it replaces and must outbid; nil: nothing
	oldNet  types.Amount // what old pays for space: its fee less its record's
	tidy    bool         // wants a change output
	sweep   bool         // spends everything; outputs[0] gets what is left
}

// draft is a transaction that is balanced but not signed.
type draft struct {
	plan   plan
	msg    *wire.MsgTx
	inputs []*coin
	change int // index of the change output, -1: none
	fee    types.Amount
	vsize  int
}

func (d *draft) tx() *types.Tx { return &types.Tx{Msg: d.msg, Payload: d.plan.payload} }

// spend is how the wallet's coins are spent, for counting sizes: by one key,
// or by what an account signed elsewhere needs.
type spend struct {
	blank     wire.TxWitness // stands for the witness of each input
	weight    int            // of an input with it
	maxInputs int            // of one transaction
}

// keySpend is a spend by key path: one signature of 64 bytes, SIGHASH_DEFAULT
// (BIP 341).
func keySpend() spend {
	return spend{blank: wire.TxWitness{make([]byte, 64)}, weight: inputWeight, maxInputs: maxInputs}
}

// skeleton is the unsigned transaction of its right size.
func (p *plan) skeleton(inputs []*coin, outputs []*wire.TxOut) *wire.MsgTx {
	m := wire.NewMsgTx(txVersion)
	for _, c := range inputs {
		in := wire.NewTxIn(&c.op, nil, p.spend.blank)
		in.Sequence = rbfSequence
		m.AddTxIn(in)
	}
	m.TxOut = slices.Clone(outputs)
	return m
}

// fee is what a transaction of that many virtual bytes, payload included, has
// to pay: never below consensus.RequiredFee. A replacement pays for its own
// relay on top of what it replaces, and a higher rate (BIP 125). Both are
// counted without what records pay besides, as the pool does, so that a bid
// can be raised, lowered or taken back while it waits.
func (p *plan) fee(vsize int) types.Amount { return max(p.least(vsize), p.whole) }

// least is fee without regard to what it shall pay in all.
func (p *plan) least(vsize int) types.Amount {
	net := types.Amount(vsize) * p.rate
	if p.old != nil {
		net = max(net, p.oldNet+types.Amount(vsize)*consensus.MinFeeRate,
			p.oldNet.Part(uint64(vsize), uint64(p.old.tx.VSize()))+1)
	}
	return net + p.extra
}

func (p *plan) size(inputs []*coin, outputs []*wire.TxOut) int {
	t := types.Tx{Msg: p.skeleton(inputs, outputs), Payload: p.payload}
	return t.VSize()
}

// build chooses inputs and balances the transaction. The error wraps ErrFunds
// when the coins do not suffice.
func (w *Wallet) build(p plan) (*draft, error) {
	if p.sweep {
		return w.buildSweep(p)
	}
	withChange := append(slices.Clone(p.outputs), wire.NewTxOut(0, p.change.PkScript()))
	t := terms{
		rate: p.rate, changeFee: feeOf(outputWeight, p.rate), maxInputs: p.spend.maxInputs - len(p.fixed), tidy: p.tidy,
		minChange: max(dust, feeOf(p.spend.weight, p.rate)), more: p.spend.weight - inputWeight,
	}
	need := sumOutputs(p.outputs) + p.fee(p.size(p.fixed, p.outputs)) - sumCoins(p.fixed)
	// Sizes are rounded to whole bytes and counts take more of them as they
	// grow, so the first target can be some units short: add what lacked.
	for t.target = need; ; {
		picked, err := w.choose(p, t)
		if err != nil {
			return nil, err
		}
		inputs := append(slices.Clone(p.fixed), picked...)
		d, short := p.balance(inputs, withChange, t.minChange)
		if short <= 0 {
			return d, nil
		}
		t.target += short
	}
}

// choose picks the inputs besides the fixed ones, confirmed coins before
// change that still waits, since long chains of waiting transactions are fragile,
// and what waits behind an advertisement last: that may wait for long.
func (w *Wallet) choose(p plan, t terms) ([]*coin, error) {
	if t.target <= 0 && (!t.tidy || -t.target >= t.changeFee+t.minChange) {
		return nil, nil // the fixed inputs suffice
	}
	sure := slices.DeleteFunc(slices.Clone(p.pool), func(c *coin) bool { return c.tx.status != confirmed })
	free, _ := w.state.apart(p.pool)
	var available types.Amount
	for _, tidy := range slices.Compact([]bool{t.tidy, false}) {
		t.tidy = tidy
		for _, coins := range [][]*coin{sure, free, p.pool} {
			var picked []*coin
			if picked, available = selectCoins(coins, t, w.rand); picked != nil {
				return picked, nil
			}
		}
		if t.target <= 0 {
			return nil, nil // enough, but not for change
		}
	}
	if available >= t.target {
		return nil, ErrTooManyInputs
	}
	b := w.state.balance()
	return nil, &FundsError{Needed: t.target + sumCoins(p.fixed), Available: available + sumCoins(p.fixed),
		Pending: b.PendingIn, Immature: b.Immature, Frozen: b.Frozen, Waiting: b.Waiting, Held: b.Held}
}

// balance makes the draft with change when that is worth it, and without
// otherwise; short is by how much the inputs fall short of the fee.
func (p *plan) balance(inputs []*coin, withChange []*wire.TxOut, minChange types.Amount) (d *draft, short types.Amount) {
	spare := sumCoins(inputs) - sumOutputs(p.outputs)
	d = &draft{plan: *p, inputs: inputs, change: -1}
	d.vsize = p.size(inputs, withChange)
	if d.fee = p.fee(d.vsize); spare-d.fee >= minChange {
		d.msg, d.change = p.skeleton(inputs, withChange), len(withChange)-1
		d.msg.TxOut[d.change] = wire.NewTxOut(int64(spare-d.fee), p.change.PkScript())
		return d, 0
	}
	d.vsize = p.size(inputs, p.outputs)
	d.msg, d.fee = p.skeleton(inputs, p.outputs), spare
	return d, p.fee(d.vsize) - spare
}

// buildSweep spends all coins and gives the first output what is left after
// the others and the fee.
func (w *Wallet) buildSweep(p plan) (*draft, error) {
	var inputs []*coin
	for _, c := range slices.Concat(p.fixed, p.pool) {
		if c.amount > feeOf(p.spend.weight, p.rate) {
			inputs = append(inputs, c)
		}
	}
	if len(inputs) > p.spend.maxInputs {
		slices.SortFunc(inputs, func(a, b *coin) int { return int(min(max(b.amount-a.amount, -1), 1)) })
		inputs = inputs[:p.spend.maxInputs]
	}
	d := &draft{plan: p, inputs: inputs, change: -1, vsize: p.size(inputs, p.outputs)}
	d.fee = p.fee(d.vsize)
	rest := sumCoins(inputs) - sumOutputs(p.outputs) - d.fee
	if rest < dust {
		b := w.state.balance()
		return nil, &FundsError{Needed: sumOutputs(p.outputs) + d.fee + dust, Available: sumCoins(inputs),
			Pending: b.PendingIn, Immature: b.Immature, Frozen: b.Frozen, Waiting: b.Waiting, Held: b.Held}
	}
	d.msg = p.skeleton(inputs, p.outputs)
	d.msg.TxOut[0] = wire.NewTxOut(int64(rest), p.outputs[0].PkScript)
	return d, nil
}

func sumCoins(coins []*coin) (sum types.Amount) {
	for _, c := range coins {
		sum += c.amount
	}
	return sum
}

func sumOutputs(outs []*wire.TxOut) (sum types.Amount) {
	for _, o := range outs {
		sum += types.Amount(o.Value)
	}
	return sum
}

// shuffle puts the change in a random place, so that it cannot be told from a
// payment by its position.
func (w *Wallet) shuffle(d *draft) {
	if d.change < 0 {
		return
	}
	to := w.rand.IntN(len(d.msg.TxOut))
	outs := d.msg.TxOut
	outs[to], outs[d.change] = outs[d.change], outs[to]
	d.change = to
}

// sign signs every input with its key (BIP 341 key path, SIGHASH_DEFAULT: 64
// bytes).
func (w *Wallet) sign(d *draft) error {
	prevs := make(map[wire.OutPoint]*wire.TxOut, len(d.inputs))
	for _, c := range d.inputs {
		prevs[c.op] = wire.NewTxOut(int64(c.amount), c.address.PkScript())
	}
	fetch := txscript.NewMultiPrevOutFetcher(prevs)
	hashes := txscript.NewTxSigHashes(d.msg, fetch)
	for i, c := range d.inputs {
		hash, err := txscript.CalcTaprootSignatureHash(hashes, txscript.SigHashDefault, d.msg, i, fetch)
		if err != nil {
			return fmt.Errorf("wallet: sign input %d: %w", i, err)
		}
		key, err := w.keys.Key(c.path.branch, c.path.index)
		if err != nil {
			return fmt.Errorf("wallet: %w", err)
		}
		sig, err := key.Sign(types.Hash(hash))
		key.Zero()
		if err != nil {
			return fmt.Errorf("wallet: sign input %d: %w", i, err)
		}
		d.msg.TxIn[i].Witness = wire.TxWitness{sig[:]}
	}
	return nil
}
