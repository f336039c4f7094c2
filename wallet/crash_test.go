package wallet_test

import (
	"errors"
	"fmt"
	"testing"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/types"
	"supercomputing/wallet"
)

var errCrash = errors.New("crash")

// crashing is a store whose nth commit fails, before or after it was made.
type crashing struct {
	wallet.Store
	left  int // commits until the crash; negative: none
	after bool
	dead  bool // nothing works until the wallet is reopened
}

func (c *crashing) Commit(changes []wallet.Change) error {
	if c.dead {
		return errCrash
	}
	if c.left--; c.left == -1 {
		c.dead = true
		if c.after {
			if err := c.Store.Commit(changes); err != nil {
				return err
			}
		}
		return errCrash
	}
	return c.Store.Commit(changes)
}

// TestCrashAtEveryCommit plays one story with a crash at each of its commits,
// on disk: after starting again the wallet has lost nothing, sends nothing
// twice, and ends with the coins that the chain says it has.
func TestCrashAtEveryCommit(t *testing.T) {
	step := 1
	if raceOn {
		step = 4
	}
	for _, after := range []bool{false, true} {
		for n := 0; ; n += step {
			crashed := false
			t.Run(fmt.Sprintf("commit %d, made %v", n, after), func(t *testing.T) { crashed = crashStory(t, n, after) })
			if !crashed || t.Failed() {
				break
			}
		}
	}
}

func crashStory(t *testing.T, n int, after bool) (crashed bool) {
	w := newWorld(t, nil)
	dir := t.TempDir()
	journal, err := wallet.OpenJournal(dir)
	if err != nil {
		t.Fatal(err)
	}
	store := &crashing{Store: journal, left: n, after: after}
	a := w.open(aliceWords, store)
	// step does one thing; when the store dies in it the wallet is started
	// again from the disk.
	step := func(do func() error) {
		t.Helper()
		err := do()
		if !store.dead {
			if err != nil {
				t.Fatal(err)
			}
			return
		}
		crashed = true
		if err := journal.Close(); err != nil {
			t.Fatal(err)
		}
		if journal, err = wallet.OpenJournal(dir); err != nil {
			t.Fatal(err)
		}
		store = &crashing{Store: journal, left: -1}
		a.store = store
		a.reopen()
		if err := a.Sync(ctx); err != nil {
			t.Fatal(err)
		}
	}
	sync := func() error { return a.Sync(ctx) }
	send := func() error {
		_, err := a.Send(ctx, wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: coin}}})
		return err
	}
	post := func() error {
		_, err := a.SendRecord(ctx, &types.JobPost{Dapp: chaintest.DappID(), Duration: 100, Bid: coin / 10}, wallet.RecordOptions{})
		return err
	}
	address, err := a.keys.Account().Address(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	w.pay(address, 10*coin)
	w.pay(address, 5*coin)
	w.mine(1)
	step(sync)
	step(send)
	step(post)
	w.mine(1)
	w.pay(address, 2*coin)
	step(sync)
	step(send)
	w.mine(1)
	step(sync)
	w.fork(2)
	step(sync)
	step(send)
	for _, e := range a.History(wallet.Query{Kind: wallet.KindSent}) {
		if e.Status == wallet.StatusPending && w.mgr.PoolTx(e.TxID) != nil {
			step(func() error { _, err := a.Bump(ctx, e.TxID, 7); return ignore(err, wallet.ErrHasChildren) })
			break
		}
	}
	w.mine(1)
	step(sync)
	w.mine(1) // what was offered again at the new tip
	step(sync)

	sent := len(a.History(wallet.Query{Kind: wallet.KindSent}))
	if b := a.Balance(); b.Reserved != 0 || b.PendingOut != 0 || b.PendingIn != 0 {
		t.Errorf("something still waits: %+v", b)
	}
	a.wantCoins()
	if sent > 5 {
		t.Errorf("%d payments of three asked for, with at most one bumped", sent)
	}
	return crashed
}

func ignore(err, what error) error {
	if errors.Is(err, what) {
		return nil
	}
	return err
}

// A full disk fails what needs to be stored, changes nothing in memory, and
// passes.
func TestFullDisk(t *testing.T) {
	w := newWorld(t, nil)
	store := &crashing{Store: wallet.NewMemStore(), left: -1}
	a := w.open(aliceWords, store)
	w.pay(a.address(), 10*coin)
	w.mine(1)
	a.sync()
	before, position := a.Balance(), a.Position()
	store.dead = true
	_, err := a.Send(ctx, wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: coin}}})
	wantErr(t, "send", err, errCrash)
	_, err = a.SendRecord(ctx, &types.Message{Public: true, Body: []byte("hi")}, wallet.RecordOptions{})
	wantErr(t, "record", err, errCrash)
	_, err = a.NewAddress("")
	wantErr(t, "new address", err, errCrash)
	wantErr(t, "label", a.LabelAddress(ann.Address(), "Ann"), errCrash)
	wantErr(t, "freeze", a.Freeze(a.Coins()[0].OutPoint, true), errCrash)
	w.pay(a.Identity(), coin)
	w.mine(1)
	wantErr(t, "sync", a.Sync(ctx), errCrash)
	if len(w.mgr.PoolTxs()) != 0 {
		t.Error("a transaction left the wallet without being stored")
	}
	if a.Balance() != before || a.Position() != position || len(a.Addresses()) != 2 {
		t.Errorf("the failed writes changed the wallet: %+v", a.Balance())
	}
	store.dead = false
	a.sync()
	a.wantBalance("after making room", wallet.Balance{Confirmed: 11 * coin})
	a.send(ann.Address(), coin)
}
