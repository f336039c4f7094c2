package chain

import (
	"fmt"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// MaxHeld is for tests of held blocks.
const MaxHeld = maxHeld

// Held counts the blocks that are held until they are due.
func (m *Manager) Held() int {
	m.work.Lock()
	defer m.work.Unlock()
	return len(m.held)
}

// CheckInvariants says what is out of order among what the manager keeps in
// memory.
func (m *Manager) CheckInvariants() error {
	m.work.Lock()
	defer m.work.Unlock()
	if err := m.tree.check(); err != nil {
		return fmt.Errorf("tree: %w", err)
	}
	if err := m.pool.check(); err != nil {
		return fmt.Errorf("pool: %w", err)
	}
	return nil
}

func (t *tree) check() error {
	loose := 0
	for hash, n := range t.nodes {
		if n.hash != hash {
			return fmt.Errorf("node %v under %v", n.hash, hash)
		}
		if n.parent != nil && t.nodes[n.parent.hash] != n.parent {
			return fmt.Errorf("height %d: its parent is gone", n.height())
		}
		if n.parent == nil && n != t.best[0] {
			return fmt.Errorf("height %d: no parent", n.height())
		}
		for _, k := range n.kids {
			if k.parent != n || t.nodes[k.hash] != k {
				return fmt.Errorf("height %d: a child is not one", n.height())
			}
		}
		if n.best != (t.at(n.height()) == n) {
			return fmt.Errorf("height %d: best is %v", n.height(), n.best)
		}
		if joined := n.stored > 0 && (n.parent == nil || n.parent.joined); n.joined != joined {
			return fmt.Errorf("height %d: joined is %v", n.height(), n.joined)
		}
		if !n.best {
			loose += n.stored
			if n.parent != nil && n.parent.best && n.parent.height()+consensus.MaxReorg < t.tip().height() {
				return fmt.Errorf("height %d: leaves the best chain too deep", n.height())
			}
		}
	}
	if loose != t.loose {
		return fmt.Errorf("%d loose bytes counted, there are %d", t.loose, loose)
	}
	if t.ready != nil {
		return fmt.Errorf("height %d waits to be connected", t.ready.height())
	}
	return nil
}

func (p *pool) check() error {
	bytes, ads := 0, 0
	senders := make(map[types.Address]sender)
	spent := make(map[wire.OutPoint]bool)
	for id, t := range p.byID {
		if t.ID != id || t.Tx.ID() != id {
			return fmt.Errorf("%v under %v", t.ID, id)
		}
		for _, in := range t.Tx.Msg.TxIn {
			if p.spent[in.PreviousOutPoint] != t || spent[in.PreviousOutPoint] {
				return fmt.Errorf("%v: input not its own", id)
			}
			spent[in.PreviousOutPoint] = true
			parent := p.byID[in.PreviousOutPoint.Hash]
			if _, linked := t.parents[parent]; parent != nil && !linked {
				return fmt.Errorf("%v: parent not linked", id)
			}
		}
		for q := range t.parents {
			if _, back := q.kids[t]; !back || p.byID[q.ID] != q || q.seq >= t.seq {
				return fmt.Errorf("%v: parent link", id)
			}
		}
		for q := range t.kids {
			if _, back := q.parents[t]; !back || p.byID[q.ID] != q {
				return fmt.Errorf("%v: child link", id)
			}
		}
		bytes += t.size
		s := senders[t.Author]
		senders[t.Author] = sender{s.count + 1, s.bytes + t.size}
		if t.kind == types.KindAdvertisement {
			ads++
		}
	}
	if bytes != p.bytes || bytes > p.limits.MaxBytes || ads != len(p.ads) || ads > 2*p.limits.Ads || len(spent) != len(p.spent) {
		return fmt.Errorf("%d bytes counted %d, %d ads counted %d, %d spent counted %d", bytes, p.bytes, ads, len(p.ads), len(spent), len(p.spent))
	}
	if len(senders) != len(p.senders) {
		return fmt.Errorf("%d senders counted %d", len(senders), len(p.senders))
	}
	for a, s := range senders {
		if *p.senders[a] != s || s.count > p.limits.SenderCount || s.bytes > p.limits.SenderBytes {
			return fmt.Errorf("sender %v: %+v counted %+v", a, s, *p.senders[a])
		}
	}
	return nil
}

// PayoutsMax, BaseSharesMax, JobsMax and DappEpochsMax are the lists with another bound.
func (m *Manager) PayoutsMax(a types.Address, from uint32, max int) ([]Payout, error) {
	return m.payouts(a, from, max)
}

func (m *Manager) BaseSharesMax(a types.Address, from uint32, max int) ([]BaseShare, error) {
	return m.baseShares(a, from, max)
}

func (m *Manager) JobsMax(a types.Address, from uint32, max int) ([]JobRef, error) {
	return m.jobsOf(a, from, max)
}

func (m *Manager) DappEpochsMax(d types.Hash, from uint64, max int) ([]DappEpoch, error) {
	return m.dappEpochs(d, from, max)
}
