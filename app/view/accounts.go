package view

import (
	"context"
	"time"

	"supercomputing/chain/types"
)

// Accounts is shared accounts: several members, one address, k of n sign.
type Accounts interface {
	// AccountKey gives this wallet's key for a new shared account: the key
	// expression (BIP 380) and our address, as one line for the others.
	AccountKey(ctx context.Context) (AccountKey, error)
	// CreateAccount makes an account of members' keys. Every member that is
	// reachable gets an invitation as a message when Invite is set.
	CreateAccount(ctx context.Context, req CreateAccountRequest) (Account, error)
	// ImportAccount takes an account from its descriptor line.
	ImportAccount(ctx context.Context, req ImportAccountRequest) (Account, error)
	// Accounts lists the shared accounts of this wallet.
	Accounts(ctx context.Context) ([]Account, error)
	// Account tells all about one.
	Account(ctx context.Context, id string) (Account, error)
	// EditAccount renames an account, or tells a member's name and address.
	EditAccount(ctx context.Context, req EditAccountRequest) (Account, error)
	// RemoveAccount forgets an account here. Its coins stay where they are, and
	// the descriptor brings it back.
	RemoveAccount(ctx context.Context, id string) error
	// AccountAddress gives a fresh address of the account.
	AccountAddress(ctx context.Context, id string) (AddressInfo, error)
	// AccountHistory lists an account's movements, newest first.
	AccountHistory(ctx context.Context, id string, page Page) ([]Movement, error)

	// Propose makes a transaction for the members to sign, tells the members,
	// and does not sign it.
	Propose(ctx context.Context, req ProposalRequest) (Proposal, error)
	// Proposals lists proposals of an account, or of all, newest first.
	Proposals(ctx context.Context, account string) ([]Proposal, error)
	// Proposal tells what a proposal would do and who has signed.
	Proposal(ctx context.Context, id string) (Proposal, error)
	// SignProposal signs, as far as that goes without the others.
	SignProposal(ctx context.Context, req SignRequest) (Proposal, error)
	// DeclineProposal tells the members that we shall not sign.
	DeclineProposal(ctx context.Context, req DeclineRequest) (Proposal, error)
	// RestartProposal begins the MuSig2 rounds anew, with fresh nonces.
	RestartProposal(ctx context.Context, id string) (Proposal, error)
	// ForgetProposal removes one that is over or was never sent.
	ForgetProposal(ctx context.Context, id string) error
	// ExportPSBT gives a proposal as PSBT (BIP 174), base64.
	ExportPSBT(ctx context.Context, id string) (PSBT, error)
	// ImportPSBT takes a PSBT: a new proposal, or others' signatures for one.
	ImportPSBT(ctx context.Context, p PSBT) (Proposal, error)

	// Routines lists what proposes by itself.
	Routines(ctx context.Context, account string) ([]Routine, error)
	// PutRoutine adds or changes a routine.
	PutRoutine(ctx context.Context, req Routine) (Routine, error)
	// DeleteRoutine removes one.
	DeleteRoutine(ctx context.Context, id string) error
}

// AccountKey is one member's part of a new account.
type AccountKey struct {
	Key     string `json:"key"`     // [fingerprint/87'/coin'/n']xpub…
	Address string `json:"address"` // of the member, for messages
	Line    string `json:"line"`    // both, and where our node is reached if correspondents are told, as CreateAccount takes it
}

// CreateAccountRequest joins members' lines. Required 0 stands for all of
// them, by MuSig2: on the chain that looks like one person. Ours must be among
// the members.
type CreateAccountRequest struct {
	Name     string   `json:"name"`
	Required int      `json:"required,omitempty"`
	Members  []string `json:"members"` // lines of AccountKey
	Invite   bool     `json:"invite,omitempty"`
}

// ImportAccountRequest takes a descriptor (BIP 380, 386, 387, 390), or the
// invitation that a message carries.
type ImportAccountRequest struct {
	Name       string `json:"name,omitempty"`
	Descriptor string `json:"descriptor,omitempty"`
	Message    string `json:"message,omitempty"`
}

// EditAccountRequest changes names. Member is a key's fingerprint.
type EditAccountRequest struct {
	ID            string  `json:"id"`
	Name          *string `json:"name,omitempty"`
	Member        string  `json:"member,omitempty"`
	MemberName    *string `json:"member_name,omitempty"`
	MemberAddress *string `json:"member_address,omitempty"`
}

// The roles that a network file gives to an account.
const (
	AccountFoundation = "foundation"
	AccountFund       = "compute fund"
)

// Account is a shared account.
type Account struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Required   int             `json:"required"`
	MuSig2     bool            `json:"musig2"`
	Descriptor string          `json:"descriptor"` // with its checksum
	Address    string          `json:"address"`    // the first: author of its records
	Role       string          `json:"role,omitempty"`
	Members    []AccountMember `json:"members"`
	Balance    Balance         `json:"balance"`
	Open       int             `json:"open_proposals"`
	ToSign     int             `json:"to_sign"`            // of them waiting for us
	Problem    string          `json:"problem,omitempty"`  // it does not open, or not all of it; importing its descriptor again helps
	Warnings   []string        `json:"warnings,omitempty"` // of what was just imported
	// Invitations are those of an account that was just made; whether they have
	// arrived their messages tell.
	Invitations []Invitation `json:"invitations,omitempty"`
}

