package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

// Output is one payment. Label, when given, names the address.
type Output struct {
	Address types.Address
	Amount  types.Amount
	Label   string
}

// Request is what to pay and how.
type Request struct {
	Outputs []Output
	Rate    types.Amount    // units per virtual byte; 0: estimated for Blocks
	Blocks  int             // wanted confirmation time; 0: DefaultBlocks
	Coins   []wire.OutPoint // spend from these only; nil: any
	All     bool            // spend all coins: the first output gets what the others and the fee leave
	Label   string          // of the transaction
}

// DefaultBlocks is the confirmation time aimed at when none is asked for.
const DefaultBlocks = 3

// Quote is a transaction ready to send: what it will cost, before it does. It
// holds no coin back; sending it fails with ErrStaleQuote when one is gone.
type Quote struct {
	Inputs  []Coin       // of the wallet's, the preparatory payment's included
	Outputs []Output     // payments, without change
	Change  types.Amount // comes back
	Fee     types.Amount // for the network, flat record fees included, bids not
	Bid     types.Amount // of a job post or raise
	Total   types.Amount // leaves the wallet: payments to others, fee and bid
	Rate    types.Amount // units per virtual byte asked for
	VSize   int          // virtual bytes, payload included
	// Preparation is the fee of a payment to oneself that comes first,
	// because the author's address holds no coin yet; part of Fee.
	Preparation types.Amount

	drafts []*draft // in sending order; the last is the one asked for
	label  string
}

// rate settles a fee rate: as asked, or estimated, within the limits.
func (w *Wallet) rate(asked types.Amount, blocks int) (types.Amount, error) {
	if asked == 0 {
		if blocks <= 0 {
			blocks = DefaultBlocks
		}
		return min(max(w.chain.FeeRate(blocks), consensus.MinFeeRate), maxFeeRate), nil
	}
	if asked < consensus.MinFeeRate || asked > maxFeeRate {
		return 0, fmt.Errorf("%w: %d units per virtual byte, %d to %d", ErrFeeRate, asked, consensus.MinFeeRate, maxFeeRate)
	}
	return asked, nil
}

// Quote tells what a payment would cost.
func (w *Wallet) Quote(r Request) (*Quote, error) {
	rate, err := w.rate(r.Rate, r.Blocks)
	if err != nil {
		return nil, err
	}
	outs, err := checkOutputs(&r)
	if err != nil {
		return nil, err
	}
	w.sending.Lock()
	defer w.sending.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	coins, err := w.candidates(r.Coins)
	if err != nil {
		return nil, err
	}
	change, _, err := w.state.freshChange()
	if err != nil {
		return nil, err
	}
	p := plan{outputs: outs, spend: w.spend, rate: rate, change: change, sweep: r.All}
	d, err := w.buildSparing(p, coins, r.Coins == nil && !r.All)
	if err != nil {
		return nil, err
	}
	return w.quote(r.Label, r.Outputs, d), nil
}

func checkOutputs(r *Request) (outs []*wire.TxOut, err error) {
	if len(r.Outputs) == 0 {
		return nil, ErrNoOutputs
	}
	if len(r.Outputs) > maxOutputs {
		return nil, fmt.Errorf("%w: %d outputs, at most %d", ErrNoOutputs, len(r.Outputs), maxOutputs)
	}
	if err := checkLabel(r.Label); err != nil {
		return nil, err
	}
	var sum types.Amount
	for i, o := range r.Outputs {
		swept := r.All && i == 0
		switch {
		case !o.Address.OnCurve():
			err = fmt.Errorf("%w: %v", ErrBadAddress, o.Address)
		case swept && o.Amount != 0:
			err = fmt.Errorf("%w: the first output gets everything; it cannot name %v", ErrAmount, o.Amount)
		case o.Amount < 0 || o.Amount > types.MaxAmount-sum:
			err = fmt.Errorf("%w: %v", ErrAmount, o.Amount)
		case !swept && o.Amount < dust:
			err = fmt.Errorf("%w: %v, at least %v", ErrDust, o.Amount, dust)
		default:
			err = checkLabel(o.Label)
		}
		if err != nil {
			return nil, err
		}
		sum += o.Amount
		outs = append(outs, wire.NewTxOut(int64(o.Amount), o.Address.PkScript()))
	}
	return outs, nil
}

// maxOutputs leaves room for inputs below types.MaxTxWeight.
const maxOutputs = 800

