package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/networks"
	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/download"
	"supercomputing/tasks/render"
	"supercomputing/wallet"
)

var (
	errInUse     = error(syscall.EADDRINUSE)
	errNoContact = view.Errorf(view.CodeConflict, "no node could reach this machine: the setting “listen.contact” is empty").
			WithHint("“supercomputing config set listen.contact 0.0.0.0:7403”, and start the node again")
)

// usualReplicas is how many nodes keep a file unless told otherwise.
const usualReplicas = 4

// blockTime is the average time between blocks.
func blockTime(p *consensus.Params) time.Duration {
	return time.Duration(p.SlotSeconds) * time.Second * time.Duration(p.LeaderDen) / time.Duration(p.LeaderNum)
}

// spareBlocks keeps a job open beside the keeping time: for nodes to come and
// fetch, and for the last reports.
const spareBlocks = 200

// keepBlocks is a job's duration for a keeping time. Blocks come at random, so
// it leaves a quarter more.
func keepBlocks(p *consensus.Params, keep time.Duration) int64 {
	return int64(keep+keep/4)/int64(blockTime(p)) + 1 + spareBlocks
}

// longestKeep is the longest keeping time whose job a block can carry.
func longestKeep(p *consensus.Params) time.Duration {
	return (blockTime(p) * (consensus.MaxDuration - spareBlocks - 1) * 4 / 5).Truncate(time.Second)
}

// completeRequest fills in what was left to the node, and refuses what cannot be.
func (n *Node) completeRequest(req *view.DownloadRequest) error {
	longest := longestKeep(n.params)
	if req.Seconds == 0 {
		req.Seconds = int64(min(download.DefaultKeep, longest) / time.Second)
	}
	if req.Replicas == 0 {
		req.Replicas = usualReplicas
	}
	switch keep := time.Duration(req.Seconds) * time.Second; {
	case !filepath.IsAbs(req.Path):
		return view.Errorf(view.CodeInvalid, "the path %q is not absolute", req.Path)
	case req.Seconds < 0 || req.Seconds > int64(longest/time.Second):
		return view.Errorf(view.CodeInvalid, "a job on this network can last up to %v, not %v", longest, keep).
			WithHint("raise its bid later to renew it")
	case req.Replicas < 0 || req.Replicas > download.MaxReplicas:
		return view.Errorf(view.CodeInvalid, "%d nodes; from 1 to %d are possible", req.Replicas, download.MaxReplicas)
	case req.Bid < consensus.MinBid:
		return view.Errorf(view.CodeInvalid, "a bid of %v is below the least of %v", req.Bid, consensus.MinBid)
	}
	return nil
}

// contentSize adds up a file or folder.
func contentSize(path string) (size int64, err error) {
	err = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.Type().IsRegular() {
			info, err := d.Info()
			if err != nil {
				return err
			}
			size += info.Size()
		}
		return nil
	})
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, view.Errorf(view.CodeNotFound, "there is no file %s on the node's machine", path)
	case errors.Is(err, fs.ErrPermission):
		return 0, view.Errorf(view.CodeInvalid, "the node may not read %s", path)
	case err == nil && size == 0:
		return 0, view.Errorf(view.CodeInvalid, "there is nothing in %s", path)
	}
	return size, err
}

// QuoteDownload implements view.Jobs.
func (n *Node) QuoteDownload(_ context.Context, req view.DownloadRequest) (view.JobQuote, error) {
	if err := n.needWallet(); err != nil {
		return view.JobQuote{}, err
	}
	if err := n.completeRequest(&req); err != nil {
		return view.JobQuote{}, err
	}
	if err := n.checkPublic(req.Path); err != nil {
		return view.JobQuote{}, err
	}
	size, err := contentSize(req.Path)
	if err != nil {
		return view.JobQuote{}, explain(err)
	}
	q := view.JobQuote{Dapp: n.market.download.Name(), Name: filepath.Base(req.Path), Size: size, Replicas: req.Replicas, Bid: req.Bid,
		Split: splitBid(req.Bid), Seconds: req.Seconds, Spendable: n.wallet.Balance().Spendable, Notes: []string{}}
	q.Blocks = n.jobBlocks(req)
	if err := n.quoteFee(&q, req); err != nil {
		return q, explain(err)
	}
	return q, explain(n.quoteMarket(&q, req))
}

