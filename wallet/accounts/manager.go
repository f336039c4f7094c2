// Package accounts owns accounts that several people share: which there are and
// who their members are, the proposals that members sign together, the rounds
// of MuSig2 over messages between them, PSBT files for the same without
// messages, and routines that propose by themselves (PROTOCOL §8).
//
// Each account has a wallet of its own that follows the chain. What a proposal
// does is computed from its transaction and from what that wallet knows of the
// chain; of the proposer's words only the note is shown, as such. Consent is to
// one transaction id and is stored; secret nonces are not, so that a program
// that starts again begins a new attempt instead of using one twice.
package accounts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"time"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
	"supercomputing/wallet/vault"
)

// Keys is what this package needs of the keystore.
type Keys interface {
	// SharedAccount gives our key for shared accounts number n (BIP 87).
	SharedAccount(n uint32) (*keys.SharedAccount, error)
	// ForgetNonces wipes the secret nonces held for a transaction.
	ForgetNonces(txid types.Hash)
	// Purpose gives a secret of its own for a label.
	Purpose(label string) ([32]byte, error)
	// CoinType is the network's, in all keys.
	CoinType() uint32
}

// Post carries payloads between members.
type Post interface {
	// SendAccount stores a payload of at most 64 KiB durably; it arrives at
	// least once.
	SendAccount(ctx context.Context, to types.Address, payload []byte) error
}

// JobMaker makes jobs that this node runs for an account.
type JobMaker interface {
	// Make prepares the job that a spec, opaque here, describes. adopt takes it
	// up once its transaction's id is known, before anybody signs.
	Make(ctx context.Context, spec []byte) (post *types.JobPost, adopt func(txid types.Hash) error, err error)
}

// Options set up a Manager. All but Post, Jobs, Clock and Log are required.
type Options struct {
	Params *consensus.Params
	Prefix string        // of addresses
	Self   types.Address // our identity: where members reach us
	Keys   Keys          // unlocked while Open runs
	Chain  wallet.Chain
	Store  wallet.Store // of this package alone; sealed before anything is written
	// OpenStore opens the store of one account's wallet, and RemoveStore
	// removes it after it was closed.
	OpenStore   func(AccountID) (wallet.Store, error)
	RemoveStore func(AccountID) error
	Post        Post     // nil: proposals travel as files
	Jobs        JobMaker // nil: no jobs
	Clock       func() time.Time
	Log         *slog.Logger
}

// Manager owns this wallet's shared accounts. It is safe for concurrent use.
//
// Under mu it calls the accounts' wallets for what they hold in memory, the
// keystore for signatures, and its own store; never the chain, members or jobs.
type Manager struct {
	params *consensus.Params
	prefix string
	self   types.Address
	keys   Keys
	chain  wallet.Chain
	open   func(AccountID) (wallet.Store, error)
	remove func(AccountID) error
	post   Post
	jobs   JobMaker
	clock  func() time.Time
	log    *slog.Logger
	wake   chan struct{}

	// proposing keeps quote and proposal together, so that two proposals made
	// at once do not choose the same coins. Taken before mu.
	proposing sync.Mutex
	// flushing keeps letters in order. Taken before mu.
	flushing sync.Mutex

	mu        sync.Mutex
	store     wallet.Store // guarded by mu, as is all below
	accounts  map[AccountID]*account
	broken    map[AccountID]*broken // that do not open
	proposals map[types.Hash]*proposal
	routines  map[RoutineID]*Routine
	outbox    []letter
	nextOut   uint64
	parked    map[string]parked // by row key
	parkedSeq int
	asked     map[string]time.Time // account ‖ member: when answered last
	closed    bool
	run       context.Context // while Run runs
	following sync.WaitGroup
	subs      map[chan struct{}]struct{}
}

// Rows, by the first byte of the key.
const (
	keyMeta     = "m"
	rowAccount  = 'a' // account id → record
	rowProposal = 'p' // txid → proposal
	rowRoutine  = 'r' // routine id → routine
	rowOut      = 'o' // number → address ‖ payload: on its way to a member
	rowParked   = 'e' // sender ‖ transfer or txid ‖ … → payload that waits for others
)

