package accounts

import (
	"context"
	"fmt"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet"
)

// All ways of signing, with letters that come twice and in any order.
func TestSignTogether(t *testing.T) {
	for _, c := range []struct {
		n, required int
		lossy       bool
	}{{3, 0, false}, {3, 0, true}, {3, 2, false}, {3, 2, true}, {2, 2, true}} {
		if raceOn && (!c.lossy || c.n == 3) {
			continue
		}
		t.Run(fmt.Sprintf("%d of %d lossy %v", c.required, c.n, c.lossy), func(t *testing.T) {
			w := newWorld(t, nil)
			w.lossy = c.lossy
			id, people := w.team(c.n, c.required, types.Coin, 2*types.Coin)
			w.refuse = 2
			d := people[0].propose(id, 5*types.Coin/2)
			if len(d.Inputs) != 2 || d.Fee <= 0 || d.Total != d.Fee+5*types.Coin/2 || len(d.Outputs) != 2 || !d.CanSign || d.Note != "rent" {
				t.Fatalf("proposal %+v", d)
			}
			w.settle()
			need := c.required
			if need == 0 {
				need = c.n
			}
			for i, p := range people {
				o := p.see(d.ID)
				if o.Fee != d.Fee || o.Total != d.Total || !o.CanSign || o.Proposer != people[0].accounts[id].me {
					t.Errorf("member %d sees %+v", i, o)
				}
				if got := p.account(id); got.Open != 1 || got.ToSign != 1 || got.Balance.Held != 3*types.Coin {
					t.Errorf("member %d: account %+v", i, got)
				}
				if i < need {
					p.sign(d.ID)
				}
				if i < need-1 && w.rnd.IntN(2) == 0 {
					w.settle()
				}
			}
			w.settle()
			w.wantState(d.ID, StateSent)
			w.mine(1)
			w.wantState(d.ID, StateConfirmed)
			got := people[0].see(d.ID)
			if got.Height == 0 || got.CanSign {
				t.Errorf("confirmed as %+v", got)
			}
			if b := people[c.n-1].account(id).Balance; b.Total != 3*types.Coin-d.Total || b.Held != 0 {
				t.Errorf("balance %+v", b)
			}
		})
	}
}

func TestFifteen(t *testing.T) {
	if testing.Short() || raceOn {
		t.Skip("slow")
	}
	w := newWorld(t, nil)
	id, people := w.team(15, 0, types.Coin)
	d := people[3].propose(id, types.Coin/2)
	w.settle()
	for _, p := range people {
		p.sign(d.ID)
	}
	w.settle()
	w.wantState(d.ID, StateSent)
}

// A member's program dies after each step and starts again: nonces are gone,
// consent is not, and nobody is asked twice.
func TestCrashes(t *testing.T) {
	for _, required := range []int{0, 2} {
		for step := range 12 {
			if raceOn && step%6 != required+1 {
				continue
			}
			t.Run(fmt.Sprintf("required %d, step %d", required, step), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, nil)
				id, people := w.team(2, required, types.Coin)
				d := people[0].propose(id, types.Coin/2)
				w.settle()
				people[0].sign(d.ID)
				at := 0
				crash := func() {
					if at++; at == step+1 {
						victim := people[step%2]
						if err := victim.Close(); err != nil {
							t.Fatal(err)
						}
						victim.start()
					}
				}
				crash()
				people[1].sign(d.ID)
				for range 12 {
					crash()
					w.deliver()
					crash()
					for _, p := range people {
						p.Tick(context.Background())
					}
				}
				w.settle()
				w.wantState(d.ID, StateSent)
			})
		}
	}
}

// A member that vanishes after its nonces stops nothing for ever: when it comes
// back, a new attempt begins by itself.
func TestVanish(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(3, 0, types.Coin)
	d := people[0].propose(id, types.Coin/2)
	w.settle()
	people[2].sign(d.ID)
	w.settle()
	people[2].away = true
	people[0].sign(d.ID)
	people[1].sign(d.ID)
	w.settle()
	if got := people[0].see(d.ID); got.Round != 2 || got.Signed != 2 || got.State != StateOpen {
		t.Fatalf("without the third: %+v", got)
	}
	if err := people[2].Close(); err != nil {
		t.Fatal(err)
	}
	people[2].start()
	people[2].away = false
	w.settle()
	w.wantState(d.ID, StateSent)
	if got := people[1].see(d.ID); got.Attempt < 2 {
		t.Errorf("attempt %d", got.Attempt)
	}
}

func TestRestart(t *testing.T) {
	w := newWorld(t, nil)
	id, people := w.team(2, 0, types.Coin)
	d := people[0].propose(id, types.Coin/2)
	_, err := people[0].Restart(context.Background(), d.ID)
	wantErr(t, "before agreeing", err, ErrNotAgreed)
	w.settle()
	people[0].sign(d.ID)
	for range 3 {
		if _, err := people[0].Restart(context.Background(), d.ID); err != nil {
			t.Fatal(err)
		}
	}
	people[1].sign(d.ID)
	w.lossy = true
	w.settle()
	w.wantState(d.ID, StateSent)
	_, err = people[0].Restart(context.Background(), d.ID)
	wantErr(t, "when sent", err, ErrOver)
}

