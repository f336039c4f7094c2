package accounts

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/keys"
)

var (
	ann = chaintest.NewKey("ann")
	ben = chaintest.NewKey("ben") // no wallet: paid
)

// world is a chain, its people, and the post between them.
type world struct {
	t       testing.TB
	gen     *chaintest.Generator
	mgr     *chain.Manager
	now     time.Time
	rnd     *rand.Rand
	people  []*person
	mail    []mail
	lossy   bool // letters come twice, and in any order
	refuse  int  // how many letters Post refuses to take
	closed  bool // the node refuses all transactions
	offered int  // that it was offered while closed
	tampers []func(m *mail)
}

type mail struct {
	from, to types.Address
	payload  []byte
}

func newWorld(t testing.TB, change func(*consensus.Params)) *world {
	t.Helper()
	g := chaintest.New(t, chaintest.Params([]string{ann.Name}, change))
	g.AuditEvery(1 << 30)
	late := time.Unix(g.Params.GenesisTime+1<<30, 0)
	m, err := chain.Open(g.Params, chain.NewMemStore(), chain.Options{Clock: func() time.Time { return late }})
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, gen: g, mgr: m, now: time.Unix(1_700_000_000, 0), rnd: rand.New(rand.NewPCG(1, 2))}
}

// UpdatesSince and the methods below adapt the manager to wallet.Chain.
func (w *world) UpdatesSince(pos types.Hash, max int) (revert, apply []wallet.Block, err error) {
	r, a, err := w.mgr.UpdatesSince(pos, max)
	if errors.Is(err, chain.ErrUnknownBlock) {
		err = wallet.ErrUnknownPosition
	}
	return blocks(r), blocks(a), err
}

func blocks(us []chain.BlockUpdate) (out []wallet.Block) {
	for _, u := range us {
		out = append(out, wallet.Block{Block: u.Block, Hash: u.Hash, Update: u.Update})
	}
	return out
}

func (w *world) PoolSince(seq uint64) (added []wallet.PoolTx, removed []types.Hash, next uint64) {
	entries, removed, next := w.mgr.PoolSince(seq)
	for _, e := range entries {
		added = append(added, wallet.PoolTx{Tx: e.Tx, Fee: e.Fee})
	}
	return added, removed, next
}

func (w *world) PoolTx(id types.Hash) *types.Tx { return w.mgr.PoolTx(id) }

func (w *world) AddTx(tx *types.Tx) error {
	if w.closed {
		w.offered++
		return fmt.Errorf("%w: closed", wallet.ErrUnfit)
	}
	err := w.mgr.AddTx(tx)
	if errors.Is(err, chain.ErrRejected) && !errors.Is(err, chain.ErrMissingInputs) {
		err = fmt.Errorf("%w: %w", wallet.ErrUnfit, err)
	}
	return err
}

func (w *world) FeeRate(int) types.Amount             { return 1 }
func (w *world) Subscribe() (<-chan struct{}, func()) { return w.mgr.Subscribe() }

// mine makes n blocks; the first holds the pool.
func (w *world) mine(n int) {
	w.t.Helper()
	for range n {
		var txs []*types.Tx
		for _, e := range w.mgr.PoolTxs() {
			txs = append(txs, e.Tx)
		}
		w.mineOnly(txs...)
	}
	w.sync()
}

