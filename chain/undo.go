package chain

import (
	"fmt"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Stored form of an update: the changes, each as table, key, a flag byte that
// tells which of old and new exist, and those; then the income. It is read
// back only by the machine that wrote it, but a disk may lie, so the decoder
// trusts nothing.

const (
	hasOld = 1
	hasNew = 2
	// maxRow bounds one stored row. The longest is a seat list, 66 bytes a seat.
	maxRow = 1 << 20
	// maxChanges bounds the rows of one update: a full block's inputs and
	// outputs, plus epoch transitions over a million scores.
	maxChanges = 1 << 26
)

func appendUpdate(b []byte, u *consensus.Update) []byte {
	b = types.AppendVarInt(b, uint64(len(u.Changes)))
	for i := range u.Changes {
		c := &u.Changes[i]
		flags := byte(0)
		if c.Old != nil {
			flags |= hasOld
		}
		if c.New != nil {
			flags |= hasNew
		}
		b = types.AppendBytes(append(b, byte(c.Table)), c.Key)
		b = append(b, flags)
		if c.Old != nil {
			b = types.AppendBytes(b, c.Old)
		}
		if c.New != nil {
			b = types.AppendBytes(b, c.New)
		}
	}
	return appendIncome(b, &u.Income)
}

func appendIncome(b []byte, in *consensus.Income) []byte {
	for _, a := range []types.Amount{in.Producer, in.Foundation, in.DappFund, in.Fees, in.Bids, in.FundBids, in.Reserve} {
		b = types.AppendAmount(b, a)
	}
	return appendPayments(appendPayments(b, in.Developers), in.Credits)
}

func appendPayments(b []byte, list []consensus.Payment) []byte {
	b = types.AppendVarInt(b, uint64(len(list)))
	for _, p := range list {
		b = append(append(b, p.Dapp[:]...), p.Address[:]...)
		b = types.AppendAmount(b, p.Amount)
	}
	return b
}

func decodeUpdate(v []byte) (*consensus.Update, error) {
	r := types.NewReader(v)
	u := new(consensus.Update)
	n := int(r.VarInt(maxChanges))
	for i := 0; i < n && r.Err() == nil; i++ {
		c := consensus.Change{Table: consensus.Table(r.Byte()), Key: r.Bytes(maxRow)}
		flags := r.Byte()
		if flags == 0 || flags > hasOld|hasNew {
			r.Fail(fmt.Errorf("%w: change flags %d", types.ErrMalformed, flags))
		}
		if flags&hasOld != 0 {
			c.Old = readRow(r)
		}
		if flags&hasNew != 0 {
			c.New = readRow(r)
		}
		u.Changes = append(u.Changes, c)
	}
	u.Income = readIncome(r)
	return u, r.Done()
}

// readRow reads a row's value. An empty one is a row too, so it is not nil.
func readRow(r *types.Reader) []byte {
	if b := r.Bytes(maxRow); b != nil {
		return b
	}
	return []byte{}
}

func readIncome(r *types.Reader) consensus.Income {
	in := consensus.Income{Producer: r.Amount(), Foundation: r.Amount(), DappFund: r.Amount(),
		Fees: r.Amount(), Bids: r.Amount(), FundBids: r.Amount(), Reserve: r.Amount()}
	in.Developers = readPayments(r)
	in.Credits = readPayments(r)
	return in
}

func readPayments(r *types.Reader) []consensus.Payment {
	var list []consensus.Payment
	n := int(r.VarInt(types.MaxBlockWeight / types.OutputWeight))
	for i := 0; i < n && r.Err() == nil; i++ {
		list = append(list, consensus.Payment{Dapp: r.Hash(), Address: r.Address(), Amount: r.Amount()})
	}
	return list
}
