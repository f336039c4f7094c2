package messages_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/safetext"
	"supercomputing/wallet/talk"
	"supercomputing/wallet/vault"
)

// A minimum fee keeps strangers' cheap messages apart, and a stranger that
// comes directly learns of it.
func TestMinimumFee(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		s, err := bob.Settings()
		if err != nil {
			t.Fatal(err)
		}
		if s.MinFee = coin / 10; bob.SetSettings(s) != nil {
			t.Fatal("settings")
		}
		direct := ann.write(bob, "direct", way(history.Direct, 0))
		w.settle()
		if m := ann.status(direct, history.Failed); !strings.Contains(m.Problem, "0.1") {
			t.Fatal(m.Problem)
		}
		q, err := ann.Center.Quote(context.Background(), messages.Draft{To: bob.addr, Body: text("x"), Way: history.Chain})
		if err != nil || q.LeastExtra != coin/10 || len(q.Notes) == 0 {
			t.Fatalf("%+v, %v", q, err)
		}
		ann.write(bob, "cheap", way(history.Chain, 0))
		w.settle()
		w.mine(1)
		w.settle()
		if bob.list(messages.ConversationsQuery{Filtered: true}) != "ann" || bob.list(messages.ConversationsQuery{Requests: true}) != "" {
			t.Fatal("a cheap message is not filtered")
		}
		if a, r, _ := bob.Unread(); a+r != 0 {
			t.Fatal("a filtered message counts")
		}
		// An automatic one pays what is asked, when it may.
		ann.write(bob, "dear", way(history.Auto, coin))
		w.settle()
		w.mine(1)
		w.settle()
		if bob.list(messages.ConversationsQuery{Requests: true}) != "ann" || bob.list(messages.ConversationsQuery{Filtered: true}) != "" {
			t.Fatal("who paid is still filtered")
		}
		if _, r, _ := bob.Unread(); r != 1 {
			t.Fatalf("%d requests unread", r)
		}
		bob.want(ann, "cheap", "dear")
		bob.befriend(ann)
		ann.write(bob, "friend", way(history.Direct, 0))
		w.settle()
		bob.want(ann, "cheap", "dear", "friend")
		if bob.list(messages.ConversationsQuery{}) != "ann" {
			t.Fatal("a contact is a request")
		}
		bob.restart()
		if got, _ := bob.Settings(); got != s {
			t.Fatalf("%+v after a restart", got)
		}
		if s.MinFee = -1; !errors.Is(bob.SetSettings(s), messages.ErrAmount) {
			t.Fatal("a negative minimum")
		}
	})
}

// Who is blocked is not told, and what it writes is kept apart.
func TestBlocked(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.befriend(ann)
		if err := bob.block(ann); err != nil {
			t.Fatal(err)
		}
		m := ann.write(bob, "direct")
		n := ann.write(bob, "chain", way(history.Chain, 0))
		w.settle()
		w.mine(1)
		w.settle()
		ann.status(m, history.Delivered)
		ann.status(n, history.Delivered)
		if bob.list(messages.ConversationsQuery{Blocked: true}) != "ann" || bob.list(messages.ConversationsQuery{Requests: true})+bob.list(messages.ConversationsQuery{}) != "" {
			t.Fatal("a blocked sender shows")
		}
		if a, r, _ := bob.Unread(); a+r != 0 {
			t.Fatal("a blocked sender counts")
		}
		if got, _ := bob.Search(context.Background(), "direct", nil, 0); len(got) != 0 {
			t.Fatal("a blocked sender is found")
		}
		// A sender who goes on and on fills no disk.
		for i := range 300 {
			raw, _ := envelope.Encode(&envelope.Envelope{ID: envelope.ID{9, byte(i), byte(i >> 8)}, Body: text("again")})
			if err := bob.Center.Deliver(context.Background(), ann.addr, raw); err != nil {
				t.Fatal(err)
			}
		}
		if got := len(bob.conversation(ann)); got > 202 {
			t.Fatalf("%d messages are kept", got)
		}
		bob.unblock(ann)
		ann.write(bob, "after")
		w.settle()
		bob.want(ann, "after")
		if bob.list(messages.ConversationsQuery{}) != "ann" || bob.list(messages.ConversationsQuery{Blocked: true}) != "ann" {
			t.Fatal("what came meanwhile does not stay apart")
		}
	})
}

