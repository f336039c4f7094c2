package tasks

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
)

// A node that stops answering loses its place after the lease, is paid for what
// it did, and is replaced.
func TestLeaseGoesToAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 60, reward: types.Coin / 100, pace: 10 * time.Second, places: 1}
		m := begin(t, dapp)
		a := m.node(2, dapp)
		id := m.post(types.Coin, 2000)
		m.mineUntil("a works", func() bool { return a.work(id).Ticket > 0 })
		b := m.node(3, dapp)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if s := b.work(id); s.State == "working" || !strings.Contains(s.Why, "enough nodes") {
			t.Fatalf("b %+v", s)
		}
		a.stop()
		time.Sleep(9 * time.Minute)
		synctest.Wait()
		if s := dapp.service(id); len(s.released) != 0 {
			t.Fatal("released before the lease ended")
		}
		m.mineUntil("b works", func() bool { return b.work(id).Ticket > 0 })
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 60*types.Coin/100)
		_, scores := m.w.job(id)
		if scores[a.key.Address()] == 0 || scores[b.key.Address()] == 0 {
			t.Fatalf("scores %v", scores)
		}
	})
}

// Bids run out before the work does: tickets stop exactly there, nodes are sent
// away, and a raise brings them back and pays what was still owed.
func TestBidsUsedAndRaised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 30, reward: types.Coin / 100, pace: 10 * time.Second}
		m := begin(t, dapp)
		a, b := m.node(2, dapp), m.node(3, dapp)
		bid := types.Coin/10 + 5*types.Coin/1000 // for 10.5 units
		id := m.post(bid, 3000)
		m.mineUntil("all recorded", func() bool { j, _ := m.w.job(id); return j.Remaining() == 0 })
		time.Sleep(time.Minute)
		synctest.Wait()
		if sum := a.work(id).Ticket + b.work(id).Ticket; sum != bid {
			t.Fatalf("tickets %v of bids %v", sum, bid)
		}
		if s := a.work(id); s.Connected || !strings.Contains(s.Why, "used up") {
			t.Fatalf("a %+v", s)
		}
		if _, err := m.coordinator.Raise(t.Context(), id, types.Coin); err != nil {
			t.Fatal(err)
		}
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 30*types.Coin/100)
		if dapp.service(id).updates == 0 {
			t.Fatal("the dapp was not told of the raise")
		}
	})
}

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 1000, reward: types.Coin / 1000, pace: 10 * time.Second}
		m := begin(t, dapp)
		a := m.node(2, dapp)
		id := m.post(types.Coin, 3000)
		m.mineUntil("work", func() bool { return a.work(id).Ticket > types.Coin/200 })
		if err := m.coordinator.Cancel(id); err != nil {
			t.Fatal(err)
		}
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, dapp.service(id).paid())
		m.mineUntil("node", func() bool { return a.work(id).State == "ended" })
		if s := a.work(id); s.Recorded != s.Ticket || len(s.Reports) != 0 {
			t.Fatalf("node %+v", s)
		}
	})
}

// A cancelled job that no block ever holds closes by itself.
func TestCancelUnminedJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := begin(t, &counting{units: 3})
		id, err := m.coordinator.Post(t.Context(), types.JobPost{Dapp: countingID(), Duration: 9, Bid: types.Coin}, nil)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if p := m.phase(id); p != PhaseWaiting {
			t.Fatalf("phase %q", p)
		}
		m.w.mu.Lock()
		m.w.pool = nil // replaced, or evicted
		m.w.mu.Unlock()
		m.w.notify()
		if err := m.coordinator.Cancel(id); err != nil {
			t.Fatal(err)
		}
		m.mineUntil("closed", func() bool { return m.phase(id) == PhaseExpired })
	})
}

// A node that fails an audit is dropped for good, and keeps what it earned.
func TestCheatIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		honest := &counting{units: 60, reward: types.Coin / 100, pace: 10 * time.Second, audit: time.Minute}
		cheat := &counting{pace: 10 * time.Second, cheats: true}
		m := begin(t, honest)
		m.post(types.MinScore, 10) // too small to matter: only there to be ranked below
		id := m.post(types.Coin, 3000)
		a := m.node(2, cheat)
		m.mineUntil("dropped", func() bool { return a.work(id).State != "working" && a.work(id).State != "connecting" })
		dials := m.n.dialled()
		m.node(3, honest)
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 60*types.Coin/100)
		own, _ := m.coordinator.Job(id)
		for _, s := range own.Nodes {
			if (s.Node == a.key.Address()) != (s.Dropped != "") {
				t.Fatalf("node %+v", s)
			}
		}
		if m.n.dialled()-dials > 40 {
			t.Fatalf("%d dials after the drop", m.n.dialled()-dials)
		}
	})
}

// A node that is stopped while it is asked something has not failed an audit.
func TestStoppedDuringAudit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := begin(t, &counting{units: 60, reward: types.Coin / 100, pace: 10 * time.Second, audit: time.Second})
		id := m.post(types.Coin, 3000)
		a := m.node(2, &counting{pace: time.Hour, ponders: true})
		for range 20 {
			m.mineUntil("asked", func() bool { return a.work(id).State == "working" })
			synctest.Wait()
			a.restart()
		}
		own, _ := m.coordinator.Job(id)
		if len(own.Nodes) != 1 || own.Nodes[0].Dropped != "" {
			t.Fatalf("nodes %+v", own.Nodes)
		}
	})
}

