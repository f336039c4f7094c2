package networks

import (
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Key is a known key of the local network.
type Key struct {
	// Secret is the private key of the output key itself: it signs for the
	// address as BIP 340 does, without any further tweak.
	Secret  [32]byte
	VRFSeed [32]byte
}

// Address is the key's address.
func (k Key) Address() types.Address {
	_, pub := btcec.PrivKeyFromBytes(k.Secret[:])
	return types.Address(schnorr.SerializePubKey(pub))
}

// VRF is the key's VRF key, for producers.
func (k Key) VRF() *consensus.VRFKey { return consensus.NewVRFKey(k.VRFSeed) }

// String gives the address, never the secret.
func (k Key) String() string { return k.Address().String() }

// GoString is String.
func (k Key) GoString() string { return k.String() }

// Keys are all keys of the local network.
type Keys struct {
	Foundation  Key
	Promotion   Key
	Sale        Key
	Founders    Key
	DappFund    Key
	ComputeFund Key
	Producer    Key // the only bootstrap producer
}

// LocalKeys gives the keys of the local network. Everyone knows them: what
// they hold is worth nothing.
func LocalKeys() Keys {
	key := func(label string) Key {
		return Key{
			Secret:  sha256.Sum256([]byte("SCC local network key: " + label)),
			VRFSeed: sha256.Sum256([]byte("SCC local network VRF seed: " + label)),
		}
	}
	return Keys{
		Foundation:  key("foundation"),
		Promotion:   key("promotion"),
		Sale:        key("sale"),
		Founders:    key("founders"),
		DappFund:    key("dapp fund"),
		ComputeFund: key("compute fund"),
		Producer:    key("producer"),
	}
}

// Local is the network for one machine: short slots and epochs, known keys,
// one bootstrap producer. Its genesis time is fixed; a new network begins at
// WithGenesisTime.
func Local() *consensus.Params {
	k := LocalKeys()
	return prepared(&consensus.Params{
		Name:             "local",
		AddressPrefix:    "lsc",
		CoinType:         1, // SLIP 44: test networks of all coins
		GenesisTime:      time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Unix(),
		SlotSeconds:      1,
		LeaderNum:        1,
		LeaderDen:        3,
		EpochSlots:       60,
		SummaryInterval:  100,
		CoinbaseMaturity: 10,
		Foundation:       k.Foundation.Address(),
		DappFund:         k.DappFund.Address(),
		FundKey:          k.ComputeFund.Address(),
		FundTotal:        30_000_000 * types.Coin,
		FundRelease:      250_000 * types.Coin,
		FundInterval:     17520,
		Allocations:      allocations(k.Promotion.Address(), k.Sale.Address(), k.Founders.Address()),
		Dapps:            dapps(k.Foundation.Address()),
		BootstrapWeight:  bootstrapWeight,
		Bootstrap:        []consensus.Bootstrap{{Address: k.Producer.Address(), VRFKey: k.Producer.VRF().Public(), Share: 1}},
		Checkpoints:      nil,
		SeedPeers:        nil,
	})
}

// bootstrapWeight is F of PROTOCOL §4: the most that others can weigh before
// the bootstrap producers' weight grows with theirs.
const bootstrapWeight = 10_000 * types.Coin

// WithGenesisTime returns a copy of p that begins at t, cut to whole seconds.
// It is another network, with another id.
func WithGenesisTime(p *consensus.Params, t time.Time) *consensus.Params {
	c := *p
	c.GenesisTime = t.Unix()
	return prepared(&c)
}

// DappID is the id of a built-in dapp: SHA-256 of a label with its name. It is
// the same on every network.
func DappID(name string) types.Hash { return sha256.Sum256([]byte("SCC dapp: " + name)) }

// The built-in dapps.
const (
	Download = "download"
	Render   = "render"
	Web      = "web"
)

func dapps(developer types.Address) []consensus.BuiltinDapp {
	return []consensus.BuiltinDapp{
		{ID: DappID(Download), Name: Download, Developer: developer},
		{ID: DappID(Render), Name: Render, Developer: developer},
		{ID: DappID(Web), Name: Web, Developer: developer},
	}
}

// allocations split what the compute fund leaves of 100 million coins, in
// percent 30, 25 and 15 (PROTOCOL §5).
func allocations(promotion, sale, founders types.Address) []consensus.Allocation {
	return []consensus.Allocation{
		{Address: promotion, Amount: 30_000_000 * types.Coin, Label: "promotion"},
		{Address: sale, Amount: 25_000_000 * types.Coin, Label: "sale"},
		{Address: founders, Amount: 15_000_000 * types.Coin, Label: "founders"},
	}
}

// prepared is for parameters that are right by construction.
func prepared(p *consensus.Params) *consensus.Params {
	if err := p.Prepare(); err != nil {
		panic(fmt.Sprintf("networks: %s: %v", p.Name, err))
	}
	return p
}
