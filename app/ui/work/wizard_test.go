package work

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
	"supercomputing/chain/types"
)

// request is the argument of the last call of a method.
func request[T any](t *testing.T, u *uitest.UI, method string) (req T) {
	t.Helper()
	if err := json.Unmarshal([]byte(lastArgs(u, method)), &req); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
	return req
}

func tap(u *uitest.UI, labels ...string) {
	for _, l := range labels {
		u.Tap(strings.ReplaceAll(l, " SCC", "\u00a0SCC"))
	}
}

const filmPath = "/home/lena/Work/blocks-the-film.mp4"

func TestDownloadFromFileToJob(t *testing.T) {
	u := uitest.New(t)
	u.Env.Host = &fakeHost{file: filmPath}
	open(t, u, newRoute(dappDownload))
	tap(u, "Choose a file")
	u.MustHave("blocks-the-film.mp4")
	tap(u, "Continue")
	u.MustHave("Step 2 of 4", "Nodes that keep it")
	u.Type("Nodes that keep it", "6")
	u.Choose("Keep it for", "7 days")
	u.Type("Label", "for the class")
	tap(u, "Continue")
	u.MustHave("Step 3 of 4", "7 open jobs bid for the same nodes", "Your bid", "Rank 5 of 8", "In about 15 min", "Nodes that work", "2.7 SCC", "4.50002 SCC", "Left in the wallet")
	tap(u, "First place 11.1")
	u.MustHave("Rank 1 of 8", "At once, in the next block")
	u.Advance(quoteGap)
	u.Drain()
	u.MustHave("11.10002 SCC")
	tap(u, "Continue")
	u.MustHave("Check and pay", filmPath, "6 nodes", "for the class", "nodes 6.66 SCC", "Rank 1 of 8", "not refunded")
	tap(u, "Pay 11.10002 SCC")
	req := request[view.DownloadRequest](t, u, "PublishDownload")
	if req != (view.DownloadRequest{Path: filmPath, Bid: 1110000000, Seconds: 7 * 24 * 3600, Replicas: 6, Label: "for the class"}) {
		t.Errorf("asked for %+v", req)
	}
	if r := lastRoute(t, u); r != jobRoute(viewtest.WaitingJob()) {
		t.Errorf("went to %+v", r)
	}
	if d := u.Env.Prefs.Get().Names["work.download"]; d != "" {
		t.Errorf("the draft is left: %s", d)
	}
}

func TestDownloadErrorsStandWhereTheyBelong(t *testing.T) {
	u := uitest.New(t)
	open(t, u, newRoute(dappDownload))
	tap(u, "Continue")
	u.MustHave("Choose a file first.", "Step 1 of 4")
	u.Fake.Fail("QuoteDownload", view.Errorf(view.CodeNotFound, "there is no file /x on the node's machine").WithHint("look for it"))
	u.Type("Path", "/x")
	tap(u, "Continue")
	u.MustHave("there is no file /x on the node's machine", "look for it", "Step 1 of 4")
	u.Fake.Fail("QuoteDownload", nil)
	tap(u, "Continue")
	if u.Has("there is no file") {
		t.Error("the old failure is still shown")
	}
	u.Type("Nodes that keep it", "none")
	tap(u, "Continue")
	u.MustHave("Write a number from 1 on.", "Step 2 of 4")
	u.Type("Nodes that keep it", "5")
	u.Choose("Keep it for", "Other …")
	u.Type("Days", "long")
	tap(u, "Continue")
	u.MustHave("Write a number of days")
	u.Type("Days", "45")
	u.Fake.Fail("QuoteDownload", view.Errorf(view.CodeInvalid, "a job on this network can last up to 40 days"))
	tap(u, "Continue")
	u.MustHave("can last up to 40 days", "Step 2 of 4")
}

