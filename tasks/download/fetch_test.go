package download

import (
	"crypto/sha1"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/anacrolix/torrent"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// TestPlan checks which pieces a node wishes for: its own stripe, what others
// have got already, and the rest only when its stripe is nearly done.
func TestPlan(t *testing.T) {
	const pieces = 64
	l := &Layout{Name: "x", Size: pieces << 20, PieceLength: 1 << 20, Hashes: make([]byte, pieces*sha1.Size), Files: []File{{Length: pieces << 20}}}
	c, err := openContent(l, t.TempDir(), filepath.Join(t.TempDir(), "done"), false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p := plan{c: c, priority: make([]torrent.PiecePriority, pieces)}
	available := make([]uint16, pieces)
	for i := range available {
		available[i] = 1 // the origin has all
	}
	available[7] = 2 // another node has one of its stripe
	count := func(prio torrent.PiecePriority) (n int) {
		for _, have := range p.priority {
			if have == prio {
				n++
			}
		}
		return n
	}
	mine := stripe{1, 2}
	p.finished()
	p.update(stripe{0, 2}, available, 0)
	if count(torrent.PiecePriorityHigh) != ownWindow>>20 || count(torrent.PiecePriorityNormal) != 1 || p.priority[7] != torrent.PiecePriorityNormal {
		t.Errorf("at the start: %v", p.priority)
	}
	p.update(mine, available, 0)
	if p.priority[7] != torrent.PiecePriorityHigh || p.priority[0] != torrent.PiecePriorityNone {
		t.Errorf("other stripe: %v", p.priority)
	}
	for i := 1; i < pieces; i += 2 {
		c.mark(i, true)
	}
	p.finished()
	p.update(mine, available, 0)
	if count(torrent.PiecePriorityHigh) != 0 || count(torrent.PiecePriorityNormal) != 2 || p.priority[62] != torrent.PiecePriorityNormal {
		t.Errorf("helping at the end: %v", p.priority)
	}
	for i := range available {
		available[i] = 2
	}
	p.update(mine, available, 0)
	if count(torrent.PiecePriorityNormal) != pieces/2 {
		t.Errorf("with a second source: %v", p.priority)
	}
}

func TestSuggest(t *testing.T) {
	e, err := New(Options{DataDir: t.TempDir(), Listen: "127.0.0.1:0", LoopbackOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	d := NewDapp(testDapp, e, DappOptions{})
	const gib = 1 << 30
	month := DefaultKeep
	small, large := d.Suggest(1000, time.Hour, 1, nil), d.Suggest(10*gib, month, 4, nil)
	if small.Suggested != MinBid || small.Rank != 1 || large.Suggested != 80*types.Coin/100 {
		t.Errorf("empty market: %v and %v", small, large)
	}
	var open []tasks.Job
	for i := range 5 { // each pays three times the list price
		s, err := Spec{Size: gib, PieceLength: 1 << 20, Keep: month, Replicas: 4, Name: "x"}.Encode()
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, tasks.Job{ID: types.Hash{byte(i)}, Bids: 24 * types.Coin / 100, Post: types.JobPost{Dapp: testDapp, Spec: s, InfoHash: make([]byte, 20)}})
	}
	open = append(open, tasks.Job{Bids: 1000 * types.Coin}, tasks.Job{Bids: types.Coin, Post: types.JobPost{Dapp: testDapp, Spec: []byte("?")}})
	q := d.Suggest(gib, month, 4, open)
	if q.Suggested != 24*types.Coin/100 || q.Open != 6 || q.Rank != 7 || q.First != types.Coin+1 {
		t.Errorf("going price: %+v", q)
	}
}
