package consensus

import (
	"fmt"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// ReadUTXO returns an unspent output, nil when there is none.
func ReadUTXO(rows Rows, op wire.OutPoint) (*UTXO, error) {
	return read(rows, TableUTXO, UTXOKey(op), DecodeUTXO)
}

// ReadJob returns a job's state, nil when it is unknown or long over.
func ReadJob(rows Rows, id types.Hash) (*Job, error) { return read(rows, TableJob, id[:], DecodeJob) }

// ReadDapp returns a dapp, nil when it is not registered.
func ReadDapp(rows Rows, id types.Hash) (*Dapp, error) {
	return read(rows, TableDapp, id[:], DecodeDapp)
}

// ReadProducer returns a producer's registration, nil when there is none.
func ReadProducer(rows Rows, a types.Address) (*Producer, error) {
	return read(rows, TableProducer, a[:], DecodeProducer)
}

// ReadCredit returns what an address is owed and was not yet paid.
func ReadCredit(rows Rows, a types.Address) (types.Amount, error) {
	return readAmount(rows, TableCredit, a[:])
}

// ReadJobScore returns the score recorded for an address on a job.
func ReadJobScore(rows Rows, job types.Hash, a types.Address) (types.Amount, error) {
	return readAmount(rows, TableJobScore, jobAddress(job, a))
}

// ReadScore returns an address' score of an epoch that is not settled yet.
func ReadScore(rows Rows, epoch uint64, a types.Address) (types.Amount, error) {
	return readAmount(rows, TableScore, epochAddress(epoch, a))
}

// ReadWork returns an address' registered score of one of the last 32 epochs.
func ReadWork(rows Rows, epoch uint64, a types.Address) (types.Amount, error) {
	return readAmount(rows, TableWork, epochAddress(epoch, a))
}

// ReadEpochTotal returns an epoch's totals, zeros when nothing was scored.
func ReadEpochTotal(rows Rows, epoch uint64) (EpochTotal, error) {
	t, err := read(rows, TableTotal, EpochKey(epoch), decodeTotal)
	if t == nil || err != nil {
		return EpochTotal{}, err
	}
	return *t, nil
}

func read[T any](rows Rows, t Table, key []byte, decode func([]byte) (*T, error)) (*T, error) {
	v, err := rows.Get(t, key)
	if v == nil || err != nil {
		return nil, err
	}
	return decode(v)
}

func readAmount(rows Rows, t Table, key []byte) (types.Amount, error) {
	v, err := rows.Get(t, key)
	if v == nil || err != nil {
		return 0, err
	}
	return decodeAmount(v)
}

func decodeAmount(v []byte) (types.Amount, error) {
	r := types.NewReader(v)
	a := r.Amount()
	return a, corrupt("amount", r)
}

// putAmount stores an amount; zero removes the row.
func putAmount(o *Overlay, t Table, key []byte, a types.Amount) error {
	if a < 0 {
		panic(fmt.Sprintf("consensus: negative amount %d in table %d", a, t))
	}
	if a == 0 {
		return o.Delete(t, key)
	}
	return o.Put(t, key, types.AppendAmount(nil, a))
}

// Names of the scalar rows.
var (
	rowPools    = []byte("pools")
	rowSchedule = []byte("schedule")
)

// Pools are the coin amounts that belong to nobody yet.
type Pools struct {
	Reserve types.Amount // producers' reserve
	Base    types.Amount // base pool
	Fund    types.Amount // compute fund, released or not
}

// ReadPools returns the pools.
func ReadPools(rows Rows) (Pools, error) {
	v, err := rows.Get(TableScalar, rowPools)
	if err != nil {
		return Pools{}, err
	}
	r := types.NewReader(v)
	p := Pools{Reserve: r.Amount(), Base: r.Amount(), Fund: r.Amount()}
	return p, corrupt("pools", r)
}

func (p Pools) put(o *Overlay) error {
	if p.Reserve < 0 || p.Base < 0 || p.Fund < 0 {
		panic("consensus: negative pool")
	}
	return o.Put(TableScalar, rowPools,
		types.AppendAmount(types.AppendAmount(types.AppendAmount(nil, p.Reserve), p.Base), p.Fund))
}

// FundReleased is how much of the compute fund was released up to height.
func (p *Params) FundReleased(height uint32) types.Amount {
	if p.FundInterval == 0 || p.FundRelease == 0 {
		return 0
	}
	n := types.Amount(height / p.FundInterval)
	if n > p.FundTotal/p.FundRelease {
		return p.FundTotal
	}
	return n * p.FundRelease
}

// FundAvailable is what fund jobs can still take at height.
func (p *Params) FundAvailable(pools Pools, height uint32) types.Amount {
	return p.FundReleased(height) - (p.FundTotal - pools.Fund)
}

// Shares are A and R of PROTOCOL §5, stored with the seat list: the
// age-shifted sums of all scores and of those that give weight.
type Shares struct{ All, Weighted types.Amount }

// readShares returns the shares under name "shares" with the slot 0 (in
// force) or 1 (next epoch's).
func readShares(rows Rows, next byte) (Shares, error) {
	v, err := rows.Get(TableScalar, sharesKey(next))
	if v == nil || err != nil {
		return Shares{}, err
	}
	r := types.NewReader(v)
	s := Shares{All: r.Amount(), Weighted: r.Amount()}
	return s, corrupt("shares", r)
}

func (s Shares) put(o *Overlay, next byte) error {
	return o.Put(TableScalar, sharesKey(next),
		types.AppendAmount(types.AppendAmount(nil, s.All), s.Weighted))
}

func sharesKey(list byte) []byte { return append([]byte("shares"), list) }
