package node

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/networks"
	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render"
	"supercomputing/tasks/render/picture"
)

// renderState is the render dapp's detail of a job, which is the live value or
// what the journal made of it.
func renderState(detail any) (s render.State) {
	switch d := detail.(type) {
	case render.State:
		return d
	case json.RawMessage:
		_ = json.Unmarshal(d, &s) // a detail of another form shows as none
	}
	return s
}

// renderFailure is why a job was ended early, "" when it was not. A list of jobs
// asks for no more, so frames are not decoded for it.
func renderFailure(detail any) string {
	switch d := detail.(type) {
	case render.State:
		return d.Broken
	case json.RawMessage:
		var s struct {
			Broken string `json:"broken"`
		}
		_ = json.Unmarshal(d, &s) // a detail of another form shows as none
		return s.Broken
	}
	return ""
}

// isRender tells whether a post is one of the render dapp.
func isRender(post types.JobPost) bool { return post.Dapp == networks.DappID(networks.Render) }

// renderDetail adds what the render dapp knows: frames, checks and nodes; for a
// list, how large the job is and who works.
func (n *Node) renderDetail(d *view.JobDetail, j tasks.OwnJob, brief bool) {
	spec, ih, err := render.JobSpec(j.Job.Post)
	if err != nil {
		return
	}
	d.Size, d.InfoHash = spec.BundleSize, hex.EncodeToString(ih[:])
	if d.Progress.Total == 0 {
		d.Progress.Total, d.Progress.Unit = int64(render.CountFrames(spec.Frames)), "frames"
	}
	d.Failure = renderFailure(j.Progress.Detail)
	if brief {
		n.renderWorkers(d, j, render.State{})
		return
	}
	s := n.market.renderPlan(j)
	r := &view.RenderDetail{Engine: spec.Engine, Version: spec.Series, Width: spec.Settings.Width, Height: spec.Settings.Height,
		Samples: spec.Settings.Samples, Format: string(s.Format), Output: s.Output, Video: s.Video, Expected: s.Expected.UTC(),
		Checks: view.RenderChecks(s.Checks), Failure: s.Broken, Finished: s.Finished, Frames: []view.RenderFrame{}, Log: []view.LogLine{}}
	if s.Version != "" {
		r.Version = s.Version
	}
	names := make(addressNames)
	frames := s.All()
	for _, f := range frames {
		r.Frames = append(r.Frames, n.renderFrame(f, names))
	}
	if len(frames) == 0 { // before the job is in a block
		for _, f := range render.ListFrames(spec.Frames) {
			r.Frames = append(r.Frames, view.RenderFrame{Frame: f, State: view.TileWaiting})
		}
	}
	for _, l := range s.Log {
		line := view.LogLine{Time: l.Time.UTC(), Text: l.Text}
		if l.Node != (types.Address{}) {
			line.Node = n.addressText(l.Node)
		}
		r.Log = append(r.Log, line)
	}
	d.Render = r
	if late := lateNote(s.Expected, d.Ends); late != "" && !ended(j.Phase) {
		d.Progress.Note = strings.TrimPrefix(d.Progress.Note+"; "+late, "; ")
	}
	n.renderWorkers(d, j, s)
}

// lateNote warns of a job that will not be done before its end.
func lateNote(expected, ends time.Time) string {
	if expected.IsZero() || ends.IsZero() || expected.Before(ends) {
		return ""
	}
	return "at this speed it is not done before the job ends: raise its bid to give it more time"
}

// addressNames are addresses as people see them, by the hex of their keys.
type addressNames map[string]string

func (n *Node) named(in string, names addressNames) string {
	if in == "" {
		return ""
	}
	out, ok := names[in]
	if !ok {
		var a types.Address
		if b, err := hex.DecodeString(in); err == nil && copy(a[:], b) == len(a) {
			out = n.addressText(a)
		}
		names[in] = out
	}
	return out
}

