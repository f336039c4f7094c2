package history

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/messages/envelope"
)

var self = types.Address{1}

func open(t testing.TB, store wallet.Getter) *DB {
	t.Helper()
	d, err := Open(store, types.NetworkID{7}, self)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func commit(t testing.TB, d *DB, fn func(*Batch)) {
	t.Helper()
	b := new(Batch)
	fn(b)
	if err := d.Commit(b); err != nil {
		t.Fatal(err)
	}
}

func sample(peer, id byte, lamport uint64) *Message {
	return &Message{
		Head: Head{
			Key: Key{Peer: types.Address{peer}, Mine: id%2 == 0, ID: envelope.ID{id, peer}}, Kind: envelope.KindText, Lamport: lamport,
			Time: 5, Received: 6, Way: Chain, Status: Delivered, Unread: true, Height: 7, Tx: types.Hash{8}, Fee: 9,
			Want: Auto, MaxPrice: 10, Extra: 11, Rate: 12,
		},
		Envelope: []byte("envelope"), Problem: "why", Record: []byte("record"),
		Card: Card{State: "here", Tx: types.Hash{1}, Path: "/x", Have: 3},
	}
}

func TestRowsComeBack(t *testing.T) {
	store := wallet.NewMemStore()
	d := open(t, store)
	m := sample(2, 4, 1)
	peer := Peer{Address: types.Address{2}, Contact: true, Name: "Bob", Note: "n", Reach: "h:1", Told: "g:2", Blocked: true,
		Answered: true, Added: 1, LastSeen: 2, Least: 3, Last: envelope.ID{4}, Handled: []envelope.ID{{5}, {6}}}
	settings := Settings{MinFee: 5, Strangers: false, ReadMarks: true, ShareReach: false, AccountPrice: 6}
	pos := Position{{9, types.Hash{9}}, {8, types.Hash{8}}}
	commit(t, d, func(b *Batch) {
		b.Put(m)
		b.Put(sample(2, 5, 2))
		b.PutPeer(peer)
		b.SetSettings(settings)
		b.SetPosition(pos)
		b.PutItem(d, Item{Peer: types.Address{3}, ID: envelope.ID{1}, After: envelope.ID{2}, Received: 4}, []byte("payload"))
		b.PutPart(Part{Peer: types.Address{3}, Whole: envelope.ID{1}, Index: 1, Count: 2, After: envelope.ID{3}, Received: 4}, []byte("data"))
	})
	commit(t, d, func(b *Batch) { b.Remove(sample(2, 5, 2).Key, false) })
	for range 2 {
		got, err := d.Message(m.Key)
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Fatalf("%+v, %v", got, err)
		}
		if h, err := d.Find(m.Ref()); err != nil || *h != m.Head {
			t.Fatalf("%+v, %v", h, err)
		}
		if p := d.Peer(peer.Address); !reflect.DeepEqual(p, peer) {
			t.Fatalf("%+v", p)
		}
		if d.Settings() != settings || !slices.Equal(d.Position(), pos) {
			t.Fatal(d.Settings(), d.Position())
		}
		if k := sample(2, 5, 2).Key; !d.Has(k) || !d.Deleted(k) {
			t.Fatal("a deleted message is unknown")
		}
		if _, err := d.Message(sample(2, 5, 2).Key); !errors.Is(err, ErrUnknown) {
			t.Fatal(err)
		}
		item := d.Inbox()[types.Address{3}][0]
		if p, err := d.Payload(item); err != nil || string(p) != "payload" || item.After != (envelope.ID{2}) {
			t.Fatal(p, err)
		}
		part := d.Parts(types.Address{3})[envelope.ID{1}][0]
		if p, err := d.Data(part); err != nil || string(p) != "data" || part.Count != 2 || part.After != (envelope.ID{3}) {
			t.Fatal(p, err)
		}
		d = open(t, store)
	}
	commit(t, d, func(b *Batch) {
		b.RemoveItem(d.Inbox()[types.Address{3}][0])
		b.RemoveParts(d.Parts(types.Address{3})[envelope.ID{1}])
		b.Remove(m.Key, true)
	})
	if d = open(t, store); len(d.Inbox())+len(d.PartSenders()) != 0 || d.Has(m.Key) || d.Conversation(m.Peer) != nil {
		t.Fatal("something is left")
	}
}

