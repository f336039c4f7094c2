package wallet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// authorKeep is what a preparatory payment leaves at the author's address when
// there is enough: change for many records to come.
const authorKeep = types.Coin / 1000

// RecordOptions say how to pay for a record.
type RecordOptions struct {
	Rate   types.Amount // units per virtual byte; 0: estimated for Blocks
	Blocks int          // wanted confirmation time; 0: DefaultBlocks
	Extra  types.Amount // fee on top, to come before others of its kind
	Whole  types.Amount // what the record's transaction pays in all, when the above comes to less
	Most   types.Amount // the most that all fees may come to, preparation included and bids not; 0: no bound
	Label  string       // of the transaction
}

// BuildRecord quotes the transaction that carries a record, authored by the
// node identity: input 0 is a coin at its address, change returns there, and
// the commitment is output 0. The fee is exactly what consensus.RequiredFee
// asks for at the rate, plus Extra. When the identity's address holds no coin,
// the quote has a preparatory payment in front that puts one there; an account
// signed elsewhere reports ErrNoAuthorCoin instead. An advertisement is never
// built on another that waits: ErrAdWaits when there are no other coins.
// ErrFeeTooHigh says that it
// would cost more than o.Most.
func (w *Wallet) BuildRecord(rec types.Record, o RecordOptions) (*Quote, error) {
	if o.Most < 0 || o.Most > types.MaxAmount {
		return nil, fmt.Errorf("%w: at most %v", ErrAmount, o.Most)
	}
	q, err := w.buildRecord(rec, o)
	if err == nil && o.Most > 0 && q.Fee > o.Most {
		return nil, fmt.Errorf("%w: %v, at most %v allowed", ErrFeeTooHigh, q.Fee, o.Most)
	}
	return q, err
}

func (w *Wallet) buildRecord(rec types.Record, o RecordOptions) (*Quote, error) {
	rate, err := w.rate(o.Rate, o.Blocks)
	if err != nil {
		return nil, err
	}
	if err := checkLabel(o.Label); err != nil {
		return nil, err
	}
	if o.Extra < 0 || o.Extra > types.MaxAmount {
		return nil, fmt.Errorf("%w: extra fee %v", ErrAmount, o.Extra)
	}
	if o.Whole < 0 || o.Whole > types.MaxAmount {
		return nil, fmt.Errorf("%w: a fee of %v in all", ErrAmount, o.Whole)
	}
	payload, err := w.encodeRecord(rec)
	if err != nil {
		return nil, err
	}
	w.sending.Lock()
	defer w.sending.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	p := plan{
		outputs: []*wire.TxOut{w.params.ID.Commit(payload)}, payload: payload, spend: w.spend, rate: rate,
		extra: w.extra(payload) + o.Extra, whole: o.Whole, change: w.identity, tidy: true,
	}
	coins, err := w.candidates(nil)
	if err != nil {
		return nil, err
	}
	alone := p.size([]*coin{{}}, append(slices.Clone(p.outputs), wire.NewTxOut(0, w.identity.PkScript())))
	free, behind := w.state.apart(coins)
	if carriesAd(payload) {
		q, err := w.author(p, alone, free, free, o.Label)
		return q, w.adWaits(err, behind)
	}
	return w.author(p, alone, free, coins, o.Label)
}

// author quotes a record that takes that much room alone, from coins of which
// those that are free come from no waiting advertisement. A coin at the identity
// address that does is the last resort.
func (w *Wallet) author(p plan, alone int, free, coins []*coin, label string) (*Quote, error) {
	author := w.authorCoin(coins, p.fee(alone)+dust)
	switch {
	case author == nil && w.keys == nil:
		return nil, w.noAuthor()
	case author == nil:
		return w.prepare(p, alone, coins, label)
	case w.keys != nil && w.state.adBefore(author) != nil:
		if q, err := w.prepare(p, alone, free, label); err == nil || !errors.Is(err, ErrFunds) {
			return q, err
		}
	}
	p.fixed, p.pool = []*coin{author}, without(coins, author)
	d, err := w.build(p)
	if err != nil {
		return nil, err
	}
	return w.quote(label, nil, d), nil
}

