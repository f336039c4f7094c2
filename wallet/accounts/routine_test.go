package accounts

import (
	"context"
	"errors"
	"testing"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/types"
)

// toEpoch mines until the tip is in an epoch.
func (w *world) toEpoch(epoch uint64) {
	w.t.Helper()
	w.gen.SkipTo(epoch * w.gen.Params.EpochSlots)
	w.mine(1)
}

func (w *world) epoch() uint64 { return w.gen.Params.Epoch(w.gen.Tip().Header.Slot) }

func TestSweep(t *testing.T) {
	w := newWorld(t, nil)
	id, people := w.team(3, 2)
	w.toEpoch(2)
	address := people[0].account(id).Address
	for _, p := range people {
		r, err := p.PutRoutine(Routine{Account: id, Kind: RoutineSweep, Epochs: 2, To: ben.Address(), Note: "unspent income"})
		if err != nil {
			t.Fatal(err)
		}
		if r.Next != 4 || r.ID != people[0].Routines(id)[0].ID {
			t.Errorf("routine %+v", r)
		}
	}
	w.pay(address, types.Coin, 2*types.Coin)
	w.mine(1)
	w.settle()
	if got := people[0].Proposals(id); len(got) != 0 {
		t.Fatalf("swept before the period was over: %+v", got)
	}
	w.toEpoch(4)
	w.pay(address, 5*types.Coin) // of the next period
	w.mine(1)
	w.lossy = true
	w.settle()
	var id1 types.Hash
	for _, p := range people {
		got := p.Proposals(id)
		if len(got) != 1 || len(got[0].Outputs) != 1 || got[0].Total != 3*types.Coin || got[0].Outputs[0].Address != ben.Address() {
			t.Fatalf("proposals %+v", got)
		}
		id1 = got[0].ID
		if r := p.Routines(id)[0]; got[0].Routine != r.ID {
			t.Errorf("of routine %v", got[0].Routine)
		}
	}
	if first := people[0].see(id1).Proposer; first != 0 {
		t.Errorf("proposed by member %d", first)
	}
	// A restart proposes nothing again.
	for _, p := range people {
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		p.start()
	}
	w.gen.SkipTo(w.gen.Tip().Header.Slot + 50)
	w.mine(1)
	w.settle()
	if got := people[2].Proposals(id); len(got) != 1 {
		t.Fatalf("%d proposals after a restart", len(got))
	}
	for _, p := range people[:2] {
		p.sign(id1)
	}
	w.settle()
	w.mine(1)
	w.settle()
	w.wantState(id1, StateConfirmed)
	for _, p := range people {
		if r := p.Routines(id)[0]; r.Next != 6 || r.Last != id1 || r.Problem != "" {
			t.Errorf("routine %+v", r)
		}
	}
	w.toEpoch(6)
	w.settle()
	got := people[1].Proposals(id)
	if len(got) != 2 || got[0].Total != 5*types.Coin && got[1].Total != 5*types.Coin {
		t.Errorf("the next period: %+v", got)
	}
}

// When the first member is away, the next one proposes some slots later.
func TestTurns(t *testing.T) {
	w := newWorld(t, nil)
	id, people := w.team(2, 2, types.Coin)
	first := people[0]
	if first.accounts[id].me != 0 {
		first = people[1]
	}
	first.away = true
	for _, p := range people {
		if _, err := p.PutRoutine(Routine{Account: id, Kind: RoutineSweep, Epochs: 4, To: ben.Address()}); err != nil {
			t.Fatal(err)
		}
	}
	w.toEpoch(w.epoch()/4*4 + 4)
	w.settle()
	for _, p := range people {
		if len(p.Proposals(id)) != 0 {
			t.Fatal("the second did not wait for the first")
		}
	}
	w.gen.SkipTo(w.gen.Tip().Header.Slot + turnSlots)
	w.mine(1)
	w.settle()
	for _, p := range people {
		if got := p.Proposals(id); (len(got) == 1) == p.away {
			t.Errorf("%d proposals", len(got))
		}
	}
	first.away = false
	w.settle()
	if got := first.Proposals(id); len(got) != 1 {
		t.Errorf("%d proposals when the first is back", len(got))
	}
}

