package download

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"supercomputing/chain/types"
)

var epoch = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return epoch.Add(time.Duration(seconds * float64(time.Second))) }

// event is one step of a scoring case: a node passes (or misses) an audit with
// held bytes, takes a place or leaves it, or the bids are raised.
type event struct {
	at   float64
	node byte
	do   string
	held int64
	want types.Amount // earned by a pass
}

func play(t *testing.T, b *book, events []event) {
	t.Helper()
	for i, e := range events {
		id := nodeID{e.node}
		switch e.do {
		case "sit":
			a := b.Accounts[id]
			if a == nil {
				a = new(account)
				b.Accounts[id] = a
			}
			a.Seated, a.Since = true, at(e.at)
		case "leave":
			b.Accounts[id].Seated = false
		case "miss":
			b.miss(b.Accounts[id], at(e.at))
		case "raise":
			b.Terms.Bids += e.want
		case "pass":
			if got := b.pass(b.Accounts[id], at(e.at), e.held); got != e.want {
				t.Errorf("step %d: earned %d, want %d", i, got, e.want)
			}
		}
		if b.paid() > b.Terms.Bids {
			t.Errorf("step %d: paid %d of %d", i, b.paid(), b.Terms.Bids)
		}
	}
}

func newBook(size int64, replicas int, keep time.Duration, bid types.Amount) *book {
	return &book{
		Terms:    terms{Size: size, Replicas: replicas, Keep: keep, First: bid, Bids: bid},
		Accounts: make(map[nodeID]*account),
	}
}

func TestScores(t *testing.T) {
	for _, c := range []struct {
		name     string
		replicas int
		events   []event
	}{
		{"one node, delivery in parts, then keeping", 1, []event{
			{0, 1, "sit", 0, 0}, {1, 1, "pass", 250, 125_000}, {2, 1, "pass", 1000, 375_000},
			{7, 1, "pass", 1000, 250_000}, {12, 1, "pass", 1000, 250_000}, {20, 1, "pass", 1000, 0},
		}},
		{"the same again earns nothing", 1, []event{
			{0, 1, "sit", 0, 0}, {1, 1, "pass", 1000, 500_000}, {1, 1, "pass", 1000, 0}, {1, 1, "pass", 1000, 0},
		}},
		{"two nodes share", 2, []event{
			{0, 1, "sit", 0, 0}, {0, 2, "sit", 0, 0}, {0, 1, "pass", 1000, 250_000}, {0, 2, "pass", 1000, 250_000},
			{10, 1, "pass", 1000, 250_000}, {10, 2, "pass", 1000, 250_000},
		}},
		{"a missed audit pays nothing for its interval", 1, []event{
			{0, 1, "sit", 0, 0}, {0, 1, "pass", 1000, 500_000}, {5, 1, "miss", 0, 0}, {10, 1, "pass", 1000, 250_000},
		}},
		{"keeping pays the least held at both ends", 1, []event{
			{0, 1, "sit", 0, 0}, {0, 1, "pass", 1000, 500_000}, {5, 1, "pass", 400, 100_000}, {10, 1, "pass", 1000, 100_000},
		}},
		{"before anyone has all of it keeping is not paid", 1, []event{
			{0, 1, "sit", 0, 0}, {0, 1, "pass", 999, 499_500}, {100, 1, "pass", 999, 0}, {101, 1, "pass", 1000, 500},
		}},
		{"a replacement is paid from what lapsed", 1, []event{
			{0, 1, "sit", 0, 0}, {0, 1, "pass", 1000, 500_000}, {1, 1, "leave", 0, 0},
			// Six seconds' keeping lapsed, 300,000; delivery asks for 500,000.
			{1, 2, "sit", 0, 0}, {6, 2, "pass", 1000, 300_000}, {10, 2, "pass", 1000, 200_000},
		}},
		{"a raise buys time at the same price", 1, []event{
			{0, 1, "sit", 0, 0}, {0, 1, "pass", 1000, 500_000}, {10, 1, "pass", 1000, 500_000},
			{10, 0, "raise", 0, 250_000}, {15, 1, "pass", 1000, 250_000}, {30, 1, "pass", 1000, 0},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			play(t, newBook(1000, c.replicas, 10*time.Second, 1_000_000), c.events)
		})
	}
}

// TestScoresNeverExceedBids plays random jobs and checks after each step that
// no more than the bids is paid, that scores never fall, and that a book taken
// from disk in between goes on exactly as the one in memory.
func TestScoresNeverExceedBids(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		size := 1 + r.Int64N(MaxSize)
		keep := time.Duration(1+r.IntN(1e6)) * time.Second
		b := newBook(size, 1+r.IntN(4), keep, MinBid+types.Amount(r.Int64N(int64(1000*types.Coin))))
		now := 0.0
		var paid types.Amount
		for step := range 60 {
			now += r.Float64() * keep.Seconds() / 10
			id := nodeID{byte(r.IntN(6))}
			a := b.Accounts[id]
			if a == nil {
				a = new(account)
				b.Accounts[id] = a
			}
			if !a.Seated {
				if b.seated() < b.Terms.Replicas {
					a.Seated, a.Since = true, at(now)
				}
				continue
			}
			switch r.IntN(10) {
			case 0:
				a.Seated = false
			case 1:
				b.miss(a, at(now))
			case 2:
				b.Terms.Bids += types.Amount(r.Int64N(int64(types.Coin)))
			default:
				held := size
				if r.IntN(2) == 0 {
					held = r.Int64N(size)
				}
				raw, err := json.Marshal(b)
				if err != nil {
					t.Fatal(err)
				}
				got := b.pass(a, at(now), held)
				var again book
				if err := json.Unmarshal(raw, &again); err != nil {
					t.Fatal(err)
				}
				if other := again.pass(again.Accounts[id], at(now), held); other != got {
					t.Fatalf("seed %d step %d: earned %d, after a restart %d", seed, step, got, other)
				}
			}
			var sum types.Amount
			for _, a := range b.Accounts {
				sum += a.earned()
			}
			if b.paid() < paid || b.paid() > b.Terms.Bids || sum != b.paid() || b.Delivered > b.Terms.deliveryPool() {
				t.Fatalf("seed %d step %d: paid %d (before %d) of %d, nodes have %d", seed, step, b.paid(), paid, b.Terms.Bids, sum)
			}
			paid = b.paid()
		}
	}
}

func TestSpanOfAbsurdRaise(t *testing.T) {
	b := newBook(1, 1, MaxKeep, MinBid)
	b.Terms.Bids = types.MaxAmount
	if got := b.Terms.span(); got != 2*MaxKeep {
		t.Errorf("span %v, want the ceiling", got)
	}
}
