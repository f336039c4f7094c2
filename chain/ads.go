package chain

import (
	"cmp"
	"fmt"
	"slices"
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

// fitAd makes room among the advertisements. One that payments or other records
// build on is spared, or its fall would take them along: the best-paying of
// these have places of their own, as many as all others together. More are not
// spared, because a child costs little.
func (c *candidate) fitAd(p *pool, behind map[*poolTx]struct{}) error {
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
	if best := worst[0]; c.t.Fee <= best.Fee {
		return fmt.Errorf("%w: it pays %v in all, and %d advertisements wait that pay %v or more", ErrFeeTooLow, c.t.Fee, p.limits.Ads, best.Fee)
	}
	for t := range descendants(worst...) {
		if _, ok := behind[t]; ok {
			return fmt.Errorf("%w: it builds on the advertisement it would push out", ErrPoolFull)
		}
		c.evict[t] = struct{}{}
	}
	return nil
}
