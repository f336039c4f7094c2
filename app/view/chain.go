package view

import (
	"time"

	"supercomputing/chain/types"
)

// BlocksQuery asks for main blocks from a height downwards.
type BlocksQuery struct {
	From  *uint32 `json:"from,omitempty"` // nil: the tip
	Limit int     `json:"limit,omitempty"`
}

// BlockBrief is a main block in a list. Records counts the records of the side
// blocks a … e.
type BlockBrief struct {
	Height   uint32               `json:"height"`
	Hash     string               `json:"hash"`
	Time     time.Time            `json:"time,omitzero"`
	Slot     uint64               `json:"slot"`
	Epoch    uint64               `json:"epoch"`
	Producer string               `json:"producer"` // "" for genesis
	Txs      int                  `json:"txs"`
	Records  [types.NumChains]int `json:"records"`
	Size     int                  `json:"size"` // bytes, side blocks included
}

// Block is a main block with its side blocks.
type Block struct {
	BlockBrief
	Parent        string      `json:"parent"`
	Confirmations uint32      `json:"confirmations"`
	Weight        int         `json:"weight"`
	TxRoot        string      `json:"tx_root"`
	SideRoot      string      `json:"side_root"`
	StateDigest   string      `json:"state_digest"` // of the state before the block
	ProducersRoot string      `json:"producers_root"`
	Coinbase      Coinbase    `json:"coinbase"`
	Transactions  []TxBrief   `json:"transactions"`
	Sides         []SideBlock `json:"sides"` // a … e
}

// The parts of a coinbase.
const (
	RoleProducer   = "producer"
	RoleFoundation = "foundation"
	RoleDeveloper  = "developer"
	RoleDappFund   = "dapp fund"
	RoleCredit     = "credit"
	RoleAllocation = "allocation" // genesis only
)

// Coinbase says what a block's coinbase paid and where that came from.
type Coinbase struct {
	TxID        string           `json:"txid"`
	Reward      types.Amount     `json:"reward"`       // new coin
	Fees        types.Amount     `json:"fees"`         // ordinary fees
	Bids        types.Amount     `json:"bids"`         // paid into the block for jobs
	FundBids    types.Amount     `json:"fund_bids"`    // of jobs of the compute fund
	FromReserve types.Amount     `json:"from_reserve"` // producers' reserve used up
	Outputs     []CoinbaseOutput `json:"outputs"`
}

// CoinbaseOutput is one payment of a coinbase and its reason.
type CoinbaseOutput struct {
	Address string       `json:"address"`
	Amount  types.Amount `json:"amount"`
	Role    string       `json:"role"`
	Note    string       `json:"note,omitempty"` // the dapp or the allocation
}

// SideBlock is one side block of a main block, such as 455d.
type SideBlock struct {
	Name    string   `json:"name"`  // "455d"
	Chain   string   `json:"chain"` // "d"
	Root    string   `json:"root"`
	Bytes   int      `json:"bytes"`
	Records []Record `json:"records"`
}

// TxBrief is a transaction in a list.
type TxBrief struct {
	TxID   string       `json:"txid"`
	Kind   string       `json:"kind"` // "coinbase", "payment", or the record's kind
	VSize  int          `json:"vsize"`
	Amount types.Amount `json:"amount"` // sum of the outputs
}

// Tx is a transaction.
type Tx struct {
	TxID          string       `json:"txid"`
	WTxID         string       `json:"wtxid"`
	Kind          string       `json:"kind"`
	Height        uint32       `json:"height"` // 0 while it waits, and for genesis
	Block         string       `json:"block,omitempty"`
	Confirmations uint32       `json:"confirmations"`
	Time          time.Time    `json:"time,omitzero"`
	VSize         int          `json:"vsize"`
	Weight        int          `json:"weight"`
	Fee           types.Amount `json:"fee"` // inputs less outputs, a bid included
	Inputs        []TxInput    `json:"inputs"`
	Outputs       []TxOutput   `json:"outputs"`
	Record        *Record      `json:"record,omitempty"`
}

// TxInput is what an input spends.
type TxInput struct {
	TxID    string       `json:"txid"`
	Index   uint32       `json:"index"`
	Address string       `json:"address,omitempty"`
	Amount  types.Amount `json:"amount"`
}

// TxOutput is an output. Commitment names the record's kind for a commitment.
type TxOutput struct {
	Index      int          `json:"index"`
	Address    string       `json:"address,omitempty"`
	Amount     types.Amount `json:"amount"`
	Commitment string       `json:"commitment,omitempty"`
}

// RecordsQuery asks for records of a virtual chain, from a height upwards.
type RecordsQuery struct {
	Chain string `json:"chain"` // a … e
	From  uint32 `json:"from,omitempty"`
	Limit int    `json:"limit,omitempty"`
}

// Record is a side record. Fields are its content in the order of its
// encoding, in words for people.
type Record struct {
	Chain  string  `json:"chain"`
	Kind   string  `json:"kind"`
	Height uint32  `json:"height"`
	TxID   string  `json:"txid,omitempty"`
	Author string  `json:"author,omitempty"`
	Bytes  int     `json:"bytes"`
	Fields []Field `json:"fields"`
}

// Field is a named value of a record.
type Field struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// AddressDetail is what the chain knows about an address.
type AddressDetail struct {
	Address    string       `json:"address"`
	Balance    types.Amount `json:"balance"`  // unspent outputs
	Outputs    int          `json:"outputs"`  // how many
	Credit     types.Amount `json:"credit"`   // not paid out yet
	Scores     []EpochScore `json:"scores"`   // newest first
	Weight     types.Amount `json:"weight"`   // age-shifted sum of registered scores
	Seats      int          `json:"seats"`    // in force now
	Producer   bool         `json:"producer"` // registered
	Bootstrap  bool         `json:"bootstrap,omitempty"`
	Height     uint32       `json:"height"` // of the state described
	Label      string       `json:"label,omitempty"`
	OwnAddress bool         `json:"own,omitempty"`
}

// EpochScore is the score of one epoch.
type EpochScore struct {
	Epoch uint64       `json:"epoch"`
	Score types.Amount `json:"score"`
}

// Totals says where the coins are.
type Totals struct {
	Height       uint32       `json:"height"`
	Epoch        uint64       `json:"epoch"`
	Issued       types.Amount `json:"issued"` // genesis and one coin a block
	Fund         types.Amount `json:"fund"`
	FundReleased types.Amount `json:"fund_released"` // of it, available now
	Reserve      types.Amount `json:"reserve"`
	BasePool     types.Amount `json:"base_pool"`
	OpenJobs     int          `json:"open_jobs"`
	OpenBids     types.Amount `json:"open_bids"` // remaining
}

// Audit is the conservation sum, recomputed from every row of the state.
type Audit struct {
	Height    uint32        `json:"height"`
	Hash      string        `json:"hash"`
	Digest    string        `json:"digest"`    // the chain's
	DigestOK  bool          `json:"digest_ok"` // the recomputed digest equals it
	Left      types.Amount  `json:"left"`      // genesis and block coins
	Right     types.Amount  `json:"right"`     // the sum of Terms
	Conserved bool          `json:"conserved"`
	Terms     []Term        `json:"terms"`
	Took      time.Duration `json:"took_ns"`
}

// Term is one part of the right side of the conservation sum.
type Term struct {
	Name   string       `json:"name"`
	Amount types.Amount `json:"amount"`
}
