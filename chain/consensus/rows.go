package consensus

import (
	"errors"

	"supercomputing/chain/types"
)

// Table names one table of the consensus state. The tag is part of each
// element's hash, so tags never change.
type Table byte

// The state's tables (PROTOCOL §6). Integers in keys and values are
// big-endian, so that ascending keys are ascending numbers.
const (
	TableUTXO     Table = 1  // txid ‖ index → UTXO
	TableJob      Table = 2  // job id → Job, open and ended
	TableJobScore Table = 3  // job id ‖ address → recorded cumulative score
	TableJobDue   Table = 4  // height ‖ job id → nothing: expiry or sweep is due then
	TableScore    Table = 5  // epoch ‖ address → score of the epoch, until settled
	TableWork     Table = 6  // epoch ‖ address → registered score, 32 epochs of it
	TableTotal    Table = 7  // epoch → EpochTotal, as long as TableWork
	TableSettling Table = 8  // epoch → Settling, oldest first
	TableCredit   Table = 9  // address → credit not yet paid out
	TableDapp     Table = 10 // dapp id → Dapp
	TableProducer Table = 11 // address → Producer
	TableBan      Table = 12 // address → first and last epoch without weight
	TableEvidence Table = 13 // slot ‖ address → nothing: evidence already used
	TableSeats    Table = 14 // 0: list in force, 1: list of the next epoch
	TableScalar   Table = 15 // name → single values: pools, seeds, weights
	tableCount          = 15
)

// Rows is read access to the consensus state as it stands after one block.
type Rows interface {
	// Get returns the value stored under key, nil when there is none.
	// The caller must not change it.
	Get(t Table, key []byte) ([]byte, error)
	// Scan calls fn for the rows of t with keys ≥ from, ascending, until fn
	// returns false or an error. Slices are valid during the call only.
	Scan(t Table, from []byte, fn func(key, value []byte) (more bool, err error)) error
}

// Change is one row's change. Old is nil for an inserted row, New for a
// deleted one; empty values are non-nil.
type Change struct {
	Table    Table
	Key      []byte
	Old, New []byte
}

// Update is all that a block changes: applied forward it gives the state
// after the block, applied backward the state before it. Changes are sorted by
// table and key, each row at most once.
type Update struct {
	Changes []Change
	Income  Income
}

// Income tells what a block's coinbase paid and why, for people; no rule reads
// it. The order of the fields is the order of the outputs.
type Income struct {
	Producer   types.Amount
	Foundation types.Amount
	Developers []Payment // by dapp id
	DappFund   types.Amount
	Credits    []Payment    // in cursor order
	Fees       types.Amount // ordinary fees, declared bids left out
	Bids       types.Amount // bids paid into this block by transactions
	FundBids   types.Amount // bids taken from the compute fund
	Reserve    types.Amount // taken from the reserve
}

// Payment is one output of a coinbase. Dapp is zero for credits.
type Payment struct {
	Dapp    types.Hash
	Address types.Address
	Amount  types.Amount
}

// ErrCorrupt says that a stored row does not decode: the disk or a program
// error changed it, never a peer.
var ErrCorrupt = errors.New("consensus state is corrupt")
