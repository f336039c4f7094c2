package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"supercomputing/app/view"
	"supercomputing/tasks/render"
	"supercomputing/tasks/render/engine"
)

// sceneEngines are the engines by the endings of their scenes' names.
var sceneEngines = map[string]string{".blend": "blender", ".pov": "povray"}

// usualRate is a film's frames per second where nothing says it.
const usualRate = 24

// maxOutputs bounds how many folders beside a scene are looked at for a free one.
const maxOutputs = 1000

// renderOrder is a request with all that it leaves to the scene and the node.
type renderOrder struct {
	engine engine.Engine
	build  engine.Build
	scene  *engine.Scene
	stamp  string // by which its files are known
	plan   render.Plan
	alone  bool // the output folder was named by this node: nothing else is in it
	notes  []string
}

// sceneEngine chooses the engine of a request and finds it on this machine.
func (n *Node) sceneEngine(ctx context.Context, req view.RenderRequest) (engine.Engine, engine.Build, error) {
	name := req.Engine
	if name == "" {
		if name = sceneEngines[strings.ToLower(filepath.Ext(req.Path))]; name == "" {
			return nil, engine.Build{}, view.Errorf(view.CodeInvalid, "%s: its name does not tell which engine renders it", filepath.Base(req.Path)).
				WithHint("scenes end in .blend or .pov; --engine names the engine")
		}
	}
	for _, e := range n.market.render.engines {
		if e.Name() == name {
			b, err := e.Build(ctx)
			return e, b, err
		}
	}
	return nil, engine.Build{}, view.Errorf(view.CodeInvalid, "there is no engine %q", name).WithHint("there are blender and povray")
}

// scene looks the scene of a request over.
func (n *Node) scene(ctx context.Context, req view.RenderRequest) (o renderOrder, err error) {
	if err := req.Check(); err != nil {
		return o, err
	}
	switch fi, err := os.Stat(req.Path); {
	case errors.Is(err, fs.ErrNotExist):
		return o, view.Errorf(view.CodeNotFound, "there is no file %s on the node's machine", req.Path)
	case errors.Is(err, fs.ErrPermission):
		return o, view.Errorf(view.CodeInvalid, "the node may not read %s", req.Path)
	case err != nil:
		return o, err
	case !fi.Mode().IsRegular():
		return o, view.Errorf(view.CodeInvalid, "%s is not a file", req.Path)
	}
	if err := n.checkPublic(req.Path); err != nil {
		return o, err
	}
	if o.engine, o.build, err = n.sceneEngine(ctx, req); err != nil {
		return o, err
	}
	o.scene, o.stamp, err = n.market.render.trials.inspect(ctx, o.engine, o.build, req.Path)
	return o, err
}

// InspectRender implements view.Jobs.
func (n *Node) InspectRender(ctx context.Context, req view.RenderRequest) (view.RenderScene, error) {
	if err := n.needWallet(); err != nil {
		return view.RenderScene{}, err
	}
	o, err := n.scene(ctx, req)
	if err != nil {
		return view.RenderScene{}, explain(err)
	}
	return showScene(req.Path, o), nil
}

func showScene(path string, o renderOrder) view.RenderScene {
	s := o.scene
	v := view.RenderScene{Path: path, Engine: o.build.Engine, Version: o.build.Version, First: s.First, Last: s.Last, Step: s.Step,
		Width: s.Width, Height: s.Height, Samples: s.Samples, Rate: s.Rate, Format: s.Format, Denoise: s.Denoise, Camera: s.Camera,
		Fixed: s.Fixed != "", WholeOnly: s.WholeOnly, Files: []view.RenderFile{}, Problems: append([]string{}, s.Problems...), Notes: append([]string{}, s.Notes...)}
	if s.WholeOnly {
		note := "frames are not cut into tiles: one node renders all of each"
		if s.Why != "" {
			note += ", for " + s.Why
		}
		v.Notes = append(v.Notes, note)
	}
	for _, f := range s.Files {
		v.Files = append(v.Files, view.RenderFile{Path: f.Path, Kind: f.Kind, State: string(f.State), Size: f.Size, User: f.User, Help: f.Help})
	}
	return v
}

