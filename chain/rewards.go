package chain

import (
	"fmt"

	"supercomputing/chain/types"
)

// Earning is what one entry of a score report added to an address: who paid
// for what, and why.
type Earning struct {
	Height     uint32
	Epoch      uint64
	Tx         types.Hash // of the report
	Job        types.Hash
	Dapp       types.Hash
	Payer      types.Address // the job's author
	Score      types.Amount
	Credited   types.Amount // of the job's held bids
	Registered bool         // the address was a producer then: the score gives weight
}

// BaseShare is what an address got of the base pool when an epoch was settled.
type BaseShare struct {
	Height uint32 // of the block that settled it
	Epoch  uint64 // whose scores it is for
	Amount types.Amount
}

// Role tells why a coinbase pays an address.
type Role byte

// The roles, in the order of a coinbase's outputs (PROTOCOL §10).
const (
	RoleProducer   Role = 1
	RoleFoundation Role = 2
	RoleDeveloper  Role = 3
	RoleDappFund   Role = 4
	RoleCredit     Role = 5
)

// String names the role.
func (r Role) String() string {
	switch r {
	case RoleProducer:
		return "producer"
	case RoleFoundation:
		return "foundation"
	case RoleDeveloper:
		return "developer"
	case RoleDappFund:
		return "dapp fund"
	case RoleCredit:
		return "credit"
	}
	return fmt.Sprintf("role %d", byte(r))
}

// Payout is one output of a coinbase.
type Payout struct {
	Height uint32
	Block  types.Hash
	Amount types.Amount
	Role   Role
}

// DappEpoch sums one epoch of a dapp.
type DappEpoch struct {
	Epoch  uint64
	Jobs   int          // posted
	Bids   types.Amount // first bids and raises, the compute fund's too
	Income types.Amount // of the developer, who gets nothing of the fund's bids
	Scores types.Amount // recorded
}

// MaxListed bounds a list that names no bound of its own. Who has as many rows
// asks on from where it ends.
const MaxListed = 100_000

// JobRef names a job on the chain.
type JobRef struct {
	Height uint32 // of its post
	Job    types.Hash
}

// Earnings lists what the score reports from height from on added to a, in
// order: whole blocks, until there are at least max, which is MaxListed at most.
// To go on, ask from the last one's height plus one.
func (m *Manager) Earnings(a types.Address, from uint32, max int) ([]Earning, error) {
	var out []Earning
	jobs := make(map[types.Hash][]byte)
	max = min(max, MaxListed)
	err := m.scanAddress(rowEarning, a, from, func(snap Reader, k, v *types.Reader) (bool, error) {
		height, _ := k.Uint32(), k.Uint32()
		if enough(out, max, height, func(e *Earning) uint32 { return e.Height }) {
			return false, nil
		}
		e := Earning{Height: height, Epoch: v.Uint64(), Tx: v.Hash(), Job: v.Hash(), Score: v.Amount(), Credited: v.Amount(), Registered: v.Byte() == 1}
		if v.Err() != nil {
			return true, nil // scanAddress tells
		}
		row, ok := jobs[e.Job]
		if !ok {
			var err error
			if row, err = snap.Get(hashKey(rowJob, e.Job)); err != nil {
				return false, err
			}
			jobs[e.Job] = row
		}
		r := types.NewReader(row)
		e.Payer, e.Dapp = r.Address(), r.Hash()
		if err := r.Done(); err != nil {
			return false, corrupt("job index", err)
		}
		out = append(out, e)
		return true, nil
	})
	return out, err
}

// enough tells whether a list is long enough for a row of that height to be left
// for the next one. Blocks are not cut in two.
func enough[T any](list []T, max int, height uint32, of func(*T) uint32) bool {
	n := len(list)
	return n >= max && (n == 0 || of(&list[n-1]) != height)
}

// BaseShares lists what settlements in blocks from height from on gave to a, in
// order: whole blocks, until there are at least MaxListed.
func (m *Manager) BaseShares(a types.Address, from uint32) ([]BaseShare, error) {
	return m.baseShares(a, from, MaxListed)
}

