package wallet

import (
	"errors"
	"fmt"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// Rows of the store, by the first byte of the key.
const (
	keyMeta   = "m" // version, network id, identity: whose data this is
	keyPos    = "p" // position on the chain
	keyNext   = "n" // address counters
	rowTx     = 't' // txid → transaction
	rowFrozen = 'f' // outpoint → nothing: coins set aside
	rowLabel  = 'l' // kind ‖ 32 bytes → label
)

const rowVersion = 1

// status says where a transaction stands.
type status byte

const (
	pending    status = iota // waits for a block
	confirmed                // in a block of the best chain
	replaced                 // another one that spends the same coins took its place in the pool
	conflicted               // a block spends its coins otherwise
	abandoned                // given up by the user, or because no block could hold it
)

// active reports whether a transaction in this state moves coins.
func (s status) active() bool { return s <= confirmed }

// source says which part of a coinbase pays an output; see consensus.Income.
type source byte

const (
	sourceUnknown source = iota
	sourceProducer
	sourceFoundation
	sourceDeveloper
	sourceDappFund
	sourceCredit
)

// noChange marks a transaction without a change output.
const noChange = ^uint32(0)

// tx is one transaction that concerns the wallet. Of a coinbase, which may
// have thousands of outputs, only the wallet's own are kept.
type tx struct {
	id        types.Hash
	status    status
	local     bool // made by this wallet
	coinbase  bool
	order     uint64 // counts up; ties in time are shown in this order
	firstSeen int64  // unix seconds
	height    uint32 // of its block, with block, blockTime and index, when confirmed
	block     types.Hash
	blockTime int64
	index     uint32
	fee       types.Amount    // -1: unknown
	change    uint32          // index of the change output of a local one
	by        types.Hash      // what replaced it or conflicts with it
	senders   []types.Address // of foreign inputs, as far as known, at most maxSenders
	tx        *types.Tx       // nil for coinbases
	outs      []out           // the wallet's own outputs of a coinbase
}

// out is one output.
type out struct {
	index   uint32
	address types.Address
	amount  types.Amount
	source  source
}

const (
	maxSenders = 8
	maxOuts    = types.MaxBlockWeight / (43 * 4)
)

// outputs gives the outputs that may be the wallet's.
func (t *tx) outputs() []out {
	if t.coinbase {
		return t.outs
	}
	outs := make([]out, 0, len(t.tx.Msg.TxOut))
	for i, o := range t.tx.Msg.TxOut {
		if a, ok := types.ScriptAddress(o.PkScript); ok {
			outs = append(outs, out{uint32(i), a, types.Amount(o.Value), sourceUnknown})
		}
	}
	return outs
}

// inputs gives the outpoints it spends.
func (t *tx) inputs() []*wire.TxIn {
	if t.coinbase {
		return nil
	}
	return t.tx.Msg.TxIn
}

func flags(bits ...bool) (b byte) {
	for i, v := range bits {
		if v {
			b |= 1 << i
		}
	}
	return b
}

func (t *tx) encode() []byte {
	b := []byte{rowVersion, byte(t.status), flags(t.local, t.coinbase)}
	b = types.AppendUint64(types.AppendUint64(b, t.order), uint64(t.firstSeen))
	b = append(types.AppendUint32(b, t.height), t.block[:]...)
	b = types.AppendUint32(types.AppendUint64(b, uint64(t.blockTime)), t.index)
	b = types.AppendUint32(types.AppendUint64(b, uint64(t.fee)), t.change)
	b = types.AppendVarInt(append(b, t.by[:]...), uint64(len(t.senders)))
	for _, a := range t.senders {
		b = append(b, a[:]...)
	}
	if !t.coinbase {
		return t.tx.Append(b)
	}
	b = types.AppendVarInt(b, uint64(len(t.outs)))
	for _, o := range t.outs {
		b = append(types.AppendUint32(b, o.index), o.address[:]...)
		b = append(types.AppendAmount(b, o.amount), byte(o.source))
	}
	return b
}

// decodeTx reads a transaction's row.
func decodeTx(id types.Hash, value []byte) (*tx, error) {
	r := types.NewReader(value)
	if v := r.Byte(); v > rowVersion {
		return nil, fmt.Errorf("%w: row format %d", ErrVersion, v)
	}
	t := &tx{id: id, status: status(r.Byte())}
	f := r.Byte()
	t.local, t.coinbase = f&1 != 0, f&2 != 0
	t.order, t.firstSeen = r.Uint64(), int64(r.Uint64())
	t.height, t.block = r.Uint32(), r.Hash()
	t.blockTime, t.index = int64(r.Uint64()), r.Uint32()
	t.fee, t.change, t.by = types.Amount(r.Uint64()), r.Uint32(), r.Hash()
	for n := r.VarInt(maxSenders); n > 0 && r.Err() == nil; n-- {
		t.senders = append(t.senders, r.Address())
	}
	if t.coinbase {
		t.outs = readOuts(r)
	} else if t.tx = types.ReadTx(r); t.tx != nil && t.tx.ID() != id {
		r.Fail(fmt.Errorf("%w: transaction under another id", types.ErrMalformed))
	}
	if t.status > abandoned || f > 3 || t.fee < -1 || t.fee > types.MaxAmount {
		r.Fail(types.ErrMalformed)
	}
	if err := r.Done(); err != nil {
		return nil, fmt.Errorf("%w: transaction %v: %w", ErrDamaged, id, err)
	}
	return t, nil
}

func readOuts(r *types.Reader) (outs []out) {
	for n := r.VarInt(maxOuts); n > 0 && r.Err() == nil; n-- {
		o := out{index: r.Uint32(), address: r.Address(), amount: r.Amount(), source: source(r.Byte())}
		if o.source > sourceCredit {
			r.Fail(types.ErrMalformed)
		}
		outs = append(outs, o)
	}
	return outs
}

func encodePosition(p Position) []byte {
	return types.AppendUint64(types.AppendUint32(append([]byte{rowVersion}, p.Hash[:]...), p.Height), uint64(p.Time.Unix()))
}

func decodePosition(v []byte) (p Position, err error) {
	r := newRow(v)
	p.Hash, p.Height, p.Time = r.Hash(), r.Uint32(), time.Unix(int64(r.Uint64()), 0)
	return p, rowDone(r, "position")
}

// newRow starts reading a row whose first byte is its format version.
func newRow(v []byte) *types.Reader {
	r := types.NewReader(v)
	if got := r.Byte(); got != rowVersion {
		r.Fail(fmt.Errorf("%w: row format %d", ErrVersion, got))
	}
	return r
}

func rowDone(r *types.Reader, what string) error {
	err := r.Done()
	if err == nil || errors.Is(err, ErrVersion) {
		return err
	}
	return fmt.Errorf("%w: %s: %w", ErrDamaged, what, err)
}

// counters are how many addresses of each branch were handed out, and how many
// are known to be used.
type counters struct{ next, used [2]uint32 }

func (c counters) encode() []byte {
	b := []byte{rowVersion}
	for _, v := range []uint32{c.next[0], c.next[1], c.used[0], c.used[1]} {
		b = types.AppendUint32(b, v)
	}
	return b
}

func decodeCounters(v []byte) (c counters, err error) {
	r := newRow(v)
	for _, p := range []*uint32{&c.next[0], &c.next[1], &c.used[0], &c.used[1]} {
		// Bounded, because the wallet derives that many addresses.
		if *p = r.Uint32(); *p > maxAddresses {
			r.Fail(types.ErrMalformed)
		}
	}
	return c, rowDone(r, "address counters")
}

func outpointKey(op wire.OutPoint) string {
	return string(types.AppendUint32(append([]byte{rowFrozen}, op.Hash[:]...), op.Index))
}

func decodeOutpoint(key string) (op wire.OutPoint, err error) {
	r := types.NewReader([]byte(key[1:]))
	op.Hash, op.Index = r.Hash(), r.Uint32()
	return op, rowDone(r, "frozen coin")
}
