package chain

import (
	"fmt"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// The store's rows, by the first byte of the key. Integers in keys are
// big-endian, so that keys ascend with them.
const (
	rowMeta   = 'm' // name → value
	rowState  = 's' // table ‖ key → a row of the consensus state at the tip
	rowHeader = 'h' // hash → header, of every stored block
	rowBlock  = 'b' // hash ‖ part → part 0: header and transactions; part 1+c: side block c
	rowUndo   = 'u' // hash → update, of every block that was ever connected
	rowHeight = 'i' // height → hash, of the best chain
	rowTx     = 't' // txid → height ‖ index, of the best chain
	rowRecord = 'r' // virtual chain ‖ height ‖ sequence → kind ‖ txid ‖ author ‖ fee, of the best chain; payloads are read from the side block
	rowLoose  = 'o' // height ‖ hash → size: stored blocks outside the best chain that may still join it
	rowSeats  = 'l' // root → seat list
	rowPool   = 'p' // number → time ‖ transaction with payload, saved by a clean stop

	// Of the best chain, too (additions.go):
	rowEarning = 'e' // address ‖ height ‖ number → epoch ‖ report's txid ‖ job ‖ score ‖ credit ‖ registered
	rowShare   = 'a' // address ‖ height ‖ epoch → share of the base pool
	rowPayout  = 'c' // address ‖ height ‖ output → role ‖ amount
	rowDapp    = 'd' // dapp ‖ epoch → jobs ‖ bids ‖ developer's income ‖ scores
	rowJob     = 'j' // job → author ‖ dapp
	rowJobOf   = 'k' // author or signer ‖ height ‖ job → nothing
)

var (
	keyNetwork = []byte("mnetwork")
	keyTip     = []byte("mtip")   // consensus.State after the best chain's last block
	keyIndex   = []byte("mindex") // version ‖ last block that the indexes hold
)

func hashKey(row byte, h types.Hash) []byte {
	return append(append(make([]byte, 0, 34), row), h[:]...)
}

func stateKey(t consensus.Table, key []byte) []byte {
	return append(append(make([]byte, 0, 2+len(key)), rowState, byte(t)), key...)
}

func blockKey(h types.Hash, part byte) []byte { return append(hashKey(rowBlock, h), part) }

func heightKey(height uint32) []byte { return types.AppendUint32([]byte{rowHeight}, height) }

func looseKey(height uint32, h types.Hash) []byte {
	return append(types.AppendUint32([]byte{rowLoose}, height), h[:]...)
}

func recordKey(c types.VirtualChain, height, seq uint32) []byte {
	return types.AppendUint32(types.AppendUint32([]byte{rowRecord, byte(c)}, height), seq)
}

// after is the least key above all keys that begin with prefix. Its last byte
// is never 0xff here: row letters and short numbers end our prefixes.
func after(prefix []byte) []byte {
	out := append([]byte(nil), prefix...)
	for i := len(out) - 1; i >= 0; i-- {
		if out[i]++; out[i] != 0 {
			return out[:i+1]
		}
	}
	panic("chain: prefix without a successor")
}

// stateRows shows the stored consensus state as consensus.Rows.
type stateRows struct{ r Reader }

func (s stateRows) Get(t consensus.Table, key []byte) ([]byte, error) {
	return s.r.Get(stateKey(t, key))
}

func (s stateRows) Scan(t consensus.Table, from []byte, fn func(key, value []byte) (bool, error)) error {
	return s.r.Scan(stateKey(t, from), stateKey(t+1, nil), func(key, value []byte) (bool, error) {
		return fn(key[2:], value)
	})
}

func corrupt(what string, err error) error { return fmt.Errorf("%w: %s: %v", ErrCorrupt, what, err) }

func readState(r Reader) (consensus.State, error) {
	v, err := r.Get(keyTip)
	if err != nil {
		return consensus.State{}, err
	}
	st, err := consensus.DecodeState(v)
	if err != nil {
		return st, corrupt("tip", err)
	}
	return st, nil
}

// readHash returns the best chain's hash at height; ok is false above the tip.
func readHash(r Reader, height uint32) (h types.Hash, ok bool, err error) {
	v, err := r.Get(heightKey(height))
	if v == nil || err != nil {
		return h, false, err
	}
	if len(v) != len(h) {
		return h, false, corrupt("height index", types.ErrShort)
	}
	return types.Hash(v), true, nil
}

// readHeader returns a stored block's header, nil when there is none.
func readHeader(r Reader, hash types.Hash) (*types.Header, error) {
	v, err := r.Get(hashKey(rowHeader, hash))
	if v == nil || err != nil {
		return nil, err
	}
	h, err := types.DecodeHeader(v)
	if err != nil {
		return nil, corrupt("header", err)
	}
	return &h, nil
}

// onBest reports whether hash is a block of the best chain.
func onBest(r Reader, hash types.Hash) (*types.Header, bool, error) {
	h, err := readHeader(r, hash)
	if h == nil || err != nil {
		return nil, false, err
	}
	best, _, err := readHash(r, h.Height)
	return h, best == hash, err
}

// readBlock returns a stored block, nil when there is none.
func readBlock(r Reader, hash types.Hash) (b *types.Block, err error) {
	prefix := hashKey(rowBlock, hash)
	err = r.Scan(prefix, after(prefix), func(key, value []byte) (bool, error) {
		var err error
		part := key[len(prefix)]
		switch {
		case part == 0:
			b, err = types.DecodeBlock(value)
		case b == nil || int(part) > types.NumChains:
			err = fmt.Errorf("part %d", part)
		default:
			b.Sides[part-1], err = decodeSide(value, types.VirtualChain(part-1))
		}
		if err != nil {
			return false, corrupt("block", err)
		}
		return true, nil
	})
	return b, err
}

// putBlock stores a block in parts, so that side blocks can be read, and
// pruned, without the coins.
func putBlock(batch *Batch, hash types.Hash, b *types.Block) {
	main := types.Block{Header: b.Header, Txs: b.Txs}
	batch.Put(hashKey(rowHeader, hash), b.Header.Append(nil))
	batch.Put(blockKey(hash, 0), main.Append(nil))
	for c, side := range b.Sides {
		if len(side) > 0 {
			batch.Put(blockKey(hash, byte(1+c)), appendSide(nil, side))
		}
	}
}

func deleteBlock(batch *Batch, hash types.Hash) {
	batch.Delete(hashKey(rowHeader, hash))
	for part := range byte(types.NumChains + 1) {
		batch.Delete(blockKey(hash, part))
	}
}

func appendSide(b []byte, side types.SideBlock) []byte {
	b = types.AppendVarInt(b, uint64(len(side)))
	for _, p := range side {
		b = types.AppendBytes(b, p)
	}
	return b
}

func decodeSide(v []byte, c types.VirtualChain) (types.SideBlock, error) {
	r := types.NewReader(v)
	n := int(r.VarInt(uint64(c.MaxRecords())))
	var side types.SideBlock
	for i := 0; i < n && r.Err() == nil; i++ {
		side = append(side, r.Bytes(types.MaxPayload))
	}
	return side, r.Done()
}

// readUndo returns what a connected block changed.
func readUndo(r Reader, hash types.Hash) (*consensus.Update, error) {
	v, err := r.Get(hashKey(rowUndo, hash))
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, corrupt("undo data", fmt.Errorf("none for block %v", hash))
	}
	u, err := decodeUpdate(v)
	if err != nil {
		return nil, corrupt("undo data", err)
	}
	return u, nil
}
