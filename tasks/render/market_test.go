package render

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
)

// key is a deterministic identity.
type key struct{ priv *btcec.PrivateKey }

func newKey(n byte) key {
	priv, _ := btcec.PrivKeyFromBytes([]byte{30: 1, 31: n})
	return key{priv}
}

func (k key) Address() types.Address {
	return types.Address(schnorr.SerializePubKey(k.priv.PubKey()))
}

func (k key) Sign(hash [32]byte) (out [64]byte, err error) {
	sig, err := schnorr.Sign(k.priv, hash[:])
	if err == nil {
		copy(out[:], sig.Serialize())
	}
	return out, err
}

// chain is the test chain: jobs, bids and scores by PROTOCOL §5, without
// reorganisations, which are the market's business and tested there.
type chain struct {
	t testing.TB

	mu     sync.Mutex // guards what follows
	height uint32
	serial uint64
	jobs   map[types.Hash]*chainJob
	pool   []func(height uint32)
	subs   map[chan struct{}]bool
}

type chainJob struct {
	tasks.JobState
	scores map[types.Address]types.Amount
}

func newChain(t testing.TB) *chain {
	return &chain{t: t, jobs: make(map[types.Hash]*chainJob), subs: make(map[chan struct{}]bool)}
}

// mine makes a block of all that waits.
func (c *chain) mine() {
	c.mu.Lock()
	c.height++
	pool := c.pool
	c.pool = nil
	for _, apply := range pool {
		apply(c.height)
	}
	for _, j := range c.jobs {
		if j.Standing == tasks.Open && c.height > j.EndHeight {
			j.Standing = tasks.Ended
		}
	}
	for ch := range c.subs {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
	c.mu.Unlock()
}

// run makes a block every interval until ctx is done.
func (c *chain) run(ctx context.Context, interval time.Duration) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			c.mine()
		case <-ctx.Done():
			return
		}
	}
}

// purse is one participant's view of the chain.
type purse struct {
	*chain
	self types.Address
}

func (a purse) submit(apply func(id types.Hash, height uint32)) (types.Hash, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.serial++
	var id types.Hash
	binary.BigEndian.PutUint64(id[:], a.serial)
	a.pool = append(a.pool, func(height uint32) { apply(id, height) })
	return id, nil
}

func (a purse) Height() uint32 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.height
}

func (a purse) TipTime() time.Time { return time.Now() }

func (a purse) OpenJobs() (out []tasks.JobState, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, j := range a.jobs {
		if j.Standing == tasks.Open {
			out = append(out, j.JobState)
		}
	}
	return out, nil
}

func (a purse) Job(id types.Hash) (tasks.JobState, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if j := a.jobs[id]; j != nil {
		return j.JobState, nil
	}
	return tasks.JobState{}, tasks.ErrUnknownJob
}

func (a purse) Scores(id types.Hash) (map[types.Address]types.Amount, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if j := a.jobs[id]; j != nil {
		return maps.Clone(j.scores), nil
	}
	return nil, nil
}

func (a purse) Pending(types.Hash) bool { return false }

func (a purse) PostJob(_ context.Context, post types.JobPost) (types.Hash, error) {
	return a.submit(func(id types.Hash, height uint32) {
		a.jobs[id] = &chainJob{
			JobState: tasks.JobState{Standing: tasks.Open, Job: tasks.Job{
				ID: id, Author: a.self, Post: post, Bids: post.Bid, Height: height, EndHeight: height + post.Duration,
			}},
			scores: make(map[types.Address]types.Amount),
		}
	})
}

func (a purse) Raise(_ context.Context, job types.Hash, added types.Amount) (types.Hash, error) {
	return a.submit(func(_ types.Hash, height uint32) { a.jobs[job].Bids += added })
}

func (a purse) Complete(_ context.Context, job types.Hash) (types.Hash, error) {
	return a.submit(func(_ types.Hash, height uint32) {
		j := a.jobs[job]
		j.Standing, j.Completed, j.EndHeight = tasks.Ended, true, height
	})
}

func (a purse) SubmitReport(_ context.Context, r *types.ScoreReport) (types.Hash, error) {
	return a.submit(func(types.Hash, uint32) {
		j := a.jobs[r.Job]
		for _, e := range r.Entries {
			if d := min(e.Cumulative-j.scores[e.Address], j.Bids-j.Scored); d >= types.MinScore {
				j.scores[e.Address] += d
				j.Scored += d
			}
		}
	})
}

func (a purse) Subscribe() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.subs[ch] = true
	return ch, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.subs, ch)
	}
}

