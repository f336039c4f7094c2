package view

import (
	"context"
	"time"

	"supercomputing/chain/types"
)

// Messenger is writing to other addresses: directly while the other side is
// online, over the chain's messages when it is not. A conversation is named by
// the other side's address and holds both.
type Messenger interface {
	// Conversations lists conversations, the one with the newest message first.
	Conversations(ctx context.Context, q ConversationsQuery) ([]Conversation, error)
	// Messages lists one conversation, newest first, from before a message.
	Messages(ctx context.Context, q MessagesQuery) ([]Message, error)
	// Message gives one message by its id.
	Message(ctx context.Context, id string) (Message, error)
	// SearchMessages finds messages by text, newest first.
	SearchMessages(ctx context.Context, q MessageSearch) ([]Message, error)
	// QuoteMessage tells how a message would travel now, and its price.
	QuoteMessage(ctx context.Context, req MessageRequest) (MessageQuote, error)
	// SendMessage stores a message and sends it. It returns once the message is
	// stored; Message.Status and EventMessage tell how it fares.
	SendMessage(ctx context.Context, req MessageRequest) (Message, error)
	// RetryMessage sends a message that waits or has failed, perhaps by another way.
	RetryMessage(ctx context.Context, req RetryRequest) (Message, error)
	// DeleteMessage removes a message here. What was sent stays sent.
	DeleteMessage(ctx context.Context, id string) error
	// MarkRead marks a conversation read, up to a message that was shown, and
	// tells its sender when it is online and the settings allow that.
	MarkRead(ctx context.Context, req ReadRequest) error
	// PayCard pays the payment request that a message carries.
	PayCard(ctx context.Context, req PayCardRequest) (Sent, error)
	// SaveFile writes a message's file to a path of the node's machine. A file
	// behind a magnet link is fetched first: the call returns at once, and the
	// message's card tells the progress.
	SaveFile(ctx context.Context, req SaveFileRequest) (Message, error)
	// Contacts lists the address book by name.
	Contacts(ctx context.Context) ([]Contact, error)
	// PutContact adds or changes an entry of the address book.
	PutContact(ctx context.Context, req ContactRequest) (Contact, error)
	// DeleteContact removes an entry; its conversation stays.
	DeleteContact(ctx context.Context, address string) error
	// MessageSettings tells who may write to us, and how.
	MessageSettings(ctx context.Context) (MessageSettings, error)
	// SetMessageSettings changes that; it lasts over restarts.
	SetMessageSettings(ctx context.Context, s MessageSettings) (MessageSettings, error)
}

// ConversationsQuery asks for conversations. Requests asks for those of
// strangers that were not answered yet, which are kept apart; Filtered for
// those that paid less than the minimum; Blocked for those of blocked senders,
// and for what came while a sender was blocked.
type ConversationsQuery struct {
	Requests bool   `json:"requests,omitempty"`
	Filtered bool   `json:"filtered,omitempty"`
	Blocked  bool   `json:"blocked,omitempty"`
	Search   string `json:"search,omitempty"` // in names and addresses
	Page
}

// Conversation is one correspondent.
type Conversation struct {
	Address  string    `json:"address"`
	Name     string    `json:"name,omitempty"`    // ours for it
	Own      bool      `json:"own,omitempty"`     // notes to oneself
	Request  bool      `json:"request,omitempty"` // a stranger that waits for an answer
	Filtered bool      `json:"filtered,omitempty"`
	Blocked  bool      `json:"blocked,omitempty"`
	Online   bool      `json:"online"` // connected now
	Unread   int       `json:"unread"`
	Count    int       `json:"count"`
	Damaged  int       `json:"damaged,omitempty"` // messages that are stored and cannot be read
	Last     *Message  `json:"last,omitempty"`
	Time     time.Time `json:"time,omitzero"` // of the last message
	Warnings []string  `json:"warnings"`
}

// MessagesQuery asks for a part of a conversation.
type MessagesQuery struct {
	Address string `json:"address"`
	Before  string `json:"before,omitempty"`  // a message's id; "": from the newest
	Blocked bool   `json:"blocked,omitempty"` // those that came while their author was blocked, which are kept apart
	Limit   int    `json:"limit,omitempty"`
}

