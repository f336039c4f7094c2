package tasks

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
)

// While work is held a node keeps its place and takes nothing new; held for
// long it gives the place back, and goes on later.
func TestHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 200, reward: types.Coin / 1000, pace: 10 * time.Second}
		m := begin(t, dapp)
		a := m.node(2, dapp)
		id := m.post(types.Coin, 3000)
		m.mineUntil("a works", func() bool { return a.work(id).Ticket > 0 })
		a.r.SetLimits(Limits{Jobs: 2, Hold: "the processor is hot"})
		other := m.post(2*types.Coin, 3000)
		time.Sleep(4 * time.Minute)
		synctest.Wait()
		if s := a.work(id); !s.Connected || s.State != "paused" || s.Why != "the processor is hot" {
			t.Fatalf("held for a while: %+v", s)
		}
		if st := a.r.Status(); st.Working != 0 || st.Idle != "the processor is hot" || a.work(other).State != "" {
			t.Fatalf("status %+v", st)
		}
		// The reasons change; the time goes on.
		a.r.SetLimits(Limits{Jobs: 2, Hold: "snoozed"})
		time.Sleep(90 * time.Second)
		synctest.Wait()
		if s := a.work(id); s.Connected || s.State != "paused" || s.Why != "snoozed" {
			t.Fatalf("held for long: %+v", s)
		}
		a.r.SetLimits(Limits{Jobs: 2})
		m.mineUntil("both go on", func() bool { return a.work(id).Connected && a.work(other).Connected })
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted && m.phase(other) == PhaseCompleted })
		m.checkPaid(id, 200*types.Coin/1000)
	})
}

// A dapp that is switched off gets no work, and what was begun of it pauses.
func TestSkip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 100, reward: types.Coin / 1000, pace: 10 * time.Second}
		m := begin(t, dapp)
		a := m.node(2, dapp)
		id := m.post(types.Coin, 3000)
		m.mineUntil("a works", func() bool { return a.work(id).Ticket > 0 })
		a.r.SetLimits(Limits{Jobs: 2, Skip: []string{dapp.Name()}})
		other := m.post(2*types.Coin, 3000)
		time.Sleep(time.Minute)
		synctest.Wait()
		if s := a.work(id); s.Connected || s.State != "paused" || !strings.Contains(s.Why, "switch it on") || a.work(other).State != "" {
			t.Fatalf("%+v", s)
		}
		if st := a.r.Status(); !strings.Contains(st.Idle, "switched "+dapp.Name()+" off") {
			t.Fatalf("idle because %q", st.Idle)
		}
		a.r.SetLimits(Limits{Jobs: 2})
		m.mineUntil("it goes on", func() bool { return a.work(id).Connected })
	})
}
