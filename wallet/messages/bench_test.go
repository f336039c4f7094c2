package messages_test

import (
	"context"
	"fmt"
	"testing"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/vault"
)

// fill stores messages of as many conversations as asked for, in a journal.
func fill(tb testing.TB, p *person, conversations, each int) wallet.Getter {
	tb.Helper()
	journal, err := wallet.OpenJournal(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	secret, _ := p.Purpose("messages")
	sealed, err := vault.New(journal, secret)
	if err != nil {
		tb.Fatal(err)
	}
	db, err := history.Open(sealed, network, p.addr)
	if err != nil {
		tb.Fatal(err)
	}
	for c := range conversations {
		var b history.Batch
		peer := types.Address{byte(c), byte(c >> 8), 1}
		b.PutPeer(history.Peer{Address: peer, Contact: true, Name: fmt.Sprint("name ", c)})
		for i := range each {
			id := envelope.ID{byte(i), byte(i >> 8), byte(c), byte(c >> 8)}
			raw, err := envelope.Encode(&envelope.Envelope{ID: id, Lamport: uint64(i), Time: int64(i), Body: &envelope.Text{Text: fmt.Sprintf("message %d of %d, about as long as people write them", i, c)}})
			if err != nil {
				tb.Fatal(err)
			}
			b.Put(&history.Message{Head: history.Head{
				Key: history.Key{Peer: peer, ID: id}, Kind: envelope.KindText, Lamport: uint64(i), Time: int64(i),
				Received: int64(i*conversations + c), Way: history.Direct, Status: history.Received, Unread: i%7 == 0,
			}, Envelope: raw})
		}
		if err := db.Commit(&b); err != nil {
			tb.Fatal(err)
		}
	}
	return journal
}

// opened is a Center over such a journal, not running.
func opened(tb testing.TB, p *person, journal wallet.Getter) *messages.Center {
	tb.Helper()
	o := p.options()
	o.Store = journal
	c, err := messages.Open(o)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestManyConversations(t *testing.T) {
	w := newWorld(t)
	p := w.person("ann", nil)
	c := opened(t, p, fill(t, p, 50, 40))
	all, err := c.Conversations(messages.ConversationsQuery{Limit: 10})
	if err != nil || len(all) != 10 || all[0].Count != 40 || all[0].Unread != 6 || all[0].Last == nil {
		t.Fatalf("%+v, %v", all, err)
	}
	if got, err := c.Search(context.Background(), "MESSAGE 39 of 7,", nil, 0); err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
}

// BenchmarkOpen100k opens a history of 1,000 conversations and 100,000
// messages, lists, pages and searches it.
func BenchmarkOpen100k(b *testing.B) {
	w := newWorld(b)
	p := w.person("ann", nil)
	journal := fill(b, p, 1000, 100)
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			opened(b, p, journal)
		}
	})
	c := opened(b, p, journal)
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			if _, err := c.Conversations(messages.ConversationsQuery{Limit: 50}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			if got, err := c.Messages(types.Address{5, 0, 1}, nil, 50); err != nil || len(got) != 50 {
				b.Fatal(err)
			}
		}
	})
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			if got, err := c.Search(context.Background(), "nobody wrote this", nil, 0); err != nil || len(got) != 0 {
				b.Fatal(err)
			}
		}
	})
}