func TestBidIsTypedAndSlid(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.Route{Tab: page.WorkNew, Ref: dappDownload, Args: filmPath})
	tap(u, "Continue", "Continue")
	u.Type("Your bid in SCC", "nothing")
	if u.Enabled("Continue") || !u.Has("Use digits and one point only.") {
		t.Errorf("a bid that is none: %q", u.Texts())
	}
	u.Type("Your bid in SCC", "0.001")
	if u.Enabled("Continue") || !u.Has("The network takes 0.01 SCC at least.") {
		t.Errorf("a bid below the least: %q", u.Texts())
	}
	u.Type("Your bid in SCC", "3")
	u.Advance(quoteGap)
	u.Drain()
	u.Settle()
	u.MustHave("Rank 5 of 8", "3.00002 SCC")
	if !u.Enabled("Continue") {
		t.Error("a good bid does not lead on")
	}
	slider, _ := uitest.Find[*kit.SliderBox](p.Object())
	slider.Drag(0)
	u.MustHave("Rank 8 of 8")
	if got := u.Entry("Your bid in SCC").Text; got != "0.01" {
		t.Errorf("the slider's low end is %s", got)
	}
	u.Advance(quoteGap)
	u.Drain()
	if req := request[view.DownloadRequest](t, u, "QuoteDownload"); req.Bid != types.Coin/100 {
		t.Errorf("quoted %v", req.Bid)
	}
	u.MustHave("After 7 jobs before it")
}

func TestNobodyCanTellWithoutNodes(t *testing.T) {
	u := uitest.New(t)
	answer(t, u, "OrderBook", view.OrderBook{Least: types.Coin / 100, Starts: []int64{10}, BlockSeconds: 10})
	open(t, u, page.Route{Tab: page.WorkNew, Ref: dappDownload, Args: filmPath})
	tap(u, "Continue", "Continue")
	u.MustHave("No other job bids for these nodes", "Rank 1 of 1", "Not known yet", "This machine has not seen a node do such work lately.")
}

func TestBookFailureCanBeRetried(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.Route{Tab: page.WorkNew, Ref: dappDownload, Args: filmPath})
	tap(u, "Continue")
	u.Fake.Fail("OrderBook", view.Errorf(view.CodeUnavailable, "the chain is still loading"))
	tap(u, "Continue")
	u.MustHave("the chain is still loading", "Step 2 of 4")
	u.Fake.Fail("OrderBook", nil)
	tap(u, "Continue")
	u.MustHave("Step 3 of 4", "Rank 5 of 8")
}

func TestTooPoorIsToldHowMuchIsMissing(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.Route{Tab: page.WorkNew, Ref: dappDownload, Args: filmPath})
	tap(u, "Continue", "Continue")
	u.Type("Your bid in SCC", "2000")
	u.Advance(quoteGap)
	u.Drain()
	u.Settle()
	u.MustHave("790.84292 SCC is missing", "1,209.1571 SCC can be spent now")
	if u.Enabled("Continue") {
		t.Error("what cannot be paid leads on")
	}
	tap(u, "Receive coins")
	if r := lastRoute(t, u); r.Page != page.Wallet || r.Tab != page.WalletReceive {
		t.Errorf("went to %+v", r)
	}
}

func TestBackKeepsInputsAndDraftsSurvive(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.Route{Tab: page.WorkNew, Ref: dappDownload, Args: filmPath})
	tap(u, "Continue")
	u.Type("Nodes that keep it", "9")
	tap(u, "Continue", "Back")
	if got := u.Entry("Nodes that keep it").Text; got != "9" {
		t.Errorf("the field has %q after going back", got)
	}
	p.Close()
	open(t, u, newRoute(dappDownload))
	if got := u.Entry("Path").Text; got != filmPath {
		t.Errorf("another visit has %q", got)
	}
	tap(u, "Continue")
	if got := u.Entry("Nodes that keep it").Text; got != "9" {
		t.Errorf("another visit has %q", got)
	}
}

