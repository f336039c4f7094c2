package tasks

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/journal"
)

// account is a shared account: it can post, and nobody can dial it.
func account() types.Address { return newKey(90).Address() }

// sign brings the transaction of a proposal to the pool, as the last member's
// signature does.
func (w *world) sign(id types.Hash, author types.Address, rec types.Record) {
	w.mu.Lock()
	w.pool = append(w.pool, worldTx{id, author, rec})
	w.mu.Unlock()
	w.notify()
}

func (m *market) prepare(bid types.Amount) Draft {
	m.t.Helper()
	d, err := m.coordinator.Prepare(account(), types.JobPost{Dapp: countingID(), Duration: 1000, Bid: bid, Contact: "here"},
		func(dir string) error { return os.WriteFile(filepath.Join(dir, "content"), []byte("prepared"), 0o600) })
	if err != nil {
		m.t.Fatal(err)
	}
	if d.Author != account() || d.Post.Operator != m.author.Address() || d.Post.Signer(d.Author) != m.author.Address() {
		m.t.Fatalf("draft %+v", d)
	}
	return d
}

// withdrawn makes the market note which posts are withdrawn.
func (m *market) withdrawn() *int {
	n := new(int)
	m.copt.Withdrawn = func(post types.JobPost) {
		if post.Operator != m.author.Address() {
			m.t.Errorf("withdrawn: %+v", post)
		}
		*n++
	}
	m.restartCoordinator()
	return n
}

func (m *market) restartCoordinator() {
	m.t.Helper()
	m.kill()
	m.startCoordinator()
}

func (m *market) folders() int {
	m.t.Helper()
	dirs, err := os.ReadDir(m.dir)
	if err != nil {
		m.t.Fatal(err)
	}
	return len(dirs)
}

// A shared account's job: prepared, adopted under its id, signed by the others
// two days later, with restarts in between; done, reported and completed by us.
func TestAdoptedJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 30, reward: types.Coin / 100, pace: 10 * time.Second, audit: time.Minute}
		m := begin(t, dapp)
		withdrawn := m.withdrawn()
		a, b := m.node(2, dapp), m.node(3, dapp)
		d, id := m.prepare(types.Coin), types.Hash{0: 5}
		until := time.Now().Add(7 * 24 * time.Hour)
		if err := m.coordinator.Adopt(d.ID, id, until); err != nil {
			t.Fatal(err)
		}
		for range 2 { // known again after a restart, and adopting again is harmless
			synctest.Wait()
			own, err := m.coordinator.Job(id)
			if err != nil || own.Phase != PhaseSigning || !own.Until.Equal(until) || own.Job.Author != account() || own.Job.Bids != types.Coin {
				t.Fatalf("%+v, %v", own, err)
			}
			if err := m.coordinator.Adopt(d.ID, id, until); err != nil {
				t.Fatal(err)
			}
			m.restartCoordinator()
		}
		time.Sleep(48 * time.Hour)
		m.w.mine(1)
		synctest.Wait()
		if p := m.phase(id); p != PhaseSigning {
			t.Fatalf("phase %q", p)
		}
		m.w.sign(id, account(), &d.Post)
		synctest.Wait()
		if p := m.phase(id); p != PhaseWaiting {
			t.Fatalf("phase %q", p)
		}
		if err := m.coordinator.Drop(id); !errors.Is(err, ErrOnItsWay) {
			t.Fatalf("dropped while it waits for a block: %v", err)
		}
		m.restartCoordinator()
		m.mineUntil("work", func() bool { return a.work(id).Ticket+b.work(id).Ticket > types.Coin/20 })
		if err := m.coordinator.Drop(id); !errors.Is(err, ErrOnItsWay) {
			t.Fatalf("dropped while it is open: %v", err)
		}
		if _, err := m.coordinator.Raise(t.Context(), id, types.Coin); !errors.Is(err, ErrOperated) {
			t.Fatalf("raised by its operator: %v", err)
		}
		if content, err := os.ReadFile(filepath.Join(jobDir(m.dir, id), workFolder, "content")); err != nil || string(content) != "prepared" {
			t.Fatalf("prepared content: %q, %v", content, err)
		}
		m.restartCoordinator()
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 30*types.Coin/100)
		own, _ := m.coordinator.Job(id)
		if own.Job.Author != account() || own.Receipt == nil || own.Receipt.Completion == (types.Hash{}) || *withdrawn != 0 {
			t.Fatalf("%+v, withdrawn %d times", own, *withdrawn)
		}
	})
}

