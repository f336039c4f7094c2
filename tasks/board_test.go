package tasks

import (
	"errors"
	"strings"
	"testing"

	"supercomputing/chain/types"
)

func TestBoard(t *testing.T) {
	w := newWorld(t)
	self, author := newKey(1), newKey(2)
	aw := w.wallet(author)
	post := func(from wallet, dapp types.Hash, bid types.Amount) types.Hash {
		id, err := from.PostJob(t.Context(), types.JobPost{Dapp: dapp, Bid: bid, Duration: 100})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	dapp := &counting{}
	low := post(aw, countingID(), types.Coin)
	high := post(aw, countingID(), 3*types.Coin)
	w.mine(1)
	later := post(aw, countingID(), 3*types.Coin)
	foreign := post(aw, types.Hash{9}, 2*types.Coin)
	own := post(w.wallet(self), countingID(), 5*types.Coin)
	w.mine(1)
	// The best one has been worked on, and so is worth less than it was.
	node := newKey(3).Address()
	best := post(aw, countingID(), 10*types.Coin)
	w.mine(1)
	if _, err := aw.SubmitReport(t.Context(), &types.ScoreReport{Job: best, Entries: []types.ScoreEntry{{Address: node, Cumulative: 10*types.Coin - types.MinScore/2}}}); err != nil {
		t.Fatal(err)
	}
	w.mine(1)
	waiting := post(aw, countingID(), 20*types.Coin)

	b := NewBoard(w.wallet(self), self.Address(), []Dapp{dapp})
	entries, err := b.Entries()
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		id   types.Hash
		rank int
		why  string
	}{
		{own, 1, "your own"}, {high, 2, ""}, {later, 3, ""}, {foreign, 4, "does not know"},
		{low, 5, ""}, {best, 6, "used up"}, {waiting, 0, "waits for a block"},
	}
	if len(entries) != len(want) {
		t.Fatalf("%d entries", len(entries))
	}
	for i, e := range entries {
		if e.Job.ID != want[i].id || e.Rank != want[i].rank || !strings.Contains(e.WhyNot, want[i].why) || (want[i].why == "") != (e.WhyNot == "") {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
	if why := WhyIdle(entries); why != "" {
		t.Errorf("idle: %s", why)
	}
	dapp.check = errors.New("it needs 3 GB of disk")
	entries, _ = b.Entries()
	if why := WhyIdle(entries); !strings.Contains(why, "3 of 7 open jobs: it needs 3 GB of disk") || !strings.Contains(why, "3 left") {
		t.Errorf("idle: %s", why)
	}
	if why := WhyIdle(nil); why == "" {
		t.Error("no reason for an empty board")
	}
	q, err := b.Quote(countingID())
	if err != nil {
		t.Fatal(err)
	}
	if q.Open != 6 || q.Nodes != 1 || q.High != 20*types.Coin || q.Median != 3*types.Coin || q.Low != types.MinScore/2 {
		t.Errorf("quote %+v", q)
	}
	for _, c := range []struct {
		bid       types.Amount
		all, mine int
	}{{30 * types.Coin, 1, 1}, {3 * types.Coin, 5, 5}, {2 * types.Coin, 6, 5}, {1, 8, 7}} {
		if all, mine := q.Rank(c.bid); all != c.all || mine != c.mine {
			t.Errorf("a bid of %v ranks %d and %d", c.bid, all, mine)
		}
	}
	if q, err := b.Quote(types.Hash{77}); err != nil || q.Open != 0 {
		t.Errorf("quote of an unknown dapp: %+v, %v", q, err)
	}
}

// A job is own to who runs it and to who posted it, and nobody else's.
func TestBoardOfOperatedJob(t *testing.T) {
	w := newWorld(t)
	author, operator := newKey(1), newKey(2)
	post := types.JobPost{Dapp: countingID(), Operator: operator.Address(), Bid: types.Coin, Duration: 100}
	if _, err := w.wallet(author).PostJob(t.Context(), post); err != nil {
		t.Fatal(err)
	}
	w.mine(1)
	for who, own := range map[key]bool{author: true, operator: true, newKey(3): false} {
		entries, err := NewBoard(w.wallet(who), who.Address(), []Dapp{&counting{}}).Entries()
		if err != nil || len(entries) != 1 || entries[0].Own != own || (entries[0].WhyNot != "") != own {
			t.Errorf("%+v, %v", entries, err)
		}
	}
}