// splitBid shares a bid as PROTOCOL §5 does: what is not divisible goes to the
// foundation.
func splitBid(bid types.Amount) view.BidSplit {
	s := view.BidSplit{Producers: bid.Part(10, 100), Developer: bid.Part(20, 100), Nodes: bid.Part(60, 100)}
	s.Foundation = bid - s.Producers - s.Developer - s.Nodes
	return s
}

// quoteFee prices the transaction with a post of the size that the real one
// will have.
func (n *Node) quoteFee(q *view.JobQuote, req view.DownloadRequest) error {
	post, err := n.market.download.Post(download.Published{Name: q.Name, Size: q.Size, PieceLength: download.PieceLengthFor(q.Size)},
		time.Duration(req.Seconds)*time.Second, req.Replicas)
	if err != nil {
		return view.Errorf(view.CodeInvalid, "%v", err)
	}
	post.Bid, post.Duration, post.Contact = req.Bid, q.Blocks, n.market.contact.told
	return n.recordFee(q, &post)
}

// recordFee fills in what posting a job costs.
func (n *Node) recordFee(q *view.JobQuote, post *types.JobPost) error {
	wq, err := n.wallet.BuildRecord(post, wallet.RecordOptions{})
	var short *wallet.FundsError
	if errors.As(err, &short) {
		q.Fee = max(short.Needed-q.Bid, 0)
		q.Total = q.Bid + q.Fee
		return nil
	}
	if err != nil {
		return err
	}
	q.Fee, q.Total, q.Affordable = wq.Fee, q.Bid+wq.Fee, true
	if wq.Preparation > 0 {
		q.Notes = append(q.Notes, "a payment to your own identity address goes first, since no coin lies there yet")
	}
	return nil
}

// quoteMarket compares the bid with the open jobs.
func (n *Node) quoteMarket(q *view.JobQuote, req view.DownloadRequest) error {
	m := n.market
	price, err := m.board.Quote(m.download.ID())
	if err != nil {
		return err
	}
	q.Rank, _ = price.Rank(req.Bid)
	q.GoingBids = view.BidRange{Count: price.Open, Least: price.Low, Median: price.Median, Most: price.High}
	entries, err := m.board.Entries()
	if err != nil {
		return err
	}
	q.OpenJobs = len(entries)
	open := make([]tasks.Job, len(entries))
	for i, e := range entries {
		open[i] = e.Job
	}
	keep := time.Duration(req.Seconds) * time.Second
	s := m.download.Suggest(q.Size, keep, req.Replicas, open)
	if q.Going = s.Suggested; req.Bid < s.Suggested {
		q.Notes = append(q.Notes, fmt.Sprintf("the going price for this is about %v SCC; for less, fewer nodes may come", s.Suggested))
	}
	return nil
}

// PublishDownload implements view.Jobs.
func (n *Node) PublishDownload(ctx context.Context, req view.DownloadRequest) (view.JobDetail, error) {
	q, err := n.QuoteDownload(ctx, req)
	if err != nil {
		return view.JobDetail{}, err
	}
	if !q.Affordable {
		return view.JobDetail{}, view.Errorf(view.CodeFunds, "the job costs %v SCC, and only %v SCC can be spent now; nothing was paid", q.Total, q.Spendable)
	}
	m := n.market
	if err := m.ready(ctx); err != nil {
		return view.JobDetail{}, err
	}
	contact, err := m.contact.reachedAt()
	if err != nil {
		return view.JobDetail{}, explain(err)
	}
	m.engine.SetLimits(m.rates(n.config(), true))
	defer n.applyRates()
	content, err := m.engine.Publish(ctx, req.Path, nil)
	if err != nil {
		return view.JobDetail{}, explain(err)
	}
	post, err := m.download.Post(content, time.Duration(q.Seconds)*time.Second, q.Replicas)
	if err != nil {
		return view.JobDetail{}, explain(err)
	}
	post.Contact, post.Duration, post.Bid = contact, q.Blocks, req.Bid
	id, err := m.coordinator.Post(withLabel(ctx, req.Label), post, nil)
	if err != nil {
		if id == (types.Hash{}) { // else it is paid for, and taken up later
			m.unpublish(content.InfoHash)
		}
		return view.JobDetail{}, explain(err)
	}
	n.events.emit(view.Event{Kind: view.EventJob, Job: id.String()})
	return n.Job(ctx, id.String())
}