// A job that nobody signs in time is dropped with all that was prepared: by the
// chain's time, not by this machine's.
func TestAdoptedJobIsTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := begin(t, &counting{units: 1, reward: types.Coin / 100})
		withdrawn := m.withdrawn()
		m.w.mine(1)
		d, id := m.prepare(types.Coin), types.Hash{0: 5}
		if err := m.coordinator.Adopt(d.ID, id, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour) // the chain has not moved: perhaps we are behind
		m.restartCoordinator()
		synctest.Wait()
		if p := m.phase(id); p != PhaseSigning {
			t.Fatalf("phase %q", p)
		}
		m.w.mine(1)
		synctest.Wait()
		if _, err := m.coordinator.Job(id); !errors.Is(err, ErrUnknownJob) || *withdrawn != 1 || m.folders() != 0 {
			t.Fatalf("%v, withdrawn %d times, %d folders", err, *withdrawn, m.folders())
		}
		m.restartCoordinator()
		if len(m.coordinator.Jobs()) != 0 {
			t.Fatal("it is back")
		}
	})
}

// While a node that was off for long catches up it meets the block with the job
// before it meets the job's end.
func TestAdoptedJobIsInAnOldBlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 3, reward: types.Coin / 100, pace: time.Second}
		m := begin(t, dapp)
		m.w.mine(1)
		d, id := m.prepare(types.Coin), types.Hash{0: 5}
		if err := m.coordinator.Adopt(d.ID, id, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		m.kill()
		time.Sleep(5 * time.Hour)
		m.startCoordinator()
		synctest.Wait()
		m.w.sign(id, account(), &d.Post)
		m.w.mine(1)
		m.node(2, dapp)
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 3*types.Coin/100)
	})
}

// racing is a ledger on which a block comes just after a job was looked for.
type racing struct {
	Ledger
	after func()
}

func (r *racing) Job(id types.Hash) (JobState, error) {
	j, err := r.Ledger.Job(id)
	if after := r.after; after != nil {
		r.after = nil
		after()
	}
	return j, err
}

// The last signature comes at the last moment, and the block while we look.
func TestAdoptedJobComesWhileWeLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := begin(t, &counting{units: 1, reward: types.Coin / 100})
		m.w.mine(1)
		d, id := m.prepare(types.Coin), types.Hash{0: 5}
		if err := m.coordinator.Adopt(d.ID, id, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		m.kill()
		m.copt.Ledger = &racing{m.copt.Ledger, func() {
			time.Sleep(2 * time.Hour)
			m.w.sign(id, account(), &d.Post)
			m.w.mine(1)
		}}
		m.startCoordinator()
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		if p := m.phase(id); p != PhaseWorking {
			t.Fatalf("phase %q", p)
		}
	})
}

// moving is a ledger that misses a transaction once, as it moves from the pool
// into a block.
type moving struct {
	Ledger
	miss int // the missed look, counted down
}

func (r *moving) Job(id types.Hash) (JobState, error) {
	if r.miss--; r.miss == 0 {
		return JobState{}, ErrUnknownJob
	}
	return r.Ledger.Job(id)
}

// A job whose time is over waits in the pool: it is kept as long as it can come.
func TestAdoptedJobOnItsWayIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := begin(t, &counting{units: 1, reward: types.Coin / 100})
		m.w.mine(1)
		d, id := m.prepare(types.Coin), types.Hash{0: 5}
		if err := m.coordinator.Adopt(d.ID, id, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		m.w.sign(id, account(), &d.Post)
		synctest.Wait()
		m.kill()
		time.Sleep(2 * time.Hour)
		m.w.mu.Lock()
		m.w.made = time.Now() // a block without it
		m.w.mu.Unlock()
		m.copt.Ledger = &moving{m.copt.Ledger, 2}
		m.startCoordinator()
		for range 3 {
			time.Sleep(time.Hour)
			synctest.Wait()
		}
		if p := m.phase(id); p != PhaseWaiting {
			t.Fatalf("phase %q", p)
		}
	})
}

