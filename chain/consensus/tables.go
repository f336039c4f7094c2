package consensus

import (
	"fmt"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// UTXO is an unspent output.
type UTXO struct {
	Address types.Address
	Amount  types.Amount
	Height  uint32 // of the block that made it
	// ParentSlot is the slot of that block's parent: the time that relative
	// time locks count from (BIP 68 with the parent's time for median time).
	ParentSlot uint64
	Coinbase   bool
}

// TxOut gives the output as scripts see it.
func (u *UTXO) TxOut() *wire.TxOut { return wire.NewTxOut(int64(u.Amount), u.Address.PkScript()) }

// UTXOKey is the row key of an output.
func UTXOKey(op wire.OutPoint) []byte {
	return types.AppendUint32(append(make([]byte, 0, 36), op.Hash[:]...), op.Index)
}

// ParseUTXOKey reads a row key of TableUTXO.
func ParseUTXOKey(key []byte) (op wire.OutPoint, err error) {
	r := types.NewReader(key)
	op.Hash = r.Hash()
	op.Index = r.Uint32()
	return op, corrupt("output key", r)
}

func (u *UTXO) encode() []byte {
	b := append(make([]byte, 0, 53), u.Address[:]...)
	b = types.AppendUint32(types.AppendAmount(b, u.Amount), u.Height)
	return appendFlag(types.AppendUint64(b, u.ParentSlot), u.Coinbase)
}

// DecodeUTXO reads a row of TableUTXO.
func DecodeUTXO(b []byte) (*UTXO, error) {
	r := types.NewReader(b)
	u := &UTXO{Address: r.Address(), Amount: r.Amount(), Height: r.Uint32(), ParentSlot: r.Uint64(), Coinbase: r.Byte() == 1}
	return u, corrupt("output", r)
}

func appendFlag(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func corrupt(what string, r *types.Reader) error {
	if err := r.Done(); err != nil {
		return fmt.Errorf("%w: %s: %v", ErrCorrupt, what, err)
	}
	return nil
}

// Job is a job's state. It is open up to height End; when Ended it takes
// ticketed scores up to height End, and then its row goes. Both may be late
// when very many jobs end at once (see dueJobs).
type Job struct {
	Author   types.Address
	Operator types.Address // runs it for the author; zero: the author does
	Dapp     types.Hash
	Bids     types.Amount
	Held     types.Amount // of the bids' nodes' share, not yet credited
	Scored   types.Amount // recorded scores, at most Bids
	Posted   uint32       // height of the post
	Duration uint32       // blocks; a raise starts it again
	End      uint32
	Ended    bool
	Fund     bool // bids come from the compute fund
}

// Signer is who signs the job's tickets and reports without them (PROTOCOL §5).
func (j *Job) Signer() types.Address {
	if j.Operator.IsZero() {
		return j.Author
	}
	return j.Operator
}

// OpenAt reports whether the job is open in a block of that height.
func (j *Job) OpenAt(height uint32) bool { return !j.Ended && height > j.Posted && height <= j.End }

// closedAt reports whether the job is over at that height, marked or not.
func (j *Job) closedAt(height uint32) bool { return j.Ended || height > j.End }

// lastScore is the last height at which the job takes scores.
func (j *Job) lastScore() uint32 {
	if j.Ended {
		return j.End
	}
	return j.End + ScoreGrace
}

func (j *Job) encode() []byte {
	b := append(make([]byte, 0, 134), j.Author[:]...)
	b = append(append(b, j.Operator[:]...), j.Dapp[:]...)
	b = types.AppendAmount(types.AppendAmount(types.AppendAmount(b, j.Bids), j.Held), j.Scored)
	b = types.AppendUint32(types.AppendUint32(types.AppendUint32(b, j.Posted), j.Duration), j.End)
	return appendFlag(appendFlag(b, j.Ended), j.Fund)
}

// DecodeJob reads a row of TableJob.
func DecodeJob(b []byte) (*Job, error) {
	r := types.NewReader(b)
	j := &Job{Author: r.Address(), Operator: r.Address(), Dapp: r.Hash(), Bids: r.Amount(), Held: r.Amount(), Scored: r.Amount(),
		Posted: r.Uint32(), Duration: r.Uint32(), End: r.Uint32(), Ended: r.Byte() == 1, Fund: r.Byte() == 1}
	return j, corrupt("job", r)
}

// EpochTotal sums one epoch's scores, in units.
type EpochTotal struct {
	All        types.Amount // every score
	Registered types.Amount // of addresses registered as producers when scored
	Shared     types.Amount // S: all but the scores of fund jobs
}

func (t *EpochTotal) encode() []byte {
	return types.AppendAmount(types.AppendAmount(types.AppendAmount(nil, t.All), t.Registered), t.Shared)
}

func decodeTotal(b []byte) (*EpochTotal, error) {
	r := types.NewReader(b)
	t := &EpochTotal{All: r.Amount(), Registered: r.Amount(), Shared: r.Amount()}
	return t, corrupt("epoch total", r)
}

// Settling is an ended epoch whose base share is being handed out.
type Settling struct {
	Pool  types.Amount // P, what the epoch gets of the base pool
	Total types.Amount // S
	Rest  types.Amount // of Pool, not yet credited
}

func (s *Settling) encode() []byte {
	return types.AppendAmount(types.AppendAmount(types.AppendAmount(nil, s.Pool), s.Total), s.Rest)
}

func decodeSettling(b []byte) (*Settling, error) {
	r := types.NewReader(b)
	s := &Settling{Pool: r.Amount(), Total: r.Amount(), Rest: r.Amount()}
	return s, corrupt("settling row", r)
}

// Dapp is a registered or built-in dapp.
type Dapp struct {
	Developer types.Address
	Name      string
	Version   string
	Manifest  types.Hash
}

func (d *Dapp) encode() []byte {
	b := types.AppendBytes(append([]byte(nil), d.Developer[:]...), []byte(d.Name))
	return append(types.AppendBytes(b, []byte(d.Version)), d.Manifest[:]...)
}

// DecodeDapp reads a row of TableDapp.
func DecodeDapp(b []byte) (*Dapp, error) {
	r := types.NewReader(b)
	d := &Dapp{Developer: r.Address(), Name: r.Text(types.MaxDappName), Version: r.Text(types.MaxDappVersion), Manifest: r.Hash()}
	return d, corrupt("dapp", r)
}

// Producer is a registered producer. A draw in epoch E uses the key that was
// in force at the end of epoch E-1: VRFKey when Since ≤ E, else Previous.
type Producer struct {
	VRFKey   [32]byte
	Since    uint64 // first epoch whose draw uses VRFKey
	Previous [32]byte
	HadKey   bool   // Previous is a key
	Active   uint64 // last epoch with weight, or of registration
}

func (p *Producer) keyAt(epoch uint64) (key [32]byte, ok bool) {
	if p.Since <= epoch {
		return p.VRFKey, true
	}
	return p.Previous, p.HadKey
}

func (p *Producer) encode() []byte {
	b := types.AppendUint64(append([]byte(nil), p.VRFKey[:]...), p.Since)
	b = appendFlag(append(b, p.Previous[:]...), p.HadKey)
	return types.AppendUint64(b, p.Active)
}

// DecodeProducer reads a row of TableProducer.
func DecodeProducer(b []byte) (*Producer, error) {
	r := types.NewReader(b)
	p := new(Producer)
	r.Copy(p.VRFKey[:])
	p.Since = r.Uint64()
	r.Copy(p.Previous[:])
	p.HadKey = r.Byte() == 1
	p.Active = r.Uint64()
	return p, corrupt("producer", r)
}

// Ban keeps an address without weight in epochs First … Last.
type Ban struct{ First, Last uint64 }

func (b Ban) encode() []byte { return types.AppendUint64(types.AppendUint64(nil, b.First), b.Last) }

func decodeBan(v []byte) (Ban, error) {
	r := types.NewReader(v)
	b := Ban{r.Uint64(), r.Uint64()}
	return b, corrupt("ban", r)
}

// EpochKey is the key of an epoch's row, and the prefix of its rows.
func EpochKey(epoch uint64) []byte { return types.AppendUint64(nil, epoch) }

func epochAddress(epoch uint64, a types.Address) []byte { return append(EpochKey(epoch), a[:]...) }

func jobAddress(job types.Hash, a types.Address) []byte {
	return append(append(make([]byte, 0, 64), job[:]...), a[:]...)
}

func dueKey(height uint32, job types.Hash) []byte {
	return append(types.AppendUint32(nil, height), job[:]...)
}
