package wallet

import (
	"bytes"
	"slices"
	"strings"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// Balance says what there is and what it waits for. Amounts never overlap but
// where said: Total = Confirmed + Reserved + Immature - PendingOut, as far as
// own waiting transactions spend confirmed coins, and always
// Total = Confirmed + Change + Immature.
type Balance struct {
	Confirmed  types.Amount // in blocks, mature, in no waiting transaction; Frozen is part of it
	Change     types.Amount // coming back from own waiting transactions
	Immature   types.Amount // income that cannot be spent yet
	Total      types.Amount // Confirmed + Change + Immature
	Spendable  types.Amount // what Send can use now: Confirmed + Change - Frozen - Waiting - Held
	PendingIn  types.Amount // from others, waits for a block; not in Total yet
	PendingOut types.Amount // leaves with own waiting transactions, fees included; not in Total any more
	Reserved   types.Amount // confirmed coins that waiting transactions use
	Frozen     types.Amount // set aside by the user
	Waiting    types.Amount // the part of Change that nodes would not let be spent before a block comes
	Held       types.Amount // could be spent, but is held back for what others have yet to sign
}

// Balance computes the balance at the wallet's position.
func (w *Wallet) Balance() Balance {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.balance()
}

func (s *state) balance() (b Balance) {
	for _, c := range s.coins {
		sp := s.spender(c.op)
		switch {
		case sp != nil && (sp.status == confirmed || c.tx.status != confirmed):
		case sp != nil:
			b.Reserved += c.amount
		case c.tx.status == confirmed && !s.mature(c):
			b.Immature += c.amount
		case !s.trusted(c):
			b.PendingIn += c.amount
		case c.tx.status != confirmed:
			b.Change += c.amount
			if !s.frozen[c.op] && s.deep(c) {
				b.Waiting += c.amount
			}
		default:
			b.Confirmed += c.amount
		}
		if sp == nil && s.frozen[c.op] && s.mature(c) && s.trusted(c) {
			b.Frozen += c.amount
		} else if s.held[c.op] && s.spendable(c) {
			b.Held += c.amount
		}
	}
	for _, t := range s.pending {
		if in, _ := s.debit(t); in > 0 {
			b.PendingOut += in - s.credit(t)
		}
	}
	b.Spendable = b.Confirmed + b.Change - b.Frozen - b.Waiting - b.Held
	b.Total = b.Confirmed + b.Change + b.Immature
	return b
}

// Coin is one unspent output of the wallet.
type Coin struct {
	OutPoint      wire.OutPoint
	Address       types.Address
	Amount        types.Amount
	Height        uint32 // of its block; 0 also while it waits
	Confirmations uint32
	Identity      bool // at the identity address: can author records
	Mature        bool
	Spendable     bool // may be chosen by Send
	Frozen        bool
	Held          bool   // held back: see Hold
	Label         string // of its address
}

// Coins lists the unspent coins, largest first.
func (w *Wallet) Coins() []Coin {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.state
	var out []Coin
	for _, c := range s.coins {
		if s.spender(c.op) != nil {
			continue
		}
		out = append(out, w.showCoin(c))
	}
	slices.SortFunc(out, func(a, b Coin) int {
		if a.Amount != b.Amount {
			return int(min(max(b.Amount-a.Amount, -1), 1))
		}
		return compareOutPoints(a.OutPoint, b.OutPoint)
	})
	return out
}

// showCoin is called with mu held.
func (w *Wallet) showCoin(c *coin) Coin {
	s := w.state
	return Coin{
		OutPoint: c.op, Address: c.address, Amount: c.amount, Height: c.tx.height, Confirmations: s.confirmations(c.tx),
		Identity: c.address == w.identity, Mature: s.mature(c), Spendable: s.usable(c), Frozen: s.frozen[c.op], Held: s.held[c.op],
		Label: s.labels[addressLabel(c.address)],
	}
}

func compareOutPoints(a, b wire.OutPoint) int {
	if c := bytes.Compare(a.Hash[:], b.Hash[:]); c != 0 {
		return c
	}
	return int(int64(a.Index) - int64(b.Index))
}

// usable reports whether Send may choose a coin.
func (s *state) usable(c *coin) bool { return s.spendable(c) && !s.held[c.op] }

// spendable is usable, whether held back or not.
func (s *state) spendable(c *coin) bool {
	return s.spender(c.op) == nil && !s.frozen[c.op] && s.mature(c) && s.trusted(c) && !s.deep(c)
}

// maxWaiting is how many waiting transactions, one behind another, nodes let
// another one build on.
const maxWaiting = 25

// deep reports whether a coin stands behind so many waiting transactions that
// no node would take one that spends it.
func (s *state) deep(c *coin) bool {
	n := 0
	s.behind(c, func(*tx) bool {
		n++
		return n <= maxWaiting
	})
	return n > maxWaiting
}

// behind calls fn for the waiting transactions that a coin comes from, until it
// says false.
func (s *state) behind(c *coin, fn func(*tx) bool) {
	seen := make(map[types.Hash]bool)
	queue := []*tx{c.tx}
	for len(queue) > 0 {
		t := queue[0]
		queue = queue[1:]
		if t.status != pending || seen[t.id] {
			continue
		}
		if seen[t.id] = true; !fn(t) {
			return
		}
		for _, in := range t.inputs() {
			if parent := s.txs[in.PreviousOutPoint.Hash]; parent != nil {
				queue = append(queue, parent)
			}
		}
	}
}

// Freeze sets an unspent coin aside, or frees it again.
func (w *Wallet) Freeze(op wire.OutPoint, frozen bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state.coins[op] == nil || w.state.spender(op) != nil {
		return ErrUnknownCoin
	}
	return w.update(func(s *state) error {
		s.setFrozen(op, frozen)
		return nil
	})
}

func (s *state) setFrozen(op wire.OutPoint, frozen bool) {
	if frozen {
		s.frozen[op] = true
	} else {
		delete(s.frozen, op)
	}
	s.dirty[outpointKey(op)] = func() []byte {
		if s.frozen[op] {
			return []byte{}
		}
		return nil
	}
}

// labelKey is what a label is of: a kind and 32 bytes.
type labelKey [33]byte

func addressLabel(a types.Address) labelKey { return labelKey(append([]byte{'a'}, a[:]...)) }
func txLabel(id types.Hash) labelKey        { return labelKey(append([]byte{'t'}, id[:]...)) }

// maxLabel bounds a label in bytes.
const maxLabel = 256

func checkLabel(text string) error {
	if err := types.CheckText(text, maxLabel); err != nil || strings.ContainsRune(text, '\n') {
		return ErrLabel
	}
	return nil
}

// LabelAddress names an address, one's own or another's; empty removes it.
func (w *Wallet) LabelAddress(a types.Address, text string) error {
	return w.label(addressLabel(a), text)
}

// LabelTx names a transaction of the history; empty removes the label.
func (w *Wallet) LabelTx(id types.Hash, text string) error { return w.label(txLabel(id), text) }

func (w *Wallet) label(k labelKey, text string) error {
	if err := checkLabel(text); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.update(func(s *state) error {
		s.setLabel(k, text)
		return nil
	})
}

func (s *state) setLabel(k labelKey, text string) {
	if text == "" {
		delete(s.labels, k)
	} else {
		s.labels[k] = text
	}
	s.dirty[string(rowLabel)+string(k[:])] = func() []byte {
		if l, ok := s.labels[k]; ok {
			return []byte(l)
		}
		return nil
	}
}

// AddressLabels gives all addresses that were named, one's own and others'.
func (w *Wallet) AddressLabels() map[types.Address]string {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make(map[types.Address]string)
	for k, text := range w.state.labels {
		if k[0] == 'a' {
			out[types.Address(k[1:])] = text
		}
	}
	return out
}
