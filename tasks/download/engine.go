package download

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/anacrolix/torrent"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// Options are an Engine's settings.
type Options struct {
	DataDir string // for the registry of torrents; contents lie where they are added
	Listen  string // "host:port" for BitTorrent; port 0 takes a free one
	// Announce are the addresses at which others reach Listen, when they are
	// not Listen itself: behind NAT, or listening on all interfaces.
	Announce []string
	// UploadLimit and DownloadLimit are in bytes per second, 0 is no limit.
	// SetLimits changes them.
	UploadLimit, DownloadLimit int64
	// MaxDisk bounds the bytes of contents held for others, 0 is no bound.
	MaxDisk int64
	// PauseHeld resumes what is held for others without serving it, until the
	// work on its job goes on.
	PauseHeld bool
	// OnDemand names an owner whose contents are resumed paused: it asks for
	// them with Pause when it still wants them. "": none.
	OnDemand string
	// LoopbackOnly keeps every packet on this machine.
	LoopbackOnly bool
	// DHT joins the distributed hash table (BEP 5), so that a magnet link
	// alone finds the swarm. DHTNodes are where to begin, beside the nodes met
	// as peers.
	DHT      bool
	DHTNodes []string
	Log      *slog.Logger
	Clock    func() time.Time
}

// Engine is the BitTorrent side of the process. Its methods may be called from
// any goroutine; those that need the network wait for Run to have opened it.
type Engine struct {
	opts     Options
	reach    reach
	log      *slog.Logger
	registry registry
	throttle throttle
	ready    chan struct{}

	// Set before ready is closed.
	client *torrent.Client
	dht    torrent.DhtServer
	addr   netip.AddrPort
	ctx    context.Context
	tasks  *errgroup.Group

	conns connTable

	addMu   sync.Mutex // serialises Add, Publish and Remove
	closing bool       // Run is on its way out; guarded by addMu

	mu      sync.Mutex
	held    map[InfoHash]*held
	limit   int64 // MaxDisk
	holding bool  // by Hold
}

// New checks the settings and makes the data directory.
func New(opts Options) (*Engine, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	r := reach{opts.LoopbackOnly}
	host, _, err := net.SplitHostPort(opts.Listen)
	if err != nil {
		return nil, fmt.Errorf("BitTorrent listen address: %w", err)
	}
	if opts.LoopbackOnly {
		if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() || !ip.Is4() {
			return nil, fmt.Errorf("BitTorrent listen address %q: %w: a local network listens on 127.0.0.1", opts.Listen, ErrAddress)
		}
	}
	for _, a := range append(opts.Announce, opts.DHTNodes...) {
		if _, err := r.parse(a); err != nil {
			return nil, err
		}
	}
	dir, err := filepath.Abs(filepath.Join(opts.DataDir, "torrents"))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("torrent folder: %w", diskError(err))
	}
	e := &Engine{
		opts: opts, reach: r, log: opts.Log, registry: registry{dir},
		throttle: newThrottle(opts.UploadLimit, opts.DownloadLimit),
		ready:    make(chan struct{}),
		held:     make(map[InfoHash]*held), limit: opts.MaxDisk,
	}
	return e, nil
}

// SetLimits changes the rates, in bytes per second, 0 for none, at once.
func (e *Engine) SetLimits(upload, download int64) {
	e.throttle.set(upload, download)
}

// SetMaxDisk changes the bound on contents held for others. What is held stays.
func (e *Engine) SetMaxDisk(n int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.limit = n
}

func (e *Engine) isHolding() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.holding
}

// Ready is closed when Run has opened the network and resumed all torrents.
func (e *Engine) Ready() <-chan struct{} { return e.ready }