// ReadRequest marks messages read: those that stand no later than one of them,
// so that what came unseen stays unread. A message that came after UpTo and was
// put before it is marked only once it was listed (see Messages).
type ReadRequest struct {
	Address string `json:"address"`
	UpTo    string `json:"up_to,omitempty"` // a message's id, the newest that was shown; "": all
}

// MessageSearch looks for text in all conversations, or one.
type MessageSearch struct {
	Text    string `json:"text"`
	Address string `json:"address,omitempty"`
	Limit   int    `json:"limit,omitempty"`
}

// The ways of a message.
const (
	WayAuto   = ""       // direct, else ask for the price of the chain
	WayDirect = "direct" // free, both online
	WayChain  = "chain"  // paid, delivered when the other side comes back
)

// The states of a message. Ours go queued → sent → delivered → read, or failed.
// Over the chain “sent” means waiting for a block, “delivered” that it is in one.
const (
	MessageQueued    = "queued"
	MessageSent      = "sent"
	MessageDelivered = "delivered"
	MessageRead      = "read"
	MessageFailed    = "failed"
	MessageReceived  = "received" // theirs
)

// Message is one message of a conversation.
type Message struct {
	ID       string       `json:"id"`
	Address  string       `json:"address"` // the conversation's
	Mine     bool         `json:"mine,omitempty"`
	Text     string       `json:"text,omitempty"`
	Card     *Card        `json:"card,omitempty"`
	Time     time.Time    `json:"time,omitzero"`     // when it was written, by its sender's clock
	Received time.Time    `json:"received,omitzero"` // by ours
	Way      string       `json:"way"`
	Status   string       `json:"status"`
	Problem  string       `json:"problem,omitempty"` // why it waits or failed
	Unread   bool         `json:"unread,omitempty"`
	Damaged  bool         `json:"damaged,omitempty"`  // what is stored of it cannot be read
	Filtered bool         `json:"filtered,omitempty"` // of a stranger that paid less than the minimum
	Blocked  bool         `json:"blocked,omitempty"`  // came while its author was blocked
	TxID     string       `json:"txid,omitempty"`
	Height   uint32       `json:"height,omitempty"`
	Fee      types.Amount `json:"fee"`      // paid for the chain
	Links    []Link       `json:"links"`    // what in the text leads elsewhere
	Warnings []string     `json:"warnings"` // what about the text is suspicious
}

// Link is an address in a message's text, as it really is: Host is what a
// browser would connect to, in ASCII.
type Link struct {
	Text    string `json:"text"`
	Host    string `json:"host,omitempty"`
	Warning string `json:"warning,omitempty"`
}

// The kinds of card.
const (
	CardPayment  = "payment"  // asks to be paid; PayCard
	CardJob      = "job"      // a job on the board
	CardListing  = "listing"  // an advertisement
	CardFile     = "file"     // came with the message; SaveFile
	CardMagnet   = "magnet"   // a larger file, to be fetched; SaveFile
	CardAccount  = "account"  // an invitation to a shared account; ImportAccount
	CardProposal = "proposal" // of a shared account; SignProposal
)

// Card is what a message carries besides text, with one action.
type Card struct {
	Kind    string       `json:"kind"`
	Title   string       `json:"title,omitempty"`
	About   []string     `json:"about,omitempty"`   // lines on an invitation: who signs, the members, the first address
	Claimed bool         `json:"claimed,omitempty"` // Title is only what the sender says: this node does not know the job or listing
	Amount  types.Amount `json:"amount"`
	Address string       `json:"address,omitempty"` // to pay to
	Ref     string       `json:"ref,omitempty"`     // job, listing, account or proposal id; magnet link; descriptor
	Size    int64        `json:"size,omitempty"`    // of the file, bytes
	Have    int64        `json:"have,omitempty"`    // of it here, or at the other side
	Path    string       `json:"path,omitempty"`    // where it was saved
	State   string       `json:"state,omitempty"`   // "open", "paid", "fetching", "saved", "expired", "unknown" …
	TxID    string       `json:"txid,omitempty"`    // of the payment
	Expires time.Time    `json:"expires,omitzero"`  // zero: never
}

