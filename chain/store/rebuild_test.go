package store_test

import (
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"supercomputing/chain"
	"supercomputing/chain/store"
)

// rows lists all rows of a store.
func rows(t *testing.T, s chain.Reader) map[string]string {
	t.Helper()
	out := make(map[string]string)
	err := s.Scan([]byte{0}, []byte{0xff}, func(key, value []byte) (bool, error) {
		out[string(key)] = string(value)
		return true, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// watched calls after when a batch was committed.
type watched struct {
	*store.DB
	after func()
}

func (w *watched) Commit(b *chain.Batch) error {
	err := w.DB.Commit(b)
	w.after()
	return err
}

// Power is lost after every commit of a rebuild of the index. What is left
// opens and ends with the rows that the index had.
func TestRebuildSurvivesCrashes(t *testing.T) {
	t.Parallel()
	p, blocks := forked(t)
	mem := vfs.NewCrashableMem()
	s, err := store.OpenFS("chain", mem, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	m := open(t, p, s)
	for _, b := range blocks {
		if err := m.AddBlock(b); err != nil {
			t.Fatal(err)
		}
	}
	want := rows(t, s)
	old := &chain.Batch{Durable: true} // as an older program would have left it
	for key := range want {
		if strings.ContainsRune("reacdjk", rune(key[0])) || key == "mindex" {
			old.Delete([]byte(key))
		}
	}
	if err := s.Commit(old); err != nil {
		t.Fatal(err)
	}
	rng, crashes := rand.New(rand.NewPCG(7, 8)), 0
	w := &watched{DB: s, after: func() {
		crashes++
		c, err := store.OpenFS("chain", mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng}), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		audit(t, open(t, p, c))
		if got := rows(t, c); !maps.Equal(got, want) {
			t.Errorf("crash %d: %d rows, want %d", crashes, len(got), len(want))
		}
	}}
	open(t, p, w)
	if got := rows(t, s); !maps.Equal(got, want) || crashes < 3 {
		t.Fatalf("%d rows, want %d; %d commits", len(got), len(want), crashes)
	}
}
