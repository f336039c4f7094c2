package wallet

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

func sampleTxs() []*tx {
	m := wire.NewMsgTx(2)
	m.AddTxIn(wire.NewTxIn(&wire.OutPoint{Hash: types.Hash{1}, Index: 2}, nil, wire.TxWitness{make([]byte, 64)}))
	m.AddTxOut(wire.NewTxOut(5000, types.Address{3}.PkScript()))
	t := &types.Tx{Msg: m}
	id := t.ID()
	return []*tx{
		{id: id, status: pending, local: true, order: 7, firstSeen: 1234, fee: 100, change: 0, tx: t},
		{id: id, status: confirmed, order: 8, height: 9, block: types.Hash{4}, blockTime: 5, index: 6, fee: -1, change: noChange,
			senders: []types.Address{{1}, {2}}, tx: &types.Tx{Msg: m, Payload: []byte{1, 2, 3}}},
		{id: id, status: replaced, by: types.Hash{9}, fee: -1, change: noChange, tx: t},
		{id: types.Hash{5}, status: confirmed, coinbase: true, height: 3, fee: -1, change: noChange,
			outs: []out{{0, types.Address{1}, 50, sourceProducer}, {4000, types.Address{2}, 60, sourceCredit}}},
	}
}

func TestTxRowRoundTrip(t *testing.T) {
	for i, want := range sampleTxs() {
		got, err := decodeTx(want.id, want.encode())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.encode(), want.encode()) || got.status != want.status || got.fee != want.fee || !reflect.DeepEqual(got.outs, want.outs) {
			t.Errorf("sample %d changed: %+v", i, got)
		}
		for n := range len(want.encode()) {
			if _, err := decodeTx(want.id, want.encode()[:n]); !errors.Is(err, ErrDamaged) {
				t.Fatalf("sample %d cut to %d bytes: %v", i, n, err)
			}
		}
	}
	first := sampleTxs()[0]
	row := first.encode()
	if _, err := decodeTx(types.Hash{8}, row); !errors.Is(err, ErrDamaged) {
		t.Errorf("under another id: %v", err)
	}
	for name, c := range map[string]struct {
		at   int
		to   byte
		want error
	}{"newer": {0, 2, ErrVersion}, "status": {1, 9, ErrDamaged}, "flags": {2, 0x80, ErrDamaged}} {
		bad := bytes.Clone(row)
		bad[c.at] = c.to
		if _, err := decodeTx(first.id, bad); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// rowsOf makes a store with these rows besides a good owner.
func rowsOf(changes ...Change) Store {
	s := NewMemStore()
	s.rows.apply(append([]Change{{keyMeta, append(append([]byte{rowVersion}, make([]byte, 32)...), make([]byte, 32)...)}}, changes...))
	return s
}

func TestLoadRefuses(t *testing.T) {
	pos := encodePosition(Position{Hash: types.Hash{1}, Height: 5, Time: time.Unix(7, 0)})
	for name, c := range map[string]struct {
		change Change
		want   error
	}{
		"unknown row":      {Change{"zzz", []byte{1}}, ErrDamaged},
		"empty key":        {Change{"", []byte{1}}, ErrDamaged},
		"short position":   {Change{keyPos, pos[:9]}, ErrDamaged},
		"newer position":   {Change{keyPos, append([]byte{2}, pos[1:]...)}, ErrVersion},
		"huge counters":    {Change{keyNext, counters{next: [2]uint32{1 << 30, 0}}.encode()}, ErrDamaged},
		"short counters":   {Change{keyNext, []byte{1}}, ErrDamaged},
		"label":            {Change{string(rowLabel) + string(make([]byte, 33)), []byte("a\x00b")}, ErrDamaged},
		"transaction":      {Change{txKey(types.Hash{}), []byte{1, 2}}, ErrDamaged},
		"other owner":      {Change{keyMeta, append([]byte{1}, bytes.Repeat([]byte{7}, 64)...)}, ErrOtherWallet},
		"owner of a newer": {Change{keyMeta, append([]byte{9}, make([]byte, 64)...)}, ErrVersion},
		"short owner":      {Change{keyMeta, []byte{1}}, ErrDamaged},
	} {
		s := newState(newBook(testAccount(t)), 1)
		if err := s.load(rowsOf(c.change), types.NetworkID{}, types.Address{}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	ownerless := NewMemStore()
	ownerless.rows.apply([]Change{{keyPos, pos}})
	if err := newState(newBook(testAccount(t)), 1).load(ownerless, types.NetworkID{}, types.Address{}); !errors.Is(err, ErrDamaged) {
		t.Errorf("no owner: %v", err)
	}
	if err := newState(newBook(testAccount(t)), 1).load(rowsOf(Change{keyPos, pos}), types.NetworkID{}, types.Address{}); err != nil {
		t.Errorf("good rows: %v", err)
	}
}

func FuzzRow(f *testing.F) {
	for _, t := range sampleTxs() {
		f.Add(txKey(t.id), t.encode())
	}
	f.Add(keyPos, encodePosition(Position{Height: 3}))
	f.Add(keyNext, counters{next: [2]uint32{3, 4}}.encode())
	f.Add(outpointKey(wire.OutPoint{Index: 3}), []byte{})
	f.Add(string(rowLabel)+string(make([]byte, 33)), []byte("label"))
	account := testAccount(f)
	f.Fuzz(func(t *testing.T, key string, value []byte) {
		s := newState(newBook(account), 1)
		err := s.loadRow(key, value)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		for _, x := range s.txs {
			if again, err := decodeTx(x.id, x.encode()); err != nil || !bytes.Equal(again.encode(), x.encode()) {
				t.Fatalf("a decoded row does not survive a round trip: %v", err)
			}
			s.enter(x)
			s.credit(x)
		}
	})
}

// testAccount is BIP 86's.
func testAccount(t testing.TB) *keys.Account {
	t.Helper()
	a, err := keys.ParseAccount("xpub6BgBgsespWvERF3LHQu6CnqdvfEvtMcQjYrcRzx53QJjSxarj2afYWcLteoGVky7D3UKDP9QyrLprQ3VCECoY49yfdDEHGCtMMj92pReUsQ")
	if err != nil {
		t.Fatal(err)
	}
	return a
}