func (w *world) mineOnly(txs ...*types.Tx) {
	w.t.Helper()
	if err := w.mgr.AddBlock(w.gen.Extend(txs...)); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) pay(a types.Address, amounts ...types.Amount) {
	w.t.Helper()
	var to []consensus.Payment
	for _, amount := range amounts {
		to = append(to, consensus.Payment{Address: a, Amount: amount})
	}
	if err := w.mgr.AddTx(w.gen.Tx(chaintest.Spec{From: ann, To: to})); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) sync() {
	w.t.Helper()
	for _, p := range w.people {
		if err := p.Sync(context.Background()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// person is a member with a manager of their own.
type person struct {
	*Manager
	w       *world
	keys    *keys.Keystore
	self    types.Address
	store   *wallet.MemStore
	wallets map[AccountID]*wallet.MemStore
	words   keys.Words
	jobs    JobMaker
	away    bool
	line    string
}

// SendAccount implements Post.
func (p *person) SendAccount(_ context.Context, to types.Address, payload []byte) error {
	if len(payload) > maxPayload {
		p.w.t.Errorf("a message of %d bytes", len(payload))
	}
	if p.w.refuse > 0 {
		p.w.refuse--
		return errors.New("the disk is full")
	}
	m := mail{p.self, to, payload}
	for _, tamper := range p.w.tampers {
		tamper(&m)
	}
	p.w.mail = append(p.w.mail, m)
	return nil
}

func (w *world) person() *person {
	w.t.Helper()
	words, err := keys.NewWords(12)
	if err != nil {
		w.t.Fatal(err)
	}
	p := &person{w: w, words: words, store: wallet.NewMemStore(), wallets: make(map[AccountID]*wallet.MemStore)}
	p.start()
	if _, p.line, err = p.Key(); err != nil {
		w.t.Fatal(err)
	}
	w.people = append(w.people, p)
	return p
}

// start opens keystore and manager, as a program that starts does: secret
// nonces of an earlier life are gone.
func (p *person) start() {
	t := p.w.t
	t.Helper()
	var err error
	path := filepath.Join(t.TempDir(), "keystore")
	p.keys, err = keys.Create(path, p.words, "", 1, []byte("pass"), keys.Options{Argon2: keys.LightArgon2(), Weak: true})
	if err != nil {
		t.Fatal(err)
	}
	id, err := p.keys.Identity()
	if err != nil {
		t.Fatal(err)
	}
	p.self = id.Address()
	p.Manager, err = Open(Options{
		Params: p.w.gen.Params, Prefix: "ct", Self: p.self, Keys: p.keys, Chain: p.w, Store: p.store,
		OpenStore: func(id AccountID) (wallet.Store, error) {
			if p.wallets[id] == nil {
				p.wallets[id] = wallet.NewMemStore()
			}
			return p.wallets[id], nil
		},
		RemoveStore: func(id AccountID) error { delete(p.wallets, id); return nil },
		Post:        p, Jobs: p.jobs, Clock: func() time.Time { return p.w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// team makes n people with one account that has confirmed coins.
func (w *world) team(n, required int, coins ...types.Amount) (AccountID, []*person) {
	w.t.Helper()
	var lines []string
	for range n {
		lines = append(lines, w.person().line)
	}
	var id AccountID
	for i, p := range w.people {
		// Everybody has the lines in another order.
		mine := append(append([]string{}, lines[i:]...), lines[:i]...)
		a, err := p.Create("Till", required, mine)
		if err != nil {
			w.t.Fatal(err)
		}
		if i > 0 && a.ID != id {
			w.t.Fatal("members have different accounts")
		}
		id = a.ID
	}
	for _, p := range w.people {
		p.flush(context.Background())
	}
	w.mail = nil // they asked each other, and nobody had anything yet
	if len(coins) > 0 {
		w.pay(w.people[0].account(id).Address, coins...)
		w.mine(1)
	}
	return id, w.people
}

func (p *person) account(id AccountID) Account {
	p.w.t.Helper()
	a, err := p.Account(id)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return a
}

// deliver hands out one letter; false when none is there for anybody here.
func (w *world) deliver() bool {
	w.t.Helper()
	for try := range w.mail {
		i := try
		if w.lossy {
			i = w.rnd.IntN(len(w.mail))
		}
		m := w.mail[i]
		to := w.at(m.to)
		if to == nil || to.away {
			continue
		}
		if !w.lossy || w.rnd.IntN(3) > 0 {
			w.mail = append(w.mail[:i:i], w.mail[i+1:]...)
		}
		if err := to.HandleAccount(context.Background(), m.from, m.payload); err != nil {
			w.t.Fatalf("a letter was not taken: %v", err)
		}
		return true
	}
	return false
}

func (w *world) at(a types.Address) *person {
	for _, p := range w.people {
		if p.self == a {
			return p
		}
	}
	return nil
}

// settle lets everything happen that can happen without a new block.
func (w *world) settle() {
	w.t.Helper()
	for quiet, round := 0, 0; quiet < 2; round++ {
		if round > 3000 {
			w.t.Fatal("it never ends")
		}
		quiet++
		for w.deliver() {
			quiet = 0
		}
		for _, p := range w.people {
			if !p.away {
				before := len(w.mail)
				if err := p.Sync(context.Background()); err != nil {
					w.t.Fatal(err)
				}
				p.Tick(context.Background())
				if len(w.mail) != before {
					quiet = 0
				}
			}
		}
	}
}

func (p *person) propose(id AccountID, amount types.Amount) Proposal {
	p.w.t.Helper()
	d, err := p.Propose(context.Background(), Request{Account: id, Note: "rent",
		Outputs: []wallet.Output{{Address: ben.Address(), Amount: amount}}})
	if err != nil {
		p.w.t.Fatal(err)
	}
	return d
}

func (p *person) sign(id types.Hash) Proposal {
	p.w.t.Helper()
	d, err := p.Sign(context.Background(), id, id)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return d
}

func (p *person) see(id types.Hash) Proposal {
	p.w.t.Helper()
	d, err := p.Proposal(id)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return d
}

// wantState checks where a proposal stands for all who are here.
func (w *world) wantState(id types.Hash, want State) {
	w.t.Helper()
	for i, p := range w.people {
		if d := p.see(id); !p.away && d.State != want {
			w.t.Errorf("person %d: %s, want %s; signed %d, round %d, attempt %d, why %v, members %+v", i, d.State, want, d.Signed, d.Round, d.Attempt, d.Why, states(d))
		}
	}
}

func states(d Proposal) (out []string) {
	for _, m := range d.Members {
		out = append(out, fmt.Sprintf("%s (%s)", m.State, m.Note))
	}
	return out
}

func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", what, err, want)
	}
}
