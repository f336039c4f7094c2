package viewtest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"path/filepath"
	"time"

	"supercomputing/app/view"
)

func base(path string) string { return filepath.Base(path) }

const (
	tileColumns = 8
	tileRows    = 5
	tilesDone   = 21 // of the frame in work
)

func scene(path string) view.RenderScene {
	return view.RenderScene{Path: path, Engine: "blender", Version: "3.4", First: 1, Last: 48, Step: 1, Width: 1920, Height: 1080, Samples: 256, Rate: 24, Denoise: true,
		Format: view.RenderPNG, Camera: "Camera.main", Problems: []string{}, Notes: []string{"the scene was saved by Blender 3.3; nodes render it with 3.4"},
		Files: []view.RenderFile{
			{Path: "//textures/rock_diffuse.png", Kind: "texture", State: "found", Size: 8_211_904, User: "Material.rock"},
			{Path: "//textures/sea_normal.exr", Kind: "texture", State: "found", Size: 33_120_448, User: "Material.sea"},
			{Path: "//lib/seagull.blend", Kind: "library", State: "packed", Size: 1_804_288, User: "Collection.birds"}}}
}

func quoteRender(r view.RenderRequest) view.RenderQuote {
	bid := r.Bid
	if bid == 0 {
		bid = coin("12")
	}
	q := view.RenderQuote{JobQuote: quoteJob("render", base(r.Path), 284_113_408, bid, 1), Scene: scene(r.Path), Frames: 48, Width: 1920, Height: 1080, Samples: 256, Format: view.RenderPNG,
		Tiles: tileColumns * tileRows, Output: filepath.Dir(r.Path) + "/lighthouse-frames", Video: r.Video, Suggested: coin("12"), First: coin("11.1")}
	q.Estimate = view.RenderEstimate{Tried: 3, TrialSeconds: 41, FrameSeconds: 1_420, SetupSeconds: 12, CoreSeconds: 68_160, HereSeconds: 8_520, NodeSeconds: 1_910, Nodes: 9, Memory: 3_221_225_472}
	if frames, err := view.ParseFrames(r.Frames); err == nil && len(frames) > 0 {
		q.Frames = 0
		for _, part := range frames {
			q.Frames += part.Count()
		}
	}
	return q
}

func renderDetail(j view.Job) *view.RenderDetail {
	d := &view.RenderDetail{Engine: "blender", Version: "3.4", Width: 1920, Height: 1080, Samples: 256, Format: view.RenderPNG, Output: "/home/lena/Work/lighthouse-frames",
		Checks: view.RenderChecks{Tiles: 701, Repeated: 88, Own: 4, Share: 0.13, Caught: 1}, Log: []view.LogLine{}, Frames: []view.RenderFrame{}}
	if j.State == view.JobOpen {
		d.Expected = Now().Add(53 * time.Minute)
		d.Log = append(jobLog(j), view.LogLine{Time: ago(18 * time.Minute), Node: node(6), Text: "delivered a wrong picture of frame 11; it gets no more work, the tile was rendered again"})
	}
	for i := range int(j.Progress.Total) {
		fr := view.RenderFrame{Frame: i + 1, State: view.TileWaiting}
		switch done := int(j.Progress.Done); {
		case j.State == view.JobExpired:
			fr.State, fr.Why = view.TileFailed, "no node has Blender 4.2"
		case i < done:
			fr.State, fr.File = view.TileDone, d.Output+"/frame.png"
		case i < done+3 && j.State == view.JobOpen:
			fr.State, fr.Tiles = view.TileLeased, tiles(tilesDone-9*(i-done))
		}
		d.Frames = append(d.Frames, fr)
	}
	d.Finished = j.State == view.JobComplete || j.State == view.JobExpired
	if j.State == view.JobExpired {
		d.Failure = "no node can render it: it needs Blender 4.2"
	}
	return d
}

func tiles(done int) []view.RenderTile {
	out := make([]view.RenderTile, tileColumns*tileRows)
	for i := range out {
		t := view.RenderTile{X: i % tileColumns * 240, Y: i / tileColumns * 216, W: 240, H: 216, State: view.TileWaiting}
		switch {
		case i < done:
			t.State, t.Node, t.Seconds, t.Checked = view.TileDone, node(i%7), 31+float64(i%5)*4, i%6 == 0
		case i < done+2:
			t.State, t.Node, t.Seconds = view.TileChecking, node(i%7), 33
		case i < done+8:
			t.State, t.Node = view.TileLeased, node(i%7)
		}
		out[i] = t
	}
	return out
}

// drawn paints a lighthouse at dusk; tiles after the first done ones are empty.
func drawn(size, done int) []byte {
	w, h := 960, 540
	if size > 0 && size < w {
		w, h = size, size*9/16
	}
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			if y*tileRows/h*tileColumns+x*tileColumns/w < done {
				img.SetNRGBA(x, y, dusk(float64(x)/float64(w), float64(y)/float64(h)))
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // into memory
	}
	return b.Bytes()
}

// dusk is the picture's colour at a place from 0 to 1.
func dusk(x, y float64) color.NRGBA {
	mix := func(a, b [3]float64, t float64) [3]float64 {
		t = max(0, min(1, t))
		for i := range a {
			a[i] += (b[i] - a[i]) * t
		}
		return a
	}
	c := mix([3]float64{24, 40, 84}, [3]float64{246, 150, 96}, y*1.45)
	c = mix(c, [3]float64{255, 226, 170}, 1-math.Hypot(x-0.3, (y-0.58)*0.5625)*9)
	if y > 0.66 { // the sea
		c = mix([3]float64{30, 84, 110}, [3]float64{10, 26, 46}, (y-0.66)*3)
		c = mix(c, [3]float64{250, 190, 130}, 0.5*math.Max(0, math.Sin(y*160+x*9))*math.Max(0, 1-math.Abs(x-0.3)*5))
	}
	if y > 0.74-0.2*math.Sqrt(math.Max(0, x-0.58))*1.6 && x > 0.58 { // the rock
		c = mix([3]float64{52, 44, 52}, [3]float64{18, 16, 24}, (y-0.5)*2)
	}
	if t := math.Abs(x - 0.8); y > 0.2 && y < 0.62 && t < 0.016+0.014*y { // the tower
		c = [3]float64{226, 220, 214}
		if int(y*22)%4 < 2 {
			c = [3]float64{186, 60, 52}
		}
		c = mix(c, [3]float64{30, 20, 30}, (x-0.79)*12)
	}
	if d := math.Hypot(x-0.8, (y-0.185)*0.5625); d < 0.14 { // the lamp
		c = mix(c, [3]float64{255, 244, 200}, 1-d*9)
	}
	return color.NRGBA{R: uint8(c[0]), G: uint8(c[1]), B: uint8(c[2]), A: 255}
}

func fillRender(f *Fake) {
	reply(f, "InspectRender", func(r view.RenderRequest) (any, error) { return scene(r.Path), nil })
	reply(f, "QuoteRender", func(r view.RenderRequest) (any, error) { return quoteRender(r), nil })
	reply(f, "PostRender", func(r view.RenderRequest) (any, error) { return jobDetail(RenderJob()) })
	reply(f, "RenderPicture", func(r view.PictureRequest) (any, error) {
		done := tileColumns * tileRows
		if r.Job == RenderJob() && r.Frame > 17 {
			done = max(0, tilesDone-9*(r.Frame-18))
		}
		return view.Picture{PNG: drawn(r.Size, done)}, nil
	})
}