func (m *Manager) baseShares(a types.Address, from uint32, max int) (out []BaseShare, err error) {
	err = m.scanAddress(rowShare, a, from, func(_ Reader, k, v *types.Reader) (bool, error) {
		s := BaseShare{Height: k.Uint32(), Epoch: k.Uint64(), Amount: v.Amount()}
		if enough(out, max, s.Height, func(s *BaseShare) uint32 { return s.Height }) {
			return false, nil
		}
		out = append(out, s)
		return true, nil
	})
	return out, err
}

// Payouts lists what coinbases from height from on paid to a, in order: whole
// blocks, until there are at least MaxListed. What genesis allocated is not
// among it.
func (m *Manager) Payouts(a types.Address, from uint32) ([]Payout, error) {
	return m.payouts(a, from, MaxListed)
}

func (m *Manager) payouts(a types.Address, from uint32, max int) (out []Payout, err error) {
	err = m.scanAddress(rowPayout, a, from, func(snap Reader, k, v *types.Reader) (bool, error) {
		p := Payout{Height: k.Uint32(), Role: Role(v.Byte()), Amount: v.Amount()}
		k.Uint32() // the output's place
		if enough(out, max, p.Height, func(p *Payout) uint32 { return p.Height }) {
			return false, nil
		}
		if n := len(out); n > 0 && out[n-1].Height == p.Height {
			p.Block = out[n-1].Block
		} else {
			var err error
			if p.Block, _, err = readHash(snap, p.Height); err != nil {
				return false, err
			}
		}
		out = append(out, p)
		return true, nil
	})
	return out, err
}

// JobsOf lists the jobs that a posted or runs as operator, from height from on,
// in order: whole blocks, until there are at least MaxListed.
func (m *Manager) JobsOf(a types.Address, from uint32) ([]JobRef, error) {
	return m.jobsOf(a, from, MaxListed)
}

func (m *Manager) jobsOf(a types.Address, from uint32, max int) (out []JobRef, err error) {
	err = m.scanAddress(rowJobOf, a, from, func(_ Reader, k, _ *types.Reader) (bool, error) {
		j := JobRef{k.Uint32(), k.Hash()}
		if enough(out, max, j.Height, func(j *JobRef) uint32 { return j.Height }) {
			return false, nil
		}
		out = append(out, j)
		return true, nil
	})
	return out, err
}

// scanAddress reads an address' rows of one kind. fn gets readers of what
// follows the address in the key, and of the value, and must use both up.
func (m *Manager) scanAddress(row byte, a types.Address, from uint32, fn func(snap Reader, k, v *types.Reader) (bool, error)) error {
	snap, err := m.store.Snapshot()
	if err != nil {
		return err
	}
	defer snap.Close()
	prefix := addressKey(row, a, 0)[:1+len(a)]
	return snap.Scan(addressKey(row, a, from), after(prefix), func(key, value []byte) (bool, error) {
		k, v := types.NewReader(key[len(prefix):]), types.NewReader(value)
		more, err := fn(snap, k, v)
		if err != nil || !more {
			return false, err
		}
		if k.Done() != nil || v.Done() != nil {
			return false, corrupt("index of addresses", types.ErrMalformed)
		}
		return true, nil
	})
}

// DappEpochs sums what happened on a dapp from an epoch on, in order; epochs
// in which nothing did are left out. It gives MaxListed at most.
func (m *Manager) DappEpochs(dapp types.Hash, fromEpoch uint64) ([]DappEpoch, error) {
	return m.dappEpochs(dapp, fromEpoch, MaxListed)
}

func (m *Manager) dappEpochs(dapp types.Hash, fromEpoch uint64, max int) ([]DappEpoch, error) {
	snap, err := m.store.Snapshot()
	if err != nil {
		return nil, err
	}
	defer snap.Close()
	var out []DappEpoch
	prefix := hashKey(rowDapp, dapp)
	err = snap.Scan(dappKey(dapp, fromEpoch), after(prefix), func(key, value []byte) (bool, error) {
		d, err := decodeDappEpoch(value)
		if err != nil {
			return false, err
		}
		k := types.NewReader(key[len(prefix):])
		if d.Epoch = k.Uint64(); k.Done() != nil {
			return false, corrupt("dapp index", types.ErrMalformed)
		}
		out = append(out, d)
		return len(out) < max, nil
	})
	return out, err
}
