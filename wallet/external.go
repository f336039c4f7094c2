package wallet

import (
	"context"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

// Account is an account whose transactions are signed elsewhere.
type Account interface {
	Addresses
	// Witness gives the sizes in bytes of the items of an input's final
	// witness: {64} for a key path spend, signatures or empty items and then
	// script and control block for a script path spend.
	Witness() []int
	// MaxInputs bounds the inputs of one transaction, so that what the signers
	// send each other about it stays small; 0: as many as one signer's.
	MaxInputs() int
}

// OpenAccount is Open for an account whose keys are elsewhere. It quotes as any
// wallet does; sending a quote reports ErrSignedElsewhere.
func OpenAccount(chain Chain, a Account, store Store, opts Options) (*Wallet, error) {
	return open(chain, a, store, opts, func(w *Wallet) { w.spend = accountSpend(a.Witness(), a.MaxInputs()) })
}

func accountSpend(sizes []int, most int) spend {
	s := spend{}
	for _, n := range sizes {
		s.blank = append(s.blank, make([]byte, n))
	}
	s.weight = inputBase + s.blank.SerializeSize()
	s.maxInputs = maxInputs * inputWeight / s.weight
	if most > 0 {
		s.maxInputs = min(most, s.maxInputs)
	}
	return s
}

// Input is a coin that a transaction spends, and where its keys are.
type Input struct {
	OutPoint wire.OutPoint
	Amount   types.Amount
	Address  types.Address
	Branch   keys.Branch
	Index    uint32
}

// Unsigned is a transaction as its signers get it.
type Unsigned struct {
	Tx     *types.Tx // without witnesses
	Inputs []Input   // in the order of the transaction's
	Change int       // index of the change output, -1: none
	Fee    types.Amount
	Rate   types.Amount // units per virtual byte asked for
	VSize  int          // once signed
}

// Unsigned gives what was quoted as a transaction to be signed elsewhere. It
// takes the change address for good, so that the next one gets another, and
// holds no coin back; see Hold. It reports ErrStaleQuote as SendQuote does.
func (w *Wallet) Unsigned(q *Quote) (*Unsigned, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(q.drafts) != 1 || !w.fresh(q) {
		return nil, ErrStaleQuote
	}
	d := *q.drafts[0]
	d.msg = d.msg.Copy()
	if err := w.update(func(s *state) error { return w.settleChange(s, &d) }); err != nil {
		return nil, err
	}
	for _, in := range d.msg.TxIn {
		in.Witness = nil
	}
	u := &Unsigned{Tx: d.tx(), Change: d.change, Fee: d.fee, Rate: d.plan.rate, VSize: d.vsize}
	for _, c := range d.inputs {
		u.Inputs = append(u.Inputs, Input{c.op, c.amount, c.address, c.path.branch, c.path.index})
	}
	return u, nil
}

// Hold sets the coins that open proposals spend, so that quotes leave them
// alone; it replaces what was held before. Nothing of it is stored: who stores
// the proposals derives it from them.
func (w *Wallet) Hold(coins []wire.OutPoint) {
	held := make(map[wire.OutPoint]bool, len(coins))
	for _, op := range coins {
		held[op] = true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.held = held
}

// noAuthor says why no coin can author a record. The caller holds mu.
func (w *Wallet) noAuthor() error {
	for _, c := range w.state.coins {
		if c.address == w.identity && w.state.held[c.op] && w.state.spendable(c) {
			return fmt.Errorf("%w, the one at the first address that would author the record", ErrHeld)
		}
	}
	return ErrNoAuthorCoin
}

// Path tells where below the account an address lies, among those watched.
func (w *Wallet) Path(a types.Address) (b keys.Branch, index uint32, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.state.paths[a]
	return p.branch, p.index, ok
}

// Found reports whether an address is one that a restore from the account alone
// would come to: no more than the gap beyond the last one used.
func (w *Wallet) Found(a types.Address) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	p, ok := w.state.paths[a]
	return ok && p.index < w.state.counters.used[p.branch]+gapLimit
}

// Paid gives the addresses of others that transactions of the wallet's coins
// paid, waiting ones too.
func (w *Wallet) Paid() map[types.Address]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	s, paid := w.state, make(map[types.Address]bool)
	for _, t := range s.txs {
		if t.status != confirmed && t.status != pending || !slices.ContainsFunc(t.inputs(), func(in *wire.TxIn) bool {
			return s.coins[in.PreviousOutPoint] != nil
		}) {
			continue
		}
		for _, o := range t.outputs() {
			if _, ours := s.paths[o.address]; !ours {
				paid[o.address] = true
			}
		}
	}
	return paid
}

