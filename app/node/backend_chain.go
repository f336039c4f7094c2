package node

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/app/view"
	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Blocks implements view.Explorer.
func (n *Node) Blocks(_ context.Context, q view.BlocksQuery) ([]view.BlockBrief, error) {
	height := n.chain.Tip().Height
	if q.From != nil {
		height = min(height, *q.From)
	}
	out := []view.BlockBrief{}
	for limit := pageLimit(q.Limit); limit > 0; limit-- {
		hash, err := n.chain.BlockHash(height)
		if err != nil {
			return out, explain(err)
		}
		b, err := n.chain.Block(hash)
		if err != nil {
			return out, explain(err)
		}
		out = append(out, n.blockBrief(b, hash))
		if height == 0 {
			break
		}
		height--
	}
	return out, nil
}

func (n *Node) blockBrief(b *types.Block, hash types.Hash) view.BlockBrief {
	h := &b.Header
	v := view.BlockBrief{Height: h.Height, Hash: hash.String(), Time: n.params.SlotTime(h.Slot).UTC(), Slot: h.Slot,
		Epoch: n.params.Epoch(h.Slot), Txs: len(b.Txs), Size: len(b.Append(nil))}
	if h.Height > 0 {
		v.Producer = n.addressText(h.Producer)
	}
	for c, side := range b.Sides {
		v.Records[c] = len(side)
	}
	return v
}

// findBlock reads a reference: "tip", a height, a side block's name or a hash.
func (n *Node) findBlock(ref string) (types.Hash, error) {
	if ref == "tip" {
		return n.chain.Tip().Hash, nil
	}
	digits := ref
	if len(ref) < 64 && len(ref) > 1 {
		if _, ok := types.ParseVirtualChain(ref[len(ref)-1:]); ok {
			digits = ref[:len(ref)-1]
		}
	}
	if height, err := strconv.ParseUint(digits, 10, 32); err == nil && len(ref) < 64 {
		hash, err := n.chain.BlockHash(uint32(height))
		if errors.Is(err, chain.ErrUnknownBlock) {
			return hash, view.Errorf(view.CodeNotFound, "there is no block %d yet: the chain's height is %d", height, n.chain.Tip().Height)
		}
		return hash, explain(err)
	}
	return parseHash(ref, "block height, hash or “tip”")
}

// Block implements view.Explorer.
func (n *Node) Block(_ context.Context, ref string) (view.Block, error) {
	hash, err := n.findBlock(ref)
	if err != nil {
		return view.Block{}, err
	}
	b, err := n.chain.Block(hash)
	if err != nil {
		return view.Block{}, explain(err)
	}
	txs, err := b.Transactions()
	if err != nil {
		return view.Block{}, err
	}
	h := &b.Header
	v := view.Block{BlockBrief: n.blockBrief(b, hash), Parent: h.PrevHash.String(), TxRoot: h.TxRoot.String(), SideRoot: h.SideRoot.String(),
		StateDigest: h.StateDigest.String(), ProducersRoot: h.ProducersRoot.String(), Confirmations: n.confirmations(h.Height, hash)}
	for _, tx := range txs {
		v.Weight += tx.Weight()
		v.Transactions = append(v.Transactions, txBrief(tx))
	}
	v.Sides = n.sideBlocks(b, txs)
	v.Coinbase, err = n.coinbase(b, hash)
	return v, explain(err)
}

// confirmations counts the blocks from a block to the tip, 0 when it is not on
// the best chain.
func (n *Node) confirmations(height uint32, hash types.Hash) uint32 {
	if on, err := n.chain.BlockHash(height); err != nil || on != hash {
		return 0
	}
	return n.chain.Tip().Height - height + 1
}

// txKind names a transaction by what it carries.
func txKind(tx *types.Tx) string {
	switch {
	case isCoinbase(tx.Msg):
		return "coinbase"
	case len(tx.Payload) > 0:
		return types.Kind(tx.Payload[0]).String()
	}
	return "payment"
}

func isCoinbase(m *wire.MsgTx) bool {
	return len(m.TxIn) == 1 && m.TxIn[0].PreviousOutPoint.Hash == types.Hash{} && m.TxIn[0].PreviousOutPoint.Index == wire.MaxPrevOutIndex
}

func sumOut(m *wire.MsgTx) (sum types.Amount) {
	for _, o := range m.TxOut {
		sum += types.Amount(o.Value)
	}
	return sum
}

