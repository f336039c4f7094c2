package download

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// service is the requester's side of one job. It implements tasks.Service and
// tasks.Releaser.
type service struct {
	d      *Dapp
	job    types.Hash
	spec   Spec
	layout *Layout
	dir    string
	loaded time.Time
	done   chan struct{}

	mu       sync.Mutex
	book     book
	nodes    map[types.Address]*node
	mute     map[types.Address]time.Time // since when a node is asked and has not reported
	problem  string                      // the last failure of our own, for people
	finished bool                        // done is closed
}

// node is what a node says of itself; it is not kept across restarts.
type node struct {
	addrs  []netip.AddrPort
	have   Bitfield // claimed; nil before its first report
	proven Bitfield // claimed at the last passed audit
	seen   time.Time
}

var (
	_ tasks.Service  = (*service)(nil)
	_ tasks.Releaser = (*service)(nil)
)

// seatGrace is how long a place is kept, after a restart of ours, for a node
// that has not come back yet: shortly when others want it, and else for longer
// than nodes wait between attempts to reach us.
const (
	seatGrace = 2 * time.Minute
	seatKept  = 90 * time.Minute
)

func newService(d *Dapp, job tasks.Job, dir string) (*service, error) {
	spec, ih, err := jobSpec(job.Post)
	if err != nil {
		return nil, err
	}
	if job.Post.Bid < MinBid || job.Bids > types.MaxAmount {
		return nil, fmt.Errorf("%w: bid of %v", ErrSpec, job.Post.Bid)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, diskError(err)
	}
	s := &service{d: d, job: job.ID, spec: spec, dir: dir, loaded: d.opts.Clock().Round(0), done: make(chan struct{}), nodes: make(map[types.Address]*node), mute: make(map[types.Address]time.Time)}
	if s.layout, err = s.describe(ih); err != nil {
		return nil, fmt.Errorf("serve job %v: %w", job.ID, err)
	}
	if err := spec.matches(s.layout); err != nil {
		return nil, fmt.Errorf("serve job %v: %w", job.ID, err)
	}
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("serve job %v: %w", job.ID, err)
	}
	s.book.Terms = terms{Size: spec.Size, Replicas: spec.Replicas, Keep: spec.Keep, First: job.Post.Bid, Bids: max(job.Bids, job.Post.Bid)}
	s.settle(s.loaded)
	return s, nil
}

// now is the time of the wall clock. The keeping time lasts for days and goes on
// while this machine sleeps, when the monotonic clock may stand still.
func (s *service) now() time.Time { return s.d.opts.Clock().Round(0) }

// describe gets the torrent's description and keeps a copy with the job, so
// that the job can go on when the content is no longer published here.
func (s *service) describe(ih InfoHash) (*Layout, error) {
	file := filepath.Join(s.dir, "info")
	if b, err := os.ReadFile(file); err == nil {
		if l, err := ParseInfo(b); err == nil && l.InfoHash == ih {
			return l, nil
		}
	}
	l, err := s.d.engine.Layout(ih)
	if err != nil {
		return nil, fmt.Errorf("the content is not published on this machine: %w", err)
	}
	return l, writeAtomic(file, l.Info)
}

func (s *service) bookFile() string { return filepath.Join(s.dir, "book.json") }