func TestDecline(t *testing.T) {
	alone(t)
	for _, c := range []struct {
		n, required, declines int
		want                  State
	}{{3, 0, 1, StateDeclined}, {3, 2, 1, StateOpen}, {3, 2, 2, StateDeclined}} {
		w := newWorld(t, nil)
		id, people := w.team(c.n, c.required, types.Coin)
		d := people[0].propose(id, types.Coin/2)
		w.settle()
		for _, p := range people[1 : 1+c.declines] {
			if _, err := p.Decline(context.Background(), d.ID, "too\u202e dear"); err != nil {
				t.Fatal(err)
			}
		}
		w.settle()
		w.wantState(d.ID, c.want)
		got := people[0].see(d.ID).Members[people[1].accounts[id].me]
		if got.State != MemberDeclined || got.Note != "too dear" {
			t.Errorf("the decliner stands as %+v", got)
		}
		if held := people[0].account(id).Balance.Held; (held > 0) != (c.want == StateOpen) {
			t.Errorf("%v held while %s", held, c.want)
		}
	}
}

func TestOverInTime(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 2, types.Coin)
	d := people[0].propose(id, types.Coin/2)
	w.settle()
	people[0].sign(d.ID)
	_, err := people[0].Decline(context.Background(), d.ID, "")
	wantErr(t, "declining after signing", err, ErrSigned)
	wantErr(t, "forgetting an open one", people[1].Forget(context.Background(), d.ID), ErrOpen)
	w.now = w.now.Add(expireAfter + time.Second)
	w.settle()
	w.wantState(d.ID, StateExpired)
	_, err = people[1].Sign(context.Background(), d.ID, d.ID)
	wantErr(t, "signing an expired one", err, ErrOver)
	if err := people[1].Forget(context.Background(), d.ID); err != nil {
		t.Fatal(err)
	}
	_, err = people[1].Proposal(d.ID)
	wantErr(t, "a forgotten one", err, ErrNoProposal)
}

// Two proposals for the same coin, made while their makers did not hear of each
// other: the first that is mined ends the other.
func TestCoinsSpentOtherwise(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 2, types.Coin)
	a, b := people[0].propose(id, types.Coin/2), people[1].propose(id, types.Coin/3)
	w.settle()
	if got := people[0].see(b.ID); len(got.Warnings) == 0 || got.Warnings[len(got.Warnings)-1] != WarnConflict {
		t.Errorf("warnings %v", got.Warnings)
	}
	_, err := people[0].Propose(context.Background(), Request{Account: id, Outputs: []wallet.Output{{Address: ben.Address(), Amount: types.Coin / 4}}})
	wantErr(t, "proposing held coins", err, wallet.ErrFunds)
	_, err = people[0].Sign(context.Background(), a.ID, b.ID)
	wantErr(t, "signing another than shown", err, ErrShown)
	for _, p := range people {
		p.sign(a.ID)
	}
	w.settle()
	w.wantState(a.ID, StateSent)
	_, err = people[0].Sign(context.Background(), b.ID, b.ID)
	wantErr(t, "signing the rival", err, ErrCoinSpent)
	w.mine(1)
	w.settle()
	w.wantState(b.ID, StateDead)
	w.wantState(a.ID, StateConfirmed)
}

func TestRecords(t *testing.T) {
	alone(t)
	w := newWorld(t, nil)
	id, people := w.team(2, 0)
	post := &types.Message{Public: true, Body: []byte("news")}
	_, err := people[0].Propose(context.Background(), Request{Account: id, Record: post})
	wantErr(t, "a record without a coin", err, wallet.ErrNoAuthorCoin)
	w.pay(people[0].account(id).Address, types.Coin)
	w.mine(1)
	d, err := people[0].Propose(context.Background(), Request{Account: id, Record: post})
	if err != nil {
		t.Fatal(err)
	}
	w.settle()
	got := people[1].see(d.ID)
	if m, ok := got.Record.(*types.Message); !ok || string(m.Body) != "news" || got.Total != got.Fee {
		t.Errorf("record %+v", got)
	}
	for _, p := range people {
		p.sign(d.ID)
	}
	w.settle()
	w.mine(1)
	w.wantState(d.ID, StateConfirmed)
	_, err = people[0].Propose(context.Background(), Request{Account: id})
	wantErr(t, "nothing", err, ErrNothing)
}

// Under Run everything happens by itself.
func TestRun(t *testing.T) {
	w := newWorld(t, nil)
	id, people := w.team(2, 2, types.Coin)
	ctx, cancel := context.WithCancel(context.Background())
	changed, unsubscribe := people[0].Subscribe()
	defer unsubscribe()
	done := make(chan error)
	go func() { done <- people[0].Run(ctx) }()
	d := people[0].propose(id, types.Coin/2)
	<-changed
	people[0].sign(d.ID)
	cancel()
	if err := <-done; err != context.Canceled {
		t.Errorf("Run ended with %v", err)
	}
	if err := people[0].Remove(id); err != nil {
		t.Fatal(err)
	}
	if len(people[0].wallets) != 0 || len(people[0].Accounts()) != 0 || len(people[0].Proposals(AccountID{})) != 0 {
		t.Error("something is left of a removed account")
	}
	if _, err := people[0].Import("Again", people[0].invite(people[1], id)); err != nil {
		t.Fatal(err)
	}
	if a := people[0].account(id); a.Name != "Again" || a.Members[people[1].accounts[id].me].Address != people[1].self {
		t.Errorf("account from an invitation: %+v", a)
	}
}

func (p *person) invite(from *person, id AccountID) string {
	p.w.t.Helper()
	text, err := from.Invitation(id)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return text
}
