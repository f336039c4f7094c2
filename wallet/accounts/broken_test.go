package accounts

import (
	"context"
	"errors"
	"testing"

	"supercomputing/chain/types"
	"supercomputing/wallet"
)

// spoil gives the rows of a store with those changed for which fn says so.
func spoil(t *testing.T, s *wallet.MemStore, fn func(i int, value []byte) []byte) {
	t.Helper()
	var rows []wallet.Change
	err := s.Load(func(key string, value []byte) error {
		if changed := fn(len(rows), append([]byte{}, value...)); changed != nil {
			value = changed
		}
		rows = append(rows, wallet.Change{Key: key, Value: append([]byte{}, value...)})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Commit(rows); err != nil {
		t.Fatal(err)
	}
}

// pair is a person with a good account and another, each with a proposal.
func (w *world) pair(t *testing.T) (p *person, good, bad AccountID, d Proposal) {
	t.Helper()
	good, people := w.team(2, 2, types.Coin, types.Coin)
	p = people[0]
	_, line, err := p.Key()
	if err != nil {
		t.Fatal(err)
	}
	a, err := p.Create("Second", 0, []string{line, people[1].line})
	if err != nil {
		t.Fatal(err)
	}
	p.propose(good, types.Coin/4)
	w.pay(a.Address, types.Coin)
	w.mine(1)
	return p, good, a.ID, p.propose(a.ID, types.Coin/2)
}

// An account whose wallet's store is damaged is shown with its problem, the
// others work, and its descriptor brings it back with its proposals.
func TestDamagedFolder(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	p, good, bad, d := w.pair(t)
	desc := p.account(bad).Descriptor
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	spoil(t, p.wallets[bad], func(int, []byte) []byte { return []byte{0xff, 1} })
	p.start()
	if got := p.Accounts(); len(got) != 2 {
		t.Fatalf("%d accounts", len(got))
	}
	a := p.account(bad)
	if a.Name != "Second" || !errors.Is(a.Problem, ErrBroken) || a.Descriptor != desc || len(a.Members) != 2 {
		t.Errorf("%+v", a)
	}
	if a := p.account(good); a.Problem != nil || a.Open != 1 || a.Balance.Total != 2*types.Coin {
		t.Errorf("the other: %+v", a)
	}
	p.propose(good, types.Coin/8)
	_, err := p.Propose(context.Background(), Request{Account: bad, All: true, Outputs: []wallet.Output{{Address: ben.Address()}}})
	wantErr(t, "proposing", err, ErrBroken)
	_, err = p.History(bad, wallet.Query{})
	wantErr(t, "its history", err, ErrBroken)
	_, err = p.Rename(bad, "x")
	wantErr(t, "renaming", err, ErrBroken)

	if _, err := p.Import("", desc); err != nil {
		t.Fatal(err)
	}
	w.sync()
	a = p.account(bad)
	if a.Name != "Second" || a.Problem != nil || a.Balance.Total != types.Coin || a.Open != 1 {
		t.Errorf("brought back: %+v", a)
	}
	if got := p.see(d.ID); got.State != StateOpen || !got.CanSign || got.Note != "rent" {
		t.Errorf("its proposal: %+v", got)
	}
}

// The same when the account's own row is gone or does not decode; and it can be
// removed.
func TestDamagedRow(t *testing.T) {
	alone(t)
	for _, remove := range []bool{false, true} {
		w := newWorld(t, nil)
		p, good, bad, d := w.pair(t)
		desc := p.account(bad).Descriptor
		row := wallet.Change{Key: string(rowAccount) + string(bad[:]), Value: []byte{rowVersion, 7}}
		if err := p.Manager.store.Commit([]wallet.Change{row}); err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		p.start()
		if a := p.account(bad); !errors.Is(a.Problem, ErrStored) || a.Name == "" {
			t.Errorf("%+v", a)
		}
		if a := p.account(good); a.Problem != nil || a.Open != 1 {
			t.Errorf("the other: %+v", a)
		}
		if remove {
			if err := p.Remove(bad); err != nil {
				t.Fatal(err)
			}
		} else if _, err := p.Import("Again", desc); err != nil {
			t.Fatal(err)
		} else if _, err := p.Proposal(d.ID); err != nil {
			t.Errorf("its proposal: %v", err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		p.start()
		_, err := p.Account(bad)
		if remove {
			wantErr(t, "removed", err, ErrNoAccount)
		} else if a := p.account(bad); a.Problem != nil || a.Name != "Again" {
			t.Errorf("brought back: %+v", a)
		}
	}
}

// A row that does not decode, or does not even open, costs that row.
func TestDamagedProposal(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	p, good, bad, d := w.pair(t)
	row := wallet.Change{Key: string(rowProposal) + string(d.ID[:]), Value: append([]byte{proposalVersion}, bad[:]...)}
	if err := p.Manager.store.Commit([]wallet.Change{row}); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p.start()
	a := p.account(bad)
	if !errors.Is(a.Problem, ErrStored) || errors.Is(a.Problem, ErrBroken) || a.Balance.Total != types.Coin {
		t.Errorf("%+v", a)
	}
	if err := p.Remove(bad); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for i := 0; ; i++ { // each row in turn does not open
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		rows = 0
		var old []byte
		change := func(at int, value []byte) []byte {
			rows++
			if at != i {
				return nil
			}
			if old != nil {
				return old
			}
			old = append([]byte{}, value...)
			value[len(value)-1] ^= 1
			return value
		}
		spoil(t, p.store, change)
		p.start()
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if i >= rows {
			break
		}
		rows = 0
		spoil(t, p.store, change)
		p.start()
	}
	if a := p.account(good); a.Problem != nil || a.Open != 1 {
		t.Errorf("%+v", a)
	}
}
