package view

import (
	"time"

	"supercomputing/chain/types"
)

// Balance sums the wallet's coins. Total is Spendable, Immature and Frozen
// together; what others sent counts once it is in a block.
type Balance struct {
	Total     types.Amount `json:"total"`
	Spendable types.Amount `json:"spendable"` // can be sent now, own change included
	Pending   types.Amount `json:"pending"`   // from others, not in a block yet
	Immature  types.Amount `json:"immature"`  // coinbase payments that must ripen
	Frozen    types.Amount `json:"frozen"`    // set aside by the owner
	Credit    types.Amount `json:"credit"`    // earned, not paid out by a coinbase yet; not in Total
	Height    uint32       `json:"height"`    // of the chain that this describes
}

// AddressInfo is one of the wallet's addresses.
type AddressInfo struct {
	Address  string       `json:"address"`
	Label    string       `json:"label,omitempty"`
	Path     string       `json:"path,omitempty"` // BIP 86 key path
	Identity bool         `json:"identity,omitempty"`
	Change   bool         `json:"change,omitempty"`
	Used     bool         `json:"used"`
	Balance  types.Amount `json:"balance"`
}

// The directions of a movement.
const (
	DirectionIn   = "in"
	DirectionOut  = "out"
	DirectionSelf = "self"
)

// The states of a movement.
const (
	MovePending    = "pending"
	MoveConfirmed  = "confirmed"
	MoveReplaced   = "replaced"   // by one that pays more
	MoveConflicted = "conflicted" // its coins were spent otherwise
	MoveAbandoned  = "abandoned"
)

// Movement is one transaction as the wallet sees it.
type Movement struct {
	TxID          string       `json:"txid"`
	Direction     string       `json:"direction"`
	Status        string       `json:"status"`
	Kind          string       `json:"kind"`               // "received", "sent", "moved", "income", "genesis", or the record's kind
	Amount        types.Amount `json:"amount"`             // gained or spent, the fee and bid included
	Fee           types.Amount `json:"fee"`                // paid by us, bid left out; 0 for incoming
	Bid           types.Amount `json:"bid,omitempty"`      // paid into the block for a job
	Height        uint32       `json:"height"`             // 0 while it waits
	Confirmations uint32       `json:"confirmations"`      //
	Time          time.Time    `json:"time,omitzero"`      // of its block, or first seen
	Label         string       `json:"label,omitempty"`    // the owner's
	Parties       []Party      `json:"parties,omitempty"`  // recipients, senders as far as known, or sources of income
	Job           string       `json:"job,omitempty"`      // the job it posts, raises, scores or ends
	Immature      bool         `json:"immature,omitempty"` // a coinbase payment not ripe yet
	CanBump       bool         `json:"can_bump,omitempty"` // waiting and ours
	ReplacedBy    string       `json:"replaced_by,omitempty"`
}

// Party is another side of a movement, or one source of an income: "producer",
// "credit", "developer", "foundation" or "dapp fund".
type Party struct {
	Address string       `json:"address,omitempty"`
	Amount  types.Amount `json:"amount"`
	Label   string       `json:"label,omitempty"`
	Source  string       `json:"source,omitempty"`
}

// SendRequest asks for a payment. FeeRate is units of 10⁻⁸ coin per virtual
// byte; 0 lets the node estimate. All spends every coin: the first output,
// whose amount must be 0, gets what the others and the fee leave. Coins limits
// the choice to these outpoints.
type SendRequest struct {
	Outputs []Payment `json:"outputs"`
	FeeRate int64     `json:"fee_rate,omitempty"`
	Label   string    `json:"label,omitempty"`
	All     bool      `json:"all,omitempty"`
	Coins   []string  `json:"coins,omitempty"`
	// Most is the total that was agreed to, fee included: a payment that would
	// cost more by now is refused, as is one of all coins that would be another
	// sum. 0: whatever it costs.
	Most types.Amount `json:"most,omitempty"`
}

// SendQuote is what a payment would cost.
type SendQuote struct {
	Amount  types.Amount `json:"amount"` // to the recipients
	Fee     types.Amount `json:"fee"`
	FeeRate int64        `json:"fee_rate"`
	VSize   int          `json:"vsize"`
	Total   types.Amount `json:"total"` // Amount and Fee
	Change  types.Amount `json:"change"`
	Inputs  int          `json:"inputs"`
	Left    types.Amount `json:"left"` // spendable afterwards, change included
}

// Sent is a transaction that was handed to the network.
type Sent struct {
	TxID string       `json:"txid"`
	Fee  types.Amount `json:"fee"`
}

// LabelRequest names an address or a transaction id.
type LabelRequest struct {
	Target string `json:"target"`
	Label  string `json:"label"`
}

// WordsCheck is the answer to "are these my words?".
type WordsCheck struct {
	Valid      bool   `json:"valid"`       // known words with a right checksum
	ThisWallet bool   `json:"this_wallet"` // they make this wallet's keys
	Problem    string `json:"problem,omitempty"`
}

// Coin is an unspent output of the wallet. Outpoint is "txid:index".
type Coin struct {
	Outpoint      string       `json:"outpoint"`
	Address       string       `json:"address"`
	Amount        types.Amount `json:"amount"`
	Label         string       `json:"label,omitempty"`
	Height        uint32       `json:"height"` // 0 while it waits
	Confirmations uint32       `json:"confirmations"`
	RipeIn        uint32       `json:"ripe_in,omitempty"` // blocks until a coinbase output can be spent
	Frozen        bool         `json:"frozen,omitempty"`
	Identity      bool         `json:"identity,omitempty"` // signs records
}

// FreezeRequest sets a coin aside, or releases it.
type FreezeRequest struct {
	Outpoint string `json:"outpoint"`
	Frozen   bool   `json:"frozen"`
}

// BumpRequest raises a waiting transaction's fee rate, in units per virtual
// byte; 0 lets the node choose the least that is accepted and helps.
type BumpRequest struct {
	TxID    string `json:"txid"`
	FeeRate int64  `json:"fee_rate,omitempty"`
}
