package node

import (
	"context"
	"fmt"
	"math"
	"net/netip"
	"runtime"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/miner"
	"supercomputing/tasks"
	"supercomputing/tasks/download"
	"supercomputing/tasks/render"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/povray"
)

// usualNodes is how many nodes are expected where none is known, and for how
// many a job is cut at least.
const usualNodes = 4

// Duration of a render job: so many times what one core takes for all of it,
// for nodes may be few and slow, and at least a day for some to come.
const (
	renderSpare = 4
	renderLeast = 24 * time.Hour
)

// offer is a quote, and the plan that it is for.
type offer struct {
	quote view.RenderQuote
	plan  render.Plan
}

// QuoteRender implements view.Jobs.
func (n *Node) QuoteRender(ctx context.Context, req view.RenderRequest) (view.RenderQuote, error) {
	if err := n.needWallet(); err != nil {
		return view.RenderQuote{}, err
	}
	o, err := n.offer(ctx, req)
	return o.quote, explain(err)
}

// offer tries a request's scene and prices it.
func (n *Node) offer(ctx context.Context, req view.RenderRequest) (offer, error) {
	if req.Bid != 0 && req.Bid < consensus.MinBid {
		return offer{}, view.Errorf(view.CodeInvalid, "a bid of %v is below the least of %v", req.Bid, consensus.MinBid)
	}
	o, err := n.order(ctx, req)
	if err != nil {
		return offer{}, err
	}
	est, size, err := n.try(ctx, &o)
	if err != nil {
		return offer{}, err
	}
	return n.price(ctx, req, &o, est, size)
}

// try renders a few small pictures of the scene, with what this machine may use
// for rendering.
func (n *Node) try(ctx context.Context, o *renderOrder) (engine.Estimate, int64, error) {
	r, p := n.market.render, &o.plan
	frames := render.ListFrames(p.Frames)
	known := fmt.Sprintf("%s %s %s %+v %s", o.build.ID, p.Scene, o.stamp, p.Settings, render.FormatFrames(p.Frames))
	l := r.dapp.Limits()
	if n.market.runner.Status().Working > 0 {
		o.notes = append(o.notes, "this machine works for others right now, so the trial may have taken longer than it should")
	}
	// In a sandbox where there is one, for a scene may come from anywhere.
	return r.trials.try(ctx, known, o.engine, p.Scene, p.Settings, frames, engine.TrialOptions{Threads: l.Cores, Memory: l.Memory, Disk: l.Disk})
}

// price makes a quote of an order and what its trial told.
func (n *Node) price(ctx context.Context, req view.RenderRequest, o *renderOrder, est engine.Estimate, size int64) (offer, error) {
	p, m := &o.plan, n.market
	frames := render.CountFrames(p.Frames)
	market, err := m.board.Quote(m.render.dapp.ID())
	if err != nil {
		return offer{}, err
	}
	known := m.knownNodes(n.market.render.dapp.ID(), market)
	p.Rows, p.Cols = 1, 1
	if !p.WholeOnly {
		p.Rows, p.Cols = engine.Divide(est.Frame(), est.Setup, frames, max(known, usualNodes))
		p.Rows, p.Cols = cutFor(p.Settings, p.Rows, p.Cols, frames)
	}
	tiles := p.Rows * p.Cols
	p.FrameSeconds, p.SetupSeconds, p.Memory = est.FrameCore, est.Setup.Seconds(), est.Memory
	expected := known
	if known == 0 {
		expected = usualNodes
	}
	p.Repeats, p.Nodes = render.PlannedRepeats(tiles*frames, expected, 0, p.Checks), expected
	core := p.CoreSeconds()
	cores := float64(m.render.dapp.Limits().Cores) // of a node, which is taken to be like this one
	q := view.RenderQuote{Scene: showScene(p.Scene, *o), Frames: frames, Width: p.Settings.Width, Height: p.Settings.Height,
		Samples: p.Settings.Samples, Format: string(p.Format), Tiles: tiles, Output: p.Output, Video: p.Video,
		Estimate: view.RenderEstimate{Tried: est.Tiles, TrialSeconds: est.Took.Seconds(), FrameSeconds: est.FrameCore, SetupSeconds: est.Setup.Seconds(),
			CoreSeconds: core, HereSeconds: float64(frames) * est.FrameCore / float64(runtime.NumCPU()), NodeSeconds: nodeSeconds(p, expected, cores),
			Nodes: expected, Memory: est.Memory}}
	q.JobQuote = view.JobQuote{Dapp: m.render.dapp.Name(), Name: p.Name, Size: size, Bid: req.Bid, Spendable: n.wallet.Balance().Spendable}
	if err := n.renderMarket(&q, p, min(expected, tiles*frames), market); err != nil {
		return offer{}, err
	}
	q.Split = splitBid(q.Bid)
	q.Blocks = renderBlocks(n.params, core*(1+p.Repeats))
	q.Seconds = int64(time.Duration(q.Blocks) * blockTime(n.params) / time.Second)
	q.Notes = append(o.notes, n.renderNotes(&q, p, known)...)
	if note := roomNote(ctx, p); note != "" {
		q.Notes = append(q.Notes, note)
	}
	return offer{q, *p}, n.renderFee(&q, p, size)
}

