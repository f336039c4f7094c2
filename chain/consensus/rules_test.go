package consensus_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// A ruleCase breaks one rule in an otherwise valid block. reject makes the
// block on a world of its own and returns what its validation says.
type ruleCase struct {
	name   string
	kind   consensus.ErrorKind
	reject func(w *world) error
}

// unreachable are the kinds that no block can show, and why.
var unreachable = map[consensus.ErrorKind]string{}

func allRuleCases() []ruleCase {
	var all []ruleCase
	for _, cases := range [][]ruleCase{headerCases, bodyCases, txCases, scriptCases, recordCases, scoreCases, registrationCases} {
		all = append(all, cases...)
	}
	return all
}

func TestRules(t *testing.T) {
	t.Parallel()
	base := newWorld(t)
	if _, err := base.Check(base.Build()); err != nil {
		t.Fatalf("the block that the cases break is not valid itself: %v", err)
	}
	for _, c := range allRuleCases() {
		t.Run(c.name, func(t *testing.T) {
			w := base.clone(t)
			err := c.reject(w)
			if !errors.Is(err, c.kind) {
				t.Fatalf("got %v, want %q", err, c.kind)
			}
			if !consensus.IsRule(err) {
				t.Errorf("%v does not count as a broken rule", err)
			}
			// What was refused has left no trace: the chain goes on.
			w.Release()
			w.Extend()
		})
	}
}

// TestRuleCoverage reads the kinds from the source, so that a new kind without
// a case fails here.
func TestRuleCoverage(t *testing.T) {
	covered := make(map[consensus.ErrorKind]bool)
	for _, c := range allRuleCases() {
		covered[c.kind] = true
	}
	kinds := declaredKinds(t)
	if len(kinds) < 40 {
		t.Fatalf("only %d kinds found in errors.go", len(kinds))
	}
	for name, kind := range kinds {
		_, excused := unreachable[kind]
		if covered[kind] == excused {
			t.Errorf("%s (%q): covered %v, excused %v", name, kind, covered[kind], excused)
		}
	}
}

func declaredKinds(t *testing.T) map[string]consensus.ErrorKind {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	kinds := make(map[string]consensus.ErrorKind)
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			return true
		}
		id, isIdent := v.Type.(*ast.Ident)
		lit, isLit := v.Values[0].(*ast.BasicLit)
		if isIdent && isLit && id.Name == "ErrorKind" {
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds[v.Names[0].Name] = consensus.ErrorKind(text)
		}
		return true
	})
	return kinds
}

// world is a chain on which every kind of record can go right or wrong.
type world struct {
	*chaintest.Generator
	alice, bob, carol *chaintest.Key
	open              types.Hash     // alice's job, bid 10, runs on
	short             types.Hash     // alice's job, over; in its grace
	done              types.Hash     // alice's job, completed; in its grace
	anyone            chaintest.Coin // spendable by a script that is true
	anyoneWitness     wire.TxWitness
}

func newWorld(t *testing.T) *world { return newWorldOn(t, nil) }

// newWorldOn is newWorld on a network that change has altered.
func newWorldOn(t *testing.T, change func(*consensus.Params)) *world {
	t.Helper()
	p := chaintest.Params([]string{"alice", "bob", "carol"}, change)
	w := &world{Generator: chaintest.New(t, p),
		alice: chaintest.NewKey("alice"), bob: chaintest.NewKey("bob"), carol: chaintest.NewKey("carol")}
	w.ExtendBy(int(p.CoinbaseMaturity)) // genesis outputs mature
	open := w.Post(w.alice, 10*types.Coin, 5000)
	short := w.Post(w.alice, 10*types.Coin, 2)
	done := w.Post(w.alice, 10*types.Coin, 5000)
	w.open, w.short, w.done = open.ID(), short.ID(), done.ID()
	address, witness := trueScript(t)
	gift := w.Tx(chaintest.Spec{From: w.carol, To: []consensus.Payment{{Address: address, Amount: types.Coin}}})
	w.Extend(open, short, done, gift, w.Register(w.bob))
	w.anyone, w.anyoneWitness = w.Coins(address)[0], witness
	w.Extend(w.Score(w.alice, w.open, map[types.Address]types.Amount{w.bob.Address(): types.Coin}))
	w.Extend(w.Record(w.alice, &types.Completion{Job: w.done}))
	// The compute fund releases its first part at height 10.
	w.ExtendBy(12 - int(w.State.Height))
	return w
}

func (w *world) clone(t *testing.T) *world {
	c := *w
	c.Generator = w.Clone(t)
	return &c
}

// check validates a block.
func (w *world) check(b *types.Block) error {
	_, err := w.Check(b)
	return err
}

// header changes one field of the next block's header.
func (w *world) header(edit func(*types.Header)) error {
	return w.check(w.MutateHeader(w.Build(), edit))
}

// body changes the next block's body, which carries txs.
func (w *world) body(edit func(*types.Block), txs ...*types.Tx) error {
	return w.check(w.Mutate(w.Build(txs...), edit))
}

// inject puts transactions into the next block that may not be valid. It
// leaves the coinbase: transactions are checked before it.
func (w *world) inject(txs ...*types.Tx) error {
	return w.body(func(b *types.Block) {
		for _, tx := range txs {
			b.Txs = append(b.Txs, tx.Msg)
			if tx.Payload == nil {
				continue
			}
			if c, ok := types.Kind(tx.Payload[0]).Chain(); ok {
				b.Sides[c] = append(b.Sides[c], tx.Payload)
			}
		}
	})
}

// spend injects alice's payment to bob after edit has changed it.
func (w *world) spend(edit func(*wire.MsgTx)) error {
	return w.inject(w.Tx(chaintest.Spec{From: w.alice, To: w.toBob(types.Coin), Edit: edit}))
}

func (w *world) toBob(amount types.Amount) []consensus.Payment {
	return []consensus.Payment{{Address: w.bob.Address(), Amount: amount}}
}

// record injects a record of key.
func (w *world) record(key *chaintest.Key, rec types.Record) error {
	return w.inject(w.Record(key, rec))
}

// raw injects alice's transaction with a payload that need not decode; it
// pays enough for any record but a dapp's.
func (w *world) raw(payload []byte) error {
	tx := w.Tx(chaintest.Spec{From: w.alice, Tip: types.Coin, Edit: func(m *wire.MsgTx) {
		m.TxOut = append(m.TxOut, w.Params.ID.Commit(payload))
	}})
	tx.Payload = payload
	return w.inject(tx)
}
