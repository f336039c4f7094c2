package wallet

import (
	"bytes"
	"slices"

	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

// AddressInfo is one of the wallet's addresses.
type AddressInfo struct {
	Address types.Address
	Change  bool
	Index   uint32 // m/86'/coin'/0'/change/index
	Label   string
	Used    bool
	Balance types.Amount // unspent there, waiting and immature included
}

// NewAddress hands out the next receive address, with a label that may be
// empty. It reports ErrGap when a restore from the words would miss it.
func (w *Wallet) NewAddress(label string) (a types.Address, err error) {
	if err := checkLabel(label); err != nil {
		return a, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.state.counters
	if c.next[keys.Receive] >= c.used[keys.Receive]+gapLimit {
		return a, ErrGap
	}
	err = w.update(func(s *state) error {
		if a, err = s.take(keys.Receive); err != nil || label == "" {
			return err
		}
		s.setLabel(addressLabel(a), label)
		return nil
	})
	return a, err
}

// take hands out a branch's next address.
func (s *state) take(b keys.Branch) (types.Address, error) {
	a, err := s.account.Address(b, s.counters.next[b])
	if err != nil {
		return a, err
	}
	s.counters.next[b]++
	s.markCounters()
	return a, s.watch(s.counters)
}

// freshChange gives the address for the next change. It is taken only when a
// transaction is sent; beyond the gap the last one serves again, so that a
// restore finds all change.
func (s *state) freshChange() (a types.Address, index uint32, err error) {
	index = s.counters.next[keys.Change]
	if last := s.counters.used[keys.Change] + gapLimit - 1; index > last {
		index = last
	}
	a, err = s.account.Address(keys.Change, index)
	return a, index, err
}

// Addresses lists the addresses handed out or used, receive branch first.
func (w *Wallet) Addresses() []AddressInfo {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.state
	held := make(map[types.Address]types.Amount)
	for _, c := range s.coins {
		if s.spender(c.op) == nil {
			held[c.address] += c.amount
		}
	}
	seen := make(map[types.Address]bool)
	for _, t := range s.txs {
		for _, o := range t.outputs() {
			seen[o.address] = true
		}
	}
	var out []AddressInfo
	for a, p := range s.paths {
		if p.index < s.counters.next[p.branch] {
			out = append(out, AddressInfo{Address: a, Change: p.branch == keys.Change, Index: p.index,
				Label: s.labels[addressLabel(a)], Used: seen[a], Balance: held[a]})
		}
	}
	slices.SortFunc(out, func(a, b AddressInfo) int {
		if a.Change != b.Change {
			return bytes.Compare([]byte{flags(a.Change)}, []byte{flags(b.Change)})
		}
		return int(int64(a.Index) - int64(b.Index))
	})
	return out
}

// Owns reports whether an address is one of the wallet's.
func (w *Wallet) Owns(a types.Address) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.state.paths[a]
	return ok
}