func TestLeavingAsks(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.Route{Tab: page.WorkNew, Ref: dappDownload, Args: filmPath})
	if !p.Back() {
		t.Error("Esc does nothing")
	}
	u.Drain()
	u.Settle()
	u.MustHave("Leave without posting?", "Nothing was paid.")
	tap(u, "Leave")
	if r := lastRoute(t, u); r != home() {
		t.Errorf("went to %+v", r)
	}
	p.Close()
	open(t, u, newRoute(dappDownload))
	if got := u.Entry("Path").Text; got != "" {
		t.Errorf("what was given up is there again: %q", got)
	}
	tap(u, "Cancel")
	if u.Has("Leave without posting?") {
		t.Error("asked although nothing is lost")
	}
}

func TestPaymentFailureKeepsEverything(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.Route{Tab: page.WorkNew, Ref: dappDownload, Args: filmPath})
	tap(u, "Continue", "Continue", "Continue")
	u.Fake.Fail("PublishDownload", view.Errorf(view.CodeConflict, "no node could reach this machine; nothing was paid").WithHint("set a contact"))
	tap(u, "Pay 4.50002 SCC")
	u.MustHave("nothing was paid", "set a contact", "Step 4 of 4")
	u.Fake.Fail("PublishDownload", context.Canceled)
	tap(u, "Pay 4.50002 SCC")
	u.MustHave("It was stopped.", "Look at your jobs before you try again.")
	u.Fake.Fail("PublishDownload", nil)
	tap(u, "Pay 4.50002 SCC")
	if r := lastRoute(t, u); r.Tab != page.WorkJob {
		t.Errorf("went to %+v", r)
	}
}

func TestLadderShowsOursAmongMany(t *testing.T) {
	var bids []types.Amount
	for i := range 100 {
		bids = append(bids, types.Amount(100-i)*types.Coin)
	}
	b := book(bids...)
	list := rungs(&b, 50*types.Coin+1)
	if len(list) > ladderMost {
		t.Fatalf("%d rungs", len(list))
	}
	mine := slices.IndexFunc(list, func(r rung) bool { return r.mine })
	if mine < 0 || list[mine].rank != 51 || list[0].rank != 1 || list[len(list)-1].rank != 101 {
		t.Errorf("%+v", list)
	}
	sum := 0
	for _, r := range list {
		if sum += r.hidden; r.rank > 0 {
			sum++
		}
	}
	if sum != 101 {
		t.Errorf("%d of 101 bids are told of", sum)
	}
}

const scenePath = "/home/lena/Work/lighthouse.blend"

func TestRenderFromSceneToJob(t *testing.T) {
	u := uitest.New(t)
	u.Env.Host = &fakeHost{file: scenePath, folder: "/home/lena/out"}
	open(t, u, newRoute(dappRender))
	tap(u, "Choose a scene")
	u.MustHave("Everything the scene needs is there", "Blender 3.4", "1-48", "1920 × 1080, 256 samples", "1 packed, 2 found (41.3 MB)", "the scene was saved by Blender 3.3")
	tap(u, "Continue")
	u.MustHave("48 frames", "As the scene: PNG")
	u.Type("Frames", "1-10,20")
	u.MustHave("11 frames")
	tap(u, "50 %")
	u.Type("Samples per pixel", "64")
	u.Choose("Denoise", "No")
	tap(u, "Also make a video")
	u.Type("Frames a second", "30")
	tap(u, "Everything twice", "Choose a folder", "Try and price")
	u.MustHave("This machine alone", "about 2 h 20 min", "With 9 nodes, checks included", "about 32 min", "Rank 1 of 8", "Going price 12")
	tap(u, "Continue")
	u.MustHave("Check and pay", "11 frames: 1-10,20", "Everything twice", "12.00002 SCC", "/home/lena/Work/lighthouse-frames")
	tap(u, "Pay 12.00002 SCC")
	req := request[view.RenderRequest](t, u, "PostRender")
	if req.Path != scenePath || req.Frames != "1-10,20" || req.Width != 960 || req.Height != 540 || req.Samples != 64 || *req.Denoise || !req.Video || req.Rate != 30 ||
		req.Checks != view.ChecksAll || req.Bid != 12*types.Coin || req.Output != "/home/lena/Work/lighthouse-frames" {
		t.Errorf("asked for %+v", req)
	}
	if q := request[view.RenderRequest](t, u, "QuoteRender"); q.Output != "/home/lena/out" {
		t.Errorf("the folder was %q", q.Output)
	}
	if r := lastRoute(t, u); r != jobRoute(viewtest.RenderJob()) {
		t.Errorf("went to %+v", r)
	}
}

