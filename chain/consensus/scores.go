package consensus

import (
	"supercomputing/chain/types"
)

// scoreReport records work. Reports by the job's signer, which is its operator
// or else its author, carry no tickets; anyone else's carry the signer's ticket
// in each entry, so that a node can report for itself when the signer vanishes
// (PROTOCOL §5).
func (b *Builder) scoreReport(author types.Address, r *types.ScoreReport, spend *Spend) (func() error, error) {
	j, err := b.job(r.Job)
	if err != nil {
		return nil, err
	}
	if b.height <= j.Posted {
		return nil, rule(ErrScoreEarly, "job %v", r.Job)
	}
	if own := author == j.Signer(); own == r.Ticketed {
		return nil, rule(ErrTicketForm, "by the job's signer: %v, with tickets: %v", own, r.Ticketed)
	}
	if closed := j.closedAt(b.height); closed && !r.Ticketed || b.height > j.lastScore() {
		return nil, rule(ErrJobClosed, "%v", r.Job)
	}
	if r.Ticketed {
		for i := range r.Entries {
			e := &r.Entries[i]
			spend.Tickets = append(spend.Tickets, Ticket{j.Signer(), b.p.ID.TicketHash(r.Job, e.Address, e.Cumulative), e.Ticket})
		}
	}
	return func() error {
		total, err := ReadEpochTotal(b.view, b.epoch)
		if err != nil {
			return err
		}
		for i := range r.Entries {
			if err := b.scoreEntry(r.Job, j, &r.Entries[i], &total); err != nil {
				return err
			}
		}
		if err := b.view.Put(TableTotal, EpochKey(b.epoch), total.encode()); err != nil {
			return err
		}
		return b.view.Put(TableJob, r.Job[:], j.encode())
	}, nil
}

// scoreEntry adds what is new in one entry, and the credit that the held part
// of the bids gives for it.
func (b *Builder) scoreEntry(id types.Hash, j *Job, e *types.ScoreEntry, total *EpochTotal) error {
	recorded, err := ReadJobScore(b.view, id, e.Address)
	if err != nil {
		return err
	}
	d, credit := j.score(recorded, e.Cumulative)
	if d == 0 {
		return nil
	}
	if err := putAmount(b.view, TableJobScore, jobAddress(id, e.Address), recorded+d); err != nil {
		return err
	}
	if err := b.addAmount(TableCredit, e.Address[:], credit); err != nil {
		return err
	}
	return b.countScore(e.Address, d, j.Fund, total)
}

// score records what an entry adds to the job: d of score, and the part of what
// is held that goes with it. Less than the smallest step adds nothing.
func (j *Job) score(recorded, cumulative types.Amount) (d, credit types.Amount) {
	left := j.Bids - j.Scored
	if d = min(cumulative-recorded, left); d < types.MinScore {
		return 0, 0
	}
	credit = types.Amount(types.MulDiv(uint64(j.Held), uint64(d), uint64(left)))
	j.Scored += d
	j.Held -= credit
	return d, credit
}

// countScore books a score in the epoch's tables. A fund job's score has a row
// too, with nothing added: the settlement pays credits along these rows.
func (b *Builder) countScore(a types.Address, d types.Amount, fund bool, total *EpochTotal) error {
	total.All += d
	shared := d
	if fund {
		shared = 0
	}
	total.Shared += shared
	key := epochAddress(b.epoch, a)
	old, err := readAmount(b.view, TableScore, key)
	if err != nil {
		return err
	}
	if err := b.view.Put(TableScore, key, types.AppendAmount(nil, old+shared)); err != nil {
		return err
	}
	registered, err := ReadProducer(b.view, a)
	if err != nil || registered == nil {
		return err
	}
	total.Registered += d
	return b.addAmount(TableWork, key, d)
}

func (b *Builder) addAmount(t Table, key []byte, d types.Amount) error {
	old, err := readAmount(b.view, t, key)
	if err != nil {
		return err
	}
	return putAmount(b.view, t, key, old+d)
}