// CoinState is what the wallet knows of one of its coins, spent or not.
type CoinState struct {
	Input
	Confirmed bool       // in a block
	Mature    bool       // may be spent in the next block
	Trusted   bool       // confirmed, or of the account's own coins alone
	SpentBy   types.Hash // the transaction that spends it; zero: none
	Gone      bool       // SpentBy is in a block
}

// Coin tells about one of the wallet's coins; ok is false when it has none
// there.
func (w *Wallet) Coin(op wire.OutPoint) (c CoinState, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.state
	known := s.coins[op]
	if known == nil {
		return c, false
	}
	c = CoinState{Input: Input{op, known.amount, known.address, known.path.branch, known.path.index},
		Confirmed: known.tx.status == confirmed, Mature: s.mature(known), Trusted: s.trusted(known)}
	if t := s.spender(op); t != nil {
		c.SpentBy, c.Gone = t.id, t.status == confirmed
	}
	return c, true
}

// SendSigned takes a transaction that was signed elsewhere as the wallet's own,
// with a label that may be empty: it is stored, then handed to the node, and
// offered again until it is in a block, as with SendQuote. A transaction that
// waits or is confirmed already is no error. It reports ErrUnknownCoin for an
// input that is not the account's, ErrSpent for one that is spent otherwise,
// ErrUnsigned, and ErrRejected when the node refuses; nothing has changed then.
func (w *Wallet) SendSigned(ctx context.Context, t *types.Tx, label string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := checkLabel(label); err != nil {
		return err
	}
	w.sending.Lock()
	defer w.sending.Unlock()
	stored, err := w.adopt(t, label)
	if err != nil || !stored {
		return err
	}
	return w.post([]*types.Tx{t}, nil)
}

// adopt stores a signed transaction as an own waiting one; stored is false
// when it is in a block already.
func (w *Wallet) adopt(t *types.Tx, label string) (stored bool, err error) {
	id := t.ID()
	w.mu.Lock()
	defer w.mu.Unlock()
	if have := w.state.txs[id]; have != nil && have.status == confirmed {
		return false, nil
	}
	fee, err := w.state.feeOfSigned(t)
	if err != nil {
		return false, err
	}
	err = w.update(func(s *state) error {
		if label != "" {
			s.setLabel(txLabel(id), label)
		}
		if have := s.txs[id]; have != nil {
			have.local, have.fee, have.change = true, fee, s.changeOf(t, w.identity)
			s.put(have, pending, types.Hash{})
			return nil
		}
		made := &tx{id: id, local: true, firstSeen: w.clock().Unix(), fee: fee, change: s.changeOf(t, w.identity), tx: t}
		s.put(made, pending, types.Hash{})
		_, err := s.touchOutputs(made)
		return err
	})
	return err == nil, err
}

// feeOfSigned checks that a signed transaction spends the wallet's coins alone,
// none of them spent otherwise, and gives its fee.
func (s *state) feeOfSigned(t *types.Tx) (fee types.Amount, err error) {
	id := t.ID()
	for i, in := range t.Msg.TxIn {
		c, by := s.coins[in.PreviousOutPoint], s.spender(in.PreviousOutPoint)
		switch {
		case c == nil:
			return 0, fmt.Errorf("%w: %v", ErrUnknownCoin, in.PreviousOutPoint)
		case by != nil && by.id != id:
			return 0, fmt.Errorf("%w: %v", ErrSpent, in.PreviousOutPoint)
		case len(in.Witness) == 0:
			return 0, fmt.Errorf("%w: input %d", ErrUnsigned, i)
		}
		fee += c.amount
	}
	for _, o := range t.Msg.TxOut {
		fee -= types.Amount(o.Value)
	}
	if fee < 0 {
		return 0, fmt.Errorf("%w: it pays out more than its coins hold", ErrAmount)
	}
	return fee, nil
}

// changeOf finds the change output of a transaction that the account made: the
// one on the change branch, or of a record the one to its author.
func (s *state) changeOf(t *types.Tx, author types.Address) uint32 {
	i := slices.IndexFunc(t.Msg.TxOut, func(o *wire.TxOut) bool {
		a, ok := types.ScriptAddress(o.PkScript)
		if !ok {
			return false
		}
		p, ours := s.paths[a]
		return ours && (p.branch == keys.Change || t.Payload != nil && a == author)
	})
	if i < 0 {
		return noChange
	}
	return uint32(i)
}
