package node

import (
	"context"
	"math"
	"sync"

	"supercomputing/app/view"
	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// feeSpeeds are the choices of a fee: the least rate that would be in one of so
// many blocks as things stand.
var feeSpeeds = []struct {
	name   string
	blocks int
}{{view.FeeSlow, 24}, {view.FeeNormal, 3}, {view.FeeFast, 1}}

const (
	// feeLookBack is how many blocks are looked at for how full they were.
	feeLookBack = 6
	// fullBlock is the part of a block's weight, in hundredths, from which on it
	// left somebody waiting.
	fullBlock = 90
	blockRoom = types.MaxBlockWeight - types.CoinbaseReserve
)

// FeeRates implements view.Wallet. While the next block has room for all that
// waits, every speed is the least rate and the next block: nobody gains by
// paying more.
func (n *Node) FeeRates(context.Context) (view.FeeRates, error) {
	pool := n.chain.PoolTxs()
	block := blockTime(n.params)
	out := view.FeeRates{Least: int64(consensus.MinFeeRate), Waiting: len(pool), BlockSeconds: int64(math.Ceil(block.Seconds()))}
	for _, e := range pool {
		out.WaitingBytes += int64(e.VSize)
	}
	paid, err := n.fees.paid(n.chain)
	if err != nil {
		return out, explain(err)
	}
	least := types.Amount(0)
	for _, s := range feeSpeeds {
		rate := max(n.chain.FeeRate(s.blocks), consensus.MinFeeRate, least)
		if s.name == view.FeeFast {
			rate = max(rate, paid)
		}
		least = rate // what is faster is never cheaper
		blocks := blocksAhead(pool, rate)
		out.Options = append(out.Options, view.FeeOption{Name: s.name, Rate: int64(rate), Blocks: blocks,
			Seconds: int64(math.Ceil(float64(blocks) * block.Seconds()))})
	}
	return out, nil
}

// blocksAhead is in which block from now on a transaction of a rate would be:
// behind all that pays as much or more.
func blocksAhead(pool []*chain.PoolEntry, rate types.Amount) int {
	ahead := 0
	for _, e := range pool {
		if e.Net >= rate*types.Amount(e.VSize) {
			ahead += e.Tx.Weight()
		}
	}
	return 1 + ahead/blockRoom
}

// feeMemory keeps what the newest blocks tell of fees.
type feeMemory struct {
	mu sync.Mutex
	// guarded by mu:
	tip  types.Hash
	rate types.Amount
}

// paid is what transactions of the newest blocks paid per virtual byte on
// average, if these blocks were full; otherwise 0, for who comes now need not
// outbid anybody.
func (f *feeMemory) paid(c *chain.Manager) (types.Amount, error) {
	tip := c.Tip()
	f.mu.Lock()
	rate, known := f.rate, f.tip == tip.Hash
	f.mu.Unlock()
	if known {
		return rate, nil
	}
	rate, err := paidLately(c, tip)
	if err != nil {
		return 0, err
	}
	f.mu.Lock()
	f.tip, f.rate = tip.Hash, rate
	f.mu.Unlock()
	return rate, nil
}

func paidLately(c *chain.Manager, tip chain.Tip) (types.Amount, error) {
	if tip.Height <= feeLookBack {
		return 0, nil
	}
	from, err := c.BlockHash(tip.Height - feeLookBack)
	if err != nil {
		return 0, err
	}
	_, blocks, err := c.UpdatesSince(from, feeLookBack)
	if err != nil {
		return 0, err
	}
	var fees types.Amount
	var weight, size int
	for _, b := range blocks {
		txs, err := b.Block.Transactions()
		if err != nil {
			return 0, err
		}
		for _, tx := range txs[1:] { // without the coinbase
			weight += tx.Weight()
			size += tx.VSize()
		}
		fees += b.Update.Income.Fees
	}
	return lateRate(fees, size, weight, len(blocks)), nil
}

// lateRate is the average rate of blocks that were full, else 0.
func lateRate(fees types.Amount, size, weight, blocks int) types.Amount {
	if blocks == 0 || size == 0 || weight*100 < blocks*blockRoom*fullBlock {
		return 0
	}
	return fees / types.Amount(size)
}
