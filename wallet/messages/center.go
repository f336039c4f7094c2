// Package messages owns writing to other addresses: conversations that go over
// direct connections while both sides are online and over the chain's messages
// when they are not (chain/PROTOCOL.md §7), the address book, attachments, and
// the traffic of shared accounts between their members. The cipher is package
// seal's, direct connections are package talk's, coins and blocks come through
// interfaces, and what is kept is package history's.
//
// A message is stored before anything else happens to it, outgoing or incoming,
// and each goes by the id that its author chose. So everything may be tried
// again after a crash: a receiver that has it already says so.
package messages

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
	"supercomputing/wallet/messages/envelope"
	"supercomputing/wallet/messages/history"
	"supercomputing/wallet/talk"
	"supercomputing/wallet/vault"
)

// Keys is what conversations need of the keystore. All methods report
// keys.ErrLocked while it is locked.
type Keys interface {
	// ScanKeys gives the keys whose messages are ours: the identity, then the
	// receive addresses that were handed out. The caller wipes them.
	ScanKeys() ([]*keys.Key, error)
	// Purpose derives a secret for one use.
	Purpose(label string) ([32]byte, error)
}

// The labels of Keys.Purpose: the history's, and that of what we sent.
const (
	purposeStore    = "messages"
	purposeOutgoing = "outgoing"
)

// Record is one message record of the best chain.
type Record struct {
	Height  uint32
	Tx      types.Hash
	Author  types.Address
	Fee     types.Amount // inputs less outputs of the transaction
	Payload []byte
}

// Chain is what conversations need of the chain. All methods are safe for
// concurrent use.
type Chain interface {
	Tip() (hash types.Hash, height uint32)
	// BlockHash gives the best chain's block at a height.
	BlockHash(height uint32) (types.Hash, error)
	// Records gives the message records of blocks from a height on, about max
	// of them: a block's come together.
	Records(fromHeight uint32, max int) ([]Record, error)
	// BlockTime is the time of the slot of the best chain's block at a height.
	BlockTime(height uint32) time.Time
	// Subscribe signals that the tip or the pool changed.
	Subscribe() (changed <-chan struct{}, cancel func())
}

// The states of a record's transaction.
const (
	PaymentNone      PaymentState = iota // the wallet never made one
	PaymentWaiting                       // for a block
	PaymentConfirmed                     // in a block
	PaymentGone                          // given up, or its coins went elsewhere
)

// PaymentState says where the transaction of a record stands.
type PaymentState byte

// Payment is the wallet's transaction that carries a record.
type Payment struct {
	State  PaymentState
	Tx     types.Hash
	Height uint32       // when confirmed
	Fee    types.Amount // paid
}

// Payer is what conversations need of the wallet.
type Payer interface {
	// Quote tells what a record costs in all; rate 0 means the wallet's own.
	Quote(rec types.Record, rate, extra types.Amount) (fee types.Amount, affordable bool, err error)
	// Send pays for a record and returns its transaction once it is stored and
	// the node has taken it. When all would cost more than most, 0 for no bound,
	// it pays nothing and reports wallet.ErrFeeTooHigh.
	Send(ctx context.Context, rec types.Record, rate, extra, most types.Amount, label string) (types.Hash, error)
	// Find gives the own transaction that carries a payload (see
	// wallet.FindRecord), so that nothing is paid for twice.
	Find(payload []byte) (Payment, error)
}

// Direct is what conversations need of package talk; *talk.Hub is one.
type Direct interface {
	Deliver(ctx context.Context, to types.Address, contact string, envelope []byte) error
	Mark(ctx context.Context, to types.Address, contact string, kind talk.MarkKind, ids []talk.ID) error
	SendFile(ctx context.Context, to types.Address, contact string, id talk.ID, r io.ReaderAt, size int64, sum [32]byte, progress func(int64)) error
	// Ping opens a connection if there is none, also when a dial has just failed.
	Ping(ctx context.Context, to types.Address, contact string) error
	Online(to types.Address) bool
}

// Files moves files that are too large to come with a message.
type Files interface {
	// Share offers a file and gives its magnet link.
	Share(ctx context.Context, path string) (magnet string, size int64, err error)
	// Fetch gets a shared file into a folder. When ctx ends it may go on with
	// the next call, unless context.Cause is ErrLarger: then nothing of it is
	// wanted any more, and no byte more is to come.
	Fetch(ctx context.Context, magnet, dir string, progress func(done, total int64)) (path string, err error)
}

// Options set up a Center. What has no default is required.
type Options struct {
	Network types.NetworkID
	Self    types.Address // the node's identity
	Prefix  string        // of addresses, for people
	Keys    Keys
	Chain   Chain
	Payer   Payer
	Direct  Direct        // nil: nothing goes directly; see SetDirect
	Store   wallet.Getter // what OpenJournal gave; sealed here
	Dir     string        // its own folder for attachments, made when missing
	Files   Files         // nil: large files cannot be sent or fetched
	Reach   func() string // host:port list where this node is reached; nil: none

	// Published says where an address published that it is reached, as with an
	// advertisement; "" when it did not. Nil: nobody did. It is asked when nothing
	// nearer is known, and not trusted.
	Published func(types.Address) string

	// Member says whose account traffic is expected although the address is no
	// contact; nil: nobody's.
	Member func(types.Address) bool
	// AccountWait is how long account traffic waits for the other side before
	// it goes over the chain (default 1 h), if the settings pay for that.
	AccountWait time.Duration

	Clock func() time.Time // default time.Now
	Log   *slog.Logger     // default: none
}

