package consensus

import (
	"errors"
	"fmt"

	"supercomputing/chain/types"
)

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
	maxSupply       = types.MaxAmount / 64 // at genesis
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

// checkMoney leaves room for 2³² block coins above the genesis supply, and for
// sums of scores: coins come back within an epoch as far as 30 % of each bid
// do, so 32 epochs' scores come to less than 64 times the supply. No sum of
// either ever exceeds MaxAmount, above which a row would not decode.
func (p *Params) checkMoney() error {
	if p.FundTotal < 0 || p.FundTotal > maxSupply {
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
		if a.Amount <= 0 || a.Amount > maxSupply-sum {
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
