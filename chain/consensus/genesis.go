package consensus

import (
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// Genesis makes a network's first block and the state after it. The block has
// height and slot 0, no producer and no signature, and mints no block coin
// (PROTOCOL §5 and §10). It panics when p was not prepared.
func Genesis(p *Params) (*types.Block, State, *Update) {
	if p.ID == (types.NetworkID{}) {
		panic("consensus: Genesis of parameters that were not prepared")
	}
	o := NewOverlay(empty{})
	list := genesisRows(p, o)
	tx := genesisTx(p)
	must(addOutputs(o, tx, 0, 0, false))
	blk := &types.Block{Txs: []*wire.MsgTx{tx}}
	var before State
	blk.Header = types.Header{
		Version:       types.BlockVersion,
		TxRoot:        p.ID.TxRoot(blk.Txs),
		SideRoot:      p.ID.SideRoot(&blk.Sides),
		StateDigest:   before.Digest(),
		ProducersRoot: list.Root(p.ID),
	}
	u := &Update{Changes: o.Changes()}
	return blk, before.apply(u, &blk.Header), u
}

// genesisTx pays the allocations. They are no coinbase to the maturity rule.
func genesisTx(p *Params) *wire.MsgTx {
	m := wire.NewMsgTx(2)
	script := append(types.AppendUint32([]byte{36}, 0), p.ID[:]...)
	m.AddTxIn(wire.NewTxIn(wire.NewOutPoint(&types.Hash{}, wire.MaxPrevOutIndex), script, nil))
	for _, a := range p.Allocations {
		m.AddTxOut(wire.NewTxOut(int64(a.Amount), a.Address.PkScript()))
	}
	return m
}

// genesisRows fills in everything but the outputs, and draws epoch 0's seats
// from the bootstrap weights.
func genesisRows(p *Params, o *Overlay) *SeatList {
	must(Pools{Fund: p.FundTotal}.put(o))
	for _, d := range p.Dapps {
		must(o.Put(TableDapp, d.ID[:], (&Dapp{Developer: d.Developer, Name: d.Name}).encode()))
	}
	b := &Builder{p: p, view: o}
	for _, boot := range p.Bootstrap {
		must(o.Put(TableProducer, boot.Address[:], (&Producer{VRFKey: boot.VRFKey}).encode()))
	}
	weights, shares, err := b.drawWeights(0)
	must(err)
	c := genesisClock(p)
	list, err := DrawSeats(p, weights, c.Seed)
	must(err)
	must(c.put(o))
	must(shares.put(o, seatsInForce))
	must(o.Put(TableSeats, []byte{seatsInForce}, list.Append(nil)))
	return list
}

// must is for genesis only: its parameters were checked, and memory does not
// fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
