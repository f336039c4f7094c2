package consensus

import (
	"fmt"

	"supercomputing/chain/types"
)

// Supply holds each term of the conservation sum (PROTOCOL §5) and the digest,
// counted afresh from all rows.
type Supply struct {
	Height  uint32
	Genesis types.Amount
	Minted  types.Amount // height × 1 coin

	Unspent  types.Amount
	Fund     types.Amount
	Held     types.Amount // with jobs
	Reserve  types.Amount
	Base     types.Amount
	Settling types.Amount
	Credits  types.Amount

	Outputs, Jobs, Rows int
	Digest              types.Hash // recomputed
	DigestOK            bool       // equals the running digest
}

// Left is what there must be: the genesis supply and a coin for each block.
func (s *Supply) Left() types.Amount { return s.Genesis + s.Minted }

// Right is what there is.
func (s *Supply) Right() types.Amount {
	return s.Unspent + s.Fund + s.Held + s.Reserve + s.Base + s.Settling + s.Credits
}

// OK reports whether both sides are equal and the digest is right.
func (s *Supply) OK() bool { return s.Left() == s.Right() && s.DigestOK }

// String shows the sum with its terms.
func (s *Supply) String() string {
	return fmt.Sprintf("genesis %v + minted %v = %v; unspent %v + fund %v + held %v + reserve %v + base %v + settling %v + credits %v = %v; digest ok: %v",
		s.Genesis, s.Minted, s.Left(), s.Unspent, s.Fund, s.Held, s.Reserve, s.Base, s.Settling, s.Credits, s.Right(), s.DigestOK)
}

// Audit scans the whole state. Its cost grows with the state.
func Audit(p *Params, st State, rows Rows) (*Supply, error) {
	s := &Supply{Height: st.Height, Genesis: p.GenesisSupply(), Minted: types.Amount(st.Height) * BlockReward}
	var lattice LtHash
	for t := Table(1); t <= tableCount; t++ {
		err := rows.Scan(t, nil, func(key, value []byte) (bool, error) {
			s.Rows++
			lattice.Insert(t, key, value)
			return true, s.count(t, value)
		})
		if err != nil {
			return nil, err
		}
	}
	pools, err := ReadPools(rows)
	if err != nil {
		return nil, err
	}
	s.Fund, s.Reserve, s.Base = pools.Fund, pools.Reserve, pools.Base
	s.Digest = lattice.Digest()
	s.DigestOK = s.Digest == st.Digest()
	return s, nil
}

func (s *Supply) count(t Table, value []byte) error {
	switch t {
	case TableUTXO:
		u, err := DecodeUTXO(value)
		if err != nil {
			return err
		}
		s.Unspent += u.Amount
		s.Outputs++
	case TableJob:
		j, err := DecodeJob(value)
		if err != nil {
			return err
		}
		s.Held += j.Held
		s.Jobs++
	case TableSettling:
		e, err := decodeSettling(value)
		if err != nil {
			return err
		}
		s.Settling += e.Rest
	case TableCredit:
		a, err := decodeAmount(value)
		if err != nil {
			return err
		}
		s.Credits += a
	}
	return nil
}
