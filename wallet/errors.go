package wallet

import (
	"errors"
	"fmt"

	"supercomputing/chain/types"
)

// Errors of opening and storing.
var (
	// ErrOtherWallet says that the store belongs to other words or to
	// another network.
	ErrOtherWallet = errors.New("the wallet's data belongs to another wallet or network")
	// ErrDamaged says that stored data is not what was written. Coins are not
	// in danger: the words and the chain bring everything but labels back.
	ErrDamaged = errors.New("the wallet's data is damaged")
	// ErrVersion says that a newer program wrote the data.
	ErrVersion = errors.New("the wallet's data was written by a newer version of this program")
	// ErrStoreFailed says that an earlier write failed in a way that leaves
	// the disk's state unknown; open the wallet again.
	ErrStoreFailed = errors.New("the wallet's store failed; it needs to be opened again")
	// ErrBatch says that a commit holds more than the store takes at once.
	// Nothing of it was made; smaller ones will do.
	ErrBatch = errors.New("too much for one write to the wallet's store")
	// ErrClosed says that the wallet was closed.
	ErrClosed = errors.New("the wallet is closed")
	// ErrUnknownPosition is what a Chain reports for a block it does not
	// know; the wallet then starts over from genesis.
	ErrUnknownPosition = errors.New("the chain does not know the wallet's last block")
)

// Errors of sending.
var (
	// ErrFunds says that there is not enough to spend; see FundsError.
	ErrFunds = errors.New("not enough coins")
	// ErrDust says that an output is worth less than what spending it costs.
	ErrDust = errors.New("amount too small to be worth sending")
	// ErrNoOutputs says that a payment pays nobody.
	ErrNoOutputs = errors.New("nothing to send")
	// ErrAmount says that an amount is negative or beyond all coins.
	ErrAmount = errors.New("amount out of range")
	// ErrBadAddress says that an address is not a point on the curve: coins
	// sent there would be lost.
	ErrBadAddress = errors.New("nobody can spend from this address")
	// ErrTooManyInputs says that the amount lies in too many small coins for
	// one transaction; send a part first.
	ErrTooManyInputs = errors.New("too many small coins for one transaction")
	// ErrAdWaits says that an advertisement cannot be paid for before another one
	// is in a block; see AdWaitsError.
	ErrAdWaits = errors.New("an advertisement of yours has to get into a block first")
	// ErrFeeRate says that a fee rate is below the network's least or absurd.
	ErrFeeRate = errors.New("fee rate out of range")
	// ErrFeeTooHigh says that sending would cost more than the caller allowed.
	ErrFeeTooHigh = errors.New("the fee is higher than allowed")
	// ErrStaleQuote says that a coin of the quote was spent or frozen since.
	ErrStaleQuote = errors.New("the quote is out of date; ask for another")
	// ErrRejected says that the node did not take the transaction; its
	// reason is wrapped. The coins are free again.
	ErrRejected = errors.New("the transaction was not accepted")
	// ErrUnfit is what a Chain reports for a transaction that does not fit the
	// chain as it is now, though its inputs are there: its record came too late.
	ErrUnfit = errors.New("the transaction does not fit the chain any more")
	// ErrRecord says that a record's content cannot go on the chain.
	ErrRecord = errors.New("the record is not valid")
)

// Errors of accounts that are signed elsewhere.
var (
	// ErrSignedElsewhere says that the wallet has no keys: Unsigned gives what
	// others sign, SendSigned takes the result.
	ErrSignedElsewhere = errors.New("this account's transactions are signed by its members")
	// ErrNoAuthorCoin says that the account's first address holds no coin, and
	// only a coin there makes the account a record's author. A payment to that
	// address first puts one there.
	ErrNoAuthorCoin = errors.New("the account's first address holds no coin to author a record with")
	// ErrHeld says that a coin is held back for a proposal that is not signed yet.
	ErrHeld = errors.New("an open proposal already spends this coin")
	// ErrUnsigned says that an input of a transaction has no signature.
	ErrUnsigned = errors.New("the transaction is not signed completely")
	// ErrSpent says that another transaction already spends a coin.
	ErrSpent = errors.New("another transaction spends the same coin")
)

// Errors that concern one known transaction or coin.
var (
	// ErrUnknownTx says that the wallet has no such transaction.
	ErrUnknownTx = errors.New("no such transaction in this wallet")
	// ErrNotPending says that the transaction does not wait for a block.
	ErrNotPending = errors.New("the transaction is not waiting for a block")
	// ErrNotOurs says that another wallet made the transaction.
	ErrNotOurs = errors.New("the transaction was made by another wallet")
	// ErrHasChildren says that a later payment spends the transaction's
	// change; replacing it would undo that payment.
	ErrHasChildren = errors.New("a later transaction spends from this one")
	// ErrInPool says that nodes already wait to mine the transaction, so it
	// cannot be forgotten; replace it by one with a higher fee instead.
	ErrInPool = errors.New("the transaction is already on its way")
	// ErrFeeTooLow says that a replacement must pay more; see its text.
	ErrFeeTooLow = errors.New("the replacement pays too little")
	// ErrUnknownCoin says that the wallet has no such unspent coin.
	ErrUnknownCoin = errors.New("no such coin in this wallet")
	// ErrNotJob says that the transaction is no job post.
	ErrNotJob = errors.New("the transaction posts no job")
	// ErrGap says that too many addresses in a row are unused: a wallet
	// restored from its words would not look beyond them.
	ErrGap = errors.New("too many unused addresses; use one of them first")
	// ErrLabel says that text cannot be a label.
	ErrLabel = errors.New("not a label")
)

// FundsError tells what was missing. It matches ErrFunds.
type FundsError struct {
	Needed    types.Amount // outputs and fee
	Available types.Amount // can be spent now, less what spending it costs
	Pending   types.Amount // incoming, not yet in a block
	Immature  types.Amount // income that has to wait
	Frozen    types.Amount // set aside by the user
	Waiting   types.Amount // behind as many waiting transactions as nodes allow
	Held      types.Amount // for what others have yet to sign
}

// Error implements error.
func (e *FundsError) Error() string {
	s := fmt.Sprintf("%v: %v needed, %v available", ErrFunds, e.Needed, e.Available)
	for _, p := range []struct {
		amount types.Amount
		what   string
	}{{e.Pending, "waiting for a block"}, {e.Immature, "of income not yet mature"}, {e.Frozen, "frozen"},
		{e.Waiting, "behind so many waiting transactions that a block must come first"},
		{e.Held, "in proposals that are not signed yet"}} {
		if p.amount > 0 {
			s += fmt.Sprintf(", %v %s", p.amount, p.what)
		}
	}
	return s
}

// Unwrap gives ErrFunds.
func (e *FundsError) Unwrap() error { return ErrFunds }
