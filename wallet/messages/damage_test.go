package messages_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"supercomputing/wallet"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/vault"
)

// What can be read of a damaged history is shown, what cannot is told, stays
// where it is and keeps nothing else from going on.
func TestDamagedIsShownAsSuch(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob, eve, ida := w.person("ann", nil), w.person("bob", nil), w.person("eve", nil), w.person("ida", nil)
		eve.write(bob, "before")
		w.settle()
		ann.write(bob, "fine")
		last := ann.write(bob, "to be damaged")
		ida.write(bob, "the only one")
		w.settle()
		bob.befriend(ann)
		bob.befriend(ida)
		// Ann's last message decodes and its envelope does not; Ida's row is cut.
		secret, _ := bob.Purpose("messages")
		sealed, err := vault.New(bob.disk, secret)
		if err != nil {
			t.Fatal(err)
		}
		damage := func() {
			bob.halt()
			var list []wallet.Change
			err := sealed.Load(func(k string, v []byte) error {
				switch {
				case k[0] != 'm':
				case bytes.Contains(v, []byte("to be damaged")):
					at := bytes.Index(v, []byte("to be damaged"))
					list = append(list, wallet.Change{Key: k, Value: append(append(bytes.Clone(v[:at]), 0xff, 0xff), v[at+2:]...)})
				case bytes.Contains(v, []byte("the only one")):
					list = append(list, wallet.Change{Key: k, Value: v[:20]})
				}
				return nil
			})
			if err == nil {
				err = sealed.Commit(list)
			}
			if err != nil || len(list) != 2 {
				t.Fatal(len(list), err)
			}
			bob.open()
			bob.start()
		}
		damage()
		seen := make(map[string]messages.Conversation)
		for _, q := range []messages.ConversationsQuery{{}, {Requests: true}} {
			list, err := bob.Conversations(q)
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range list {
				for _, o := range []*person{ann, eve, ida} {
					if o.addr == k.Peer {
						seen[o.name] = k
					}
				}
			}
		}
		if k := seen["eve"]; k.Last == nil || k.Last.Text != "before" || k.Damaged != 0 {
			t.Errorf("eve: %+v", k)
		}
		if k := seen["ann"]; k.Damaged != 1 || len(k.Warnings) != 1 || k.Last == nil || !k.Last.Damaged || k.Last.Text != "" || len(k.Last.Warnings) != 1 {
			t.Errorf("ann: %+v", k)
		}
		if k := seen["ida"]; k.Damaged != 1 || len(k.Warnings) != 1 || k.Last != nil || k.Count != 0 {
			t.Errorf("ida: %+v", k)
		}
		list, err := bob.Messages(ann.addr, nil, 0)
		if err != nil || len(list) != 2 || !list[0].Damaged || list[1].Text != "fine" {
			t.Fatalf("%+v, %v", list, err)
		}
		if m, err := bob.Message(history.Key{Peer: ann.addr, ID: last.ID}.Ref()); err != nil || !m.Damaged {
			t.Errorf("%+v, %v", m, err)
		}
		if got, err := bob.Search(context.Background(), "fine", nil, 0); err != nil || len(got) != 1 {
			t.Errorf("%+v, %v", got, err)
		}
		warned, err := bob.Center.Damaged()
		var one history.Damage
		if err != nil || len(warned) != 1 || !errors.As(error(warned[0]), &one) || one.Peer != ida.addr || one.Row != "message" {
			t.Errorf("%v, %v", warned, err)
		}
		// It goes on.
		ann.write(bob, "more")
		w.settle()
		w.mine(1)
		w.settle()
		if got := bob.conversation(ann); len(got) != 3 || got[2] != "more" {
			t.Errorf("%q", got)
		}
		if err := bob.MarkRead(ann.addr, nil); err != nil {
			t.Error(err)
		}
	})
}
