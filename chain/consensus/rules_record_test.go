package consensus_test

import (
	"bytes"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

var recordCases = []ruleCase{
	{"payload with a trailing byte", consensus.ErrPayload, func(w *world) error {
		return w.raw(append(types.Encode(&types.Completion{Job: w.open}), 0))
	}},
	{"payload cut short", consensus.ErrPayload, func(w *world) error {
		p := types.Encode(&types.Completion{Job: w.open})
		return w.raw(p[:len(p)-1])
	}},
	{"score entries out of order", consensus.ErrPayload, func(w *world) error {
		a, b := w.bob.Address(), w.carol.Address()
		if a.Less(b) {
			a, b = b, a
		}
		return w.raw(types.Encode(&types.ScoreReport{Job: w.open,
			Entries: []types.ScoreEntry{{Address: a, Cumulative: 1}, {Address: b, Cumulative: 1}}}))
	}},
	{"score entry twice", consensus.ErrPayload, func(w *world) error {
		e := types.ScoreEntry{Address: w.bob.Address(), Cumulative: types.Coin}
		return w.raw(types.Encode(&types.ScoreReport{Job: w.open, Entries: []types.ScoreEntry{e, e}}))
	}},
	{"advertisement without a title", consensus.ErrPayload, func(w *world) error {
		return w.record(w.alice, &types.Advertisement{Text: "something"})
	}},
	{"message without text", consensus.ErrPayload, func(w *world) error {
		return w.record(w.alice, &types.Message{})
	}},
	{"dapp without a name", consensus.ErrPayload, func(w *world) error {
		return w.record(w.alice, &types.DappRegistration{})
	}},
	{"unknown record kind", consensus.ErrRecordKind, func(w *world) error { return w.raw([]byte{0x99, 1, 2, 3}) }},
	{"summary by a transaction", consensus.ErrRecordKind, func(w *world) error {
		return w.raw([]byte{byte(types.KindSummary), 1, 2, 3})
	}},
	{"bid below the least", consensus.ErrBid, func(w *world) error {
		return w.inject(w.Post(w.alice, consensus.MinBid-1, 10))
	}},
	{"raise below the least", consensus.ErrBid, func(w *world) error {
		return w.record(w.alice, &types.BidRaise{Job: w.open, Added: consensus.MinBid - 1})
	}},
	{"job for no time", consensus.ErrDuration, func(w *world) error { return w.inject(w.Post(w.alice, types.Coin, 0)) }},
	{"job for too long", consensus.ErrDuration, func(w *world) error {
		return w.inject(w.Post(w.alice, types.Coin, consensus.MaxDuration+1))
	}},
	{"job for an unknown dapp", consensus.ErrUnknownDapp, func(w *world) error {
		return w.record(w.alice, &types.JobPost{Dapp: types.Hash{1}, Duration: 10, Bid: types.Coin})
	}},
	{"raise of an unknown job", consensus.ErrUnknownJob, func(w *world) error {
		return w.record(w.alice, &types.BidRaise{Job: types.Hash{1}, Added: types.Coin})
	}},
	{"completion of an unknown job", consensus.ErrUnknownJob, func(w *world) error {
		return w.record(w.alice, &types.Completion{Job: types.Hash{1}})
	}},
	{"raise by another", consensus.ErrNotAuthor, func(w *world) error {
		return w.record(w.bob, &types.BidRaise{Job: w.open, Added: types.Coin})
	}},
	{"raise by the operator", consensus.ErrNotAuthor, func(w *world) error {
		return w.record(w.bob, &types.BidRaise{Job: w.operated(), Added: types.Coin})
	}},
	{"completion of an operated job by another", consensus.ErrNotAuthor, func(w *world) error {
		return w.record(w.carol, &types.Completion{Job: w.operated()})
	}},
	{"completion by the operator after expiry", consensus.ErrJobClosed, func(w *world) error {
		job := w.operated()
		w.ExtendBy(operatedBlocks + 1)
		return w.record(w.bob, &types.Completion{Job: job})
	}},
	{"intent that there is not", consensus.ErrPayload, func(w *world) error {
		return w.raw(types.Encode(&types.Advertisement{Intent: types.AdService + 1, Title: "t"}))
	}},
	{"completion by another", consensus.ErrNotAuthor, func(w *world) error {
		return w.record(w.bob, &types.Completion{Job: w.open})
	}},
	{"raise after expiry", consensus.ErrJobClosed, func(w *world) error {
		return w.record(w.alice, &types.BidRaise{Job: w.short, Added: types.Coin})
	}},
	{"raise after completion", consensus.ErrJobClosed, func(w *world) error {
		return w.record(w.alice, &types.BidRaise{Job: w.done, Added: types.Coin})
	}},
	{"completion after expiry", consensus.ErrJobClosed, func(w *world) error {
		return w.record(w.alice, &types.Completion{Job: w.short})
	}},
	{"completion twice in a block", consensus.ErrJobClosed, func(w *world) error {
		c := &types.Completion{Job: w.open}
		return w.inject(w.Record(w.alice, c), w.Record(w.alice, c))
	}},
	{"fund bid above what was released", consensus.ErrFund, func(w *world) error {
		return w.inject(w.Post(chaintest.FundKey(), w.Params.FundRelease+1, 10))
	}},
	{"fund bids that are above it together", consensus.ErrFund, func(w *world) error {
		return w.inject(w.Post(chaintest.FundKey(), w.Params.FundRelease/2, 10),
			w.Post(chaintest.FundKey(), w.Params.FundRelease/2+1, 10))
	}},
	{"fund raise above what was released", consensus.ErrFund, func(w *world) error {
		post := w.Post(chaintest.FundKey(), w.Params.FundRelease, 100)
		w.Extend(post)
		return w.record(chaintest.FundKey(), &types.BidRaise{Job: post.ID(), Added: consensus.MinBid})
	}},
}

var scoreCases = []ruleCase{
	{"score of an unknown job", consensus.ErrUnknownJob, func(w *world) error {
		return w.inject(w.Score(w.alice, types.Hash{1}, w.bobScores(types.Coin)))
	}},
	{"score in the block of the post", consensus.ErrScoreEarly, func(w *world) error {
		post := w.Post(w.alice, types.Coin, 10)
		return w.inject(post, w.Score(w.alice, post.ID(), w.bobScores(types.Coin)))
	}},
	{"ticketed score in the block of the post", consensus.ErrScoreEarly, func(w *world) error {
		post := w.Post(w.alice, types.Coin, 10)
		return w.inject(post, w.TicketScore(w.bob, w.alice, post.ID(), types.Coin))
	}},
	{"author's report after expiry", consensus.ErrJobClosed, func(w *world) error {
		return w.inject(w.Score(w.alice, w.short, w.bobScores(types.Coin)))
	}},
	{"author's report after completion", consensus.ErrJobClosed, func(w *world) error {
		return w.inject(w.Score(w.alice, w.done, w.bobScores(types.Coin)))
	}},
	{"ticket after the grace", consensus.ErrUnknownJob, func(w *world) error {
		w.AuditEvery(50)
		for w.job(w.done) != nil {
			w.Extend()
		}
		return w.inject(w.TicketScore(w.bob, w.alice, w.done, types.Coin))
	}},
	{"author's report with tickets", consensus.ErrTicketForm, func(w *world) error {
		return w.inject(w.TicketScore(w.alice, w.alice, w.open, types.Coin))
	}},
	{"node's report without tickets", consensus.ErrTicketForm, func(w *world) error {
		return w.inject(w.Score(w.bob, w.open, w.bobScores(types.Coin)))
	}},
	{"author's report of an operated job without tickets", consensus.ErrTicketForm, func(w *world) error {
		return w.inject(w.Score(w.alice, w.operated(), w.bobScores(types.Coin)))
	}},
	{"operator's report with tickets", consensus.ErrTicketForm, func(w *world) error {
		return w.inject(w.TicketScore(w.bob, w.bob, w.operated(), types.Coin))
	}},
	{"ticket of an operated job signed by its author", consensus.ErrTicket, func(w *world) error {
		return w.validBut(w.TicketScore(w.carol, w.alice, w.operated(), types.Coin))
	}},
	{"ticket of a job whose operator is no key", consensus.ErrTicket, func(w *world) error {
		post := w.Record(w.alice, &types.JobPost{Dapp: chaintest.DappID(), Operator: noKey, Duration: 9, Bid: types.Coin})
		w.Extend(post)
		return w.validBut(w.TicketScore(w.carol, w.alice, post.ID(), types.Coin))
	}},
	{"ticket signed by the node", consensus.ErrTicket, func(w *world) error {
		return w.validBut(w.TicketScore(w.bob, w.bob, w.open, types.Coin))
	}},
	{"ticket for another job", consensus.ErrTicket, func(w *world) error {
		return w.ticket(w.alice.Ticket(w.Params.ID, w.done, w.bob.Address(), 2*types.Coin))
	}},
	{"ticket for another node", consensus.ErrTicket, func(w *world) error {
		return w.ticket(w.alice.Ticket(w.Params.ID, w.open, w.carol.Address(), 2*types.Coin))
	}},
	{"ticket for less", consensus.ErrTicket, func(w *world) error {
		return w.ticket(w.alice.Ticket(w.Params.ID, w.open, w.bob.Address(), 2*types.Coin-1))
	}},
	{"ticket of another network", consensus.ErrTicket, func(w *world) error {
		return w.ticket(w.alice.Ticket(types.NetworkID{1}, w.open, w.bob.Address(), 2*types.Coin))
	}},
}

// noKey is an address that no key encodes to: it is above the field's prime.
var noKey = types.Address(bytes.Repeat([]byte{0xff}, 32))

// operatedBlocks is how long an operated job is open.
const operatedBlocks = 9

// operated posts a job of alice's that bob runs.
func (w *world) operated() types.Hash {
	post := w.Record(w.alice, &types.JobPost{Dapp: chaintest.DappID(), Operator: w.bob.Address(), Duration: operatedBlocks, Bid: 10 * types.Coin})
	w.Extend(post)
	return post.ID()
}

func (w *world) bobScores(s types.Amount) map[types.Address]types.Amount {
	return map[types.Address]types.Amount{w.bob.Address(): s}
}

// ticket makes a block with bob's report of 2 coins on the open job.
func (w *world) ticket(sig [64]byte) error {
	return w.validBut(w.Record(w.bob, &types.ScoreReport{Job: w.open, Ticketed: true,
		Entries: []types.ScoreEntry{{Address: w.bob.Address(), Cumulative: 2 * types.Coin, Ticket: sig}}}))
}

func (w *world) job(id types.Hash) *consensus.Job {
	j, err := consensus.ReadJob(w.Rows, id)
	if err != nil {
		panic(err)
	}
	return j
}

var registrationCases = []ruleCase{
	{"proof of another's key", consensus.ErrPossession, func(w *world) error {
		return w.record(w.alice, chaintest.Registration(w.Params.ID, w.bob))
	}},
	{"proof for another network", consensus.ErrPossession, func(w *world) error {
		return w.record(w.alice, chaintest.Registration(types.NetworkID{1}, w.alice))
	}},
	{"key that is no key", consensus.ErrPossession, func(w *world) error {
		r := chaintest.Registration(w.Params.ID, w.alice)
		r.VRFKey = [32]byte{1} // the neutral element: any output could be proved
		return w.record(w.alice, r)
	}},
	{"evidence of two slots", consensus.ErrEvidence, func(w *world) error {
		e := w.evidence()
		e.B.Slot++
		w.resign(&e.B)
		return w.record(w.alice, e)
	}},
	{"evidence of two producers", consensus.ErrEvidence, func(w *world) error {
		e := w.evidence()
		e.B.Producer = w.bob.Address()
		e.B.Signature, _ = w.bob.Sign(e.B.SigHash(w.Params.ID))
		return w.record(w.alice, e)
	}},
	{"evidence of one block", consensus.ErrEvidence, func(w *world) error {
		e := w.evidence()
		e.B = e.A
		return w.record(w.alice, e)
	}},
	{"evidence that is not signed", consensus.ErrEvidence, func(w *world) error {
		e := w.evidence()
		e.B.Signature[5] ^= 1
		return w.record(w.alice, e)
	}},
	{"evidence from the future", consensus.ErrEvidence, func(w *world) error {
		e := w.evidence()
		e.A.Slot, e.B.Slot = w.State.Slot+1000, w.State.Slot+1000
		w.resign(&e.A)
		w.resign(&e.B)
		return w.record(w.alice, e)
	}},
	{"evidence too old", consensus.ErrEvidence, func(w *world) error {
		e := w.evidence()
		w.SkipTo(34 * w.Params.EpochSlots)
		return w.record(w.alice, e)
	}},
	{"evidence used before", consensus.ErrEvidenceUsed, func(w *world) error {
		e := w.evidence()
		w.Extend(w.Record(w.alice, e))
		e.A, e.B = e.B, e.A
		return w.record(w.bob, e)
	}},
}

// evidence is two blocks of the bootstrap producer for the tip's slot.
func (w *world) evidence() *types.Equivocation {
	e := &types.Equivocation{A: w.Tip().Header, B: w.Tip().Header}
	e.B.TxRoot[0] ^= 1
	w.resign(&e.B)
	return e
}

func (w *world) resign(h *types.Header) {
	h.Signature, _ = chaintest.Bootstrap().Sign(h.SigHash(w.Params.ID))
}