// Two processes with one key: the newer login wins, neither spins, and the work
// is paid once.
func TestTwoNodesOneAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 60, reward: types.Coin / 100, pace: 10 * time.Second}
		m := begin(t, dapp)
		a := m.node(2, dapp)
		id := m.post(types.Coin, 3000)
		m.mineUntil("a works", func() bool { return a.work(id).Ticket > 0 })
		b := m.node(2, dapp)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if sa, sb := a.work(id), b.work(id); sa.Connected || !sb.Connected || !strings.Contains(sa.Why, "newer login") {
			t.Fatalf("a %+v\nb %+v", sa, sb)
		}
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 60*types.Coin/100)
		if m.n.dialled() > 60 {
			t.Fatalf("%d dials", m.n.dialled())
		}
	})
}

// Contribute is switched off and on: the work is paused, not thrown away.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 60, reward: types.Coin / 100, pace: 10 * time.Second}
		m := begin(t, dapp)
		a := m.node(2, dapp)
		id := m.post(types.Coin, 3000)
		m.mineUntil("a works", func() bool { return a.work(id).Ticket > 0 })
		a.r.SetLimits(Limits{Jobs: 2, Off: "on battery"})
		synctest.Wait()
		if st := a.r.Status(); st.Working != 0 || st.Idle != "on battery" || a.work(id).State != "paused" {
			t.Fatalf("status %+v", st)
		}
		held := a.work(id).Ticket
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if a.work(id).Ticket != held {
			t.Fatal("worked while off")
		}
		a.r.SetLimits(Limits{Jobs: 2})
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 60*types.Coin/100)
	})
}

// Jobs are taken by rank, as many as allowed, and not below the limit.
func TestRunnerTakesTheBest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 1000, reward: types.Coin / 1000, pace: time.Minute}
		m := begin(t, dapp)
		low := m.post(types.Coin, 3000)
		high := m.post(3*types.Coin, 3000)
		mid := m.post(2*types.Coin, 3000)
		a := m.node(2, dapp)
		time.Sleep(time.Minute)
		synctest.Wait()
		if a.work(high).State != "working" || a.work(mid).State != "working" || a.work(low).State != "" {
			t.Fatalf("status %+v", a.r.Status())
		}
		a.r.SetLimits(Limits{Jobs: 3, Min: 2 * types.Coin})
		time.Sleep(time.Minute)
		synctest.Wait()
		if st := a.r.Status(); st.Working != 2 || st.Idle == "" {
			t.Fatalf("status %+v", st)
		}
		a.r.SetLimits(Limits{Jobs: 1})
		synctest.Wait()
		if st := a.r.Status(); st.Working != 1 {
			t.Fatalf("status %+v", st)
		}
	})
}

// An author who promises more than its bids: the node reports at once.
func TestOvercommittedAuthor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 1000, reward: types.Coin / 1000, pace: 10 * time.Second}
		m := begin(t, dapp)
		m.copt.ReportBlocks, m.copt.ReportAmount = 2000, 100*types.Coin
		m.kill()
		m.startCoordinator()
		a := m.node(2, dapp)
		id := m.post(types.Coin, 3000)
		m.mineUntil("a works", func() bool { return a.work(id).Ticket >= 20*types.Coin/1000 })
		// The author scores a friend with nearly all of the bids.
		friend := newKey(99).Address()
		w := m.w.wallet(m.author)
		_, err := w.SubmitReport(t.Context(), &types.ScoreReport{Job: id, Entries: []types.ScoreEntry{{Address: friend, Cumulative: types.Coin - types.Coin/100}}})
		if err != nil {
			t.Fatal(err)
		}
		m.mineUntil("own report", func() bool { return a.work(id).Recorded > 0 })
		if s := a.work(id); len(s.Reports) != 1 || s.Recorded != types.Coin/100 {
			t.Fatalf("node %+v", s)
		}
	})
}

// A disk of the requester that went back in time: tickets that nodes hold are
// still owed.
func TestForgottenTicketIsRestored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 1000, reward: types.Coin / 1000, pace: 10 * time.Second}
		m := begin(t, dapp)
		a := m.node(2, dapp)
		id := m.post(types.Coin, 3000)
		m.mineUntil("a works", func() bool { return a.work(id).Ticket >= 20*types.Coin/1000 })
		m.kill()
		held := a.work(id).Ticket
		c, err := NewCoordinator(m.copt)
		if err != nil {
			t.Fatal(err)
		}
		j := c.job(id)
		j.st.Nodes = map[hexAddress]nodeRow{}
		if err := j.saveLocked(); err != nil {
			t.Fatal(err)
		}
		j.journal.Close()
		m.startCoordinator()
		m.mineUntil("restored", func() bool {
			own, _ := m.coordinator.Job(id)
			return len(own.Nodes) == 1 && own.Nodes[0].Ticket >= held
		})
		m.mineUntil("goes on", func() bool { return a.work(id).Ticket > held })
	})
}

// A dapp whose requester side cannot start says so, and starts when it can.
func TestServeFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 5, reward: types.Coin / 100, pace: time.Second, serveIt: errTest}
		m := begin(t, dapp)
		m.node(2, dapp)
		id := m.post(types.Coin, 3000)
		time.Sleep(time.Minute)
		synctest.Wait()
		if own, _ := m.coordinator.Job(id); !strings.Contains(own.Note, errTest.Error()) {
			t.Fatalf("note %q", own.Note)
		}
		dapp.serveIt = nil
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
	})
}
