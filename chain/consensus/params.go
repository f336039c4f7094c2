package consensus

import (
	"crypto/sha256"
	"errors"
	"time"

	"supercomputing/chain/types"
)

// Numbers every network shares (PROTOCOL §4, §5 and §6).
const (
	// SeatCount is how many seats are drawn for an epoch.
	SeatCount = 1001
	// MaxReorg is the deepest reorganisation, in blocks, of a chain that was
	// followed live; a summary counts only when it lies deeper.
	MaxReorg = 144
	// BlockReward is the new coin of each block after genesis.
	BlockReward = types.Coin

	// MinFeeRate is the least fee in units per virtual byte, payload included.
	MinFeeRate types.Amount = 1
	// MinBid is the least bid of a job post, and the least raise.
	MinBid = types.Coin / 100
	// AdFee, MessageFee, DappFee and ProducerFee are what an advertisement,
	// a message and the two registrations pay besides the fee by size.
	AdFee       = types.Coin / 20
	MessageFee  = types.Coin / 10000
	DappFee     = 10 * types.Coin
	ProducerFee = types.Coin / 10

	// MaxDuration is the longest time a job stays open, in blocks.
	MaxDuration = 60480
	// AdBlocks is for how many blocks an advertisement is shown.
	AdBlocks = 17280
	// ScoreGrace is for how many blocks an ended job takes ticketed scores.
	ScoreGrace = 288
)

// Allocation is one output of the genesis coinbase.
type Allocation struct {
	Address types.Address
	Amount  types.Amount
	Label   string // what it is for, for people
}

// BuiltinDapp is a dapp that exists from genesis, without registration.
type BuiltinDapp struct {
	ID        types.Hash
	Name      string
	Developer types.Address // is paid the developer's share of bids
}

// Bootstrap is one producer of the first years.
type Bootstrap struct {
	Address types.Address
	VRFKey  [32]byte
	Share   uint64 // part of the bootstrap weight, relative to the other shares
}

// Checkpoint is a block that a release vouches for.
type Checkpoint struct {
	Height uint32
	Hash   types.Hash
}

// Params is one network (PROTOCOL §9): a value that nothing changes once
// Prepare was called. Package networks makes and reads them.
type Params struct {
	Name          string // lower case letters, digits and hyphens
	AddressPrefix string // human-readable part of addresses (BIP 350)
	CoinType      uint32 // BIP 44 coin type for key paths

	GenesisTime          int64  // unix seconds
	SlotSeconds          uint32 // length of a slot
	LeaderNum, LeaderDen uint32 // f, the chance that all seats together lead a slot
	EpochSlots           uint64 // slots in an epoch, even
	SummaryInterval      uint32 // blocks between summaries
	CoinbaseMaturity     uint32 // blocks until a coinbase output can be spent

	Foundation types.Address // receives the foundation's share
	DappFund   types.Address // receives the dapp fund's share
	FundKey    types.Address // author whose jobs the compute fund pays

	FundTotal    types.Amount // the compute fund at genesis
	FundRelease  types.Amount // released each FundInterval
	FundInterval uint32       // blocks between releases

	Allocations []Allocation
	Dapps       []BuiltinDapp

	BootstrapWeight types.Amount // F of PROTOCOL §4
	Bootstrap       []Bootstrap

	// Not part of the network's identity:

	Checkpoints []Checkpoint
	SeedPeers   []string

	// ID is set by Prepare.
	ID types.NetworkID

	thresholds *thresholdTable // set by Prepare, immutable
}

// ErrParams says that parameters cannot make a working network.
var ErrParams = errors.New("invalid network parameters")

// Prepare checks p and computes what derives from its fields: the id and the
// leader thresholds. Call it after the last change to a field.
func (p *Params) Prepare() error {
	if err := p.Check(); err != nil {
		return err
	}
	p.ID = p.ComputeID()
	t, err := thresholdsFor(p.LeaderNum, p.LeaderDen)
	if err != nil {
		return err
	}
	p.thresholds = t
	return nil
}

// SlotTime is when slot begins. Genesis is slot 0.
func (p *Params) SlotTime(slot uint64) time.Time {
	return time.Unix(p.GenesisTime+int64(slot)*int64(p.SlotSeconds), 0)
}

// SlotAt is the slot that t falls into, 0 for times before genesis.
func (p *Params) SlotAt(t time.Time) uint64 {
	s := t.Unix() - p.GenesisTime
	if s < 0 {
		return 0
	}
	return uint64(s) / uint64(p.SlotSeconds)
}

// Epoch is the epoch that slot belongs to.
func (p *Params) Epoch(slot uint64) uint64 { return slot / p.EpochSlots }

// SecondHalf reports whether slot lies in the second half of its epoch, in
// which the next epoch's seed and seats are fixed.
func (p *Params) SecondHalf(slot uint64) bool { return slot%p.EpochSlots >= p.EpochSlots/2 }

// GenesisSupply is all coin that exists at genesis: the allocations and the
// compute fund.
func (p *Params) GenesisSupply() types.Amount {
	sum := p.FundTotal
	for _, a := range p.Allocations {
		sum += a.Amount
	}
	return sum
}

// ComputeID is the SHA-256 of the canonical encoding.
func (p *Params) ComputeID() types.NetworkID {
	return sha256.Sum256(p.AppendCanonical(nil))
}

// AppendCanonical appends the encoding that the network's id is the hash of:
// a version byte, then every field in the order of the struct, integers
// big-endian, texts and lists with a varint length in front. Checkpoints and
// seed peers are left out, because releases add to them (PROTOCOL §10). The
// version stands for the rules too: 2 came with operators of jobs and intents
// of advertisements, so that nodes of before take no part and their data
// directories are refused as another network's.
func (p *Params) AppendCanonical(b []byte) []byte {
	text := func(s string) { b = types.AppendBytes(b, []byte(s)) }
	u32 := func(v uint32) { b = types.AppendUint32(b, v) }
	u64 := func(v uint64) { b = types.AppendUint64(b, v) }
	count := func(n int) { b = types.AppendVarInt(b, uint64(n)) }
	raw := func(v [32]byte) { b = append(b, v[:]...) }

	b = append(b, 2)
	text(p.Name)
	text(p.AddressPrefix)
	u32(p.CoinType)
	u64(uint64(p.GenesisTime))
	u32(p.SlotSeconds)
	u32(p.LeaderNum)
	u32(p.LeaderDen)
	u64(p.EpochSlots)
	u32(p.SummaryInterval)
	u32(p.CoinbaseMaturity)
	raw(p.Foundation)
	raw(p.DappFund)
	raw(p.FundKey)
	u64(uint64(p.FundTotal))
	u64(uint64(p.FundRelease))
	u32(p.FundInterval)
	count(len(p.Allocations))
	for _, a := range p.Allocations {
		raw(a.Address)
		u64(uint64(a.Amount))
		text(a.Label)
	}
	count(len(p.Dapps))
	for _, d := range p.Dapps {
		raw(d.ID)
		text(d.Name)
		raw(d.Developer)
	}
	u64(uint64(p.BootstrapWeight))
	count(len(p.Bootstrap))
	for _, s := range p.Bootstrap {
		raw(s.Address)
		raw(s.VRFKey)
		u64(s.Share)
	}
	return b
}
