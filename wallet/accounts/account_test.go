package accounts

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/descriptor"
)

func TestAccounts(t *testing.T) {
	w := newWorld(t, nil)
	id, people := w.team(3, 2)
	p, other := people[0], people[1]
	a := p.account(id)
	if a.Name != "Till" || a.Required != 2 || a.MuSig2 || len(a.Members) != 3 || a.Role != RoleNone {
		t.Errorf("account %+v", a)
	}
	for _, m := range a.Members {
		if m.Address == (types.Address{}) || m.Me != (m.Address == p.self) {
			t.Errorf("member %+v", m)
		}
	}
	if key, line, err := p.Key(); err != nil || line == p.line || !strings.HasPrefix(line, key+" ct1") {
		t.Errorf("the next key's line %q, %v", line, err)
	}
	if _, err := p.Rename(id, "Reserve"); err != nil {
		t.Fatal(err)
	}
	them := p.account(id).Members[other.accounts[id].me]
	name, none := "Bea", types.Address{}
	if _, err := p.EditMember(id, them.Key, &name, &none); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p.start()
	got := p.account(id)
	if m := got.Members[other.accounts[id].me]; got.Name != "Reserve" || m.Name != "Bea" || m.Address != none {
		t.Errorf("after a restart %+v", got)
	}
	if !slices.Contains(got.Warnings, WarnUnreached) || slices.Contains(a.Warnings, WarnUnreached) {
		t.Errorf("warnings %q with a member's address unknown, %q with all known", got.Warnings, a.Warnings)
	}
	if first, err := p.NewAddress(id, ""); err != nil || first != got.Address {
		t.Errorf("an account without coins gives %v, %v: only a coin at the first address lets it post", first, err)
	}
	w.pay(got.Address, types.Coin)
	w.sync()
	if next, err := p.NewAddress(id, ""); err != nil || next == got.Address {
		t.Errorf("fresh address %v, %v", next, err)
	}
	if h, err := p.History(id, wallet.Query{}); err != nil || len(h) != 1 {
		t.Errorf("history %v, %v", h, err)
	}
}

func TestAccountsRefused(t *testing.T) {
	w := newWorld(t, nil)
	id, people := w.team(2, 0)
	p, stranger := people[0], w.person()
	desc := p.account(id).Descriptor
	foreign := strings.Replace(p.line, "/1h/", "/2h/", 1)
	bad := []string{p.line, people[1].line}
	wrong := "x"
	if strings.HasSuffix(desc, wrong) {
		wrong = "q"
	}
	for _, c := range []struct {
		what string
		want error
		fn   func() (Account, error)
	}{
		{"again", ErrExists, func() (Account, error) { return p.Create("Till", 0, bad) }},
		{"again, with where it is reached", ErrExists, func() (Account, error) { return p.Create("Till", 0, []string{p.line, people[1].line + " h:1"}) }},
		{"a name with tricks", ErrName, func() (Account, error) { return p.Create("Ti\u202ell", 1, bad) }},
		{"no name", ErrName, func() (Account, error) { return p.Create("", 1, bad) }},
		{"no line", ErrLine, func() (Account, error) { return p.Create("x", 0, []string{p.line, ""}) }},
		{"a broken key", ErrLine, func() (Account, error) { return p.Create("x", 0, []string{p.line, p.line[:40]}) }},
		{"four fields", ErrLine, func() (Account, error) { return p.Create("x", 0, []string{p.line, people[1].line + " h:1 h:2"}) }},
		{"too long a contact", ErrLine, func() (Account, error) {
			return p.Create("x", 0, []string{p.line, people[1].line + " " + strings.Repeat("h", types.MaxContact) + ":1"})
		}},
		{"a broken address", ErrLine, func() (Account, error) { return p.Create("x", 0, []string{p.line, people[1].line + "q"}) }},
		{"one twice", descriptor.ErrDuplicate, func() (Account, error) { return p.Create("x", 0, []string{p.line, p.line}) }},
		{"more than all", descriptor.ErrMembers, func() (Account, error) { return p.Create("x", 3, bad) }},
		{"without us", ErrNotMember, func() (Account, error) { return stranger.Create("x", 0, bad) }},
		{"without us, as a descriptor", ErrNotMember, func() (Account, error) { return stranger.Import("x", desc) }},
		{"another network's", ErrCoin, func() (Account, error) {
			return p.Create("x", 0, []string{foreign, strings.Replace(people[1].line, "/1h/", "/2h/", 1)})
		}},
		{"a wrong checksum", descriptor.ErrChecksum, func() (Account, error) { return p.Import("x", desc[:len(desc)-1]+wrong) }},
		{"no such account", ErrNoAccount, func() (Account, error) { return p.Rename(AccountID{1}, "x") }},
		{"no such member", ErrMember, func() (Account, error) { return p.EditMember(id, "00000000", nil, nil) }},
		{"an invitation without lines", ErrInvitation, func() (Account, error) { return p.Import("", invitationHead) }},
	} {
		_, err := c.fn()
		wantErr(t, c.what, err, c.want)
	}
}

