package messages_test

import (
	"errors"
	"slices"
	"testing"

	"supercomputing/chain/types"
	"supercomputing/wallet/messages"
)

// Where somebody is reached is learned from those who introduce two members of
// an account to each other, and better from the member itself; of strangers
// nothing is kept.
func TestIntroduce(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		bob, eve := w.person("bob", nil), w.person("eve", nil)
		ann := w.person("ann", func(o *messages.Options) { o.Member = func(a types.Address) bool { return a == bob.addr } })
		if err := ann.Introduce(bob.addr, "no contact"); !errors.Is(err, messages.ErrReach) {
			t.Errorf("nonsense: %v", err)
		}
		for _, self := range []types.Address{ann.addr, {}} {
			if err := ann.Introduce(self, "1.2.3.4:5"); err != nil || ann.ContactOf(self) != "" {
				t.Errorf("introduced %v: %v", self, err)
			}
		}
		if err := ann.Introduce(bob.addr, "1.2.3.4:5"); err != nil || ann.ContactOf(bob.addr) != "1.2.3.4:5" {
			t.Fatalf("%q, %v", ann.ContactOf(bob.addr), err)
		}
		if err := ann.Introduce(bob.addr, "6.6.6.6:6"); err != nil || ann.ContactOf(bob.addr) != "1.2.3.4:5" {
			t.Fatalf("an introduction replaced what was known: %q, %v", ann.ContactOf(bob.addr), err)
		}
		ann.Reach(bob.addr, "7.7.7.7:7") // of its own mouth
		ann.Reach(eve.addr, "6.6.6.6:6")
		if ann.ContactOf(bob.addr) != "7.7.7.7:7" || ann.ContactOf(eve.addr) != "" {
			t.Fatalf("told: %q, %q", ann.ContactOf(bob.addr), ann.ContactOf(eve.addr))
		}
		if ann.Known(eve.addr) {
			t.Error("who told where it is reached is known by that")
		}
		if list, err := ann.Correspondents(); err != nil || len(list) != 0 {
			t.Errorf("correspondents: %+v, %v", list, err)
		}
		ann.befriend(bob)
		list, err := ann.Correspondents()
		if want := []messages.Correspondent{{Address: bob.addr, Contact: "7.7.7.7:7"}}; err != nil || !slices.Equal(list, want) {
			t.Errorf("correspondents: %+v, %v", list, err)
		}
		if err := ann.block(bob); err != nil {
			t.Fatal(err)
		}
		if list, err := ann.Correspondents(); err != nil || len(list) != 0 {
			t.Errorf("a blocked one is greeted: %+v, %v", list, err)
		}
	})
}
