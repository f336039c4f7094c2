package work

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
	"supercomputing/chain/types"
)

func TestSwarmIsShown(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, jobRoute(viewtest.DownloadJob()))
	u.MustHave("blocks-the-film.mp4", "Working", "72 %", "Copies at nodes", "2.8 of 4", "4.8 MB/s", "354", "Lost · 34 %", "it was not heard for 9 minutes; what it did is kept",
		"Scored, on the chain", "1.9 SCC", "0.14 SCC", "1.96 SCC", "began to work", "checks passed 14, failed 0")
	strips := uitest.All[*strip](p.Object())
	if len(strips) != 6 {
		t.Fatalf("%d strips", len(strips))
	}
	if whole := strips[1].parts; len(whole) != stripColumns || whole[0] != 1 || whole[len(whole)-1] != 1 {
		t.Errorf("the first node does not hold all: %v", whole)
	}
}

func TestRenderIsShown(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, jobRoute(viewtest.RenderJob()))
	u.MustHave("Lighthouse, shot 4", "about 53 min left", "Frame 18", "partly there · 23 of 40 tiles", "17 of 48 frames done, 3 under way, 28 waiting",
		"701 tiles accepted", "1 node was caught with wrong pictures.", "it delivered a wrong picture of frame 11", "Dropped", "Blender 3.4")
	s, _ := uitest.Find[*stage](p.Object())
	if s.picture == nil || len(s.frame.Tiles) != 40 {
		t.Fatal("no picture of the frame that is being made")
	}
	if req := request[view.PictureRequest](t, u, "RenderPicture"); req.Frame != 18 || req.Size != pictureSize {
		t.Errorf("asked for %+v", req)
	}
	f, _ := uitest.Find[*film](p.Object())
	f.Tapped(&fyne.PointEvent{Position: fyne.NewPos(1, 1)})
	u.Drain()
	u.MustHave("Frame 1", "Follow the work")
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	u.Drain()
	u.MustHave("Frame 2")
	u.Tap("Follow the work")
	u.MustHave("Frame 18")
}

func TestPictureIsAskedForOnlyWhenTilesCame(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, jobRoute(viewtest.RenderJob()))
	before := calls(u, "RenderPicture")
	u.Advance(jobGap)
	p.Event(view.Event{Kind: view.EventJob, Job: viewtest.RenderJob()})
	u.Drain()
	if calls(u, "RenderPicture") != before {
		t.Error("the same picture was asked for again")
	}
	jobs := calls(u, "Job")
	p.Event(view.Event{Kind: view.EventJob, Job: "another"})
	u.Advance(time.Second)
	u.Drain()
	if calls(u, "Job") != jobs {
		t.Error("another job's event was taken for ours")
	}
}

func TestPictureFailure(t *testing.T) {
	u := uitest.New(t)
	u.Fake.Fail("RenderPicture", view.Errorf(view.CodeNotFound, "the frame's file cannot be read"))
	open(t, u, jobRoute(viewtest.RenderJob()))
	u.MustHave("the frame's file cannot be read", "Frame 18")
	u.Fake.Fail("RenderPicture", nil)
	u.Tap(u.Env.T("kit.retry"))
	if u.Has("the frame's file cannot be read") {
		t.Error("the failure stays")
	}
}

func TestPlayHoldsOnePicture(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, jobRoute(viewtest.RenderJob()))
	u.Tap("Play finished frames")
	for range 40 {
		u.Advance(playEvery)
		u.Drain()
	}
	u.Settle()
	u.MustHave("Frame 17", "Play finished frames")
	if n := calls(u, "RenderPicture"); n < 17 || n > 20 {
		t.Errorf("%d pictures were asked for", n)
	}
	idle := u.Pending()
	u.Tap("Play finished frames")
	u.Tap("Stop")
	u.Drain()
	u.Advance(time.Second)
	if n := u.Pending(); n > idle {
		t.Errorf("%d timers after stopping, %d before", n, idle)
	}
	p.Close()
}