// candidates gives the coins to choose from, in a fixed order. Change of a
// transaction that the node does not have is left out: the node would refuse
// what spends it. The caller holds sending, so none is just on its way there.
func (w *Wallet) candidates(only []wire.OutPoint) (coins []*coin, err error) {
	s := w.state
	if only == nil {
		for _, c := range s.coins {
			if s.usable(c) && w.reached(c) {
				coins = append(coins, c)
			}
		}
	}
	for _, op := range only {
		c := s.coins[op]
		if s.held[op] {
			return nil, fmt.Errorf("%w: %v", ErrHeld, op)
		}
		if c == nil || !s.usable(c) || !w.reached(c) {
			return nil, fmt.Errorf("%w: %v cannot be spent", ErrUnknownCoin, op)
		}
		if !slices.Contains(coins, c) {
			coins = append(coins, c)
		}
	}
	slices.SortFunc(coins, func(a, b *coin) int { return compareOutPoints(a.op, b.op) })
	return coins, nil
}

// reached reports whether a coin's transaction is on the chain or in the pool.
func (w *Wallet) reached(c *coin) bool {
	return c.tx.status == confirmed || w.chain.PoolTx(c.tx.id) != nil
}

// buildSparing leaves one coin at the identity address alone when the payment
// can do without: records need one to sign with. It would rather spend that than
// wait behind an advertisement.
func (w *Wallet) buildSparing(p plan, coins []*coin, spare bool) (*draft, error) {
	keep := w.authorCoin(coins, 0)
	if spare && keep != nil {
		free, behind := w.state.apart(coins)
		pools := [][]*coin{without(free, keep)}
		if len(behind) > 0 {
			pools = append(pools, free, without(coins, keep))
		}
		for _, p.pool = range pools {
			d, err := w.build(p)
			if err == nil || !errors.Is(err, ErrFunds) {
				return d, err
			}
		}
	}
	p.pool = coins
	return w.build(p)
}

// without gives the coins but one.
func without(coins []*coin, c *coin) []*coin {
	return slices.DeleteFunc(slices.Clone(coins), func(o *coin) bool { return o == c })
}

func (w *Wallet) quote(label string, outs []Output, drafts ...*draft) *Quote {
	last := drafts[len(drafts)-1]
	q := &Quote{Outputs: slices.Clone(outs), Rate: last.plan.rate, label: label, drafts: drafts}
	for i, d := range drafts {
		q.Fee += d.fee
		if i < len(drafts)-1 {
			q.Preparation += d.fee
		}
	}
	q.VSize = last.vsize
	if last.change >= 0 {
		q.Change = types.Amount(last.msg.TxOut[last.change].Value)
	}
	if last.plan.sweep {
		q.Outputs[0].Amount = types.Amount(last.msg.TxOut[0].Value)
	}
	q.Bid = w.bidOf(last.plan.payload)
	q.Fee -= q.Bid
	q.Total = q.Fee + q.Bid
	for _, o := range q.Outputs {
		if _, ours := w.state.paths[o.Address]; !ours {
			q.Total += o.Amount
		}
	}
	for _, d := range drafts {
		for _, c := range d.inputs {
			if c.tx != nil {
				q.Inputs = append(q.Inputs, w.showCoin(c))
			}
		}
	}
	return q
}

// Send pays, and returns the transaction's id once the node has taken it.
func (w *Wallet) Send(ctx context.Context, r Request) (types.Hash, error) {
	return w.sendFresh(ctx, func() (*Quote, error) { return w.Quote(r) })
}

// sendFresh quotes and sends; it quotes again when another sender was faster
// to take a coin.
func (w *Wallet) sendFresh(ctx context.Context, quote func() (*Quote, error)) (types.Hash, error) {
	for try := 1; ; try++ {
		q, err := quote()
		if err != nil {
			return types.Hash{}, err
		}
		id, err := w.SendQuote(ctx, q)
		if try == maxTries || !errors.Is(err, ErrStaleQuote) {
			return id, err
		}
	}
}

// maxTries is how often a send may lose its coins to another.
const maxTries = 20

// SendQuote sends what was quoted. The transaction is stored before the node
// hears of it, so a crash in between loses neither: it is offered again. When
// the node refuses, the error wraps ErrRejected and the coins are free again.
func (w *Wallet) SendQuote(ctx context.Context, q *Quote) (types.Hash, error) {
	if err := ctx.Err(); err != nil {
		return types.Hash{}, err
	}
	w.sending.Lock()
	defer w.sending.Unlock()
	txs, err := w.commit(q)
	if err != nil {
		return types.Hash{}, err
	}
	if err := w.post(txs, nil); err != nil {
		return types.Hash{}, err
	}
	return txs[len(txs)-1].ID(), nil
}

