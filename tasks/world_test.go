package tasks

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"supercomputing/chain/types"
)

var testNet = types.NetworkID{7}

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

// world is a chain in memory with the scoring rules of PROTOCOL §5: blocks,
// a pool, reorganisations. State is always replayed from the first block.
type world struct {
	t testing.TB

	mu     sync.Mutex
	blocks [][]worldTx
	pool   []worldTx
	state  map[types.Hash]*worldJob // after the last block; nil: replay
	serial uint64
	subs   map[chan struct{}]bool
	fail   error     // what wallets answer instead of submitting
	made   time.Time // when the last block was

	// keep: nothing ever scores more than its bids, and the recorded score of
	// each address is its newest ticket at most
	submitted map[types.Hash]int // score reports per job
}

type worldTx struct {
	id     types.Hash
	author types.Address
	rec    types.Record
}

type worldJob struct {
	JobState
	scores map[types.Address]types.Amount
}

func newWorld(t testing.TB) *world {
	return &world{t: t, subs: make(map[chan struct{}]bool), submitted: make(map[types.Hash]int)}
}

// replay works all blocks out again.
func (w *world) replay() map[types.Hash]*worldJob {
	jobs := make(map[types.Hash]*worldJob)
	for i, block := range w.blocks {
		advance(jobs, uint32(i+1))
		for _, tx := range block {
			if err := w.apply(jobs, uint32(i+1), tx); err != nil {
				w.t.Errorf("block %d holds an invalid transaction: %v", i+1, err)
			}
		}
	}
	return jobs
}

// advance ends and forgets jobs, before a block's transactions.
func advance(jobs map[types.Hash]*worldJob, height uint32) {
	for id, j := range jobs {
		if j.Standing == Open && height > j.EndHeight {
			j.Standing = Ended
		}
		if j.Standing == Ended && height > j.EndHeight+ScoreGrace {
			delete(jobs, id)
		}
	}
}

// tip is the state after the last block.
func (w *world) tip() map[types.Hash]*worldJob {
	if w.state == nil {
		w.state = w.replay()
	}
	return w.state
}

var errInvalid = errors.New("invalid transaction")

// apply checks and applies one transaction.
func (w *world) apply(jobs map[types.Hash]*worldJob, height uint32, tx worldTx) error {
	bad := func(why string) error { return fmt.Errorf("%w: %s", errInvalid, why) }
	switch rec := tx.rec.(type) {
	case *types.JobPost:
		jobs[tx.id] = &worldJob{
			JobState: JobState{Standing: Open, Job: Job{
				ID: tx.id, Author: tx.author, Post: *rec, Bids: rec.Bid, Height: height, EndHeight: height + rec.Duration,
			}},
			scores: make(map[types.Address]types.Amount),
		}
	case *types.BidRaise:
		j := jobs[rec.Job]
		if j == nil || j.Standing != Open || j.Author != tx.author {
			return bad("raise")
		}
		j.Bids += rec.Added
		j.EndHeight = height + j.Post.Duration
	case *types.Completion:
		j := jobs[rec.Job]
		if j == nil || j.Standing != Open || j.Author != tx.author && j.Signer() != tx.author {
			return bad("completion")
		}
		j.Standing, j.Completed, j.EndHeight = Ended, true, height
	case *types.ScoreReport:
		return w.applyReport(jobs[rec.Job], height, tx.author, rec)
	}
	return nil
}

