package tasks

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
)

// network connects nodes to requesters in memory. Connections know who dials,
// as nat's do.
type network struct {
	mu       sync.Mutex
	accept   map[types.Address]func(types.Address, net.Conn)
	conns    map[net.Conn]types.Address // by the requester
	dials    int
	handlers sync.WaitGroup
}

func newNetwork() *network {
	return &network{accept: make(map[types.Address]func(types.Address, net.Conn)), conns: make(map[net.Conn]types.Address)}
}

type dialer struct {
	n    *network
	self types.Address
}

func (d dialer) Dial(ctx context.Context, to types.Address, contact string) (net.Conn, error) {
	d.n.mu.Lock()
	defer d.n.mu.Unlock()
	d.n.dials++
	accept := d.n.accept[to]
	if accept == nil || ctx.Err() != nil {
		return nil, errors.New("connection refused")
	}
	ours, theirs := net.Pipe()
	d.n.conns[ours] = to
	d.n.handlers.Go(func() { accept(d.self, theirs) })
	return ours, nil
}

func (n *network) dialled() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dials
}

// cut breaks all connections to a requester.
func (n *network) cut(to types.Address) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c, who := range n.conns {
		if who == to {
			c.Close()
			delete(n.conns, c)
		}
	}
}

// market is a chain, a requester and nodes, in one synctest bubble.
type market struct {
	t      *testing.T
	w      *world
	n      *network
	author key
	dir    string // of the requester
	nodes  []*node

	coordinator *Coordinator
	stopCoord   func()
	copt        CoordinatorOptions
}

// begin makes a market inside a synctest bubble.
func begin(t *testing.T, dapp *counting) *market {
	m := &market{t: t, w: newWorld(t), n: newNetwork(), author: newKey(1), dir: t.TempDir()}
	m.copt = CoordinatorOptions{
		Network: testNet, Signer: m.author, Ledger: m.w.wallet(m.author),
		Dapps: []Dapp{dapp}, Dir: m.dir, Lease: 10 * time.Minute,
	}
	m.startCoordinator()
	t.Cleanup(func() { m.end(m.nodes...) }) // in the bubble, also after a failure
	return m
}

func (m *market) startCoordinator() {
	m.t.Helper()
	c, err := NewCoordinator(m.copt)
	if err != nil {
		m.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { c.Run(ctx); close(done) }()
	m.n.mu.Lock()
	m.n.accept[m.author.Address()] = func(node types.Address, conn net.Conn) { c.Accept(ctx, node, conn) }
	m.n.mu.Unlock()
	m.coordinator = c
	m.stopCoord = sync.OnceFunc(func() {
		m.n.mu.Lock()
		delete(m.n.accept, m.author.Address())
		m.n.mu.Unlock()
		cancel()
		<-done
	})
}

// kill ends the requester without any farewell to nodes.
func (m *market) kill() {
	m.n.cut(m.author.Address())
	m.stopCoord()
}

func (m *market) post(bid types.Amount, duration uint32) types.Hash {
	m.t.Helper()
	id, err := m.coordinator.Post(m.t.Context(), types.JobPost{Dapp: countingID(), Duration: duration, Bid: bid, Contact: "here"}, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	m.w.mine(1)
	return id
}

// node is a worker.
type node struct {
	m    *market
	key  key
	dir  string
	opt  RunnerOptions
	r    *Runner
	stop func()
}

func (m *market) node(n byte, dapp *counting) *node {
	k := newKey(n)
	nd := &node{m: m, key: k, dir: m.t.TempDir()}
	nd.opt = RunnerOptions{
		Network: testNet, Self: k.Address(), Ledger: m.w.wallet(k), Dialer: dialer{m.n, k.Address()},
		Dapps: []Dapp{dapp}, Dir: nd.dir, Limits: Limits{Jobs: 2},
	}
	nd.start()
	m.nodes = append(m.nodes, nd)
	return nd
}

func (n *node) start() {
	n.m.t.Helper()
	r, err := NewRunner(n.opt)
	if err != nil {
		n.m.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	n.r = r
	n.stop = sync.OnceFunc(func() { cancel(); <-done })
}

func (n *node) restart() { n.stop(); n.start() }

func (n *node) work(id types.Hash) WorkStatus {
	for _, s := range n.r.Status().Jobs {
		if s.Job.ID == id {
			return s
		}
	}
	return WorkStatus{}
}

// end stops everything so that the bubble can end.
func (m *market) end(nodes ...*node) {
	for _, n := range nodes {
		n.stop()
	}
	m.stopCoord()
	m.n.handlers.Wait()
}

// mineUntil makes a block every half minute until ok.
func (m *market) mineUntil(what string, ok func() bool) {
	m.t.Helper()
	for range 1000 {
		synctest.Wait()
		if ok() {
			return
		}
		time.Sleep(30 * time.Second)
		m.w.mine(1)
	}
	m.t.Fatalf("never: %s; job %+v", what, m.coordinator.Jobs())
}

func (m *market) phase(id types.Hash) Phase {
	j, err := m.coordinator.Job(id)
	if err != nil {
		m.t.Fatal(err)
	}
	return j.Phase
}

// checkPaid compares the chain's scores with what the dapp awarded.
func (m *market) checkPaid(id types.Hash, want types.Amount) {
	m.t.Helper()
	j, scores := m.w.job(id)
	sum := types.Amount(0)
	for _, s := range scores {
		sum += s
	}
	if sum != want || j.Scored != want {
		m.t.Fatalf("recorded %v (sum %v), want %v", j.Scored, sum, want)
	}
}

func TestWholeJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 40, reward: types.Coin / 100, pace: 10 * time.Second, audit: time.Minute}
		m := begin(t, dapp)
		a, b, c := m.node(2, dapp), m.node(3, dapp), m.node(4, dapp)
		id := m.post(types.Coin, 1000)
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 40*types.Coin/100)
		own, _ := m.coordinator.Job(id)
		if own.Receipt == nil || own.Receipt.Scored != 40*types.Coin/100 || len(own.Receipt.Nodes) != 3 ||
			own.Receipt.Completion == (types.Hash{}) || len(own.Receipt.Reports) == 0 {
			t.Fatalf("receipt %+v", own.Receipt)
		}
		if own.Progress.Done != 40 || len(own.Log) == 0 || own.Dapp != "counting" {
			t.Fatalf("state %+v", own)
		}
		synctest.Wait()
		for _, n := range []*node{a, b, c} {
			s := n.work(id)
			if s.Ticket == 0 || s.Recorded != s.Ticket || s.State != "ended" || len(s.Reports) != 0 {
				t.Fatalf("node %+v", s)
			}
		}
		// Nothing is done to an ended job any more.
		before := m.w.submitted[id]
		m.mineUntil("grace over", func() bool { j, _ := m.w.job(id); return j.ID != id })
		if m.w.submitted[id] != before {
			t.Fatal("reports of a completed job")
		}
	})
}
