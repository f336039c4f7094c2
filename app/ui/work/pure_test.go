package work

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/assets"
	"supercomputing/chain/types"
)

func book(bids ...types.Amount) view.OrderBook {
	b := view.OrderBook{Nodes: 3, Least: types.Coin / 100, Suggested: 2 * types.Coin, BlockSeconds: 10}
	for i, a := range bids {
		b.Bids = append(b.Bids, view.BookBid{Job: fmt.Sprint("job", i), Remaining: a, Workers: i})
	}
	b.Starts = slices.Repeat([]int64{-1}, len(bids)+1)
	b.Starts[0] = 10
	return b
}

func TestScaleGoesThereAndBack(t *testing.T) {
	b := book(5*types.Coin, types.Coin)
	s := scaleFor(&b, 0)
	if s.least != types.Coin/100 || s.most < 20*types.Coin {
		t.Fatalf("scale %v", s)
	}
	for _, place := range []float64{0, 0.1, 0.33, 0.5, 0.77, 1} {
		if got := s.place(s.at(place)); got < place-0.01 || got > place+0.01 {
			t.Errorf("place %v became %v", place, got)
		}
	}
	if s.at(-3) != s.least || s.at(7) != s.most {
		t.Error("beyond the ends it does not stop")
	}
	if a := s.at(0.5); a != digits(float64(a), func(f float64) float64 { return f + 0.5 - 0.5 }) {
		t.Errorf("%v has more than three digits", a)
	}
}

func TestScaleOfHugeBids(t *testing.T) {
	b := book(types.MaxAmount)
	b.Suggested = types.MaxAmount
	if s := scaleFor(&b, types.MaxAmount); s.most != types.MaxAmount {
		t.Errorf("most is %v", s.most)
	}
}

func TestFirstPlace(t *testing.T) {
	for _, tt := range []struct {
		book view.OrderBook
		want string
	}{
		{book(), "0.01"},
		{book(5 * types.Coin), "5.01"},
		{book(types.Coin/100, types.Coin/200), "0.0101"},
		{book(123456789), "1.24"},
	} {
		got := firstPlace(&tt.book)
		if got.String() != tt.want {
			t.Errorf("first place is %v, want %v", got, tt.want)
		}
		if len(tt.book.Bids) > 0 && tt.book.Rank(got) != 1 {
			t.Errorf("%v ranks %d", got, tt.book.Rank(got))
		}
	}
}

func TestStart(t *testing.T) {
	b := book(5*types.Coin, 2*types.Coin)
	b.Starts = []int64{10, 300, -1}
	for rank, want := range map[int]start{1: {kind: startNow, seconds: 10}, 2: {kind: startLater, seconds: 300}, 3: {kind: startAfter, ahead: 2}} {
		if got := startOf(&b, rank); got != want {
			t.Errorf("rank %d: %+v, want %+v", rank, got, want)
		}
	}
	b.Nodes = 0
	if got := startOf(&b, 1); got.kind != startUnknown {
		t.Errorf("without nodes: %+v", got)
	}
}

func TestWithoutOwnJob(t *testing.T) {
	b := book(3, 2, 1)
	w := without(b, "job1")
	if len(w.Bids) != 2 || len(b.Bids) != 3 || w.Bids[1].Job != "job2" {
		t.Errorf("%+v", w.Bids)
	}
}

func tiles(states ...string) (out []view.RenderTile) {
	for i, s := range states {
		out = append(out, view.RenderTile{X: 10 * i, W: 10, H: 10, State: s})
	}
	return out
}

func TestFrameState(t *testing.T) {
	d, w, l, c := view.TileDone, view.TileWaiting, view.TileLeased, view.TileChecking
	for _, tt := range []struct {
		frame view.RenderFrame
		want  string
	}{
		{view.RenderFrame{State: w}, w},
		{view.RenderFrame{State: w, Tiles: tiles(w, l)}, l},
		{view.RenderFrame{State: w, Tiles: tiles(d, w)}, framePart},
		{view.RenderFrame{State: c, Tiles: tiles(d, c)}, c},
		{view.RenderFrame{State: d}, d},
		{view.RenderFrame{State: view.TileFailed, Tiles: tiles(d, view.TileFailed)}, view.TileFailed},
	} {
		if got := frameState(&tt.frame); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.frame, got, tt.want)
		}
	}
}

