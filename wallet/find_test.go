package wallet_test

import (
	"context"
	"errors"
	"testing"

	"supercomputing/chain/types"
	"supercomputing/wallet"
)

func TestFindRecord(t *testing.T) {
	w := newWorld(t, nil)
	a := w.author(coin)
	rec := &types.Message{Public: true, Body: []byte("x")}
	payload := types.Encode(rec)
	find := func(want wallet.Status) types.Hash {
		t.Helper()
		e, err := a.FindRecord(payload)
		if want == "" && errors.Is(err, wallet.ErrUnknownTx) {
			return types.Hash{}
		}
		if err != nil || e.Status != want {
			t.Fatalf("%v, %v, want %v", e.Status, err, want)
		}
		return e.TxID
	}
	find("")
	id, err := a.SendRecord(context.Background(), rec, wallet.RecordOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if find(wallet.StatusPending) != id {
		t.Fatal("another transaction")
	}
	bumped, err := a.Bump(context.Background(), id, 20)
	if err != nil || find(wallet.StatusPending) != bumped {
		t.Fatal("the one that took its place is not found", err)
	}
	w.mine(1)
	a.sync()
	if find(wallet.StatusConfirmed) != bumped {
		t.Fatal("another transaction")
	}
}