func TestStrangersAreBounded(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		bob := w.person("bob", nil)
		var last error
		full := func(from func(i int) types.Address, most int) {
			t.Helper()
			for i := range 3000 {
				raw, _ := envelope.Encode(&envelope.Envelope{ID: envelope.ID{byte(i), byte(i >> 8)}, Body: text("x")})
				if last = bob.Center.Deliver(context.Background(), from(i), raw); last != nil {
					break
				}
			}
			var no *talk.Refusal
			if !errors.As(last, &no) || no.Reason != talk.ReasonFull {
				t.Fatal(last)
			}
		}
		full(func(int) types.Address { return types.Address{1} }, 200)
		full(func(i int) types.Address { return types.Address{2, byte(i), byte(i >> 8)} }, 1000)
		s, _ := bob.Settings()
		s.Strangers = false
		if err := bob.SetSettings(s); err != nil {
			t.Fatal(err)
		}
		var no *talk.Refusal
		raw, _ := envelope.Encode(&envelope.Envelope{ID: envelope.ID{77}, Body: text("x")})
		if err := bob.Center.Deliver(context.Background(), types.Address{3}, raw); !errors.As(err, &no) || no.Reason != talk.ReasonStranger {
			t.Fatal(err)
		}
	})
}

func TestContacts(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob, eve := w.person("ann", nil), w.person("bob", nil), w.person("eve", nil)
		put := func(a types.Address, name, note, reach string) (messages.Contact, error) {
			return ann.PutContact(messages.ContactChange{Address: a, Name: &name, Note: &note, Reach: &reach})
		}
		for _, c := range []struct {
			what              string
			a                 types.Address
			name, note, reach string
			want              error
		}{
			{"ourselves", ann.addr, "ann", "", "", messages.ErrNobody},
			{"nobody", types.Address{}, "x", "", "", messages.ErrNobody},
			{"empty", bob.addr, "", "", "", safetext.ErrEmpty},
			{"an address", bob.addr, types.EncodeAddress("tsc", eve.addr), "", "", messages.ErrNameAddress},
			{"an address in capitals", bob.addr, strings.ToUpper(types.EncodeAddress("tsc", eve.addr)), "", "", messages.ErrNameAddress},
			{"mixed alphabets", bob.addr, "pаypal", "", "", safetext.ErrName},
			{"direction", bob.addr, "bob\u202e", "", "", safetext.ErrName},
			{"long note", bob.addr, "bob", strings.Repeat("x", 2000), "", messages.ErrNote},
			{"control in note", bob.addr, "bob", "\x1b", "", messages.ErrNote},
			{"no port", bob.addr, "bob", "", "host", messages.ErrReach},
			{"port 0", bob.addr, "bob", "", "host:0", messages.ErrReach},
			{"spaces", bob.addr, "bob", "", "host:1, host:2", messages.ErrReach},
		} {
			if _, err := put(c.a, c.name, c.note, c.reach); !errors.Is(err, c.want) {
				t.Errorf("%s: %v", c.what, err)
			}
		}
		if all, _ := ann.Contacts(); len(all) != 0 {
			t.Fatalf("%+v", all)
		}
		k, err := put(bob.addr, "Bill", "a friend", "")
		if err != nil || k.Name != "Bill" || len(k.Warnings) != 0 || !k.Online || k.Added.IsZero() {
			t.Fatalf("%+v, %v", k, err)
		}
		bob.write(ann, "x")
		w.settle()
		all, _ := ann.Contacts()
		if all[0].Reach != "bob:1" {
			t.Fatalf("what the other side tells is not known: %+v", all)
		}
		if k, err = put(bob.addr, "Bill", "", "[::1]:2,h.example:3"); err != nil || k.Reach != "[::1]:2,h.example:3" {
			t.Fatalf("%+v, %v", k, err)
		}
		ann.Center.Reach(bob.addr, "bob:9")
		if all, _ = ann.Contacts(); all[0].Reach != k.Reach {
			t.Fatal("what was entered by hand does not win")
		}
		for _, name := range []string{"Bill", "BiIl", "bill"} {
			var taken *messages.NameTakenError
			if _, err := put(eve.addr, name, "", ""); !errors.Is(err, messages.ErrNameTaken) || !errors.As(err, &taken) || taken.Address != bob.addr || taken.Other != "Bill" {
				t.Fatalf("the name %q: %v", name, err)
			}
		}
		if _, err := put(eve.addr, "Eve", "", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := put(eve.addr, "BiIl", "", ""); !errors.Is(err, messages.ErrNameTaken) {
			t.Fatalf("renamed: %v", err)
		}
		if k, err = put(bob.addr, "BILL", "", k.Reach); err != nil || k.Name != "BILL" {
			t.Fatalf("another spelling of its own: %+v, %v", k, err)
		}
		if _, err = put(bob.addr, "Bill", "", k.Reach); err != nil {
			t.Fatal(err)
		}
		if ann.ContactName(eve.addr) != "Eve" || ann.ContactName(types.Address{}) != "" {
			t.Fatal("names")
		}
		if err := ann.DeleteContact(eve.addr); err != nil {
			t.Fatal(err)
		}
		if err := ann.DeleteContact(eve.addr); !errors.Is(err, messages.ErrNotContact) {
			t.Fatal(err)
		}
		ann.restart()
		if all, _ = ann.Contacts(); len(all) != 1 || all[0].Name != "Bill" || all[0].LastSeen.IsZero() {
			t.Fatalf("%+v", all)
		}
	})
}

