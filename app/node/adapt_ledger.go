package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/wallet"
)

// ledger is the chain and the wallet as the market sees them. It keeps nothing
// but posts, which never change.
type ledger struct {
	chain  *chain.Manager
	wallet *wallet.Wallet

	mu sync.Mutex
	// guarded by mu:
	posts map[types.Hash]*types.JobPost
}

var _ tasks.Ledger = (*ledger)(nil)

// maxPosts bounds the posts in memory; when full they are read again.
const maxPosts = 4096

func newLedger(c *chain.Manager, w *wallet.Wallet) *ledger {
	return &ledger{chain: c, wallet: w, posts: make(map[types.Hash]*types.JobPost)}
}

// Height implements tasks.Ledger.
func (l *ledger) Height() uint32 { return l.chain.Tip().Height }

// TipTime implements tasks.Ledger.
func (l *ledger) TipTime() time.Time { return l.chain.Params().SlotTime(l.chain.Tip().Slot) }

// jobRow is a row of the job table with its key.
type jobRow struct {
	id  types.Hash
	job *consensus.Job
}

// OpenJobs implements tasks.Ledger.
func (l *ledger) OpenJobs() ([]tasks.JobState, error) {
	var rows []jobRow
	err := l.chain.View(func(_ consensus.State, r consensus.Rows) error {
		return r.Scan(consensus.TableJob, nil, func(key, value []byte) (bool, error) {
			j, err := consensus.DecodeJob(value)
			if err == nil && !j.Ended {
				rows = append(rows, jobRow{types.Hash(key), j})
			}
			return true, err
		})
	})
	if err != nil {
		return nil, err
	}
	var out []tasks.JobState
	for _, row := range rows {
		s, err := l.state(row)
		if errors.Is(err, chain.ErrUnknownTx) {
			continue // a reorganisation took it back since the rows were read
		}
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	for _, e := range l.chain.PoolTxs() {
		if post := postOf(e.Tx); post != nil {
			out = append(out, waiting(e, post))
		}
	}
	return out, nil
}

// postOf is the job post that a transaction carries, nil when it carries none.
func postOf(tx *types.Tx) *types.JobPost {
	if len(tx.Payload) == 0 || types.Kind(tx.Payload[0]) != types.KindJobPost {
		return nil
	}
	rec, err := types.DecodeRecord(tx.Payload)
	if err != nil {
		return nil
	}
	return rec.(*types.JobPost)
}

func waiting(e *chain.PoolEntry, post *types.JobPost) tasks.JobState {
	return tasks.JobState{Standing: tasks.Waiting, Job: tasks.Job{ID: e.ID, Author: e.Author, Post: *post, Bids: post.Bid}}
}

// post reads the post of a job on the chain.
func (l *ledger) post(id types.Hash) (*types.JobPost, error) {
	l.mu.Lock()
	p := l.posts[id]
	l.mu.Unlock()
	if p != nil {
		return p, nil
	}
	tx, _, err := l.chain.Transaction(id)
	if err != nil {
		return nil, err
	}
	if p = postOf(tx); p == nil {
		return nil, fmt.Errorf("%w: transaction %v posts no job", consensus.ErrCorrupt, id)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.posts) >= maxPosts {
		clear(l.posts)
	}
	l.posts[id] = p
	return p, nil
}

// state joins a row with its post.
func (l *ledger) state(row jobRow) (s tasks.JobState, err error) {
	post, err := l.post(row.id)
	if err != nil {
		return s, err
	}
	j := row.job
	s = tasks.JobState{Standing: tasks.Open, Job: tasks.Job{ID: row.id, Author: j.Author, Post: *post, Bids: j.Bids, Scored: j.Scored,
		Height: j.Posted, EndHeight: j.End}}
	if j.Ended {
		// An ended job's row holds how long it takes tickets (PROTOCOL §5).
		s.Standing, s.EndHeight = tasks.Ended, j.End-consensus.ScoreGrace
		s.Completed, err = l.completedAt(row.id, s.EndHeight)
	}
	return s, err
}

// completedAt reports whether the block at height completes the job; otherwise
// the job's time ended there.
func (l *ledger) completedAt(id types.Hash, height uint32) (bool, error) {
	records, err := l.chain.Records(types.ChainWork, height, 1)
	for _, r := range records {
		if r.Height != height || r.Kind != types.KindCompletion {
			continue
		}
		if rec, err := types.DecodeRecord(r.Payload); err == nil && rec.(*types.Completion).Job == id {
			return true, nil
		}
	}
	return false, err
}

// Job implements tasks.Ledger.
func (l *ledger) Job(id types.Hash) (tasks.JobState, error) {
	var row *consensus.Job
	err := l.chain.View(func(_ consensus.State, r consensus.Rows) (err error) {
		row, err = consensus.ReadJob(r, id)
		return err
	})
	if err != nil {
		return tasks.JobState{}, err
	}
	if row != nil {
		s, err := l.state(jobRow{id, row})
		if !errors.Is(err, chain.ErrUnknownTx) {
			return s, err
		}
	}
	for _, e := range l.chain.PoolTxs() {
		if e.ID == id {
			if post := postOf(e.Tx); post != nil {
				return waiting(e, post), nil
			}
		}
	}
	return tasks.JobState{}, fmt.Errorf("%w: %v", tasks.ErrUnknownJob, id)
}

// Scores implements tasks.Ledger.
func (l *ledger) Scores(job types.Hash) (map[types.Address]types.Amount, error) {
	out := make(map[types.Address]types.Amount)
	err := l.chain.View(func(_ consensus.State, rows consensus.Rows) error {
		return rows.Scan(consensus.TableJobScore, job[:], func(key, value []byte) (bool, error) {
			if !bytes.HasPrefix(key, job[:]) {
				return false, nil
			}
			a := types.Address(key[len(job):])
			score, err := consensus.ReadJobScore(rows, job, a)
			out[a] = score
			return true, err
		})
	})
	return out, err
}

// Pending implements tasks.Ledger.
func (l *ledger) Pending(tx types.Hash) bool { return l.chain.PoolTx(tx) != nil }

// Subscribe implements tasks.Ledger.
func (l *ledger) Subscribe() (<-chan struct{}, func()) { return l.chain.Subscribe() }

// PostJob implements tasks.Ledger.
func (l *ledger) PostJob(ctx context.Context, post types.JobPost) (types.Hash, error) {
	return l.wallet.SendRecord(ctx, &post, wallet.RecordOptions{Label: labelFrom(ctx)})
}

// Raise implements tasks.Ledger.
func (l *ledger) Raise(ctx context.Context, job types.Hash, added types.Amount) (types.Hash, error) {
	return l.wallet.SendRecord(ctx, &types.BidRaise{Job: job, Added: added}, wallet.RecordOptions{})
}

// Complete implements tasks.Ledger.
func (l *ledger) Complete(ctx context.Context, job types.Hash) (types.Hash, error) {
	id, err := l.wallet.SendRecord(ctx, &types.Completion{Job: job}, wallet.RecordOptions{})
	return id, coinsWait(err, l.wallet.Balance())
}

// SubmitReport implements tasks.Ledger.
func (l *ledger) SubmitReport(ctx context.Context, report *types.ScoreReport) (types.Hash, error) {
	id, err := l.wallet.SendRecord(ctx, report, wallet.RecordOptions{})
	return id, coinsWait(err, l.wallet.Balance())
}

// coinsWait adds tasks.ErrCoinsWait to a lack of coins that a block ends: change
// and income that are not in one yet.
func coinsWait(err error, b wallet.Balance) error {
	var short *wallet.FundsError
	coming := b.Change + b.PendingIn
	if errors.As(err, &short) && coming > 0 && b.Confirmed-b.Frozen+coming >= short.Needed {
		return fmt.Errorf("%w: %w", tasks.ErrCoinsWait, err)
	}
	return err
}

// labelKey is the context key of the label that a post's transaction gets: it
// is the owner's note, which the market has no use for.
type labelKey struct{}

func withLabel(ctx context.Context, label string) context.Context {
	return context.WithValue(ctx, labelKey{}, label)
}

func labelFrom(ctx context.Context) string {
	label, _ := ctx.Value(labelKey{}).(string)
	return label
}
