// Package demo owns `supercomputing demo`: a private network of six real node
// processes on this machine that plays a whole paid download, from a funded
// wallet to the coinbases that pay the nodes. It starts and watches processes
// and talks to them through their local API only; nothing in it stands in for
// the program.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// Options choose what is played.
type Options struct {
	Exe      string        // the program; "": this executable
	Dir      string        // folder for the network; "": a temporary one
	File     string        // file to publish; "": an archive of the Go toolchain
	Bid      types.Amount  // what the requester pays; 0: 40 coins
	Hold     time.Duration // how long the nodes keep the file; 0: 40 s
	Keep     bool          // leave the network running
	Kill     bool          // kill -9 producer, worker and requester in turn
	Out      io.Writer     // progress for people
	Terminal bool          // Out is a terminal: bars instead of lines
}

const (
	workers   = 4
	uploadCap = 8 << 20 // bytes a second, of the requester
	// limit ends a demo that hangs; a good one takes a third of it. A large file
	// adds what its way takes.
	limit = 8 * time.Minute
)

// Result is what a demo came to. Its JSON is the demo's machine-readable end.
type Result struct {
	OneTip    bool         `json:"one_tip"`
	Tip       string       `json:"tip"`
	Height    uint32       `json:"height"`
	Digest    string       `json:"digest"`
	Conserved bool         `json:"conserved"`
	Left      types.Amount `json:"left"`  // genesis and block coins
	Right     types.Amount `json:"right"` // all there is
	SHA256    string       `json:"sha256"`
	SHA256OK  bool         `json:"sha256_ok"`
	Size      int64        `json:"size"`     // bytes of the file
	Rate      int64        `json:"rate"`     // bytes a second of the foreign client
	CapRate   int64        `json:"cap_rate"` // the requester's own upload limit
	Bid       types.Amount `json:"bid"`
	Job       string       `json:"job"`
	Payouts   []Payout     `json:"payouts"`
	Kills     int          `json:"kills,omitempty"`
	Seconds   float64      `json:"seconds"`

	in, out []move      // what went into the blocks, what their coinbases paid
	left    []view.Term // what the state holds of it
}

// Payout is what one contributing node earned.
type Payout struct {
	Address string       `json:"address"`
	Score   types.Amount `json:"score"`
	Coins   types.Amount `json:"coins"` // paid by coinbases
}

// ErrFailed says that the demo ran and did not show what it must.
var ErrFailed = errors.New("the demo did not come out right")

// measured reports whether the file is large enough for a speed to mean
// something: the download of a small one is over before it has got going.
func (r *Result) measured() bool { return r.Size >= 2*r.CapRate }

// Check says why a result is not what the demo promises.
func (r *Result) Check() error {
	switch {
	case !r.OneTip:
		return fmt.Errorf("%w: the nodes are not on one tip", ErrFailed)
	case !r.Conserved:
		return fmt.Errorf("%w: coins are not conserved: %v on the left, %v on the right", ErrFailed, r.Left, r.Right)
	case sum(r.in) != sum(r.out)+r.kept():
		return fmt.Errorf("%w: %v went into the blocks and %v came out", ErrFailed, sum(r.in), sum(r.out)+r.kept())
	case !r.SHA256OK:
		return fmt.Errorf("%w: the downloaded file differs from the published one", ErrFailed)
	case r.measured() && r.Rate <= r.CapRate:
		return fmt.Errorf("%w: the download ran at %s/s, not above the publisher's own %s/s", ErrFailed, size(r.Rate), size(r.CapRate))
	}
	var scored types.Amount
	for _, p := range r.Payouts {
		if scored += p.Score; scored > r.Bid {
			return fmt.Errorf("%w: scores come to more than the bid of %v", ErrFailed, r.Bid)
		}
		if p.Score == 0 || p.Coins == 0 {
			return fmt.Errorf("%w: node %s has score %v and was paid %v", ErrFailed, short(p.Address), p.Score, p.Coins)
		}
	}
	return nil
}

// Run plays the demo. With Keep it leaves the processes running and Dir in
// place; otherwise it ends them all, also when it fails, and removes a
// temporary Dir. A failed run's folder stays, for its logs; an interrupted
// one's does not, and its error is ctx's.
func Run(ctx context.Context, o Options) (res *Result, err error) {
	start, caller := time.Now(), ctx
	length, err := o.fill()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit+4*time.Duration(length/uploadCap)*time.Second)
	defer cancel()
	temporary := o.Dir == ""
	if temporary {
		if o.Dir, err = os.MkdirTemp("", "supercomputing-demo-"); err != nil {
			return nil, err
		}
	} else if err := emptyDir(o.Dir); err != nil {
		return nil, err
	}
	d := &demo{Options: o, ui: newUI(o.Out, o.Terminal)}
	defer func() {
		if err == nil && o.Keep {
			d.printKept()
			return
		}
		d.killer.stop() // which would start a node that was ended
		d.stopAll()
		if err != nil && caller.Err() != nil {
			d.ui.clear()
			err = caller.Err() // whatever it came out as
		}
		interrupted := err != nil && errors.Is(err, context.Canceled)
		switch {
		case temporary && (err == nil || interrupted):
			os.RemoveAll(o.Dir)
		case err != nil:
			fmt.Fprintf(o.Out, "The demo stopped. Its logs are in %s\n", o.Dir)
		}
	}()
	if res, err = d.play(ctx); err != nil {
		return res, err
	}
	res.Seconds = time.Since(start).Seconds()
	d.printResult(res)
	return res, res.Check()
}