func TestSearchPageDelete(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob, eve := w.person("ann", nil), w.person("bob", nil), w.person("eve", nil)
		for i := range 25 {
			ann.write(bob, strings.Repeat("i", i+1)+" Needle")
			time.Sleep(time.Second)
		}
		ann.write(eve, "needle for eve")
		time.Sleep(time.Second)
		card := ann.write(bob, "", func(d *messages.Draft) {
			d.Body = &envelope.Payment{Amount: 5, Address: ann.addr, Title: "NEEDLE"}
		})
		w.settle()
		ctx := context.Background()
		got, err := ann.Search(ctx, " nEEdle", nil, 10)
		if err != nil || len(got) != 10 || got[1].Peer != eve.addr && got[0].Peer != eve.addr {
			t.Fatal(len(got), err)
		}
		if got, _ = ann.Search(ctx, "needle", &bob.addr, 0); len(got) != 26 {
			t.Fatal(len(got))
		}
		if got, _ = ann.Search(ctx, "  ", nil, 0); got != nil {
			t.Fatal("everything matches nothing")
		}
		page, err := ann.Messages(bob.addr, nil, 10)
		if err != nil || len(page) != 10 || page[0].Ref != card.Ref {
			t.Fatal(err)
		}
		next, err := ann.Messages(bob.addr, &page[9].Ref, 100)
		if err != nil || len(next) != 16 {
			t.Fatal(len(next), err)
		}
		if err := ann.Delete(page[3].Ref); err != nil {
			t.Fatal(err)
		}
		if _, err := ann.Message(page[3].Ref); !errors.Is(err, messages.ErrUnknown) {
			t.Fatal(err)
		}
		if err := ann.Delete(page[3].Ref); !errors.Is(err, messages.ErrUnknown) {
			t.Fatal(err)
		}
		if len(ann.conversation(bob)) != 25 {
			t.Fatal("the message is still listed")
		}
		// Deleted by its receiver it does not come back.
		theirs, _ := bob.Messages(ann.addr, nil, 1)
		raw := encode(t, theirs[0], 5)
		if err := bob.Delete(theirs[0].Ref); err != nil {
			t.Fatal(err)
		}
		bob.restart()
		if err := bob.Center.Deliver(ctx, ann.addr, raw); err != nil {
			t.Fatal(err)
		}
		if got := bob.conversation(ann); len(got) != 25 {
			t.Fatal(len(got))
		}
		if err := ann.SetPaid(card.Ref, types.Hash{5}); err != nil {
			t.Fatal(err)
		}
		if m, _ := ann.Message(card.Ref); m.Card.State != messages.StatePaid || m.Card.Tx != (types.Hash{5}) {
			t.Fatalf("%+v", m.Card)
		}
		if err := ann.SetPaid(page[1].Ref, types.Hash{}); !errors.Is(err, messages.ErrCard) {
			t.Fatal(err)
		}
		if got := ann.list(messages.ConversationsQuery{Limit: 1}); got != "bob" {
			t.Fatal(got)
		}
		if got := ann.list(messages.ConversationsQuery{Skip: 1}); got != "eve" {
			t.Fatal(got)
		}
		name := "Bio" // letters that no address has
		if _, err := ann.PutContact(messages.ContactChange{Address: eve.addr, Name: &name}); err != nil {
			t.Fatal(err)
		}
		if got := ann.list(messages.ConversationsQuery{Search: "bI"}); got != "eve" {
			t.Fatal(got)
		}
	})
}

