package seal

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

// stranger is an address that is nobody's, from a number.
func stranger(tb testing.TB, i int) types.Address {
	tb.Helper()
	m := mustSeal(tb, uint64(i)<<20, someAddress, own, nil)
	return m.Ephemeral // the x coordinate of a random point
}

var someAddress = types.Address{31: 1} // x = 1 is on the curve

// traffic is n messages of which every step-th is for one of ks in turn, as a
// chain carries them: others', public ones, and bodies of odd lengths.
func traffic(tb testing.TB, n, step int, ks []*keys.Key) (all []Sealed, ours []int) {
	tb.Helper()
	to := stranger(tb, 1)
	for i := range n {
		switch {
		case i%step == step-1:
			m := mustSeal(tb, uint64(i), ks[len(ours)%len(ks)].Address(), own, fmt.Append(nil, "message ", i))
			all, ours = append(all, Sealed{author, m}), append(ours, i)
		case i%7 == 3:
			all = append(all, Sealed{author, &types.Message{Public: true, Body: bytes.Repeat([]byte("n"), 320)}})
		case i%7 == 5:
			all = append(all, Sealed{author, &types.Message{Ephemeral: [32]byte{31: 5}, Body: make([]byte, 640)}})
		case i%7 == 6:
			all = append(all, Sealed{author, &types.Message{Ephemeral: someAddress, Body: make([]byte, 77)}})
		default:
			all = append(all, Sealed{author, mustSeal(tb, uint64(i), to, own, []byte("not for you"))})
		}
	}
	return all, ours
}

func TestScan(t *testing.T) {
	ks := someKeys(t, 3)
	all, ours := traffic(t, 120, 10, ks)
	var many []Sealed // several batches, and one that is cut short
	for len(many) < 2*batch {
		many = append(many, all...)
	}
	s := NewScanner(network, ks)
	for _, in := range [][]Sealed{nil, all[:1], all, many} {
		got := s.Scan(in)
		next := 0
		for i := range in {
			if i%len(all)%10 != 9 {
				continue
			}
			if next == len(got) {
				t.Fatalf("of %d messages only %d are found", len(in), next)
			}
			at := i % len(all)
			o, k := got[next], ks[next%len(ours)%len(ks)]
			if o.Index != i || o.To != k.Address() || string(o.Plain) != fmt.Sprint("message ", at) {
				t.Fatalf("%d of %d: %d to %v: %q", next, len(in), o.Index, o.To, o.Plain)
			}
			next++
		}
		if next != len(got) {
			t.Fatalf("%d found of %d", len(got), next)
		}
	}
	if got := NewScanner(network, nil).Scan(all); len(got) != 0 {
		t.Error("read without a key")
	}
	// A key that is given twice finds a message once.
	if got := NewScanner(network, append(ks, ks...)).Scan(all); len(got) != len(ours) {
		t.Errorf("%d messages instead of %d", len(got), len(ours))
	}
}

func TestScanConcurrent(t *testing.T) {
	ks := someKeys(t, 1)
	all, ours := traffic(t, 40, 10, ks)
	s := NewScanner(network, ks)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got := s.Scan(all); len(got) != len(ours) {
				t.Errorf("%d found", len(got))
			}
		})
	}
	wg.Wait()
}

// BenchmarkScan is on one core: the chain's messages are others', and one in a
// thousand is ours.
func BenchmarkScan(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const n = 4000
	for _, count := range []int{1, 4} {
		ks := someKeys(b, count)
		var all []Sealed
		want := 0
		others := []types.Address{stranger(b, 1), stranger(b, 2), stranger(b, 3)}
		for i := range n {
			to := others[i%len(others)]
			if i%1000 == 500 {
				to = ks[i%count].Address()
				want++
			}
			all = append(all, Sealed{author, mustSeal(b, uint64(i), to, own, make([]byte, 50+(i*7)%1000))})
		}
		s := NewScanner(network, ks)
		b.Run(fmt.Sprintf("keys=%d", count), func(b *testing.B) {
			for b.Loop() {
				if got := s.Scan(all); len(got) != want {
					b.Fatalf("%d found of %d", len(got), want)
				}
			}
			ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N*n)
			b.ReportMetric(ns, "ns/message")
			b.ReportMetric(60e9/ns, "messages/minute")
		})
	}
}
