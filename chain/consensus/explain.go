package consensus

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"supercomputing/chain/types"
)

// Earned is what one entry of a score report added.
type Earned struct {
	Tx         int // the report's place in the block
	Job        types.Hash
	Address    types.Address
	Score      types.Amount
	Credit     types.Amount
	Registered bool // the score gives weight
}

// Share is what the settlement of an epoch gave an address of the base pool.
type Share struct {
	Epoch   uint64
	Address types.Address
	Amount  types.Amount
}

// Explanation tells where a block's scores and credits come from: which entry
// of which report made them, or which epoch's settlement.
type Explanation struct {
	Earned []Earned // in the order of the block; entries that added nothing are left out
	Shares []Share  // by epoch and address; zero ones are left out
}

// ErrUnexplained says that a block's transactions do not account for the rows
// that it changed: the stored update is another block's, or Explain is wrong.
var ErrUnexplained = errors.New("the changes of the block are not what its records add up to")

// Find returns the change of a row, nil when the block left it as it was.
func (u *Update) Find(t Table, key []byte) *Change {
	i, found := slices.BinarySearchFunc(u.Changes, Change{Table: t, Key: key}, compareChanges)
	if !found {
		return nil
	}
	return &u.Changes[i]
}

// Of lists the changes of one table.
func (u *Update) Of(t Table) []Change {
	from, _ := slices.BinarySearchFunc(u.Changes, Change{Table: t}, compareChanges)
	to, _ := slices.BinarySearchFunc(u.Changes, Change{Table: t + 1}, compareChanges)
	return u.Changes[from:to]
}

// amounts reads a change of a row that is an amount; none is zero twice.
func (c *Change) amounts() (before, after types.Amount, err error) {
	if c == nil {
		return 0, 0, nil
	}
	if c.Old != nil {
		if before, err = decodeAmount(c.Old); err != nil {
			return 0, 0, err
		}
	}
	if c.New != nil {
		after, err = decodeAmount(c.New)
	}
	return before, after, err
}

// Explain works out what each entry of a block's score reports added, and what
// each settled address was given, from what the block changed and the header
// of its parent. An update only knows sums: where several entries made one,
// they are played again with the arithmetic of the rules, and must come to
// the rows that the update has. ErrUnexplained says that they do not.
func Explain(p *Params, parent *types.Header, blk *types.Block, u *Update) (*Explanation, error) {
	x := &explainer{p: p, u: u, epoch: p.Epoch(blk.Header.Slot), jobs: make(map[types.Hash]*Job),
		scores: make(map[string]types.Amount), ex: new(Explanation)}
	if err := x.reports(blk); err != nil {
		return nil, err
	}
	if err := x.registered(); err != nil {
		return nil, err
	}
	if err := x.settled(p.Epoch(parent.Slot)); err != nil {
		return nil, err
	}
	return x.ex, x.check()
}

type explainer struct {
	p      *Params
	u      *Update
	epoch  uint64
	jobs   map[types.Hash]*Job     // as the next record finds them; nil: scored nothing in this block
	scores map[string]types.Amount // recorded so far, by row key
	ex     *Explanation
}