// nodeSeconds is how long so many nodes of so many cores each take: their part
// of all work, but at least as many rounds as tiles need, and a tile's check
// after the tile.
func nodeSeconds(p *render.Plan, nodes int, cores float64) float64 {
	tiles := p.Rows * p.Cols * render.CountFrames(p.Frames)
	at := cores // that are at one tile
	if p.Engine == povray.Name {
		at = 1
	}
	tile := p.CoreSeconds() / float64(tiles) / at
	rounds := math.Ceil(float64(tiles) / float64(nodes) * at / cores)
	if p.Checks != render.ChecksOff {
		rounds = max(rounds, 2)
	}
	return max(p.CoreSeconds()*(1+p.Repeats)/cores/float64(nodes), rounds*tile)
}

// cutFor makes a grid that a job can have, and that engine.Grid would make.
func cutFor(s engine.Settings, rows, cols, frames int) (int, int) {
	rows, cols = max(1, min(rows, s.Height/engine.LeastSide)), max(1, min(cols, s.Width/engine.LeastSide))
	for rows*cols > 1 && rows*cols*frames > render.MaxTiles {
		if rows >= cols {
			rows--
		} else {
			cols--
		}
	}
	return rows, cols
}

// knownNodes is how many nodes are known to work for a dapp: those that open jobs
// have paid, or that worked on one of our own.
func (m *market) knownNodes(dapp types.Hash, q tasks.Quote) int {
	most := q.Nodes
	for _, j := range m.coordinator.Jobs() {
		if j.Job.Post.Dapp != dapp {
			continue
		}
		k := 0
		for _, s := range j.Nodes {
			if s.Ticket > 0 {
				k++
			}
		}
		most = max(most, k)
	}
	return most
}

// renderMarket compares with the open jobs.
func (n *Node) renderMarket(q *view.RenderQuote, p *render.Plan, nodes int, price tasks.Quote) error {
	entries, err := n.market.board.Entries()
	if err != nil {
		return err
	}
	q.OpenJobs = len(entries)
	open := make([]tasks.Job, len(entries))
	for i, e := range entries {
		open[i] = e.Job
		if e.Rank > 0 {
			q.First = max(q.First, e.Job.Remaining()+1)
		}
	}
	s := n.market.render.dapp.Suggest(p.CoreSeconds(), p.Repeats, nodes, open)
	q.Suggested, q.First = s.Suggested, max(q.First, s.Minimum)
	if q.Bid == 0 {
		q.Bid = q.Suggested
	}
	q.Rank, _ = price.Rank(q.Bid)
	q.GoingBids = view.BidRange{Count: price.Open, Least: price.Low, Median: price.Median, Most: price.High}
	return nil
}

// renderBlocks is a job's duration for so much work of one core.
func renderBlocks(p *consensus.Params, coreSeconds float64) uint32 {
	longest := longestKeep(p)
	work := time.Duration(min(coreSeconds*renderSpare, longest.Seconds()) * float64(time.Second))
	return uint32(min(keepBlocks(p, min(max(work, renderLeast), longest)), consensus.MaxDuration))
}

