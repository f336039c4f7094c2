package consensus

import (
	"bytes"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// Builder validates transactions one after another as the next block's, and
// assembles that block. Validate, the mempool and the miner all go through it,
// so a rule stands in one place. It is not safe for concurrent use; Fork gives
// independent copies.
type Builder struct {
	p      *Params
	parent State
	view   *Overlay
	height uint32
	slot   uint64
	epoch  uint64

	txs     []*types.Tx
	weight  int
	sides   [types.NumChains]sideSize
	fees    types.Amount                // all fees, declared bids left out
	devs    map[types.Hash]types.Amount // developers' parts by dapp; copied on write
	ownDevs bool
	income  Income
	pools   Pools
}

type sideSize struct{ bytes, records int }

// NewBuilder starts a block at slot on top of a state: it runs the epoch
// transitions and the settlement that come before a block's transactions.
// It reports ErrSlot when slot does not follow the state's.
func NewBuilder(p *Params, st State, rows Rows, slot uint64) (*Builder, error) {
	if slot <= st.Slot {
		return nil, rule(ErrSlot, "slot %d after %d", slot, st.Slot)
	}
	b := &Builder{p: p, parent: st, view: NewOverlay(rows), height: st.Height + 1, slot: slot, epoch: p.Epoch(slot),
		weight: types.CoinbaseReserve}
	var err error
	if b.pools, err = ReadPools(b.view); err != nil {
		return nil, err
	}
	if err := b.transitions(); err != nil {
		return nil, err
	}
	if err := b.dueJobs(); err != nil {
		return nil, err
	}
	if err := b.takeReserve(); err != nil {
		return nil, err
	}
	return b, b.settle()
}

// Fork returns a builder in the same state that can go another way. The
// receiver must not be used for adding afterwards, as long as forks live.
func (b *Builder) Fork() *Builder {
	f := *b
	f.view = NewOverlay(b.view)
	f.txs = slices.Clip(b.txs)
	f.ownDevs = false
	return &f
}

// Height is the height of the block being built.
func (b *Builder) Height() uint32 { return b.height }

// Slot is its slot.
func (b *Builder) Slot() uint64 { return b.slot }

// Weight is the main block's weight so far, with room kept for the coinbase.
func (b *Builder) Weight() int { return b.weight + len(b.devs)*types.OutputWeight }

// SideBytes is the size of a side block so far.
func (b *Builder) SideBytes(c types.VirtualChain) int { return b.sides[c].bytes }

// Rows gives the state with everything added so far.
func (b *Builder) Rows() Rows { return b.view }

// Add validates tx as the next transaction and applies it, all or nothing.
// fee is inputs less outputs, the declared bid included. The returned spend
// must still be verified; its scripts are the only thing Add leaves open.
func (b *Builder) Add(tx *types.Tx) (fee types.Amount, spend Spend, err error) {
	if err := checkForm(tx.Msg); err != nil {
		return 0, Spend{}, err
	}
	weight := tx.Weight()
	if weight > types.MaxTxWeight {
		return 0, Spend{}, rule(ErrTxForm, "weight %d, at most %d", weight, types.MaxTxWeight)
	}
	// Room for one more developer output, should this be a new dapp's job.
	if b.Weight()+weight+types.OutputWeight > types.MaxBlockWeight {
		return 0, Spend{}, rule(ErrBlockWeight, "%d with this transaction", b.Weight()+weight)
	}
	spend = Spend{Tx: tx}
	fee, err = b.checkInputs(tx.Msg, &spend)
	if err != nil {
		return 0, Spend{}, err
	}
	rec, chain, err := b.pairRecord(tx)
	if err != nil {
		return 0, Spend{}, err
	}
	extra, apply, err := types.Amount(0), func() error { return nil }, error(nil)
	if rec != nil {
		author, _ := types.ScriptAddress(spend.Prevs[0].PkScript)
		extra, apply, err = b.record(tx, author, rec, &spend)
		if err != nil {
			return 0, Spend{}, err
		}
	}
	need := MinFeeRate*types.Amount((weight+3)/4+len(tx.Payload)) + extra
	if fee < need {
		return 0, Spend{}, rule(ErrFee, "pays %v, needs %v", fee, need)
	}
	if err := apply(); err != nil {
		return 0, Spend{}, err
	}
	if rec != nil {
		b.sides[chain].bytes += len(tx.Payload)
		b.sides[chain].records++
	}
	// What a record declares as bid is shared out as a bid; the rest of the
	// fee, flat record fees included, is ordinary.
	b.fees += fee - declaredBid(rec, extra)
	b.weight += weight
	b.txs = append(b.txs, tx)
	return fee, spend, b.moveCoins(tx.Msg)
}

// declaredBid is the part of what a record pays that is a bid. A fund job's
// bid is not paid by its transaction, so extra is zero there.
func declaredBid(rec types.Record, extra types.Amount) types.Amount {
	switch rec.(type) {
	case *types.JobPost, *types.BidRaise:
		return extra
	}
	return 0
}

// pairRecord checks tx's commitment against its payload and decodes it.
func (b *Builder) pairRecord(tx *types.Tx) (types.Record, types.VirtualChain, error) {
	c, _, ok := types.FindCommitment(tx.Msg)
	if !ok {
		if tx.Payload != nil {
			return nil, 0, rule(ErrPairing, "a payload without a commitment")
		}
		return nil, 0, nil
	}
	chain, ok := c.Kind.Chain()
	if !ok {
		return nil, 0, rule(ErrRecordKind, "%v", c.Kind)
	}
	if len(tx.Payload) == 0 || types.Kind(tx.Payload[0]) != c.Kind || b.p.ID.PayloadHash(tx.Payload) != c.Hash {
		return nil, 0, rule(ErrPairing, "the payload is not the one committed to")
	}
	rec, err := types.DecodeRecord(tx.Payload)
	if err != nil {
		return nil, 0, rule(ErrPayload, "%v", err)
	}
	s := b.sides[chain]
	if s.records+1 > chain.MaxRecords() || s.bytes+len(tx.Payload) > chain.MaxBytes() {
		return nil, 0, rule(ErrSideSize, "side block %v holds %d records in %d bytes", chain, s.records, s.bytes)
	}
	return rec, chain, nil
}

// moveCoins removes what m spends and adds what it makes.
func (b *Builder) moveCoins(m *wire.MsgTx) error {
	for _, in := range m.TxIn {
		if err := b.view.Delete(TableUTXO, UTXOKey(in.PreviousOutPoint)); err != nil {
			return err
		}
	}
	return b.addOutputs(m, false)
}

func (b *Builder) addOutputs(m *wire.MsgTx, coinbase bool) error {
	return addOutputs(b.view, m, b.height, b.parent.Slot, coinbase)
}

func addOutputs(o *Overlay, m *wire.MsgTx, height uint32, parentSlot uint64, coinbase bool) error {
	op := wire.OutPoint{Hash: m.TxHash()}
	for i, out := range m.TxOut {
		a, ok := types.ScriptAddress(out.PkScript)
		if !ok {
			continue // the commitment
		}
		op.Index = uint32(i)
		u := UTXO{a, types.Amount(out.Value), height, parentSlot, coinbase}
		if err := o.Put(TableUTXO, UTXOKey(op), u.encode()); err != nil {
			return err
		}
	}
	return nil
}

// bid takes a bid's parts but the held 60 %, which are the caller's: reserve
// 10 %, developer 20 %, the foundation the remainder.
func (b *Builder) bid(dapp types.Hash, bid types.Amount) {
	reserve, dev := bid/10, bid.Part(2, 10)
	b.pools.Reserve += reserve
	b.income.Foundation += bid - reserve - dev - heldPart(bid, false)
	b.income.Bids += bid
	if !b.ownDevs {
		m := make(map[types.Hash]types.Amount, len(b.devs)+1)
		for k, v := range b.devs {
			m[k] = v
		}
		b.devs, b.ownDevs = m, true
	}
	b.devs[dapp] += dev
}

// close shares the block coin and the fees out and makes the coinbase. After
// it the builder is finished.
func (b *Builder) close(producer types.Address, proof [80]byte) (*wire.MsgTx, error) {
	if err := b.recordOutput(proof); err != nil {
		return nil, err
	}
	income := b.income
	whole := BlockReward + b.fees
	prod, dappFund, base := whole/10, whole.Part(2, 10), whole.Part(6, 10)
	income.Producer += prod
	income.DappFund = dappFund
	income.Foundation += whole - prod - dappFund - base
	income.Fees = b.fees
	b.pools.Base += base
	for id, amount := range b.devs {
		d, err := ReadDapp(b.view, id)
		if err != nil {
			return nil, err
		}
		income.Developers = append(income.Developers, Payment{id, d.Developer, amount})
	}
	slices.SortFunc(income.Developers, func(x, y Payment) int { return bytes.Compare(x.Dapp[:], y.Dapp[:]) })
	b.income = income
	if err := b.pools.put(b.view); err != nil {
		return nil, err
	}
	cb := coinbase(b.p, b.height, producer, &income)
	return cb, b.addOutputs(cb, true)
}

// coinbase writes out what income pays; all of it is fixed by consensus.
func coinbase(p *Params, height uint32, producer types.Address, income *Income) *wire.MsgTx {
	m := wire.NewMsgTx(2)
	script := types.AppendUint32([]byte{4}, height) // unique, as BIP 34 asks
	m.AddTxIn(wire.NewTxIn(wire.NewOutPoint(&types.Hash{}, wire.MaxPrevOutIndex), script, nil))
	pay := func(a types.Address, amount types.Amount) {
		if amount > 0 {
			m.AddTxOut(wire.NewTxOut(int64(amount), a.PkScript()))
		}
	}
	pay(producer, income.Producer)
	pay(p.Foundation, income.Foundation)
	for _, d := range income.Developers {
		pay(d.Address, d.Amount)
	}
	pay(p.DappFund, income.DappFund)
	for _, c := range income.Credits {
		pay(c.Address, c.Amount)
	}
	return m
}

// Block assembles the block for a producer; the caller signs its header. The
// builder must not be used afterwards.
func (b *Builder) Block(producer types.Address, proof [80]byte) (*types.Block, error) {
	cb, err := b.close(producer, proof)
	if err != nil {
		return nil, err
	}
	blk := &types.Block{Txs: []*wire.MsgTx{cb}}
	for _, tx := range b.txs {
		blk.Txs = append(blk.Txs, tx.Msg)
		if tx.Payload != nil {
			chain, _ := types.Kind(tx.Payload[0]).Chain()
			blk.Sides[chain] = append(blk.Sides[chain], tx.Payload)
		}
	}
	list, err := b.committedList()
	if err != nil {
		return nil, err
	}
	blk.Header = types.Header{
		Version:       types.BlockVersion,
		Height:        b.height,
		PrevHash:      b.parent.Hash,
		TxRoot:        b.p.ID.TxRoot(blk.Txs),
		SideRoot:      b.p.ID.SideRoot(&blk.Sides),
		StateDigest:   b.parent.Digest(),
		ProducersRoot: list.Root(b.p.ID),
		Slot:          b.slot,
		Producer:      producer,
		VRFProof:      proof,
	}
	return blk, nil
}
