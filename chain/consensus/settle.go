package consensus

import (
	"bytes"
	"encoding/binary"

	"supercomputing/chain/types"
)

const (
	// MinPayout is the least credit that a coinbase pays; smaller ones wait.
	MinPayout = types.Coin / 10
	// reserveShare is the part of the reserve that each block takes: 1/512,
	// so that no single block is worth stealing (PROTOCOL §5).
	reserveShare = 512
	// cleanRows bounds what a block removes of rows that are over.
	cleanRows = 4000
)

// takeReserve gives this block its part of the producers' reserve: to the
// producer as far as scores give weight, the rest to the base pool.
func (b *Builder) takeReserve() error {
	shares, err := readShares(b.view, 0)
	if err != nil {
		return err
	}
	take := b.pools.Reserve / reserveShare
	part := take
	if shares.All > 0 {
		part = take.Part(uint64(shares.Weighted), uint64(shares.All))
	}
	b.pools.Reserve -= take
	b.pools.Base += take - part
	b.income.Reserve = take
	b.income.Producer += part
	return nil
}

// endEpoch queues an ended epoch for settlement: P = min(base pool, ⌊S/20⌋).
func (b *Builder) endEpoch(epoch uint64) error {
	total, err := ReadEpochTotal(b.view, epoch)
	if err != nil || total.All == 0 {
		return err
	}
	s := &Settling{Pool: min(b.pools.Base, total.Shared/20), Total: total.Shared}
	s.Rest = s.Pool
	b.pools.Base -= s.Pool
	return b.view.Put(TableSettling, EpochKey(epoch), s.encode())
}

// settle visits the next MaxSettleOutputs addresses of the oldest ended
// epochs. An address' row goes when it was visited, so the first row left is
// the cursor and no other needs to be kept.
func (b *Builder) settle() error {
	for left := types.MaxSettleOutputs; left > 0; {
		epoch, s, err := b.firstSettling()
		if err != nil || s == nil {
			return err
		}
		rows, err := collect(b.view, TableScore, EpochKey(epoch), left)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := b.settleAddress(s, row); err != nil {
				return err
			}
		}
		if len(rows) == left {
			return b.view.Put(TableSettling, EpochKey(epoch), s.encode())
		}
		b.pools.Base += s.Rest
		if err := b.view.Delete(TableSettling, EpochKey(epoch)); err != nil {
			return err
		}
		left -= len(rows)
	}
	return nil
}

func (b *Builder) firstSettling() (epoch uint64, s *Settling, err error) {
	err = b.view.Scan(TableSettling, nil, func(key, value []byte) (bool, error) {
		var err error
		epoch = binary.BigEndian.Uint64(key)
		s, err = decodeSettling(value)
		return false, err
	})
	return epoch, s, err
}

func (b *Builder) settleAddress(s *Settling, row Change) error {
	score, err := decodeAmount(row.New)
	if err != nil {
		return err
	}
	if err := b.view.Delete(TableScore, row.Key); err != nil {
		return err
	}
	a := types.Address(row.Key[8:])
	credit, err := ReadCredit(b.view, a)
	if err != nil {
		return err
	}
	if s.Total > 0 {
		share := s.Pool.Part(uint64(score), uint64(s.Total))
		credit += share
		s.Rest -= share
	}
	if credit >= MinPayout {
		b.income.Credits = append(b.income.Credits, Payment{Address: a, Amount: credit})
		credit = 0
	}
	return putAmount(b.view, TableCredit, a[:], credit)
}

// collect copies up to max rows that begin with prefix into Key and New.
func collect(rows Rows, t Table, prefix []byte, max int) (out []Change, err error) {
	if max <= 0 {
		return nil, nil
	}
	err = rows.Scan(t, prefix, func(key, value []byte) (bool, error) {
		if !bytes.HasPrefix(key, prefix) {
			return false, nil
		}
		out = append(out, Change{Table: t, Key: bytes.Clone(key), New: append([]byte{}, value...)})
		return len(out) < max, nil
	})
	return out, err
}

// dueJobs ends the jobs that expire and sweeps those whose grace is over: what
// they still hold joins the base pool. A block deals with cleanRows jobs and
// score rows at most, in the order in which they are due, so that no block
// costs an unbounded time. What waits longer shows nowhere but in the base
// pool: what a job takes depends on its End alone.
func (b *Builder) dueJobs() error {
	due, err := b.due(cleanRows)
	if err != nil {
		return err
	}
	left := cleanRows
	for _, key := range due {
		if left == 0 {
			return nil
		}
		id := types.Hash(key[4:])
		j, err := b.job(id)
		if err != nil {
			return err
		}
		if j.Ended {
			done, err := b.sweep(id, j, &left)
			if err != nil || !done {
				return err
			}
		}
		left--
		if err := b.view.Delete(TableJobDue, key); err != nil {
			return err
		}
		if !j.Ended {
			j.Ended, j.End = true, j.End+ScoreGrace
			if err := b.putJob(id, j); err != nil {
				return err
			}
		}
	}
	return nil
}

// due lists the keys of jobs whose next change is due at this height, the
// first max of them.
func (b *Builder) due(max int) (keys [][]byte, err error) {
	err = b.view.Scan(TableJobDue, nil, func(key, _ []byte) (bool, error) {
		if binary.BigEndian.Uint32(key) > b.height {
			return false, nil
		}
		keys = append(keys, bytes.Clone(key))
		return len(keys) < max, nil
	})
	return keys, err
}

// sweep removes a job with its score rows, as many as are left to a block.
func (b *Builder) sweep(id types.Hash, j *Job, left *int) (done bool, err error) {
	rows, err := collect(b.view, TableJobScore, id[:], *left)
	if err != nil {
		return false, err
	}
	for _, row := range rows {
		if err := b.view.Delete(row.Table, row.Key); err != nil {
			return false, err
		}
	}
	if *left -= len(rows); *left == 0 {
		return false, nil // there may be more
	}
	b.pools.Base += j.Held
	return true, b.view.Delete(TableJob, id[:])
}
