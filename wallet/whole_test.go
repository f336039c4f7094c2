package wallet_test

import (
	"context"
	"testing"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
)

// TestWholeFee posts an advertisement that pays a named sum in all, and raises
// it to another: advertisements compete by their whole fee.
func TestWholeFee(t *testing.T) {
	w := newWorld(t, nil)
	p := w.funded(3*types.Coin, 2*types.Coin)
	ctx := context.Background()
	ad := &types.Advertisement{Title: "A bicycle"}

	least, err := p.BuildRecord(ad, wallet.RecordOptions{})
	if err != nil {
		t.Fatal(err)
	}
	whole := consensus.AdFee + 12_345
	q, err := p.BuildRecord(ad, wallet.RecordOptions{Whole: whole})
	if err != nil {
		t.Fatal(err)
	}
	if q.Fee-q.Preparation != whole || least.Fee >= q.Fee {
		t.Errorf("it would pay %v, asked %v; least %v", q.Fee-q.Preparation, whole, least.Fee)
	}
	if q, err = p.BuildRecord(ad, wallet.RecordOptions{Whole: 1}); err != nil || q.Fee != least.Fee {
		t.Errorf("less than the least: %v, %v, want %v", q.Fee, err, least.Fee)
	}
	for _, bad := range []types.Amount{-1, types.MaxAmount + 1} {
		_, err = p.BuildRecord(ad, wallet.RecordOptions{Whole: bad})
		wantErr(t, "whole fee out of range", err, wallet.ErrAmount)
		_, err = p.RaiseFee(ctx, types.Hash{}, bad)
		wantErr(t, "raise out of range", err, wallet.ErrAmount)
	}

	id, err := p.SendRecord(ctx, ad, wallet.RecordOptions{Whole: whole})
	if err != nil {
		t.Fatal(err)
	}
	if got := paid(t, w, id); got != whole {
		t.Fatalf("paid %v, asked %v", got, whole)
	}
	_, err = p.RaiseFee(ctx, id, whole)
	wantErr(t, "the same again", err, wallet.ErrFeeTooLow)
	_, err = p.RaiseFee(ctx, types.Hash{1}, 2*whole)
	wantErr(t, "unknown", err, wallet.ErrUnknownTx)
	again, err := p.RaiseFee(ctx, id, whole+types.Coin)
	if err != nil {
		t.Fatal(err)
	}
	if got := paid(t, w, again); got != whole+types.Coin || w.mgr.PoolTx(id) != nil {
		t.Errorf("paid %v, asked %v", got, whole+types.Coin)
	}
	_, err = p.RaiseFee(ctx, again, 100*types.Coin)
	wantErr(t, "more than there is", err, wallet.ErrFunds)
	w.mine(1)
	p.sync()
	_, err = p.RaiseFee(ctx, again, 3*types.Coin)
	wantErr(t, "in a block", err, wallet.ErrNotPending)
}
