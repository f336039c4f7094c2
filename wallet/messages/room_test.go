package messages_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
	"supercomputing/wallet/vault"
)

// knock delivers a message of a stranger directly.
func (p *person) knock(from types.Address, id byte) error {
	p.w.t.Helper()
	raw, err := envelope.Encode(&envelope.Envelope{ID: envelope.ID{id}, Time: 1, Body: text("let me in")})
	if err != nil {
		p.w.t.Fatal(err)
	}
	return p.Center.Deliver(context.Background(), from, raw)
}

// has reports whether there is something of an address.
func (p *person) has(a types.Address) bool {
	p.w.t.Helper()
	list, err := p.Messages(a, nil, 1)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return len(list) > 0
}

// seed writes rows of a history while its person is away.
func (p *person) seed(fn func(*history.Batch)) {
	p.w.t.Helper()
	p.halt()
	secret, err := p.Purpose("messages")
	if err != nil {
		p.w.t.Fatal(err)
	}
	sealed, err := vault.New(p.disk, secret)
	if err != nil {
		p.w.t.Fatal(err)
	}
	db, err := history.Open(sealed, network, p.addr)
	if err != nil {
		p.w.t.Fatal(err)
	}
	var b history.Batch
	fn(&b)
	if err := db.Commit(&b); err != nil {
		p.w.t.Fatal(err)
	}
	p.open()
	p.start()
}

func full(err error) bool {
	var no *talk.Refusal
	return errors.As(err, &no) && no.Reason == talk.ReasonFull
}

// A thousand free addresses shut nobody out for long, and push out nobody who
// paid, was read lately, was answered or is in the address book.
func TestRequestsMakeRoom(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		bob, payer, friend, pal := w.person("bob", nil), w.person("payer", nil), w.person("friend", nil), w.person("pal", nil)
		payer.onChain(bob, text("I paid"))
		w.mine(1)
		bob.befriend(friend)
		friend.write(bob, "hi")
		pal.write(bob, "hello")
		w.settle()
		bob.write(pal, "hello yourself")
		w.settle()
		addr := func(i int) types.Address { return types.Address{3, byte(i), byte(i >> 8)} }
		for i := range 1000 {
			time.Sleep(time.Second)
			if err := bob.knock(addr(i), 1); err != nil {
				t.Fatal(i, err)
			}
		}
		late := types.Address{4}
		if err := bob.knock(late, 1); !full(err) {
			t.Fatalf("fresh requests are pushed out: %v", err)
		}
		if err := bob.MarkRead(addr(0), nil); err != nil {
			t.Fatal(err)
		}
		// A blocked one hears the same and pushes nobody out.
		foe := w.person("foe", nil)
		if err := bob.block(foe); err != nil {
			t.Fatal(err)
		}
		if err := bob.knock(foe.addr, 1); !full(err) {
			t.Fatal(err)
		}
		time.Sleep(24 * time.Hour)
		if err := bob.knock(foe.addr, 2); err != nil || !bob.has(addr(1)) {
			t.Fatal("a blocked sender pushed another out", err)
		}
		if err := bob.knock(late, 1); err != nil {
			t.Fatal(err)
		}
		if !bob.has(late) || bob.has(addr(1)) || !bob.has(addr(0)) || !bob.has(addr(2)) {
			t.Fatal("not the oldest unread one made room")
		}
		for i := range 2000 {
			err := bob.knock(types.Address{5, byte(i), byte(i >> 8)}, 1)
			if i == 0 && err != nil || i == 1999 && !full(err) {
				t.Fatal(i, err)
			}
		}
		for name, a := range map[string]types.Address{"who paid": payer.addr, "a contact": friend.addr, "who was answered": pal.addr, "who was read": addr(0)} {
			if !bob.has(a) {
				t.Errorf("%s was pushed out", name)
			}
		}
		// What was looked at a month ago makes room, too.
		time.Sleep(31 * 24 * time.Hour)
		for i := range 1000 {
			if err := bob.knock(types.Address{6, byte(i), byte(i >> 8)}, 1); err != nil {
				t.Fatal(i, err)
			}
		}
		if bob.has(addr(0)) || !bob.has(payer.addr) || !bob.has(friend.addr) {
			t.Error("not what is stale made room")
		}
	})
}

// Ten thousand messages that paid too little keep no other out.
func TestFilteredMakeRoom(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		bob, eve, friend := w.person("bob", nil), w.person("eve", nil), types.Address{8}
		cheap, dear, seen := types.Address{1}, types.Address{2}, types.Address{3}
		bob.seed(func(b *history.Batch) {
			raw, _ := envelope.Encode(&envelope.Envelope{Body: text("buy")})
			put := func(from types.Address, i int, fee types.Amount, unread bool) {
				b.Put(&history.Message{Head: history.Head{
					Key: history.Key{Peer: from, ID: envelope.ID{byte(i), byte(i >> 8)}}, Kind: envelope.KindText, Lamport: uint64(i),
					Received: time.Now().UnixMilli() + int64(i), Way: history.Chain, Status: history.Received, Height: 1,
					Filtered: true, Unread: unread, Fee: fee,
				}, Envelope: raw})
			}
			for i := range 9998 {
				put(dear, i, coin, true)
			}
			put(cheap, 9999, 1, true) // the newest of them
			put(seen, 0, 1, false)
			b.PutPeer(history.Peer{Address: friend, Contact: true})
			put(friend, 0, 0, true)
		})
		s := history.DefaultSettings()
		s.MinFee = 100 * coin
		if err := bob.SetSettings(s); err != nil {
			t.Fatal(err)
		}
		count := func(a types.Address) int {
			t.Helper()
			list, err := bob.Conversations(messages.ConversationsQuery{Filtered: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range list {
				if k.Peer == a {
					return k.Count
				}
			}
			return 0
		}
		eve.onChain(bob, text("one"))
		w.mine(1)
		w.settle()
		if count(cheap) != 0 || count(eve.addr) != 1 || count(dear) != 9998 {
			t.Fatalf("the cheapest did not make room: %d, %d, %d", count(cheap), count(eve.addr), count(dear))
		}
		time.Sleep(time.Minute)
		eve.onChain(bob, text("two"))
		w.mine(1)
		w.settle()
		if count(eve.addr) != 1 || count(dear) != 9998 {
			t.Fatal("the older of the cheapest two did not make room")
		}
		time.Sleep(31 * 24 * time.Hour)
		for range 3 {
			eve.onChain(bob, text("more"))
		}
		w.mine(1)
		w.settle()
		if count(eve.addr) != 4 || count(dear) != 9995 || count(seen) != 1 || !bob.has(friend) {
			t.Fatalf("the oldest did not make room for several at once: %d, %d", count(eve.addr), count(dear))
		}
	})
}
