package consensus

import (
	"supercomputing/chain/types"
)

// record checks a record against the state and returns what it must pay
// besides the fee by size, and the function that applies it. Checks come all
// before the first change, so a transaction is applied whole or not at all.
func (b *Builder) record(tx *types.Tx, author types.Address, rec types.Record, spend *Spend) (types.Amount, func() error, error) {
	none := func() error { return nil }
	switch r := rec.(type) {
	case *types.JobPost:
		return b.jobPost(tx.ID(), author, r)
	case *types.BidRaise:
		return b.bidRaise(author, r)
	case *types.Completion:
		apply, err := b.completion(author, r)
		return 0, apply, err
	case *types.ScoreReport:
		apply, err := b.scoreReport(author, r, spend)
		return 0, apply, err
	case *types.Advertisement:
		if r.Title == "" {
			return 0, nil, rule(ErrPayload, "advertisement without a title")
		}
		return AdFee, none, nil
	case *types.Message:
		if len(r.Body) == 0 {
			return 0, nil, rule(ErrPayload, "empty message")
		}
		return MessageFee, none, nil
	case *types.DappRegistration:
		return b.registerDapp(tx.ID(), author, r)
	case *types.ProducerRegistration:
		return b.registerProducer(author, r)
	case *types.Equivocation:
		apply, err := b.equivocation(r)
		return 0, apply, err
	}
	return 0, nil, rule(ErrRecordKind, "%v", rec.Kind())
}

// RequiredFee is the least that inputs less outputs of tx must come to: the
// fee by size, and what its record pays besides (PROTOCOL §5). For the fund key's jobs
// it is too much by the bid.
func RequiredFee(tx *types.Tx) (types.Amount, error) {
	need := MinFeeRate * types.Amount(tx.VSize())
	if tx.Payload == nil {
		return need, nil
	}
	rec, err := types.DecodeRecord(tx.Payload)
	if err != nil {
		return 0, err
	}
	return need + RecordFee(rec, false), nil
}

// RecordFee is what a record must pay besides the fee by size.
func RecordFee(rec types.Record, fund bool) types.Amount {
	switch r := rec.(type) {
	case *types.JobPost:
		if !fund {
			return r.Bid
		}
	case *types.BidRaise:
		if !fund {
			return r.Added
		}
	case *types.Advertisement:
		return AdFee
	case *types.Message:
		return MessageFee
	case *types.DappRegistration:
		return DappFee
	case *types.ProducerRegistration:
		return ProducerFee
	}
	return 0
}

// checkBid refuses a bid below the minimum, and a fund bid above what the
// fund has released.
func (b *Builder) checkBid(author types.Address, bid types.Amount) (fund bool, err error) {
	if bid < MinBid {
		return false, rule(ErrBid, "%v, at least %v", bid, MinBid)
	}
	if author != b.p.FundKey {
		return false, nil
	}
	if left := b.p.FundAvailable(b.pools, b.height); bid > left {
		return false, rule(ErrFund, "bid %v, %v released and left", bid, left)
	}
	return true, nil
}

// takeBid books a bid and returns the part held with the job. The fund's bids
// are held whole, so that all of it reaches nodes.
func (b *Builder) takeBid(dapp types.Hash, bid types.Amount, fund bool) (held types.Amount) {
	if fund {
		b.pools.Fund -= bid
		b.income.FundBids += bid
	} else {
		b.bid(dapp, bid)
	}
	return heldPart(bid, fund)
}

// heldPart is the part of a bid that is held with its job.
func heldPart(bid types.Amount, fund bool) types.Amount {
	if fund {
		return bid
	}
	return bid.Part(6, 10)
}

func (b *Builder) jobPost(id types.Hash, author types.Address, r *types.JobPost) (types.Amount, func() error, error) {
	fund, err := b.checkBid(author, r.Bid)
	if err != nil {
		return 0, nil, err
	}
	if r.Duration == 0 || r.Duration > MaxDuration {
		return 0, nil, rule(ErrDuration, "%d blocks, 1 to %d", r.Duration, MaxDuration)
	}
	d, err := ReadDapp(b.view, r.Dapp)
	if err != nil {
		return 0, nil, err
	}
	if d == nil {
		return 0, nil, rule(ErrUnknownDapp, "%v", r.Dapp)
	}
	return RecordFee(r, fund), func() error {
		j := &Job{Author: author, Operator: r.Operator, Dapp: r.Dapp, Bids: r.Bid, Posted: b.height, Duration: r.Duration,
			End: b.height + r.Duration, Fund: fund}
		j.Held = b.takeBid(r.Dapp, r.Bid, fund)
		return b.putJob(id, j)
	}, nil
}

// putJob stores a job and the time its next change is due.
func (b *Builder) putJob(id types.Hash, j *Job) error {
	if err := b.view.Put(TableJob, id[:], j.encode()); err != nil {
		return err
	}
	return b.view.Put(TableJobDue, dueKey(j.End+1, id), nil)
}

