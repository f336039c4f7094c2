package accounts

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/descriptor"
)

// Key gives our key for a new account and the line that joins it with our
// address, for the others. It needs an unlocked keystore.
func (m *Manager) Key() (key, line string, err error) {
	m.mu.Lock()
	var next uint32
	for _, a := range m.accounts {
		next = max(next, a.record.index+1)
	}
	for _, b := range m.broken {
		if b.record != nil {
			next = max(next, b.record.index+1)
		}
	}
	m.mu.Unlock()
	s, err := m.keys.SharedAccount(min(next, maxKeyIndex-1))
	if err != nil {
		return "", "", fmt.Errorf("accounts: %w", err)
	}
	parsed, err := descriptor.ParseKey(s.Expression())
	if err != nil {
		return "", "", fmt.Errorf("accounts: %w", err)
	}
	return parsed.String(), Line(parsed.String(), m.prefix, m.self), nil
}

// Create makes an account of members' lines, of which required have to sign;
// 0 stands for all, by MuSig2. The order of the lines does not matter: the same
// lines make the same account everywhere. Ours must be among them.
func (m *Manager) Create(name string, required int, lines []string) (Account, error) {
	rec, err := m.fromLines(name, required, lines)
	if err != nil {
		return Account{}, err
	}
	return m.add(rec)
}

// Import takes an account from its descriptor, or from an invitation. An empty
// name takes the invitation's. Whoever wrote the invitation gave the members'
// addresses: what it says wrongly, letters follow, so there is a warning.
func (m *Manager) Import(name, text string) (Account, error) {
	rec, err := m.fromInvitation(text)
	if err != nil {
		return Account{}, err
	}
	if name != "" {
		rec.name = name
	}
	if rec.name == "" {
		rec.name = m.nameFor(rec.desc.ID())
	}
	said := slices.ContainsFunc(rec.members, func(c contact) bool { return !c.address.IsZero() && c.address != m.self })
	a, err := m.add(rec)
	if err == nil && said {
		a.Warnings = append(a.Warnings, WarnMembers)
	}
	return a, err
}

// nameFor names an account for which nobody gave a name.
func (m *Manager) nameFor(id AccountID) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b := m.broken[id]; b != nil {
		return b.name()
	}
	return (&broken{id: id}).name()
}

func (m *Manager) add(rec *record) (Account, error) {
	m.proposing.Lock() // an account that is being removed is gone first, with its files
	defer m.proposing.Unlock()
	if err := checkName(rec.name); err != nil {
		return Account{}, err
	}
	_, index, me, err := m.ourKey(rec.desc)
	if err != nil {
		return Account{}, err
	}
	if err := rec.checkAddresses(me, m.self); err != nil {
		return Account{}, err
	}
	rec.index, rec.members[me].address = index, m.self
	m.mu.Lock()
	defer m.mu.Unlock()
	id := AccountID(rec.desc.ID())
	switch {
	case m.closed:
		return Account{}, wallet.ErrClosed
	case m.accounts[id] != nil:
		return Account{}, ErrExists
	case len(m.accounts) >= maxAccounts:
		return Account{}, fmt.Errorf("%w: %d shared accounts", ErrTooMany, maxAccounts)
	}
	if err := m.twin(rec, id); err != nil {
		return Account{}, err
	}
	b := m.broken[id]
	if b != nil && b.record != nil {
		rec.inherit(b.record)
	}
	a, err := m.reopen(rec, b)
	if err != nil {
		return Account{}, err
	}
	c := m.begin()
	c.put(rowAccount, id[:], rec.encode(), func() { m.accounts[id] = a })
	c.ask(a)
	if err := c.commit(); err != nil {
		return Account{}, errors.Join(err, a.wallet.Close())
	}
	if b != nil {
		m.restore(a, b)
	}
	m.follow(a)
	return m.tellAccount(a), nil
}

// tellAccount is called with mu held.
func (m *Manager) tellAccount(a *account) Account {
	d := Account{
		ID: a.id, Name: a.record.name, Required: a.record.desc.Required(), MuSig2: a.record.desc.MuSig2(), Descriptor: a.record.desc.String(),
		Address: a.address(), Members: a.members(), Created: time.Unix(a.record.created, 0), Balance: a.wallet.Balance(), Position: a.wallet.Position(),
	}
	if slices.ContainsFunc(d.Members, func(c Member) bool { return !c.Me && c.Address.IsZero() }) {
		d.Warnings = append(d.Warnings, WarnUnreached)
	}
	if n := len(a.damaged); n > 0 {
		d.Problem = fmt.Errorf("%w: %d proposals or routines are left out", ErrStored, n)
	}
	switch a.address() {
	case m.params.FundKey:
		d.Role = RoleFund
	case m.params.Foundation:
		d.Role = RoleFoundation
	}
	for _, p := range m.proposals {
		if p.account != a.id || m.state(a, p) != StateOpen {
			continue
		}
		d.Open++
		st := p.packet.Status()
		if !p.consent && !st.Members[a.me].Signed && p.members[a.me].state != MemberDeclined && m.check(a, p) == nil {
			d.ToSign++
		}
	}
	return d
}

// Accounts lists the shared accounts, oldest first.
func (m *Manager) Accounts() []Account {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := []Account{}
	for _, a := range m.accounts {
		out = append(out, m.tellAccount(a))
	}
	for _, b := range m.broken {
		out = append(out, b.tell())
	}
	slices.SortFunc(out, func(a, b Account) int {
		if c := a.Created.Compare(b.Created); c != 0 {
			return c
		}
		return compareIDs(a.ID, b.ID)
	})
	return out
}

