package consensus_test

import (
	"errors"
	"testing"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// crowd is a state in which very many jobs end at one height.
type crowd struct {
	*chaintest.Generator
	st   consensus.State
	rows consensus.Rows
}

const crowdSize = consensus.CleanRows + 500

// jobID numbers the crowd in the order in which its jobs are due.
func jobID(i int) types.Hash { return types.Hash{byte(i >> 8), byte(i), 1} }

func newCrowd(t *testing.T, author *chaintest.Key) *crowd {
	g := chaintest.New(t, chaintest.Params([]string{"ann", "bob"}, nil))
	g.ExtendBy(3)
	ov := consensus.NewOverlay(g.Rows)
	for i := range crowdSize {
		id := jobID(i)
		j := &consensus.Job{Author: author.Address(), Dapp: chaintest.DappID(), Bids: types.Coin, Held: 6,
			Posted: 1, Duration: g.State.Height - 1, End: g.State.Height}
		must(t, ov.Put(consensus.TableJob, id[:], j.Encode()))
		must(t, ov.Put(consensus.TableJobDue, consensus.DueKey(j.End+1, id), nil))
	}
	return &crowd{g, g.State, ov}
}

// next starts the next block, whose rows the one after stands on.
func (c *crowd) next(t *testing.T) *consensus.Builder {
	t.Helper()
	b, err := consensus.NewBuilder(c.Params, c.st, c.rows, c.st.Slot+1)
	must(t, err)
	c.st.Height, c.st.Slot, c.rows = c.st.Height+1, c.st.Slot+1, b.Rows()
	return b
}

// count says how many jobs are left, how many of them are marked as ended, and
// checks that all end at one height.
func (c *crowd) count(t *testing.T, end uint32) (left, ended int) {
	t.Helper()
	for i := range crowdSize {
		j, err := consensus.ReadJob(c.rows, jobID(i))
		must(t, err)
		if j == nil {
			continue
		}
		left++
		if j.Ended {
			ended++
			if j.End != end {
				t.Fatalf("job %d takes scores to height %d, want %d", i, j.End, end)
			}
		}
	}
	return left, ended
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// However many jobs end at a height, a block deals with so many only; and
// nobody can tell which it has dealt with.
func TestCrowdOfJobsEnds(t *testing.T) {
	ann, bob := chaintest.NewKey("ann"), chaintest.NewKey("bob")
	c := newCrowd(t, ann)
	end := c.st.Height
	b := c.next(t)
	if left, ended := c.count(t, end+consensus.ScoreGrace); left != crowdSize || ended != consensus.CleanRows {
		t.Fatalf("%d jobs left, %d ended", left, ended)
	}
	scores := map[types.Address]types.Amount{bob.Address(): types.MinScore}
	for _, i := range []int{0, crowdSize - 1} {
		id := jobID(i)
		for name, tx := range map[string]*types.Tx{
			"raise":      c.Record(ann, &types.BidRaise{Job: id, Added: types.Coin}),
			"completion": c.Record(ann, &types.Completion{Job: id}),
			"report":     c.Score(ann, id, scores),
		} {
			if _, _, err := b.Add(tx); !errors.Is(err, consensus.ErrJobClosed) {
				t.Errorf("%s for job %d: %v", name, i, err)
			}
		}
		if _, _, err := b.Add(c.TicketScore(bob, ann, id, types.MinScore)); err != nil {
			t.Errorf("ticket for job %d: %v", i, err)
		}
	}
	c.next(t)
	if left, ended := c.count(t, end+consensus.ScoreGrace); left != crowdSize || ended != crowdSize {
		t.Fatalf("%d jobs left, %d ended", left, ended)
	}

	c.st.Height = end + consensus.ScoreGrace
	b = c.next(t)
	// Each of the two scored jobs has a score row besides.
	if left, _ := c.count(t, end+consensus.ScoreGrace); left != crowdSize-consensus.CleanRows+1 {
		t.Fatalf("%d jobs left after the first sweep", left)
	}
	for _, i := range []int{0, crowdSize - 1} {
		if _, _, err := b.Add(c.TicketScore(bob, ann, jobID(i), 2*types.MinScore)); !consensus.IsRule(err) {
			t.Errorf("ticket for job %d after the grace: %v", i, err)
		}
	}
	c.next(t)
	if left, _ := c.count(t, 0); left != 0 {
		t.Fatalf("%d jobs left", left)
	}
}