// Members decline: the job is dropped at once, also when nothing runs yet.
func TestDrop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := begin(t, &counting{units: 1, reward: types.Coin / 100})
		withdrawn := m.withdrawn()
		m.w.mine(1)
		d, id := m.prepare(types.Coin), types.Hash{0: 5}
		if err := m.coordinator.Adopt(d.ID, id, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := m.coordinator.Drop(id); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if _, err := m.coordinator.Job(id); !errors.Is(err, ErrUnknownJob) || *withdrawn != 1 || m.folders() != 0 {
			t.Fatalf("%v, withdrawn %d times, %d folders", err, *withdrawn, m.folders())
		}
		for name, err := range map[string]error{
			"again":   m.coordinator.Drop(id),
			"unknown": m.coordinator.Drop(types.Hash{1}),
		} {
			if !errors.Is(err, ErrUnknownJob) {
				t.Errorf("%s: %v", name, err)
			}
		}
		own := m.post(types.Coin, 100)
		if err := m.coordinator.Drop(own); !errors.Is(err, ErrOnItsWay) {
			t.Errorf("a job of our own: %v", err)
		}
	})
}

func TestDrafts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := begin(t, &counting{units: 1, reward: types.Coin / 100})
		withdrawn := m.withdrawn()
		d := m.prepare(types.Coin)
		other := m.prepare(types.Coin)
		for name, err := range map[string]error{
			"no draft":      m.coordinator.Adopt("", types.Hash{1}, time.Now().Add(time.Hour)),
			"unknown":       m.coordinator.Adopt("draft-unknown", types.Hash{1}, time.Now().Add(time.Hour)),
			"a path":        m.coordinator.Adopt("draft-/../../x", types.Hash{1}, time.Now().Add(time.Hour)),
			"up":            m.coordinator.Discard("draft-/.."),
			"discard twice": errors.Join(m.coordinator.Discard(other.ID), m.coordinator.Discard(other.ID)),
		} {
			if !errors.Is(err, ErrUnknownDraft) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := m.coordinator.Adopt(d.ID, types.Hash{1}, time.Time{}); err == nil {
			t.Error("adopted for ever")
		}
		if _, err := m.coordinator.Prepare(types.Address{}, d.Post, nil); err == nil {
			t.Error("prepared for nobody")
		}
		if _, err := m.coordinator.Prepare(account(), types.JobPost{Dapp: types.Hash{9}}, nil); !errors.Is(err, ErrUnknownDapp) {
			t.Errorf("unknown dapp: %v", err)
		}
		broken := errors.New("no room")
		if _, err := m.coordinator.Prepare(account(), d.Post, func(string) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("got %v", err)
		}
		if *withdrawn != 1 || m.folders() != 1 {
			t.Fatalf("withdrawn %d times, %d folders", *withdrawn, m.folders())
		}
		// The proposal was signed although this node never heard of its id.
		m.w.sign(types.Hash{0: 6}, newKey(91).Address(), &d.Post) // another's job with the same post is not taken
		m.w.sign(types.Hash{0: 7}, account(), &d.Post)
		m.w.mine(1)
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(filepath.Join(m.dir, d.ID, draftPost), old, old); err != nil {
			t.Fatal(err)
		}
		m.restartCoordinator()
		synctest.Wait()
		if jobs := m.coordinator.Jobs(); len(jobs) != 1 || jobs[0].Job.ID != (types.Hash{0: 7}) || jobs[0].Phase != PhaseWorking {
			t.Fatalf("%+v", jobs)
		}
		if err := m.coordinator.Adopt(d.ID, types.Hash{0: 7}, time.Now()); err != nil {
			t.Fatalf("adopted after it was found: %v", err)
		}
		// A draft that is never adopted goes after a day.
		late := m.prepare(types.Coin)
		old = time.Now().Add(-draftLife - time.Hour)
		if err := os.Chtimes(filepath.Join(m.dir, late.ID, draftPost), old, old); err != nil {
			t.Fatal(err)
		}
		m.restartCoordinator()
		synctest.Wait()
		if *withdrawn != 2 || m.folders() != 1 {
			t.Fatalf("withdrawn %d times, %d folders", *withdrawn, m.folders())
		}
	})
}

// A crash between the folder's new name and the job's journal loses nothing.
func TestAdoptDiesInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := begin(t, &counting{units: 1, reward: types.Coin / 100})
		d, id := m.prepare(types.Coin), types.Hash{0: 5}
		until := time.Now().Add(time.Hour)
		m.kill()
		dir := filepath.Join(m.dir, d.ID)
		if err := journal.Save(filepath.Join(dir, draftPost), draftState{d.Post, d.Author, until}); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(dir, jobDir(m.dir, id)); err != nil {
			t.Fatal(err)
		}
		m.startCoordinator()
		synctest.Wait()
		own, err := m.coordinator.Job(id)
		if err != nil || own.Phase != PhaseSigning || !own.Until.Equal(until) || own.Job.Author != account() {
			t.Fatalf("%+v, %v", own, err)
		}
	})
}
