package chain

import (
	"fmt"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Record is one entry of a virtual chain, in the order of the main chain.
type Record struct {
	Chain   types.VirtualChain
	Height  uint32
	Seq     uint32 // position in its side block
	Kind    types.Kind
	Tx      types.Hash    // of the transaction that carries it; zero for a summary
	Author  types.Address // zero for a summary
	Payload []byte
}

// The rows of rowTx are height ‖ index, those of rowRecord kind ‖ txid ‖
// author; payloads are read from the side block.

// putIndex enters the block's transactions and records. The author of a
// record is the key its first input spends (PROTOCOL §2), which is not part of
// the block, so the row takes it from the spent output.
func putIndex(batch *Batch, b *types.Block, spends []consensus.Spend) {
	height := b.Header.Height
	var seq [types.NumChains]uint32
	for i, tx := range b.Txs {
		id := tx.TxHash()
		batch.Put(hashKey(rowTx, id), types.AppendUint32(types.AppendUint32(nil, height), uint32(i)))
		c, _, ok := types.FindCommitment(tx)
		if !ok {
			continue
		}
		chain, ok := c.Kind.Chain()
		if !ok {
			continue
		}
		a, _ := types.ScriptAddress(spends[i-1].Prevs[0].PkScript)
		row := append(append([]byte{byte(c.Kind)}, id[:]...), a[:]...)
		batch.Put(recordKey(chain, height, seq[chain]), row)
		seq[chain]++
	}
	for i := range b.Sides[types.ChainSummary] {
		row := append([]byte{byte(types.KindSummary)}, make([]byte, 64)...)
		batch.Put(recordKey(types.ChainSummary, height, uint32(i)), row)
	}
}

// dropIndex takes a block that leaves the best chain out of the indexes.
func dropIndex(batch *Batch, b *types.Block) {
	height := b.Header.Height
	batch.Delete(heightKey(height))
	for _, tx := range b.Txs {
		batch.Delete(hashKey(rowTx, tx.TxHash()))
	}
	for c, side := range b.Sides {
		for i := range side {
			batch.Delete(recordKey(types.VirtualChain(c), height, uint32(i)))
		}
	}
}

// Records lists the records of a virtual chain from height on, in order: whole
// blocks, until there are at least max. To go on, ask from the last record's
// height plus one.
func (m *Manager) Records(c types.VirtualChain, fromHeight uint32, max int) ([]Record, error) {
	snap, err := m.store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer snap.Close()
	var out []Record
	var side types.SideBlock
	err = snap.Scan(recordKey(c, fromHeight, 0), after([]byte{rowRecord, byte(c)}), func(key, value []byte) (bool, error) {
		k, v := types.NewReader(key[2:]), types.NewReader(value)
		rec := Record{Chain: c, Height: k.Uint32(), Seq: k.Uint32(), Kind: types.Kind(v.Byte()), Tx: v.Hash(), Author: v.Address()}
		if k.Done() != nil || v.Done() != nil {
			return false, corrupt("record index", types.ErrMalformed)
		}
		if rec.Seq == 0 {
			if len(out) >= max {
				return false, nil
			}
			var err error
			if side, err = readSide(snap, rec.Height, c); err != nil {
				return false, err
			}
		}
		if int(rec.Seq) >= len(side) {
			return false, corrupt("record index", fmt.Errorf("record %d of %d at height %d", rec.Seq, len(side), rec.Height))
		}
		rec.Payload = side[rec.Seq]
		out = append(out, rec)
		return true, nil
	})
	return out, err
}

// readSide reads one side block of the best chain.
func readSide(r Reader, height uint32, c types.VirtualChain) (types.SideBlock, error) {
	hash, _, err := readHash(r, height)
	if err != nil {
		return nil, err
	}
	v, err := r.Get(blockKey(hash, byte(1+c)))
	if v == nil || err != nil {
		return nil, err
	}
	side, err := decodeSide(v, c)
	if err != nil {
		return nil, corrupt("side block", err)
	}
	return side, nil
}

// TxPosition is where a transaction stands on the best chain.
type TxPosition struct {
	Block  types.Hash
	Height uint32
	Index  int
}

// Transaction finds a transaction of the best chain by its id, or fails with
// ErrUnknownTx.
func (m *Manager) Transaction(id types.Hash) (*types.Tx, TxPosition, error) {
	snap, err := m.store.Snapshot()
	if err != nil {
		return nil, TxPosition{}, err
	}
	defer snap.Close()
	v, err := snap.Get(hashKey(rowTx, id))
	if err != nil {
		return nil, TxPosition{}, err
	}
	if v == nil {
		return nil, TxPosition{}, fmt.Errorf("%v: %w", id, ErrUnknownTx)
	}
	r := types.NewReader(v)
	pos := TxPosition{Height: r.Uint32(), Index: int(r.Uint32())}
	if pos.Block, _, err = readHash(snap, pos.Height); err != nil {
		return nil, pos, err
	}
	b, err := readBlock(snap, pos.Block)
	if err != nil {
		return nil, pos, err
	}
	if r.Done() != nil || b == nil || pos.Index >= len(b.Txs) {
		return nil, pos, corrupt("transaction index", fmt.Errorf("transaction %v", id))
	}
	txs, err := b.Transactions()
	if err != nil {
		return nil, pos, corrupt("block", err)
	}
	return txs[pos.Index], pos, nil
}
