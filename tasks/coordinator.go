package tasks

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"supercomputing/chain/types"
	"supercomputing/tasks/journal"
)

// CoordinatorOptions configure a Coordinator. What has no default is required.
type CoordinatorOptions struct {
	Network types.NetworkID
	Signer  Signer
	Ledger  Ledger
	Dapps   []Dapp
	Dir     string       // its own folder, made when missing
	Log     *slog.Logger // default: none
	// Withdrawn, when given, is told of posts that were prepared for another's
	// job that will not come, so that what was published for them can go. It is
	// called after a restart again if that came in between.
	Withdrawn func(post types.JobPost)

	Lease         time.Duration // how long a silent node keeps its place, default 10 min
	TicketStep    types.Amount  // least step of a ticket, default and minimum types.MinScore
	ReportBlocks  uint32        // blocks between score reports, default 24
	ReportAmount  types.Amount  // unreported score that is reported at once, default 1 coin
	ClosingBlocks uint32        // before a job's end everything is reported, default 6
	MaxSessions   int           // default 256
	MaxNodes      int           // places of one job, default and at most types.MaxScoreEntries
	MessageMemory int64         // bytes of large messages held at a time, default 64 MiB
}

func (o *CoordinatorOptions) setDefaults() {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	setDefault(&o.Lease, 10*time.Minute)
	setDefault(&o.ReportBlocks, 24)
	setDefault(&o.ReportAmount, types.Coin)
	setDefault(&o.ClosingBlocks, 6)
	setDefault(&o.MaxSessions, 256)
	setDefault(&o.MaxNodes, types.MaxScoreEntries)
	setDefault(&o.MessageMemory, 64<<20)
	o.TicketStep = max(o.TicketStep, types.MinScore)
	o.MessageMemory = max(o.MessageMemory, 4+MaxMessage)
}

func setDefault[T int | uint32 | int64 | time.Duration | types.Amount](p *T, v T) {
	if *p <= 0 {
		*p = v
	}
}

// Coordinator is the requester's side of this wallet's own jobs: it admits
// nodes, passes their messages to the dapp, promises what they earn in tickets,
// reports scores to the chain and completes jobs. All of it is on disk before
// it counts, so that it continues after a crash at any point.
type Coordinator struct {
	opt    CoordinatorOptions
	dapps  map[types.Hash]Dapp
	memory *semaphore.Weighted
	posted chan struct{} // there are jobs that Run has not started

	mu       sync.Mutex // guards what follows
	jobs     map[types.Hash]*ownJob
	sessions int
}

// NewCoordinator reads the jobs on disk. A folder that cannot be read fails it:
// continuing without what was promised to nodes could promise it twice.
func NewCoordinator(opt CoordinatorOptions) (*Coordinator, error) {
	opt.setDefaults()
	if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("jobs folder: %w", err)
	}
	c := &Coordinator{
		opt: opt, dapps: dappsByID(opt.Dapps),
		memory: semaphore.NewWeighted(opt.MessageMemory),
		posted: make(chan struct{}, 1),
		jobs:   make(map[types.Hash]*ownJob),
	}
	dirs, err := os.ReadDir(opt.Dir)
	if err != nil {
		return nil, fmt.Errorf("jobs folder: %w", err)
	}
	for _, d := range dirs {
		id, err := types.Hash{}, error(nil)
		if raw, herr := hex.DecodeString(d.Name()); herr == nil && len(raw) == len(id) {
			copy(id[:], raw)
			err = c.load(id)
		}
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Coordinator) load(id types.Hash) error {
	j, err := openOwnJob(c, id)
	if err != nil {
		return err
	}
	c.jobs[id] = j
	return nil
}

// jobDir is the folder of a job, named by the id's bytes in order.
func jobDir(dir string, id types.Hash) string { return filepath.Join(dir, hex.EncodeToString(id[:])) }