// fill completes the options, and gives the size of the file to publish.
func (o *Options) fill() (size int64, err error) {
	if o.Exe == "" {
		if o.Exe, err = os.Executable(); err != nil {
			return 0, err
		}
	}
	if o.Bid == 0 {
		o.Bid = 40 * types.Coin
	}
	if o.Hold == 0 {
		o.Hold = 40 * time.Second
	}
	if o.Out == nil {
		o.Out = io.Discard
	}
	if o.File == "" {
		return archiveSize, nil
	}
	if o.File, err = filepath.Abs(o.File); err != nil {
		return 0, err
	}
	info, err := os.Stat(o.File)
	if err != nil {
		return 0, fmt.Errorf("the file to publish: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() == 0 {
		return 0, fmt.Errorf("the file to publish: %s is not a file with content", o.File)
	}
	return info.Size(), nil
}

func emptyDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		err = fmt.Errorf("the demo's folder %s is not empty", dir)
	}
	return err
}

// demo is a running demo.
type demo struct {
	Options
	ui        *ui
	client    string // path of aria2c
	nodes     []*process
	producer  *process
	requester *process
	workers   []*process
	killer    *killer
	fileSize  int64 // bytes
}

// play runs the demo's scenes in order.
func (d *demo) play(ctx context.Context) (*Result, error) {
	var err error
	if d.client, err = findClient(); err != nil {
		return nil, err
	}
	in, err := d.input(ctx)
	if err != nil {
		return nil, err
	}
	if err := d.startNetwork(ctx); err != nil {
		return nil, err
	}
	job, err := d.post(ctx, in)
	if err != nil {
		return nil, err
	}
	if d.Kill {
		d.killer = d.startKiller(ctx)
	}
	if err := d.spread(ctx, job.ID); err != nil {
		return nil, err
	}
	got, err := d.fetch(ctx, job.Magnet, in)
	if err != nil {
		return nil, err
	}
	if err := d.finish(ctx, job.ID); err != nil {
		return nil, err
	}
	kills := d.killer.stop()
	if err := d.awaitPayouts(ctx); err != nil {
		return nil, err
	}
	res := &Result{Bid: d.Bid, Job: job.ID, SHA256: got.sum, SHA256OK: got.sum == in.sum, Size: in.size,
		Rate: got.rate, CapRate: uploadCap, Kills: kills}
	return res, d.settle(ctx, job.ID, res)
}

// post shows the quote and pays the bid.
func (d *demo) post(ctx context.Context, in *input) (view.JobDetail, error) {
	req := view.DownloadRequest{Path: in.path, Bid: d.Bid, Seconds: int64(d.Hold.Seconds()), Replicas: workers, Label: "demo"}
	q, err := patiently(ctx, d, func(ctx context.Context) (view.JobQuote, error) { return d.requester.api.QuoteDownload(ctx, req) })
	if err != nil {
		return view.JobDetail{}, fmt.Errorf("quote: %w", err)
	}
	d.ui.line("Quote: %d nodes keep %s for %ds; bid %v + fee %v = %v SCC, rank %d of %d; nodes get %v, producers %v, foundation %v, developer %v",
		q.Replicas, size(q.Size), q.Seconds, q.Bid, q.Fee, q.Total, q.Rank, q.OpenJobs+1,
		q.Split.Nodes, q.Split.Producers, q.Split.Foundation, q.Split.Developer)
	d.ui.step("The requester makes the torrent and pays the bid from its wallet")
	job, err := d.requester.api.PublishDownload(ctx, req)
	if err != nil {
		return job, fmt.Errorf("publish: %w", err)
	}
	d.ui.line("Job %s", job.ID)
	d.ui.line("Magnet link: %s", job.Magnet)
	d.ui.step("Waiting for the block that carries the job")
	err = d.until(ctx, func(ctx context.Context) (bool, error) {
		j, err := d.requester.api.Job(ctx, job.ID)
		if err == nil && j.Height > 0 {
			d.ui.line("Block %d carries it: %dd holds the job post", j.Height, j.Height)
		}
		return j.Height > 0, err
	})
	return job, err
}

// spread waits until all nodes hold the file.
func (d *demo) spread(ctx context.Context, job string) error {
	d.ui.step("The nodes find the job, dial the requester and fetch the file over BitTorrent (requester's upload: at most %s/s)", size(uploadCap))
	return d.until(ctx, func(ctx context.Context) (bool, error) {
		j, err := d.requester.api.Job(ctx, job)
		if err != nil {
			return false, err
		}
		var done, total int64
		full := 0
		for _, n := range j.Nodes {
			done += n.Progress.Done
			total += n.Progress.Total
			if n.Progress.Total > 0 && n.Progress.Done >= n.Progress.Total && n.State == "working" {
				full++
			}
		}
		d.ui.bar("swarm", done, max(total, workers*j.Size), fmt.Sprintf("%d nodes, %d hold all of it", len(j.Nodes), full))
		return full >= workers, nil
	})
}

// finish waits for audits, tickets, score reports and the completion.
func (d *demo) finish(ctx context.Context, job string) error {
	d.ui.step("The nodes seed; the requester audits them at random times and hands out score tickets")
	return d.until(ctx, func(ctx context.Context) (bool, error) {
		j, err := d.requester.api.Job(ctx, job)
		if err != nil {
			return false, err
		}
		audits := 0
		var ticketed types.Amount
		for _, n := range j.Nodes {
			audits += n.Audits
			ticketed += n.Ticketed
		}
		d.ui.bar("score", int64(ticketed), int64(j.Bid),
			fmt.Sprintf("%d audits passed, tickets for %v, on the chain %v (%s)", audits, ticketed, j.Scored, j.State))
		return j.State == view.JobComplete, nil
	})
}
