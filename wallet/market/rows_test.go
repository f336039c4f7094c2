package market

import (
	"errors"
	"testing"

	"supercomputing/chain/types"
	"supercomputing/wallet"
)

func TestDamagedRows(t *testing.T) {
	for _, c := range []struct {
		key, value string
		want       error
	}{
		{"other/row", "x", nil}, // another package's
		{atKey, "\x01\x00", nil},
		{atKey, "\x02\x00", ErrVersion},
		{atKey, "", ErrDamaged},
		{atKey, "\x01\x01", ErrDamaged},
		{atKey, "\x01\x00\x00", ErrDamaged},
		{readKey, "12345678", nil},
		{readKey, "1234567", ErrDamaged},
		{postRows + "00000001/00000001", "x", ErrDamaged},
		{postRows + "1/1", string((&post{}).encode()), ErrDamaged},
		{postRows + "00000001/00000001", string((&post{body: "x"}).encode()), nil},
		{goneRows + "00000001/0000000g", string(withdrawal{}.encode()), ErrDamaged},
		{goneRows + "00000001/0000000a", string(withdrawal{}.encode()), nil},
		{channelKey(ann), string((&channel{name: "x"}).encode()), nil},
		{chanRows + "abcd", string((&channel{}).encode()), ErrDamaged},
		{hiddenKey(types.Hash{1}), "\x01", nil},
		{hiddenKey(types.Hash{1}), "\x02", ErrVersion},
		{sellerKey(ann), "", ErrDamaged},
		{"market/new/thing", "", ErrVersion},
	} {
		store := wallet.NewMemStore()
		if err := store.Commit([]wallet.Change{{Key: c.key, Value: []byte(c.value)}}); err != nil {
			t.Fatal(err)
		}
		if _, err := loadState(store, found); !errors.Is(err, c.want) {
			t.Errorf("%s %q: %v, want %v", c.key, c.value, err, c.want)
		}
	}
}

func FuzzRows(f *testing.F) {
	f.Add(postRows+"00000001/00000002", (&post{body: "x"}).encode())
	f.Add(goneRows+"00000001/00000002", withdrawal{}.encode())
	f.Add(channelKey(ann), (&channel{name: "x", muted: true}).encode())
	f.Add(atKey, encodeTrail([]mark{{1, types.Hash{1}}, {2, types.Hash{2}}}))
	f.Add(readKey, place{1, 2}.encode())
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		store := wallet.NewMemStore()
		if err := store.Commit([]wallet.Change{{Key: key, Value: append([]byte{}, value...)}}); err != nil {
			t.Fatal(err)
		}
		s, err := loadState(store, found)
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) {
			t.Fatal(err)
		}
		for _, p := range s.posts {
			if p2 := postKey(p.place); err == nil && len(p2) != len(postRows)+17 {
				t.Fatal(p2)
			}
		}
	})
}

// FuzzMessage reads what strangers put into messages.
func FuzzMessage(f *testing.F) {
	f.Add(types.Encode(&types.Message{Public: true, Body: []byte("hello\nall")}))
	f.Add(types.Encode(&types.Message{Public: true, Body: append([]byte{0, 1}, make([]byte, 32)...)}))
	f.Add(types.Encode(&types.Message{Body: []byte("private")}))
	f.Fuzz(func(t *testing.T, payload []byte) {
		body, ok := publicBody(payload)
		if !ok {
			return
		}
		if _, gone := withdrawn(body); gone && readable(body) {
			t.Fatalf("%q is a withdrawal and text", body)
		}
	})
}