// unpublish stops offering a content that no own job pays for.
func (m *market) unpublish(ih download.InfoHash) {
	for _, j := range m.coordinator.Jobs() {
		if string(j.Job.Post.InfoHash) == string(ih[:]) {
			return
		}
	}
	if err := m.engine.Remove(ih, false); err != nil {
		m.log.Warn("cannot withdraw a torrent", "info_hash", ih, "err", err)
	}
}

// Jobs implements view.Jobs.
func (n *Node) Jobs(context.Context) ([]view.Job, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	out := []view.Job{}
	for _, j := range n.market.coordinator.Jobs() {
		out = append(out, n.ownJob(j, true).Job)
	}
	return out, nil
}

// Job implements view.Jobs.
func (n *Node) Job(_ context.Context, id string) (view.JobDetail, error) {
	if err := n.needWallet(); err != nil {
		return view.JobDetail{}, err
	}
	h, err := jobID(id)
	if err != nil {
		return view.JobDetail{}, err
	}
	j, err := n.market.coordinator.Job(h)
	if err != nil {
		return view.JobDetail{}, explain(err)
	}
	d := n.ownJob(j, false)
	d.Receipts, err = n.receipts(j)
	return d, explain(err)
}

// jobStates gives each phase its word for people.
var jobStates = map[tasks.Phase]string{
	tasks.PhaseSigning: view.JobWaiting, tasks.PhaseWaiting: view.JobWaiting, tasks.PhaseWorking: view.JobOpen, tasks.PhaseReporting: view.JobClosing,
	tasks.PhaseCompleting: view.JobClosing, tasks.PhaseCompleted: view.JobComplete, tasks.PhaseExpired: view.JobExpired,
}

// jobName is what a post calls its content, "" when it cannot be read.
func (*market) jobName(post types.JobPost) string { return postName(post) }

func postName(post types.JobPost) string {
	switch post.Dapp {
	case networks.DappID(networks.Download):
		if s, err := download.DecodeSpec(post.Spec); err == nil {
			return s.Name
		}
	case networks.DappID(networks.Render):
		if s, err := render.DecodeSpec(post.Spec); err == nil {
			return s.Name
		}
	}
	return ""
}

// jobWork is the size of a post's content in bytes, and in words what is to be
// done where that says too little.
func (*market) jobWork(post types.JobPost) (size int64, work string) { return postWork(post) }

func postWork(post types.JobPost) (size int64, work string) {
	switch post.Dapp {
	case networks.DappID(networks.Download):
		if s, err := download.DecodeSpec(post.Spec); err == nil {
			return s.Size, ""
		}
	case networks.DappID(networks.Render):
		if s, err := render.DecodeSpec(post.Spec); err == nil {
			return s.BundleSize, renderWork(s)
		}
	}
	return 0, ""
}

// swarm is the download dapp's detail of a job, which is the live value or what
// the journal made of it.
func swarm(detail any) (s download.Swarm) {
	if s, ok := detail.(download.Swarm); ok {
		return s
	}
	if raw, err := json.Marshal(detail); err == nil {
		_ = json.Unmarshal(raw, &s) // a detail of another form shows as none
	}
	return s
}

// ownJob shows a job; brief leaves out what a list of jobs does not show and that
// may be long.
func (n *Node) ownJob(j tasks.OwnJob, brief bool) view.JobDetail {
	d := view.JobDetail{Contact: j.Job.Post.Contact, Nodes: []view.JobWorker{}, Receipts: []view.Receipt{}, Log: []view.LogLine{}, Job: view.Job{
		ID: j.Job.ID.String(), Dapp: j.Dapp, Name: n.market.jobName(j.Job.Post), State: jobStates[j.Phase], Bid: j.Job.Bids, Scored: j.Job.Scored,
		Height: j.Job.Height, EndHeight: j.Job.EndHeight, Posted: j.Posted.UTC(), Progress: showProgress(j.Progress), Paused: j.Paused}}
	switch {
	case j.Note != "":
		d.Progress.Note = j.Note
	case j.Phase == tasks.PhaseSigning:
		d.Progress.Note = string(j.Phase)
	}
	if j.Job.EndHeight > 0 {
		left := time.Duration(int64(j.Job.EndHeight)-int64(n.chain.Tip().Height)) * blockTime(n.params)
		d.Ends = time.Now().Add(left).UTC().Truncate(time.Second)
	}
	if e, err := n.wallet.Transaction(j.Job.ID); err == nil {
		d.Label = e.Label
	}
	if isRender(j.Job.Post) {
		n.renderDetail(&d, j, brief)
	} else {
		n.downloadDetail(&d, j, brief)
	}
	if !brief {
		for _, l := range j.Log {
			d.Log = append(d.Log, view.LogLine{Time: l.Time.UTC(), Text: l.Text})
		}
	}
	return d
}

