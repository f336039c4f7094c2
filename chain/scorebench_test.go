package chain_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"supercomputing/chain"
	"supercomputing/chain/types"
)

// benchReports is how many full score reports the measured block holds.
const benchReports = 20

// BenchmarkScoreBlock is a block of 20 full reports, 20,000 entries, connected
// to memory: the rules, and the index of who earned what.
func BenchmarkScoreBlock(b *testing.B) {
	g := newGen(b, nil)
	post := g.Post(ann, 1000*types.Coin, 1000)
	g.Extend(post)
	var reports []*types.Tx
	for i := range benchReports {
		scores := make(map[types.Address]types.Amount, types.MaxScoreEntries)
		for k := range types.MaxScoreEntries {
			scores[types.Address(sha256.Sum256(fmt.Append(nil, i, k)))] = types.Coin / 50
		}
		reports = append(reports, g.Score(ann, post.ID(), scores))
		if i%4 == 3 { // ann's coins are few
			g.Extend(reports...)
			reports = nil
		}
	}
	below := blocks(g, 0)
	c := newClock(g.Params)
	for b.Loop() {
		b.StopTimer()
		m := open(b, g.Params, chain.NewMemStore(), c)
		add(b, m, below[0])
		b.StartTimer()
		add(b, m, below[1:]...)
	}
	b.ReportMetric(float64(benchReports*types.MaxScoreEntries*b.N)/b.Elapsed().Seconds(), "entries/s")
}