// wires connect nodes to the requester: in memory, or over loopback TCP, where
// the dialler says who it is.
type wires struct {
	mu       sync.Mutex
	accept   func(types.Address, net.Conn)
	conns    []net.Conn
	listener net.Listener
	served   sync.WaitGroup
}

func (w *wires) Dial(ctx context.Context, self types.Address) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.accept == nil || ctx.Err() != nil {
		return nil, errors.New("connection refused")
	}
	if w.listener != nil {
		c, err := net.Dial("tcp", w.listener.Addr().String())
		if err == nil {
			w.conns = append(w.conns, c)
			_, err = c.Write(self[:])
		}
		return c, err
	}
	ours, theirs := net.Pipe()
	w.conns = append(w.conns, ours)
	accept := w.accept
	w.served.Go(func() { accept(self, theirs) })
	return ours, nil
}

// listen makes the wires TCP connections.
func (w *wires) listen(t testing.TB) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.listener = l
	w.served.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			w.served.Go(func() {
				var who types.Address
				if _, err := io.ReadFull(c, who[:]); err != nil {
					c.Close()
					return
				}
				w.mu.Lock()
				accept := w.accept
				w.mu.Unlock()
				if accept == nil {
					c.Close()
					return
				}
				accept(who, c)
			})
		}
	})
	t.Cleanup(func() { l.Close() })
}

// cut breaks all connections, without a farewell.
func (w *wires) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.conns {
		c.Close()
	}
	w.conns = nil
}

type wire struct {
	*wires
	self types.Address
}

func (w wire) Dial(ctx context.Context, _ types.Address, _ string) (net.Conn, error) {
	return w.wires.Dial(ctx, w.self)
}

// market is a chain, a requester and nodes, each with folders of its own.
type market struct {
	t     testing.TB
	chain *chain
	wires wires
	hub   *hub
	block time.Duration // between blocks
	nodes []*contributor

	author key
	dir    string // of the requester
	engine engine.Engine
	change func(*Options)
	dapp   *Dapp
	coord  *tasks.Coordinator
	stop   func()
}

// newMarket starts a requester with an engine of its own for checks, and a chain
// with a block every interval.
func newMarket(t testing.TB, block time.Duration, e engine.Engine, change func(*Options)) *market {
	t.Helper()
	return newMarketIn(t, t.TempDir(), block, e, change)
}

func newMarketIn(t testing.TB, dir string, block time.Duration, e engine.Engine, change func(*Options)) *market {
	t.Helper()
	m := &market{t: t, block: block, chain: newChain(t), hub: newHub(), author: newKey(1), dir: dir, engine: e, change: change}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { m.chain.run(ctx, block) })
	m.start()
	t.TempDir() // so that folders are removed after nodes have stopped
	t.Cleanup(func() {
		for _, n := range m.nodes {
			n.stop()
		}
		m.stop()
		cancel()
		wg.Wait()
	})
	return m
}

