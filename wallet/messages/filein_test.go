package messages_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"supercomputing/chain/types"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
)

// announce delivers the message of a file.
func (p *person) announce(from types.Address, id byte, size int64, sum [32]byte) talk.ID {
	p.w.t.Helper()
	raw, err := envelope.Encode(&envelope.Envelope{ID: envelope.ID{id}, Body: &envelope.File{Size: size, Sum: sum, Name: "x"}})
	if err != nil {
		p.w.t.Fatal(err)
	}
	if err := p.Center.Deliver(context.Background(), from, raw); err != nil {
		p.w.t.Fatal(err)
	}
	return talk.ID{id}
}

// usage sums the attachments' files.
func (p *person) usage() (n int64) {
	entries, _ := os.ReadDir(filepath.Join(p.dir, "files"))
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
	}
	return n
}

// A stranger who begins file after file and ends none takes no more of the disk
// than one who ends them.
func TestStrangersHalfFiles(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		const size = 4 << 20
		taken, part := 0, make([]byte, size-1)
		for i := range byte(20) {
			sink, err := bob.ReceiveFile(ann.addr, bob.announce(ann.addr, i+1, size, [32]byte{}), size)
			if refused(err, talk.ReasonFull) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := sink.Write(part); err != nil {
				t.Fatal(err)
			}
			sink.Close()
			taken++
		}
		if taken != 5 || bob.usage() > 21<<20 {
			t.Fatalf("%d files, %d bytes", taken, bob.usage())
		}
		// Nor do those that come at the same time, or are empty.
		eve := w.person("eve", nil)
		for i := range byte(20) {
			sink, err := bob.ReceiveFile(eve.addr, bob.announce(eve.addr, i+1, size, [32]byte{}), size)
			if i >= 5 && !refused(err, talk.ReasonFull) || i < 5 && err != nil {
				t.Fatal(i, err)
			}
			if err == nil {
				defer sink.Close()
			}
		}
	})
}

// A sender cannot take back a file by offering another in its place, and one
// that is not what the message announced is not taken.
func TestFileStays(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		data := []byte("the contract")
		sum := sha256.Sum256(data)
		id := bob.announce(ann.addr, 1, int64(len(data)), sum)
		offer := func(b []byte) error {
			sink, err := bob.ReceiveFile(ann.addr, id, int64(len(b)))
			if err != nil {
				return err
			}
			defer sink.Close()
			if sink.Offset() == 0 {
				if _, err := sink.Write(b); err != nil {
					return err
				}
			}
			return sink.Commit(sha256.Sum256(b))
		}
		other := []byte("no contract!")
		if err := offer(other); !refused(err, talk.ReasonInvalid) {
			t.Fatal(err)
		}
		if err := offer(data); err != nil {
			t.Fatal(err)
		}
		if err := offer(other); !refused(err, talk.ReasonInvalid) {
			t.Fatal(err)
		}
		ref := history.Key{Peer: ann.addr, ID: envelope.ID(id)}.Ref()
		m, err := bob.SaveFile(ref, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(m.Card.Path); err != nil || !bytes.Equal(b, data) {
			t.Fatalf("%q, %v", b, err)
		}
	})
}

// A blocked sender's file seems to arrive, and takes no room; that of a stranger
// who paid too little is not taken.
func TestUnwantedFiles(t *testing.T) {
	simulate(t, func(t *testing.T, w *world) {
		ann, bob := w.person("ann", nil), w.person("bob", nil)
		if err := bob.block(ann); err != nil {
			t.Fatal(err)
		}
		path, _ := ann.random("x", 200_000)
		m := ann.sendFile(bob, path)
		w.settle()
		if got := ann.status(m, history.Delivered); got.Card.Have != 200_000 || got.Problem != "" {
			t.Fatalf("%+v: %q", got.Card, got.Problem)
		}
		if bob.usage() != 0 {
			t.Fatal("a blocked sender's file is kept")
		}
		sink, err := bob.ReceiveFile(ann.addr, talk.ID(m.ID), 3)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sink.Write(make([]byte, 4)); !refused(err, talk.ReasonInvalid) {
			t.Fatal(err)
		}
		eve := w.person("eve", nil)
		if err := bob.SetSettings(history.Settings{MinFee: coin}); err != nil {
			t.Fatal(err)
		}
		bob.connect(false)
		cheap := eve.onChain(bob, &envelope.File{Size: 1, Name: "x"})
		w.mine(1)
		bob.connect(true)
		w.settle()
		if bob.list(messages.ConversationsQuery{Filtered: true}) != "eve" {
			t.Fatal("the announcement is not filtered")
		}
		if _, err := bob.ReceiveFile(eve.addr, talk.ID(cheap), 1); !refused(err, talk.ReasonUnwanted) {
			t.Fatal(err)
		}
	})
}