func TestMissingFilesBlockGoingOn(t *testing.T) {
	u := uitest.New(t)
	s := view.RenderScene{Path: scenePath, Engine: "blender", Version: "3.4", First: 1, Last: 2, Width: 10, Height: 10,
		Files:    []view.RenderFile{{Path: "//rock.png", Kind: "texture", State: fileMissing, User: "Material.rock", Help: "save it beside the scene"}, {Path: "//a", State: fileFound, Size: 10}},
		Problems: []string{"it uses a simulation that is not baked"}}
	answer(t, u, "InspectRender", s)
	open(t, u, page.Route{Tab: page.WorkNew, Ref: dappRender, Args: scenePath})
	u.MustHave("1 file that the scene needs is missing", "//rock.png", "save it beside the scene", "used by Material.rock", "it uses a simulation that is not baked", "1 found (10 B), 1 missing")
	if u.Enabled("Continue") {
		t.Error("a scene with missing files leads on")
	}
	u.Fake.Fail("InspectRender", view.Errorf(view.CodeInvalid, "this is no scene"))
	u.Type("Path", "/x.blend")
	tap(u, "Continue")
	u.MustHave("this is no scene", "Step 1 of 4")
}

func TestRenderOptionsAreChecked(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.Route{Tab: page.WorkNew, Ref: dappRender, Args: scenePath})
	tap(u, "Continue")
	u.Type("Frames", "9-3")
	u.Type("Samples per pixel", "x")
	tap(u, "Try and price")
	u.MustHave("This cannot be read as frames.", "ends before it begins", "Write a number from 1 to", "Step 2 of 4")
	if calls(u, "QuoteRender") != 0 {
		t.Error("a trial began with wrong options")
	}
}

func TestTrialCanBeCancelled(t *testing.T) {
	u := uitest.New(t)
	began, over := make(chan struct{}), make(chan struct{})
	u.Env.Backend = slowTrial{u.Fake, began, over}
	open(t, u, page.Route{Tab: page.WorkNew, Ref: dappRender, Args: scenePath})
	tap(u, "Continue")
	button := u.Tappable("Try and price")
	button.Tapped(&fyne.PointEvent{})
	<-began
	u.Advance(1e9)
	u.Settle()
	u.MustHave("Trying a few tiles on this machine", "This can take a minute or two.")
	cancel := u.Tappable("Cancel")
	cancel.Tapped(&fyne.PointEvent{})
	<-over
	u.Drain()
	u.Settle()
	u.MustHave("Step 2 of 4")
	if !slices.ContainsFunc(u.Toasts, func(s string) bool { return strings.Contains(s, "your options are kept") }) {
		t.Errorf("told %q", u.Toasts)
	}
	if !u.Enabled("Try and price") {
		t.Error("it cannot be tried again")
	}
}

// slowTrial is a node whose trial ends only when it is cancelled.
type slowTrial struct {
	*viewtest.Fake
	began, over chan struct{}
}

func (s slowTrial) QuoteRender(ctx context.Context, _ view.RenderRequest) (q view.RenderQuote, err error) {
	close(s.began)
	<-ctx.Done()
	close(s.over)
	return q, ctx.Err()
}

func TestEnterLeadsOn(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.Route{Tab: page.WorkNew, Ref: dappDownload, Args: filmPath})
	u.Submit("Path")
	u.MustHave("Step 2 of 4")
	u.Submit("Label")
	u.MustHave("Step 3 of 4")
	u.Submit("Your bid in SCC")
	u.MustHave("Step 4 of 4")
	for range 3 {
		p.Back()
	}
	u.MustHave("Step 1 of 4")
	p.Shortcuts()[0].Run()
	u.Drain()
	u.MustHave("Step 2 of 4")
}

