package shared

import (
	"context"
	"errors"
	"testing"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/cosign"
)

// otherNonces is a contribution of a member's for the same attempt with nonces
// of another life.
func (p *person) otherNonces(id AccountID, d types.Hash) []byte {
	t := p.w.t
	t.Helper()
	other := *p
	other.store, other.wallets = wallet.NewMemStore(), make(map[AccountID]*wallet.MemStore)
	other.start()
	if _, err := other.Import("x", p.invite(p, id)); err != nil {
		t.Fatal(err)
	}
	packet, err := p.proposals[d].packet.Only(-1).AddNonces(other.accounts[id].key)
	if err != nil {
		t.Fatal(err)
	}
	msg := contributionMsg{id, d, shrink(packet.Slim(), p.proposals[d].base)}
	return msg.encode()
}

// A member who gives two others different nonces makes neither of them look
// like a liar to the other.
func TestFramedByNonces(t *testing.T) {
	w := newWorld(t, nil)
	id, people := w.team(3, 0, types.Coin)
	a, b, liar := people[0], people[1], people[2]
	d := a.propose(id, types.Coin/2)
	w.settle()
	liar.sign(d.ID)
	other := liar.otherNonces(id, d.ID)
	for _, m := range w.contributions(liar) {
		if m.to == b.self {
			m.payload = other
		}
	}
	a.sign(d.ID)
	b.sign(d.ID)
	w.settle()
	got := a.see(d.ID)
	if s := got.Members[b.accounts[id].me].State; s == MemberRefused || !errors.Is(got.Why, cosign.ErrDisagree) {
		t.Errorf("the honest member stands as %q, why %v", s, got.Why)
	}
	if _, err := a.Restart(context.Background(), d.ID); err != nil {
		t.Fatal(err)
	}
	w.settle()
	w.wantState(d.ID, StateSent)
}

// What failed is stored with the routine; whatever bytes are in it, the
// accounts open again.
func TestStoredReasonsAreText(t *testing.T) {
	w := newWorld(t, nil)
	id, people := w.team(2, 2, types.Coin)
	p := people[0]
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p.jobs = &jobs{err: errors.New("open /tmp/a\xff\x01b: no such file")}
	p.start()
	if _, err := p.PutRoutine(Routine{Account: id, Kind: RoutineTask, Job: []byte("render"), Note: "daily"}); err != nil {
		t.Fatal(err)
	}
	w.gen.SkipTo((w.epoch()+1)*60 + 30)
	w.mine(1)
	w.settle()
	if p.Routines(id)[0].Problem == "" {
		t.Fatal("no problem told")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p.start()
}