// Center is all conversations of this wallet, and the Handler of its direct
// ones. It is safe for concurrent use. While the keystore is locked its methods
// report keys.ErrLocked and nothing is read, sent or lost.
type Center struct {
	opt     Options
	handler func(ctx context.Context, from types.Address, payload []byte) error // set before Run

	deliverNow chan struct{} // there may be something to deliver
	scanNow    chan struct{}
	accountNow chan struct{}
	fetches    chan history.Key // magnet cards to fetch

	mu       sync.Mutex // guards what follows
	direct   Direct
	db       *history.DB // nil while locked
	journal  sharedStore
	peers    map[types.Address]*peerState
	subs     map[*Subscription]struct{}
	progress map[history.Key]int64 // bytes of files under way
	sinks    map[history.Key]int64 // files being received, and their sizes
	fetching map[history.Key]bool
	scan     Progress
}

// sharedStore outlives the sealed stores above it, which end with each lock.
type sharedStore struct{ wallet.Getter }

// Close implements wallet.Store: the journal stays open.
func (sharedStore) Close() error { return nil }

// Open makes a Center and, when the keystore is unlocked, reads the history. It
// reports wallet.ErrOtherWallet, wallet.ErrDamaged and vault.ErrKey for a
// history that is not this wallet's or is not what was written. It owns the
// store from then on.
func Open(opt Options) (*Center, error) {
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.AccountWait <= 0 {
		opt.AccountWait = time.Hour
	}
	c := &Center{
		opt: opt, direct: opt.Direct, journal: sharedStore{opt.Store},
		deliverNow: make(chan struct{}, 1), scanNow: make(chan struct{}, 1), accountNow: make(chan struct{}, 1),
		fetches: make(chan history.Key, maxFetches),
		peers:   make(map[types.Address]*peerState), subs: make(map[*Subscription]struct{}),
		progress: make(map[history.Key]int64), sinks: make(map[history.Key]int64), fetching: make(map[history.Key]bool),
	}
	if err := makeDir(opt.Dir); err != nil {
		return nil, err
	}
	if err := c.view(func(*history.DB) error { return nil }); err != nil && !errors.Is(err, keys.ErrLocked) {
		return nil, err
	}
	return c, nil
}

// SetDirect hands in the direct connections, whose Handler the Center is, so
// that neither has to exist first. Call it before Run.
func (c *Center) SetDirect(d Direct) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.direct = d
}

// Close closes the store. Run must have returned.
func (c *Center) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.db = nil
	return c.opt.Store.Close()
}

// Run scans the chain and delivers until ctx ends.
func (c *Center) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { c.scanLoop(ctx) })
	wg.Go(func() { c.accountLoop(ctx) })
	wg.Go(func() { c.fetchLoop(ctx) })
	c.deliverLoop(ctx)
	return ctx.Err()
}

// Wake looks for work again at once, as after the keystore was unlocked.
func (c *Center) Wake() {
	c.mu.Lock()
	for _, s := range c.peers {
		if !s.retry.IsZero() {
			s.retry = c.now()
		}
	}
	c.mu.Unlock()
	signal(c.deliverNow)
	signal(c.scanNow)
	signal(c.accountNow)
}

func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// view calls fn with the history. When the keystore is locked it reports
// keys.ErrLocked and forgets the history, which is read again later.
func (c *Center) view(fn func(*history.DB) error) error {
	secret, err := c.opt.Keys.Purpose(purposeStore)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.db = nil
		return fmt.Errorf("messages: %w", err)
	}
	if c.db == nil {
		sealed, err := vault.New(c.journal, secret)
		if err != nil {
			return err
		}
		if c.db, err = history.Open(sealed, c.opt.Network, c.opt.Self); err != nil {
			return err
		}
		if n := len(c.db.Damaged()); n > 0 {
			c.opt.Log.Warn("some of the message history is damaged; the rest is shown", "rows", n, "first", c.db.Damaged()[0])
		}
	}
	return fn(c.db)
}

// update calls fn with a change, stores all of it at once and tells who
// listens. When either fails nothing has changed.
func (c *Center) update(fn func(*change) error) error {
	var files []history.Key
	err := c.view(func(db *history.DB) error {
		ch := newChange(db)
		if err := fn(ch); err != nil {
			return err
		}
		if err := db.Commit(ch.seal()); err != nil {
			return err
		}
		files = ch.files
		c.notify(ch.touched)
		return nil
	})
	for _, k := range files {
		c.dropFile(k)
	}
	return err
}

func (c *Center) now() time.Time { return c.opt.Clock() }

func newID() (id envelope.ID) {
	rand.Read(id[:])
	return id
}

// Subscription tells of changes.
type Subscription struct {
	// C receives, coalesced, after each change.
	C <-chan struct{}

	center  *Center
	ch      chan struct{}
	changed map[types.Address]bool // guarded by center.mu
}

// Subscribe starts to tell of changes, until the subscription is closed.
func (c *Center) Subscribe() *Subscription {
	ch := make(chan struct{}, 1)
	s := &Subscription{C: ch, center: c, ch: ch, changed: make(map[types.Address]bool)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subs[s] = struct{}{}
	return s
}

// Changed gives whose conversations changed since the last call, in no order.
// The zero address stands for settings and the progress of scanning.
func (s *Subscription) Changed() (out []types.Address) {
	s.center.mu.Lock()
	defer s.center.mu.Unlock()
	for a := range s.changed {
		out = append(out, a)
	}
	clear(s.changed)
	return out
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.center.mu.Lock()
	defer s.center.mu.Unlock()
	delete(s.center.subs, s)
}

// notify is called with mu held.
func (c *Center) notify(touched map[types.Address]bool) {
	for s := range c.subs {
		for a := range touched {
			s.changed[a] = true
		}
		if len(touched) > 0 {
			signal(s.ch)
		}
	}
}