// encodeRecord encodes a record and refuses one that no node would decode.
func (w *Wallet) encodeRecord(rec types.Record) ([]byte, error) {
	payload := types.Encode(rec)
	again, err := types.DecodeRecord(payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if !bytes.Equal(types.Encode(again), payload) {
		return nil, fmt.Errorf("%w: it does not encode uniquely", ErrRecord)
	}
	if _, ok := rec.Kind().Chain(); !ok {
		return nil, fmt.Errorf("%w: no transaction carries a %v", ErrRecord, rec.Kind())
	}
	if bid := bidIn(rec); bid != nil && *bid < consensus.MinBid {
		return nil, fmt.Errorf("%w: bid %v, at least %v", ErrRecord, *bid, consensus.MinBid)
	}
	if fee := consensus.RecordFee(rec, false); fee < 0 || fee > types.MaxAmount {
		return nil, fmt.Errorf("%w: %v", ErrAmount, fee)
	}
	return payload, nil
}

func bidIn(rec types.Record) *types.Amount {
	switch r := rec.(type) {
	case *types.JobPost:
		return &r.Bid
	case *types.BidRaise:
		return &r.Added
	}
	return nil
}

// extra is what a payload pays besides the fee by size. The compute fund's
// jobs take their bids from the fund.
func (w *Wallet) extra(payload []byte) types.Amount {
	if payload == nil {
		return 0
	}
	rec, err := types.DecodeRecord(payload)
	if err != nil {
		return 0 // encodeRecord refused it
	}
	return consensus.RecordFee(rec, w.identity == w.params.FundKey)
}

// bidOf is the bid among what a payload pays.
func (w *Wallet) bidOf(payload []byte) types.Amount {
	if payload == nil {
		return 0
	}
	rec, err := types.DecodeRecord(payload)
	if err != nil || bidIn(rec) == nil || w.identity == w.params.FundKey {
		return 0
	}
	return *bidIn(rec)
}

// authorCoin chooses among coins the one at the identity address to sign
// with: confirmed before waiting, and behind an advertisement last; the smallest
// that pays need alone, or else the largest. nil when there is none.
func (w *Wallet) authorCoin(coins []*coin, need types.Amount) (best *coin) {
	better := func(a, b *coin) bool {
		if ac, bc := a.tx.status == confirmed, b.tx.status == confirmed; ac != bc {
			return ac
		}
		if af, bf := w.state.adBefore(a) == nil, w.state.adBefore(b) == nil; af != bf {
			return af
		}
		if ae, be := a.amount >= need, b.amount >= need; ae != be {
			return ae
		} else if ae {
			return a.amount < b.amount
		}
		return a.amount > b.amount
	}
	for _, c := range coins {
		if c.address == w.identity && (best == nil || better(c, best)) {
			best = c
		}
	}
	return best
}

// prepare makes the author's coin first: a payment to oneself of what the
// record needs, and the record that spends it, unconfirmed.
func (w *Wallet) prepare(p plan, alone int, coins []*coin, label string) (*Quote, error) {
	change, _, err := w.state.freshChange()
	if err != nil {
		return nil, err
	}
	// The record's size with one input and change is known, so what the
	// coin must hold is too.
	author := &coin{address: w.identity}
	var first *draft
	for _, keep := range []types.Amount{authorKeep, max(dust, feeOf(p.spend.weight, p.rate))} {
		author.amount = p.fee(alone) + keep
		out := wire.NewTxOut(int64(author.amount), w.identity.PkScript())
		first, err = w.build(plan{outputs: []*wire.TxOut{out}, spend: p.spend, rate: p.rate, change: change, pool: coins})
		if err == nil || !errors.Is(err, ErrFunds) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	p.fixed = []*coin{author}
	second, err := w.build(p)
	if err != nil {
		return nil, err
	}
	return w.quote(label, nil, first, second), nil
}

// SendRecord builds and sends a record and returns its transaction's id, which
// is the job's id for a job post and the dapp's for a registration. Nothing is
// sent when the fees would exceed o.Most.
func (w *Wallet) SendRecord(ctx context.Context, rec types.Record, o RecordOptions) (types.Hash, error) {
	return w.sendFresh(ctx, func() (*Quote, error) { return w.BuildRecord(rec, o) })
}
