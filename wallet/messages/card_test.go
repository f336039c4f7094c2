package messages_test

import (
	"slices"
	"strings"
	"testing"

	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
)

// Who asks to be paid elsewhere than at its own address is seen to.
func TestPayee(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob, eve := w.person("ann", nil), w.person("bob", nil), w.person("eve", nil)
		for _, c := range []struct {
			payee *person
			warns bool
		}{{ann, false}, {eve, true}} {
			ann.write(bob, "", func(d *messages.Draft) {
				d.Body = &envelope.Payment{Amount: coin, Address: c.payee.addr, Title: "lunch"}
			})
			w.settle()
			got, err := bob.Messages(ann.addr, nil, 1)
			if err != nil || len(got) != 1 {
				t.Fatal(got, err)
			}
			warned := slices.ContainsFunc(got[0].Warnings, func(s string) bool { return strings.Contains(s, "another address") })
			if warned != c.warns {
				t.Fatalf("%s: %q", c.payee.name, got[0].Warnings)
			}
			mine, err := ann.Messages(bob.addr, nil, 1)
			if err != nil || len(mine[0].Warnings) != 0 {
				t.Fatal(mine, err)
			}
		}
	})
}
