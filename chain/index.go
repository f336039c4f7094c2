package chain

import (
	"fmt"

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
	Fee     types.Amount  // what the transaction paid in all: inputs less outputs
	Payload []byte
}

// putTxs enters where the block's transactions stand.
func putTxs(batch *Batch, b *types.Block) {
	for i, tx := range b.Txs {
		batch.Put(hashKey(rowTx, tx.TxHash()), types.AppendUint32(types.AppendUint32(nil, b.Header.Height), uint32(i)))
	}
}

// dropTxs takes a block that leaves the best chain out of what putTxs and the
// height index hold.
func dropTxs(batch *Batch, b *types.Block) {
	batch.Delete(heightKey(b.Header.Height))
	for _, tx := range b.Txs {
		batch.Delete(hashKey(rowTx, tx.TxHash()))
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
		rec := Record{Chain: c, Height: k.Uint32(), Seq: k.Uint32(), Kind: types.Kind(v.Byte()), Tx: v.Hash(), Author: v.Address(), Fee: v.Amount()}
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
