package view

import (
	"context"
	"time"

	"supercomputing/chain/types"
)

// Dapps is who offers what kind of work, and what that brings.
type Dapps interface {
	// Dapps lists all dapps of the network with their income.
	Dapps(ctx context.Context) ([]Dapp, error)
	// Dapp tells one dapp's income by epoch. ref is an id or a unique name.
	Dapp(ctx context.Context, ref string) (DappDetail, error)
	// QuoteDapp checks a registration and tells its price.
	QuoteDapp(ctx context.Context, req DappRequest) (DappQuote, error)
	// RegisterDapp makes our identity the developer of a dapp.
	RegisterDapp(ctx context.Context, req DappRequest) (Sent, error)
	// Rewards tells why an address earned what it earned.
	Rewards(ctx context.Context, q RewardsQuery) (Rewards, error)
}

// Dapp is a kind of work that jobs can ask for.
type Dapp struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Version   string       `json:"version,omitempty"`
	Manifest  string       `json:"manifest,omitempty"` // SHA-256 of its manifest, hex
	Developer string       `json:"developer"`
	Mine      bool         `json:"mine,omitempty"`
	Builtin   bool         `json:"builtin,omitempty"`
	Supported bool         `json:"supported"`        // this program can do and request it
	Height    uint32       `json:"height,omitempty"` // of its registration
	Epochs    int          `json:"epochs"`           // that the sums below cover
	Jobs      int          `json:"jobs"`
	Bids      types.Amount `json:"bids"`   // paid into blocks
	Income    types.Amount `json:"income"` // of its developer
	Scores    types.Amount `json:"scores"` // recorded work
	Warnings  []string     `json:"warnings"`
}

// DappDetail is a dapp with its income by epoch, newest first.
type DappDetail struct {
	Dapp
	ByEpoch []DappEpoch `json:"by_epoch"`
}

// DappEpoch is one epoch of a dapp.
type DappEpoch struct {
	Epoch  uint64       `json:"epoch"`
	Start  time.Time    `json:"start,omitzero"`
	Jobs   int          `json:"jobs"`
	Bids   types.Amount `json:"bids"`
	Income types.Amount `json:"income"`
	Scores types.Amount `json:"scores"`
}

// DappRequest registers a dapp. Manifest is a file whose hash is registered.
type DappRequest struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Manifest string `json:"manifest"` // absolute path on the node's machine
}

// DappQuote is what a registration would cost.
type DappQuote struct {
	Price        types.Amount `json:"price"`
	ManifestHash string       `json:"manifest_hash"`
	Affordable   bool         `json:"affordable"`
	Warnings     []string     `json:"warnings"`
}

// RewardsQuery asks about an address, "" being our identity, over the newest
// Epochs (0: 30).
type RewardsQuery struct {
	Address string `json:"address,omitempty"`
	Epochs  int    `json:"epochs,omitempty"`
	Job     string `json:"job,omitempty"` // only what came from this job
}

// Rewards is what an address earned and why.
type Rewards struct {
	Address   string         `json:"address"`
	Height    uint32         `json:"height"`
	Epoch     uint64         `json:"epoch"`
	Scores    types.Amount   `json:"scores"`   // over the epochs asked for, as are the next three
	Credited  types.Amount   `json:"credited"` // from bids, by score
	BaseShare types.Amount   `json:"base"`     // from the base pool, by score
	Paid      types.Amount   `json:"paid"`     // by coinbases
	Credit    types.Amount   `json:"credit"`   // not paid out yet
	Weight    types.Amount   `json:"weight"`
	Seats     int            `json:"seats"` // in force now
	SeatsOf   int            `json:"seats_of"`
	Producer  bool           `json:"producer"`
	ByEpoch   []RewardEpoch  `json:"by_epoch"` // newest first
	ByDapp    []RewardDapp   `json:"by_dapp"`
	Work      []RewardWork   `json:"work"`    // newest first
	Payouts   []RewardPayout `json:"payouts"` // newest first
}

// RewardEpoch is what one epoch brought.
type RewardEpoch struct {
	Epoch      uint64       `json:"epoch"`
	Start      time.Time    `json:"start,omitzero"`
	Score      types.Amount `json:"score"`
	Registered types.Amount `json:"registered"` // of it giving weight
	Credited   types.Amount `json:"credited"`
	BaseShare  types.Amount `json:"base"`
	Paid       types.Amount `json:"paid"`
	ByDapp     []RewardDapp `json:"by_dapp"` // most first
}

// RewardDapp is what one kind of work brought, in an epoch or in all.
type RewardDapp struct {
	Dapp     string       `json:"dapp"`
	Name     string       `json:"name"`
	Score    types.Amount `json:"score"`
	Credited types.Amount `json:"credited"`
	Jobs     int          `json:"jobs"`
}

// RewardWork is one recorded score: the job it came from and what it brought.
type RewardWork struct {
	Height   uint32       `json:"height"`
	Epoch    uint64       `json:"epoch"`
	Time     time.Time    `json:"time,omitzero"`
	TxID     string       `json:"txid"` // of the report
	Job      string       `json:"job"`
	JobName  string       `json:"job_name,omitempty"`
	Dapp     string       `json:"dapp"`
	Payer    string       `json:"payer"` // the job's author
	Score    types.Amount `json:"score"`
	Credited types.Amount `json:"credited"`
}

// RewardPayout is one coinbase output: a block's producer's part, a paid
// credit, a developer's share.
type RewardPayout struct {
	Height uint32       `json:"height"`
	Time   time.Time    `json:"time,omitzero"`
	Block  string       `json:"block"`
	Amount types.Amount `json:"amount"`
	Role   string       `json:"role"` // see RoleProducer …
}