// Invitation tells of one that a new account's member was sent.
type Invitation struct {
	Address string `json:"address,omitempty"`
	Name    string `json:"name,omitempty"`
	Message string `json:"message,omitempty"` // its id; "": none was written
	Problem string `json:"problem,omitempty"` // why not
}

// AccountMember is one signer.
type AccountMember struct {
	Fingerprint string `json:"fingerprint"`
	Key         string `json:"key"`
	Address     string `json:"address,omitempty"` // for messages, "" when not known
	Name        string `json:"name,omitempty"`
	Me          bool   `json:"me,omitempty"`
	Online      bool   `json:"online,omitempty"`
}

// ProposalRequest asks for a transaction of an account: payments, or one
// record. All spends everything to the first output.
type ProposalRequest struct {
	Account string           `json:"account"`
	Outputs []Payment        `json:"outputs,omitempty"`
	All     bool             `json:"all,omitempty"`
	FeeRate int64            `json:"fee_rate,omitempty"`
	Note    string           `json:"note,omitempty"`
	Post    string           `json:"post,omitempty"`    // a public post
	Job     *DownloadRequest `json:"job,omitempty"`     // a job that this node runs for the account
	Listing *ListingRequest  `json:"listing,omitempty"` // an advertisement
	Dapp    *DappRequest     `json:"dapp,omitempty"`    // a dapp registration
	Raise   *RaiseRequest    `json:"raise,omitempty"`   // of a job of the account
	Finish  string           `json:"finish,omitempty"`  // completes a job of the account
}

// The states of a proposal.
const (
	ProposalOpen      = "open"      // members sign
	ProposalSent      = "sent"      // waits for a block
	ProposalConfirmed = "confirmed" //
	ProposalDeclined  = "declined"  // too many will not sign
	ProposalDead      = "dead"      // its coins were spent otherwise
	ProposalExpired   = "expired"   //
)

// Proposal is a transaction that members sign. What it does is computed from
// the transaction itself, never from what its proposer says; only Note is the
// proposer's own.
type Proposal struct {
	ID        string           `json:"id"`
	Account   string           `json:"account"`
	TxID      string           `json:"txid"`
	State     string           `json:"state"`
	Note      string           `json:"note,omitempty"`
	Proposer  string           `json:"proposer,omitempty"`
	Mine      bool             `json:"mine,omitempty"` // this node proposed it
	Routine   string           `json:"routine,omitempty"`
	Created   time.Time        `json:"created,omitzero"`
	Expires   time.Time        `json:"expires,omitzero"`
	Outputs   []ProposalOutput `json:"outputs"`
	Fee       types.Amount     `json:"fee"` // for the network, a bid left out
	Bid       types.Amount     `json:"bid"`
	Total     types.Amount     `json:"total"` // leaves the account
	VSize     int              `json:"vsize"`
	Record    *Record          `json:"record,omitempty"`
	Required  int              `json:"required"`
	Signed    int              `json:"signed"`
	Round     int              `json:"round,omitempty"`   // MuSig2: 1 nonces, 2 signatures
	Attempt   int              `json:"attempt,omitempty"` // MuSig2: counts restarts
	Members   []ProposalMember `json:"members"`
	CanSign   bool             `json:"can_sign"`
	Why       string           `json:"why,omitempty"` // we cannot sign, or what is waited for
	Height    uint32           `json:"height,omitempty"`
	Warnings  []string         `json:"warnings"`
	SpentFrom []TxInput        `json:"spent_from"`
}

// ProposalOutput is one payment of a proposal. Change goes back to the account
// and was checked to do so.
type ProposalOutput struct {
	Address string       `json:"address"`
	Name    string       `json:"name,omitempty"`
	Amount  types.Amount `json:"amount"`
	Change  bool         `json:"change,omitempty"`
}

// ProposalMember tells how a member stands to a proposal.
type ProposalMember struct {
	Fingerprint string    `json:"fingerprint"`
	Name        string    `json:"name,omitempty"`
	Me          bool      `json:"me,omitempty"`
	State       string    `json:"state"` // "", "agreed" (nonces here), "signed", "declined", "refused" (sent something false)
	Note        string    `json:"note,omitempty"`
	Time        time.Time `json:"time,omitzero"`
}

// SignRequest signs a proposal; TxID repeats the one that was shown.
type SignRequest struct {
	ID   string `json:"id"`
	TxID string `json:"txid"`
}

// DeclineRequest refuses a proposal.
type DeclineRequest struct {
	ID     string `json:"id"`
	Reason string `json:"reason,omitempty"`
}

// PSBT is a partly signed transaction in base64 (BIP 174).
type PSBT struct {
	Data string `json:"psbt"`
}

// The kinds of routine.
const (
	RoutineSweep = "sweep" // what came in during a period and is unspent goes to To
	RoutineTask  = "task"  // posts Job once each period
)

// Routine proposes by itself, once each period of so many epochs.
type Routine struct {
	ID      string           `json:"id,omitempty"`
	Account string           `json:"account"`
	Kind    string           `json:"kind"`
	Epochs  uint64           `json:"epochs"`        // the period; 0: 30 for a sweep, 1 for a task
	To      string           `json:"to,omitempty"`  // of a sweep: the reserve account's address
	Job     *DownloadRequest `json:"job,omitempty"` // of a task
	Note    string           `json:"note,omitempty"`
	Paused  bool             `json:"paused,omitempty"`
	Next    uint64           `json:"next_epoch"`     // when it proposes next
	Last    string           `json:"last,omitempty"` // the newest proposal
	Problem string           `json:"problem,omitempty"`
}
