package home

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// mostJobs is how many jobs are shown.
const mostJobs = 4

// work is the owner's jobs under way.
type work struct {
	h      *Home
	object *fyne.Container
	place  *fyne.Container
}

func (w *work) init(h *Home) {
	w.h = h
	env := h.env
	all := kit.Ghost(env.T("home.all"), func() { env.Go(page.Route{Page: page.Work}) }).Small()
	w.place = kit.Stack(kit.Loading(2))
	w.object = kit.Card(env.T("home.under"), all, w.place)
}

func (w *work) set(o fyne.CanvasObject) {
	w.place.Objects = []fyne.CanvasObject{o}
	w.place.Refresh()
}

func (w *work) failed(err error) { w.set(w.h.env.Kit.FailureLine(err, w.h.loadJobs)) }

func (w *work) show() {
	env := w.h.env
	col := kit.ColumnGap(4)
	for _, j := range w.h.jobs {
		if underWay(j) && len(col.Objects) < mostJobs {
			col.Add(w.row(j))
		}
	}
	if len(col.Objects) == 0 {
		w.set(kit.Empty("rocket_launch", env.T("home.under.none"), env.T("home.under.none.text"),
			kit.Primary(env.T("home.work"), func() { env.Go(page.Route{Page: page.Work, Tab: page.WorkNew}) })))
		return
	}
	w.set(col)
}

// row is one job with how far it is.
func (w *work) row(j view.Job) fyne.CanvasObject {
	env := w.h.env
	name := j.Label
	if name == "" {
		name = j.Name
	}
	tone, state := look.Success, env.T("home.job.open")
	switch {
	case j.Failure != "":
		tone, state = look.Danger, env.T("home.job.failed")
	case j.Paused:
		tone, state = look.Warn, env.T("home.job.paused")
	case j.State == view.JobWaiting:
		tone, state = look.Warn, env.T("home.job.waiting")
	case j.State == view.JobClosing:
		tone, state = look.Info, env.T("home.job.closing")
	}
	bar := kit.Bar()
	part := 0.0
	if j.Progress.Total > 0 {
		part = float64(j.Progress.Done) / float64(j.Progress.Total)
	}
	bar.Set(part)
	icon := "download"
	if j.Dapp == "render" {
		icon = "movie"
	}
	top := kit.RowGap(10, kit.Grow(kit.Strong(name).Truncate()), kit.Pill(tone, state))
	below := kit.Between(kit.Small(w.progress(j)).Wrap(), kit.Small(env.Text.Percent(part)))
	return kit.Tap(kit.PadXY(6, 8, kit.Lead(kit.Badge(icon, look.Primary), kit.ColumnGap(6, top, bar, below))),
		func() { env.Go(page.Route{Page: page.Work, Tab: page.WorkJob, Ref: j.ID}) }).SetLabel(name)
}

// progress tells how far a job is.
func (w *work) progress(j view.Job) string {
	env, p := w.h.env, j.Progress
	words := env.T("home.job.of", "done", env.Text.Number(p.Done), "all", env.Text.Number(p.Total))
	switch p.Unit {
	case "bytes":
		words = env.T("home.job.of", "done", env.Text.Bytes(p.Done), "all", env.Text.Bytes(p.Total))
	case "frames":
		words = env.T("home.job.frames", "done", env.Text.Number(p.Done), "all", env.Text.Number(p.Total))
	}
	if j.Workers > 0 {
		words += " · " + env.N("home.job.nodes", j.Workers)
	}
	return words
}