func testLog(who string) *slog.Logger {
	if os.Getenv("RENDER_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("who", who)
}

// start starts the requester, also anew over what it has left on the disk.
func (m *market) start() {
	m.t.Helper()
	o := Options{
		ID: types.Hash{'r'}, Engines: []engine.Engine{m.engine}, Swarm: m.hub.swarm(1),
		Dir: filepath.Join(m.dir, "render"), Cores: 1, Memory: 4 << 30, Log: testLog("requester"),
	}
	if m.change != nil {
		m.change(&o)
	}
	var err error
	if m.dapp, err = New(o); err != nil {
		m.t.Fatal(err)
	}
	m.coord, err = tasks.NewCoordinator(tasks.CoordinatorOptions{
		Network: types.NetworkID{7}, Signer: m.author, Ledger: purse{m.chain, m.author.Address()},
		Dapps: []tasks.Dapp{m.dapp}, Dir: filepath.Join(m.dir, "jobs"), Log: testLog("coordinator"),
	})
	if err != nil {
		m.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	c := m.coord
	go func() { c.Run(ctx); close(done) }()
	m.wires.mu.Lock()
	m.wires.accept = func(node types.Address, conn net.Conn) { c.Accept(ctx, node, conn) }
	m.wires.mu.Unlock()
	m.stop = sync.OnceFunc(func() {
		m.wires.mu.Lock()
		m.wires.accept = nil
		m.wires.mu.Unlock()
		cancel()
		<-done
	})
}

// kill ends the requester without a farewell to nodes.
func (m *market) kill() {
	m.wires.cut()
	m.stop()
}

// contributor is a node that works.
type contributor struct {
	m      *market
	key    key
	dir    string
	engine engine.Engine
	meddle func(msg []byte) []byte // changes what it sends
	swarm  *copier
	dapp   *Dapp
	runner *tasks.Runner
	stop   func()
}

// meddler is a dapp whose messages to requesters are changed on their way.
type meddler struct {
	*Dapp
	meddle func(msg []byte) []byte
}

func (d meddler) Work(ctx context.Context, job tasks.Job, dir string, r tasks.Requester) error {
	return d.Dapp.Work(ctx, job, dir, meddled{r, d.meddle})
}

type meddled struct {
	tasks.Requester
	meddle func(msg []byte) []byte
}

func (r meddled) Call(ctx context.Context, msg []byte) ([]byte, error) {
	return r.Requester.Call(ctx, r.meddle(msg))
}

func (m *market) node(n byte, e engine.Engine, meddle ...func([]byte) []byte) *contributor {
	m.t.Helper()
	c := &contributor{m: m, key: newKey(n), dir: m.t.TempDir(), engine: e, swarm: m.hub.swarm(uint16(n))}
	if len(meddle) > 0 {
		c.meddle = meddle[0]
	}
	m.nodes = append(m.nodes, c)
	c.start()
	return c
}

func (c *contributor) start() {
	c.m.t.Helper()
	var err error
	c.dapp, err = New(Options{
		ID: types.Hash{'r'}, Engines: []engine.Engine{c.engine}, Swarm: c.swarm,
		Dir: filepath.Join(c.dir, "render"), Cores: 1, Memory: 4 << 30, Log: testLog(c.key.Address().String()[:8]),
	})
	if err != nil {
		c.m.t.Fatal(err)
	}
	var dapp tasks.Dapp = c.dapp
	if c.meddle != nil {
		dapp = meddler{c.dapp, c.meddle}
	}
	c.runner, err = tasks.NewRunner(tasks.RunnerOptions{
		Network: types.NetworkID{7}, Self: c.key.Address(), Ledger: purse{c.m.chain, c.key.Address()},
		Dialer: wire{&c.m.wires, c.key.Address()}, Dapps: []tasks.Dapp{dapp},
		Dir: filepath.Join(c.dir, "work"), Limits: tasks.Limits{Jobs: 1}, Log: testLog(c.key.Address().String()[:8]),
	})
	if err != nil {
		c.m.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { c.runner.Run(ctx); close(done) }()
	c.stop = sync.OnceFunc(func() { cancel(); <-done })
}

// post asks for frames of a scene file.
func (m *market) post(p Plan, bid types.Amount) types.Hash {
	m.t.Helper()
	return m.send(m.prepare(p, bid))
}

// prepare packs a scene, as it is done before anything is paid.
func (m *market) prepare(p Plan, bid types.Amount) types.JobPost {
	m.t.Helper()
	post, err := m.dapp.Prepare(context.Background(), p)
	if err != nil {
		m.t.Fatal(err)
	}
	post.Bid, post.Duration, post.Contact = bid, 100000, "here"
	return post
}

func (m *market) send(post types.JobPost) types.Hash {
	m.t.Helper()
	id, err := m.coord.Post(context.Background(), post, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	return id
}

// until polls for what has no event.
func (m *market) until(what string, most time.Duration, ok func() bool) {
	m.t.Helper()
	for end := time.Now().Add(most); !ok(); time.Sleep(m.block / 2) {
		if time.Now().After(end) {
			for _, j := range m.coord.Jobs() {
				m.t.Logf("%s: %s; %+v", j.Phase, j.Note, j.Progress.Note)
				if s, is := j.Progress.Detail.(State); is {
					for _, l := range s.Log {
						m.t.Log(l)
					}
				}
			}
			for _, n := range m.nodes {
				m.t.Logf("node %v: %+v", n.key.Address(), n.runner.Status())
			}
			m.t.Fatal("never happened: ", what)
		}
	}
}

// completed waits for the job's end on the chain.
func (m *market) completed(id types.Hash, most time.Duration) tasks.OwnJob {
	m.t.Helper()
	var j tasks.OwnJob
	m.until("the end of the job", most, func() bool {
		var err error
		j, err = m.coord.Job(id)
		return err == nil && j.Phase == tasks.PhaseCompleted
	})
	return j
}

// scores are what the chain has recorded for each node.
func (m *market) scores(id types.Hash) map[types.Address]types.Amount {
	s, _ := purse{m.chain, m.author.Address()}.Scores(id)
	return s
}

func sum(scores map[types.Address]types.Amount) (n types.Amount) {
	for _, s := range slices.Collect(maps.Values(scores)) {
		n += s
	}
	return n
}
