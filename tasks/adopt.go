package tasks

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/journal"
)

// This file is about jobs that this node runs for another author, a shared
// account, as their operator. Their transaction needs the signatures of several
// people, so it comes late or never, but its id is known before it is signed.
// Such a job goes: Prepare, then Adopt under the transaction's id, then as any
// own job once a block has it; or it is dropped.

// Draft is a prepared post that nobody has paid for yet.
type Draft struct {
	ID     string        // names the draft to Adopt and Discard
	Author types.Address // who is to pay
	Post   types.JobPost // what the transaction must commit to, this node being its operator
}

// Prepare keeps the post of a job that author is to pay for and this node is to
// run, and fills the dapp's folder as Post does. The caller makes a transaction
// with Draft.Post and calls Adopt within a day; a draft that nobody adopts is
// discarded then.
func (c *Coordinator) Prepare(author types.Address, post types.JobPost, prepare func(dir string) error) (Draft, error) {
	if c.dapps[post.Dapp] == nil {
		return Draft{}, fmt.Errorf("%w: %v", ErrUnknownDapp, post.Dapp)
	}
	if author.IsZero() {
		return Draft{}, fmt.Errorf("prepare job: %w: no author", ErrState)
	}
	post.Operator = c.opt.Signer.Address()
	dir, err := c.newDraft(draftState{JobPost: post, Author: author}, prepare)
	if err != nil {
		return Draft{}, fmt.Errorf("prepare job: %w", err)
	}
	return Draft{ID: filepath.Base(dir), Author: author, Post: post}, nil
}

// Adopt makes a draft the job of transaction tx, which need not be signed yet.
// It is in PhaseSigning until the pool or a block has the transaction, and then
// like any own job. When the chain's time has passed until and no block has held
// it, it is dropped. Adopting a job again changes until, and needs no draft.
func (c *Coordinator) Adopt(draft string, tx types.Hash, until time.Time) error {
	if until.IsZero() {
		return fmt.Errorf("adopt job %v: %w: no end", tx, ErrState)
	}
	if j := c.job(tx); j != nil {
		if !j.unsigned() {
			return nil // a block has it
		}
		return j.extend(until)
	}
	dir, d, err := c.draft(draft)
	if err != nil {
		return fmt.Errorf("adopt job %v: %w", tx, err)
	}
	d.Until = until
	// On disk before the folder moves: it is all that a crash then leaves.
	if err := journal.Save(filepath.Join(dir, draftPost), d); err != nil {
		return fmt.Errorf("adopt job %v: %w", tx, err)
	}
	if err := c.adopt(dir, tx, d); err != nil {
		return err
	}
	c.wakeRun()
	return nil
}

// Discard forgets a draft that will not be proposed.
func (c *Coordinator) Discard(draft string) error {
	dir, d, err := c.draft(draft)
	if err != nil && !errors.Is(err, errOwnDraft) {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("discard a draft: %w", err)
	}
	c.withdraw(d.JobPost, d.Author)
	return nil
}

// errOwnDraft says that a draft is one of Post's.
var errOwnDraft = fmt.Errorf("%w: it is paid for by this node", ErrUnknownDraft)

// draft reads a draft of Prepare's.
func (c *Coordinator) draft(id string) (dir string, d draftState, err error) {
	if !strings.HasPrefix(id, draftPrefix) || filepath.Base(id) != id {
		return "", d, fmt.Errorf("%w: %q", ErrUnknownDraft, clip(id))
	}
	dir = filepath.Join(c.opt.Dir, id)
	err = journal.Load(filepath.Join(dir, draftPost), &d)
	switch {
	case isMissing(err):
		return dir, d, fmt.Errorf("%w: %s", ErrUnknownDraft, id)
	case err == nil && d.Author.IsZero():
		return dir, d, errOwnDraft
	}
	return dir, d, err
}

// Drop gives up an adopted job because its transaction will not come. It fails
// with ErrOnItsWay when the transaction waits for a block or is in one, and for
// jobs that this node has paid for: those can be cancelled.
func (c *Coordinator) Drop(id types.Hash) error {
	j := c.job(id)
	if j == nil {
		return fmt.Errorf("%w: %v", ErrUnknownJob, id)
	}
	_, err := c.opt.Ledger.Job(id)
	switch {
	case err == nil || !j.unsigned():
		return fmt.Errorf("drop job: %w", ErrOnItsWay)
	case !errors.Is(err, ErrUnknownJob):
		return fmt.Errorf("drop job: %w", err)
	}
	if err := j.extend(longAgo); err != nil {
		return fmt.Errorf("drop job: %w", err)
	}
	j.wake()
	return nil
}

// longAgo is the end of a job that is to be dropped at once: no block is older.
var longAgo = time.Unix(1, 0)

// extend changes how long an adopted job is waited for.
func (j *ownJob) extend(until time.Time) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	old := j.st.Until
	if old.IsZero() || j.dropped {
		return fmt.Errorf("%w: it was not adopted", ErrOnItsWay)
	}
	if old.Equal(until) {
		return nil
	}
	j.st.Until = until
	if err := j.saveLocked(); err != nil {
		j.st.Until = old
		return err
	}
	return nil
}

// operated tells whether another has posted the job.
func (j *ownJob) operated() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.authorLocked() != j.c.opt.Signer.Address()
}

// unsigned tells whether the job waits for a transaction that no block has ever
// held.
func (j *ownJob) unsigned() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return !j.st.Until.IsZero() && !j.st.Seen
}

// outdated drops a job that the chain did not know at the time of its tip, and
// that is too late. It goes by the chain's own time: a node that was off for
// long must first see the blocks of the time before. One that waited for a block
// when we looked last is looked for once more: it may be on its way from the
// pool into one just now.
func (j *ownJob) outdated(tip time.Time) bool {
	if !j.unsigned() {
		return false
	}
	j.mu.Lock()
	late := tip.After(j.st.Until) && j.st.Phase == PhaseSigning
	if late {
		j.logLocked("dropped: its transaction has not come")
		j.dropped = true
	}
	j.mu.Unlock()
	return late
}

// forgetDropped removes a job that was dropped, after it has stopped.
func (c *Coordinator) forgetDropped(j *ownJob) {
	j.mu.Lock()
	dropped, post, author := j.dropped, j.st.Post, j.st.Author
	j.mu.Unlock()
	if !dropped {
		return
	}
	// Until this is done the journal says the same again after a restart.
	if err := os.RemoveAll(j.dir); err != nil {
		c.opt.Log.Warn("cannot remove a dropped job's folder", "job", j.id, "error", err)
	}
	c.mu.Lock()
	delete(c.jobs, j.id)
	c.mu.Unlock()
	c.withdraw(post, author)
}

// withdraw tells that what was published for another's job is not needed.
func (c *Coordinator) withdraw(post types.JobPost, author types.Address) {
	if c.opt.Withdrawn != nil && !author.IsZero() {
		c.opt.Withdrawn(post)
	}
}