func manyFrames(n int) view.JobDetail {
	d := view.JobDetail{Job: view.Job{ID: "many", Dapp: dappRender, State: view.JobOpen, Name: "many.blend", Workers: 1}, Render: &view.RenderDetail{Width: 1920, Height: 1080}}
	for i := range n {
		d.Render.Frames = append(d.Render.Frames, view.RenderFrame{Frame: i + 1, State: []string{view.TileDone, view.TileWaiting}[i%2]})
	}
	return d
}

func TestTenThousandFrames(t *testing.T) {
	u := uitest.New(t)
	answer(t, u, "Job", manyFrames(10_000))
	var tiny bytes.Buffer
	if err := png.Encode(&tiny, image.NewNRGBA(image.Rect(0, 0, 1, 1))); err != nil {
		t.Fatal(err)
	}
	answer(t, u, "RenderPicture", view.Picture{PNG: tiny.Bytes()})
	p := open(t, u, jobRoute("many"))
	f, _ := uitest.Find[*film](p.Object())
	if h := f.HeightFor(f.Size().Width); h > filmHeight+pitchMost {
		t.Errorf("the film is %v high", h)
	}
	began := time.Now()
	for range 20 {
		f.draw(1400, 400)
	}
	if took := time.Since(began) / 20; took > 100*time.Millisecond {
		t.Errorf("drawing the film takes %v", took)
	}
	for _, width := range []float32{100, 357, 724, 2000} {
		cols, each, pitch := f.grid(width)
		f.Resize(fyne.NewSize(width, f.HeightFor(width)))
		last := (len(f.states) - 1) / each
		got := f.at(fyne.NewPos((float32(last%cols)+0.5)*pitch, (float32(last/cols)+0.5)*pitch))
		if got < 0 || got/each != last {
			t.Errorf("at width %v the last cell is frame %d", width, got)
		}
	}
}

func TestPauseAndResume(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, jobRoute(viewtest.RenderJob()))
	u.Tap("Pause")
	if req := request[view.PauseJobRequest](t, u, "PauseJob"); req != (view.PauseJobRequest{Job: viewtest.RenderJob(), Paused: true}) {
		t.Errorf("asked for %+v", req)
	}
	u.Fake.Fail("PauseJob", view.Errorf(view.CodeConflict, "the job is ending"))
	u.Tap("Pause") // the fixture's job does not stay paused
	u.MustHave("the job is ending", "Lighthouse, shot 4")
	u.Fake.Fail("PauseJob", nil)
	d := p.now.(*jobPage).data.JobDetail
	d.Paused = true
	answer(t, u, "Job", d)
	u.Advance(time.Second)
	p.Event(view.Event{Kind: view.EventJob})
	u.Drain()
	u.MustHave("Paused", "Paused by you", "No more work is given out.", "Resume")
	u.Tap("Resume")
	if req := request[view.PauseJobRequest](t, u, "PauseJob"); req.Paused {
		t.Error("it was paused again")
	}
}

func TestRaise(t *testing.T) {
	u := uitest.New(t)
	open(t, u, jobRoute(viewtest.DownloadJob()))
	u.Tap("Raise the bid")
	u.MustHave("Added to the bid, in SCC", "The job's time starts again.", "Rank 5 of 8")
	u.Type("Added to the bid, in SCC", "10")
	u.MustHave("Rank 1 of 8", "At once, in the next block")
	u.Type("Added to the bid, in SCC", "5000")
	if u.Enabled("Continue") || !u.Has("3,790.8429 SCC is missing") {
		t.Errorf("more than there is: %q", u.Texts())
	}
	u.Type("Added to the bid, in SCC", "10")
	u.Tap("Continue")
	u.MustHave("Raise the bid?", "blocks-the-film.mp4", "14 SCC", "Rank 1 of 8", "not refunded")
	u.Tap("Pay 10\u00a0SCC")
	if req := request[view.RaiseRequest](t, u, "Raise"); req != (view.RaiseRequest{Job: viewtest.DownloadJob(), Added: 10 * types.Coin}) {
		t.Errorf("asked for %+v", req)
	}
	u.Fake.Fail("Raise", view.Errorf(view.CodeConflict, "the job ends too soon; nothing was paid").WithHint("publish the file again"))
	u.Tap("Raise the bid")
	u.Tap("Continue")
	u.Tap(pay(u))
	u.MustHave("the job ends too soon; nothing was paid", "publish the file again")
}

