package tasks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/journal"
)

// Phase is where one of our own jobs is in its life.
type Phase string

// The phases, in order. A reorganisation may lead back.
const (
	PhaseSigning    Phase = "waiting for signatures" // of an adopted job only
	PhaseWaiting    Phase = "waiting for block"
	PhaseWorking    Phase = "working"
	PhaseReporting  Phase = "reporting"  // no more work; the last scores go to the chain
	PhaseCompleting Phase = "completing" // all scores are recorded; the completion goes to the chain
	PhaseCompleted  Phase = "completed"
	PhaseExpired    Phase = "expired" // its time ended first
)

func (p Phase) over() bool { return p == PhaseCompleted || p == PhaseExpired }

// LogLine is one line of a job's own log.
type LogLine struct {
	Time time.Time
	Text string
}

// maxLogLines bounds a job's log.
const maxLogLines = 100

// Receipt is what an ended job leaves: who did what, and the transactions that
// prove it.
type Receipt struct {
	Bids       types.Amount
	Scored     types.Amount // recorded for all nodes together
	Nodes      []NodeScore
	Reports    []types.Hash // score report transactions of ours
	Completion types.Hash   // zero when the job expired
	Height     uint32       // of the end
}

// NodeScore is a line of a receipt.
type NodeScore struct {
	Node  types.Address
	Score types.Amount
}

// NodeShare is one node's part of a running job.
type NodeShare struct {
	Node      types.Address
	Connected bool
	LastSeen  time.Time    // of the last session's end, in this process
	Earned    types.Amount // by the dapp's account
	Ticket    types.Amount // promised
	Recorded  types.Amount // on the chain
	Dropped   string       `json:",omitempty"` // why it may not come back
}

// OwnJob is the state of one own job, for people and for the API.
type OwnJob struct {
	Job      Job
	Dapp     string
	Phase    Phase
	Note     string // what is happening or in the way
	Progress Progress
	Nodes    []NodeShare // by address
	Posted   time.Time
	Until    time.Time // of an adopted job: it is dropped then, unless its transaction has come
	Reports  []types.Hash
	Receipt  *Receipt `json:",omitempty"`
	Paused   bool     // see Coordinator.Pause
	Log      []LogLine
}

// ownState is what the journal keeps.
type ownState struct {
	Post       types.JobPost
	Author     types.Address // zero: this node
	Until      time.Time     // of an adopted job; zero for one that this node has paid for
	Posted     time.Time
	PostedAt   uint32 // height then
	Seen       bool   // it was in a block once
	Finish     string
	Paused     bool `json:",omitempty"`
	Phase      Phase
	Nodes      map[hexAddress]nodeRow
	Reports    []types.Hash
	Completion types.Hash
	Progress   Progress
	Receipt    *Receipt
	Log        []LogLine
}

// nodeRow is a node's account. Ticket ≤ Earned, and all tickets together never
// exceed the bids.
type nodeRow struct {
	Earned, Ticket types.Amount
	Dropped        string `json:",omitempty"`
}

// journalLine is one line of a job's journal: the whole state, or one row.
type journalLine struct {
	State *ownState   `json:",omitempty"`
	Node  *hexAddress `json:",omitempty"`
	Row   *nodeRow    `json:",omitempty"`
}

// maxJournal is the size at which a journal is rewritten.
const maxJournal = 1 << 20

// ownJob is one job of ours: the account of what was promised, its sessions
// and its way through the phases (reconcile.go).
type ownJob struct {
	c    *Coordinator
	id   types.Hash
	dapp Dapp // nil when this program no longer has it
	dir  string
	kick chan struct{} // asks run for a round

	mu                  sync.Mutex // guards what follows
	st                  ownState
	journal             *journal.Journal
	promised            types.Amount // sum of all tickets
	chain               JobState     // as read last
	known               bool         // chain was read
	recorded            map[types.Address]types.Amount
	places              map[types.Address]*place
	service             Service
	cancelService       context.CancelFunc
	stopped             bool       // run has returned
	dropped             bool       // nothing will come of it; run returns
	problem             string     // in the way now
	reported, completed uint32     // heights at the last report and completion
	raise               types.Hash // the newest raise of its bid, in this process
}

func newOwnJob(c *Coordinator, id types.Hash, d draftState) (*ownJob, error) {
	j := makeOwnJob(c, id)
	j.journal = journal.New(filepath.Join(j.dir, "journal"))
	j.st = ownState{Post: d.JobPost, Author: d.Author, Until: d.Until, Posted: time.Now(), PostedAt: c.opt.Ledger.Height(),
		Phase: PhaseWaiting, Nodes: make(map[hexAddress]nodeRow)}
	j.dapp = c.dapps[d.Dapp]
	if d.Until.IsZero() {
		j.logLocked("posted with a bid of %v", d.Bid)
	} else {
		j.st.Phase = PhaseSigning
		j.logLocked("proposed with a bid of %v", d.Bid)
	}
	return j, j.journal.Rewrite(journalLine{State: &j.st})
}

// openOwnJob continues a job from disk. A folder that a crash left between its
// renaming and its first journal still holds the draft's post.
func openOwnJob(c *Coordinator, id types.Hash) (*ownJob, error) {
	j := makeOwnJob(c, id)
	path := filepath.Join(j.dir, "journal")
	if _, err := os.Stat(path); isMissing(err) {
		var d draftState
		if err := journal.Load(filepath.Join(j.dir, draftPost), &d); err != nil {
			return nil, fmt.Errorf("job %v: %w", id, err)
		}
		return newOwnJob(c, id, d)
	}
	var err error
	if j.journal, err = journal.Open(path, j.replay); err != nil {
		return nil, fmt.Errorf("job %v: %w", id, err)
	}
	if j.st.Nodes == nil {
		return nil, fmt.Errorf("%w: job %v: empty journal", ErrState, id)
	}
	for _, row := range j.st.Nodes {
		j.promised += row.Ticket
	}
	j.dapp = c.dapps[j.st.Post.Dapp]
	return j, nil
}

