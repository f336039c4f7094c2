package work

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// jobGap is the least time between two looks at a job, of which there may be
// much to tell.
const jobGap = 500 * time.Millisecond

// jobData is a job with what is computed of it away from the UI thread.
type jobData struct {
	view.JobDetail
	states []string // of the frames
	sum    filmSum
	now    int // index of the frame that is being made
}

func dataOf(d view.JobDetail) *jobData {
	j := &jobData{JobDetail: d}
	if d.Render != nil {
		j.states, j.sum, j.now = frameStates(d.Render.Frames), sumFilm(d.Render.Frames), current(d.Render.Frames)
	}
	return j
}

// workPart is the work of a job itself, as its dapp shows it.
type workPart interface {
	object() fyne.CanvasObject
	set(j *jobData)
	close()
}

// jobPage is all about one of our jobs.
type jobPage struct {
	env     *page.Env
	scope   *page.Scope
	id      string
	data    *jobData
	receipt bool // to be shown once the job is there
	busy    bool // an action is under way
	again   *page.Coalesce

	root   *kit.Scroller
	body   *fyne.Container
	failed *fyne.Container

	title   *kit.Text
	sub     *kit.Text
	pill    *kit.PillMark
	actions *fyne.Container
	status  *jobStatus
	facts   *jobFacts
	work    workPart
	nodes   *nodeTable
	log     *logBox
}

func newJobPage(env *page.Env, id string, receipt bool) inner {
	p := &jobPage{env: env, scope: page.NewScope(env), id: id, receipt: receipt, failed: kit.Stack()}
	p.failed.Hide()
	p.body = kit.Stack(kit.Panel(kit.Loading(5)))
	back := kit.Ghost(env.T("work.job.all"), func() { env.Go(home()) }).Icon("arrow_back")
	p.root = kit.PageBody(kit.ColumnGap(8, kit.Left(back), p.failed, p.body))
	p.again = page.NewCoalesce(p.scope, jobGap, p.load)
	p.again.Ask()
	p.scope.Every(time.Minute, func() {
		if p.data != nil {
			p.show()
		}
	})
	return p
}

func (p *jobPage) object() fyne.CanvasObject { return p.root }

func (p *jobPage) event(e view.Event) {
	if e.Kind == view.EventJob && (e.Job == "" || e.Job == p.id) || e.Kind == view.EventTip && p.data != nil && p.data.State != view.JobComplete && p.data.State != view.JobExpired {
		p.again.Ask()
	}
}

func (p *jobPage) close() {
	if p.work != nil {
		p.work.close()
	}
	p.scope.Close()
}

// load asks for the job.
func (p *jobPage) load() {
	page.LoadKey(p.scope, "job", func(ctx context.Context) (*jobData, error) {
		d, err := p.env.Backend.Job(ctx, p.id)
		if err != nil {
			return nil, err
		}
		return dataOf(d), nil
	}, func(j *jobData, err error) {
		switch {
		case page.Cancelled(err):
		case err != nil && p.data == nil:
			p.body.Objects = []fyne.CanvasObject{kit.Panel(p.env.Kit.Failure(err, p.load))}
			p.root.Refresh()
		case err != nil:
			p.fail(err) // what was known stays
		default:
			p.fail(nil)
			p.set(j)
		}
	})
}

// fail shows a failure above the job, nil that there is none.
func (p *jobPage) fail(err error) {
	if err == nil {
		if p.failed.Visible() {
			p.failed.Hide()
			p.root.Refresh()
		}
		return
	}
	p.failed.Objects = []fyne.CanvasObject{p.env.Kit.FailureLine(err, p.load)}
	p.failed.Show()
	p.root.Refresh()
}

// set shows a job.
func (p *jobPage) set(j *jobData) {
	first := p.data == nil
	p.data = j
	if first {
		p.build()
	}
	p.show()
	if p.receipt {
		p.receipt = false
		p.showReceipt()
	}
}

// build makes the page of a job's kind.
func (p *jobPage) build() {
	env := p.env
	p.title, p.sub, p.pill = kit.Title("").Wrap(), kit.Muted("").Truncate(), kit.Pill(look.Plain, "-")
	p.actions = kit.Flow()
	p.status, p.facts = newJobStatus(env), newJobFacts(p)
	switch {
	case p.data.Render != nil:
		p.work = newRenderPart(env, p.scope, p.id, p.root.Refresh)
	case p.data.Dapp == dappDownload:
		p.work = newSwarmPart(env)
	}
	p.nodes, p.log = newNodeTable(env, p.root.Refresh), newLogBox(env, p.root.Refresh)
	name := kit.ColumnGap(6, p.title, kit.Row(p.pill, kit.Grow(p.sub)))
	head := kit.ColumnGap(14, name, p.actions)
	main, side := kit.Loose(), kit.Loose()
	if p.work != nil {
		main.Add(p.work.object())
	}
	main.Add(p.nodes.object)
	main.Add(p.log.object)
	if env.Narrow {
		p.body.Objects = []fyne.CanvasObject{kit.Loose(head, p.status.object, main, p.facts.object)}
		return
	}
	side.Add(p.status.object)
	side.Add(p.facts.object)
	p.body.Objects = []fyne.CanvasObject{kit.Loose(head, kit.Sides(760, main, side))}
}

// show fills the page in.
func (p *jobPage) show() {
	t, j := p.env.Text, p.data
	p.title.Set(jobName(t, &j.Job))
	sub := dappName(t, j.Dapp)
	if j.Label != "" && j.Name != "" {
		sub += " · " + j.Name
	}
	p.sub.Set(sub)
	s := jobState(t, &j.Job)
	if failure(&j.JobDetail) != "" {
		s = said{look.Danger, t.T("work.state.failed")}
	}
	p.pill.Set(s.tone, s.text)
	p.status.set(j)
	p.facts.set(j)
	if p.work != nil {
		p.work.set(j)
	}
	p.nodes.set(j)
	p.log.set(j)
	p.showActions()
	p.root.Refresh()
}
