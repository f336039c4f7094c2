package work

import (
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// The filters of the list of jobs.
const (
	filterAll = iota
	filterRunning
	filterEnded
)

// jobList is the list of our own jobs.
type jobList struct {
	env    *page.Env
	all    []view.Job
	shown  []int // indexes into all
	filter int
	find   string
	rows   *kit.Rows[*jobRow]
	body   *fyne.Container
	bar    fyne.CanvasObject
	object fyne.CanvasObject
}

func newJobList(env *page.Env) *jobList {
	l := &jobList{env: env, body: kit.Stack(kit.PanelPad(0, kit.Loading(4)))}
	l.rows = kit.NewRows(kit.RowsOptions[*jobRow]{
		Len:    func() int { return len(l.shown) },
		Make:   func() *jobRow { return newJobRow(env) },
		Fill:   func(i int, r *jobRow) { r.fill(&l.all[l.shown[i]]) },
		Key:    func(i int) string { return l.all[l.shown[i]].ID },
		Tapped: func(i int) { env.Go(jobRoute(l.all[l.shown[i]].ID)) },
	})
	search := kit.Search(env.T("work.jobs.search"), func(s string) { l.find = s; l.choose() })
	filter := kit.Select([]string{env.T("work.filter.all"), env.T("work.filter.running"), env.T("work.filter.ended")}, filterAll, func(i int) {
		l.filter = i
		l.choose()
	})
	l.bar = kit.Row(kit.Grow(search), kit.MinWidth(140, filter))
	l.bar.Hide()
	l.object = kit.ColumnGap(10, l.bar, kit.Grow(l.body))
	return l
}

// set shows jobs, or why there are none.
func (l *jobList) set(list []view.Job, err error, retry func()) {
	if err != nil {
		if page.Cancelled(err) {
			return
		}
		if len(l.all) == 0 {
			l.put(kit.Panel(l.env.Kit.Failure(err, retry)), false)
			return
		}
		l.put(kit.ColumnGap(10, l.env.Kit.FailureLine(err, retry), kit.Grow(kit.PanelPad(0, l.rows))), true) // the old list stays
		return
	}
	l.all = list
	l.choose()
}

// choose shows what the filter lets through.
func (l *jobList) choose() {
	l.shown = l.shown[:0]
	find := strings.ToLower(strings.TrimSpace(l.find))
	for i := range l.all {
		j := &l.all[i]
		switch {
		case l.filter == filterRunning && over(j), l.filter == filterEnded && !over(j):
		case find != "" && !strings.Contains(strings.ToLower(j.Name+" "+j.Label+" "+j.ID), find):
		default:
			l.shown = append(l.shown, i)
		}
	}
	switch {
	case len(l.all) == 0:
		t := l.env.Text
		first := kit.Primary(t.T("work.jobs.empty.action"), func() { l.env.Go(newRoute(dappDownload)) }).Icon("download")
		l.put(kit.Panel(kit.Empty("rocket_launch", t.T("work.jobs.empty"), t.T("work.jobs.empty.text"), first)), false)
	case len(l.shown) == 0:
		l.put(kit.Panel(kit.Empty("search", l.env.T("work.jobs.none"), "", nil)), true)
	default:
		l.put(kit.PanelPad(0, l.rows), true)
		l.rows.Reload()
	}
}

func (l *jobList) put(o fyne.CanvasObject, bar bool) {
	if bar {
		l.bar.Show()
	} else {
		l.bar.Hide()
	}
	l.body.Objects = []fyne.CanvasObject{o}
	l.body.Refresh()
}

func (l *jobList) refill() {
	if len(l.shown) > 0 {
		l.rows.Reload()
	}
}

// jobRow is a job in the list.
type jobRow struct {
	rowBox
	env               *page.Env
	icon              *kit.IconImage
	name, sub         *kit.Text
	pill              *kit.PillMark
	bar               *kit.ProgressBar
	done, cost, nodes *kit.Text
}

func newJobRow(env *page.Env) *jobRow {
	r := &jobRow{env: env, icon: kit.Icon("download", look.Primary), name: kit.Strong("").Truncate(), sub: kit.Small("").Truncate(),
		pill: kit.Pill(look.Plain, "-"), bar: kit.Bar(), done: kit.Small("-").Truncate(),
		cost: kit.Strong("").Align(fyne.TextAlignTrailing), nodes: kit.Small("-").Align(fyne.TextAlignTrailing)}
	badge := kit.Stack(kit.MinSize(36, 36, kit.Surface(look.AccentSoft, 18)), kit.Middle(r.icon))
	if env.Narrow {
		head := kit.Row(kit.Grow(r.name), r.pill)
		foot := kit.Row(kit.Grow(r.done), r.cost)
		r.content = kit.PadXY(14, 10, kit.RowGap(12, badge, kit.Grow(kit.ColumnGap(4, head, r.bar, foot))))
		r.ExtendBaseWidget(r)
		return r
	}
	left := kit.ColumnGap(3, r.name, r.sub)
	middle := kit.ColumnGap(6, r.bar, r.done)
	right := kit.ColumnGap(3, r.cost, r.nodes)
	r.content = kit.PadXY(14, 12, kit.RowGap(16, badge, kit.Grow(left), r.pill, kit.MinWidth(230, middle), kit.MinWidth(110, right)))
	r.ExtendBaseWidget(r)
	return r
}

func (r *jobRow) fill(j *view.Job) {
	t := r.env.Text
	r.icon.Set(dappIcon(j.Dapp), look.Primary)
	r.name.Set(jobName(t, j))
	r.sub.Set(r.about(j))
	s := jobState(t, j)
	r.pill.Set(s.tone, s.text)
	r.bar.Set(share(j.Progress))
	tone := look.Primary
	switch {
	case j.Failure != "":
		tone = look.Danger
	case over(j):
		tone = look.Muted
	}
	r.bar.SetTone(tone)
	done := progress(t, j.Progress)
	if done == "" {
		done = "–"
	}
	if r.env.Narrow && j.Workers > 0 {
		done += " · " + t.N("work.nodes", j.Workers)
	}
	r.done.Set(done)
	r.cost.Set(t.Amount(j.Bid))
	r.nodes.Set(t.N("work.nodes", j.Workers))
	r.Refresh()
}

// about is a job's kind, its name when it has a label, and when it ends.
func (r *jobRow) about(j *view.Job) string {
	t := r.env.Text
	parts := []string{dappName(t, j.Dapp)}
	if j.Label != "" && j.Name != "" {
		parts = append(parts, j.Name)
	}
	now := r.env.Now()
	switch {
	case j.State == view.JobOpen && !j.Ends.IsZero() && j.Ends.After(now):
		parts = append(parts, t.T("work.job.ends", "time", t.Ago(j.Ends, now)))
	case !j.Posted.IsZero():
		parts = append(parts, t.When(j.Posted, now))
	}
	return strings.Join(parts, " · ")
}