// commit signs the drafts and stores them as waiting.
func (w *Wallet) commit(q *Quote) (txs []*types.Tx, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(q.drafts) == 0 || !w.fresh(q) {
		return nil, ErrStaleQuote
	}
	if err := w.unlocked(); err != nil {
		return nil, err
	}
	err = w.update(func(s *state) error {
		var parent *types.Tx
		for _, d := range q.drafts {
			t, err := w.finish(s, d, parent)
			if err != nil {
				return err
			}
			txs, parent = append(txs, t), t
		}
		q.apply(s, txs[len(txs)-1].ID())
		return nil
	})
	return txs, err
}

// fresh reports whether every input is still there to spend. An input made by
// an earlier draft of the quote is.
func (w *Wallet) fresh(q *Quote) bool {
	for i, d := range q.drafts {
		for _, c := range d.inputs {
			if i > 0 && c.tx == nil {
				continue
			}
			if have := w.state.coins[c.op]; have == nil || !w.state.usable(have) {
				return false
			}
		}
	}
	return true
}

// unlocked reports keys.ErrLocked, or ErrSignedElsewhere, before anything is
// changed.
func (w *Wallet) unlocked() error {
	if w.keys == nil {
		return ErrSignedElsewhere
	}
	key, err := w.keys.Key(keys.Receive, 0)
	if err != nil {
		return fmt.Errorf("wallet: %w", err)
	}
	key.Zero()
	return nil
}

// findOutput gives the output of parent that a prepared coin stands for.
func findOutput(parent *types.Tx, c *coin) wire.OutPoint {
	for i, o := range parent.Msg.TxOut {
		if a, ok := types.ScriptAddress(o.PkScript); ok && a == c.address && types.Amount(o.Value) == c.amount {
			return wire.OutPoint{Hash: parent.ID(), Index: uint32(i)}
		}
	}
	panic("wallet: preparatory payment without its output")
}

// finish gives a draft its change address and signatures and enters it into
// the state as an own waiting transaction. An input that parent makes gets its
// outpoint only now.
func (w *Wallet) finish(s *state, d *draft, parent *types.Tx) (*types.Tx, error) {
	// The quote stays as it is: it may be tried again.
	d = &draft{plan: d.plan, msg: d.msg.Copy(), inputs: slices.Clone(d.inputs), change: d.change, fee: d.fee}
	for i, c := range d.inputs {
		if c.tx == nil {
			made := *c
			made.op = findOutput(parent, c)
			d.inputs[i], d.msg.TxIn[i].PreviousOutPoint = &made, made.op
		}
	}
	if err := w.settleChange(s, d); err != nil {
		return nil, err
	}
	change := noChange
	if d.change >= 0 {
		change = uint32(d.change)
	}
	if err := w.sign(d); err != nil {
		return nil, err
	}
	t := d.tx()
	s.put(&tx{id: t.ID(), local: true, firstSeen: w.clock().Unix(), fee: d.fee, change: change, tx: t}, pending, types.Hash{})
	return t, nil
}

// settleChange takes the change address of a payment and puts the change in a
// random place. A record's change stays where its author's coin was.
func (w *Wallet) settleChange(s *state, d *draft) error {
	if d.change < 0 || d.plan.change == w.identity {
		return nil
	}
	a, index, err := s.freshChange()
	if err != nil {
		return err
	}
	d.msg.TxOut[d.change].PkScript = a.PkScript()
	if s.counters.next[keys.Change] == index {
		if _, err := s.take(keys.Change); err != nil {
			return err
		}
	}
	w.shuffle(d)
	return nil
}

// apply sets a sent quote's labels.
func (q *Quote) apply(s *state, id types.Hash) {
	if q.label != "" {
		s.setLabel(txLabel(id), q.label)
	}
	for _, o := range q.Outputs {
		if o.Label != "" {
			s.setLabel(addressLabel(o.Address), o.Label)
		}
	}
}

// post hands stored transactions to the node, parents first. What it refuses
// is forgotten again, with all after it; restore then runs in the same change.
func (w *Wallet) post(txs []*types.Tx, restore func(*state)) error {
	for i, t := range txs {
		err := w.chain.AddTx(t)
		if err == nil || w.chain.PoolTx(t.ID()) != nil {
			continue
		}
		err = fmt.Errorf("%w: %w", ErrRejected, err)
		w.mu.Lock()
		undo := w.update(func(s *state) error {
			for _, t := range slices.Backward(txs[i:]) {
				// A block may have been faster than the refusal.
				if known := s.pending[t.ID()]; known != nil {
					s.drop(known)
					s.setLabel(txLabel(known.id), "")
				}
			}
			if restore != nil {
				restore(s)
			}
			return nil
		})
		w.mu.Unlock()
		return errors.Join(err, undo)
	}
	return nil
}
