package consensus

import (
	"crypto/sha256"
	"errors"
	"fmt"
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
// seed peers are left out, because releases add to them (PROTOCOL §10).
func (p *Params) AppendCanonical(b []byte) []byte {
	text := func(s string) { b = types.AppendBytes(b, []byte(s)) }
	u32 := func(v uint32) { b = types.AppendUint32(b, v) }
	u64 := func(v uint64) { b = types.AppendUint64(b, v) }
	count := func(n int) { b = types.AppendVarInt(b, uint64(n)) }
	raw := func(v [32]byte) { b = append(b, v[:]...) }

	b = append(b, 1)
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

// Ceilings of network parameters. They bound what a hostile network file can
// make a node compute, and keep every sum of rules within 64 bits.
const (
	maxSlotSeconds  = 3600
	maxLeaderDen    = 1 << 16
	maxEpochSlots   = 1 << 32
	maxListEntries  = 1000
	maxLabel        = 64
	maxPrefix       = 16
	maxNetworkName  = 32
	maxShare        = 1 << 32
	maxGenesisTime  = 1 << 40
	maxMaturity     = 1 << 20
	maxSeedPeerText = 256
)

// Check says why p cannot make a working network. The error wraps ErrParams.
func (p *Params) Check() error {
	for _, check := range []func() error{p.checkNames, p.checkTime, p.checkKeys, p.checkMoney, p.checkDapps, p.checkBootstrap, p.checkHints} {
		if err := check(); err != nil {
			return fmt.Errorf("%w: %w", ErrParams, err)
		}
	}
	return nil
}

func (p *Params) checkNames() error {
	if !only(p.Name, maxNetworkName, "abcdefghijklmnopqrstuvwxyz0123456789-") {
		return fmt.Errorf("name %q: 1 to %d lower case letters, digits and hyphens", p.Name, maxNetworkName)
	}
	if !only(p.AddressPrefix, maxPrefix, "abcdefghijklmnopqrstuvwxyz") {
		return fmt.Errorf("address prefix %q: 1 to %d lower case letters", p.AddressPrefix, maxPrefix)
	}
	if p.CoinType >= 1<<31 {
		return fmt.Errorf("coin type %d leaves no room for BIP 32 hardening", p.CoinType)
	}
	return nil
}

func only(s string, max int, set string) bool {
	if s == "" || len(s) > max {
		return false
	}
	for _, c := range []byte(s) {
		found := false
		for i := range len(set) {
			found = found || set[i] == c
		}
		if !found {
			return false
		}
	}
	return true
}

func (p *Params) checkTime() error {
	switch {
	case p.GenesisTime < 0 || p.GenesisTime > maxGenesisTime:
		return fmt.Errorf("genesis time %d", p.GenesisTime)
	case p.SlotSeconds == 0 || p.SlotSeconds > maxSlotSeconds:
		return fmt.Errorf("slots of %d seconds", p.SlotSeconds)
	case p.LeaderNum == 0 || p.LeaderNum >= p.LeaderDen || p.LeaderDen > maxLeaderDen:
		return fmt.Errorf("leader chance %d/%d is not between 0 and 1", p.LeaderNum, p.LeaderDen)
	case p.EpochSlots < 2 || p.EpochSlots%2 != 0 || p.EpochSlots > maxEpochSlots:
		return fmt.Errorf("epochs of %d slots: they need two equal halves", p.EpochSlots)
	case p.SummaryInterval == 0:
		return errors.New("summary interval 0")
	case p.CoinbaseMaturity == 0 || p.CoinbaseMaturity > maxMaturity:
		return fmt.Errorf("coinbase maturity %d", p.CoinbaseMaturity)
	case p.FundInterval == 0:
		return errors.New("fund interval 0")
	}
	return nil
}

func (p *Params) checkKeys() error {
	for _, k := range []struct {
		what string
		a    types.Address
	}{{"foundation", p.Foundation}, {"dapp fund", p.DappFund}, {"compute fund", p.FundKey}} {
		if !k.a.OnCurve() {
			return fmt.Errorf("%s key %v is not on the curve", k.what, k.a)
		}
	}
	return nil
}

// checkMoney leaves room for 2³² block coins above the genesis supply, so that
// no sum of coins ever exceeds MaxAmount.
func (p *Params) checkMoney() error {
	if p.FundTotal < 0 || p.FundTotal > types.MaxAmount/2 {
		return fmt.Errorf("compute fund of %v", p.FundTotal)
	}
	if p.FundRelease < 0 || p.FundRelease > p.FundTotal || p.FundTotal > 0 && p.FundRelease == 0 {
		return fmt.Errorf("compute fund release of %v", p.FundRelease)
	}
	if len(p.Allocations) > maxListEntries {
		return fmt.Errorf("%d allocations", len(p.Allocations))
	}
	sum := p.FundTotal
	for i, a := range p.Allocations {
		if !a.Address.OnCurve() {
			return fmt.Errorf("allocation %d: key is not on the curve", i)
		}
		if a.Amount <= 0 || a.Amount > types.MaxAmount/2-sum {
			return fmt.Errorf("allocation %d: amount %v", i, a.Amount)
		}
		sum += a.Amount
		if err := types.CheckText(a.Label, maxLabel); err != nil {
			return fmt.Errorf("allocation %d: %w", i, err)
		}
	}
	return nil
}

func (p *Params) checkDapps() error {
	if len(p.Dapps) > maxListEntries {
		return fmt.Errorf("%d dapps", len(p.Dapps))
	}
	seen := make(map[types.Hash]bool)
	for i, d := range p.Dapps {
		if d.ID == (types.Hash{}) || seen[d.ID] {
			return fmt.Errorf("dapp %d: id missing or repeated", i)
		}
		seen[d.ID] = true
		if !d.Developer.OnCurve() {
			return fmt.Errorf("dapp %d: developer key is not on the curve", i)
		}
		if err := types.CheckText(d.Name, types.MaxDappName); err != nil || d.Name == "" {
			return fmt.Errorf("dapp %d: name %q", i, d.Name)
		}
	}
	return nil
}

func (p *Params) checkBootstrap() error {
	if n := len(p.Bootstrap); n == 0 || n > maxListEntries {
		return fmt.Errorf("%d bootstrap producers", n)
	}
	seen := make(map[types.Address]bool)
	sum := uint64(0)
	for i, s := range p.Bootstrap {
		if !s.Address.OnCurve() || seen[s.Address] {
			return fmt.Errorf("bootstrap producer %d: address repeated or not on the curve", i)
		}
		seen[s.Address] = true
		if s.Share == 0 || s.Share > maxShare {
			return fmt.Errorf("bootstrap producer %d: share %d", i, s.Share)
		}
		if err := CheckVRFKey(s.VRFKey); err != nil {
			return fmt.Errorf("bootstrap producer %d: %w", i, err)
		}
		sum += s.Share
	}
	// Each share must come to at least one unit, or epoch 0 has no seats.
	if p.BootstrapWeight <= 0 || p.BootstrapWeight > types.MaxAmount/2 || uint64(p.BootstrapWeight) < sum {
		return fmt.Errorf("bootstrap weight of %v", p.BootstrapWeight)
	}
	return nil
}

func (p *Params) checkHints() error {
	if len(p.Checkpoints) > maxListEntries || len(p.SeedPeers) > maxListEntries {
		return errors.New("too many checkpoints or seed peers")
	}
	for i, c := range p.Checkpoints {
		if i > 0 && c.Height <= p.Checkpoints[i-1].Height {
			return fmt.Errorf("checkpoint %d: heights do not ascend", i)
		}
	}
	for i, s := range p.SeedPeers {
		if err := types.CheckText(s, maxSeedPeerText); err != nil || s == "" {
			return fmt.Errorf("seed peer %d: %q", i, s)
		}
	}
	return nil
}
