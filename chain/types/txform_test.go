package types_test

import (
	"bytes"
	"errors"
	"runtime"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// TestTxPromises feeds counts and lengths that the bytes after them do not
// hold: decoding must fail before room is made for them.
func TestTxPromises(t *testing.T) {
	version, zeros := []byte{2, 0, 0, 0}, make([]byte, 100)
	count := func(b []byte, n uint64) []byte { return types.AppendVarInt(bytes.Clone(b), n) }
	in := append(count(version, 1), zeros[:41]...)
	for _, c := range []struct {
		name string
		b    []byte
	}{
		{"inputs", append(count(version, 800_000), zeros...)},
		{"inputs with witness", append(count(append(bytes.Clone(version), 0, 1), 800_000), zeros...)},
		{"outputs", append(count(in, 3_000_000), zeros...)},
		{"input script", append(count(append(count(version, 1), zeros[:36]...), 30_000_000), zeros...)},
		{"witness items", append(count(append(append(append(bytes.Clone(version), 0, 1, 1), zeros[:41]...), 0), 4_000_000), zeros...)},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := types.DecodeTx(c.b)
		runtime.ReadMemStats(&after)
		if !errors.Is(err, types.ErrMalformed) {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
			t.Errorf("%s: %d bytes allocated for %d", c.name, got, len(c.b))
		}
	}
}

func TestTxFormTakesGoodOnes(t *testing.T) {
	for _, witness := range []wire.TxWitness{nil, {{1, 2}, {}, bytes.Repeat([]byte{3}, 300)}} {
		m := wire.NewMsgTx(2)
		m.AddTxIn(wire.NewTxIn(&wire.OutPoint{}, []byte{1, 2, 3}, witness))
		m.AddTxIn(wire.NewTxIn(&wire.OutPoint{Index: 1}, nil, nil))
		for range 300 {
			m.AddTxOut(wire.NewTxOut(1, types.Address{1}.PkScript()))
		}
		tx := &types.Tx{Msg: m, Payload: []byte("p")}
		got, err := types.DecodeTx(tx.Append(nil))
		if err != nil || got.ID() != tx.ID() {
			t.Errorf("witness of %d: %v", len(witness), err)
		}
	}
}
