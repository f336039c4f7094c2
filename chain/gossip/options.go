package gossip

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Chain is what gossip needs of chain.Manager. All methods are safe for
// concurrent use.
type Chain interface {
	Tip() chain.Tip
	BestHeader() chain.Tip
	AddHeaders(hs []types.Header) error
	AddSeatList(l *consensus.SeatList)
	SeatList(root types.Hash) *consensus.SeatList
	Locator() []types.Hash
	HeadersAfter(locator []types.Hash, max int) []types.Header
	MissingBlocks(max int) []types.Hash
	AddBlock(b *types.Block) error
	Block(h types.Hash) (*types.Block, error)
	BlockHash(height uint32) (types.Hash, error)
	Header(h types.Hash) (types.Header, error)
	AddTx(tx *types.Tx) error
	PoolTx(id types.Hash) *types.Tx
	PoolTxs() []*chain.PoolEntry
	PoolSince(seq uint64) (added []*chain.PoolEntry, removed []types.Hash, next uint64)
	Subscribe() (ch <-chan struct{}, cancel func())
}

// Errors of the node itself.
var (
	// ErrListen says that the listening address cannot be used, most often
	// because another program has the port.
	ErrListen = errors.New("cannot listen for peers")
	// ErrAddress says that text is not a host:port to connect to.
	ErrAddress = errors.New("not a peer address")
	// ErrRunning says that Run was called twice.
	ErrRunning = errors.New("node runs already")
)

// Defaults of Options.
const (
	DefaultOutbound = 8
	DefaultInbound  = 64
	// DefaultRate limits what one peer sends or takes, in bytes per second.
	DefaultRate = 32 << 20
)

// Options configures a Node. Only Params is required.
type Options struct {
	Params *consensus.Params

	// Listener accepts peers. Without one, Listen is a TCP address that Run
	// listens on; without either, the node only dials, as behind a NAT.
	Listener net.Listener
	Listen   string
	// Dial opens a connection to "host:port"; nil means TCP.
	Dial func(ctx context.Context, addr string) (net.Conn, error)
	// Seeds are "host:port" that are dialled, in turn with known addresses,
	// whenever outbound peers are missing. Params.SeedPeers are asked only when
	// no known address answers.
	Seeds []string
	// DataDir keeps addresses and bans across restarts; empty keeps nothing.
	DataDir string
	// AllowPrivate takes and passes on addresses that are not routable on the
	// Internet: loopback and private networks.
	AllowPrivate bool

	MaxOutbound int // DefaultOutbound when 0
	MaxInbound  int // DefaultInbound when 0
	ReadRate    int // bytes per second and peer, DefaultRate when 0
	SendRate    int // bytes per second and peer, DefaultRate when 0

	Agent string           // shown to peers
	Clock func() time.Time // time.Now when nil
	Log   *slog.Logger     // discarded when nil
}

func (o Options) withDefaults() Options {
	if o.Dial == nil {
		d := &net.Dialer{}
		o.Dial = func(ctx context.Context, addr string) (net.Conn, error) { return d.DialContext(ctx, "tcp", addr) }
	}
	o.MaxOutbound = orDefault(o.MaxOutbound, DefaultOutbound)
	o.MaxInbound = orDefault(o.MaxInbound, DefaultInbound)
	o.ReadRate = orDefault(o.ReadRate, DefaultRate)
	o.SendRate = orDefault(o.SendRate, DefaultRate)
	if o.Agent == "" {
		o.Agent = "supercomputing"
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func orDefault(v, def int) int {
	if v == 0 {
		return def
	}
	return v
}