// renderNotes says what a requester should know before paying.
func (n *Node) renderNotes(q *view.RenderQuote, p *render.Plan, known int) (out []string) {
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	switch share := p.Repeats / (1 + p.Repeats); p.Checks {
	case render.ChecksOff:
		say("nothing is checked: whatever nodes send is taken and paid")
	default:
		say("about %.0f %% of the work is rendered a second time, to check it; nodes that prove themselves are checked less", math.Ceil(100*share))
	}
	if known == 0 {
		say("no node is known yet that renders on this network; the time is for %d like this machine", usualNodes)
	}
	if q.Bid < q.Suggested {
		say("the going price for this is about %v SCC; for less, fewer nodes may come", q.Suggested)
	}
	if q.Estimate.CoreSeconds*(1+p.Repeats) > longestKeep(n.params).Seconds() {
		say("one core alone would not be done before the job ends; raise its bid then to give it more time")
	}
	return out
}

// roomNote says that the disk may get full with what is rendered: each tile is
// kept until its frame is written, both packed as well as they can be.
func roomNote(ctx context.Context, p *render.Plan) string {
	need := 2 * int64(render.CountFrames(p.Frames)) * int64(p.Settings.Width) * int64(p.Settings.Height) * int64(p.Settings.Form.Bytes())
	m, err := miner.ReadMachine(ctx, existing(p.Output))
	if err != nil || int64(min(m.DiskFree, 1<<62)) > need {
		return ""
	}
	return fmt.Sprintf("the frames may take up to %s, and the disk has %s free; when it is full the job waits for room", download.Bytes(need), download.Bytes(int64(m.DiskFree)))
}

// renderFee prices the transaction with a post of the size that the real one
// will have.
func (n *Node) renderFee(q *view.RenderQuote, p *render.Plan, size int64) error {
	hints := make([]netip.AddrPort, min(len(n.market.engine.Addrs()), render.MaxHints))
	for i := range hints {
		hints[i] = n.market.engine.Addrs()[i]
	}
	spec, err := render.Spec{Engine: p.Engine, Series: engine.Series(p.Version), Name: p.Name, Frames: p.Frames, Settings: p.Settings,
		BundleSize: max(size, 1), PieceLength: download.PieceLengthFor(size), CoreSeconds: 1, Memory: p.Memory, Hints: hints}.Encode()
	if err != nil {
		return err
	}
	post := &types.JobPost{Spec: spec, InfoHash: make([]byte, len(render.InfoHash{})), Dapp: n.market.render.dapp.ID(),
		Bid: q.Bid, Duration: q.Blocks, Contact: n.market.contact.told}
	return n.recordFee(&q.JobQuote, post)
}

// PostRender implements view.Jobs.
func (n *Node) PostRender(ctx context.Context, req view.RenderRequest) (view.JobDetail, error) {
	if err := n.needWallet(); err != nil {
		return view.JobDetail{}, err
	}
	done, err := n.market.render.posting.wait(ctx)
	if err != nil {
		return view.JobDetail{}, err
	}
	defer done()
	o, err := n.offer(ctx, req)
	if err != nil {
		return view.JobDetail{}, explain(err)
	}
	q := &o.quote
	if !q.Affordable {
		return view.JobDetail{}, view.Errorf(view.CodeFunds, "the job costs %v SCC, and only %v SCC can be spent now; nothing was paid", q.Total, q.Spendable)
	}
	id, err := n.postRender(withLabel(ctx, req.Label), &o)
	if err != nil {
		return view.JobDetail{}, explain(err)
	}
	n.events.emit(view.Event{Kind: view.EventJob, Job: id.String()})
	return n.Job(ctx, id.String())
}

// postRender packs the scene, offers it to nodes and pays. What was packed for
// a job that is not paid is removed.
func (n *Node) postRender(ctx context.Context, o *offer) (types.Hash, error) {
	m := n.market
	if err := m.ready(ctx); err != nil {
		return types.Hash{}, err
	}
	contact, err := m.contact.reachedAt()
	if err != nil {
		return types.Hash{}, err
	}
	if err := makeOutput(o.plan.Output); err != nil {
		return types.Hash{}, err
	}
	m.engine.SetLimits(m.rates(n.config(), true))
	defer n.applyRates()
	post, err := m.render.dapp.Prepare(ctx, o.plan)
	if err != nil {
		return types.Hash{}, err
	}
	post.Contact, post.Duration, post.Bid = contact, o.quote.Blocks, o.quote.Bid
	id, err := m.coordinator.Post(ctx, post, nil)
	if err != nil && id == (types.Hash{}) { // else it is paid for, and taken up later
		if ferr := m.render.dapp.Forget(post); ferr != nil {
			m.log.Warn("a scene that nobody renders is left", "err", ferr)
		}
	}
	return id, err
}
