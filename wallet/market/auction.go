package market

import (
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet/safetext"
)

// A block has one place for an advertisement, whatever its size, so the whole
// fee decides (the order of Chain.WaitingAds). Nodes keep the MaxWaiting best.

// MaxWaiting is how many advertisements nodes keep waiting.
const MaxWaiting = 8

// patient is the confirmation time, in blocks, that the fee by size is estimated
// for. Advertisements do not compete for space, so the least that nodes take
// will do.
const patient = 10_000

// Price is the state of the auction for the next block's place.
type Price struct {
	Least   types.Amount // for a short one, when nobody else waits
	ToWin   types.Amount // whole fee to be in the next block
	Waiting []Bid        // best first
}

// Bid is a waiting advertisement.
type Bid struct {
	ID    types.Hash
	Fee   types.Amount // whole; decides
	Rate  types.Amount // units per virtual byte, for comparing with other transactions
	Title string
	Mine  bool
}

// Price tells what the next block's place costs now.
func (m *Market) Price() Price {
	waiting := m.opt.Chain.WaitingAds()
	p := Price{Least: m.least(&types.Advertisement{Title: "short", Text: "A short text, to see what it costs at least."}), Waiting: []Bid{}}
	for _, w := range waiting {
		p.Waiting = append(p.Waiting, Bid{ID: w.Tx, Fee: w.Fee, Rate: w.Fee / types.Amount(max(w.VSize, 1)),
			Title: safetext.CleanLine(w.Record.Title), Mine: w.Author == m.opt.Self})
	}
	p.ToWin = toWin(waiting, types.Hash{}, p.Least)
	return p
}

// toWin is the least whole fee that comes before all waiting advertisements but
// one's own: more than the best, since among equals the earlier comes first.
// Where nodes keep no more, a new one also pays its own way over the last.
func toWin(waiting []Waiting, own types.Hash, least types.Amount) types.Amount {
	fee := least
	if len(waiting) >= MaxWaiting && own == (types.Hash{}) {
		fee = max(fee, waiting[MaxWaiting-1].Fee+least-consensus.AdFee)
	}
	for _, w := range waiting {
		if w.Tx != own {
			return max(fee, w.Fee+1)
		}
	}
	return fee
}

// rank is the place that a new advertisement with a fee gets, 1 for the next
// block.
func rank(waiting []Waiting, own types.Hash, fee types.Amount) int {
	n := 1
	for _, w := range waiting {
		if w.Tx != own && w.Fee >= fee {
			n++
		}
	}
	return n
}

// least is the smallest whole fee for a record: what consensus.RequiredFee asks
// for at today's rate, with one input and change.
func (m *Market) least(rec types.Record) types.Amount {
	rate := max(m.opt.Chain.FeeRate(patient), consensus.MinFeeRate)
	payload := types.Encode(rec)
	msg := wire.NewMsgTx(2)
	msg.AddTxIn(&wire.TxIn{Witness: wire.TxWitness{make([]byte, 64)}})
	msg.AddTxOut(m.opt.Params.ID.Commit(payload))
	msg.AddTxOut(wire.NewTxOut(0, m.opt.Self.PkScript()))
	tx := types.Tx{Msg: msg, Payload: payload}
	return rate*types.Amount(tx.VSize()) + consensus.RecordFee(rec, false)
}