// Run opens the network, resumes what was held before and serves it until ctx
// is done.
func (e *Engine) Run(ctx context.Context) error {
	l, pc, err := listen(e.opts.Listen, e.reach, e.opts.DHT)
	if err != nil {
		return err
	}
	defer l.Close()
	if pc != nil {
		defer pc.Close()
	}
	e.client, err = torrent.NewClient(e.clientConfig())
	if err != nil {
		return fmt.Errorf("BitTorrent client: %w", err)
	}
	e.client.AddDialer(dialer{e.reach, e.throttle})
	e.client.AddListener(listener{l, e.reach, e.throttle})
	e.addr = netip.MustParseAddrPort(l.Addr().String())
	if pc != nil {
		s, err := e.client.NewAnacrolixDhtServer(pc)
		if err != nil {
			e.client.Close()
			return fmt.Errorf("DHT: %w", err)
		}
		defer s.Close()
		e.dht = torrent.AnacrolixDhtServerWrapper{Server: s}
		e.client.AddDhtServer(e.dht)
	}
	e.tasks, e.ctx = errgroup.WithContext(ctx)
	e.resume()
	e.tasks.Go(func() error { return e.housekeeping(e.ctx) })
	close(e.ready)
	<-e.ctx.Done()
	e.addMu.Lock()
	e.closing = true // no goroutine joins the group any more
	e.addMu.Unlock()
	err = e.tasks.Wait()
	e.client.Close()
	e.saveAll()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// wait blocks until the engine runs.
func (e *Engine) wait(ctx context.Context) error {
	select {
	case <-e.ready:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return e.running()
}

func (e *Engine) running() error {
	select {
	case <-e.ready:
	default:
		return ErrNotRunning
	}
	if e.ctx.Err() != nil {
		return ErrNotRunning
	}
	return nil
}

// clientConfig turns off whatever the swarm does not need: uTP (its userland
// congestion control is several times slower than TCP on fast links),
// WebTorrent, web seeds, trackers, port mapping and IPv6.
func (e *Engine) clientConfig() *torrent.ClientConfig {
	c := torrent.NewDefaultClientConfig()
	c.DefaultStorage = noStorage{}
	c.DisableTCP = true // our own listener and dialer do TCP
	c.DisableUTP = true
	c.NoDHT = true // our own socket too
	c.DisableIPv6 = true
	c.DisableTrackers = true
	c.DisableWebtorrent = true
	c.DisableWebseeds = true
	c.NoDefaultPortForwarding = true
	c.PeriodicallyAnnounceTorrentsToDht = false // see announce
	c.DhtStartingNodes = e.startingNodes
	c.ConfigureAnacrolixDhtServer = e.configureDHT
	c.IPBlocklist = e.reach
	c.Seed = true
	c.Bep20 = "-SC0100-"
	c.EstablishedConnsPerTorrent = 40
	// The client reads requested blocks in no order but grants memory for them
	// in theirs: a peer that asks for more than fits at once may wait for ever.
	// Ours ask for maxRequests, others for 500 at most.
	c.MaxAllocPeerRequestDataPerConn = 512 * blockLength
	c.HalfOpenConnsPerTorrent = 25
	c.DropDuplicatePeerIds = true // two nodes often dial each other at once
	c.DropMutuallyCompletePeers = true
	c.PieceHashersPerTorrent = 2
	c.HandshakesTimeout = 8 * time.Second
	// A connection's writer looks for work and then begins to listen for more:
	// what comes in between, a block read for the peer or a reason to ask for
	// blocks, waits for the next keep-alive. By default that is a minute.
	c.KeepAliveTimeout = time.Second
	if e.opts.LoopbackOnly {
		c.HeaderObfuscationPolicy.Preferred = false // nobody between to hide from
		c.DialRateLimiter = rate.NewLimiter(100, 100)
		c.HandshakesTimeout = 30 * time.Second // all processes share few cores
	}
	c.Callbacks.ReadExtendedHandshake = e.conns.shake
	c.Callbacks.PeerConnClosed = e.conns.closed
	c.Slogger = slog.New(quiet{e.log.Handler()})
	return c
}

// quiet passes the library's warnings and errors only: it logs per piece.
type quiet struct{ slog.Handler }

func (q quiet) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && q.Handler.Enabled(ctx, l)
}
func (q quiet) WithAttrs(a []slog.Attr) slog.Handler { return quiet{q.Handler.WithAttrs(a)} }
func (q quiet) WithGroup(n string) slog.Handler      { return quiet{q.Handler.WithGroup(n)} }

// resume takes up all registered torrents. One that cannot be is reported and
// left on disk.
func (e *Engine) resume() {
	entries, problems := e.registry.load()
	for _, en := range entries {
		if en.gone() { // before opening it makes the folder anew
			if err := e.registry.remove(en.InfoHash); err != nil {
				problems = append(problems, err)
			}
			continue
		}
		l, err := e.registry.layout(en.InfoHash)
		if err == nil {
			_, err = e.open(en, l, nil)
		}
		if err == nil && en.Owner != "" && (e.opts.PauseHeld || en.Owner == e.opts.OnDemand) {
			err = e.Pause(en.InfoHash, true)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("resume %s (%v): %w", en.Name, en.InfoHash, err))
		}
	}
	for _, err := range problems {
		e.log.Warn("torrent not resumed", "err", err)
	}
}