func TestRoles(t *testing.T) {
	first := newWorld(t, nil)
	id, people := first.team(2, 2)
	fund := people[0].account(id).Address
	w := newWorld(t, func(p *consensus.Params) { p.FundKey = fund })
	p := people[0]
	p.w, p.store, p.wallets = w, wallet.NewMemStore(), make(map[AccountID]*wallet.MemStore)
	line := p.line
	p.start()
	a, err := p.Create("Fund", 2, []string{line, people[1].line})
	if err != nil || a.ID != id || a.Role != RoleFund {
		t.Errorf("%+v, %v", a, err)
	}
}

// failing is a store whose writes fail.
type failing struct {
	*wallet.MemStore
	err error
}

func (f *failing) Commit(changes []wallet.Change) error {
	if f.err != nil {
		return f.err
	}
	return f.MemStore.Commit(changes)
}

// On a full disk nothing half happens: what fails has changed nothing, and
// what came by message comes again.
func TestFullDisk(t *testing.T) {
	w := newWorld(t, nil)
	id, people := w.team(2, 0, types.Coin)
	p := people[1]
	d := people[0].propose(id, types.Coin/2)
	full := errors.New("no space left on device")
	good := p.Manager.store
	p.Manager.store = &failing{wallet.NewMemStore(), full}
	wantErr(t, "a proposal", p.HandleAccount(context.Background(), people[0].self, w.mail[0].payload), full)
	p.Manager.store = good
	if _, err := p.Proposal(d.ID); !errors.Is(err, ErrNoProposal) {
		t.Errorf("it is here: %v", err)
	}
	w.settle()
	people[0].sign(d.ID)
	w.settle()
	p.Manager.store = &failing{wallet.NewMemStore(), full}
	_, err := p.Sign(context.Background(), d.ID, d.ID)
	wantErr(t, "signing", err, full)
	if got := p.see(d.ID); got.Agreed || got.Signed != 0 {
		t.Errorf("half signed: %+v", got)
	}
	p.Manager.store = good
	p.sign(d.ID) // the nonces were used: another attempt
	w.settle()
	w.wantState(d.ID, StateSent)
}

// A proposal that is too large for one message travels in parts.
func TestParts(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 0)
	const coins = 420
	var amounts []types.Amount
	for range coins {
		amounts = append(amounts, types.Coin/100)
	}
	w.pay(people[0].account(id).Address, amounts...)
	w.mine(1)
	d, err := people[0].Propose(context.Background(), Request{Account: id, All: true, Outputs: []wallet.Output{{Address: ben.Address()}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Inputs) != coins {
		t.Fatalf("%d inputs", len(d.Inputs))
	}
	parts := 0
	w.tampers = append(w.tampers, func(m *mail) {
		if m.payload[1] == kindPart {
			parts++
		}
	})
	w.lossy = true
	w.settle()
	for _, p := range people {
		p.sign(d.ID)
	}
	w.settle()
	w.wantState(d.ID, StateSent)
	if parts == 0 {
		t.Error("everything fitted one message")
	}
}

func TestSplit(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	whole := make([]byte, 3*partSize+7)
	random.Read(whole)
	var joined []byte
	parts := split(whole, [16]byte{1})
	for i, part := range parts {
		m, err := decodePayload(part)
		p, ok := m.(*partMsg)
		if err != nil || !ok || int(p.index) != i || int(p.count) != len(parts) {
			t.Fatalf("part %d: %+v, %v", i, m, err)
		}
		joined = append(joined, p.data...)
	}
	if !bytes.Equal(joined, whole) {
		t.Error("the parts are not the whole")
	}
}

func FuzzPayload(f *testing.F) {
	a, b := proposalMsg{note: "x", psbt: []byte{1}, created: 1}, contributionMsg{psbt: []byte{2}}
	c, d := declineMsg{reason: "no"}, partMsg{index: 1, count: 2, data: []byte{3}}
	for _, m := range []interface{ encode() []byte }{&a, &b, &c, &d} {
		f.Add(m.encode())
	}
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, payload []byte) {
		m, err := decodePayload(payload)
		if err != nil {
			if !errors.Is(err, ErrPayload) {
				t.Errorf("%v", err)
			}
			return
		}
		if again := m.(interface{ encode() []byte }).encode(); !bytes.Equal(again, payload) {
			t.Errorf("%x encodes as %x", payload, again)
		}
	})
}

func FuzzExpand(f *testing.F) {
	dict := []byte("some words that stand in both")
	f.Add(shrink([]byte("some words"), dict))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := expand(data, dict)
		if err == nil && len(out) > maxPacket {
			t.Errorf("%d bytes", len(out))
		}
	})
}

func FuzzRoutine(f *testing.F) {
	r := Routine{Kind: RoutineTask, Epochs: 1, Job: []byte{1}, Note: "n"}
	f.Add(r.encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeRoutine(data)
		if err != nil {
			return
		}
		again, err := decodeRoutine(r.encode())
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Errorf("%+v, then %+v, %v", r, again, err)
		}
	})
}