// Account tells all about one.
func (m *Manager) Account(id AccountID) (Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b := m.broken[id]; b != nil {
		return b.tell(), nil
	}
	a, err := m.lookup(id)
	if err != nil {
		return Account{}, err
	}
	return m.tellAccount(a), nil
}

// Invitation gives the text that Import takes: the account's name, descriptor,
// and all members' addresses.
func (m *Manager) Invitation(id AccountID) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.lookup(id)
	if err != nil {
		return "", err
	}
	return m.invitation(a.record), nil
}

// Rename names an account.
func (m *Manager) Rename(id AccountID, name string) (Account, error) {
	if err := checkName(name); err != nil {
		return Account{}, err
	}
	return m.edit(id, func(r *record) error {
		r.name = name
		return m.twin(r, id)
	})
}

// EditMember tells a member's name or address; nil leaves either as it is, and
// the zero address makes it unknown. The member is named by fingerprint or key.
func (m *Manager) EditMember(id AccountID, member string, name *string, address *types.Address) (Account, error) {
	if name != nil && *name != "" {
		if err := checkName(*name); err != nil {
			return Account{}, err
		}
	}
	return m.edit(id, func(r *record) error {
		i, err := r.findMember(member)
		if err != nil {
			return err
		}
		if name != nil {
			r.members[i].name = *name
		}
		if address != nil {
			if other := r.memberOf(*address); other >= 0 && other != i {
				return fmt.Errorf("%w: another one has this address", ErrMember)
			}
			if *address == m.self || r.members[i].address == m.self {
				return fmt.Errorf("%w: our own address stays", ErrMember)
			}
			r.members[i].address = *address
		}
		return nil
	})
}

func (m *Manager) edit(id AccountID, fn func(*record) error) (Account, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.lookup(id)
	if err != nil {
		return Account{}, err
	}
	rec := a.record.edit(func(r *record) { err = fn(r) })
	if err != nil {
		return Account{}, err
	}
	c := m.begin()
	c.put(rowAccount, id[:], rec.encode(), func() { a.record = rec })
	for i, now := range rec.members {
		if i != a.me && now.address != a.record.members[i].address {
			// A member whose address was not known, or false, has nothing yet.
			next := *a
			next.record = rec
			m.catchUp(c, &next, i)
			ask := askMsg{id}
			c.send(now.address, ask.encode())
		}
	}
	if err := c.commit(); err != nil {
		return Account{}, err
	}
	return m.tellAccount(a), nil
}

// Remove forgets an account with its proposals and routines here. Its coins
// stay where they are, and the descriptor brings it back.
func (m *Manager) Remove(id AccountID) error {
	m.proposing.Lock()
	defer m.proposing.Unlock()
	m.mu.Lock()
	if b := m.broken[id]; b != nil {
		defer m.mu.Unlock()
		return m.removeBroken(b)
	}
	a, err := m.lookup(id)
	if err != nil {
		m.mu.Unlock()
		return err
	}
	c := m.begin()
	c.put(rowAccount, id[:], nil, func() { delete(m.accounts, id) })
	for _, p := range m.proposals {
		if p.account == id {
			c.forget(p)
		}
	}
	for _, r := range m.routines {
		if r.Account == id {
			c.put(rowRoutine, r.ID[:], nil, func() { delete(m.routines, r.ID) })
		}
	}
	for key := range m.parked {
		if from := types.Address([]byte(key[1:33])); a.record.memberOf(from) >= 0 && !m.memberElsewhere(from, id) {
			c.unpark(key)
		}
	}
	for _, key := range a.damaged {
		c.put(key[0], []byte(key[1:]), nil, func() {})
	}
	err = c.commit()
	stop := a.stop
	m.mu.Unlock()
	if err != nil {
		return err
	}
	if stop != nil {
		stop()
	}
	if err := a.wallet.Close(); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	if m.remove == nil {
		return nil
	}
	return m.remove(id)
}

// wallet gives an account's wallet for reading.
func (m *Manager) walletOf(id AccountID) (*wallet.Wallet, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	a, err := m.lookup(id)
	if err != nil {
		return nil, err
	}
	return a.wallet, nil
}

// NewAddress gives a fresh address of an account. Until coins have come to the
// first one it is that: only with a coin there can the account post anything.
func (m *Manager) NewAddress(id AccountID, label string) (types.Address, error) {
	w, err := m.walletOf(id)
	if err != nil {
		return types.Address{}, err
	}
	for _, a := range w.Addresses() {
		if a.Address == w.Identity() && !a.Used {
			if label == "" {
				return a.Address, nil
			}
			return a.Address, w.LabelAddress(a.Address, label)
		}
	}
	return w.NewAddress(label)
}

// History lists an account's movements.
func (m *Manager) History(id AccountID, q wallet.Query) ([]wallet.Entry, error) {
	w, err := m.walletOf(id)
	if err != nil {
		return nil, err
	}
	return w.History(q), nil
}

// Sync brings all accounts up to the chain's tip now; Run does so by itself.
func (m *Manager) Sync(ctx context.Context) error {
	m.mu.Lock()
	var wallets []*wallet.Wallet
	for _, a := range m.accounts {
		wallets = append(wallets, a.wallet)
	}
	m.mu.Unlock()
	for _, w := range wallets {
		if err := w.Sync(ctx); err != nil {
			return err
		}
	}
	return nil
}
