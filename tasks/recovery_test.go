package tasks

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/journal"
)

// The requester dies again and again, at every stage of the job; in the end all
// is paid once.
func TestRequesterDiesAtEachStage(t *testing.T) {
	for _, every := range []time.Duration{17 * time.Second, 45 * time.Second, 100 * time.Second} {
		t.Run(every.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				dapp := &counting{units: 50, reward: types.Coin / 100, pace: 10 * time.Second, audit: time.Minute}
				m := begin(t, dapp)
				m.node(2, dapp)
				m.node(3, dapp)
				id := m.post(types.Coin, 1000)
				kills := 0
				m.mineUntil("completed", func() bool {
					if m.phase(id) == PhaseCompleted {
						return true
					}
					if kills < 60 {
						kills++
						time.Sleep(every)
						m.kill()
						m.startCoordinator()
					}
					return false
				})
				m.checkPaid(id, 50*types.Coin/100)
				if kills < 2 {
					t.Fatalf("only %d deaths", kills)
				}
			})
		})
	}
}

// The requester dies after the dapp has saved an award and before the
// coordinator has: the award is found when it starts again.
func TestAwardBetweenTwoSaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 20, reward: types.Coin / 100, pace: 10 * time.Second, lost: 3}
		m := begin(t, dapp)
		m.node(2, dapp)
		id := m.post(types.Coin, 1000)
		m.mineUntil("some work", func() bool {
			s := dapp.service(id)
			return s != nil && s.paid() > 5*types.Coin/100
		})
		m.kill()
		m.startCoordinator()
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 20*types.Coin/100)
	})
}

// Nodes die again and again, too.
func TestNodeDiesAtEachStage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 30, reward: types.Coin / 100, pace: 10 * time.Second}
		m := begin(t, dapp)
		a := m.node(2, dapp)
		id := m.post(types.Coin, 1000)
		deaths := 0
		m.mineUntil("recorded", func() bool {
			if a.work(id).State == "ended" {
				return true
			}
			deaths++
			time.Sleep(13 * time.Second)
			a.restart()
			return false
		})
		m.checkPaid(id, 30*types.Coin/100)
		if s := a.work(id); s.Ticket != 30*types.Coin/100 || s.Recorded != s.Ticket || deaths < 5 {
			t.Fatalf("after %d deaths: %+v", deaths, s)
		}
		// What is left on disk after the end is the earnings line alone.
		if _, err := os.Stat(filepath.Join(jobDir(a.dir, id), workFolder)); !isMissing(err) {
			t.Fatalf("work files are left: %v", err)
		}
	})
}

// The author goes away for good: the node reports its own ticket, once.
func TestAuthorVanishes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 1000, reward: types.Coin / 1000, pace: 5 * time.Second}
		m := begin(t, dapp)
		m.copt.ReportBlocks, m.copt.ReportAmount = 900, 100*types.Coin
		m.kill()
		m.startCoordinator()
		a := m.node(2, dapp)
		id := m.post(2*types.Coin, 5000)
		m.mineUntil("some work", func() bool { return a.work(id).Ticket >= 40*types.Coin/1000 })
		m.kill()
		ticket := a.work(id).Ticket
		m.mineUntil("own report", func() bool { return a.work(id).Recorded == ticket })
		s := a.work(id)
		if len(s.Reports) != 1 {
			t.Fatalf("%d reports", len(s.Reports))
		}
		if s.State != "working" { // it does not give up yet
			t.Fatalf("state %q, %s", s.State, s.Why)
		}
		dials := m.n.dialled()
		m.mineUntil("given up", func() bool { return a.work(id).State == "ended" })
		if n := m.n.dialled() - dials; n > 200 {
			t.Fatalf("%d dials to an author who is gone", n)
		}
		m.checkPaid(id, ticket)
	})
}

