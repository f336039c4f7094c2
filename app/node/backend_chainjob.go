package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"supercomputing/app/view"
	"supercomputing/chain"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/wallet/safetext"
)

const (
	// maxJobScores bounds the scores of a job that are told, and maxJobNodes the
	// nodes whose scores are looked up.
	maxJobScores = 1000
	maxJobNodes  = 256
	// maxJobRecords bounds how many records are read to find out what became of
	// a job that the state has forgotten.
	maxJobRecords = 20_000
)

// ChainJob implements view.Explorer.
func (n *Node) ChainJob(ctx context.Context, ref string) (view.ChainJob, error) {
	id, err := jobID(ref)
	if err != nil {
		return view.ChainJob{}, err
	}
	s, err := n.ledger.Job(id)
	if err == nil {
		v, err := n.liveJob(ctx, s)
		return v, explain(err)
	}
	if !errors.Is(err, tasks.ErrUnknownJob) {
		return view.ChainJob{}, explain(err)
	}
	v, err := n.pastJob(ctx, id)
	return v, explain(err)
}

// chainJob is what a job's post says.
func (n *Node) chainJob(id types.Hash, author types.Address, post types.JobPost) view.ChainJob {
	size, work := postWork(post)
	if work == "" && size > 0 {
		work = fmt.Sprintf("%d bytes", size)
	}
	return view.ChainJob{ID: id.String(), Dapp: post.Dapp.String(), DappName: n.dappName(post.Dapp), Name: safetext.CleanLine(postName(post)), Work: work,
		Author: n.addressText(author), Bid: post.Bid, Own: n.wallet != nil && author == n.wallet.Identity(),
		Scores: []view.Receipt{}, Notes: []string{}}
}

// liveJob is a job that waits for a block, or that the state knows.
func (n *Node) liveJob(ctx context.Context, s tasks.JobState) (view.ChainJob, error) {
	v := n.chainJob(s.ID, s.Author, s.Post)
	v.Bid, v.Scored, v.Remaining, v.Height, v.EndHeight = s.Bids, s.Scored, s.Bids-s.Scored, s.Height, s.EndHeight
	switch {
	case s.Standing == tasks.Waiting:
		v.State, v.Posted = view.JobWaiting, n.poolTime(s.ID)
		return v, nil
	case s.Standing == tasks.Open:
		v.State = view.JobOpen
	case s.Completed:
		v.State = view.JobComplete
	default:
		v.State = view.JobExpired
	}
	if s.Standing == tasks.Ended {
		v.Remaining = 0 // it went back to the pools
	}
	v.Posted = blocks{n.chain}.BlockTime(s.Height).UTC()
	nodes, err := n.scoredNodes(s.ID)
	if err != nil {
		return v, err
	}
	if len(nodes) > maxJobNodes {
		v.Notes = append(v.Notes, fmt.Sprintf("%d nodes were scored; the scores of %d of them are listed", len(nodes), maxJobNodes))
		nodes = nodes[:maxJobNodes]
	}
	for _, a := range nodes {
		if err := errors.Join(ctx.Err(), n.addScores(&v, s.ID, a, s.Height)); err != nil {
			return v, err
		}
	}
	n.finishScores(&v)
	return v, nil
}

// scoredNodes are the nodes with a score in the state, in order.
func (n *Node) scoredNodes(job types.Hash) (out []types.Address, err error) {
	err = n.chain.View(func(_ consensus.State, rows consensus.Rows) error {
		return rows.Scan(consensus.TableJobScore, job[:], func(key, _ []byte) (bool, error) {
			if !bytes.HasPrefix(key, job[:]) || len(out) > 16*maxJobNodes {
				return false, nil
			}
			out = append(out, types.Address(key[len(job):]))
			return true, nil
		})
	})
	return out, err
}