// renderable refuses a scene that cannot be rendered elsewhere, or that would
// give away what belongs to this node.
func (n *Node) renderable(path string, s *engine.Scene) error {
	if missing := s.Missing(); len(missing) > 0 {
		var names []string
		for _, f := range missing[:min(len(missing), 5)] {
			names = append(names, f.Path)
		}
		if more := len(missing) - len(names); more > 0 {
			names = append(names, fmt.Sprintf("and %d more", more))
		}
		hint := "put them where the scene looks for them, or pack them into it"
		if help := missing[0].Help; help != "" {
			hint = help
		}
		return view.Errorf(view.CodeInvalid, "files that the scene needs are missing: %s; nothing was paid", strings.Join(names, ", ")).WithHint("%s", hint)
	}
	if len(s.Problems) > 0 {
		return view.Errorf(view.CodeInvalid, "the scene cannot be rendered by others: %s; nothing was paid", strings.Join(s.Problems, "; ")).
			WithHint("change the scene, save it and try again")
	}
	for _, f := range s.Files {
		p := f.Path
		if f.State != engine.FileFound {
			continue
		}
		if !filepath.IsAbs(p) {
			p = filepath.Join(filepath.Dir(path), p)
		}
		if err := n.checkPublic(p); err != nil {
			return err
		}
	}
	return nil
}

// order completes a request from its scene, and refuses what cannot be done.
func (n *Node) order(ctx context.Context, req view.RenderRequest) (o renderOrder, err error) {
	if o, err = n.scene(ctx, req); err != nil {
		return o, err
	}
	if err := n.renderable(req.Path, o.scene); err != nil {
		return o, err
	}
	s := o.scene
	o.plan = render.Plan{Scene: req.Path, Name: filepath.Base(req.Path), Engine: o.build.Engine, Version: o.build.Version,
		Settings: engine.Settings{Width: s.Width, Height: s.Height, Samples: s.Samples},
		Format:   render.PNG, Denoise: s.Denoise, Video: req.Video, Rate: usualRate, Output: req.Output, Checks: render.ChecksUsual,
		WholeOnly: s.WholeOnly}
	p := &o.plan
	if s.Format != "" {
		p.Format = render.Format(s.Format)
	}
	if req.Width > 0 {
		p.Settings.Width, p.Settings.Height = req.Width, req.Height
	}
	if req.Samples > 0 {
		p.Settings.Samples = req.Samples
	}
	if req.Format != "" {
		p.Format = render.Format(req.Format)
	}
	if req.Checks != "" {
		p.Checks = render.Checks(req.Checks)
	}
	if p.Settings.Form, err = p.Format.Form(s.Alpha); err != nil {
		return o, err
	}
	if p.Frames, err = orderFrames(req.Frames, s, p.Name); err != nil {
		return o, err
	}
	if err := o.version(req.Version); err != nil {
		return o, err
	}
	if err := n.finishing(req, &o); err != nil {
		return o, err
	}
	return o, n.output(req, &o)
}

// orderFrames are the frames asked for, or the scene's own.
func orderFrames(text string, s *engine.Scene, name string) ([]render.Range, error) {
	asked, err := view.ParseFrames(text)
	if err != nil {
		return nil, err
	}
	if len(asked) == 0 {
		step := max(s.Step, 1)
		asked = []view.FrameRange{{First: s.First, Last: s.Last - (s.Last-s.First)%step, Step: step}}
	}
	var all []render.Range
	for _, r := range asked {
		if s.Fixed != "" && (r.First < s.First || r.Last > s.Last) {
			own := "frame " + view.FrameRange{First: s.First, Last: s.Last, Step: 1}.String()
			if s.Last > s.First {
				own = fmt.Sprintf("frames %d to %d", s.First, s.Last)
			}
			return nil, view.Errorf(view.CodeInvalid, "%s has %s, and %s was asked for; nothing was paid", name, own, strings.TrimSpace(text)).WithHint("%s", s.Fixed)
		}
		all = append(all, render.Range(r))
	}
	if n := render.CountFrames(all); s.Last < s.First || n > render.MaxFrames {
		return nil, view.Errorf(view.CodeInvalid, "the scene has %s, from %d to %d; a job renders at most %d", counted(n, "frame", "frames"), s.First, s.Last, render.MaxFrames).
			WithHint("--frames names those to render")
	}
	return render.Ranges(render.ListFrames(all)), nil // ascending, also where ranges are interleaved
}

// version takes another version of the engine than this machine's.
func (o *renderOrder) version(asked string) error {
	switch {
	case asked == "":
		return nil
	case strings.Trim(asked, "0123456789.") != "" || strings.Trim(engine.Series(asked), "0123456789") != ".":
		return view.Errorf(view.CodeInvalid, "%.40q is no version of an engine, such as 3.4", asked)
	}
	o.plan.Version = asked
	if engine.Series(asked) != o.build.Series() {
		o.notes = append(o.notes, fmt.Sprintf("this machine has %s %s, not %s: it tried the scene with its own, and cannot check pictures itself. "+
			"No node is known here that has %[3]s; without one nothing is rendered, and the bid does not come back",
			engineTitles[o.build.Engine], o.build.Version, asked))
	}
	return nil
}

