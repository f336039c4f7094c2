package consensus

import (
	"crypto/sha256"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"supercomputing/chain/types"
)

// testKey is a producer or coin owner of the tests in this package.
type testKey struct {
	priv *btcec.PrivateKey
	vrf  *VRFKey
}

func newTestKey(label string) testKey {
	secret := sha256.Sum256([]byte(label))
	priv, _ := btcec.PrivKeyFromBytes(secret[:])
	return testKey{priv, NewVRFKey(sha256.Sum256([]byte("vrf " + label)))}
}

func (k testKey) address() types.Address {
	return types.Address(schnorr.SerializePubKey(k.priv.PubKey()))
}

func (k testKey) sign(t testing.TB, hash types.Hash) (sig [64]byte) {
	t.Helper()
	s, err := schnorr.Sign(k.priv, hash[:])
	if err != nil {
		t.Fatal(err)
	}
	copy(sig[:], s.Serialize())
	return sig
}

// testParams is a network with short epochs and two bootstrap producers,
// "a" and "b".
func testParams() *Params {
	p := &Params{
		Name: "unit", AddressPrefix: "unit", CoinType: 1,
		GenesisTime: 1_000_000, SlotSeconds: 10, LeaderNum: 1, LeaderDen: 3, EpochSlots: 60,
		SummaryInterval: 100, CoinbaseMaturity: 10,
		Foundation: newTestKey("foundation").address(),
		DappFund:   newTestKey("dapp fund").address(),
		FundKey:    newTestKey("fund").address(),
		FundTotal:  300 * types.Coin, FundRelease: types.Coin, FundInterval: 5,
		Allocations:     []Allocation{{newTestKey("a").address(), 700 * types.Coin, "all"}},
		Dapps:           []BuiltinDapp{{types.Hash{1}, "dapp", newTestKey("developer").address()}},
		BootstrapWeight: 100 * types.Coin,
		Bootstrap: []Bootstrap{
			{newTestKey("a").address(), newTestKey("a").vrf.Public(), 2},
			{newTestKey("b").address(), newTestKey("b").vrf.Public(), 1},
		},
		Checkpoints: []Checkpoint{{1, types.Hash{1}}, {2, types.Hash{2}}},
		SeedPeers:   []string{"peer"},
	}
	if err := p.Prepare(); err != nil {
		panic(err)
	}
	return p
}

