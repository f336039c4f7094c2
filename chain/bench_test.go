package chain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/btcsuite/btcd/txscript/v2"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// benchSpends is how many Taproot key spends the measured block holds.
const benchSpends = 2000

// spendBlock makes a chain that ends with a block of benchSpends transactions,
// each with one key spend by a key of its own, and gives the blocks below it
// and the coins spent.
func spendBlock(tb testing.TB) (g *chaintest.Generator, below []*types.Block, last *types.Block, coins []chaintest.Coin) {
	g = newGen(tb, nil)
	out := make([]consensus.Payment, benchSpends)
	keys := make([]*chaintest.Key, benchSpends)
	for i := range out {
		keys[i] = chaintest.NewKey(fmt.Sprint("bench ", i))
		out[i] = consensus.Payment{Address: keys[i].Address(), Amount: types.Coin}
	}
	fan := g.Tx(chaintest.Spec{From: ann, To: out})
	g.Extend(fan)
	below = blocks(g, 0)
	txs := make([]*types.Tx, benchSpends)
	for i := range txs {
		coins = append(coins, coin(fan, i))
		txs[i] = from(g, keys[i], 0, nil, coins[i])
	}
	return g, below, g.Build(txs...), coins
}

// BenchmarkValidateBlock2000 is what a node does with a block of 2,000 spends
// that it never saw in its pool: all rules, all scripts on all cores, commit
// to memory. Compare BenchmarkBareEngine2000.
func BenchmarkValidateBlock2000(b *testing.B) {
	g, below, last, _ := spendBlock(b)
	c := newClock(g.Params)
	for b.Loop() {
		b.StopTimer()
		m := open(b, g.Params, chain.NewMemStore(), c)
		add(b, m, below...)
		b.StartTimer()
		if err := m.AddBlock(last); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(benchSpends*b.N)/b.Elapsed().Seconds(), "spends/s")
}

// BenchmarkBareEngine2000 is btcd's script engine on the same spends, one
// after the other, with each transaction's signature hash parts computed once,
// and nothing else of validation.
func BenchmarkBareEngine2000(b *testing.B) {
	_, _, last, coins := spendBlock(b)
	for b.Loop() {
		for i, m := range last.Txs[1:] {
			prev := coins[i].TxOut()
			fetch := txscript.NewCannedPrevOutputFetcher(prev.PkScript, prev.Value)
			hashes := txscript.NewTxSigHashes(m, fetch)
			vm, err := txscript.NewEngine(prev.PkScript, m, 0, txscript.StandardVerifyFlags, nil, hashes, prev.Value, fetch)
			if err != nil {
				b.Fatal(err)
			}
			if err := vm.Execute(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(benchSpends*b.N)/b.Elapsed().Seconds(), "spends/s")
}

// BenchmarkPooledBlock2000 is the same block when all its transactions waited
// in the pool, as they mostly do.
func BenchmarkPooledBlock2000(b *testing.B) {
	g, below, last, _ := spendBlock(b)
	txs, err := last.Transactions()
	if err != nil {
		b.Fatal(err)
	}
	limits := chain.PoolLimits{SenderCount: benchSpends, SenderBytes: 1 << 30}
	for b.Loop() {
		b.StopTimer()
		m, err := chain.Open(g.Params, chain.NewMemStore(), chain.Options{Clock: newClock(g.Params).now, Pool: limits})
		if err != nil {
			b.Fatal(err)
		}
		add(b, m, below...)
		for _, tx := range txs[1:] {
			if err := m.AddTx(tx); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		if err := m.AddBlock(last); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(benchSpends*b.N)/b.Elapsed().Seconds(), "spends/s")
}

// BenchmarkStateDigest is the digest's share: the changes of a block of 2,000
// spends laid into the lattice hash, and the digest taken.
func BenchmarkStateDigest(b *testing.B) {
	g, _, last, _ := spendBlock(b)
	res, err := consensus.Validate(g.Params, g.State, g.Rows, last)
	if err != nil {
		b.Fatal(err)
	}
	st := g.State
	for b.Loop() {
		st.Lattice.Update(res.Update.Changes)
		st.Digest()
	}
	b.ReportMetric(float64(len(res.Update.Changes)*b.N)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkHeaders is headers-first synchronisation: the full check of each
// header.
func BenchmarkHeaders(b *testing.B) {
	g := newGen(b, nil)
	g.ExtendBy(300)
	hs := headers(blocks(g, 0))
	for b.Loop() {
		b.StopTimer()
		m := open(b, g.Params, chain.NewMemStore(), newClock(g.Params))
		b.StartTimer()
		if err := m.AddHeaders(hs); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(hs)*b.N)/b.Elapsed().Seconds(), "headers/s")
}

// BenchmarkTemplate fills a block from a pool of 2,000 transactions.
func BenchmarkTemplate(b *testing.B) {
	g, below, last, _ := spendBlock(b)
	txs, err := last.Transactions()
	if err != nil {
		b.Fatal(err)
	}
	m, err := chain.Open(g.Params, chain.NewMemStore(), chain.Options{
		Clock: func() time.Time { return time.Unix(g.Params.GenesisTime+1<<30, 0) },
		Pool:  chain.PoolLimits{SenderCount: benchSpends, SenderBytes: 1 << 30},
	})
	if err != nil {
		b.Fatal(err)
	}
	add(b, m, below...)
	for _, tx := range txs[1:] {
		if err := m.AddTx(tx); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		_, taken, err := m.Template(last.Header.Slot)
		if err != nil || len(taken) != benchSpends {
			b.Fatalf("%d taken, %v", len(taken), err)
		}
	}
}
