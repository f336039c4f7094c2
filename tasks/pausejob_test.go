package tasks

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
)

// A paused job sends its nodes away and pays nothing; when it goes on they come
// back to their places, and all of it is done and paid once.
func TestPauseOwnJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 60, reward: types.Coin / 100, pace: 10 * time.Second}
		m := begin(t, dapp)
		a := m.node(2, dapp)
		id := m.post(types.Coin, 3000)
		m.mineUntil("a works", func() bool { return a.work(id).Ticket > 0 })
		if err := m.coordinator.Pause(id, true); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		held := a.work(id).Ticket
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if s := a.work(id); s.Ticket != held || s.Connected {
			t.Fatalf("worked while paused: %+v", s)
		}
		o, err := m.coordinator.Job(id)
		if err != nil || !o.Paused || o.Phase != PhaseWorking {
			t.Fatalf("%+v, %v", o, err)
		}
		if err := m.coordinator.Pause(id, false); err != nil {
			t.Fatal(err)
		}
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 60*types.Coin/100)
		if err := m.coordinator.Pause(id, true); !errors.Is(err, ErrEnded) {
			t.Errorf("pausing what is over: %v", err)
		}
		if err := m.coordinator.Pause(types.Hash{1}, true); !errors.Is(err, ErrUnknownJob) {
			t.Errorf("pausing an unknown job: %v", err)
		}
	})
}

// A pause lasts over restarts, and can be cancelled.
func TestPauseLasts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 1000, reward: types.Coin / 1000, pace: 10 * time.Second}
		m := begin(t, dapp)
		a := m.node(2, dapp)
		id := m.post(types.Coin, 3000)
		m.mineUntil("work", func() bool { return a.work(id).Ticket > 0 })
		if err := m.coordinator.Pause(id, true); err != nil {
			t.Fatal(err)
		}
		m.restartCoordinator()
		synctest.Wait()
		held := a.work(id).Ticket
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		o, err := m.coordinator.Job(id)
		if err != nil || !o.Paused || a.work(id).Ticket != held {
			t.Fatalf("%+v, %v, ticket %v of %v", o, err, a.work(id).Ticket, held)
		}
		if err := m.coordinator.Cancel(id); err != nil {
			t.Fatal(err)
		}
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, dapp.service(id).paid())
	})
}