// MessageRequest asks to write a message. At most one of Payment, Job,
// Listing and File is given. MaxPrice is the most to pay when the message goes
// over the chain by itself (WayAuto); 0 lets it wait for the other side.
type MessageRequest struct {
	To       string       `json:"to"`
	Text     string       `json:"text,omitempty"`
	Payment  *PaymentCard `json:"payment,omitempty"`
	Job      string       `json:"job,omitempty"`
	Listing  string       `json:"listing,omitempty"`
	File     string       `json:"file,omitempty"` // absolute path on the node's machine
	Way      string       `json:"way,omitempty"`
	MaxPrice types.Amount `json:"max_price"`
	FeeRate  int64        `json:"fee_rate,omitempty"`
	Extra    types.Amount `json:"extra"` // on top, for a recipient who asks strangers for more
}

// PaymentCard asks the recipient for a payment. Address "" is our identity.
type PaymentCard struct {
	Amount  types.Amount `json:"amount"`
	Address string       `json:"address,omitempty"`
	Title   string       `json:"title,omitempty"`
	Seconds int64        `json:"valid_seconds,omitempty"` // 0: for ever
}

// MessageQuote says how a message would travel.
type MessageQuote struct {
	Online     bool         `json:"online"` // direct would work now
	Way        string       `json:"way"`    // what sending now would choose, "" when neither works
	Bytes      int          `json:"bytes"`
	Records    int          `json:"records"`     // over the chain, 0 when it cannot go there
	Price      types.Amount `json:"price"`       // over the chain
	LeastExtra types.Amount `json:"least_extra"` // what the recipient is known to ask of strangers, beyond the chain's own fee
	Affordable bool         `json:"affordable"`  //
	Notes      []string     `json:"notes"`
}

// RetryRequest sends a message again.
type RetryRequest struct {
	ID       string       `json:"id"`
	Way      string       `json:"way,omitempty"`
	MaxPrice types.Amount `json:"max_price"`
	FeeRate  int64        `json:"fee_rate,omitempty"`
	Extra    types.Amount `json:"extra"`
}

// PayCardRequest pays a payment request. Amount and Address repeat what was
// shown, so that nothing else can be paid.
type PayCardRequest struct {
	ID      string       `json:"id"`
	Address string       `json:"address"`
	Amount  types.Amount `json:"amount"`
	FeeRate int64        `json:"fee_rate,omitempty"`
}

// SaveFileRequest writes a message's file to a folder or a new file.
type SaveFileRequest struct {
	ID   string `json:"id"`
	Path string `json:"path"` // absolute
}

// Contact is an entry of the address book.
type Contact struct {
	Address  string    `json:"address"`
	Name     string    `json:"name"`
	Note     string    `json:"note,omitempty"`
	Reach    string    `json:"reach,omitempty"` // host:port list, as given or as it told us
	Blocked  bool      `json:"blocked,omitempty"`
	Online   bool      `json:"online"`
	Added    time.Time `json:"added,omitzero"`
	LastSeen time.Time `json:"last_seen,omitzero"` // zero: never
	Warnings []string  `json:"warnings"`           // a name that looks like another's
}

// ContactRequest adds or changes an entry. Fields that are nil stay.
type ContactRequest struct {
	Address string  `json:"address"`
	Name    *string `json:"name,omitempty"`
	Note    *string `json:"note,omitempty"`
	Reach   *string `json:"reach,omitempty"`
	Blocked *bool   `json:"blocked,omitempty"`
}

// MessageSettings say who may write to us, and what they learn.
type MessageSettings struct {
	MinFee     types.Amount `json:"min_fee"`     // strangers' messages over the chain must have paid this beyond the network's own fee; direct ones from strangers are then refused
	Strangers  bool         `json:"strangers"`   // take direct connections of strangers
	ReadMarks  bool         `json:"read_marks"`  // tell when a message was read
	ShareReach bool         `json:"share_reach"` // tell correspondents where this node is reached
	// AccountPrice is the most to pay over the chain for one letter to a shared
	// account's member who is offline; 0: never, letters wait.
	AccountPrice types.Amount `json:"account_price"`
}