func (s *service) load() error {
	b, err := os.ReadFile(s.bookFile())
	if err == nil {
		err = json.Unmarshal(b, &s.book)
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if s.book.Accounts == nil {
		s.book.Accounts = make(map[nodeID]*account)
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", tasks.ErrState, s.bookFile(), err)
	}
	return nil
}

// save writes the accounts; the caller holds mu.
func (s *service) save() error {
	b, err := json.Marshal(&s.book)
	if err == nil {
		err = writeAtomic(s.bookFile(), b)
	}
	if err != nil {
		s.problem = err.Error()
		return fmt.Errorf("save the job's accounts: %w", err)
	}
	s.problem = ""
	return nil
}

// Update tells the service that the job's bids have grown: the keeping time
// gets longer.
func (s *service) Update(job tasks.Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if job.Bids > s.book.Terms.Bids {
		s.book.Terms.Bids = job.Bids
	}
}

// Earned is the whole score of a node by our accounts. A coordinator whose own
// record is behind, because it was stopped between our saving an award and its
// saving it, catches up with this.
func (s *service) Earned(node types.Address) types.Amount {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.book.Accounts[nodeID(node)]; a != nil {
		return a.earned()
	}
	return 0
}

// Run implements tasks.Service. The engine does the seeding; what is left is to
// notice the end.
func (s *service) Run(ctx context.Context) error {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		s.settle(s.now())
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// lastAudits is how long after the end a node may still answer the audit that
// pays for the last interval.
const lastAudits = 12 * time.Second

// settle closes done when the keeping time is over and settled with all nodes,
// or nothing is left to pay with.
func (s *service) settle(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.finished {
		return
	}
	s.freeSeats(now, seatKept)
	over := s.book.Terms.Bids-s.book.paid() < types.MinScore
	if end := s.book.end(); !end.IsZero() && !now.Before(end) {
		over = over || now.Sub(end) >= lastAudits || s.settledLocked(end)
	}
	if over {
		s.finished = true
		close(s.done)
	}
}

func (s *service) settledLocked(end time.Time) bool {
	for addr, a := range s.book.Accounts {
		if a.Seated && a.Since.Before(end) && (s.nodes[types.Address(addr)] != nil || a.Held > 0) {
			return false
		}
	}
	return true
}

// Done implements tasks.Service.
func (s *service) Done() <-chan struct{} { return s.done }

// Admit implements tasks.Service.
func (s *service) Admit(addr types.Address) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.book.Accounts[nodeID(addr)]
	if a != nil && a.Failed != "" {
		return fmt.Errorf("%w: %s", ErrFailed, a.Failed)
	}
	if a != nil && a.Seated {
		return nil
	}
	now := s.now()
	if s.freeSeats(now, seatGrace); s.book.seated() >= s.spec.Replicas {
		s.makeWay(now)
	}
	if s.book.seated() >= s.spec.Replicas {
		return fmt.Errorf("%w: all %d places are taken", ErrNoSeat, s.spec.Replicas)
	}
	if a == nil {
		if len(s.book.Accounts) >= maxAccounts {
			return fmt.Errorf("%w: it has had %d different ones", ErrNoSeat, maxAccounts)
		}
		a = new(account)
		s.book.Accounts[nodeID(addr)] = a
	}
	// Missed audits stay counted, or leaving would clear them.
	a.Seated, a.Since, a.Grown = true, now, now
	if err := s.save(); err != nil {
		a.Seated = false
		return err
	}
	return nil
}

// maxAccounts bounds what a stream of new identities can make us remember.
const maxAccounts = 10 * MaxReplicas

// freeSeats takes the places of nodes that did not come back after a restart.
func (s *service) freeSeats(now time.Time, grace time.Duration) {
	for addr, a := range s.book.Accounts {
		if a.Seated && s.nodes[types.Address(addr)] == nil && now.Sub(s.loaded) > grace && now.Sub(a.Since) > grace {
			a.Seated = false
		}
	}
}

// makeWay takes the places of nodes that have not fetched anything new for
// long, for one that would: places cost a node nothing, so strangers could
// keep a job from ever being done by taking all of them.
func (s *service) makeWay(now time.Time) {
	stall := s.stall()
	for addr, a := range s.book.Accounts {
		if a.Seated && a.Held < s.spec.Size && !a.Grown.IsZero() && now.Sub(a.Grown) > stall {
			a.Seated, a.Failed = false, fmt.Sprintf("it fetched nothing new for %v and made way for another", stall)
			delete(s.nodes, types.Address(addr))
		}
	}
}

// stall is how long a node may take to fetch one piece more: all together at
// 256 KiB a second, and ten minutes.
func (s *service) stall() time.Duration {
	return 10*time.Minute + time.Duration(int64(s.spec.Replicas)*s.spec.PieceLength>>18)*time.Second
}

// Release implements tasks.Releaser.
func (s *service) Release(addr types.Address) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.nodes, addr)
	delete(s.mute, addr)
	if a := s.book.Accounts[nodeID(addr)]; a != nil {
		a.Seated = false
		s.save() // a failure is shown as the job's problem; memory is right
	}
}

// Answer implements tasks.Service.
func (s *service) Answer(_ context.Context, addr types.Address, msg []byte) ([]byte, types.Amount, error) {
	m, err := decodeMessage(msg)
	if err != nil {
		return nil, 0, err
	}
	switch m := m.(type) {
	case report:
		b, err := s.report(addr, m)
		return b, 0, err
	case infoRequest:
		info := s.layout.Info
		from := min(int(m.Offset), len(info))
		to := min(from+infoPartLength, len(info))
		return infoPart{Total: uint32(len(info)), Part: info[from:to]}.encode(), 0, nil
	}
	return nil, 0, fmt.Errorf("%w: not a question to a requester", ErrMessage)
}

// report takes in what a node says and tells it what the others do.
func (s *service) report(addr types.Address, m report) ([]byte, error) {
	if len(m.Have) > 0 && !m.Have.fits(s.layout.Pieces()) {
		return nil, fmt.Errorf("%w: a bitfield of %d bytes for %d pieces", ErrMessage, len(m.Have), s.layout.Pieces())
	}
	addrs := s.d.engine.reach.filter(m.Addrs)
	now := s.now()
	s.mu.Lock()
	a := s.book.Accounts[nodeID(addr)]
	if a == nil || !a.Seated {
		s.mu.Unlock()
		return nil, fmt.Errorf("%w: this node has no place", ErrNoSeat)
	}
	n := s.nodes[addr]
	if n == nil {
		n = new(node)
		s.nodes[addr] = n
		delete(s.mute, addr)
	}
	n.addrs, n.have, n.seen = addrs, m.Have, now
	if n.have == nil {
		n.have = NewBitfield(s.layout.Pieces())
	}
	complete := n.have.Count() == s.layout.Pieces()
	st := status{Now: now, Until: s.book.end(), Stripe: s.stripeLocked(addr), Peers: s.peersLocked(addr)}
	s.mu.Unlock()
	if !complete {
		s.d.engine.AddPeers(s.layout.InfoHash, addrs) // it may be unable to reach us
	}
	return st.encode(), nil
}

// stripeLocked numbers the nodes that still fetch.
func (s *service) stripeLocked(addr types.Address) stripe {
	var fetching []types.Address
	for other, n := range s.nodes {
		if other == addr || n.have.Count() < s.layout.Pieces() {
			fetching = append(fetching, other)
		}
	}
	slices.SortFunc(fetching, func(a, b types.Address) int { return slices.Compare(a[:], b[:]) })
	return stripe{slices.Index(fetching, addr), len(fetching)}
}

// peersLocked lists us and other nodes, a random choice when there are many.
func (s *service) peersLocked(addr types.Address) []netip.AddrPort {
	own := s.d.engine.Addrs()
	own = own[:min(len(own), MaxHints)]
	var others []netip.AddrPort
	for other, n := range s.nodes {
		if other != addr {
			others = append(others, n.addrs...)
		}
	}
	rand.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
	return append(slices.Clone(own), others[:min(len(others), maxStatusPeers-len(own))]...)
}