func txBrief(tx *types.Tx) view.TxBrief {
	return view.TxBrief{TxID: tx.ID().String(), Kind: txKind(tx), VSize: tx.VSize(), Amount: sumOut(tx.Msg)}
}

// sideBlocks describes the side blocks a … e.
func (n *Node) sideBlocks(b *types.Block, txs []*types.Tx) []view.SideBlock {
	roots := n.params.ID.SideRoots(&b.Sides)
	out := make([]view.SideBlock, types.NumChains)
	for c := range out {
		letter := types.VirtualChain(c).String()
		out[c] = view.SideBlock{Name: strconv.Itoa(int(b.Header.Height)) + letter, Chain: letter, Root: roots[c].String(), Records: []view.Record{}}
		for _, p := range b.Sides[c] {
			out[c].Bytes += len(p)
		}
	}
	for _, tx := range txs {
		if len(tx.Payload) == 0 {
			continue
		}
		if c, ok := types.Kind(tx.Payload[0]).Chain(); ok {
			out[c].Records = append(out[c].Records, n.record(c, b.Header.Height, tx.ID(), n.authorOf(tx.Msg), tx.Payload))
		}
	}
	for _, p := range b.Sides[types.ChainSummary] {
		s := &out[types.ChainSummary]
		s.Records = append(s.Records, n.record(types.ChainSummary, b.Header.Height, types.Hash{}, types.Address{}, p))
	}
	return out
}

// authorOf finds the author of a confirmed record: the address that input 0
// spends from.
func (n *Node) authorOf(m *wire.MsgTx) types.Address {
	_, out, err := n.spent(m.TxIn[0].PreviousOutPoint)
	if err != nil {
		return types.Address{}
	}
	a, _ := types.ScriptAddress(out.PkScript)
	return a
}

