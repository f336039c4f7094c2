package wallet

import (
	"slices"
	"testing"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

func TestCoinbaseSources(t *testing.T) {
	pay := func(amounts ...types.Amount) (out []consensus.Payment) {
		for _, a := range amounts {
			out = append(out, consensus.Payment{Amount: a})
		}
		return out
	}
	for _, c := range []struct {
		name string
		u    *consensus.Update
		n    int
		want []source
	}{
		{"no update", nil, 2, []source{0, 0}},
		{"all", &consensus.Update{Income: consensus.Income{Producer: 1, Foundation: 1, Developers: pay(1, 1), DappFund: 1, Credits: pay(1)}}, 6,
			[]source{sourceProducer, sourceFoundation, sourceDeveloper, sourceDeveloper, sourceDappFund, sourceCredit}},
		{"zero amounts have no output", &consensus.Update{Income: consensus.Income{Producer: 1, Developers: pay(0, 1), Credits: pay(1, 0)}}, 3,
			[]source{sourceProducer, sourceDeveloper, sourceCredit}},
		{"does not fit", &consensus.Update{Income: consensus.Income{Producer: 1}}, 3, []source{0, 0, 0}},
	} {
		if got := coinbaseSources(c.u, c.n); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestRemovedAddress(t *testing.T) {
	op := wire.OutPoint{Hash: types.Hash{5}, Index: 1}
	key := consensus.UTXOKey(op)
	for name, changes := range map[string][]consensus.Change{
		"nothing":        nil,
		"other tables":   {{Table: consensus.TableUTXO + 1, Key: key, Old: []byte{1}}},
		"another output": {{Table: consensus.TableUTXO, Key: consensus.UTXOKey(wire.OutPoint{}), Old: []byte{1}}},
		"a new output":   {{Table: consensus.TableUTXO, Key: key, New: []byte{1}}},
		"a corrupt row":  {{Table: consensus.TableUTXO, Key: key, Old: []byte{1}}},
	} {
		if a, ok := removedAddress(&consensus.Update{Changes: changes}, op); ok {
			t.Errorf("%s: %v", name, a)
		}
	}
}

// payTo is a transaction that spends prev and pays amount to a.
func payTo(prev wire.OutPoint, a types.Address, amount types.Amount) *types.Tx {
	m := wire.NewMsgTx(2)
	m.AddTxIn(wire.NewTxIn(&prev, nil, wire.TxWitness{make([]byte, 64)}))
	m.AddTxOut(wire.NewTxOut(int64(amount), a.PkScript()))
	return &types.Tx{Msg: m}
}

// chainState is a state with an own address, for tests of single steps.
func chainState(t *testing.T) (*state, types.Address) {
	t.Helper()
	s := newState(newBook(testAccount(t)), 4)
	if err := s.load(NewMemStore(), types.NetworkID{}, types.Address{}); err != nil {
		t.Fatal(err)
	}
	own, err := s.account.Address(keys.Receive, 1)
	if err != nil {
		t.Fatal(err)
	}
	return s, own
}

// What spends a transaction that stops counting stops too, to any depth, and
// the coins are as if it had never been.
func TestConflictsCascade(t *testing.T) {
	s, own := chainState(t)
	prev := wire.OutPoint{Hash: types.Hash{1}}
	var ids []types.Hash
	for i := range 5 {
		x := payTo(prev, own, types.Amount(100-i))
		if err := s.poolAdd(&PoolTx{Tx: x, Fee: 1}, time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, x.ID())
		prev = wire.OutPoint{Hash: x.ID()}
	}
	if len(s.pending) != 5 || len(s.coins) != 5 || len(s.spent) != 5 {
		t.Fatalf("%d waiting, %d coins, %d spends", len(s.pending), len(s.coins), len(s.spent))
	}
	s.put(s.txs[ids[1]], conflicted, types.Hash{9})
	for i, id := range ids {
		want := conflicted
		if i == 0 {
			want = pending
		}
		if s.txs[id].status != want {
			t.Errorf("transaction %d: status %d", i, s.txs[id].status)
		}
	}
	if len(s.pending) != 1 || len(s.coins) != 1 || len(s.spent) != 1 {
		t.Errorf("%d waiting, %d coins, %d spends", len(s.pending), len(s.coins), len(s.spent))
	}
	s.poolRemove(ids[0])
	if len(s.txs) != 4 || len(s.pending)+len(s.coins)+len(s.spent) != 0 {
		t.Errorf("something stays behind: %+v", s.coins)
	}
}

// The pool may be older news than the blocks.
func TestPoolDoesNotOverruleBlocks(t *testing.T) {
	s, own := chainState(t)
	prev := wire.OutPoint{Hash: types.Hash{1}}
	first, second := payTo(prev, own, 100), payTo(prev, own, 90)
	mined := &tx{id: first.ID(), tx: first, fee: -1, change: noChange, block: types.Hash{7}, height: 3}
	s.put(mined, confirmed, types.Hash{})
	if err := s.poolAdd(&PoolTx{Tx: second}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if s.txs[second.ID()] != nil || s.txs[first.ID()].status != confirmed {
		t.Error("a conflict in the pool pushed out a confirmed transaction")
	}
	if err := s.poolAdd(&PoolTx{Tx: first}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if s.txs[first.ID()].status != confirmed {
		t.Error("a late pool entry unconfirmed a transaction")
	}
	s.poolRemove(first.ID())
	if s.txs[first.ID()] == nil {
		t.Error("leaving the pool for a block forgot a transaction")
	}
}

// A chain that asks for the impossible is refused, not followed.
func TestDisconnectNeedsTheTip(t *testing.T) {
	s, _ := chainState(t)
	if err := s.disconnect(&Block{Block: &types.Block{}, Hash: types.Hash{1}}, time.Unix(0, 0)); err == nil {
		t.Error("reverted a block that is not the position's")
	}
	// Payloads that do not match commitments cannot come from a valid chain.
	bad := &types.Block{Txs: []*wire.MsgTx{payTo(wire.OutPoint{}, types.Address{}, 1).Msg}}
	bad.Sides[types.ChainWork] = types.SideBlock{{1}}
	if err := s.connect(&Block{Block: bad, Hash: types.Hash{1}}, time.Unix(0, 0), time.Unix(0, 0)); err == nil {
		t.Error("connected a block with a payload too many")
	}
}

// Change addresses beyond the gap are not used: a restore would not find them.
func TestChangeStaysWithinTheGap(t *testing.T) {
	s, _ := chainState(t)
	for i := range uint32(30) {
		a, index, err := s.freshChange()
		if err != nil {
			t.Fatal(err)
		}
		if want := min(i, gapLimit-1); index != want {
			t.Errorf("change %d at index %d", i, index)
		}
		if _, ok := s.paths[a]; !ok {
			t.Errorf("change %d is not watched", i)
		}
		if s.counters.next[keys.Change] == index {
			if _, err := s.take(keys.Change); err != nil {
				t.Fatal(err)
			}
		}
	}
}
