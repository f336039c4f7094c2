package accounts

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"supercomputing/chain/types"
)

// bare is a member's letter that begins an attempt and gives nothing.
func (p *person) bare(id AccountID, tx types.Hash, attempt uint32) []byte {
	p.w.t.Helper()
	packet, err := p.proposals[tx].packet.Restart(attempt)
	if err != nil {
		p.w.t.Fatal(err)
	}
	msg := contributionMsg{id, tx, shrink(packet.Slim(), p.proposals[tx].base)}
	return msg.encode()
}

// A member who begins the rounds anew all the time makes the others write a few
// letters, not one each time; then people are asked, and it goes on.
func TestRestartStorm(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(3, 0, types.Coin)
	a, liar := people[0], people[1]
	d := a.propose(id, types.Coin/2)
	w.settle()
	a.sign(d.ID)
	w.mail = nil
	if _, err := a.EditMember(id, people[1].line[1:9], new("Mallory"), nil); err != nil {
		t.Fatal(err)
	}
	for i := range 3 * uint32(maxRestarts) {
		a.take(liar, liar.bare(id, d.ID, i+2))
		a.Tick(context.Background())
	}
	if got := len(w.mail); got > 2*maxRestarts {
		t.Errorf("%d letters", got)
	}
	got := a.see(d.ID)
	if !errors.Is(got.Why, ErrRestarts) || !strings.Contains(got.Why.Error(), "Mallory") || !got.CanSign || got.Agreed {
		t.Errorf("why %v, can sign %v, agreed %v", got.Why, got.CanSign, got.Agreed)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	a.start()
	wantErr(t, "after a restart", a.see(d.ID).Why, ErrRestarts)
	w.settle()
	for _, p := range people {
		p.sign(d.ID)
	}
	w.settle()
	w.wantState(d.ID, StateSent)
}

// Restarts now and then, over days, need nobody.
func TestRestartsNowAndThen(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 0, types.Coin)
	a, b := people[0], people[1]
	d := a.propose(id, types.Coin/2)
	w.settle()
	a.sign(d.ID)
	for i := range 4 * uint32(maxRestarts) {
		a.take(b, b.bare(id, d.ID, i+2))
		w.now = w.now.Add(restartTime / maxRestarts)
	}
	if got := a.see(d.ID); !got.Agreed || got.Why != nil || len(a.proposals[d.ID].begun) > maxRestarts+1 {
		t.Errorf("agreed %v, why %v", got.Agreed, got.Why)
	}
}

// However far a member drove the attempts, those who are honest can begin
// another, as long as a proposal lives.
func TestAttemptsDoNotRunOut(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 0, types.Coin)
	a, b := people[0], people[1]
	d := a.propose(id, types.Coin/2)
	w.settle()
	a.sign(d.ID)
	attempt := uint32(1)
	for range maxFollow + 50 {
		p := a.proposals[d.ID].clone()
		attempt += maxSkip
		packet, err := b.proposals[d.ID].packet.Restart(attempt)
		if err != nil {
			t.Fatal(err)
		}
		msg := contributionMsg{id, d.ID, shrink(packet.Slim(), p.base)}
		if _, err := a.combine(p, a.accounts[id].record.memberOf(b.self), &msg); err != nil && p.packet.Attempt() < maxFollow*maxSkip {
			t.Fatal(err)
		}
		a.proposals[d.ID] = p
	}
	perHour := uint64(a.proposals[d.ID].packet.Attempt())
	if perHour > maxFollow*maxSkip+1 {
		t.Errorf("%d attempts in an hour", perHour)
	}
	if most := perHour * uint64(expireMost/time.Hour); most >= 1<<31-1 {
		t.Errorf("%d attempts in a proposal's life", most)
	}
	a.sign(d.ID)
	if _, err := a.Restart(context.Background(), d.ID); err != nil {
		t.Errorf("an honest restart: %v", err)
	}
}

// A partial signature that is out stays out when the rounds begin anew: who
// declines then is told that the others may go on without.
func TestSignedInAnEarlierAttempt(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 0, types.Coin)
	a, b := people[0], people[1]
	d := a.propose(id, types.Coin/2)
	w.settle()
	a.sign(d.ID)
	w.settle()
	if err := b.agree(d.ID, d.ID); err != nil { // its nonces; its own signature does not go out
		t.Fatal(err)
	}
	if !b.see(d.ID).Agreed {
		t.Fatal("did not sign")
	}
	a.take(b, b.bare(id, d.ID, 2))
	b.take(a, a.bare(id, d.ID, 3))
	for i, p := range []*person{a, b} {
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		p.start()
		got, err := p.Decline(context.Background(), d.ID, "no more")
		if err != nil {
			t.Fatal(err)
		}
		// a gave nonces only; b signed the first attempt.
		if slices.Contains(got.Warnings, WarnStays) != (i == 1) {
			t.Errorf("person %d: %s, warnings %v", i, got.State, got.Warnings)
		}
	}
}