func TestParamsCheck(t *testing.T) {
	off := types.Address{31: 5} // x = 5 is on no point of the curve
	if off.OnCurve() {
		t.Fatal("x = 5 is on the curve")
	}
	a := newTestKey("a").address()
	for _, c := range []struct {
		name  string
		spoil func(p *Params)
	}{
		{"no name", func(p *Params) { p.Name = "" }},
		{"name with a path", func(p *Params) { p.Name = "a/b" }},
		{"name in capitals", func(p *Params) { p.Name = "Test" }},
		{"long name", func(p *Params) { p.Name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }},
		{"no prefix", func(p *Params) { p.AddressPrefix = "" }},
		{"prefix in capitals", func(p *Params) { p.AddressPrefix = "SC" }},
		{"prefix with the separator", func(p *Params) { p.AddressPrefix = "s1" }},
		{"long prefix", func(p *Params) { p.AddressPrefix = "aaaaaaaaaaaaaaaaa" }},
		{"hardened coin type", func(p *Params) { p.CoinType = 1 << 31 }},
		{"time before 1970", func(p *Params) { p.GenesisTime = -1 }},
		{"time beyond reason", func(p *Params) { p.GenesisTime = 1 << 41 }},
		{"no slot length", func(p *Params) { p.SlotSeconds = 0 }},
		{"long slots", func(p *Params) { p.SlotSeconds = 3601 }},
		{"no leaders", func(p *Params) { p.LeaderNum = 0 }},
		{"always a leader", func(p *Params) { p.LeaderNum = p.LeaderDen }},
		{"no chance", func(p *Params) { p.LeaderNum, p.LeaderDen = 1, 0 }},
		{"costly chance", func(p *Params) { p.LeaderDen = 1<<16 + 1 }},
		{"no epochs", func(p *Params) { p.EpochSlots = 0 }},
		{"odd epochs", func(p *Params) { p.EpochSlots = 61 }},
		{"long epochs", func(p *Params) { p.EpochSlots = 1<<32 + 2 }},
		{"no summaries", func(p *Params) { p.SummaryInterval = 0 }},
		{"no maturity", func(p *Params) { p.CoinbaseMaturity = 0 }},
		{"endless maturity", func(p *Params) { p.CoinbaseMaturity = math.MaxUint32 }},
		{"foundation off the curve", func(p *Params) { p.Foundation = off }},
		{"no dapp fund", func(p *Params) { p.DappFund = types.Address{} }},
		{"fund key off the curve", func(p *Params) { p.FundKey = off }},
		{"negative fund", func(p *Params) { p.FundTotal = -1 }},
		{"fund without release", func(p *Params) { p.FundRelease = 0 }},
		{"release above the fund", func(p *Params) { p.FundRelease = p.FundTotal + 1 }},
		{"negative release", func(p *Params) { p.FundRelease = -1 }},
		{"no fund interval", func(p *Params) { p.FundInterval = 0 }},
		{"allocation off the curve", func(p *Params) { p.Allocations[0].Address = off }},
		{"allocation of nothing", func(p *Params) { p.Allocations[0].Amount = 0 }},
		{"negative allocation", func(p *Params) { p.Allocations[0].Amount = -1 }},
		{"allocation above all", func(p *Params) { p.Allocations[0].Amount = types.MaxAmount/64 - p.FundTotal + 1 }},
		{"allocations that overflow", func(p *Params) {
			p.Allocations = []Allocation{{a, types.MaxAmount / 64, ""}, {a, math.MaxInt64, ""}}
		}},
		{"allocation label", func(p *Params) { p.Allocations[0].Label = "\x1b[2J" }},
		{"too many allocations", func(p *Params) { p.Allocations = make([]Allocation, 1001) }},
		{"dapp without id", func(p *Params) { p.Dapps[0].ID = types.Hash{} }},
		{"dapp twice", func(p *Params) { p.Dapps = append(p.Dapps, p.Dapps[0]) }},
		{"dapp without name", func(p *Params) { p.Dapps[0].Name = "" }},
		{"developer off the curve", func(p *Params) { p.Dapps[0].Developer = off }},
		{"too many dapps", func(p *Params) { p.Dapps = make([]BuiltinDapp, 1001) }},
		{"no producers", func(p *Params) { p.Bootstrap = nil }},
		{"producer twice", func(p *Params) { p.Bootstrap[1].Address = p.Bootstrap[0].Address }},
		{"producer off the curve", func(p *Params) { p.Bootstrap[0].Address = off }},
		{"producer without share", func(p *Params) { p.Bootstrap[0].Share = 0 }},
		{"share beyond reason", func(p *Params) { p.Bootstrap[0].Share = 1<<32 + 1 }},
		{"VRF key of small order", func(p *Params) { p.Bootstrap[0].VRFKey = [32]byte{1} }},
		{"no weight", func(p *Params) { p.BootstrapWeight = 0 }},
		{"weight below the shares", func(p *Params) { p.BootstrapWeight = 2 }},
		{"weight beyond reason", func(p *Params) { p.BootstrapWeight = types.MaxAmount }},
		{"checkpoints out of order", func(p *Params) { p.Checkpoints[1].Height = 1 }},
		{"empty seed peer", func(p *Params) { p.SeedPeers = []string{""} }},
	} {
		p := testParams()
		c.spoil(p)
		if err := p.Prepare(); !errors.Is(err, ErrParams) {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
	p := testParams()
	p.FundTotal, p.FundRelease = 0, 0
	if err := p.Prepare(); err != nil {
		t.Errorf("a network without compute fund: %v", err)
	}
}

// Every field but the hints is part of the id.
func TestParamsID(t *testing.T) {
	seen := map[types.NetworkID]int{testParams().ID: -1}
	for i, change := range []func(p *Params){
		func(p *Params) { p.Name = "x" },
		func(p *Params) { p.AddressPrefix = "x" },
		func(p *Params) { p.Name, p.AddressPrefix = "uni", "tunit" },
		func(p *Params) { p.CoinType++ },
		func(p *Params) { p.GenesisTime++ },
		func(p *Params) { p.SlotSeconds++ },
		func(p *Params) { p.LeaderNum++ },
		func(p *Params) { p.LeaderDen++ },
		func(p *Params) { p.EpochSlots += 2 },
		func(p *Params) { p.SummaryInterval++ },
		func(p *Params) { p.CoinbaseMaturity++ },
		func(p *Params) { p.Foundation = p.DappFund },
		func(p *Params) { p.DappFund = p.Foundation },
		func(p *Params) { p.FundKey = p.Foundation },
		func(p *Params) { p.FundTotal++ },
		func(p *Params) { p.FundRelease++ },
		func(p *Params) { p.FundInterval++ },
		func(p *Params) { p.Allocations[0].Address = p.Foundation },
		func(p *Params) { p.Allocations[0].Amount++ },
		func(p *Params) { p.Allocations[0].Label = "x" },
		func(p *Params) { p.Allocations = nil },
		func(p *Params) { p.Dapps[0].ID[5]++ },
		func(p *Params) { p.Dapps[0].Name = "x" },
		func(p *Params) { p.Dapps[0].Developer = p.Foundation },
		func(p *Params) { p.Dapps = nil },
		func(p *Params) { p.BootstrapWeight++ },
		func(p *Params) { p.Bootstrap[0].Address = p.Foundation },
		func(p *Params) { p.Bootstrap[0].VRFKey = p.Bootstrap[1].VRFKey },
		func(p *Params) { p.Bootstrap[0].Share++ },
		func(p *Params) { p.Bootstrap = p.Bootstrap[:1] },
		func(p *Params) { p.Bootstrap[0], p.Bootstrap[1] = p.Bootstrap[1], p.Bootstrap[0] },
	} {
		p := testParams()
		change(p)
		id := p.ComputeID()
		if other, ok := seen[id]; ok {
			t.Errorf("changes %d and %d give one id", other, i)
		}
		seen[id] = i
	}
	p := testParams()
	p.Checkpoints, p.SeedPeers = nil, nil
	if p.ComputeID() != testParams().ID {
		t.Error("checkpoints or seed peers are part of the id")
	}
}

func TestSlots(t *testing.T) {
	p := testParams()
	start := time.Unix(p.GenesisTime, 0)
	for _, c := range []struct {
		after time.Duration
		slot  uint64
	}{{-time.Hour, 0}, {-time.Nanosecond, 0}, {0, 0}, {9999 * time.Millisecond, 0}, {10 * time.Second, 1}, {605 * time.Second, 60}} {
		if got := p.SlotAt(start.Add(c.after)); got != c.slot {
			t.Errorf("slot %d after %v, want %d", got, c.after, c.slot)
		}
	}
	if got := p.SlotTime(60).Sub(start); got != 600*time.Second {
		t.Errorf("slot 60 begins %v after genesis", got)
	}
	for _, c := range []struct {
		slot, epoch uint64
		second      bool
	}{{0, 0, false}, {29, 0, false}, {30, 0, true}, {59, 0, true}, {60, 1, false}, {90, 1, true}} {
		if p.Epoch(c.slot) != c.epoch || p.SecondHalf(c.slot) != c.second {
			t.Errorf("slot %d: epoch %d, second half %v", c.slot, p.Epoch(c.slot), p.SecondHalf(c.slot))
		}
	}
	if p.GenesisSupply() != 1000*types.Coin {
		t.Errorf("genesis supply %v", p.GenesisSupply())
	}
}
