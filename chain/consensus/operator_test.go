package consensus_test

import (
	"errors"
	"testing"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// A shared account posts, one of its members runs the job: reports without
// tickets, tickets under its key, the completion; the author too can complete,
// report with tickets and raise.
func TestOperatedJob(t *testing.T) {
	w := newWorld(t)
	id := w.operated()
	j := w.job(id)
	if j.Author != w.alice.Address() || j.Operator != w.bob.Address() || j.Signer() != w.bob.Address() {
		t.Fatalf("%+v", j)
	}
	w.Extend(w.Score(w.bob, id, map[types.Address]types.Amount{w.carol.Address(): types.Coin}))
	w.Extend(w.TicketScore(w.carol, w.bob, id, 2*types.Coin))
	w.Extend(w.TicketScore(w.alice, w.bob, id, 3*types.Coin))
	w.Extend(w.Record(w.alice, &types.BidRaise{Job: id, Added: types.Coin}))
	if j = w.job(id); j.Scored != 5*types.Coin || j.Bids != 11*types.Coin {
		t.Fatalf("%+v", j)
	}
	byAuthor := w.Clone(t)
	byAuthor.Extend(byAuthor.Record(w.alice, &types.Completion{Job: id}))
	w.Extend(w.Record(w.bob, &types.Completion{Job: id}))
	if !w.job(id).Ended {
		t.Fatal("the operator could not complete it")
	}
	// Tickets count to the end of the grace, the operator's too.
	w.Extend(w.TicketScore(w.carol, w.bob, id, 4*types.Coin))
	if j = w.job(id); j.Scored != 7*types.Coin {
		t.Fatalf("%+v", j)
	}
}

// An author that names itself is the signer once, not twice.
func TestAuthorAsOperator(t *testing.T) {
	w := newWorld(t)
	post := w.Record(w.alice, &types.JobPost{Dapp: chaintest.DappID(), Operator: w.alice.Address(), Duration: 50, Bid: types.Coin})
	w.Extend(post)
	w.Extend(w.Score(w.alice, post.ID(), w.bobScores(types.Coin/2)))
	w.Extend(w.Record(w.alice, &types.BidRaise{Job: post.ID(), Added: types.Coin}))
	w.Extend(w.Record(w.alice, &types.Completion{Job: post.ID()}))
}

// The compute fund's jobs are run by a member of its account, whose bids only
// the account itself can raise.
func TestOperatorOfFundJob(t *testing.T) {
	w := newWorld(t)
	post := w.Record(chaintest.FundKey(), &types.JobPost{Dapp: chaintest.DappID(), Operator: w.bob.Address(), Duration: 50, Bid: types.Coin})
	w.Extend(post)
	if j := w.job(post.ID()); !j.Fund || j.Held != types.Coin {
		t.Fatalf("%+v", j)
	}
	w.Extend(w.Score(w.bob, post.ID(), map[types.Address]types.Amount{w.carol.Address(): types.Coin}))
	if err := w.clone(t).record(w.bob, &types.BidRaise{Job: post.ID(), Added: types.Coin}); !errors.Is(err, consensus.ErrNotAuthor) {
		t.Fatalf("got %v", err)
	}
	if a, err := consensus.ReadCredit(w.Rows, w.carol.Address()); err != nil || a != types.Coin {
		t.Fatalf("credit of %v, %v", a, err)
	}
}