// However messages come, change and go, the index is what opening would make of
// the rows.
func TestIndexAgreesWithRows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	store := wallet.NewMemStore()
	d := open(t, store)
	for range 2000 {
		m := sample(byte(r.IntN(3)+2), byte(r.IntN(40)), uint64(r.IntN(50)))
		m.Unread, m.Filtered, m.Apart, m.Hidden = r.IntN(2) == 0, r.IntN(4) == 0, r.IntN(4) == 0, m.Mine && r.IntN(5) == 0
		m.Status = Status(r.IntN(5))
		if !m.Mine {
			m.Status = Received
		}
		commit(t, d, func(b *Batch) {
			if r.IntN(3) == 0 && d.Has(m.Key) {
				b.Remove(m.Key, true)
			} else {
				b.Put(m)
			}
		})
	}
	fresh := open(t, store)
	if len(d.conversations) != len(fresh.conversations) || len(d.refs) != len(fresh.refs) {
		t.Fatal("conversations differ")
	}
	for a, c := range d.conversations {
		o := fresh.conversations[a]
		same := func(x, y *Head) bool { return *x == *y }
		if !slices.EqualFunc(c.Messages, o.Messages, same) || !slices.EqualFunc(c.hidden, o.hidden, same) ||
			!slices.EqualFunc(c.Open(self), o.Open(self), same) {
			t.Fatal("messages differ")
		}
		if c.Unread != o.Unread || c.Filtered != o.Filtered || c.Apart != o.Apart {
			t.Fatalf("sums %d %d %d, want %d %d %d", c.Unread, c.Filtered, c.Apart, o.Unread, o.Filtered, o.Apart)
		}
		if !slices.Equal(slices.Sorted(maps.Keys(map[int]bool{len(c.open): true})), []int{len(o.open)}) {
			t.Fatal("open ones differ")
		}
	}
}

func TestPages(t *testing.T) {
	d := open(t, wallet.NewMemStore())
	for i := range 10 {
		commit(t, d, func(b *Batch) { b.Put(sample(2, byte(i), uint64(20-i))) })
	}
	var got []uint64
	var last *Head
	for {
		page := d.Page(types.Address{2}, last, 3)
		if len(page) == 0 {
			break
		}
		for _, h := range page {
			got = append(got, h.Lamport)
		}
		last = page[len(page)-1]
	}
	if fmt.Sprint(got) != "[20 19 18 17 16 15 14 13 12 11]" {
		t.Fatal(got)
	}
	if d.Page(types.Address{3}, nil, 3) != nil || d.Page(types.Address{2}, nil, 0) != nil {
		t.Fatal("pages of nothing")
	}
}

func TestPosition(t *testing.T) {
	var p Position
	for h := range uint32(100_000) {
		p = p.Next(Block{h, types.Hash{byte(h)}})
	}
	if len(p) > maxLadder || p[0].Height != 99_999 || p[9].Height != 99_990 {
		t.Fatalf("%d: %+v", len(p), p)
	}
	if last := p[len(p)-1].Height; last > 50_000 {
		t.Fatalf("it reaches back to %d only", last)
	}
	q := Position{}
	for _, h := range q.Rungs(99_999) {
		q = q.Next(Block{h, types.Hash{}})
	}
	if q = q.Next(Block{99_999, types.Hash{}}); len(q) < 6 || q[1].Height < 99_990 || q[len(q)-1].Height > 70_000 {
		t.Fatalf("after one stride: %+v", q)
	}
	// After stepping back it goes on.
	if q = p[5:].Next(Block{99_995, types.Hash{1}}); q[0].Height != 99_995 || q[1].Height != 99_994 {
		t.Fatalf("%+v", q[:3])
	}
}

