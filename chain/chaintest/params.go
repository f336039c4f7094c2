package chaintest

import (
	"crypto/sha256"
	"fmt"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Names of the people every test chain knows.
const (
	bootstrapName  = "bootstrap"
	foundationName = "foundation"
	dappFundName   = "dapp fund"
	fundKeyName    = "compute fund"
	developerName  = "developer"
)

// Bootstrap is the key that holds all seats of epoch 0.
func Bootstrap() *Key { return NewKey(bootstrapName) }

// Foundation is the key of the foundation's share.
func Foundation() *Key { return NewKey(foundationName) }

// FundKey is the author of compute fund jobs.
func FundKey() *Key { return NewKey(fundKeyName) }

// Developer is the developer of the built-in dapp.
func Developer() *Key { return NewKey(developerName) }

// DappID is the id of the dapp that exists from genesis.
func DappID() types.Hash { return sha256.Sum256([]byte("chaintest dapp")) }

// GenesisTime is when test chains begin: the moment at which the clock of a
// testing/synctest bubble starts.
const GenesisTime = 946684800 // 2000-01-01 00:00 UTC

// CoinsEach is how many genesis outputs each person gets, and what each holds.
const (
	CoinsEach  = 8
	CoinAmount = 5000 * types.Coin
)

// Params is a small, fast network on which the named people own coins from
// the start: slots of a second of which a third are led, epochs of 60 slots,
// coinbases that mature after 4 blocks, a compute fund that releases 1,000
// coins every 10 blocks. change may alter it before it is prepared; nil leaves
// it as it is.
func Params(people []string, change func(*consensus.Params)) *consensus.Params {
	p := &consensus.Params{
		Name: "chaintest", AddressPrefix: "ct", CoinType: 1,
		GenesisTime: GenesisTime, SlotSeconds: 1, LeaderNum: 1, LeaderDen: 3, EpochSlots: 60,
		SummaryInterval: 1000, CoinbaseMaturity: 4,
		Foundation: Foundation().Address(), DappFund: NewKey(dappFundName).Address(), FundKey: FundKey().Address(),
		FundTotal: 30_000 * types.Coin, FundRelease: 1000 * types.Coin, FundInterval: 10,
		Dapps:           []consensus.BuiltinDapp{{ID: DappID(), Name: "test", Developer: Developer().Address()}},
		BootstrapWeight: 1000 * types.Coin,
		Bootstrap:       []consensus.Bootstrap{{Address: Bootstrap().Address(), VRFKey: Bootstrap().VRFKey().Public(), Share: 1}},
	}
	for _, name := range append([]string{bootstrapName, fundKeyName}, people...) {
		for i := range CoinsEach {
			p.Allocations = append(p.Allocations, consensus.Allocation{
				Address: NewKey(name).Address(), Amount: CoinAmount, Label: fmt.Sprintf("%s %d", name, i),
			})
		}
	}
	if change != nil {
		change(p)
	}
	if err := p.Prepare(); err != nil {
		panic(err) // the test asked for an impossible network
	}
	return p
}
