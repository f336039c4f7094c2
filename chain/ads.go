package chain

import (
	"cmp"
	"fmt"
	"slices"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// A block has room for one advertisement, whatever its size. So advertisements
// compete by their whole fee, not by their rate, and few of them wait: those
// that are far from the top will hardly ever be taken.

// adOrder lists the advertisements in the order in which blocks take them: by
// whole fee, then by arrival.
func (p *pool) adOrder() []*poolTx {
	ads := slices.Clone(p.ads) // by arrival
	slices.SortStableFunc(ads, func(x, y *poolTx) int { return cmp.Compare(y.Fee, x.Fee) })
	return ads
}

// WaitingAds lists the advertisements that wait, in the order in which Template
// tries them for the block's one place: the best-paying first, by whole fee.
// Who wants to be in the next block pays more than the first.
func (m *Manager) WaitingAds() []*PoolEntry {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return entries(m.pool.adOrder())
}

// Bounds of what hangs together with an advertisement, before and behind it.
const (
	// adBehind is the weight of all that an advertisement may build on. A block
	// takes that along ahead of what pays better, so without a bound the price of
	// one place would buy most of a block at the least rate.
	adBehind = types.MaxTxWeight
	// adTail and adTailCount are how many virtual bytes, and entries, may build on
	// a waiting advertisement: they fall with it when one that pays a little more
	// pushes it out, and all nodes would have checked and passed them on for nothing.
	adTail      = 256 << 10
	adTailCount = 25
)

// fitTail checks what would build on each advertisement that c builds on.
func (c *candidate) fitTail(behind map[*poolTx]struct{}) error {
	for ad := range behind {
		if ad.kind != types.KindAdvertisement {
			continue
		}
		size, count := c.t.VSize, 1
		for t := range descendants(ad) {
			if _, gone := c.evict[t]; t != ad && !gone {
				size += t.VSize
				count++
			}
		}
		if size > adTail || count > adTailCount {
			return fmt.Errorf("%w: %d transactions of %d virtual bytes would build on an advertisement that waits, at most %d of %d",
				ErrPoolFull, count, size, adTailCount, adTail)
		}
	}
	return nil
}

// fitOneAd refuses an advertisement that builds on another: no block has room
// for both. It may come again once that one is in a block.
func fitOneAd(rec types.Record, behind map[*poolTx]struct{}) error {
	if rec == nil || rec.Kind() != types.KindAdvertisement {
		return nil
	}
	for t := range behind {
		if t.kind == types.KindAdvertisement {
			return fmt.Errorf("%w: an advertisement that builds on %v, which waits itself: a block has room for one", ErrPoolFull, t.ID)
		}
	}
	return nil
}

// fitAd makes room among the advertisements. One that payments or other records
// build on is spared, or its fall would take them along: the best-paying of
// these have places of their own, as many as all others together. More are not
// spared, because a child costs little.
func (c *candidate) fitAd(p *pool, behind map[*poolTx]struct{}) error {
	weight := 0
	for t := range behind {
		weight += t.Tx.Weight()
	}
	if weight > adBehind {
		return fmt.Errorf("%w: an advertisement that builds on transactions of weight %d, at most %d", ErrPoolFull, weight, adBehind)
	}
	var rest []*poolTx
	spared := 0
	for _, t := range p.adOrder() {
		if _, gone := c.evict[t]; gone {
			continue
		}
		if spared < p.limits.Ads && len(t.kids) > 0 {
			spared++
			continue
		}
		rest = append(rest, t)
	}
	if len(rest) < p.limits.Ads {
		return nil
	}
	// They are more than one when nothing builds on a spared one any more.
	worst := rest[p.limits.Ads-1:]
	// Who pushes another out pays for the way of both, as a replacement does
	// (BIP 125): else a few coins could raise each other for nothing for ever.
	if need := worst[0].Fee + types.Amount(c.t.VSize)*consensus.MinFeeRate; c.t.Fee < need {
		return fmt.Errorf("%w: it pays %v in all; %d advertisements wait that pay %v or more, so it needs %v", ErrFeeTooLow, c.t.Fee, p.limits.Ads, worst[0].Fee, need)
	}
	for t := range descendants(worst...) {
		if _, ok := behind[t]; ok {
			return fmt.Errorf("%w: it builds on the advertisement it would push out", ErrPoolFull)
		}
		c.evict[t] = struct{}{}
	}
	return nil
}
