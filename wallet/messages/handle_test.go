package messages_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"supercomputing/chain/types"
)

// One message that its handler never takes is set aside after some tries: those
// behind it go on, also over a restart, and it is taken once that works.
func TestHandlerErrorsAreBounded(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.befriend(ann) // strangers have little room
		var mu sync.Mutex
		var got []string
		bad, tries := true, 0
		start := func() {
			bob.halt()
			bob.open()
			bob.HandleAccount(func(_ context.Context, _ types.Address, payload []byte) error {
				mu.Lock()
				defer mu.Unlock()
				if string(payload) == "bad" && bad {
					tries++
					return errors.New("never")
				}
				got = append(got, string(payload))
				return nil
			})
			bob.start()
		}
		send := func(list ...string) {
			t.Helper()
			for _, s := range list {
				if err := ann.SendAccount(context.Background(), bob.addr, []byte(s)); err != nil {
					t.Fatal(err)
				}
			}
			w.settle()
		}
		want := func(most int, list ...string) {
			t.Helper()
			w.settle()
			mu.Lock()
			defer mu.Unlock()
			if !slices.Equal(got, list) || tries > most {
				t.Fatalf("handled %q after %d tries, want %q after %d", got, tries, list, most)
			}
		}
		start()
		send("one", "bad", "two")
		for range 20 { // what comes meanwhile hurries nothing
			send("three")
		}
		want(1, "one")
		time.Sleep(12 * time.Minute)
		mu.Lock()
		got = slices.Compact(got)
		mu.Unlock()
		want(8, "one", "two", "three")
		send("four")
		want(8, "one", "two", "three", "four")
		start()
		send("five")
		time.Sleep(12 * time.Minute)
		want(17, "one", "two", "three", "four", "five")
		mu.Lock()
		bad = false
		mu.Unlock()
		time.Sleep(2 * time.Hour)
		want(20, "one", "two", "three", "four", "five", "bad")
	})
}