// jobs makes the jobs of a test.
type jobs struct {
	err     error
	adopted []types.Hash
}

func (j *jobs) Make(_ context.Context, spec []byte) (*types.JobPost, func(types.Hash) error, error) {
	if j.err != nil {
		return nil, nil, j.err
	}
	post := &types.JobPost{Dapp: chaintest.DappID(), Spec: spec, Duration: 100, Bid: types.Coin / 10}
	return post, func(id types.Hash) error {
		j.adopted = append(j.adopted, id)
		return nil
	}, nil
}

func TestTask(t *testing.T) {
	w := newWorld(t, nil)
	id, people := w.team(2, 2, types.Coin)
	_, err := people[0].PutRoutine(Routine{Account: id, Kind: RoutineTask, Job: []byte("render"), Note: "daily"})
	wantErr(t, "without jobs", err, ErrNoJobs)
	maker := &jobs{err: errors.New("the file is gone")}
	p := people[0]
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p.jobs = maker
	p.start()
	r, err := p.PutRoutine(Routine{Account: id, Kind: RoutineTask, Job: []byte("render"), Note: "daily"})
	if err != nil {
		t.Fatal(err)
	}
	w.gen.SkipTo((w.epoch()+1)*60 + 30) // whichever member's turn
	w.mine(1)
	w.settle()
	if got := p.Routines(id)[0]; got.Problem == "" {
		t.Errorf("no problem told: %+v", got)
	}
	maker.err = nil
	w.gen.SkipTo((w.epoch()+1)*60 + 30)
	w.mine(1)
	w.settle()
	got := people[1].Proposals(id)
	if len(got) != 1 || len(maker.adopted) != 1 || maker.adopted[0] != got[0].ID {
		t.Fatalf("proposals %+v, adopted %v", got, maker.adopted)
	}
	post, ok := got[0].Record.(*types.JobPost)
	if !ok || post.Operator != p.self || got[0].Bid != types.Coin/10 || got[0].Note != "daily" {
		t.Errorf("proposal %+v", got[0])
	}
	if s := p.Routines(id)[0]; s.Next <= r.Next || s.Problem != "" {
		t.Errorf("routine %+v", s)
	}
	r = p.Routines(id)[0]
	r.Paused = true
	if _, err := p.PutRoutine(r); err != nil {
		t.Fatal(err)
	}
	for _, q := range people {
		q.sign(got[0].ID)
	}
	w.settle()
	w.toEpoch(r.Next + 3)
	w.settle()
	w.wantState(got[0].ID, StateConfirmed)
	if n := len(p.Proposals(id)); n != 1 {
		t.Errorf("a paused task proposed: %d", n)
	}
	if err := p.DeleteRoutine(r.ID); err != nil || len(p.Routines(AccountID{})) != 0 {
		t.Errorf("deleting: %v", err)
	}
	wantErr(t, "deleting again", p.DeleteRoutine(r.ID), ErrNoRoutine)
}

func TestBadRoutines(t *testing.T) {
	w := newWorld(t, nil)
	id, people := w.team(2, 2)
	for _, c := range []struct {
		what string
		r    Routine
		want error
	}{
		{"no account", Routine{Kind: RoutineSweep, To: ben.Address()}, ErrNoAccount},
		{"no kind", Routine{Account: id, To: ben.Address()}, ErrRoutine},
		{"nowhere to sweep", Routine{Account: id, Kind: RoutineSweep}, ErrRoutine},
		{"to itself", Routine{Account: id, Kind: RoutineSweep, To: people[0].account(id).Address}, ErrRoutine},
		{"no job", Routine{Account: id, Kind: RoutineTask}, ErrRoutine},
		{"for ever", Routine{Account: id, Kind: RoutineSweep, To: ben.Address(), Epochs: maxEpochs + 1}, ErrRoutine},
		{"unknown id", Routine{ID: RoutineID{1}, Account: id, Kind: RoutineSweep, To: ben.Address()}, ErrNoRoutine},
	} {
		_, err := people[0].PutRoutine(c.r)
		wantErr(t, c.what, err, c.want)
	}
}