// pay is the label of the button that pays.
func pay(u *uitest.UI) string {
	for _, s := range u.Texts() {
		if strings.HasPrefix(s, "Pay ") {
			return s
		}
	}
	return ""
}

func TestEndSaysWhatIsKept(t *testing.T) {
	u := uitest.New(t)
	open(t, u, jobRoute(viewtest.RenderJob()))
	u.Tap("End the job")
	u.MustHave("End this job?", "Kept: 17 of 48 frames, in /home/lena/Work/lighthouse-frames.", "6.934 SCC", "is not refunded: what is scored for nobody goes to all contributing nodes")
	u.Tap(u.Env.T("kit.cancel"))
	if calls(u, "Complete") != 0 {
		t.Fatal("it was ended without a yes")
	}
	u.Tap("End the job")
	u.Tap("End the job") // the dialog's own
	if got := lastArgs(u, "Complete"); got != fmt.Sprintf("%q", viewtest.RenderJob()) {
		t.Errorf("ended %s", got)
	}
}

func TestStatesAreExplained(t *testing.T) {
	for id, want := range map[string][]string{
		viewtest.WaitingJob(): {"Waiting for a block", "The payment is on its way.", "No node works on it yet."},
		viewtest.DoneJob():    {"Complete", "Kept: 1 of 1 frame", "Have it done again"},
		viewtest.FailedJob():  {"Failed", "no node can render it: it needs Blender 4.2", "Have it done again"},
	} {
		u := uitest.New(t)
		open(t, u, jobRoute(id))
		u.MustHave(want...)
		if id != viewtest.WaitingJob() && u.Has("End the job") {
			t.Errorf("%s can be ended", id)
		}
	}
	for state, want := range map[string]string{view.JobClosing: "What nodes earned goes to the chain", view.JobExpired: "Its time is over", view.JobOpen: "No node works on it yet"} {
		u := uitest.New(t)
		answer(t, u, "Job", view.JobDetail{Job: view.Job{ID: "x", Dapp: dappDownload, Name: "n", State: state}})
		open(t, u, jobRoute("x"))
		u.MustHave(want)
	}
}

func TestUnknownJobAndLostNode(t *testing.T) {
	u := uitest.New(t)
	open(t, u, jobRoute("nothing"))
	u.MustHave("there is no such job of yours", "look at the list of jobs")
	u = uitest.New(t)
	p := open(t, u, jobRoute(viewtest.RenderJob()))
	u.Fake.Fail("Job", view.Errorf(view.CodeNotRunning, "the node is not running"))
	u.Advance(time.Second)
	p.Event(view.Event{Kind: view.EventJob})
	u.Drain()
	u.Settle()
	u.MustHave("the node is not running", "Lighthouse, shot 4")
}

func TestLabel(t *testing.T) {
	u := uitest.New(t)
	open(t, u, jobRoute(viewtest.DownloadJob()))
	u.Tap("Label")
	u.Type("Label", "my film")
	u.Fake.Fail("Label", view.Errorf(view.CodeInvalid, "too long"))
	u.Tap("Save")
	u.MustHave("too long")
	u.Fake.Fail("Label", nil)
	u.Tap("Save")
	if req := request[view.LabelRequest](t, u, "Label"); req != (view.LabelRequest{Target: viewtest.DownloadJob(), Label: "my film"}) {
		t.Errorf("asked for %+v", req)
	}
}