func (n *Node) renderFrame(f render.FrameView, names addressNames) view.RenderFrame {
	v := view.RenderFrame{Frame: f.Frame, State: f.State, File: f.File, Why: f.Why}
	for _, t := range f.Tiles {
		v.Tiles = append(v.Tiles, view.RenderTile{X: t.X, Y: t.Y, W: t.W, H: t.H, State: t.State, Node: n.named(t.Node, names), Checked: t.Checked, Seconds: t.Seconds})
	}
	return v
}

func (n *Node) renderWorkers(d *view.JobDetail, j tasks.OwnJob, s render.State) {
	seats := make(map[string]render.NodeView, len(s.Nodes)) // by key in hex
	for _, x := range s.Nodes {
		seats[x.Node] = x
	}
	for _, share := range j.Nodes {
		seat := seats[share.Node.String()]
		w := n.jobWorker(share, settling(j.Phase))
		w.Seconds, w.Checked, w.Repeats = seat.Seconds, seat.Checked, seat.Repeats
		w.Audits, w.Progress = seat.Passed, view.Progress{Done: int64(seat.Tiles), Total: int64(s.Checks.Tiles), Unit: "tiles"}
		if seat.Caught != "" {
			w.State, w.Failed, w.Why = "dropped", 1, seat.Caught
		}
		addWorker(d, share, w)
	}
}

// renderWork says in few words what a job is about.
func renderWork(s render.Spec) string {
	frames := counted(render.CountFrames(s.Frames), "frame", "frames")
	name := s.Engine
	if title := engineTitles[name]; title != "" {
		name = title
	}
	return fmt.Sprintf("%s of %d × %d, %s %s", frames, s.Settings.Width, s.Settings.Height, name, s.Series)
}

// counted writes how many there are of what has two forms.
func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

var engineTitles = map[string]string{"blender": "Blender", "povray": "POV-Ray"}

// RenderPicture implements view.Jobs.
func (n *Node) RenderPicture(_ context.Context, req view.PictureRequest) (view.Picture, error) {
	if err := n.needWallet(); err != nil {
		return view.Picture{}, err
	}
	id, err := jobID(req.Job)
	if err != nil {
		return view.Picture{}, err
	}
	if req.Size < 0 || req.Size > view.MaxRenderSide {
		return view.Picture{}, view.Errorf(view.CodeInvalid, "%d pixels are not from 1 to %d", req.Size, view.MaxRenderSide)
	}
	p, err := n.framePicture(id, req.Frame)
	if err != nil {
		return view.Picture{}, explain(err)
	}
	img := p.Image()
	if req.Size > 0 {
		img = image.Image(p.Preview(req.Size))
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, img); err != nil {
		return view.Picture{}, err
	}
	return view.Picture{PNG: out.Bytes()}, nil
}

// framePicture is a frame as it is now. Of a job that no longer runs there are
// the finished frames' files.
func (n *Node) framePicture(id types.Hash, frame int) (*picture.Picture, error) {
	m := n.market
	j, err := m.coordinator.Job(id)
	if err != nil {
		return nil, err
	}
	spec, _, err := render.JobSpec(j.Job.Post)
	switch {
	case !isRender(j.Job.Post):
		return nil, view.Errorf(view.CodeInvalid, "it is no render job")
	case err != nil:
		return nil, err
	case !slices.ContainsFunc(spec.Frames, func(r render.Range) bool { return frame >= r.First && frame <= r.Last && (frame-r.First)%r.Step == 0 }):
		return nil, fmt.Errorf("%w: %d", render.ErrUnknownFrame, frame)
	}
	p, err := m.render.dapp.Picture(id, frame)
	if !errors.Is(err, render.ErrNoPicture) {
		return p, err
	}
	s := renderState(j.Progress.Detail)
	for _, f := range s.All() {
		if f.Frame == frame && f.File != "" {
			return readFrame(f.File)
		}
	}
	return nil, err
}

func readFrame(path string) (*picture.Picture, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, view.Errorf(view.CodeNotFound, "the frame's file cannot be read: %v", err)
	}
	defer f.Close()
	if strings.EqualFold(filepath.Ext(path), ".exr") {
		return picture.ReadEXR(f, picture.MaxPixels)
	}
	return picture.ReadPNG(f, picture.MaxPixels)
}