func makeOwnJob(c *Coordinator, id types.Hash) *ownJob {
	return &ownJob{
		c: c, id: id, dir: jobDir(c.opt.Dir, id),
		kick:     make(chan struct{}, 1),
		recorded: make(map[types.Address]types.Amount),
		places:   make(map[types.Address]*place),
	}
}

func (j *ownJob) replay(line []byte) error {
	var l journalLine
	if err := json.Unmarshal(line, &l); err != nil {
		return err
	}
	switch {
	case l.State != nil:
		j.st = *l.State
		if j.st.Nodes == nil {
			j.st.Nodes = make(map[hexAddress]nodeRow)
		}
	case l.Node != nil && l.Row != nil && j.st.Nodes != nil:
		j.st.Nodes[*l.Node] = *l.Row
	default:
		return errors.New("a line that says nothing")
	}
	return nil
}

func (j *ownJob) dappID() types.Hash { return j.st.Post.Dapp } // never changes

// saveLocked puts the whole state on disk.
func (j *ownJob) saveLocked() error {
	line := journalLine{State: &j.st}
	if j.journal.Broken() || j.journal.Size() > maxJournal {
		return j.journal.Rewrite(line)
	}
	return j.journal.Append(line)
}

// saveRowLocked puts one row on disk, and makes it the row in memory when that
// worked.
func (j *ownJob) saveRowLocked(node types.Address, row nodeRow) error {
	key := hexAddress(node)
	old, had := j.st.Nodes[key]
	var err error
	if j.journal.Broken() || j.journal.Size() > maxJournal {
		j.st.Nodes[key] = row
		err = j.journal.Rewrite(journalLine{State: &j.st})
	} else {
		err = j.journal.Append(journalLine{Node: &key, Row: &row})
	}
	switch {
	case err == nil:
		j.st.Nodes[key] = row
		j.promised += row.Ticket - old.Ticket
	case had:
		j.st.Nodes[key] = old
	default:
		delete(j.st.Nodes, key)
	}
	return err
}

func (j *ownJob) logLocked(format string, args ...any) {
	text := oneLine(fmt.Sprintf(format, args...))
	j.st.Log = append(j.st.Log, LogLine{time.Now(), text})
	if over := len(j.st.Log) - maxLogLines; over > 0 {
		j.st.Log = append([]LogLine(nil), j.st.Log[over:]...)
	}
	j.c.opt.Log.Info(text, "job", j.id)
}

func (j *ownJob) note(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.logLocked(format, args...)
}

func (j *ownJob) setProblem(text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.problem != text && text != "" {
		j.logLocked("%s", text)
	}
	j.problem = text
}

func (j *ownJob) wake() {
	select {
	case j.kick <- struct{}{}:
	default:
	}
}

// requestFinish asks for the end of the work; the first reason stays.
func (j *ownJob) requestFinish(why string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.st.Finish != "" || j.st.Phase.over() {
		return nil
	}
	j.st.Finish = why
	j.logLocked("finishing: %s", why)
	if err := j.saveLocked(); err != nil {
		j.st.Finish = ""
		return err
	}
	j.wake()
	return nil
}

// ending says why no more work will be done, nil while it goes on.
func (j *ownJob) ending() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case j.st.Finish != "":
		return fmt.Errorf("%w: %s", ErrEnded, j.st.Finish)
	case j.st.Phase.over() || j.known && j.chain.Standing == Ended:
		return ErrEnded
	}
	return nil
}

// snapshot copies the state for people.
func (j *ownJob) snapshot() OwnJob {
	j.mu.Lock()
	service := j.service
	j.mu.Unlock()
	var live *Progress
	if service != nil {
		p := service.Progress() // not under the lock: it is the dapp's code
		live = &p
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	o := OwnJob{
		Job: j.chain.Job, Phase: j.st.Phase, Note: j.problem, Progress: j.st.Progress,
		Posted: j.st.Posted, Until: j.st.Until, Receipt: j.st.Receipt,
		Paused:  j.st.Paused && j.st.Finish == "" && !j.st.Phase.over(),
		Reports: append([]types.Hash(nil), j.st.Reports...),
		Log:     append([]LogLine(nil), j.st.Log...),
	}
	if !j.known {
		o.Job = Job{ID: j.id, Author: j.authorLocked(), Post: j.st.Post, Bids: j.st.Post.Bid}
	}
	if live != nil {
		o.Progress = *live
	}
	if j.dapp != nil {
		o.Dapp = j.dapp.Name()
	}
	if o.Note == "" {
		o.Note = o.Progress.Note
	}
	o.Nodes = j.sharesLocked()
	return o
}

// authorLocked is who posted the job or is to post it.
func (j *ownJob) authorLocked() types.Address {
	if j.st.Author.IsZero() {
		return j.c.opt.Signer.Address()
	}
	return j.st.Author
}

// runService runs the dapp's side until ctx is done, again after
// failures.
func (j *ownJob) runService(ctx context.Context, s Service) {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		err := s.Run(ctx)
		if ctx.Err() != nil || err == nil {
			return
		}
		j.note("%s failed and starts again: %v", j.dapp.Name(), err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}