// reports plays raises and score reports again.
func (x *explainer) reports(blk *types.Block) error {
	if len(blk.Sides[types.ChainScores]) == 0 {
		return nil
	}
	txs, err := blk.Transactions()
	if err != nil {
		return fmt.Errorf("%w: %v", ErrCorrupt, err)
	}
	for i, tx := range txs {
		if len(tx.Payload) == 0 {
			continue
		}
		switch types.Kind(tx.Payload[0]) {
		case types.KindBidRaise, types.KindScoreReport:
		default:
			continue
		}
		rec, err := types.DecodeRecord(tx.Payload)
		if err != nil {
			return fmt.Errorf("%w: %v", ErrCorrupt, err)
		}
		switch r := rec.(type) {
		case *types.BidRaise:
			err = x.raise(r)
		case *types.ScoreReport:
			err = x.report(i, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// job gives a job as it was before the block, nil when the block scored
// nothing on it.
func (x *explainer) job(id types.Hash) (*Job, error) {
	if j, ok := x.jobs[id]; ok {
		return j, nil
	}
	var j *Job
	if c := x.u.Find(TableJob, id[:]); c != nil && c.Old != nil && c.New != nil {
		var err error
		if j, err = DecodeJob(c.Old); err != nil {
			return nil, err
		}
	}
	x.jobs[id] = j
	return j, nil
}

func (x *explainer) raise(r *types.BidRaise) error {
	j, err := x.job(r.Job)
	if j == nil || err != nil {
		return err
	}
	j.Bids += r.Added
	j.Held += heldPart(r.Added, j.Fund)
	return nil
}

func (x *explainer) report(tx int, r *types.ScoreReport) error {
	j, err := x.job(r.Job)
	if j == nil || err != nil {
		return err
	}
	for i := range r.Entries {
		e := &r.Entries[i]
		key := jobAddress(r.Job, e.Address)
		recorded, seen := x.scores[string(key)]
		if !seen {
			c := x.u.Find(TableJobScore, key)
			if c == nil {
				continue // no entry of the address added anything
			}
			if recorded, _, err = c.amounts(); err != nil {
				return err
			}
		}
		d, credit := j.score(recorded, e.Cumulative)
		x.scores[string(key)] = recorded + d
		if d > 0 {
			x.ex.Earned = append(x.ex.Earned, Earned{Tx: tx, Job: r.Job, Address: e.Address, Score: d, Credit: credit})
		}
	}
	return nil
}

// registered finds the scores that give weight. Who registers in the middle of
// a block has it for what comes after: the last entries, which are as many as
// make up what the row grew by.
func (x *explainer) registered() error {
	weight := make(map[types.Address]types.Amount)
	for i := len(x.ex.Earned) - 1; i >= 0; i-- {
		e := &x.ex.Earned[i]
		left, seen := weight[e.Address]
		if !seen {
			before, after, err := x.u.Find(TableWork, epochAddress(x.epoch, e.Address)).amounts()
			if err != nil {
				return err
			}
			left = after - before
		}
		if left > 0 {
			e.Registered = true
			left -= e.Score
		}
		weight[e.Address] = left
	}
	for a, left := range weight {
		if left != 0 {
			return fmt.Errorf("%w: registered score of %v is off by %d units", ErrUnexplained, a, left)
		}
	}
	return nil
}

// settled finds the shares of the addresses that the block visited: their
// scores of ended epochs are gone.
func (x *explainer) settled(parent uint64) error {
	var rows []Change // of one epoch
	flush := func() error {
		if len(rows) == 0 {
			return nil
		}
		err := x.settledEpoch(binary.BigEndian.Uint64(rows[0].Key), parent, rows)
		rows = nil
		return err
	}
	for _, c := range x.u.Of(TableScore) {
		if c.New != nil || len(c.Key) != 8+len(types.Address{}) {
			continue
		}
		if len(rows) > 0 && !bytes.Equal(rows[0].Key[:8], c.Key[:8]) {
			if err := flush(); err != nil {
				return err
			}
		}
		rows = append(rows, c)
	}
	return flush()
}

func (x *explainer) settledEpoch(epoch, parent uint64, rows []Change) error {
	scores, sum := make([]types.Amount, len(rows)), types.Amount(0)
	for i := range rows {
		s, err := decodeAmount(rows[i].Old)
		if err != nil {
			return err
		}
		scores[i] = s
		sum += s
	}
	s, err := x.settling(epoch, parent, sum)
	if err != nil || s == nil || s.Total == 0 {
		return err
	}
	for i := range rows {
		if share := s.Pool.Part(uint64(scores[i]), uint64(s.Total)); share > 0 {
			x.ex.Shares = append(x.ex.Shares, Share{epoch, types.Address(rows[i].Key[8:]), share})
		}
	}
	return nil
}

// settling gives what an epoch hands out. The row of one that ended in this
// block and was settled whole does not show in the update: sum, the score of
// all it visited, is then the epoch's. It is nil when nothing was handed out.
func (x *explainer) settling(epoch, parent uint64, sum types.Amount) (*Settling, error) {
	if c := x.u.Find(TableSettling, EpochKey(epoch)); c != nil {
		if c.Old != nil {
			return decodeSettling(c.Old)
		}
		return decodeSettling(c.New)
	}
	if epoch != parent || epoch == x.epoch {
		return nil, nil // an older one whose rest stayed the same
	}
	c := x.u.Find(TableScalar, rowPools)
	if c == nil {
		return nil, fmt.Errorf("%w: epoch %d was settled from pools that did not change", ErrUnexplained, epoch)
	}
	r := types.NewReader(c.Old)
	before := Pools{Reserve: r.Amount(), Base: r.Amount(), Fund: r.Amount()}
	return &Settling{Pool: min(before.Base, sum/20), Total: sum}, corrupt("pools", r)
}

// check compares what was worked out with the rows after the block.
func (x *explainer) check() error {
	for id, j := range x.jobs {
		if j == nil {
			continue
		}
		after, err := DecodeJob(x.u.Find(TableJob, id[:]).New)
		if err != nil {
			return err
		}
		if after.Scored != j.Scored || after.Held != j.Held {
			return fmt.Errorf("%w: job %v has %v scored and %v held, not %v and %v", ErrUnexplained, id, after.Scored, after.Held, j.Scored, j.Held)
		}
	}
	for key, score := range x.scores {
		if _, after, err := x.u.Find(TableJobScore, []byte(key)).amounts(); err != nil || after != score {
			return fmt.Errorf("%w: score %v recorded, not %v (%v)", ErrUnexplained, after, score, err)
		}
	}
	return x.checkCredits()
}

func (x *explainer) checkCredits() error {
	credits := make(map[types.Address]types.Amount)
	for i := range x.ex.Earned {
		credits[x.ex.Earned[i].Address] += x.ex.Earned[i].Credit
	}
	for i := range x.ex.Shares {
		credits[x.ex.Shares[i].Address] += x.ex.Shares[i].Amount
	}
	for i := range x.u.Income.Credits {
		credits[x.u.Income.Credits[i].Address] -= x.u.Income.Credits[i].Amount
	}
	for a, sum := range credits {
		before, after, err := x.u.Find(TableCredit, a[:]).amounts()
		if err != nil {
			return err
		}
		if after-before != sum {
			return fmt.Errorf("%w: credit of %v changed by %d units, not %d", ErrUnexplained, a, after-before, sum)
		}
	}
	return nil
}