func TestCellsHideNoFailure(t *testing.T) {
	d, f, w := view.TileDone, view.TileFailed, view.TileWaiting
	for _, tt := range []struct {
		in   []string
		want string
	}{
		{[]string{d, d}, d}, {[]string{d, f}, f}, {[]string{f, w}, f}, {[]string{d, w}, framePart}, {[]string{w, w}, w},
	} {
		if got := sumStates(tt.in); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestFilmSum(t *testing.T) {
	s := sumFilm([]view.RenderFrame{{State: view.TileDone}, {State: view.TileWaiting, Tiles: tiles(view.TileDone, view.TileLeased)},
		{State: view.TileFailed}, {State: view.TileWaiting}})
	if s.done != 1 || s.working != 1 || s.failed != 1 || s.waiting != 1 || s.share != 1.5/4 {
		t.Errorf("%+v", s)
	}
}

func TestCurrentFrame(t *testing.T) {
	done, made := view.RenderFrame{State: view.TileDone}, view.RenderFrame{State: view.TileWaiting, Tiles: tiles(view.TileLeased)}
	for want, frames := range map[int][]view.RenderFrame{0: {{}, {}}, 1: {done, done}, 2: {done, {}, made, made}} {
		if got := current(frames); got != want {
			t.Errorf("%d, want %d", got, want)
		}
	}
}

func TestPictureStampChangesWithTiles(t *testing.T) {
	a := view.RenderFrame{Frame: 1, Tiles: tiles(view.TileDone, view.TileLeased)}
	b := view.RenderFrame{Frame: 1, Tiles: tiles(view.TileDone, view.TileWaiting)}
	c := view.RenderFrame{Frame: 1, Tiles: tiles(view.TileDone, view.TileChecking)}
	if pictureStamp(&a) != pictureStamp(&b) || pictureStamp(&a) == pictureStamp(&c) {
		t.Error("stamps do not follow what is there")
	}
}

func TestPieces(t *testing.T) {
	if !has([]byte{0x80}, 0) || has([]byte{0x80}, 1) || has([]byte{0xff}, 8) {
		t.Error("bits")
	}
	if got := held([]byte{0xf0}, 8, 4); !slices.Equal(got, []float64{1, 1, 0, 0}) {
		t.Errorf("held %v", got)
	}
	nodes := []view.SwarmNode{{Have: []byte{0xff}}, {Have: []byte{0xf0}}}
	if got := available(nodes, 8, 2); !slices.Equal(got, []float64{2, 1}) {
		t.Errorf("available %v", got)
	}
	if held(nil, 0, 10) != nil {
		t.Error("no pieces, yet columns")
	}
	sum := 0.0
	for _, v := range spread(10, 3, func(int) float64 { return 1 }) {
		sum += v
	}
	if sum != 3 {
		t.Errorf("pieces are lost: %v", sum)
	}
}

func english(t *testing.T) *text.Catalog {
	t.Helper()
	c, err := text.Load(assets.Lang(), text.English)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDownloadDraft(t *testing.T) {
	c := english(t)
	good := downloadDraft{Path: " /a/b ", Replicas: "7", Keep: keepOther, Days: "1.5", Label: " mine ", Bid: 5}
	req, wrong := good.request(c)
	if len(wrong) != 0 || req != (view.DownloadRequest{Path: "/a/b", Replicas: 7, Seconds: 129600, Label: "mine", Bid: 5}) {
		t.Errorf("%+v %v", req, wrong)
	}
	for field, d := range map[string]downloadDraft{
		fieldPath: {}, fieldReplicas: {Path: "/a", Replicas: "0"}, fieldKeep: {Path: "/a", Keep: keepOther, Days: "soon"},
	} {
		if _, wrong := d.request(c); len(wrong) != 1 || wrong[field] == "" {
			t.Errorf("%s: %v", field, wrong)
		}
	}
}

func TestRenderDraft(t *testing.T) {
	c := english(t)
	good := renderDraft{Path: "/s.blend", Frames: "1-48", Width: "640", Height: "360", Samples: "32", Format: 3, Denoise: denoiseNo,
		Video: true, Rate: "24", Output: "/out", Checks: 1, Label: "film"}
	req, wrong := good.request(c)
	if len(wrong) != 0 || req.Check() != nil || req.Width != 640 || req.Format != view.RenderEXR || *req.Denoise || req.Rate != 24 || req.Checks != view.ChecksAll {
		t.Errorf("%+v %v", req, wrong)
	}
	for field, d := range map[string]renderDraft{
		fieldPath: {}, fieldFrames: {Path: "/s", Frames: "5-2"}, fieldSize: {Path: "/s", Width: "100"}, fieldSamples: {Path: "/s", Samples: "many"},
		fieldRate: {Path: "/s", Video: true, Rate: "0"},
	} {
		if _, wrong := d.request(c); len(wrong) != 1 || wrong[field] == "" {
			t.Errorf("%s: %v", field, wrong)
		}
	}
	odd := renderDraft{Engine: 99, Format: -1, Denoise: 7, Checks: 12}
	if odd.valid(); odd != (renderDraft{}) {
		t.Errorf("%+v", odd)
	}
}

func TestReceipt(t *testing.T) {
	j := view.JobDetail{Job: view.Job{ID: "id", Name: "film"},
		Nodes:    []view.JobWorker{{Address: "a", Ticketed: 5, Recorded: 5}, {Address: "b", Ticketed: 9, Recorded: 3}},
		Receipts: []view.Receipt{{TxID: "t1", Height: 4, Address: "b", Score: 3}, {TxID: "t2", Height: 5, Address: "gone", Score: 20}}}
	r := receiptOf(&j)
	var order []string
	for _, n := range r.Nodes {
		order = append(order, n.Address)
	}
	if !slices.Equal(order, []string{"gone", "b", "a"}) || r.Nodes[0].Recorded != 20 {
		t.Fatalf("%v %+v", order, r.Nodes)
	}
	raw, err := r.json()
	var back receipt
	if err != nil || json.Unmarshal(raw, &back) != nil || back.Nodes[1].Records[0].TxID != "t1" {
		t.Errorf("json %s %v", raw, err)
	}
	raw, err = r.csv(english(t))
	rows, cerr := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(raw), "\ufeff"))).ReadAll()
	if err != nil || cerr != nil || len(rows) != 4 || rows[1][0] != "gone" || rows[1][10] != "t2" {
		t.Errorf("csv %q %v %v", rows, err, cerr)
	}
}