// A job that runs out of time without its author: the tickets are recorded in
// the grace, also by a node that was off at the end.
func TestExpiryWithoutAuthor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 1000, reward: types.Coin / 1000, pace: 5 * time.Second}
		m := begin(t, dapp)
		m.copt.ReportBlocks, m.copt.ReportAmount = 900, 100*types.Coin
		m.kill()
		m.startCoordinator()
		a, b := m.node(2, dapp), m.node(3, dapp)
		id := m.post(2*types.Coin, 20)
		m.mineUntil("some work", func() bool {
			return a.work(id).Ticket >= types.Coin/100 && b.work(id).Ticket >= types.Coin/100
		})
		m.kill()
		b.stop()
		sum := a.work(id).Ticket + b.work(id).Ticket
		m.w.mine(40) // past the end
		m.mineUntil("a recorded", func() bool { s := a.work(id); return s.State == "ended" && s.Recorded == s.Ticket })
		m.w.mine(100)
		b.start()
		m.mineUntil("b recorded", func() bool { s := b.work(id); return s.State == "ended" && s.Recorded == s.Ticket })
		m.checkPaid(id, sum)
		// The author comes back: its job has expired, and it says so.
		m.startCoordinator()
		m.mineUntil("expired", func() bool { return m.phase(id) == PhaseExpired })
		own, _ := m.coordinator.Job(id)
		if own.Receipt.Scored != sum || own.Receipt.Completion != (types.Hash{}) {
			t.Fatalf("receipt %+v", own.Receipt)
		}
	})
}

// With its author alive, a job that expires is reported in full before its end.
func TestExpiryWithAuthor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 1000, reward: types.Coin / 1000, pace: 5 * time.Second}
		m := begin(t, dapp)
		m.copt.ReportBlocks, m.copt.ReportAmount = 900, 100*types.Coin
		m.kill()
		m.startCoordinator()
		a := m.node(2, dapp)
		id := m.post(2*types.Coin, 16)
		m.mineUntil("expired", func() bool { return m.phase(id) == PhaseExpired })
		m.mineUntil("recorded", func() bool { return a.work(id).State == "ended" })
		s := a.work(id)
		if s.Ticket == 0 || s.Recorded != s.Ticket {
			t.Fatalf("node %+v", s)
		}
		// The end may cut off the ticket for the very last unit, no more.
		j, _ := m.w.job(id)
		if lost := dapp.service(id).paid() - j.Scored; lost < 0 || lost > dapp.reward {
			t.Fatalf("scored %v, earned %v", j.Scored, dapp.service(id).paid())
		}
	})
}

// Reorganisations take reports and the completion back, and lose them; all is
// done again, and nothing twice.
func TestReorganisations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 30, reward: types.Coin / 100, pace: 10 * time.Second}
		m := begin(t, dapp)
		m.copt.ReportBlocks = 2
		m.kill()
		m.startCoordinator()
		a := m.node(2, dapp)
		id := m.post(types.Coin, 2000)
		m.w.mine(10)
		m.mineUntil("reports", func() bool { j, _ := m.w.job(id); return j.Scored >= types.Coin/10 })
		m.w.reorganise(4, true)
		m.mineUntil("reported again", func() bool { j, _ := m.w.job(id); return j.Scored >= types.Coin/5 })
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 30*types.Coin/100)
		m.w.reorganise(5, true) // the last reports and the completion are gone
		synctest.Wait()
		if p := m.phase(id); p == PhaseCompleted {
			t.Fatal("still completed after its completion was taken back")
		}
		m.mineUntil("completed again", func() bool { return m.phase(id) == PhaseCompleted })
		m.w.reorganise(3, false)
		m.mineUntil("completed a third time", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 30*types.Coin/100)
		m.mineUntil("node", func() bool { s := a.work(id); return s.State == "ended" && s.Recorded == s.Ticket })
	})
}