func showProgress(p tasks.Progress) view.Progress {
	return view.Progress{Done: p.Done, Total: p.Total, Unit: p.Unit, Note: p.Note}
}

// downloadDetail adds what the download dapp knows: content and nodes; for a
// list not which node holds which pieces.
func (n *Node) downloadDetail(d *view.JobDetail, j tasks.OwnJob, brief bool) {
	s := swarm(j.Progress.Detail)
	if spec, err := download.DecodeSpec(j.Job.Post.Spec); err == nil && j.Job.Post.Dapp == n.market.download.ID() {
		d.Size, d.Replicas = spec.Size, spec.Replicas
	}
	if len(j.Job.Post.InfoHash) == len(download.InfoHash{}) {
		ih := download.InfoHash(j.Job.Post.InfoHash)
		d.InfoHash, d.Magnet = ih.String(), s.Magnet
		if st, err := n.market.engine.Stats(ih); err == nil && st.Published {
			d.Path = st.Path
			if link, err := n.market.engine.Magnet(ih); err == nil {
				d.Magnet = link
			}
		}
	}
	if !brief {
		d.Download = n.pieces(s, j)
	}
	seats := make(map[string]download.SwarmNode, len(s.Nodes)) // by key in hex
	for _, sn := range s.Nodes {
		seats[sn.Address] = sn
	}
	for _, share := range j.Nodes {
		seat, w := seats[share.Node.String()], n.jobWorker(share, settling(j.Phase))
		w.Audits, w.Progress = seat.Passed, view.Progress{Done: max(seat.Claimed, seat.Proven), Total: d.Size, Unit: "bytes"}
		if seat.Failed != "" {
			w.Failed, w.Why = 1, seat.Failed
		}
		addWorker(d, share, w)
	}
}

// settling tells whether nodes are no longer needed: what they did is reported.
func settling(p tasks.Phase) bool {
	return ended(p) || p == tasks.PhaseReporting || p == tasks.PhaseCompleting
}

// ended tells whether nothing more comes of a job.
func ended(p tasks.Phase) bool { return p == tasks.PhaseCompleted || p == tasks.PhaseExpired }

// addWorker adds a node to a job that it works on.
func addWorker(d *view.JobDetail, s tasks.NodeShare, w view.JobWorker) {
	if w.State == "working" {
		d.Workers++
	}
	d.Owed += max(s.Ticket-s.Recorded, 0)
	d.Nodes = append(d.Nodes, w)
}

// jobWorker is what is known of a node in any job.
func (n *Node) jobWorker(s tasks.NodeShare, over bool) view.JobWorker {
	w := view.JobWorker{Address: n.addressText(s.Node), State: "lost", Ticketed: max(s.Ticket, s.Recorded), Recorded: s.Recorded,
		LastHeard: s.LastSeen.UTC(), Why: s.Dropped}
	switch {
	case s.Dropped != "":
		w.State = "dropped"
	case over:
		w.State = "done"
	case s.Connected:
		w.State, w.LastHeard = "working", time.Now().UTC()
	}
	return w
}

// receipts reads our score reports of a job from the chain, oldest first, and
// turns their cumulative scores into what each report added.
func (n *Node) receipts(j tasks.OwnJob) ([]view.Receipt, error) {
	out := []view.Receipt{}
	last := make(map[types.Address]types.Amount)
	for _, id := range j.Reports {
		tx, pos, err := n.chain.Transaction(id)
		if err != nil {
			continue // it waits, or a reorganisation took it back
		}
		rec, err := types.DecodeRecord(tx.Payload)
		if err != nil {
			return out, err
		}
		report, ok := rec.(*types.ScoreReport)
		if !ok {
			continue
		}
		for _, e := range report.Entries {
			if added := e.Cumulative - last[e.Address]; added > 0 {
				out = append(out, view.Receipt{TxID: id.String(), Height: pos.Height, Address: n.addressText(e.Address), Score: added})
				last[e.Address] = e.Cumulative
			}
		}
	}
	return out, nil
}

