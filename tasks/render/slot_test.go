package render

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Own checks go before others' work, each kind in its order.
func TestSlotOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s slot
		release, err := s.acquire(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var got []string
		for _, w := range []struct {
			name string
			own  bool
		}{{"foreign 1", false}, {"own 1", true}, {"foreign 2", false}, {"own 2", true}} {
			go func() {
				r, err := s.acquire(t.Context(), w.own)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				got = append(got, w.name)
				mu.Unlock()
				time.Sleep(time.Second)
				r()
			}()
			synctest.Wait()
		}
		release()
		release() // a second time does nothing
		time.Sleep(time.Minute)
		mu.Lock()
		defer mu.Unlock()
		if want := []string{"own 1", "own 2", "foreign 1", "foreign 2"}; !slices.Equal(got, want) {
			t.Errorf("order %v, want %v", got, want)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.taken || len(s.own)+len(s.foreign) != 0 {
			t.Error("the slot is not free in the end")
		}
	})
}

// Who gives up waiting neither keeps the slot nor stands in the way.
func TestSlotGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s slot
		why := errors.New("enough")
		release, _ := s.acquire(t.Context(), true)
		ctx, cancel := context.WithCancelCause(t.Context())
		ended := make(chan error)
		go func() {
			_, err := s.acquire(ctx, false)
			ended <- err
		}()
		synctest.Wait()
		cancel(why)
		if err := <-ended; !errors.Is(err, why) {
			t.Error(err)
		}
		release()
		if _, err := s.acquire(ctx, false); !errors.Is(err, why) {
			t.Error("an ended context got the slot:", err)
		}
		if s.taken || len(s.foreign) != 0 {
			t.Error("the slot is not free")
		}
	})
}

// What held work has is lent to own programs, one at a time; the lender goes on
// when the guest has left.
func TestSlotLent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		s := slot{changed: func() { told++ }}
		foreign, err := s.acquire(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		in := make(chan func(), 4)
		come := func() {
			go func() {
				r, err := s.acquire(t.Context(), true)
				if err != nil {
					t.Error(err)
					return
				}
				in <- r
			}()
			synctest.Wait()
		}
		come()
		if len(in) != 0 {
			t.Fatal("an own program runs beside another")
		}
		s.lend(true)
		synctest.Wait()
		if len(in) != 1 || !s.guests() || told != 1 {
			t.Fatalf("%d programs on what was lent, told %d times", len(in), told)
		}
		come()
		if len(in) != 1 {
			t.Fatal("two guests")
		}
		s.lend(false)
		if (<-in)(); s.guests() || len(in) != 0 {
			t.Fatal("a guest came after the lender's return")
		}
		s.lend(true)
		synctest.Wait()
		foreign() // the lender leaves: its place is the guest's
		if s.guests() || !s.taken || !s.ours {
			t.Fatal("the guest does not own the slot")
		}
		come()
		if len(in) != 1 {
			t.Fatal("an own program runs beside another")
		}
		(<-in)()
		synctest.Wait()
		(<-in)()
		if s.taken || s.guests() {
			t.Error("the slot is not free in the end")
		}
	})
}