// only gives the one damaged row that there is to be.
func only(t *testing.T, d *DB) error {
	t.Helper()
	if len(d.Damaged()) != 1 {
		t.Fatalf("damaged: %v", d.Damaged())
	}
	return d.Damaged()[0]
}

// A damaged row whose place is taken stays stored, and is told of.
func TestDamagedRowsStay(t *testing.T) {
	store := wallet.NewMemStore()
	d := open(t, store)
	m := sample(2, 4, 1)
	commit(t, d, func(b *Batch) { b.Put(m); b.PutPeer(Peer{Address: m.Peer, Contact: true, Name: "Ann"}) })
	broken := make(map[string][]byte)
	store.Load(func(k string, v []byte) error {
		if k != keyMeta {
			broken[k] = bytes.Clone(v[:10])
		}
		return nil
	})
	for k, v := range broken {
		store.Commit([]wallet.Change{{Key: k, Value: v}})
	}
	d = open(t, store)
	if k := d.Conversation(m.Peer); len(broken) != 2 || len(d.Damaged()) != 2 || k == nil || k.Damaged != 1 || d.Damaged()[0].Peer != m.Peer {
		t.Fatalf("%v, %+v", d.Damaged(), k)
	}
	for range 2 {
		commit(t, d, func(b *Batch) { b.Put(m); b.PutPeer(Peer{Address: m.Peer}) })
	}
	d = open(t, store)
	if len(d.Damaged()) != 2 || !d.Has(m.Key) {
		t.Fatal(d.Damaged())
	}
	for k, v := range broken {
		if kept, _ := store.Get(rowAside + k); !bytes.Equal(kept, v) {
			t.Errorf("row %q is %x", k[:1], kept)
		}
	}
}

func TestForeignAndDamaged(t *testing.T) {
	store := wallet.NewMemStore()
	d := open(t, store)
	commit(t, d, func(b *Batch) {
		b.Put(sample(2, 4, 1))
		b.PutPeer(Peer{Address: types.Address{2}})
		b.SetPosition(Position{{1, types.Hash{}}})
		b.SetSettings(DefaultSettings())
		b.PutItem(d, Item{Peer: types.Address{3}}, []byte("x"))
		b.PutPart(Part{Peer: types.Address{3}, Count: 1}, []byte("x"))
	})
	if _, err := Open(store, types.NetworkID{8}, self); !errors.Is(err, wallet.ErrOtherWallet) {
		t.Fatal(err)
	}
	if _, err := Open(store, types.NetworkID{7}, types.Address{9}); !errors.Is(err, wallet.ErrOtherWallet) {
		t.Fatal(err)
	}
	rows := make(map[string][]byte)
	store.Load(func(k string, v []byte) error { rows[k] = bytes.Clone(v); return nil })
	for k, v := range rows {
		if k == keyMeta {
			continue
		}
		for name, c := range map[string]struct {
			value []byte
			want  error
		}{"cut": {v[:min(len(v), 3)], wallet.ErrDamaged}, "newer": {append([]byte{9}, v[1:]...), wallet.ErrVersion}} {
			store.Commit([]wallet.Change{{Key: k, Value: c.value}})
			d, err := Open(store, types.NetworkID{7}, self)
			if c.want == wallet.ErrDamaged && err == nil {
				err = only(t, d)
			}
			if !errors.Is(err, c.want) {
				t.Errorf("row %q %s: %v", k[:1], name, err)
			}
		}
		store.Commit([]wallet.Change{{Key: k, Value: v}})
	}
	for _, k := range []string{"z", "z" + string(make([]byte, 40)), "m" + string(make([]byte, 40)), "k" + string(make([]byte, 40)), "i" + string(make([]byte, 50))} {
		store.Commit([]wallet.Change{{Key: k, Value: []byte{rowVersion}}})
		if d, err := Open(store, types.NetworkID{7}, self); err != nil || !errors.Is(only(t, d), wallet.ErrDamaged) {
			t.Errorf("row %q: %v", k[:1], err)
		}
		store.Commit([]wallet.Change{{Key: k}})
	}
	store.Commit([]wallet.Change{{Key: keyMeta}})
	if _, err := Open(store, types.NetworkID{7}, self); !errors.Is(err, wallet.ErrDamaged) {
		t.Error(err)
	}
}