// Purpose is the label of the secret that the stored accounts are sealed with.
const Purpose = "accounts"

// Open loads the accounts from their store, or starts there. It owns the store
// from then on, also when it fails. Wallets begin to follow the chain with Run.
func Open(o Options) (*Manager, error) {
	secret, err := o.Keys.Purpose(Purpose)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("accounts: %w", err), o.Store.Close())
	}
	sealed, err := vault.New(o.Store, secret)
	if err != nil {
		return nil, errors.Join(err, o.Store.Close())
	}
	m := &Manager{
		params: o.Params, prefix: o.Prefix, self: o.Self, keys: o.Keys, chain: o.Chain, open: o.OpenStore, remove: o.RemoveStore,
		post: o.Post, jobs: o.Jobs, clock: o.Clock, log: o.Log, store: sealed, wake: make(chan struct{}, 1),
		accounts: make(map[AccountID]*account), broken: make(map[AccountID]*broken), proposals: make(map[types.Hash]*proposal), routines: make(map[RoutineID]*Routine),
		parked: make(map[string]parked), asked: make(map[string]time.Time), subs: make(map[chan struct{}]struct{}),
	}
	if m.clock == nil {
		m.clock = time.Now
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	if err := m.load(sealed); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// Close closes the stores. Run must have returned.
func (m *Manager) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	err := m.store.Close()
	for _, a := range m.accounts {
		err = errors.Join(err, a.wallet.Close())
	}
	return err
}

// Subscribe signals, coalesced, that something changed here.
func (m *Manager) Subscribe() (changed <-chan struct{}, cancel func()) {
	ch := make(chan struct{}, 1)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.subs[ch] = struct{}{}
	return ch, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.subs, ch)
	}
}

func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// load reads all rows. What is damaged of one account is left aside.
func (m *Manager) load(sealed *vault.Store) error {
	rows := make(map[string][]byte)
	damaged, err := sealed.LoadSound(func(key string, value []byte) error {
		rows[key] = slices.Clone(value)
		return nil
	})
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	meta := append(append([]byte{rowVersion}, m.params.ID[:]...), m.self[:]...)
	if damaged > 0 {
		m.log.Error("stored rows of shared accounts are damaged; descriptors bring accounts back", "rows", damaged)
	}
	if len(rows) == 0 || damaged > 0 && rows[keyMeta] == nil {
		rows[keyMeta] = meta
		if err := m.store.Commit([]wallet.Change{{Key: keyMeta, Value: meta}}); err != nil {
			return err
		}
	}
	if string(rows[keyMeta]) != string(meta) {
		return fmt.Errorf("%w: owner", ErrStored)
	}
	delete(rows, keyMeta)
	if err := m.loadAll(rows); err != nil {
		return err
	}
	for id := range m.accounts {
		m.hold(id)
	}
	return nil
}

func (m *Manager) loadRow(key string, value []byte) error {
	id, bad := []byte(key[1:]), fmt.Errorf("%w: row %x", ErrStored, key[:1])
	switch key[0] {
	case rowAccount:
		rec, err := decodeRecord(value)
		if err != nil {
			return err
		}
		if string(id) != string(idOf(rec)) {
			return bad
		}
		a, err := m.openAccount(rec)
		if err != nil {
			return err
		}
		m.accounts[a.id] = a
	case rowProposal:
		p, err := m.decodeProposal(value)
		if err != nil {
			return err
		}
		if string(id) != string(p.id[:]) {
			return bad
		}
		m.proposals[p.id] = p
	case rowRoutine:
		r, err := decodeRoutine(value)
		if err != nil {
			return err
		}
		if string(id) != string(r.ID[:]) || m.accounts[r.Account] == nil {
			return bad
		}
		m.routines[r.ID] = r
	case rowOut:
		r := types.NewReader(id)
		l := letter{number: r.Uint64()}
		if r.Done() != nil || len(value) < len(l.to) {
			return bad
		}
		l.to, l.payload = types.Address(value[:32]), value[32:]
		m.outbox, m.nextOut = append(m.outbox, l), l.number+1
	case rowParked:
		if len(id) < 64 {
			return bad
		}
		m.parked[key] = parked{value, m.parkedNext()}
	}
	return nil
}