// Board implements view.Jobs.
func (n *Node) Board(context.Context) ([]view.BoardEntry, error) {
	if err := n.needWallet(); err != nil {
		return nil, err
	}
	m := n.market
	entries, err := m.board.Entries()
	if err != nil {
		return nil, explain(err)
	}
	working := make(map[types.Hash]tasks.WorkStatus)
	st := m.runner.Status()
	for _, w := range st.Jobs {
		working[w.Job.ID] = w
	}
	off := ""
	if _, d := n.policy.now(); len(d.Pauses) > 0 {
		off = d.Pauses[0].Text
	}
	skip := n.config().Contribute.Off
	out := []view.BoardEntry{}
	for i, e := range entries {
		v := view.BoardEntry{Rank: i + 1, ID: e.Job.ID.String(), Dapp: e.Dapp, Name: m.jobName(e.Job.Post), Author: n.addressText(e.Job.Author),
			Bid: e.Job.Bids, Remaining: e.Job.Remaining(), Height: e.Job.Height, EndHeight: e.Job.EndHeight, Own: e.Own, Reason: e.WhyNot}
		v.Size, v.Work = m.jobWork(e.Job.Post)
		if w, ok := working[e.Job.ID]; ok {
			v.Working = w.State == "working"
			v.Reason = w.State
			if w.Why != "" {
				v.Reason += ": " + w.Why
			}
		} else if v.Reason == "" && slices.Contains(skip, e.Dapp) {
			v.Reason = tasks.WhySkipped(e.Dapp)
		} else if v.Reason == "" {
			v.Reason = off
		}
		out = append(out, v)
	}
	return out, nil
}

// Raise implements view.Jobs.
func (n *Node) Raise(ctx context.Context, req view.RaiseRequest) (view.Sent, error) {
	if err := n.needWallet(); err != nil {
		return view.Sent{}, err
	}
	id, err := jobID(req.Job)
	if err != nil {
		return view.Sent{}, err
	}
	if req.Added < consensus.MinBid {
		return view.Sent{}, view.Errorf(view.CodeInvalid, "%v is below the least raise of %v", req.Added, consensus.MinBid)
	}
	j, err := n.market.coordinator.Job(id)
	if err != nil {
		return view.Sent{}, explain(err)
	}
	if j.Phase == tasks.PhaseWaiting {
		return view.Sent{}, view.Errorf(view.CodeConflict, "the job is not in a block yet").WithHint("raise it when it is")
	}
	if err := n.checkRaise(j, req.Added); err != nil {
		return view.Sent{}, explain(err)
	}
	tx, err := n.market.coordinator.Raise(ctx, id, req.Added)
	if err != nil {
		return view.Sent{}, explain(err)
	}
	return n.sent(tx), nil
}

// checkRaise refuses a raise that buys more keeping time than its job can last:
// a raise starts the job's duration again and does not change it, so what comes
// behind would be paid and never kept.
func (n *Node) checkRaise(j tasks.OwnJob, added types.Amount) error {
	post := j.Job.Post
	if post.Dapp != n.market.download.ID() {
		return nil
	}
	before, err := download.Span(post, j.Job.Bids)
	if err != nil {
		return err
	}
	left, err := download.Span(post, min(j.Job.Bids+added, types.MaxAmount))
	if err != nil {
		return err
	}
	if until := swarm(j.Progress.Detail).Until; !until.IsZero() {
		if time.Until(until) < 3*blockTime(n.params) {
			return view.Errorf(view.CodeConflict, "the job ends before a block would surely carry the raise; nothing was paid").
				WithHint("publish the file again")
		}
		left += time.Until(until) - before
	}
	lasts := time.Duration(post.Duration) * blockTime(n.params)
	if left > lasts-lasts/8 {
		return view.Errorf(view.CodeInvalid, "the file would be kept for another %v, and the job can last %v from now; nothing was paid",
			left.Round(time.Second), lasts.Round(time.Second)).WithHint("raise by less now, and again later")
	}
	return nil
}

// sent describes an own transaction that is on its way.
func (n *Node) sent(id types.Hash) view.Sent {
	s := view.Sent{TxID: id.String()}
	if e, err := n.wallet.Transaction(id); err == nil {
		s.Fee = e.Fee
	}
	return s
}

// Complete implements view.Jobs.
func (n *Node) Complete(_ context.Context, id string) error {
	if err := n.needWallet(); err != nil {
		return err
	}
	h, err := jobID(id)
	if err != nil {
		return err
	}
	return explain(n.market.coordinator.Cancel(h))
}