func (w *world) applyReport(j *worldJob, height uint32, author types.Address, rec *types.ScoreReport) error {
	switch {
	case j == nil:
		return fmt.Errorf("%w: unknown job", errInvalid)
	case height == j.Height:
		return fmt.Errorf("%w: scored in its own block", errInvalid)
	case rec.Ticketed == (author == j.Signer()):
		return fmt.Errorf("%w: ticket form", errInvalid)
	case j.Standing == Ended && !rec.Ticketed:
		return fmt.Errorf("%w: closed", errInvalid)
	case len(rec.Entries) == 0 || len(rec.Entries) > types.MaxScoreEntries:
		return fmt.Errorf("%w: %d entries", errInvalid, len(rec.Entries))
	}
	for i, e := range rec.Entries {
		if i > 0 && !rec.Entries[i-1].Address.Less(e.Address) {
			return fmt.Errorf("%w: order", errInvalid)
		}
		if rec.Ticketed {
			if err := (Ticket{e.Cumulative, e.Ticket}).verify(testNet, j.Signer(), j.ID, e.Address); err != nil {
				return fmt.Errorf("%w: %w", errInvalid, err)
			}
		}
		d := min(e.Cumulative-j.scores[e.Address], j.Bids-j.Scored)
		if d >= types.MinScore {
			j.scores[e.Address] += d
			j.Scored += d
		}
	}
	if j.Scored > j.Bids {
		w.t.Errorf("job scored %v of %v", j.Scored, j.Bids)
	}
	return nil
}

// mine makes n blocks; what is invalid leaves the pool.
func (w *world) mine(n int) {
	w.mu.Lock()
	for range n {
		jobs, height := w.tip(), uint32(len(w.blocks)+1)
		advance(jobs, height)
		var block []worldTx
		for _, tx := range w.pool {
			if w.apply(jobs, height, tx) == nil {
				block = append(block, tx)
			}
		}
		w.blocks, w.pool = append(w.blocks, block), nil
	}
	w.made = time.Now()
	w.mu.Unlock()
	w.notify()
}

// reorganise takes back n blocks; their transactions return to the pool, or are
// lost.
func (w *world) reorganise(n int, lose bool) {
	w.mu.Lock()
	cut := len(w.blocks) - n
	var back []worldTx
	for _, b := range w.blocks[cut:] {
		back = append(back, b...)
	}
	w.blocks, w.state = w.blocks[:cut], nil
	if !lose {
		w.pool = append(back, w.pool...)
	}
	w.mu.Unlock()
	w.notify()
}

func (w *world) notify() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch := range w.subs {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

func (w *world) job(id types.Hash) (JobState, map[types.Address]types.Amount) {
	w.mu.Lock()
	defer w.mu.Unlock()
	j := w.tip()[id]
	if j == nil {
		return JobState{}, nil
	}
	return j.JobState, maps.Clone(j.scores)
}

// wallet is one participant's view: a Ledger.
type wallet struct {
	*world
	self types.Address
}

func (w *world) wallet(k key) wallet { return wallet{w, k.Address()} }

func (w wallet) Height() uint32 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return uint32(len(w.blocks))
}

func (w wallet) TipTime() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.made
}

func (w wallet) OpenJobs() ([]JobState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []JobState
	for _, j := range w.tip() {
		if j.Standing == Open {
			out = append(out, j.JobState)
		}
	}
	for _, tx := range w.pool {
		if p, ok := tx.rec.(*types.JobPost); ok {
			out = append(out, waiting(tx, p))
		}
	}
	return out, nil
}

func waiting(tx worldTx, p *types.JobPost) JobState {
	return JobState{Standing: Waiting, Job: Job{ID: tx.id, Author: tx.author, Post: *p, Bids: p.Bid}}
}

func (w wallet) Job(id types.Hash) (JobState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if j := w.tip()[id]; j != nil {
		return j.JobState, nil
	}
	for _, tx := range w.pool {
		if p, ok := tx.rec.(*types.JobPost); ok && tx.id == id {
			return waiting(tx, p), nil
		}
	}
	return JobState{}, ErrUnknownJob
}

func (w wallet) Scores(id types.Hash) (map[types.Address]types.Amount, error) {
	_, scores := w.job(id)
	return scores, nil
}

func (w wallet) Pending(tx types.Hash) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.pool, func(t worldTx) bool { return t.id == tx })
}

