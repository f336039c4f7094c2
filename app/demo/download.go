package demo

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/networks"
	"supercomputing/chain/types"
)

// Download is the play of a file that is published, spread and fetched by a
// client that is not ours.
type Download struct {
	File string        // to publish; "": an archive of the Go toolchain
	Hold time.Duration // how long the nodes keep it; 0: 40 s

	client string // path of aria2c
	in     *input
}

// uploadCap is what the requester may send, in bytes a second.
const uploadCap = 8 << 20

// Downloaded is what a download came to.
type Downloaded struct {
	SHA256   string `json:"sha256"`
	SHA256OK bool   `json:"sha256_ok"`
	Size     int64  `json:"size"`     // bytes of the file
	Rate     int64  `json:"rate"`     // bytes a second of the foreign client
	CapRate  int64  `json:"cap_rate"` // the requester's own upload limit
}

// measured reports whether the file is large enough for a speed to mean
// something: the download of a small one is over before it has got going.
func (r *Downloaded) measured() bool { return r.Size >= 2*r.CapRate }

func (r *Downloaded) check() error {
	switch {
	case !r.SHA256OK:
		return fmt.Errorf("%w: the downloaded file differs from the published one", ErrFailed)
	case r.measured() && r.Rate <= r.CapRate:
		return fmt.Errorf("%w: the download ran at %s/s, not above the publisher's own %s/s", ErrFailed, size(r.Rate), size(r.CapRate))
	}
	return nil
}

// fill implements Play. A large file adds what its way takes.
func (p *Download) fill() (time.Duration, error) {
	if p.Hold == 0 {
		p.Hold = 40 * time.Second
	}
	length := int64(archiveSize)
	if p.File != "" {
		var err error
		if p.File, err = filepath.Abs(p.File); err != nil {
			return 0, err
		}
		info, err := os.Stat(p.File)
		if err != nil {
			return 0, fmt.Errorf("the file to publish: %w", err)
		}
		if !info.Mode().IsRegular() || info.Size() == 0 {
			return 0, fmt.Errorf("the file to publish: %s is not a file with content", p.File)
		}
		length = info.Size()
	}
	return limit + 4*time.Duration(length/uploadCap)*time.Second, nil
}

// prepare implements Play.
func (p *Download) prepare(ctx context.Context, d *demo) (err error) {
	if p.client, err = findClient(); err != nil {
		return err
	}
	p.in, err = p.input(ctx, d)
	return err
}

func (*Download) dapp() string { return networks.Download }

// settings implements Play.
func (p *Download) settings(d *demo, n *process, c *config.Config) {
	c.Contribute.Disk = config.Size(max(4<<30, 2*p.in.size))
	if n == d.requester {
		c.Publish.Upload = uploadCap
	}
}

// perform implements Play.
func (p *Download) perform(ctx context.Context, d *demo, res *Result) error {
	job, err := p.post(ctx, d)
	if err != nil {
		return err
	}
	if err := d.awaitBlock(ctx, job.ID); err != nil {
		return err
	}
	d.kill(ctx)
	if err := d.spread(ctx, job.ID); err != nil {
		return err
	}
	got, err := p.fetch(ctx, d, job.Magnet)
	if err != nil {
		return err
	}
	if err := d.finish(ctx, job.ID); err != nil {
		return err
	}
	res.Job = job.ID
	res.Downloaded = &Downloaded{SHA256: got.sum, SHA256OK: got.sum == p.in.sum, Size: p.in.size, Rate: got.rate, CapRate: uploadCap}
	return nil
}

// earned implements Play.
func (*Download) earned(res *Result, _ string) string { return "kept and spread " + size(res.Size) }

// outcome implements Play.
func (*Download) outcome(w io.Writer, res *Result) {
	speed := fmt.Sprintf("%s/s against the requester's %s/s", size(res.Rate), size(res.CapRate))
	if !res.measured() {
		speed = "too small a file to measure its speed"
	}
	fmt.Fprintf(w, "Download by aria2c:     SHA-256 %s, %s\n", verdict(res.SHA256OK), speed)
}

// remains implements Play: the file came from elsewhere.
func (*Download) remains() []string { return nil }

// post shows the quote and pays the bid.
func (p *Download) post(ctx context.Context, d *demo) (view.JobDetail, error) {
	req := view.DownloadRequest{Path: p.in.path, Bid: d.Bid, Seconds: int64(p.Hold.Seconds()), Replicas: workers, Label: "demo"}
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
	return job, nil
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
