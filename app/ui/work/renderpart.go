package work

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

const (
	pictureSize = 960                    // most pixels of the longer side of a frame
	playSize    = 640                    // while finished frames are played
	playEvery   = 125 * time.Millisecond // between played frames; more would heat the machine
)

// renderPart shows a render job's work: a frame with its tiles, the film of all
// frames, what was checked. One decoded picture is held at a time.
type renderPart struct {
	env     *page.Env
	scope   *page.Scope
	id      string
	job     *jobData
	at      int    // index of the frame that is shown
	pinned  bool   // a person chose it: it does not follow the work
	stamp   string // of the picture that is shown or asked for
	playing bool
	moved   func()

	stage  *stage
	film   *film
	title  *kit.Text
	what   *kit.Text
	hover  *kit.Text
	counts *kit.Text
	checks *kit.Text
	play   *kit.Button
	follow *kit.Button
	failed *fyne.Container
	empty  *fyne.Container // over a frame of which there is nothing
	card   fyne.CanvasObject
}

func newRenderPart(env *page.Env, scope *page.Scope, id string, moved func()) *renderPart {
	r := &renderPart{env: env, scope: scope, id: id, at: -1, moved: moved, stage: newStage(),
		title: kit.Strong(""), what: kit.Small("").Wrap(), hover: kit.Small(" ").Truncate(), counts: kit.Small("").Wrap(), checks: kit.Small("").Wrap(), failed: kit.Stack()}
	r.empty = kit.Middle(kit.Muted(env.T("work.film.empty")).Wrap().Align(fyne.TextAlignCenter))
	r.film = newFilm(r.pick)
	r.film.onHover = r.hoverFrame
	r.stage.onHover = r.hoverTile
	k := env.Kit
	r.play = kit.Secondary(env.T("work.film.play"), r.playOrStop).Icon("play_arrow").Small()
	r.follow = kit.Secondary(env.T("work.film.follow"), func() { r.pinned = false; r.stop(); r.show() }).Icon("center_focus_strong").Small()
	marks := kit.Check(env.T("work.film.tiles"), true, r.stage.setMarks)
	before := k.IconButton("chevron_left", env.T("work.film.before"), func() { r.step(-1) })
	after := k.IconButton("chevron_right", env.T("work.film.after"), func() { r.step(1) })
	head := kit.Between(kit.Row(before, r.title, after), kit.Flow(r.follow, r.play))
	r.card = kit.Card(env.T("work.film.picture"), nil, kit.Column(head, kit.Stack(r.stage, r.empty), r.failed, r.hover,
		kit.Between(r.what, marks), r.film, r.legend(), kit.Tight(r.counts, r.checks)))
	return r
}

func (r *renderPart) object() fyne.CanvasObject { return r.card }
func (r *renderPart) close()                    { r.playing = false }

// legend explains the colours of frames and tiles.
func (r *renderPart) legend() fyne.CanvasObject {
	row := kit.Flow()
	for _, s := range legendStates {
		dot := kit.MinSize(10, 10, kit.Surface(stateColour(s), 3))
		row.Add(kit.RowGap(5, kit.Middle(dot), kit.Small(tileState(r.env.Text, s))))
	}
	return row
}

func (r *renderPart) set(j *jobData) {
	r.job = j
	t, c := r.env.Text, &j.Render.Checks
	counts := t.T("work.film.counts", "done", t.Number(int64(j.sum.done)), "frames", t.N("work.frames", j.sum.frames),
		"working", t.Number(int64(j.sum.working+j.sum.checking)), "waiting", t.Number(int64(j.sum.waiting)))
	if j.sum.failed > 0 {
		counts += t.T("work.comma") + t.N("work.frames.failed", j.sum.failed)
	}
	r.counts.Set(counts)
	checks := t.T("work.film.checks", "tiles", t.N("work.tiles", c.Tiles), "repeated", t.Number(int64(c.Repeated)), "own", t.Number(int64(c.Own)), "share", t.Percent(c.Share))
	if c.Caught > 0 {
		checks += " " + t.N("work.film.caught", c.Caught)
	}
	r.checks.Set(checks)
	if len(finished(j.Render.Frames)) > 1 {
		r.play.Enable()
	} else {
		r.play.Disable()
	}
	r.show()
}

// show shows the chosen frame, or the one that is being made.
func (r *renderPart) show() {
	frames := r.job.Render.Frames
	if len(frames) == 0 {
		return
	}
	if !r.pinned && !r.playing || r.at < 0 || r.at >= len(frames) {
		r.at = r.job.now
	}
	if r.pinned && !over(&r.job.Job) {
		r.follow.Show()
	} else {
		r.follow.Hide()
	}
	r.frame()
	r.film.set(r.job.states, r.at)
	if !r.playing {
		r.picture()
	}
}

