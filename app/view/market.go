package view

import (
	"context"
	"time"

	"supercomputing/chain/types"
)

// Market is the advertisements of virtual chain b.
type Market interface {
	// Listings finds advertisements that are shown now.
	Listings(ctx context.Context, q ListingsQuery) ([]Listing, error)
	// Listing tells all about one, shown, over or waiting.
	Listing(ctx context.Context, id string) (Listing, error)
	// FeaturedListing is the best-paying one of the last hour, nil without one.
	FeaturedListing(ctx context.Context) (*Listing, error)
	// AdPrice tells what the next block's one slot costs now.
	AdPrice(ctx context.Context) (AdPrice, error)
	// QuoteListing tells what an advertisement would cost.
	QuoteListing(ctx context.Context, req ListingRequest) (ListingQuote, error)
	// PostListing pays for an advertisement.
	PostListing(ctx context.Context, req ListingRequest) (Listing, error)
	// RaiseListing replaces a waiting advertisement by one that pays more. Its
	// id changes.
	RaiseListing(ctx context.Context, req RaiseListingRequest) (Listing, error)
	// QuoteWithdraw tells what the withdrawal of our advertisement costs.
	QuoteWithdraw(ctx context.Context, id string) (WithdrawQuote, error)
	// WithdrawListing takes our waiting advertisement back before it is shown, or
	// tells everybody that our shown one is over.
	WithdrawListing(ctx context.Context, req WithdrawRequest) (Sent, error)
	// HideListing keeps an advertisement, or all of a seller, out of our lists.
	HideListing(ctx context.Context, req HideRequest) error
}

// The intents of an advertisement.
const (
	IntentSell    = "sell"
	IntentBuy     = "buy"
	IntentService = "service"
)

// The orders of listings.
const (
	SortNewest = "newest"
	SortFee    = "fee" // best-paying first
	SortPrice  = "price"
)

// ListingsQuery filters advertisements; an empty field does not.
type ListingsQuery struct {
	Search   string       `json:"search,omitempty"`
	Intent   string       `json:"intent,omitempty"`
	Category string       `json:"category,omitempty"`
	Language string       `json:"language,omitempty"`
	Seller   string       `json:"seller,omitempty"`
	MaxPrice types.Amount `json:"max_price"` // 0: any
	Mine     bool         `json:"mine,omitempty"`
	Hidden   bool         `json:"hidden,omitempty"` // only what was hidden
	Sort     string       `json:"sort,omitempty"`   // default: newest
	Page
}

// The states of a listing.
const (
	ListingWaiting   = "waiting"   // for a block
	ListingShown     = "shown"     //
	ListingWithdrawn = "withdrawn" // by its author
	ListingOver      = "over"      // its time is
)

// Listing is one advertisement.
type Listing struct {
	ID         string       `json:"id"` // its transaction
	State      string       `json:"state"`
	Intent     string       `json:"intent"`
	Title      string       `json:"title"`
	Text       string       `json:"text,omitempty"`
	Category   string       `json:"category,omitempty"`
	Price      types.Amount `json:"price"` // 0: ask
	Languages  []string     `json:"languages"`
	Seller     string       `json:"seller"`
	SellerName string       `json:"seller_name,omitempty"` // from our address book
	Mine       bool         `json:"mine,omitempty"`
	Hidden     bool         `json:"hidden,omitempty"`
	Fee        types.Amount `json:"fee"` // what it paid to be shown
	Height     uint32       `json:"height,omitempty"`
	Posted     time.Time    `json:"posted,omitzero"`
	Ends       time.Time    `json:"ends,omitzero"` // about
	Links      []Link       `json:"links"`
	Warnings   []string     `json:"warnings"`
}

// AdPrice is the state of the auction for the next block's slot. Amounts are
// whole fees.
type AdPrice struct {
	Least     types.Amount `json:"least"`   // for a short one, when nobody else waits
	ToWin     types.Amount `json:"to_win"`  // to be in the next block
	Waiting   []AdBid      `json:"waiting"` // best first
	BlockTime int64        `json:"block_seconds"`
}

// AdBid is a waiting advertisement.
type AdBid struct {
	ID    string       `json:"id"`
	Fee   types.Amount `json:"fee"`
	Rate  types.Amount `json:"rate"` // units per virtual byte, to compare with other transactions; the whole fee decides
	Title string       `json:"title"`
	Mine  bool         `json:"mine,omitempty"`
}

// ListingRequest asks to advertise. Fee is the whole fee to pay at most to be
// first; 0 pays the least.
type ListingRequest struct {
	Intent    string       `json:"intent"`
	Title     string       `json:"title"`
	Text      string       `json:"text,omitempty"`
	Category  string       `json:"category,omitempty"`
	Price     types.Amount `json:"price"`
	Languages []string     `json:"languages,omitempty"`
	Reach     bool         `json:"reach,omitempty"` // tell where we are reached directly
	Fee       types.Amount `json:"fee"`
	Most      types.Amount `json:"most"` // that all may cost, ListingQuote.Preparation included; 0: no bound
}