// openJob reads a job that is open, for a record by its author or, where the
// operator may stand in, by that.
func (b *Builder) openJob(id types.Hash, by types.Address, operator bool) (*Job, error) {
	j, err := b.job(id)
	if err != nil {
		return nil, err
	}
	if by != j.Author && !(operator && by == j.Signer()) {
		return nil, rule(ErrNotAuthor, "of job %v", id)
	}
	if j.closedAt(b.height) {
		return nil, rule(ErrJobClosed, "%v", id)
	}
	return j, nil
}

func (b *Builder) job(id types.Hash) (*Job, error) {
	j, err := ReadJob(b.view, id)
	if err == nil && j == nil {
		err = rule(ErrUnknownJob, "%v", id)
	}
	return j, err
}

func (b *Builder) bidRaise(author types.Address, r *types.BidRaise) (types.Amount, func() error, error) {
	// Not by the operator: for a fund job it would spend the compute fund.
	j, err := b.openJob(r.Job, author, false)
	if err != nil {
		return 0, nil, err
	}
	fund, err := b.checkBid(author, r.Added)
	if err != nil {
		return 0, nil, err
	}
	if j.Bids > types.MaxAmount-r.Added {
		return 0, nil, rule(ErrBid, "bids sum to more than there can be")
	}
	return RecordFee(r, fund), func() error {
		if err := b.view.Delete(TableJobDue, dueKey(j.End+1, r.Job)); err != nil {
			return err
		}
		j.Bids += r.Added
		j.Held += b.takeBid(j.Dapp, r.Added, fund)
		j.End = b.height + j.Duration
		return b.putJob(r.Job, j)
	}, nil
}

func (b *Builder) completion(author types.Address, r *types.Completion) (func() error, error) {
	j, err := b.openJob(r.Job, author, true)
	if err != nil {
		return nil, err
	}
	return func() error {
		if err := b.view.Delete(TableJobDue, dueKey(j.End+1, r.Job)); err != nil {
			return err
		}
		j.Ended, j.End = true, b.height+ScoreGrace
		return b.putJob(r.Job, j)
	}, nil
}

func (b *Builder) registerDapp(id types.Hash, author types.Address, r *types.DappRegistration) (types.Amount, func() error, error) {
	if r.Name == "" {
		return 0, nil, rule(ErrPayload, "dapp without a name")
	}
	d := &Dapp{Developer: author, Name: r.Name, Version: r.Version, Manifest: r.Manifest}
	return DappFee, func() error { return b.view.Put(TableDapp, id[:], d.encode()) }, nil
}

func (b *Builder) registerProducer(author types.Address, r *types.ProducerRegistration) (types.Amount, func() error, error) {
	// Without possession somebody could register another's key and, as two
	// addresses may not lead with one output, take its slots away.
	if _, err := VRFVerify(r.VRFKey, b.p.ID.ProducerAlpha(author), r.Proof); err != nil {
		return 0, nil, rule(ErrPossession, "%v", err)
	}
	old, err := ReadProducer(b.view, author)
	if err != nil {
		return 0, nil, err
	}
	return ProducerFee, func() error {
		p := &Producer{VRFKey: r.VRFKey, Since: b.epoch + 1, Active: b.epoch}
		if old != nil {
			p.Previous, p.HadKey = old.keyAt(b.epoch)
			p.Active = max(p.Active, old.Active)
		}
		return b.view.Put(TableProducer, author[:], p.encode())
	}, nil
}

// equivocation takes away weight two epochs later, not sooner: the seats in
// force must not move once the seed is known (PROTOCOL §4).
func (b *Builder) equivocation(r *types.Equivocation) (func() error, error) {
	a, c := &r.A, &r.B
	if a.Producer != c.Producer || a.Slot != c.Slot || a.Hash() == c.Hash() {
		return nil, rule(ErrEvidence, "not two headers of one producer and slot")
	}
	if a.Slot > b.slot || b.p.Epoch(a.Slot)+32 < b.epoch {
		return nil, rule(ErrEvidence, "slot %d is not in the last 32 epochs", a.Slot)
	}
	for _, h := range []*types.Header{a, c} {
		if !VerifySchnorr(h.Producer, h.SigHash(b.p.ID), h.Signature) {
			return nil, rule(ErrEvidence, "header %v is not signed by its producer", h.Hash())
		}
	}
	key := append(types.AppendUint64(nil, a.Slot), a.Producer[:]...)
	used, err := b.view.Get(TableEvidence, key)
	if err != nil {
		return nil, err
	}
	if used != nil {
		return nil, rule(ErrEvidenceUsed, "slot %d of %v", a.Slot, a.Producer)
	}
	v, err := b.view.Get(TableBan, a.Producer[:])
	if err != nil {
		return nil, err
	}
	ban := Ban{b.epoch + 2, b.epoch + 33}
	if v != nil {
		old, err := decodeBan(v)
		if err != nil {
			return nil, err
		}
		if old.Last+1 >= ban.First {
			ban.First = old.First
		}
	}
	return func() error {
		if err := b.view.Put(TableEvidence, key, nil); err != nil {
			return err
		}
		return b.view.Put(TableBan, a.Producer[:], ban.encode())
	}, nil
}