// Run works on all own jobs, those posted later too, until ctx is done.
func (c *Coordinator) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	drafts := time.NewTicker(time.Minute)
	defer drafts.Stop()
	started := make(map[*ownJob]bool)
	for {
		c.adoptDrafts()
		c.loadOrphans()
		for _, j := range c.all() {
			if !started[j] {
				started[j] = true
				wg.Go(func() {
					j.run(ctx)
					c.forgetDropped(j)
				})
			}
		}
		select {
		case <-c.posted:
		case <-drafts.C:
		case <-ctx.Done():
			return nil
		}
	}
}

func (c *Coordinator) all() []*ownJob {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make([]*ownJob, 0, len(c.jobs))
	for _, j := range c.jobs {
		out = append(out, j)
	}
	return out
}

func (c *Coordinator) job(id types.Hash) *ownJob {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.jobs[id]
}

// The folder of a job that is being posted: its post, and the dapp's folder.
const (
	draftPrefix = "draft-"
	draftPost   = "post"
	workFolder  = "work"
	draftLife   = 24 * time.Hour
)

// Post pays for a job and starts to coordinate it. prepare, when given, first
// fills the dapp's folder; what it leaves must not contain the folder's path,
// since the folder moves when the job's id is known. Run works on the job.
//
// A crash in the middle loses nothing: the draft on disk finds its job again
// on the chain.
func (c *Coordinator) Post(ctx context.Context, post types.JobPost, prepare func(dir string) error) (types.Hash, error) {
	if c.dapps[post.Dapp] == nil {
		return types.Hash{}, fmt.Errorf("%w: %v", ErrUnknownDapp, post.Dapp)
	}
	d := draftState{JobPost: post}
	draft, err := c.newDraft(d, prepare)
	if err != nil {
		return types.Hash{}, fmt.Errorf("post job: %w", err)
	}
	id, err := c.opt.Ledger.PostJob(ctx, post)
	if err != nil {
		// After PostJob has paid, only moving the folder can have failed:
		// then the draft stays and is adopted later.
		if id == (types.Hash{}) {
			os.RemoveAll(draft)
		}
		return id, fmt.Errorf("post job: %w", err)
	}
	if err := c.adopt(draft, id, d); err != nil {
		return id, err
	}
	c.wakeRun()
	return id, nil
}

// wakeRun makes Run look for jobs that it has not started.
func (c *Coordinator) wakeRun() {
	select {
	case c.posted <- struct{}{}:
	default:
	}
}

// draftState is what a draft keeps of a job: its post, and for a job that
// another posts, who that is and how long its transaction may take.
type draftState struct {
	types.JobPost
	Author types.Address // zero: this node
	Until  time.Time     // zero: it was not adopted
}

// newDraft makes the folder of a job that has no id yet.
func (c *Coordinator) newDraft(d draftState, prepare func(dir string) error) (draft string, err error) {
	draft = filepath.Join(c.opt.Dir, draftPrefix+rand.Text())
	defer func() {
		if err != nil {
			os.RemoveAll(draft)
		}
	}()
	work := filepath.Join(draft, workFolder)
	if err := os.MkdirAll(work, 0o700); err != nil {
		return draft, err
	}
	if prepare != nil {
		if err := prepare(work); err != nil {
			return draft, err
		}
	}
	if err := journal.Save(filepath.Join(draft, draftPost), d); err != nil {
		return draft, err
	}
	return draft, journal.SyncDir(c.opt.Dir)
}

// adopt makes a draft the job id.
func (c *Coordinator) adopt(draft string, id types.Hash, d draftState) error {
	dir := jobDir(c.opt.Dir, id)
	if err := os.Rename(draft, dir); err != nil {
		return fmt.Errorf("adopt job %v: %w", id, err)
	}
	if err := journal.SyncDir(c.opt.Dir); err != nil {
		return err
	}
	j, err := newOwnJob(c, id, d)
	if err != nil {
		return fmt.Errorf("adopt job %v: %w", id, err)
	}
	os.Remove(filepath.Join(dir, draftPost)) // the journal has it; staying is harmless
	c.mu.Lock()
	defer c.mu.Unlock()
	c.jobs[id] = j
	return nil
}