// A crash between paying for a job and noting its id: the draft finds its job.
func TestDraftFindsItsJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 3, reward: types.Coin / 100, pace: time.Second}
		m := begin(t, dapp)
		m.kill()
		post := types.JobPost{Dapp: countingID(), Duration: 500, Bid: types.Coin, Contact: "here", Spec: []byte("a")}
		draft := filepath.Join(m.dir, draftPrefix+"x")
		if err := os.MkdirAll(filepath.Join(draft, workFolder), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(draft, workFolder, "input"), []byte("kept"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := journal.Save(filepath.Join(draft, draftPost), post); err != nil {
			t.Fatal(err)
		}
		past := time.Now().Add(-time.Hour)
		if err := os.Chtimes(filepath.Join(draft, draftPost), past, past); err != nil {
			t.Fatal(err)
		}
		other := post
		other.Spec = []byte("b")
		w := m.w.wallet(m.author)
		if _, err := w.PostJob(t.Context(), other); err != nil {
			t.Fatal(err)
		}
		id, err := w.PostJob(t.Context(), post)
		if err != nil {
			t.Fatal(err)
		}
		m.startCoordinator()
		m.node(2, dapp)
		m.mineUntil("adopted", func() bool { return len(m.coordinator.Jobs()) == 1 })
		if got := m.coordinator.Jobs()[0].Job.ID; got != id {
			t.Fatalf("adopted %v", got)
		}
		if b, err := os.ReadFile(filepath.Join(jobDir(m.dir, id), workFolder, "input")); err != nil || string(b) != "kept" {
			t.Fatalf("%q, %v", b, err)
		}
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
	})
}

// A disk that is full just when a job has been paid for: the job is taken up
// when there is room again, without a restart.
func TestPaidOnFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 3, reward: types.Coin / 100, pace: time.Second}
		m := begin(t, dapp)
		post := types.JobPost{Dapp: countingID(), Duration: 500, Bid: types.Coin, Contact: "here"}
		id, err := m.coordinator.Post(t.Context(), post, func(work string) error {
			return os.MkdirAll(filepath.Join(filepath.Dir(work), "journal.new", "x"), 0o700)
		})
		if err == nil || id == (types.Hash{}) {
			t.Fatal(id, err)
		}
		dir := jobDir(m.dir, id)
		past := time.Now().Add(-time.Hour)
		if err := errors.Join(os.RemoveAll(filepath.Join(dir, "journal.new")), os.Chtimes(filepath.Join(dir, draftPost), past, past)); err != nil {
			t.Fatal(err)
		}
		m.node(2, dapp)
		m.mineUntil("completed", func() bool { _, err := m.coordinator.Job(id); return err == nil && m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 3*types.Coin/100)
	})
}

func TestPostFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := begin(t, &counting{units: 1})
		ctx := t.Context()
		if _, err := m.coordinator.Post(ctx, types.JobPost{}, nil); !errors.Is(err, ErrUnknownDapp) {
			t.Fatalf("unknown dapp: %v", err)
		}
		boom := errors.New("boom")
		post := types.JobPost{Dapp: countingID(), Duration: 9, Bid: types.Coin}
		if _, err := m.coordinator.Post(ctx, post, func(string) error { return boom }); !errors.Is(err, boom) {
			t.Fatalf("prepare: %v", err)
		}
		m.w.mu.Lock()
		m.w.fail = boom
		m.w.mu.Unlock()
		if _, err := m.coordinator.Post(ctx, post, nil); !errors.Is(err, boom) {
			t.Fatalf("wallet: %v", err)
		}
		if left, _ := filepath.Glob(filepath.Join(m.dir, "*")); len(left) != 0 {
			t.Fatalf("left behind: %v", left)
		}
		if err := m.coordinator.Cancel(types.Hash{1}); !errors.Is(err, ErrUnknownJob) {
			t.Fatal(err)
		}
	})
}

// The disk fails while work goes on: no ticket goes out that is not on disk,
// and the work is paid when the disk is back.
func TestDiskFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 40, reward: types.Coin / 100, pace: 10 * time.Second}
		m := begin(t, dapp)
		a := m.node(2, dapp)
		id := m.post(types.Coin, 1000)
		m.mineUntil("some work", func() bool { return a.work(id).Ticket > 0 })
		j := m.coordinator.job(id)
		// A directory in the place of the journal's temporary file fails each
		// rewrite, and a journal without a file wants one next.
		block := filepath.Join(j.dir, "journal.new")
		if err := os.MkdirAll(filepath.Join(block, "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		j.mu.Lock()
		j.journal.Close()
		j.journal = journal.New(filepath.Join(j.dir, "journal"))
		j.mu.Unlock()
		time.Sleep(35 * time.Second)
		synctest.Wait()
		held := a.work(id).Ticket
		time.Sleep(35 * time.Second)
		synctest.Wait()
		if got := a.work(id).Ticket; got != held {
			t.Fatalf("a ticket of %v went out, %v is on disk", got, held)
		}
		if own, _ := m.coordinator.Job(id); !strings.Contains(own.Note, "journal.new") {
			t.Fatalf("note %q", own.Note)
		}
		if err := os.RemoveAll(block); err != nil {
			t.Fatal(err)
		}
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 40*types.Coin/100)
	})
}