func TestLinkAndFolder(t *testing.T) {
	u := uitest.New(t)
	h := &fakeHost{}
	u.Env.Host = h
	open(t, u, jobRoute(viewtest.DownloadJob()))
	u.Tap("Open the folder")
	if len(h.shown) != 1 || h.shown[0] != "/home/lena/Work/blocks-the-film.mp4" {
		t.Errorf("shown %q", h.shown)
	}
	u.Tap("Magnet link")
	u.Tap("Copy the link")
	if len(h.copied) != 1 || !strings.HasPrefix(h.copied[0], "magnet:?xt=urn:btih:") {
		t.Errorf("copied %q", h.copied)
	}
}

func TestReceiptIsExported(t *testing.T) {
	u := uitest.New(t)
	h := &fakeHost{save: "/home/lena/receipt.csv"}
	u.Env.Host = h
	open(t, u, page.Route{Tab: page.WorkReceipt, Ref: viewtest.RenderJob()})
	u.MustHave("Receipt", "6.114 SCC", "140 tiles · Working", "0.9905", "0.8734 on chain", "block 47,815")
	u.Tap("CSV")
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(h.wrote["/home/lena/receipt.csv"], []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) != 8 || rows[0][0] != "node" {
		t.Errorf("%q %v", rows, err)
	}
	u.Tap("JSON")
	if !bytes.Contains(h.wrote["/home/lena/receipt.csv"], []byte(`"score": "0.9905`)) {
		t.Errorf("%s", h.wrote["/home/lena/receipt.csv"])
	}
	h.save, h.wrote = "", nil
	u.Tap("CSV")
	if h.wrote != nil {
		t.Error("written although the person named no file")
	}
	h.save, h.err = "/x", view.Errorf(view.CodeDisk, "the disk is full")
	u.Tap("CSV")
	if len(u.Failures) != 1 {
		t.Errorf("told %v", u.Failures)
	}
	u.Tap("block 47,815")
	if r := lastRoute(t, u); r.Page != page.Explorer || r.Tab != page.ExplorerTx {
		t.Errorf("went to %+v", r)
	}
}

func TestManyNodesAndLines(t *testing.T) {
	u := uitest.New(t)
	d := view.JobDetail{Job: view.Job{ID: "x", Dapp: dappDownload, Name: "n", State: view.JobOpen, Workers: 500}}
	for i := range 500 {
		d.Nodes = append(d.Nodes, view.JobWorker{Address: fmt.Sprintf("tsc1node%d", i), State: nodeWorking})
		d.Log = append(d.Log, view.LogLine{Time: viewtest.Now(), Text: fmt.Sprint("line ", i)})
	}
	answer(t, u, "Job", d)
	p := open(t, u, jobRoute("x"))
	j := p.now.(*jobPage)
	if n := len(j.nodes.rows); n != nodesStep {
		t.Errorf("%d nodes are drawn", n)
	}
	u.MustHave("line 499")
	if u.Has("line 400") {
		t.Error("the whole log is drawn")
	}
	u.Tap("Show 488 more")
	if n := len(j.nodes.rows); n != 6*nodesStep {
		t.Errorf("%d nodes are drawn after a tap", n)
	}
	u.Tap("Show older lines")
	u.MustHave("line 400")
}

func TestNarrowHasAMenu(t *testing.T) {
	u := uitest.NewVariant(t, uitest.Phone())
	open(t, u, jobRoute(viewtest.RenderJob()))
	u.MustHave("Pause", "Raise the bid")
	if u.Has("End the job") {
		t.Error("everything lies open in a narrow window")
	}
	if _, ok := uitest.Find[*kit.Button](u.Root()); !ok {
		t.Error("no buttons")
	}
}
