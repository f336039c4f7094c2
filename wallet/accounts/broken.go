package accounts

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"supercomputing/wallet"
	"supercomputing/wallet/keys"
)

// broken is an account that did not open: its row or its wallet's store is
// damaged. The others work; its own rows stay stored until the descriptor
// brings it back, or it is removed.
type broken struct {
	id      AccountID
	record  *record // nil: not readable
	problem error
	rows    map[string][]byte // its proposals and routines
}

// isBroken gives the entry of an account that does not open.
func (m *Manager) isBroken(id AccountID, err error) *broken {
	b := m.broken[id]
	if b == nil {
		b = &broken{id: id, rows: make(map[string][]byte), problem: fmt.Errorf("%w: %w", ErrBroken, err)}
		m.broken[id] = b
		m.log.Error("a shared account does not open; its descriptor brings it back", "account", id, "err", err)
	}
	return b
}

// lookup gives an account that works. Called with mu held.
func (m *Manager) lookup(id AccountID) (*account, error) {
	if a := m.accounts[id]; a != nil {
		return a, nil
	}
	if b := m.broken[id]; b != nil {
		return nil, b.problem
	}
	return nil, ErrNoAccount
}

// tell is what there is to tell about a broken account.
func (b *broken) tell() Account {
	d := Account{ID: b.id, Name: b.name(), Problem: b.problem}
	if b.record == nil {
		return d
	}
	desc := b.record.desc
	d.Required, d.MuSig2, d.Descriptor = desc.Required(), desc.MuSig2(), desc.String()
	d.Address, _ = desc.Address(0, 0)
	d.Members, d.Created = (&account{record: b.record, me: -1}).members(), time.Unix(b.record.created, 0)
	return d
}

func (b *broken) name() string {
	if b.record != nil {
		return b.record.name
	}
	return "Account " + b.id.String()[:6]
}

// loadAll loads rows in an order in which each finds what it is about. What is
// damaged is left aside, so that the rest works. The error is one for which
// nothing can work.
func (m *Manager) loadAll(rows map[string][]byte) error {
	for _, kind := range []byte{rowAccount, rowProposal, rowRoutine, rowOut, rowParked} {
		for _, key := range slices.Sorted(maps.Keys(rows)) {
			if key[0] != kind {
				continue
			}
			if err := m.loadRow(key, rows[key]); err != nil {
				if errors.Is(err, keys.ErrLocked) {
					return err
				}
				m.setAside(key, rows[key], err)
			}
			delete(rows, key)
		}
	}
	for key := range rows {
		m.log.Error("a stored row of shared accounts is of an unknown kind", "kind", fmt.Sprintf("%x", key[:1]))
	}
	return nil
}

// setAside notes a row that could not be loaded with the account that it is of.
func (m *Manager) setAside(key string, value []byte, err error) {
	var id AccountID
	switch {
	case key[0] == rowAccount && len(key) == 1+len(id):
		b := m.isBroken(AccountID([]byte(key[1:])), err)
		if rec, err := decodeRecord(value); err == nil && bytes.Equal(idOf(rec), b.id[:]) {
			b.record = rec
		}
		return
	case key[0] == rowProposal && len(value) >= 33:
		id = AccountID(value[1:33])
	case key[0] == rowRoutine && len(value) >= 49:
		id = AccountID(value[17:49])
	default:
		m.log.Error("a stored row of shared accounts is damaged", "kind", string(key[:1]), "err", err)
		return
	}
	if a := m.accounts[id]; a != nil {
		a.damaged = append(a.damaged, key)
		m.log.Error("a stored proposal or routine is damaged", "account", id, "err", err)
		return
	}
	m.isBroken(id, fmt.Errorf("%w: its own row is lost", ErrStored)).rows[key] = value
}

// restore takes over what is left of a broken account that an import brings
// back. Called with mu held, when the account is there.
func (m *Manager) restore(a *account, b *broken) {
	delete(m.broken, b.id)
	if err := m.loadAll(b.rows); err != nil {
		m.log.Error("what is stored of a shared account was not taken over", "account", b.id, "err", err)
	}
	m.hold(a.id)
}

// inherit fills in what an import does not say.
func (r *record) inherit(old *record) {
	r.created = old.created
	for i, c := range old.members {
		if r.members[i].address.IsZero() && r.memberOf(c.address) < 0 {
			r.members[i].address = c.address
		}
		if r.members[i].name == "" {
			r.members[i].name = c.name
		}
	}
}

// reopen opens the wallet of an account, of a broken one in a new store when
// the old one does not open: all that matters in it is on the chain.
func (m *Manager) reopen(rec *record, b *broken) (*account, error) {
	a, err := m.openAccount(rec)
	if err == nil || b == nil || m.remove == nil || errors.Is(err, keys.ErrLocked) {
		return a, err
	}
	if err := m.remove(b.id); err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	return m.openAccount(rec)
}

// removeBroken forgets a broken account with all that is stored of it. Called
// with mu held.
func (m *Manager) removeBroken(b *broken) error {
	rows := []wallet.Change{{Key: string(rowAccount) + string(b.id[:])}}
	for key := range b.rows {
		rows = append(rows, wallet.Change{Key: key})
	}
	if err := m.store.Commit(rows); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	delete(m.broken, b.id)
	if m.remove == nil {
		return nil
	}
	return m.remove(b.id)
}