// loadOrphans takes up paid jobs whose folder has its name and no journal, since
// the disk was full just then. Post may be at work on a younger one right now.
func (c *Coordinator) loadOrphans() {
	posts, err := filepath.Glob(filepath.Join(c.opt.Dir, "*", draftPost))
	if err != nil {
		return
	}
	for _, post := range posts {
		var id types.Hash
		raw, err := hex.DecodeString(filepath.Base(filepath.Dir(post)))
		info, serr := os.Stat(post)
		if err != nil || len(raw) != len(id) || serr != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		copy(id[:], raw)
		if c.job(id) != nil {
			continue
		}
		j, err := openOwnJob(c, id)
		if err != nil {
			c.opt.Log.Error("cannot take up a job", "job", id, "error", err)
			continue
		}
		c.mu.Lock()
		c.jobs[id] = j
		c.mu.Unlock()
	}
}

// adoptDrafts looks for the jobs of drafts that a crash left behind: a job on the
// chain by the draft's author with the same post that has no folder yet.
func (c *Coordinator) adoptDrafts() {
	drafts, err := filepath.Glob(filepath.Join(c.opt.Dir, draftPrefix+"*"))
	if err != nil || len(drafts) == 0 {
		return
	}
	open, err := c.opt.Ledger.OpenJobs()
	if err != nil {
		c.opt.Log.Warn("cannot look for jobs of drafts", "error", err)
		return
	}
	self := c.opt.Signer.Address()
	for _, draft := range drafts {
		info, err := os.Stat(filepath.Join(draft, draftPost))
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue // perhaps Post is at work on it right now
		}
		var d draftState
		if err := journal.Load(filepath.Join(draft, draftPost), &d); err != nil {
			c.opt.Log.Warn("draft of a job is unreadable", "folder", draft, "error", err)
			continue
		}
		author := d.Author
		if author.IsZero() {
			author = self
		}
		i := slices.IndexFunc(open, func(o JobState) bool {
			return o.Author == author && c.job(o.ID) == nil && samePost(o.Post, d.JobPost)
		})
		switch {
		case i >= 0:
			if err := c.adopt(draft, open[i].ID, d); err != nil {
				c.opt.Log.Error("cannot adopt a job", "error", err)
			}
		case time.Since(info.ModTime()) > draftLife: // it was never paid for
			if err := c.Discard(filepath.Base(draft)); err != nil {
				c.opt.Log.Warn("cannot remove the draft of a job", "error", err)
			}
		}
	}
}

// samePost compares posts as they were written. The bid is left out: the chain
// tells the first bid and its raises as one sum.
func samePost(a, b types.JobPost) bool {
	a.Bid, b.Bid = 0, 0
	return bytes.Equal(types.Encode(&a), types.Encode(&b))
}

// Cancel ends a job early: nodes are paid for what they did, then it is
// completed on the chain. It returns at once; the job's state tells the rest.
func (c *Coordinator) Cancel(id types.Hash) error {
	j := c.job(id)
	if j == nil {
		return fmt.Errorf("%w: %v", ErrUnknownJob, id)
	}
	return j.requestFinish("cancelled")
}

// Raise adds to the bid of an own job. It refuses with ErrEnded when the job is
// being completed or over: nobody would do anything for the coins.
func (c *Coordinator) Raise(ctx context.Context, id types.Hash, added types.Amount) (types.Hash, error) {
	j := c.job(id)
	if j == nil {
		return types.Hash{}, fmt.Errorf("%w: %v", ErrUnknownJob, id)
	}
	if j.operated() {
		return types.Hash{}, fmt.Errorf("raise bid: %w", ErrOperated)
	}
	if err := j.ending(); err != nil {
		return types.Hash{}, fmt.Errorf("raise bid: %w", err)
	}
	tx, err := c.opt.Ledger.Raise(ctx, id, added)
	if err != nil {
		return tx, fmt.Errorf("raise bid: %w", err)
	}
	j.mu.Lock()
	j.raise = tx
	j.logLocked("bid raised by %v", added)
	j.mu.Unlock()
	return tx, nil
}