// What strangers write is cleaned, and what is odd about it is said.
func TestSuspiciousText(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		ann.write(bob, "see http://exаmple.com and \u202egnp.exe")
		w.settle()
		m, err := bob.Messages(ann.addr, nil, 1)
		if err != nil || len(m[0].Links) == 0 || m[0].Links[0].Warning == "" || len(m[0].Warnings) == 0 || strings.ContainsRune(m[0].Text, 0x202e) {
			t.Fatalf("%+v, %v", m, err)
		}
	})
}

func TestNotes(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann := w.person("ann", nil)
		m := ann.write(ann, "remember")
		w.settle()
		ann.status(m, history.Read)
		all, err := ann.Conversations(messages.ConversationsQuery{})
		if err != nil || len(all) != 1 || !all[0].Own || all[0].Request {
			t.Fatalf("%+v, %v", all, err)
		}
	})
}

// While the keystore is locked nothing is read and nothing is lost.
func TestLocked(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		bob.ks.Lock()
		m := ann.write(bob, "paid", way(history.Chain, 0))
		n := ann.write(bob, "direct")
		w.settle()
		w.mine(1)
		w.settle()
		if _, err := bob.Messages(ann.addr, nil, 1); !errors.Is(err, keys.ErrLocked) {
			t.Fatal(err)
		}
		if _, err := bob.Center.Send(context.Background(), messages.Draft{To: ann.addr, Body: text("x")}); !errors.Is(err, keys.ErrLocked) {
			t.Fatal(err)
		}
		ann.status(m, history.Delivered)
		ann.status(n, history.Queued)
		bob.restart() // still locked
		w.settle()
		if err := bob.ks.Unlock(passphrase); err != nil {
			t.Fatal(err)
		}
		bob.Wake()
		w.settle()
		bob.want(ann, "paid")
		time.Sleep(time.Hour)
		w.settle()
		bob.want(ann, "paid", "direct")
	})
}

// A history that is damaged or another's is refused with its reason.
func TestForeignHistory(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		ann.write(bob, "x")
		w.settle()
		ann.halt()
		bob.halt()
		o := bob.options()
		o.Store = ann.disk
		if _, err := messages.Open(o); !errors.Is(err, vault.ErrKey) {
			t.Fatal(err)
		}
		o = ann.options()
		o.Network = types.NetworkID{9}
		if _, err := messages.Open(o); !errors.Is(err, wallet.ErrOtherWallet) {
			t.Fatal(err)
		}
		var all []string
		ann.disk.Load(func(k string, _ []byte) error { all = append(all, k); return nil })
		for _, k := range all {
			v, _ := ann.disk.Get(k)
			bad := slices.Clone(v)
			bad[len(bad)-1] ^= 1
			ann.disk.MemStore.Commit([]wallet.Change{{Key: k, Value: bad}})
			// All but the one that says whose it is can be done without.
			if c, err := messages.Open(ann.options()); err == nil {
				if list, err := c.Damaged(); err != nil || len(list) != 1 || !errors.Is(list[0], wallet.ErrDamaged) {
					t.Fatal(list, err)
				}
			} else if !errors.Is(err, wallet.ErrDamaged) {
				t.Fatal(err)
			}
			ann.disk.MemStore.Commit([]wallet.Change{{Key: k, Value: v}})
			if strings.Contains(string(v), "ann:1") || strings.Contains(k, string(bob.addr[:])) {
				t.Fatal("the store is not sealed")
			}
		}
		ann.start()
	})
}
