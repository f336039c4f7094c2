package consensus

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// together verifies spends in one batch.
func together(spends ...*Spend) error {
	var b SpendBatch
	for _, s := range spends {
		if err := b.Add(s); err != nil {
			return err
		}
	}
	return b.Verify()
}

// verdict is what Verify says of s. In a batch, before or behind a good spend,
// it has to be the same.
func verdict(t *testing.T, s *Spend) error {
	t.Helper()
	alone := s.Verify()
	good := keySpend(t, "good", 2)
	for name, batch := range map[string][]*Spend{"before a good one": {s, good}, "twice behind one": {good, s, s}} {
		if err := together(batch...); fmt.Sprint(err) != fmt.Sprint(alone) {
			t.Errorf("%s: %v; by itself: %v", name, err, alone)
		}
	}
	return alone
}

// keySpend has n inputs of one key.
func keySpend(t testing.TB, label string, n int) *Spend {
	t.Helper()
	k := newTestKey(label)
	from := make([]types.Address, n)
	for i := range from {
		from[i] = k.address()
	}
	s := spendOf(nil, from...)
	for i := range from {
		s.Tx.Msg.TxIn[i].Witness = wire.TxWitness{signature(t, s, i, k, 0, nil, nil)}
	}
	return s
}

// Key path spends really go into the batch, with and without a hash type, and
// what is no key path spend or malformed does not.
func TestKeyPathIsBatched(t *testing.T) {
	k := newTestKey("owner")
	annex := []byte{0x50, 1}
	for _, c := range []struct {
		name    string
		witness func(s *Spend) wire.TxWitness
		batched bool
	}{
		{"default", func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 1, k, 0, nil, nil)} }, true},
		{"all", func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 1, k, 1, nil, nil)} }, true},
		{"none, anyone", func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 1, k, 0x82, nil, nil)} }, true},
		{"single without output", func(*Spend) wire.TxWitness { return wire.TxWitness{append(make([]byte, 64), 3)} }, false},
		{"unknown type", func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 1, k, 4, nil, nil)} }, false},
		{"annex", func(s *Spend) wire.TxWitness { return wire.TxWitness{signature(t, s, 1, k, 0, annex, nil), annex} }, false},
		{"empty", func(*Spend) wire.TxWitness { return wire.TxWitness{{}} }, false},
		{"none at all", func(*Spend) wire.TxWitness { return nil }, false},
	} {
		s := spendOf(nil, k.address(), k.address())
		s.Tx.Msg.TxIn[1].Witness = c.witness(s)
		var b SpendBatch
		if got := newScriptCheck(s.Tx.Msg, s.Prevs).keyPath(1, &b.sigs); got != c.batched || b.sigs.Len() == 1 != c.batched {
			t.Errorf("%s: batched: %v, with %d signatures", c.name, got, b.sigs.Len())
		}
		if c.batched && !b.sigs.Verify() {
			t.Errorf("%s: refused", c.name)
		}
	}
}

func TestTicketsInBatch(t *testing.T) {
	t.Parallel()
	author, node := newTestKey("author"), newTestKey("node")
	ticketed := func() *Spend {
		s := keySpend(t, "node", 1)
		for i := range 3 {
			h := types.Hash{byte(i)}
			s.Tickets = append(s.Tickets, Ticket{author.address(), h, author.sign(t, h)})
		}
		return s
	}
	if err := verdict(t, ticketed()); err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(s *Spend){
		"other hash":       func(s *Spend) { s.Tickets[1].Hash[5] ^= 1 },
		"other author":     func(s *Spend) { s.Tickets[1].Author = node.address() },
		"no such author":   func(s *Spend) { s.Tickets[1].Author = types.Address{31: 5} },
		"signature":        func(s *Spend) { s.Tickets[2].Sig[40] ^= 1 },
		"ticket and input": func(s *Spend) { s.Tickets[2].Sig[40] ^= 1; s.Tx.Msg.TxIn[0].Witness[0][9] ^= 1 },
		"ticket and form":  func(s *Spend) { s.Tickets[0].Sig[40] ^= 1; s.Tx.Msg.TxIn[0].Witness = nil },
	} {
		s := ticketed()
		edit(s)
		t.Run(name, func(t *testing.T) { wantKind(t, verdict(t, s), ErrTicket) })
	}
	s := ticketed()
	s.Tx.Msg.TxIn[0].Witness[0][9] ^= 1
	wantKind(t, verdict(t, s), ErrScript)
}

// In a batch with several culprits the first is named, exactly as by itself.
func TestBatchNamesTheFirst(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		var batch []*Spend
		for i := range 2 + r.IntN(6) {
			batch = append(batch, keySpend(t, fmt.Sprint(i), 1+r.IntN(3)))
		}
		if err := together(batch...); err != nil {
			t.Fatal(err)
		}
		first := len(batch)
		for range 1 + r.IntN(2) {
			i := r.IntN(len(batch))
			s := batch[i]
			first = min(first, i)
			switch r.IntN(4) {
			case 0:
				s.Prevs[0].Value++
			case 1:
				s.Tx.Msg.TxOut[0].Value--
			case 2:
				w := s.Tx.Msg.TxIn[r.IntN(len(s.Prevs))].Witness[0]
				w[32+r.IntN(32)] ^= 1 << r.IntN(8)
			case 3:
				s.Prevs[len(s.Prevs)-1].PkScript = newTestKey("another").address().PkScript()
			}
		}
		if got, want := together(batch...), batch[first].Verify(); want == nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("culprit %d of %d: %v, want %v", first, len(batch), got, want)
		}
	}
}

func TestEmptyBatch(t *testing.T) {
	if err := together(); err != nil {
		t.Error(err)
	}
	s := keySpend(t, "k", 2)
	s.Prevs = s.Prevs[:1]
	if err := verdict(t, s); err == nil || IsRule(err) {
		t.Errorf("an output is missing: %v", err)
	}
}

// FuzzSpendBatch damages the witnesses and outputs of two spends: the batch
// says what Verify says.
func FuzzSpendBatch(f *testing.F) {
	f.Add([]byte{}, []byte{}, uint8(0))
	f.Add([]byte{1, 2, 3}, []byte{0x50}, uint8(1))
	f.Add(make([]byte, 64), make([]byte, 65), uint8(2))
	f.Fuzz(func(t *testing.T, a, b []byte, how uint8) {
		first, second := keySpend(t, "first", 2), keySpend(t, "second", 1)
		w := &first.Tx.Msg.TxIn[how>>7].Witness
		switch how % 8 {
		case 1:
			*w = wire.TxWitness{a}
		case 2:
			*w = wire.TxWitness{a, b}
		case 3:
			*w = append(*w, a)
		case 4:
			(*w)[0] = append((*w)[0], a...)
		case 5:
			for i := range min(len(a), 64) {
				(*w)[0][i] ^= a[i]
			}
		case 6:
			copy(first.Prevs[0].PkScript, a)
		case 7:
			second.Tx.Msg.TxIn[0].SignatureScript = a
		}
		want := first.Verify()
		if want == nil {
			want = second.Verify()
		}
		if got := together(first, second); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("together: %v, one by one: %v", got, want)
		}
	})
}

func BenchmarkSpendBatch(b *testing.B) {
	var spends []*Spend
	for i := range 1000 {
		spends = append(spends, keySpend(b, fmt.Sprint(i), 1))
	}
	for b.Loop() {
		if err := together(spends...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(spends)), "ns/spend")
}