// addScores adds what one node was scored for a job.
func (n *Node) addScores(v *view.ChainJob, job types.Hash, a types.Address, from uint32) error {
	for range earningsPages {
		list, err := n.chain.Earnings(a, from, maxJobScores)
		if err != nil || len(list) == 0 {
			return err
		}
		for _, e := range list {
			if e.Job == job {
				v.Scores = append(v.Scores, view.Receipt{TxID: e.Tx.String(), Height: e.Height, Address: n.addressText(a), Score: e.Score})
			}
		}
		from = list[len(list)-1].Height + 1
		if v.EndHeight > 0 && from > v.EndHeight+consensus.ScoreGrace {
			return nil
		}
	}
	v.Notes = append(v.Notes, "some of the later scores of "+n.addressText(a)+" are left out: it was scored for very many jobs")
	return nil
}

// finishScores puts the newest first and cuts what is too long.
func (n *Node) finishScores(v *view.ChainJob) {
	slices.SortStableFunc(v.Scores, func(a, b view.Receipt) int { return int(int64(b.Height) - int64(a.Height)) })
	if len(v.Scores) > maxJobScores {
		v.Notes = append(v.Notes, fmt.Sprintf("the newest %d of %d scores are listed", maxJobScores, len(v.Scores)))
		v.Scores = v.Scores[:maxJobScores]
	}
}

// pastJob is a job that ended so long ago that only the chain's records tell
// of it.
func (n *Node) pastJob(ctx context.Context, id types.Hash) (view.ChainJob, error) {
	tx, pos, err := n.chain.Transaction(id)
	post := (*types.JobPost)(nil)
	if err == nil {
		post = postOf(tx)
	}
	if errors.Is(err, chain.ErrUnknownTx) || err == nil && post == nil {
		return view.ChainJob{}, view.Errorf(view.CodeNotFound, "there is no job %v on the chain", id)
	}
	if err != nil {
		return view.ChainJob{}, err
	}
	v := n.chainJob(id, n.authorOf(tx.Msg), *post)
	v.State, v.Height, v.EndHeight, v.Posted = view.JobExpired, pos.Height, pos.Height+post.Duration, blocks{n.chain}.BlockTime(pos.Height).UTC()
	if err := n.pastRecords(ctx, types.ChainWork, &v, func(r *chain.Record, rec types.Record) {
		switch rec := rec.(type) {
		case *types.BidRaise:
			if rec.Job == id {
				v.Bid, v.EndHeight = v.Bid+rec.Added, r.Height+post.Duration
			}
		case *types.Completion:
			if rec.Job == id {
				v.State, v.EndHeight = view.JobComplete, r.Height
			}
		}
	}); err != nil {
		return v, err
	}
	last := make(map[types.Address]types.Amount)
	if err := n.pastRecords(ctx, types.ChainScores, &v, func(r *chain.Record, rec types.Record) {
		report, ok := rec.(*types.ScoreReport)
		if !ok || report.Job != id {
			return
		}
		for _, e := range report.Entries {
			if added := e.Cumulative - last[e.Address]; added > 0 {
				last[e.Address] = e.Cumulative
				v.Scored += added
				v.Scores = append(v.Scores, view.Receipt{TxID: r.Tx.String(), Height: r.Height, Address: n.addressText(e.Address), Score: added})
			}
		}
	}); err != nil {
		return v, err
	}
	n.finishScores(&v)
	return v, nil
}

// pastRecords reads the records of a virtual chain from a job's post until
// nothing more can concern the job, or there were too many.
func (n *Node) pastRecords(ctx context.Context, c types.VirtualChain, v *view.ChainJob, fn func(*chain.Record, types.Record)) error {
	const step = 1000
	read := 0
	for from := v.Height; ; {
		list, err := n.chain.Records(c, from, step)
		if err := errors.Join(err, ctx.Err()); err != nil || len(list) == 0 {
			return err
		}
		for i := range list {
			r := &list[i]
			if r.Height > v.EndHeight+consensus.ScoreGrace {
				return nil
			}
			if rec, err := types.DecodeRecord(r.Payload); err == nil {
				fn(r, rec)
			}
		}
		if read += len(list); read > maxJobRecords {
			v.Notes = append(v.Notes, fmt.Sprintf("the job is older than the state remembers; what happened after block %d was not looked for", list[len(list)-1].Height))
			return nil
		}
		from = list[len(list)-1].Height + 1
	}
}
