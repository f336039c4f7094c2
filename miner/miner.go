// Package miner makes blocks: once a slot it draws this producer's lot and,
// when it leads, builds, signs and hands in a block (chain/PROTOCOL.md §4). It
// keeps the producer registered, never signs twice for one slot, and knows
// what this machine may give to paid work. It spends one VRF evaluation a slot
// and sleeps otherwise, so nothing competes with the machine's real work.
package miner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Chain is what the slot loop needs of the node's chain.
type Chain interface {
	Params() *consensus.Params
	// View calls fn with the state after the tip, all of one moment.
	View(fn func(st consensus.State, rows consensus.Rows) error) error
	// Template is a builder on the tip, filled by fee rate, for slot.
	Template(slot uint64) (*consensus.Builder, error)
	// AddBlock connects and announces a block.
	AddBlock(b *types.Block) error
	// Sync tells how far the network is known to be ahead.
	Sync() Sync
}

// Sync is what is known of the network's chain.
type Sync struct {
	Height uint32 // of the best header seen
	Peers  int    // connections on which blocks can arrive
}

// Keys is the producer's identity. It never gives out a secret.
type Keys interface {
	Address() types.Address
	// Sign makes a BIP 340 signature that verifies under Address.
	Sign(hash types.Hash) ([64]byte, error)
	VRFKey() *consensus.VRFKey
}

// Registrar sends a producer registration from the wallet, whose author is
// the address of Keys.
type Registrar interface {
	RegisterProducer(ctx context.Context, rec *types.ProducerRegistration) error
}

// Options of a Miner. Dir is required.
type Options struct {
	Dir       string           // where the record of signed slots is kept
	Registrar Registrar        // nil: never register
	Clock     func() time.Time // nil: time.Now
	Log       *slog.Logger     // nil: none
}

// settleSlots is how long the loop listens after its start, and after the
// computer slept, before it makes a block, so that a producer that comes back does not fork off its own network
// while it is still connecting.
const settleSlots = 2

// A node is still syncing when it knows of more than syncMargin headers beyond
// its tip and its tip has moved within syncPatience slots. Both bounds answer
// one attack: a seated producer publishes headers and keeps the blocks back. A
// producer that waited for every header's block would stop, and all with it.
const (
	syncMargin   = 6
	syncPatience = 30
)

// Miner is the slot loop. Make it with New and run it with Run.
type Miner struct {
	chain     Chain
	keys      Keys
	registrar Registrar
	clock     func() time.Time
	log       *slog.Logger
	params    *consensus.Params
	bootstrap bool // named in the network file

	// Owned by Run's goroutine.
	guard     *guard
	settled   uint64 // first slot that may be produced for
	nextApply uint64 // first slot in which to register again
	highest   uint32 // height of the tip when it last rose
	rose      uint64 // slot in which that was seen

	mu     sync.Mutex
	status Status // guarded by mu
}

// Status is the loop's state for people.
type Status struct {
	Slot       uint64 // last slot looked at
	Registered bool   // the producer's key is on the chain
	Seats      int    // of 1,001, in the epoch of Slot
	Blocks     int    // made since the program started
	LastBlock  types.Hash
	LastSlot   uint64 // of LastBlock
	Waiting    string // why no block can be made now, empty when one could
}

// New reads the record of signed slots in opts.Dir; nothing starts yet. It
// fails with ErrGuard when the record is damaged.
func New(chain Chain, keys Keys, opts Options) (*Miner, error) {
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	p := chain.Params()
	g, err := openGuard(opts.Dir, p.ID, keys.Address())
	if err != nil {
		return nil, fmt.Errorf("miner: %w", err)
	}
	m := &Miner{chain: chain, keys: keys, registrar: opts.Registrar, clock: opts.Clock, log: opts.Log, params: p, guard: g}
	for _, b := range p.Bootstrap {
		m.bootstrap = m.bootstrap || b.Address == keys.Address()
	}
	return m, nil
}

// Status reports what the loop is doing.
func (m *Miner) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status
}

func (m *Miner) note(fn func(*Status)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fn(&m.status)
}

// Run looks at every slot as it begins, until ctx is done; it then returns
// nil. A slot that cannot be used is logged and passed over: no error of one
// slot stops the loop.
func (m *Miner) Run(ctx context.Context) error {
	last := m.params.SlotAt(m.clock())
	m.settled, m.rose = last+settleSlots, last
	for {
		slot, ok := m.waitAfter(ctx, last)
		if !ok {
			return nil
		}
		if slot > last+syncPatience {
			// The computer slept: what it knows of the network is as old as
			// after a start.
			m.settled = slot + settleSlots
		}
		if err := m.visit(ctx, slot); err != nil && ctx.Err() == nil {
			m.log.Warn("slot not used", "slot", slot, "err", err)
			m.note(func(s *Status) { s.Waiting = err.Error() })
		}
		last = slot
	}
}

