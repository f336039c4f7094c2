package chain_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/types"
)

// copyStore makes a store with the same rows.
func copyStore(tb testing.TB, s chain.Store) *chain.MemStore {
	tb.Helper()
	b := new(chain.Batch)
	check(tb, s.Scan([]byte{0}, []byte{0xff}, func(key, value []byte) (bool, error) {
		b.Put(bytes.Clone(key), bytes.Clone(value))
		return true, nil
	}))
	c := chain.NewMemStore()
	check(tb, c.Commit(b))
	return c
}

// age takes from a store what an older program would not have written: records
// without fees, and nothing of the rest.
func age(tb testing.TB, s chain.Store) {
	tb.Helper()
	b := new(chain.Batch)
	check(tb, s.Scan([]byte{0}, []byte{0xff}, func(key, value []byte) (bool, error) {
		switch {
		case strings.ContainsRune("eacdjk", rune(key[0])), string(key) == "mindex":
			b.Delete(bytes.Clone(key))
		case key[0] == 'r':
			b.Put(bytes.Clone(key), bytes.Clone(value[:65]))
		}
		return true, nil
	}))
	check(tb, s.Commit(b))
}

func traded(tb testing.TB, n int) (*trade, *chain.MemStore) {
	tb.Helper()
	g := newTrade(tb, 3).grow(n)
	s := chain.NewMemStore()
	add(tb, open(tb, g.Params, s, newClock(g.Params)), blocks(g.Generator, 0)...)
	return g, s
}

func TestRebuildEqualsIncremental(t *testing.T) {
	t.Parallel()
	n := 60
	if chaintest.Race {
		n = 25
	}
	g, s := traded(t, n)
	want := indexRows(t, s)
	rows := func(change func(b *chain.Batch)) *chain.MemStore {
		c, b := copyStore(t, s), new(chain.Batch)
		change(b)
		check(t, c.Commit(b))
		return c
	}
	old := copyStore(t, s)
	age(t, old)
	at := func(version byte, h types.Hash) []byte { return append([]byte{0, 0, 0, version}, h[:]...) }
	some := g.Blocks()[20].Block.Hash()
	for name, store := range map[string]*chain.MemStore{
		"of an older program": old,
		"of another version":  rows(func(b *chain.Batch) { b.Put([]byte("mindex"), at(99, g.State.Hash)) }),
		"that is unreadable":  rows(func(b *chain.Batch) { b.Put([]byte("mindex"), []byte{1}) }),
		"of a lost block":     rows(func(b *chain.Batch) { b.Put([]byte("mindex"), at(1, types.Hash{1})) }),
		"with rows too many": rows(func(b *chain.Batch) {
			b.Put([]byte("mindex"), at(1, types.Hash{}))
			b.Put(append([]byte{'d'}, some[:]...), []byte("left from a crash"))
		}),
	} {
		var log bytes.Buffer
		m, err := chain.Open(g.Params, store, chain.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatalf("index %s: %v", name, err)
		}
		sameIndex(t, indexRows(t, store), want)
		if !strings.Contains(log.String(), "rebuilding") {
			t.Errorf("index %s: the log does not tell", name)
		}
		g.verify(t, m)
	}
	// And an index that is whole is left alone.
	var log bytes.Buffer
	_, err := chain.Open(g.Params, copyStore(t, s), chain.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	check(t, err)
	if strings.Contains(log.String(), "rebuilding") {
		t.Error("a whole index was rebuilt")
	}
}

// Blocks that an older program connected after a newer one are entered.
func TestRebuildGoesOn(t *testing.T) {
	g, s := traded(t, 30)
	m := open(t, g.Params, s, newClock(g.Params))
	marker, err := s.Get([]byte("mindex"))
	check(t, err)
	marker = bytes.Clone(marker)
	g.grow(10)
	add(t, m, blocks(g.Generator, 30)...)
	want := indexRows(t, s)
	b := new(chain.Batch)
	b.Put([]byte("mindex"), marker)
	check(t, s.Scan([]byte{0}, []byte{0xff}, func(key, _ []byte) (bool, error) {
		if strings.ContainsRune("eack", rune(key[0])) && bytes.Compare(key[33:37], []byte{0, 0, 0, 30}) > 0 {
			b.Delete(bytes.Clone(key))
		}
		return true, nil
	}))
	dapps := chain.NewMemStore() // sums as they were at height 30
	add(t, open(t, g.Params, dapps, newClock(g.Params)), blocks(g.Generator, 0)[:30]...)
	for k := range indexRows(t, s) {
		if k[0] == 'd' {
			b.Delete([]byte(k))
		}
	}
	for k, v := range indexRows(t, dapps) {
		if k[0] == 'd' {
			b.Put([]byte(k), []byte(v))
		}
	}
	check(t, s.Commit(b))
	m = open(t, g.Params, s, newClock(g.Params))
	sameIndex(t, indexRows(t, s), want)
	g.verify(t, m)
}

// stopping cancels a context, or fails, at the nth commit.
type stopping struct {
	*chain.MemStore
	left   int
	cancel func()
}

var errStop = errors.New("power failure")

func (s *stopping) Commit(b *chain.Batch) error {
	if s.left--; s.left == 0 {
		if s.cancel == nil {
			return errStop
		}
		s.cancel()
	}
	return s.MemStore.Commit(b)
}

// A rebuild that is stopped, or dies, at any commit goes on the next time.
func TestRebuildIsStopped(t *testing.T) {
	t.Parallel()
	g := newGen(t, nil)
	post := g.Post(ann, types.Coin, 2000)
	g.Extend(post)
	n := 1100 // three commits
	if chaintest.Race {
		n = 80
	}
	for i := range n {
		var txs []*types.Tx
		if i%100 == 50 {
			txs = append(txs, g.Score(ann, post.ID(), map[types.Address]types.Amount{bob.Address(): types.Amount(i+1) * types.MinScore / 2}))
		}
		g.Extend(txs...)
	}
	whole := chain.NewMemStore()
	add(t, open(t, g.Params, whole, newClock(g.Params)), blocks(g, 0)...)
	want := indexRows(t, whole)
	age(t, whole)
	for _, crash := range []bool{false, true} {
		store := &stopping{MemStore: copyStore(t, whole)}
		for at := 1; ; at++ {
			ctx, cancel := context.WithCancel(context.Background())
			store.left, store.cancel = at%10+1, cancel
			if crash {
				store.cancel = nil
			}
			_, err := chain.OpenContext(ctx, g.Params, store, chain.Options{})
			cancel()
			if err == nil {
				break
			}
			if crash && !errors.Is(err, errStop) || !crash && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			if at > 40 {
				t.Fatal("it never ends")
			}
		}
		sameIndex(t, indexRows(t, store.MemStore), want)
	}
}

// The log tells how far a long rebuild is.
func TestRebuildReports(t *testing.T) {
	g, s := traded(t, 12)
	age(t, s)
	now := time.Unix(1e9, 0)
	var log bytes.Buffer
	_, err := chain.Open(g.Params, s, chain.Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Clock: func() time.Time {
		now = now.Add(6 * time.Second)
		return now
	}})
	check(t, err)
	if !strings.Contains(log.String(), "tip=12 height=13\n") {
		t.Fatal(log.String())
	}
}