// A node that was off until the grace was over: what it was promised is lost, it
// says so, and it goes on with other work.
func TestGraceMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 1000, reward: types.Coin / 1000, pace: 5 * time.Second}
		m := begin(t, dapp)
		m.copt.ReportBlocks, m.copt.ReportAmount = 900, 100*types.Coin
		m.kill()
		m.startCoordinator()
		a := m.node(2, dapp)
		id := m.post(2*types.Coin, 30)
		m.mineUntil("some work", func() bool { return a.work(id).Ticket >= types.Coin/100 })
		m.kill()
		a.stop()
		m.w.mine(40 + ScoreGrace)
		a.start()
		m.mineUntil("ended", func() bool { return a.work(id).State == "ended" })
		if s := a.work(id); s.Recorded >= s.Ticket || len(s.Reports) != 0 || !strings.Contains(s.Why, "in time") {
			t.Fatalf("node %+v", s)
		}
		a.restart()
		m.startCoordinator()
		other := m.post(2*types.Coin, 300)
		m.mineUntil("other work", func() bool { return a.work(other).Ticket > 0 })
	})
}

// A reorganisation takes the whole job away for some blocks: nobody forgets it.
func TestJobLeavesTheChainForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 60, reward: types.Coin / 100, pace: 10 * time.Second}
		m := begin(t, dapp)
		a := m.node(2, dapp)
		m.w.mine(3)
		id := m.post(types.Coin, 1000)
		m.mineUntil("some work", func() bool { return a.work(id).Ticket >= types.Coin/10 })
		m.w.mu.Lock()
		cut := len(m.w.blocks) - 3
		taken := slices.Clone(m.w.blocks[3:])
		m.w.mu.Unlock()
		m.w.reorganise(cut, true)
		time.Sleep(time.Minute)
		synctest.Wait()
		if _, err := m.coordinator.Job(id); err != nil || a.work(id).Ticket == 0 {
			t.Fatalf("forgotten: %v", err)
		}
		m.w.mu.Lock()
		m.w.pool = append(m.w.pool, taken[0]...) // the post is mined again
		m.w.mu.Unlock()
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		m.checkPaid(id, 60*types.Coin/100)
	})
}

// The dapp's own background work fails and is started again.
func TestServiceIsRunAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dapp := &counting{units: 5, reward: types.Coin / 100, pace: 10 * time.Second, failures: 3}
		m := begin(t, dapp)
		m.node(2, dapp)
		id := m.post(types.Coin, 1000)
		m.mineUntil("completed", func() bool { return m.phase(id) == PhaseCompleted })
		own, _ := m.coordinator.Job(id)
		n := 0
		for _, l := range own.Log {
			if strings.Contains(l.Text, errTest.Error()) {
				n++
			}
		}
		if n != 3 {
			t.Fatalf("%d failures in the log: %+v", n, own.Log)
		}
	})
}

// A coordinator refuses a folder it cannot read, instead of promising twice.
func TestCoordinatorRefusesDamagedState(t *testing.T) {
	m := &market{t: t, w: newWorld(t)}
	opt := CoordinatorOptions{Network: testNet, Signer: newKey(1), Ledger: m.w.wallet(newKey(1)), Dir: t.TempDir()}
	dir := filepath.Join(opt.Dir, "aa00000000000000000000000000000000000000000000000000000000000000")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"", "rubbish\nrubbish\n", "00000000 {}\n00000000 {}\n"} {
		if err := os.WriteFile(filepath.Join(dir, "journal"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := NewCoordinator(opt); !errors.Is(err, ErrState) {
			t.Errorf("%q: %v", content, err)
		}
	}
}