// submit puts a record into the pool, as a wallet does: only if it is valid in
// the next block after what waits there.
func (w wallet) submit(rec types.Record) (types.Hash, error) {
	id, err := w.add(rec)
	if err == nil {
		w.notify()
	}
	return id, err
}

func (w wallet) add(rec types.Record) (types.Hash, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fail != nil {
		return types.Hash{}, w.fail
	}
	w.serial++
	var id types.Hash
	binary.BigEndian.PutUint64(id[:], w.serial)
	copy(id[8:], w.self[:8])
	tx := worldTx{id, w.self, rec}
	height := uint32(len(w.blocks) + 1)
	jobs := make(map[types.Hash]*worldJob) // a copy to try it on
	for id, j := range w.tip() {
		jobs[id] = &worldJob{j.JobState, maps.Clone(j.scores)}
	}
	advance(jobs, height)
	for _, p := range w.pool {
		if _, post := p.rec.(*types.JobPost); !post {
			w.apply(jobs, height, p)
		}
	}
	if err := w.apply(jobs, height, tx); err != nil {
		return types.Hash{}, err
	}
	if r, ok := rec.(*types.ScoreReport); ok {
		w.submitted[r.Job]++
	}
	w.pool = append(w.pool, tx)
	return id, nil
}

func (w wallet) PostJob(_ context.Context, post types.JobPost) (types.Hash, error) {
	return w.submit(&post)
}

func (w wallet) Raise(_ context.Context, job types.Hash, added types.Amount) (types.Hash, error) {
	return w.submit(&types.BidRaise{Job: job, Added: added})
}

func (w wallet) Complete(_ context.Context, job types.Hash) (types.Hash, error) {
	return w.submit(&types.Completion{Job: job})
}

func (w wallet) SubmitReport(_ context.Context, r *types.ScoreReport) (types.Hash, error) {
	return w.submit(r)
}

func (w wallet) Subscribe() (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.subs[ch] = true
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.subs, ch)
	}
}

// The double itself obeys the rules that the tests rely on.
func TestWorld(t *testing.T) {
	w := newWorld(t)
	author, node := newKey(1), newKey(2)
	aw, nw := w.wallet(author), w.wallet(node)
	post := types.JobPost{Duration: 5, Bid: types.Coin}
	id, err := aw.PostJob(t.Context(), post)
	if err != nil {
		t.Fatal(err)
	}
	w.mine(1)
	tk, err := signTicket(author, testNet, id, node.Address(), types.Coin/2)
	if err != nil {
		t.Fatal(err)
	}
	report := &types.ScoreReport{Job: id, Ticketed: true, Entries: []types.ScoreEntry{{Address: node.Address(), Cumulative: tk.Cumulative, Ticket: tk.Signature}}}
	for range 2 {
		if _, err := nw.SubmitReport(t.Context(), report); err != nil {
			t.Fatal(err)
		}
		w.mine(1)
	}
	if j, s := w.job(id); j.Scored != types.Coin/2 || s[node.Address()] != types.Coin/2 {
		t.Fatalf("scored %v", j.Scored)
	}
	w.reorganise(2, true)
	if j, _ := w.job(id); j.Scored != 0 {
		t.Fatalf("scored %v after the reorganisation", j.Scored)
	}
	w.mine(6)
	if _, err := aw.SubmitReport(t.Context(), &types.ScoreReport{Job: id, Entries: report.Entries}); !errors.Is(err, errInvalid) {
		t.Fatalf("author's report of an expired job: %v", err)
	}
	report.Entries[0].Ticket[0] ^= 1
	if _, err := nw.SubmitReport(t.Context(), report); !errors.Is(err, errInvalid) {
		t.Fatalf("bad ticket: %v", err)
	}
	if !bytes.Equal(id[8:16], aw.self[:8]) {
		t.Fatal("id")
	}
}