// frame shows the tiles and words of the frame.
func (r *renderPart) frame() {
	f, t := &r.job.Render.Frames[r.at], r.env.Text
	if drawable(f) || len(f.Tiles) > 0 {
		r.empty.Hide()
	} else {
		r.empty.Show()
	}
	r.stage.set(*f, r.job.Render.Width, r.job.Render.Height)
	r.title.Set(t.T("work.film.frame", "n", f.Frame))
	words := tileState(t, frameState(f))
	if n := len(f.Tiles); n > 0 {
		here := 0
		for i := range f.Tiles {
			if s := f.Tiles[i].State; s == view.TileDone || s == view.TileChecking {
				here++
			}
		}
		words += " · " + t.T("work.progress.tiles", "done", here, "total", n)
	}
	if f.Why != "" {
		words += " · " + f.Why
	}
	r.what.Set(words)
}

// picture asks for the frame's picture when there is more of it than is shown.
func (r *renderPart) picture() {
	f := &r.job.Render.Frames[r.at]
	stamp := pictureStamp(f)
	if stamp == r.stamp {
		return
	}
	r.stamp = stamp
	if !drawable(f) {
		r.stage.setPicture(nil)
		return
	}
	number := f.Frame
	page.LoadKey(r.scope, "picture", func(ctx context.Context) (image.Image, error) { return r.ask(ctx, number, pictureSize) },
		func(img image.Image, err error) {
			switch {
			case page.Cancelled(err):
			case err != nil:
				r.stamp = "" // the next look tries again
				r.fail(err)
			default:
				r.fail(nil)
				r.stage.setPicture(img)
			}
		})
}

// ask gets a picture and decodes it, away from the UI thread.
func (r *renderPart) ask(ctx context.Context, frame, size int) (image.Image, error) {
	p, err := r.env.Backend.RenderPicture(ctx, view.PictureRequest{Job: r.id, Frame: frame, Size: size})
	if err != nil {
		return nil, err
	}
	img, err := png.Decode(bytes.NewReader(p.PNG))
	if err != nil {
		return nil, fmt.Errorf("decode frame %d: %w", frame, err)
	}
	return img, nil
}

func (r *renderPart) fail(err error) {
	was := len(r.failed.Objects)
	r.failed.Objects = nil
	if err != nil {
		r.failed.Objects = []fyne.CanvasObject{r.env.Kit.FailureLine(err, func() { r.stamp = ""; r.picture() })}
	}
	if was+len(r.failed.Objects) > 0 {
		r.failed.Refresh()
		r.moved()
	}
}

// pick shows a frame that a person chose.
func (r *renderPart) pick(i int) {
	r.stop()
	r.at, r.pinned = i, true
	r.show()
	r.moved()
}

func (r *renderPart) step(by int) {
	if to := r.at + by; r.job != nil && to >= 0 && to < len(r.job.Render.Frames) {
		r.pick(to)
	}
}

// hoverFrame tells about the frame below the pointer.
func (r *renderPart) hoverFrame(i int) {
	if i < 0 || r.job == nil || i >= len(r.job.states) {
		r.hover.Set(" ")
		return
	}
	r.hover.Set(r.env.T("work.film.frame", "n", r.job.Render.Frames[i].Frame) + " · " + tileState(r.env.Text, r.job.states[i]))
}

// hoverTile tells about the tile below the pointer.
func (r *renderPart) hoverTile(tile *view.RenderTile) {
	if tile == nil {
		r.hover.Set(" ")
		return
	}
	s := tileState(r.env.Text, tile.State)
	if tile.Node != "" {
		s += " · " + text.Short(tile.Node)
	}
	if tile.Seconds > 0 {
		s += " · " + r.env.Text.Duration(about(tile.Seconds))
	}
	if tile.Checked {
		s += " · " + r.env.T("work.tile.checked")
	}
	r.hover.Set(s)
}

// playOrStop plays the finished frames from the one that is shown.
func (r *renderPart) playOrStop() {
	if r.playing {
		r.stop()
		r.show()
		return
	}
	r.playing = true
	r.play.SetIcon("stop")
	r.play.SetLabel(r.env.T("work.film.stop"))
	from := r.at
	if list := finished(r.job.Render.Frames); len(list) > 0 && from >= list[len(list)-1] {
		from = -1 // at the end: from the beginning
	}
	r.at = from
	r.next()
}

// next shows the next finished frame, and then goes on; each picture is asked
// for when the one before was shown, so that no more are held.
func (r *renderPart) next() {
	if !r.playing {
		return
	}
	to := -1
	for i := r.at + 1; i < len(r.job.Render.Frames); i++ {
		if r.job.Render.Frames[i].State == view.TileDone {
			to = i
			break
		}
	}
	if to < 0 {
		r.pinned = true
		r.stop()
		r.at = max(r.at, 0)
		r.show()
		return
	}
	number := r.job.Render.Frames[to].Frame
	page.LoadKey(r.scope, "picture", func(ctx context.Context) (image.Image, error) { return r.ask(ctx, number, playSize) },
		func(img image.Image, err error) {
			if !r.playing || page.Cancelled(err) {
				return
			}
			if err != nil {
				r.stop()
				r.fail(err)
				return
			}
			r.at, r.stamp = to, ""
			r.stage.setPicture(img)
			r.frame()
			r.film.set(r.job.states, r.at)
			r.scope.After(playEvery, r.next)
		})
}

func (r *renderPart) stop() {
	if !r.playing {
		return
	}
	r.playing = false
	r.stamp = ""
	r.play.SetIcon("play_arrow")
	r.play.SetLabel(r.env.T("work.film.play"))
}
