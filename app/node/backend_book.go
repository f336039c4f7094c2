package node

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/tasks"
	"supercomputing/tasks/download"
)

// lookTime is how long nodes take to look at a block's new jobs and to reach
// their author.
const lookTime = 5 * time.Second

// OrderBook implements view.Jobs.
func (n *Node) OrderBook(_ context.Context, ref string) (view.OrderBook, error) {
	if err := n.needWallet(); err != nil {
		return view.OrderBook{}, err
	}
	rows, err := n.dappRows()
	if err != nil {
		return view.OrderBook{}, explain(err)
	}
	row, err := findDapp(rows, ref)
	if err != nil {
		return view.OrderBook{}, err
	}
	m := n.market
	price, err := m.board.Quote(row.id)
	if err != nil {
		return view.OrderBook{}, explain(err)
	}
	entries, err := m.board.Entries()
	if err != nil {
		return view.OrderBook{}, explain(err)
	}
	block := blockTime(n.params)
	b := view.OrderBook{Dapp: row.id.String(), Name: row.dapp.Name, Bids: []view.BookBid{}, Nodes: m.knownNodes(row.id, price),
		Suggested: price.Median, Least: consensus.MinBid, BlockSeconds: int64(block / time.Second)}
	for _, e := range entries {
		if e.Job.Post.Dapp != row.id {
			continue
		}
		scores, err := m.ledger.Scores(e.Job.ID)
		if err != nil {
			return view.OrderBook{}, explain(err)
		}
		b.Bids = append(b.Bids, view.BookBid{Job: e.Job.ID.String(), Name: m.jobName(e.Job.Post), Remaining: e.Job.Remaining(), Own: e.Own, Workers: len(scores)})
	}
	slices.SortStableFunc(b.Bids, func(x, y view.BookBid) int { return cmp.Compare(y.Remaining, x.Remaining) })
	b.Starts = likelyStarts(len(b.Bids)+1, b.Nodes, block)
	return b, nil
}

// likelyStarts tells for each rank when work on a job is likely to begin. A node
// takes the best jobs up to its limit, and most have the usual one: a job that is
// among so many is taken as soon as nodes see it in a block. One behind them waits
// until another ends, and nobody knows when. Without known nodes nothing can be
// told.
func likelyStarts(ranks, nodes int, block time.Duration) []int64 {
	out := make([]int64, ranks)
	atOnce := config.Default().Contribute.MaxJobs
	for i := range out {
		out[i] = -1
		if nodes > 0 && i < atOnce {
			out[i] = int64((block + lookTime) / time.Second)
		}
	}
	return out
}

// PauseJob implements view.Jobs.
func (n *Node) PauseJob(_ context.Context, req view.PauseJobRequest) (view.Job, error) {
	if err := n.needWallet(); err != nil {
		return view.Job{}, err
	}
	id, err := jobID(req.Job)
	if err != nil {
		return view.Job{}, err
	}
	m := n.market
	if err := m.coordinator.Pause(id, req.Paused); err != nil {
		return view.Job{}, explain(err)
	}
	j, err := m.coordinator.Job(id)
	if err != nil {
		return view.Job{}, explain(err)
	}
	m.pauseContent(j)
	n.events.emit(view.Event{Kind: view.EventJob, Job: id.String()})
	return n.ownJob(j, true).Job, nil
}

// pauseContent stops or resumes what this machine uploads for a job. Nodes go on
// giving what they hold.
func (m *market) pauseContent(j tasks.OwnJob) {
	ih := j.Job.Post.InfoHash
	if len(ih) != len(download.InfoHash{}) {
		return
	}
	if err := m.engine.Pause(download.InfoHash(ih), j.Paused); err != nil && j.Paused {
		m.log.Debug("nothing to pause", "job", j.Job.ID, "err", err)
	}
}

// holdPaused stops again what was paused before a restart.
func (m *market) holdPaused() {
	for _, j := range m.coordinator.Jobs() {
		if j.Paused {
			m.pauseContent(j)
		}
	}
}

// pieces shows which node holds which pieces.
func (n *Node) pieces(s download.Swarm, j tasks.OwnJob) *view.DownloadDetail {
	d := &view.DownloadDetail{Pieces: s.Pieces, PieceLength: s.PieceLength, Nodes: []view.SwarmNode{}}
	states, shares := make(map[string]view.JobWorker), settling(j.Phase)
	for _, share := range j.Nodes {
		states[share.Node.String()] = n.jobWorker(share, shares)
	}
	held, names := 0, make(addressNames)
	for _, x := range s.Nodes {
		w := states[x.Address]
		v := view.SwarmNode{Address: n.named(x.Address, names), Have: x.Have, Pieces: x.Pieces, Proven: x.Proven, State: w.State, Why: w.Why}
		if x.Failed != "" {
			v.State, v.Why = "dropped", x.Failed
		} else {
			held += x.Pieces
		}
		d.Nodes = append(d.Nodes, v)
	}
	slices.SortFunc(d.Nodes, func(a, b view.SwarmNode) int {
		if a.Pieces != b.Pieces {
			return b.Pieces - a.Pieces
		}
		return strings.Compare(a.Address, b.Address)
	})
	if s.Pieces > 0 {
		d.Copies = float64(held) / float64(s.Pieces)
	}
	if ih := j.Job.Post.InfoHash; len(ih) == len(download.InfoHash{}) {
		if st, err := n.market.engine.Stats(download.InfoHash(ih)); err == nil {
			d.Uploading = st.UploadRate
		}
	}
	return d
}