func idOf(r *record) []byte { id := r.desc.ID(); return id[:] }

// openAccount opens an account's wallet.
func (m *Manager) openAccount(rec *record) (*account, error) {
	key, err := m.keys.SharedAccount(rec.index)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	me, ok := rec.desc.Member(key.Expression())
	if !ok {
		return nil, fmt.Errorf("%w: account %x", ErrNotMember, idOf(rec)[:4])
	}
	a := &account{id: rec.desc.ID(), record: rec, me: me, key: key}
	store, err := m.open(a.id)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	a.wallet, err = wallet.OpenAccount(m.chain, source{rec.desc}, store, wallet.Options{Params: m.params, Clock: m.clock, Log: m.log})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("accounts: %w", err), closeIf(store))
	}
	return a, nil
}

func closeIf(c io.Closer) error {
	if c == nil {
		return nil
	}
	return c.Close()
}

// change is rows to be written at once, and what to do in memory once they are.
// Whatever fails before has changed nothing.
type change struct {
	m    *Manager
	rows []wallet.Change
	then []func()
	sent uint64
	hold map[AccountID]bool
}

func (m *Manager) begin() *change { return &change{m: m, hold: make(map[AccountID]bool)} }

func (c *change) put(kind byte, id, value []byte, then func()) {
	c.rows = append(c.rows, wallet.Change{Key: string(kind) + string(id), Value: value})
	c.then = append(c.then, then)
}

// commit is called with mu held.
func (c *change) commit() error {
	if len(c.rows) == 0 {
		return nil
	}
	if c.m.closed {
		return wallet.ErrClosed
	}
	if err := c.m.store.Commit(c.rows); err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	for _, fn := range c.then {
		fn()
	}
	for id := range c.hold {
		c.m.hold(id)
	}
	signal(c.m.wake)
	for ch := range c.m.subs {
		signal(ch)
	}
	return nil
}

const (
	// tickEvery is how often things are looked at without a reason: expiry,
	// letters that could not be sent, a keystore unlocked meanwhile.
	tickEvery = time.Minute
)

// Run follows the chain for all accounts, sends what is to be sent, finishes
// proposals and runs routines, until ctx ends.
func (m *Manager) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changed, unsubscribe := m.chain.Subscribe()
	defer unsubscribe()
	m.mu.Lock()
	m.run = ctx
	for _, a := range m.accounts {
		m.follow(a)
	}
	m.mu.Unlock()
	defer func() {
		cancel()
		m.mu.Lock()
		m.run = nil
		m.mu.Unlock()
		m.following.Wait()
	}()
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		m.Tick(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		case <-m.wake:
		case <-tick.C:
		}
	}
}

// follow starts an account's wallet, while Run runs. Called with mu held.
func (m *Manager) follow(a *account) {
	if m.run == nil {
		return
	}
	ctx, cancel := context.WithCancel(m.run)
	done := make(chan struct{})
	a.stop = func() { cancel(); <-done }
	changed, unsubscribe := a.wallet.Subscribe()
	m.following.Add(2)
	go func() {
		defer m.following.Done()
		defer close(done)
		if err := a.wallet.Run(ctx); ctx.Err() == nil {
			m.log.Error("a shared account does not follow the chain any more", "account", a.id, "err", err)
		}
	}()
	go func() {
		defer m.following.Done()
		defer unsubscribe()
		for {
			select {
			case <-ctx.Done():
				return
			case <-changed:
				signal(m.wake)
			}
		}
	}()
}

// Tick does what is to be done now: Run calls it whenever something happened.
// Failures are logged and tried again.
func (m *Manager) Tick(ctx context.Context) {
	m.flush(ctx)
	m.finishAll(ctx)
	m.runRoutines(ctx)
	m.flush(ctx)
}