// Housekeeping periods.
const (
	saveEvery  = 3 * time.Second // what a crash makes us hash again
	rateEvery  = time.Second
	sweepEvery = 30 * time.Second
)

// housekeeping saves proofs, measures rates and deletes what is past its time.
func (e *Engine) housekeeping(ctx context.Context) error {
	save, measure, sweep := time.NewTicker(saveEvery), time.NewTicker(rateEvery), time.NewTicker(sweepEvery)
	defer save.Stop()
	defer measure.Stop()
	defer sweep.Stop()
	e.sweep()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-save.C:
			e.saveAll()
		case <-measure.C:
			for _, h := range e.all() {
				h.measure(e.opts.Clock())
			}
		case <-sweep.C:
			e.sweep()
		}
	}
}

func (e *Engine) saveAll() {
	for _, h := range e.all() {
		if c := h.content(); c != nil {
			if err := c.save(); err != nil {
				e.log.Warn("proof of held pieces not saved", "name", c.l.Name, "err", err)
			}
		}
	}
}

// sweepGrace is how long content stays after its time, in case the job that
// renews it is just being taken up.
const sweepGrace = time.Minute

// Holding reports whether contents are held for others, also before Run.
func (e *Engine) Holding() bool {
	entries, _ := e.registry.load()
	return slices.ContainsFunc(entries, func(en entry) bool { return !en.Published })
}

// sweep deletes contents whose time is over, also those of jobs nobody here
// remembers, and forgets those whose folder was removed with their job's.
func (e *Engine) sweep() {
	now := e.opts.Clock()
	for _, h := range e.all() {
		en := h.snapshot()
		gone := en.gone()
		if !gone && (en.Until.IsZero() || now.Before(en.Until.Add(sweepGrace))) {
			continue
		}
		e.log.Info("keeping time over, deleting", "name", en.Name, "info_hash", en.InfoHash.String(), "gone", gone)
		if err := e.Remove(en.InfoHash, true); err != nil && !errors.Is(err, ErrUnknown) {
			e.log.Warn("sweep", "info_hash", en.InfoHash.String(), "err", err)
		}
	}
}

func (e *Engine) all() []*held {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]*held, 0, len(e.held))
	for _, h := range e.held {
		out = append(out, h)
	}
	return out
}

func (e *Engine) get(ih InfoHash) (*held, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if h := e.held[ih]; h != nil {
		return h, nil
	}
	return nil, fmt.Errorf("%w: %v", ErrUnknown, ih)
}

// Addrs are the addresses at which peers reach this engine, best first; none
// before Run has opened the network.
func (e *Engine) Addrs() []netip.AddrPort {
	if e.running() != nil {
		return nil
	}
	var out []netip.AddrPort
	for _, s := range e.opts.Announce {
		if a, err := e.reach.parse(s); err == nil {
			out = append(out, a)
		}
	}
	if len(out) > 0 {
		return out
	}
	if !e.addr.Addr().IsUnspecified() {
		return e.reach.filter([]netip.AddrPort{e.addr})
	}
	ifaces, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	for _, i := range ifaces {
		if p, ok := i.(*net.IPNet); ok && p.IP.To4() != nil && len(out) < MaxHints {
			ip, _ := netip.AddrFromSlice(p.IP.To4())
			out = append(out, e.reach.filter([]netip.AddrPort{netip.AddrPortFrom(ip, e.addr.Port())})...)
		}
	}
	return out
}
