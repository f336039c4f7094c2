package consensus_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// explain explains the newest block.
func explain(t *testing.T, g *chaintest.Generator) *consensus.Explanation {
	t.Helper()
	all := g.Blocks()
	last := all[len(all)-1]
	ex, err := consensus.Explain(g.Params, &all[len(all)-2].Block.Header, last.Block, last.Update)
	if err != nil {
		t.Fatalf("height %d: %v", g.State.Height, err)
	}
	return ex
}

// An update that is not the block's is found out, and never a panic.
func TestExplainFindsAnotherUpdate(t *testing.T) {
	w := newWorld(t)
	parent := w.Tip()
	w.Extend(w.TicketScore(w.carol, w.alice, w.open, 2*types.Coin), w.Record(w.alice, &types.BidRaise{Job: w.open, Added: types.Coin}),
		w.Score(w.alice, w.open, map[types.Address]types.Amount{w.bob.Address(): 3 * types.Coin, w.carol.Address(): 3 * types.Coin}))
	b, u := w.Tip(), w.Update()
	ex := explain(t, w.Generator)
	if len(ex.Earned) != 3 || len(ex.Shares) != 0 {
		t.Fatalf("%+v", ex)
	}
	for _, e := range ex.Earned {
		if e.Registered != (e.Address == w.bob.Address()) {
			t.Errorf("%+v", e)
		}
	}
	for _, table := range []consensus.Table{consensus.TableJob, consensus.TableJobScore, consensus.TableCredit, consensus.TableWork} {
		for i, c := range u.Changes {
			if c.Table != table || c.New == nil {
				continue
			}
			for at, want := range map[int]error{len(c.New) - 1: consensus.ErrUnexplained, 0: nil} {
				changed := &consensus.Update{Changes: slices.Clone(u.Changes), Income: u.Income}
				value := bytes.Clone(c.New)
				if at == 0 {
					value, want = value[:len(value)-1], consensus.ErrCorrupt
				} else if table == consensus.TableJob {
					value[64+32+8+7] ^= 1 // held
				} else {
					value[at] ^= 1
				}
				changed.Changes[i].New = value
				_, err := consensus.Explain(w.Params, &parent.Header, b, changed)
				if !errors.Is(err, want) && !(at == 0 && errors.Is(err, consensus.ErrUnexplained)) {
					t.Errorf("table %d: got %v, want %v", table, err, want)
				}
			}
		}
	}
	empty := new(consensus.Update)
	if ex, err := consensus.Explain(w.Params, &parent.Header, b, empty); err != nil || len(ex.Earned) != 0 {
		t.Errorf("an update that changes nothing: %+v, %v", ex, err)
	}
}

func TestUpdateFind(t *testing.T) {
	w := newWorld(t)
	w.Extend(w.Tx(chaintest.Spec{From: w.alice, To: w.toBob(types.Coin)}))
	u := w.Update()
	n := 0
	for table := consensus.Table(1); table <= consensus.TableScalar; table++ {
		for _, c := range u.Of(table) {
			n++
			if c.Table != table {
				t.Fatalf("table %d among those of %d", c.Table, table)
			}
			if f := u.Find(table, c.Key); f == nil || !bytes.Equal(f.Key, c.Key) {
				t.Fatalf("row %x is not found", c.Key)
			}
			if u.Find(table, append(bytes.Clone(c.Key), 0)) != nil {
				t.Fatal("found what is not there")
			}
		}
	}
	if n != len(u.Changes) || n == 0 {
		t.Fatalf("%d of %d changes", n, len(u.Changes))
	}
}