func TestDroppedFilesOpenTheirWizard(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.Route{Tab: page.WorkNew, Args: page.Files{"/a/Scene.BLEND", "/b"}})
	u.MustHave("Render an animation", "Everything the scene needs is there")
	if got := u.Entry("Path").Text; got != "/a/Scene.BLEND" {
		t.Errorf("the scene is %q", got)
	}
	if !p.Show(page.Route{Page: page.Work, Tab: page.WorkNew, Args: page.Files{"/b/film.mkv"}}) {
		t.Fatal("a second file needs another page")
	}
	u.Drain()
	u.MustHave("Speed up a download", "film.mkv")
}

// toCheck leads a download wizard to its last step.
func toCheck(t *testing.T) (*uitest.UI, *Page) {
	t.Helper()
	u := uitest.New(t)
	u.Env.Host = &fakeHost{file: filmPath}
	p := open(t, u, newRoute(dappDownload))
	tap(u, "Choose a file", "Continue", "Continue", "Continue")
	u.MustHave("Check and pay")
	return u, p
}

// While a payment is on its way, nothing else begins: no second one by a key
// that is held down, no way back, no question whether to leave.
func TestNothingBesideAPayment(t *testing.T) {
	u, p := toCheck(t)
	if u.Window.Canvas().Focused() != nil {
		t.Error("a field of the step before still has the focus")
	}
	release := make(chan struct{})
	u.Fake.Reply("PublishDownload", func(string) (any, error) { <-release; return nil, view.Errorf(view.CodeFunds, "too little") })
	w := p.now.(*downloadWizard)
	w.onwards()
	w.update()
	w.onwards()
	w.backwards()
	p.Back()
	u.Step()
	if w.at != 3 || u.Window.Canvas().Overlays().Top() != nil {
		t.Errorf("step %d, or a question is asked", w.at)
	}
	close(release)
	u.Drain()
	n := 0
	for _, c := range u.Fake.Calls() {
		if c.Method == "PublishDownload" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("paid %d times", n)
	}
	u.MustHave("too little")
	p.Close()
	if u.Env.Prefs.Get().Names["work.download"] == "" {
		t.Error("what was filled in is lost")
	}
}

// Who leaves a wizard that pays, by making the window narrow for instance, finds
// an empty one until it is known how it ended.
func TestPaymentOutlivesItsPage(t *testing.T) {
	for _, fails := range []bool{false, true} {
		u, p := toCheck(t)
		release := make(chan struct{})
		u.Fake.Reply("PublishDownload", func(string) (any, error) {
			<-release
			if fails {
				return nil, view.Errorf(view.CodeFunds, "too little")
			}
			return view.JobDetail{}, nil
		})
		p.now.(*downloadWizard).onwards()
		p.Close()
		if d := u.Env.Prefs.Get().Names["work.download"]; d != "" {
			t.Fatalf("it could be paid again: %s", d)
		}
		close(release)
		u.Drain()
		kept := u.Env.Prefs.Get().Names["work.download"] != ""
		if kept != fails || len(u.Failures) > 0 != fails || len(u.Toasts) > 0 == fails {
			t.Errorf("failed %v: kept %v, told %q %v", fails, kept, u.Toasts, u.Failures)
		}
	}
}

func TestFailedIsNotExpired(t *testing.T) {
	u := uitest.New(t)
	j := view.Job{ID: "a", Dapp: dappRender, Name: "Broken scene", State: view.JobComplete, Failure: "the scene is broken"}
	if err := u.Fake.Answer("Jobs", []view.Job{j, {ID: "b", Name: "Old one", State: view.JobExpired}}); err != nil {
		t.Fatal(err)
	}
	open(t, u, home())
	u.MustHave("Failed", "Expired")
}
