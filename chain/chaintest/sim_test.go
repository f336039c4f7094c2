package chaintest_test

import (
	"cmp"
	"container/heap"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"math/rand/v2"
	"testing"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// simNet runs many nodes, each with its own chain.Manager, in one goroutine:
// a queue of events in the order of a clock of its own, all chance from one
// seed. So a run repeats exactly, and a failure can be looked at again.
type simNet struct {
	t      *testing.T
	params *consensus.Params
	rng    *rand.Rand
	now    time.Time
	events eventQueue
	seq    int
	nodes  []*simNode
	cut    func(a, b int) bool // messages between a and b are lost; nil: none
	trace  hash.Hash           // of all that happened
	blocks int                 // made
	reorgs int
	lost   int // messages
}

// simNode is one node. m is nil while it is switched off; its store stays.
type simNode struct {
	id    int
	key   *chaintest.Key // nil: does not produce
	store *chain.MemStore
	m     *chain.Manager
	peers []int
	tip   types.Hash
}

type event struct {
	at  time.Time
	seq int // order among events of one time
	run func()
}

type eventQueue []event

func (q eventQueue) Len() int { return len(q) }
func (q eventQueue) Less(i, j int) bool {
	return cmp.Or(q[i].at.Compare(q[j].at), cmp.Compare(q[i].seq, q[j].seq)) < 0
}
func (q eventQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *eventQueue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *eventQueue) Pop() any {
	old := *q
	e := old[len(old)-1]
	*q = old[:len(old)-1]
	return e
}

// newSimNet makes count nodes, of which the first have the producers' keys,
// each joined to some others at random.
func newSimNet(t *testing.T, seed uint64, count, producers int) *simNet {
	t.Helper()
	params, keys := manyProducers(producers, 1)
	s := &simNet{t: t, params: params, rng: rand.New(rand.NewPCG(seed, 0)), trace: sha256.New(), now: params.SlotTime(0)}
	for i := range count {
		n := &simNode{id: i, store: chain.NewMemStore()}
		if i < producers {
			n.key = keys[i]
		}
		s.nodes = append(s.nodes, n)
		s.open(n)
	}
	for i := range count {
		s.join(i, (i+1)%count)
		for range 2 {
			s.join(i, s.rng.IntN(count))
		}
	}
	return s
}

// manyProducers is a network with slots of so many seconds, whose bootstrap
// weight is shared by some keys.
func manyProducers(n int, slotSeconds uint32) (*consensus.Params, []*chaintest.Key) {
	var keys []*chaintest.Key
	p := chaintest.Params([]string{"payer"}, func(p *consensus.Params) {
		p.Bootstrap, p.SlotSeconds = nil, slotSeconds
		for i := range n {
			k := chaintest.NewKey(fmt.Sprint("producer ", i))
			keys = append(keys, k)
			p.Bootstrap = append(p.Bootstrap, consensus.Bootstrap{Address: k.Address(), VRFKey: k.VRFKey().Public(), Share: 1})
		}
	})
	return p, keys
}

func (s *simNet) join(a, b int) {
	for _, p := range s.nodes[a].peers {
		if p == b {
			return
		}
	}
	if a != b {
		s.nodes[a].peers = append(s.nodes[a].peers, b)
		s.nodes[b].peers = append(s.nodes[b].peers, a)
	}
}

// open starts a node on what its store holds.
func (s *simNet) open(n *simNode) {
	s.t.Helper()
	m, err := chain.Open(s.params, n.store, chain.Options{Clock: func() time.Time { return s.now }, Workers: 1})
	if err != nil {
		s.t.Fatalf("node %d: %v", n.id, err)
	}
	n.m, n.tip = m, m.Tip().Hash
}

func (s *simNet) after(d time.Duration, run func()) {
	s.seq++
	heap.Push(&s.events, event{s.now.Add(d), s.seq, run})
}

// runUntil runs events up to a time, and leaves the clock there.
func (s *simNet) runUntil(t time.Time) {
	for len(s.events) > 0 && !s.events[0].at.After(t) {
		e := heap.Pop(&s.events).(event)
		s.now = e.at
		e.run()
	}
	s.now = t
}

// send delivers a message after a delay, unless the line is cut when it is
// sent or when it would arrive, or the receiver is off.
func (s *simNet) send(from, to *simNode, deliver func()) {
	if s.isCut(from, to) {
		s.lost++
		return
	}
	s.after(time.Duration(5+s.rng.IntN(600))*time.Millisecond, func() {
		if to.m == nil || s.isCut(from, to) {
			s.lost++
			return
		}
		deliver()
		s.noteTip(to)
	})
}

func (s *simNet) isCut(a, b *simNode) bool { return s.cut != nil && s.cut(a.id, b.id) }

// noteTip records a new tip of n and tells its peers of it.
func (s *simNet) noteTip(n *simNode) {
	tip := n.m.Tip()
	if tip.Hash == n.tip {
		return
	}
	if h, err := n.m.Header(tip.Hash); err != nil || h.PrevHash != n.tip {
		s.reorgs++ // or more than one block at once
	}
	n.tip = tip.Hash
	fmt.Fprintln(s.trace, s.now.UnixNano(), n.id, tip.Hash, tip.Digest)
	h, err := n.m.Header(tip.Hash)
	if err != nil {
		s.t.Fatalf("node %d: %v", n.id, err)
	}
	for _, p := range n.peers {
		peer := s.nodes[p]
		s.send(n, peer, func() { s.onHeaders(peer, n, []types.Header{h}) })
	}
}

// onHeaders takes headers of a peer and asks it for what is missing.
func (s *simNet) onHeaders(n, from *simNode, hs []types.Header) {
	err := n.m.AddHeaders(hs)
	var need *consensus.NeedListError
	switch {
	case errors.Is(err, chain.ErrOrphan):
		locator := n.m.Locator()
		s.send(n, from, func() {
			answer := from.m.HeadersAfter(locator, chain.MaxHeaders)
			s.send(from, n, func() { s.onHeaders(n, from, answer) })
		})
		return
	case errors.As(err, &need):
		s.send(n, from, func() {
			list := from.m.SeatList(need.Root)
			s.send(from, n, func() {
				if list != nil {
					n.m.AddSeatList(list)
					s.onHeaders(n, from, hs)
				}
			})
		})
		return
	case consensus.IsRule(err):
		s.t.Fatalf("node %d: an honest peer's header breaks a rule: %v", n.id, err)
	}
	if missing := n.m.MissingBlocks(16); len(missing) > 0 {
		s.fetch(n, from, missing)
	}
}

// fetch asks a peer for blocks; it answers with those it has.
func (s *simNet) fetch(n, from *simNode, hashes []types.Hash) {
	s.send(n, from, func() {
		var blocks []*types.Block
		for _, h := range hashes {
			if b, err := from.m.Block(h); err == nil {
				blocks = append(blocks, b)
			}
		}
		if len(blocks) > 0 {
			s.send(from, n, func() { s.onBlocks(n, from, blocks) })
		}
	})
}

func (s *simNet) onBlocks(n, from *simNode, blocks []*types.Block) {
	for _, b := range blocks {
		if err := n.m.AddBlock(b); consensus.IsRule(err) {
			s.t.Fatalf("node %d: an honest peer's block breaks a rule: %v", n.id, err)
		}
	}
	if missing := n.m.MissingBlocks(16); len(missing) > 0 {
		s.fetch(n, from, missing)
	}
}

// onTx takes a transaction and passes it on when it is new.
func (s *simNet) onTx(n *simNode, tx *types.Tx) {
	if err := n.m.AddTx(tx); err != nil {
		return
	}
	for _, p := range n.peers {
		peer := s.nodes[p]
		s.send(n, peer, func() { s.onTx(peer, tx) })
	}
}

// slot lets every producer that leads the slot make its block.
func (s *simNet) slot(slot uint64) {
	for _, n := range s.nodes {
		if n.m == nil || n.key == nil {
			continue
		}
		b := produce(s.t, n.m, n.key, slot)
		if b == nil {
			continue
		}
		if err := n.m.AddBlock(b); err != nil {
			s.t.Fatalf("node %d: own block: %v", n.id, err)
		}
		s.blocks++
		s.noteTip(n)
	}
}

// produce makes key's block for slot on m's tip, nil when it does not lead.
func produce(t *testing.T, m *chain.Manager, key *chaintest.Key, slot uint64) *types.Block {
	t.Helper()
	var proof [80]byte
	leads := false
	err := m.View(func(st consensus.State, rows consensus.Rows) error {
		if slot <= st.Slot {
			return nil
		}
		hs, err := consensus.HeaderStateFromRows(m.Params(), st, rows)
		if err != nil {
			return err
		}
		proof, leads = consensus.CheckLeader(m.Params(), hs, slot, key.Address(), key.VRFKey())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !leads {
		return nil
	}
	builder, _, err := m.Template(slot)
	if err != nil {
		return nil // the tip has moved past the slot
	}
	b, err := builder.Block(key.Address(), proof)
	if err != nil {
		t.Fatal(err)
	}
	if b.Header.Signature, err = key.Sign(b.Header.SigHash(m.Params().ID)); err != nil {
		t.Fatal(err)
	}
	return b
}

// reconnect lets two peers compare chains, as a new connection does.
func (s *simNet) reconnect(n, peer *simNode) {
	locator := n.m.Locator()
	s.send(n, peer, func() {
		answer := peer.m.HeadersAfter(locator, chain.MaxHeaders)
		s.send(peer, n, func() { s.onHeaders(n, peer, answer) })
	})
}

// heal ends a partition.
func (s *simNet) heal() {
	s.cut = nil
	for _, n := range s.nodes {
		for _, p := range n.peers {
			if n.m != nil && s.nodes[p].m != nil {
				s.reconnect(n, s.nodes[p])
			}
		}
	}
}

// restart switches a node off for a while.
func (s *simNet) restart(n *simNode, off time.Duration) {
	n.m = nil
	s.after(off, func() {
		s.open(n)
		for _, p := range n.peers {
			if s.nodes[p].m != nil {
				s.reconnect(n, s.nodes[p])
			}
		}
	})
}

// agreed tells whether all nodes stand on one tip with one digest.
func (s *simNet) agreed() bool {
	for _, n := range s.nodes {
		if n.m == nil || n.m.Tip() != s.nodes[0].m.Tip() {
			return false
		}
	}
	return true
}