// spent finds the output that an input spends, on the chain or waiting.
func (n *Node) spent(op wire.OutPoint) (*types.Tx, *wire.TxOut, error) {
	tx, _, err := n.chain.Transaction(op.Hash)
	if errors.Is(err, chain.ErrUnknownTx) {
		if tx = n.chain.PoolTx(op.Hash); tx != nil {
			err = nil
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if int(op.Index) >= len(tx.Msg.TxOut) {
		return nil, nil, chain.ErrUnknownTx
	}
	return tx, tx.Msg.TxOut[op.Index], nil
}

// coinbase explains a block's coinbase by the income that its validation
// found. Only blocks of the best chain have one on record.
func (n *Node) coinbase(b *types.Block, hash types.Hash) (view.Coinbase, error) {
	m := b.Txs[0]
	v := view.Coinbase{TxID: m.TxHash().String(), Outputs: []view.CoinbaseOutput{}}
	if b.Header.Height == 0 {
		for i, o := range m.TxOut {
			out := n.coinbaseOutput(o, view.RoleAllocation, "")
			if i < len(n.params.Allocations) {
				out.Note = n.params.Allocations[i].Label
			}
			v.Outputs = append(v.Outputs, out)
		}
		return v, nil
	}
	_, apply, err := n.chain.UpdatesSince(b.Header.PrevHash, 1)
	if err != nil {
		return v, err
	}
	if len(apply) == 0 || apply[0].Hash != hash {
		for _, o := range m.TxOut {
			v.Outputs = append(v.Outputs, n.coinbaseOutput(o, "unknown", "the block is not on the best chain"))
		}
		return v, nil
	}
	in := &apply[0].Update.Income
	v.Reward, v.Fees, v.Bids, v.FundBids, v.FromReserve = consensus.BlockReward, in.Fees, in.Bids, in.FundBids, in.Reserve
	roles := n.roles(in)
	for i, o := range m.TxOut {
		role, note := "unknown", ""
		if i < len(roles) {
			role, note = roles[i].role, roles[i].note
		}
		v.Outputs = append(v.Outputs, n.coinbaseOutput(o, role, note))
	}
	return v, nil
}

func (n *Node) coinbaseOutput(o *wire.TxOut, role, note string) view.CoinbaseOutput {
	a, _ := types.ScriptAddress(o.PkScript)
	return view.CoinbaseOutput{Address: n.addressText(a), Amount: types.Amount(o.Value), Role: role, Note: note}
}

type coinbaseRole struct{ role, note string }

// roles lists why each output of a coinbase is there, in the fixed order of
// PROTOCOL §10; parts of zero have no output.
func (n *Node) roles(in *consensus.Income) (out []coinbaseRole) {
	add := func(a types.Amount, role, note string) {
		if a > 0 {
			out = append(out, coinbaseRole{role, note})
		}
	}
	add(in.Producer, view.RoleProducer, "")
	add(in.Foundation, view.RoleFoundation, "")
	for _, d := range in.Developers {
		add(d.Amount, view.RoleDeveloper, n.dappName(d.Dapp))
	}
	add(in.DappFund, view.RoleDappFund, "")
	for _, c := range in.Credits {
		add(c.Amount, view.RoleCredit, "")
	}
	return out
}

// dappName is a built-in dapp's name, or the start of the id of another.
func (n *Node) dappName(id types.Hash) string {
	for _, d := range n.params.Dapps {
		if d.ID == id {
			return d.Name
		}
	}
	return id.String()
}

// Tx implements view.Explorer.
func (n *Node) Tx(_ context.Context, id string) (view.Tx, error) {
	h, err := parseHash(id, "transaction id")
	if err != nil {
		return view.Tx{}, err
	}
	tx, pos, err := n.chain.Transaction(h)
	confirmed := err == nil
	if errors.Is(err, chain.ErrUnknownTx) {
		if tx = n.chain.PoolTx(h); tx == nil {
			return view.Tx{}, view.Errorf(view.CodeNotFound, "there is no transaction %s on the chain or waiting", id)
		}
		err = nil
	}
	if err != nil {
		return view.Tx{}, explain(err)
	}
	v := view.Tx{TxID: id, WTxID: tx.Msg.WitnessHash().String(), Kind: txKind(tx), VSize: tx.VSize(), Weight: tx.Weight(), Inputs: []view.TxInput{}, Outputs: []view.TxOutput{}}
	if confirmed {
		v.Height, v.Block, v.Confirmations = pos.Height, pos.Block.String(), n.confirmations(pos.Height, pos.Block)
		if hd, err := n.chain.Header(pos.Block); err == nil {
			v.Time = n.params.SlotTime(hd.Slot).UTC()
		}
	} else {
		v.Time = n.poolTime(h)
	}
	n.txSides(&v, tx)
	if len(tx.Payload) > 0 {
		if c, ok := types.Kind(tx.Payload[0]).Chain(); ok {
			r := n.record(c, pos.Height, h, n.authorOf(tx.Msg), tx.Payload)
			v.Record = &r
		}
	}
	return v, nil
}

func (n *Node) poolTime(id types.Hash) time.Time {
	for _, e := range n.chain.PoolTxs() {
		if e.ID == id {
			return e.Time.UTC()
		}
	}
	return time.Time{}
}

// txSides fills in what a transaction spends and pays.
func (n *Node) txSides(v *view.Tx, tx *types.Tx) {
	var in types.Amount
	for _, i := range tx.Msg.TxIn {
		if isCoinbase(tx.Msg) {
			break
		}
		t := view.TxInput{TxID: i.PreviousOutPoint.Hash.String(), Index: i.PreviousOutPoint.Index}
		if _, o, err := n.spent(i.PreviousOutPoint); err == nil {
			t.Amount = types.Amount(o.Value)
			if a, ok := types.ScriptAddress(o.PkScript); ok {
				t.Address = n.addressText(a)
			}
		}
		in += t.Amount
		v.Inputs = append(v.Inputs, t)
	}
	for i, o := range tx.Msg.TxOut {
		t := view.TxOutput{Index: i, Amount: types.Amount(o.Value)}
		if a, ok := types.ScriptAddress(o.PkScript); ok {
			t.Address = n.addressText(a)
		} else if c, ok := types.ParseCommitment(o.PkScript); ok {
			t.Commitment = c.Kind.String()
		}
		v.Outputs = append(v.Outputs, t)
	}
	v.Fee = max(in-sumOut(tx.Msg), 0)
}

// Records implements view.Explorer.
func (n *Node) Records(_ context.Context, q view.RecordsQuery) ([]view.Record, error) {
	c, ok := types.ParseVirtualChain(strings.ToLower(q.Chain))
	if !ok {
		return nil, view.Errorf(view.CodeInvalid, "%q is not a virtual chain: a, b, c, d or e", q.Chain)
	}
	limit := pageLimit(q.Limit)
	list, err := n.chain.Records(c, q.From, limit)
	if err != nil {
		return nil, explain(err)
	}
	out := []view.Record{}
	for _, r := range list {
		out = append(out, n.record(c, r.Height, r.Tx, r.Author, r.Payload))
	}
	return out, nil
}