// Jobs tells the state of all own jobs, newest first.
func (c *Coordinator) Jobs() []OwnJob {
	all := c.all()
	out := make([]OwnJob, len(all))
	for i, j := range all {
		out[i] = j.snapshot()
	}
	slices.SortFunc(out, func(a, b OwnJob) int { return b.Posted.Compare(a.Posted) })
	return out
}

// Job tells the state of one own job.
func (c *Coordinator) Job(id types.Hash) (OwnJob, error) {
	j := c.job(id)
	if j == nil {
		return OwnJob{}, fmt.Errorf("%w: %v", ErrUnknownJob, id)
	}
	return j.snapshot(), nil
}

// Accept serves one incoming connection of an authenticated node until its
// session ends, and closes it. The error tells why it ended.
func (c *Coordinator) Accept(ctx context.Context, node types.Address, conn net.Conn) error {
	defer conn.Close()
	h, err := receiveHello(conn)
	if err != nil {
		if errors.Is(err, ErrProtocol) {
			refuse(conn, reasonProtocol, err.Error())
		}
		return err
	}
	j := c.job(h.job)
	switch {
	case h.version != Version:
		return refuse(conn, reasonVersion, fmt.Sprintf("this side speaks version %d", Version))
	case h.network != c.opt.Network:
		return refuse(conn, reasonProtocol, "another network")
	case j == nil:
		// Not final: the chain may be ahead of this node, or it restores.
		return refuse(conn, reasonNoPlace, "this requester does not know the job")
	case h.dapp != j.dappID():
		return refuse(conn, reasonProtocol, "the job is of another dapp")
	case node == c.opt.Signer.Address():
		return refuse(conn, reasonProtocol, "a job is not done by who runs it")
	}
	if !c.enter() {
		return refuse(conn, reasonBusy, "")
	}
	defer c.leave()
	return j.login(ctx, node, conn, h)
}

func (c *Coordinator) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sessions >= c.opt.MaxSessions {
		return false
	}
	c.sessions++
	return true
}

func (c *Coordinator) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions--
}

// receiveHello reads the first frame of a connection.
func receiveHello(conn net.Conn) (*hello, error) {
	conn.SetReadDeadline(time.Now().Add(HelloTimeout))
	defer conn.SetReadDeadline(time.Time{})
	kind, size, err := readHeader(conn)
	if err != nil {
		return nil, lost(err)
	}
	if kind != frameHello && kind != frameBye {
		return nil, fmt.Errorf("%w: frame type %#02x instead of hello", ErrProtocol, byte(kind))
	}
	body := make([]byte, size)
	if err := readFull(conn, body); err != nil {
		return nil, lost(err)
	}
	if kind == frameBye {
		return nil, parseBye(body)
	}
	return parseHello(body)
}

// refuse says bye on a connection without a session, waits shortly for the
// other side to hang up, and returns the reason as an error.
func refuse(conn net.Conn, why reason, text string) error {
	err := why.err()
	if text != "" {
		err = fmt.Errorf("%w: %s", err, clip(text))
	}
	conn.SetDeadline(time.Now().Add(byeTimeout))
	if _, werr := conn.Write(byeFrame(why, text).append(nil)); werr == nil {
		readFull(conn, make([]byte, 1)) // its end is what is waited for
	}
	conn.Close()
	return err
}

// isMissing reports whether a state file does not exist.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func oneLine(s string) string { return strings.ReplaceAll(clip(s), "\n", " ") }
