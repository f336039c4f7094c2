package accounts

import "errors"

// Errors of accounts.
var (
	// ErrLine says that a member's line is not a key expression and an address.
	ErrLine = errors.New("not a member's line: a key and an address, with a space between")
	// ErrNotMember says that none of an account's keys is this wallet's.
	ErrNotMember = errors.New("none of the keys is this wallet's")
	// ErrNoAccount says that there is no such account here.
	ErrNoAccount = errors.New("no such shared account")
	// ErrExists says that the account is here already.
	ErrExists = errors.New("this shared account is here already")
	// ErrTooMany says that a ceiling of this program is reached; see its text.
	ErrTooMany = errors.New("too many")
	// ErrCoin says that the keys are for another network's coin.
	ErrCoin = errors.New("the keys are for another network")
	// ErrName says that text cannot be a name, a note or a reason.
	ErrName = errors.New("not a text to show")
	// ErrMember says that no member, or more than one, has that key.
	ErrMember = errors.New("no such member")
	// ErrInvitation says that text is no invitation to an account.
	ErrInvitation = errors.New("not an invitation to a shared account")
	// ErrStored says that stored rows are not what was written, or another's.
	ErrStored = errors.New("the stored shared accounts are damaged or another wallet's")
)

// ErrBroken says that one account does not open; the others do.
var ErrBroken = errors.New("this account does not open; its descriptor brings it back")

// Errors of proposals.
var (
	// ErrNoProposal says that there is no such proposal here.
	ErrNoProposal = errors.New("no such proposal")
	// ErrShown says that the transaction is not the one that was shown.
	ErrShown = errors.New("this is not the transaction that was shown")
	// ErrOver says that the proposal is not open any more.
	ErrOver = errors.New("the proposal is over")
	// ErrOpen says that the proposal is still open.
	ErrOpen = errors.New("the proposal is still open; decline it first")
	// ErrSigned says that our signature is out and cannot be taken back. Of an
	// attempt that is over it may be too: WarnStays says so.
	ErrSigned = errors.New("this wallet has signed already")
	// ErrNothing says that a proposal proposes nothing, or more than one thing.
	ErrNothing = errors.New("propose either payments or one record")
	// ErrUnknownCoin says that this node does not know a coin that the proposal
	// spends, or not as the proposal describes it.
	ErrUnknownCoin = errors.New("it spends a coin that this node does not know")
	// ErrCoinSpent says that a coin is spent otherwise.
	ErrCoinSpent = errors.New("a coin is spent otherwise")
	// ErrImmature says that a coin cannot be spent yet.
	ErrImmature = errors.New("a coin cannot be spent yet")
	// ErrFarChange says that change goes to an address of the account at which
	// its members' wallets do not look.
	ErrFarChange = errors.New("change goes to an address that the members' wallets do not look at")
	// ErrFee says that the fee is below what nodes take, or absurd.
	ErrFee = errors.New("the fee is out of range")
	// ErrAuthor says that the account would not be the record's author.
	ErrAuthor = errors.New("the record would not be the account's: the first coin is not at its first address")
	// ErrRecord says that the record does not decode.
	ErrRecord = errors.New("the record does not decode")
	// ErrChanged says that a PSBT spends the coins of an open proposal for
	// something else.
	ErrChanged = errors.New("its outputs are not those of the open proposal that spends the same coins")
	// ErrOtherAccount says that a PSBT is of no account here.
	ErrOtherAccount = errors.New("it is of another account")
	// ErrOtherNetwork says that a PSBT is of another network.
	ErrOtherNetwork = errors.New("it is of another network")
	// ErrTooLarge says that a transaction is too large to be signed together.
	ErrTooLarge = errors.New("too large to be signed by several")
	// ErrPayload says that a member's message is not of the form it should be.
	ErrPayload = errors.New("malformed message")
	// ErrNotMuSig2 says that there are no rounds to begin anew.
	ErrNotMuSig2 = errors.New("the account does not sign in rounds")
	// ErrRestarts says that a member begins the rounds anew too often for our
	// consent to go along. It is the one from whom we saw them first, who may be
	// following another.
	ErrRestarts = errors.New("a member begins the rounds anew again and again")
	// ErrNotAgreed says that this wallet has not agreed to sign.
	ErrNotAgreed = errors.New("this wallet has not agreed to sign yet")
)

// Errors of routines.
var (
	// ErrNoRoutine says that there is no such routine here.
	ErrNoRoutine = errors.New("no such routine")
	// ErrRoutine says that a routine cannot work; see its text.
	ErrRoutine = errors.New("the routine cannot work")
	// ErrNoJobs says that this program makes no jobs.
	ErrNoJobs = errors.New("this node makes no jobs")
)