// waitAfter sleeps until a slot later than last has begun and returns it. It
// sleeps for one slot at most and reads the clock again: clocks are corrected,
// and computers sleep. While the clock stands before what was seen already,
// it waits, since time runs forward on a chain.
func (m *Miner) waitAfter(ctx context.Context, last uint64) (slot uint64, ok bool) {
	length := time.Duration(m.params.SlotSeconds) * time.Second
	for {
		now := m.clock()
		if slot := m.params.SlotAt(now); slot > last {
			return slot, ctx.Err() == nil
		}
		wait := min(m.params.SlotTime(last+1).Sub(now), length)
		timer := time.NewTimer(max(wait, time.Millisecond))
		select {
		case <-ctx.Done():
			timer.Stop()
			return 0, false
		case <-timer.C:
		}
	}
}

// visit does everything there is to do in one slot.
func (m *Miner) visit(ctx context.Context, slot uint64) error {
	v, err := m.attempt(slot)
	if errors.Is(err, errMoved) {
		// Nothing was signed: the new tip may be built on in the same slot.
		v, err = m.attempt(slot)
	}
	if err == nil && !v.registered && m.synced(v, slot) {
		m.register(ctx, slot)
	}
	return err
}

// attempt draws the lot on the tip as it stands and makes the block if it won.
func (m *Miner) attempt(slot uint64) (view, error) {
	v, err := m.look(slot)
	if err != nil {
		return v, fmt.Errorf("read the chain: %w", err)
	}
	if v.height > m.highest {
		m.highest, m.rose = v.height, slot
	}
	why := m.hold(v, slot)
	m.note(func(s *Status) {
		s.Slot, s.Registered, s.Seats, s.Waiting = slot, v.registered, v.seats, why
	})
	if why != "" || !v.leads {
		return v, nil
	}
	return v, m.produce(v, slot)
}

// view is what one slot's decisions rest on.
type view struct {
	tip        types.Hash
	height     uint32
	slot       uint64 // of the tip
	sync       Sync
	registered bool
	seats      int
	leads      bool
	proof      [80]byte
}

// look reads the tip and draws the lot: the one VRF evaluation of the slot.
func (m *Miner) look(slot uint64) (v view, err error) {
	v.sync = m.chain.Sync()
	err = m.chain.View(func(st consensus.State, rows consensus.Rows) error {
		v.tip, v.height, v.slot = st.Hash, st.Height, st.Slot
		if err := m.readRegistration(&v, rows); err != nil {
			return err
		}
		if slot <= st.Slot {
			return nil
		}
		hs, err := consensus.HeaderStateFromRows(m.params, st, rows)
		if err != nil {
			return err
		}
		return m.draw(&v, hs, slot)
	})
	return v, err
}

// draw looks up this producer's seats for slot and draws its lot.
func (m *Miner) draw(v *view, hs consensus.HeaderState, slot uint64) error {
	seats, _, err := hs.Lottery(m.params, slot)
	if err != nil {
		return err
	}
	seat, _ := seats.Find(m.keys.Address())
	v.seats = int(seat.Count)
	v.proof, v.leads = consensus.CheckLeader(m.params, hs, slot, m.keys.Address(), m.keys.VRFKey())
	return nil
}

// synced reports whether the tip is as good as what the network has, or as
// what can be had of it.
func (m *Miner) synced(v view, slot uint64) bool {
	return v.sync.Height <= v.height+syncMargin || slot > m.rose+syncPatience
}

// hold says why no block may be made on this view, empty when one may. Only a
// bootstrap producer goes on without peers: somebody has to begin, while a
// lone worker's blocks would only be thrown away when it finds its network.
func (m *Miner) hold(v view, slot uint64) string {
	switch {
	case !m.synced(v, slot):
		return fmt.Sprintf("the chain is still being read: height %d of %d", v.height, v.sync.Height)
	case v.sync.Peers == 0 && !m.bootstrap:
		return "no peers are connected"
	case slot < m.settled:
		return "just started"
	case slot <= v.slot:
		return "the slot has its block"
	case !m.guard.allows(slot):
		return "the clock stands before a slot that was signed for"
	case v.seats == 0:
		return "no seats in this epoch: seats are drawn among those who did scored work"
	}
	return ""
}

// errMoved says that the tip changed while a block was being built on it.
var errMoved = errors.New("the tip moved while the block was built")

// produce builds, signs and hands in the block of a slot this producer leads.
func (m *Miner) produce(v view, slot uint64) error {
	builder, err := m.chain.Template(slot)
	if err != nil {
		return fmt.Errorf("build block: %w", err)
	}
	b, err := builder.Block(m.keys.Address(), v.proof)
	if err != nil {
		return fmt.Errorf("build block: %w", err)
	}
	// The proof belongs to the tip that was looked at: across an epoch's end
	// another tip may have another seed.
	if b.Header.PrevHash != v.tip {
		return errMoved
	}
	// First the record, then the signature: two signatures for one slot are
	// evidence against this producer whatever the reason.
	if err := m.guard.claim(slot, b.Hash()); err != nil {
		return err
	}
	if b.Header.Signature, err = m.keys.Sign(b.Header.SigHash(m.params.ID)); err != nil {
		return fmt.Errorf("sign block: %w", err)
	}
	if err := m.chain.AddBlock(b); err != nil {
		return fmt.Errorf("own block %v: %w", b.Hash(), err)
	}
	m.log.Info("made block", "height", b.Header.Height, "slot", slot, "block", b.Hash(), "txs", len(b.Txs))
	m.note(func(s *Status) {
		s.Blocks++
		s.LastBlock, s.LastSlot = b.Hash(), slot
	})
	return nil
}