// finishing settles what is made of finished frames, which takes ffmpeg.
func (n *Node) finishing(req view.RenderRequest, o *renderOrder) error {
	p := &o.plan
	if req.Denoise != nil {
		p.Denoise = *req.Denoise
	}
	switch {
	case req.Rate > 0:
		p.Rate = req.Rate
	case o.scene.Rate > 0:
		p.Rate = o.scene.Rate
	}
	if !p.Video && !p.Denoise {
		return nil
	}
	_, err := n.market.render.finish()
	switch {
	case err == nil && p.Denoise:
		o.notes = append(o.notes, "frames are denoised on this machine once they are put together; nodes render them as they are")
	case err != nil && p.Denoise && req.Denoise != nil:
		return fmt.Errorf("frames cannot be denoised: %w", err)
	case err != nil && p.Video:
		return fmt.Errorf("no video can be made: %w", err)
	case err != nil:
		p.Denoise = false
		o.notes = append(o.notes, fmt.Sprintf("the scene asks for denoising, and nothing here can do it (%v): its frames come with their noise", err))
	}
	return nil
}

// output settles the folder of the frames.
func (n *Node) output(req view.RenderRequest, o *renderOrder) error {
	dir := req.Output
	if dir == "" {
		base := strings.TrimSuffix(req.Path, filepath.Ext(req.Path)) + "-frames"
		dir = base
		for i := 2; i <= maxOutputs && !emptyDir(dir); i++ {
			dir = fmt.Sprintf("%s-%d", base, i)
		}
		o.alone = true
	}
	o.plan.Output = filepath.Clean(dir)
	if real := realAncestor(dir); within(real, realPath(n.dir)) {
		return view.Errorf(view.CodeInvalid, "the output folder %s lies in the data directory %s, which is the node's own", dir, n.dir).
			WithHint("choose another with --output")
	}
	for _, j := range n.market.coordinator.Jobs() {
		if !ended(j.Phase) && isRender(j.Job.Post) && n.market.renderPlan(j).Output == o.plan.Output {
			return view.Errorf(view.CodeConflict, "the job %.8s writes its frames to %s", j.Job.ID.String(), dir).
				WithHint("choose another folder with --output")
		}
	}
	if err := writable(dir); err != nil {
		return view.Errorf(view.CodeInvalid, "the node cannot write frames to %s: %v", dir, err).WithHint("choose another folder with --output")
	}
	if k := o.present(); k > 0 {
		o.notes = append(o.notes, counted(k, "file in "+dir+" has the name of a frame, and will be replaced", "files in "+dir+" have the names of frames, and will be replaced"))
	}
	return nil
}

// present counts files that frames would replace.
func (o *renderOrder) present() (k int) {
	if o.alone {
		return 0
	}
	entries, err := os.ReadDir(o.plan.Output)
	if err != nil {
		return 0 // it is not there yet
	}
	names := make(map[string]bool, len(entries))
	for _, e := range entries {
		names[e.Name()] = true
	}
	for _, f := range render.ListFrames(o.plan.Frames) {
		if names[fmt.Sprintf("%04d%s", f, o.plan.Format.Ext())] {
			k++
		}
	}
	return k
}

// emptyDir reports whether a path is free: nothing is there, or an empty folder.
func emptyDir(path string) bool {
	entries, err := os.ReadDir(path)
	return errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0
}

// realAncestor follows the links of the part of a path that is there.
func realAncestor(path string) string {
	rest := ""
	for p := path; ; p = filepath.Dir(p) {
		if real, err := filepath.EvalSymlinks(p); err == nil {
			return filepath.Join(real, rest)
		}
		if p == filepath.Dir(p) {
			return path
		}
		rest = filepath.Join(filepath.Base(p), rest)
	}
}

// existing is a path, or the nearest one above that is there.
func existing(path string) string {
	for {
		_, err := os.Stat(path)
		up := filepath.Dir(path)
		if !errors.Is(err, fs.ErrNotExist) || up == path {
			return path
		}
		path = up
	}
}

// writable tries to make a file in a folder, or in the one that it would be made in.
func writable(dir string) error {
	dir = existing(dir)
	if fi, err := os.Stat(dir); err == nil && !fi.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	f, err := os.CreateTemp(dir, ".supercomputing-*")
	if err != nil {
		var pe *fs.PathError
		if errors.As(err, &pe) {
			err = pe.Err
		}
		return err
	}
	f.Close()
	return os.Remove(f.Name())
}

// makeOutput makes the folder of the frames.
func makeOutput(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("the folder of the frames: %w", err)
	}
	return nil
}
