package viewtest

import (
	"fmt"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// names of nodes that work for the fixture's owner.
func node(i int) string { return Address(fmt.Sprint("node ", i)) }

func jobs() []view.Job {
	return []view.Job{
		{ID: WaitingJob(), Dapp: "download", Name: "river-levels-2026.tar.zst", Label: "Dataset for the university", State: view.JobWaiting, Size: 18_402_113_536, Replicas: 6,
			Bid: coin("6.5"), Posted: ago(35 * time.Second), Progress: view.Progress{Total: 6 * 18_402_113_536, Unit: "bytes", Note: "waits for a block"}},
		{ID: RenderJob(), Dapp: "render", Name: "lighthouse.blend", Label: "Lighthouse, shot 4", State: view.JobOpen, Size: 284_113_408, Bid: coin("18"), Scored: coin("6.114"), Owed: coin("0.82"),
			Height: tip - 410, EndHeight: tip + 3910, Posted: timeOf(tip - 410), Ends: Now().Add(22 * time.Hour), Workers: 7,
			Progress: view.Progress{Done: 17, Total: 48, Unit: "frames", Note: "frame 18: 21 of 40 tiles"}},
		{ID: DownloadJob(), Dapp: "download", Name: "blocks-the-film.mp4", State: view.JobOpen, Size: 1_482_113_024, Replicas: 4, Bid: coin("4"), Scored: coin("1.9"), Owed: coin("0.14"),
			Height: tip - 1902, EndHeight: tip + 127_000, Posted: timeOf(tip - 1902), Ends: Now().Add(29 * 24 * time.Hour), Workers: 5,
			Progress: view.Progress{Done: 4_268_485_509, Total: 4 * 1_482_113_024, Unit: "bytes", Note: "2.9 of 4 copies"}},
		{ID: DoneJob(), Dapp: "render", Name: "poster.pov", Label: "Poster", State: view.JobComplete, Size: 48_211, Bid: coin("2.5"), Scored: coin("2.31"), Height: tip - 9120, EndHeight: tip - 4800,
			Posted: timeOf(tip - 9120), Ends: timeOf(tip - 8800), Workers: 3, Progress: view.Progress{Done: 1, Total: 1, Unit: "frames"}},
		{ID: FailedJob(), Dapp: "render", Name: "teapot.blend", State: view.JobExpired, Size: 92_144, Bid: coin("0.05"), Height: tip - 22_000, EndHeight: tip - 17_680,
			Posted: timeOf(tip - 22_000), Ends: timeOf(tip - 17_680), Progress: view.Progress{Total: 10, Unit: "frames", Note: "no node could render it"}},
	}
}

func jobDetail(id string) (any, error) {
	for _, j := range jobs() {
		if j.ID != id {
			continue
		}
		d := view.JobDetail{Job: j, Path: "/home/lena/Work/" + j.Name, Contact: "203.0.113.7:7403", Nodes: []view.JobWorker{}, Receipts: []view.Receipt{}, Log: jobLog(j)}
		if j.Dapp == "download" {
			d.InfoHash = ID(j.Name)[:40]
			d.Magnet = "magnet:?xt=urn:btih:" + d.InfoHash + "&dn=" + j.Name
			d.Download = swarm(j)
		} else {
			d.Render = renderDetail(j)
		}
		d.Nodes = workers(j)
		for i := range min(len(d.Nodes), 4) {
			d.Receipts = append(d.Receipts, view.Receipt{TxID: ID(fmt.Sprint("score ", j.Name, i)), Height: j.Height + uint32(40*i+12), Address: node(i), Score: j.Scored / 4})
		}
		return d, nil
	}
	return nil, view.Errorf(view.CodeNotFound, "there is no such job of yours").WithHint("look at the list of jobs")
}

func workers(j view.Job) []view.JobWorker {
	out := []view.JobWorker{}
	for i := range j.Workers {
		w := view.JobWorker{Address: node(i), State: "working", Ticketed: (j.Scored + j.Owed) / types.Amount(j.Workers), Recorded: j.Scored / types.Amount(j.Workers),
			Audits: 14 - i, Checked: 6 - min(i, 6), Repeats: i % 3, Seconds: 812 - 61*float64(i), LastHeard: ago(time.Duration(i*i+2) * time.Second)}
		w.Progress = view.Progress{Done: max(0, j.Size-int64(i)*j.Size/5), Total: j.Size, Unit: "bytes"}
		if j.Dapp == "render" {
			w.Progress = view.Progress{Done: int64(140 - 18*i), Total: 701, Unit: "tiles"}
		}
		switch {
		case j.State == view.JobComplete:
			w.State = "done"
		case i == 3:
			w.State, w.LastHeard = "lost", ago(9*time.Minute)
			w.Why = "it was not heard for 9 minutes; what it did is kept"
		case i == 6:
			w.State, w.Failed, w.Why = "dropped", 1, "it delivered a wrong picture of frame 11"
		}
		out = append(out, w)
	}
	return out
}

func jobLog(j view.Job) []view.LogLine {
	if j.Height == 0 {
		return []view.LogLine{{Time: j.Posted, Text: "posted; the transaction waits for a block"}}
	}
	at := func(m int) time.Time { return j.Posted.Add(time.Duration(m) * time.Minute) }
	return []view.LogLine{
		{Time: at(0), Text: "posted with a bid of " + j.Bid.String() + " SCC"},
		{Time: at(1), Text: fmt.Sprintf("in block %d", j.Height)},
		{Time: at(2), Node: node(0), Text: "began to work"}, {Time: at(2), Node: node(1), Text: "began to work"}, {Time: at(4), Node: node(2), Text: "began to work"},
		{Time: at(31), Node: node(3), Text: "began to work"}, {Time: at(52), Text: "scores of 3 nodes went to the chain"},
		{Time: at(74), Node: node(3), Text: "was not heard for 9 minutes; its work was given to others"},
		{Time: at(90), Text: "scores of 4 nodes went to the chain"},
	}
}

// swarm draws a swarm that fills up from different ends.
func swarm(j view.Job) *view.DownloadDetail {
	const pieces = 354
	d := &view.DownloadDetail{Pieces: pieces, PieceLength: 4 << 20, Nodes: []view.SwarmNode{}, Uploading: 4_812_000}
	if j.State != view.JobOpen {
		return d
	}
	for i := range j.Workers {
		n := view.SwarmNode{Address: node(i), Have: make([]byte, (pieces+7)/8), State: "working"}
		for p := range pieces {
			if (p*7+i*61)%100 < 100-22*i || i == 0 {
				n.Have[p/8] |= 0x80 >> (p % 8)
				n.Pieces++
			}
		}
		n.Proven = int64(n.Pieces) * d.PieceLength * 9 / 10
		if i == 3 {
			n.State, n.Why = "lost", "it was not heard for 9 minutes; what it did is kept"
		}
		d.Copies += float64(n.Pieces) / pieces
		d.Nodes = append(d.Nodes, n)
	}
	return d
}

func board() []view.BoardEntry {
	e := func(rank int, name, dapp, work, author, remaining, reason string, size int64) view.BoardEntry {
		return view.BoardEntry{Rank: rank, ID: ID("board " + name), Dapp: dapp, Name: name, Size: size, Work: work, Author: Address(author), Bid: coin(remaining) * 2, Remaining: coin(remaining),
			Height: tip - uint32(rank*311), EndHeight: tip + uint32(rank*801), Reason: reason}
	}
	out := []view.BoardEntry{
		e(1, "lighthouse.blend", "render", "48 frames of 1920 × 1080", "me", "11.066", "it is your own job", 0),
		e(2, "glacier-flyover.blend", "render", "240 frames of 3840 × 2160", "Studio Kite", "9.4", "3 tiles are being rendered", 0),
		e(3, "debian-13.2-netinst.iso", "download", "", "Archive of Rivers", "7.05", "it is held: 1 of 5 copies", 702_545_920),
		e(4, "neural-sky.blend", "render", "12 frames of 8192 × 4096", "王小雨", "5.2", "it needs 24 GB of memory; 8 GB may be used", 0),
		e(5, "open-street-map-europe.pbf", "download", "", "Tomás", "2.8", "the disk limit of 40 GB leaves 9 GB; it needs 31 GB", 33_285_996_544),
		e(6, "blocks-the-film.mp4", "download", "", "me", "2.1", "it is your own job", 1_482_113_024),
		e(7, "lecture-14.mkv", "download", "", "stranger", "0.4", "enough nodes hold it", 902_113_024),
	}
	out[0].ID, out[0].Own = RenderJob(), true
	out[5].ID, out[5].Own = DownloadJob(), true
	out[1].Working, out[2].Working = true, true
	return out
}

func orderBook(dapp string) view.OrderBook {
	b := view.OrderBook{Dapp: dapp, Name: dapp, Nodes: 41, Suggested: coin("4.5"), Least: coin("0.01"), BlockSeconds: blockGap}
	for i, s := range []string{"11.066", "9.4", "7.05", "5.2", "2.8", "2.1", "0.4"} {
		b.Bids = append(b.Bids, view.BookBid{Job: ID("book" + s), Name: []string{"lighthouse.blend", "glacier-flyover.blend", "debian-13.2-netinst.iso", "neural-sky.blend", "open-street-map-europe.pbf", "blocks-the-film.mp4", "lecture-14.mkv"}[i],
			Remaining: coin(s), Own: i == 0, Workers: 9 - i})
	}
	b.Starts = []int64{25, 40, 60, 180, 900, 5_400, 21_600, -1}
	return b
}

func quoteJob(dapp, name string, size int64, bid types.Amount, replicas int) view.JobQuote {
	if bid == 0 {
		bid = coin("4.5")
	}
	if replicas == 0 {
		replicas = 4
	}
	book := orderBook(dapp)
	q := view.JobQuote{Dapp: dapp, Name: name, Size: size, Replicas: replicas, Bid: bid, Fee: coin("0.00002"), Total: bid + coin("0.00002"),
		Blocks: 129_600, Seconds: 30 * 24 * 3600, Rank: book.Rank(bid), OpenJobs: 7, GoingBids: view.BidRange{Count: 7, Least: coin("0.4"), Median: coin("5.2"), Most: coin("11.066")},
		Spendable: coin("1209.1571"), Affordable: bid < coin("1209"), Notes: []string{}}
	q.Split = view.BidSplit{Nodes: bid.Part(60, 100), Producers: bid.Part(15, 100), Foundation: bid.Part(5, 100), Developer: bid.Part(20, 100)}
	return q
}

func fillJobs(f *Fake) {
	f.must("Jobs", jobs())
	reply(f, "Job", jobDetail)
	f.must("Board", board())
	reply(f, "OrderBook", func(dapp string) (any, error) { return orderBook(dapp), nil })
	reply(f, "QuoteDownload", func(r view.DownloadRequest) (any, error) {
		return quoteJob("download", base(r.Path), 1_482_113_024, r.Bid, r.Replicas), nil
	})
	reply(f, "PublishDownload", func(r view.DownloadRequest) (any, error) { return jobDetail(WaitingJob()) })
	f.must("Raise", view.Sent{TxID: ID("raise"), Fee: coin("0.00002")})
	reply(f, "PauseJob", func(r view.PauseJobRequest) (any, error) {
		for _, j := range jobs() {
			if j.ID == r.Job {
				j.Paused = r.Paused
				return j, nil
			}
		}
		return nil, errNothing
	})
}