// ListingQuote is what an advertisement would cost.
type ListingQuote struct {
	Fee types.Amount `json:"fee"` // whole, Preparation included
	// Preparation is what of Fee a payment to oneself takes that has to come
	// first; the advertisement itself pays the rest.
	Preparation types.Amount `json:"preparation"`
	Least       types.Amount `json:"least"` // for this one
	ToWin       types.Amount `json:"to_win"`
	Rank        int          `json:"rank"` // among waiting ones, 1 is the next block
	Blocks      uint32       `json:"blocks"`
	Ends        time.Time    `json:"ends,omitzero"`
	Affordable  bool         `json:"affordable"`
	Notes       []string     `json:"notes"`
}

// RaiseListingRequest names the whole fee that a waiting advertisement shall pay.
type RaiseListingRequest struct {
	ID  string       `json:"id"`
	Fee types.Amount `json:"fee"` // 0: enough to win the next block, as things stand when the node does it
	// Most is the most to pay, 0 no bound: when winning takes more, nothing is
	// done. Who showed a price before passes it.
	Most types.Amount `json:"most"`
}

// WithdrawQuote is what a withdrawal costs.
type WithdrawQuote struct {
	Fee types.Amount `json:"fee"` // in all
	// Instead is what the advertisement would have paid: it waits, and is taken
	// back without ever being shown. 0: it is paid for, and a public message says
	// that it is over.
	Instead    types.Amount `json:"instead"`
	Affordable bool         `json:"affordable"`
	Notes      []string     `json:"notes"`
}

// WithdrawRequest withdraws an advertisement.
type WithdrawRequest struct {
	ID string `json:"id"`
	// Most is the most to pay, 0 no bound. Who showed a price before passes it.
	Most types.Amount `json:"most"`
}

// HideRequest hides or shows again a listing or a seller.
type HideRequest struct {
	ID     string `json:"id,omitempty"`
	Seller string `json:"seller,omitempty"`
	Hidden bool   `json:"hidden"`
}

// News is the channels of addresses that publish openly on chain e.
type News interface {
	// News lists posts of the channels subscribed to, newest first.
	News(ctx context.Context, q NewsQuery) ([]NewsPost, error)
	// Channels lists subscriptions, the foundation's first.
	Channels(ctx context.Context) ([]Channel, error)
	// Subscribe adds, renames, mutes or removes a channel.
	Subscribe(ctx context.Context, req SubscribeRequest) (Channel, error)
	// QuotePublish tells what a post of our own would cost.
	QuotePublish(ctx context.Context, req PublishRequest) (PublishQuote, error)
	// Publish posts openly, signed by our identity.
	Publish(ctx context.Context, req PublishRequest) (Sent, error)
	// MarkNewsRead marks all posts read.
	MarkNewsRead(ctx context.Context) error
}

// NewsQuery asks for posts. Channel "" stands for all subscribed ones.
type NewsQuery struct {
	Channel string `json:"channel,omitempty"`
	Search  string `json:"search,omitempty"`
	Page
}

// NewsPost is one public message. Its first line is its title.
type NewsPost struct {
	ID       string    `json:"id"`
	Author   string    `json:"author"`
	Name     string    `json:"name,omitempty"` // of the channel
	Official bool      `json:"official,omitempty"`
	Title    string    `json:"title"`
	Text     string    `json:"text,omitempty"`
	Height   uint32    `json:"height"`
	Time     time.Time `json:"time,omitzero"`
	Unread   bool      `json:"unread,omitempty"`
	Links    []Link    `json:"links"`
	Warnings []string  `json:"warnings"`
}

// Channel is an author that we follow.
type Channel struct {
	Author   string `json:"author"`
	Name     string `json:"name"`
	Official bool   `json:"official,omitempty"` // the foundation's: it can be muted, not removed
	Muted    bool   `json:"muted,omitempty"`    // its posts are not among the news
	Reading  bool   `json:"reading,omitempty"`  // older posts are still being read
	Unread   int    `json:"unread"`
	Posts    int    `json:"posts"`
}

// SubscribeRequest follows an author, or no longer. Without Mute a channel is
// heard again. With it one that is followed keeps its name when none is given.
type SubscribeRequest struct {
	Author string `json:"author"`
	Name   string `json:"name,omitempty"`
	Remove bool   `json:"remove,omitempty"` // the foundation's is muted instead
	Mute   *bool  `json:"mute,omitempty"`
}

// PublishRequest is a public post.
type PublishRequest struct {
	Text    string `json:"text"`
	FeeRate int64  `json:"fee_rate,omitempty"`
}

// PublishQuote is what a post would cost.
type PublishQuote struct {
	Bytes      int          `json:"bytes"`
	Price      types.Amount `json:"price"`
	Affordable bool         `json:"affordable"`
}