func TestRef(t *testing.T) {
	k := sample(2, 4, 1).Key
	other := k
	other.Mine = !k.Mine
	if k.Ref() == other.Ref() {
		t.Fatal("two messages have one name")
	}
	if r, ok := ParseRef(k.Ref().String()); !ok || r != k.Ref() {
		t.Fatal("a name does not come back")
	}
	for _, s := range []string{"", "zz", "00", k.Ref().String() + "00"} {
		if _, ok := ParseRef(s); ok {
			t.Errorf("%q is a name", s)
		}
	}
}

// TestOldSettings: settings from before there was a price of account traffic
// are read, and never pay.
func TestOldSettings(t *testing.T) {
	old := []byte{rowVersion, 5, 0, 0, 0, 0, 0, 0, 0, 9}
	want := Settings{Strangers: true, ShareReach: true}
	want.MinFee = types.NewReader(old[2:]).Amount()
	if s, err := decodeSettings(old); err != nil || s != want || s.MinFee == 0 || !bytes.Equal(s.encode(), old) {
		t.Fatalf("%+v, %v", s, err)
	}
	for name, row := range map[string][]byte{
		"a price of nothing": append([]byte{rowVersion, 8}, make([]byte, 16)...),
		"an unknown flag":    append([]byte{rowVersion, 16}, make([]byte, 8)...),
		"no price":           append([]byte{rowVersion, 8}, make([]byte, 8)...),
	} {
		if _, err := decodeSettings(row); !errors.Is(err, wallet.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRow(f *testing.F) {
	m := sample(2, 4, 1)
	f.Add(byte(0), m.encode())
	p := Peer{Name: "x", Handled: []envelope.ID{{1}}}
	f.Add(byte(1), p.encode())
	f.Add(byte(2), DefaultSettings().encode())
	f.Add(byte(2), Settings{AccountPrice: 7}.encode())
	f.Add(byte(3), Position{{1, types.Hash{}}}.encode())
	f.Add(byte(4), (&Item{}).encode([]byte("x")))
	f.Add(byte(5), (&Part{Count: 1}).encode([]byte("x")))
	f.Fuzz(func(t *testing.T, kind byte, v []byte) {
		var again []byte
		var err error
		switch kind % 6 {
		case 0:
			var m *Message
			if m, err = decodeMessage(Key{}, v, true); err == nil {
				again = m.encode()
			}
		case 1:
			var p *Peer
			if p, err = decodePeer(types.Address{}, v); err == nil {
				again = p.encode()
			}
		case 2:
			var s Settings
			if s, err = decodeSettings(v); err == nil {
				again = s.encode()
			}
		case 3:
			var p Position
			if p, err = decodePosition(v); err == nil {
				again = p.encode()
			}
		case 4:
			var i *Item
			var data []byte
			if i, data, err = decodeItem((&Item{}).key(), v); err == nil {
				again = i.encode(data)
			}
		case 5:
			var p *Part
			var data []byte
			if p, data, err = decodePart((&Part{}).key(), v); err == nil {
				again = p.encode(data)
			}
		}
		switch {
		case err == nil && !bytes.Equal(again, v):
			t.Fatalf("%x becomes %x", v, again)
		case err != nil && !errors.Is(err, wallet.ErrDamaged) && !errors.Is(err, wallet.ErrVersion):
			t.Fatal(err)
		}
	})
}
