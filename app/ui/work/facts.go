package work

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// jobFacts is the card with what is fixed about a job.
type jobFacts struct {
	page   *jobPage
	facts  *kit.FactsBox
	made   string // what the card shows
	object fyne.CanvasObject
}

func newJobFacts(p *jobPage) *jobFacts {
	f := &jobFacts{page: p, facts: kit.Facts()}
	f.object = kit.Card(p.env.T("work.job.facts"), nil, f.facts)
	return f
}

func (f *jobFacts) set(j *jobData) {
	t, now := f.page.env.Text, f.page.env.Now()
	var facts []kit.Fact
	add := func(label, value string) {
		if value != "" {
			facts = append(facts, kit.Fact{Label: label, Value: value})
		}
	}
	facts = append(facts, kit.Fact{Label: t.T("work.fact.id"), Object: kit.Row(kit.Grow(kit.Mono(text.Short(j.ID)).Truncate()), f.page.env.Kit.Copy(j.ID))})
	if !j.Posted.IsZero() {
		add(t.T("work.fact.posted"), t.When(j.Posted, now))
	}
	if j.Height > 0 {
		add(t.T("work.fact.block"), t.Number(int64(j.Height)))
	}
	if j.EndHeight > 0 && !over(&j.Job) {
		add(t.T("work.fact.ends"), t.T("work.fact.ends.value", "time", t.DateTime(j.Ends), "block", t.Number(int64(j.EndHeight))))
	}
	if j.Size > 0 {
		add(t.T("work.fact.size"), t.Bytes(j.Size))
	}
	if j.Dapp == dappDownload {
		add(t.T("work.check.replicas"), t.N("work.nodes", j.Replicas))
	}
	if r := j.Render; r != nil {
		f.render(r, add)
	}
	if j.Path != "" {
		facts = append(facts, kit.Fact{Label: t.T("work.fact.path"), Value: j.Path, Mono: true})
	}
	if made := factsMade(facts); made != f.made { // rebuilt only when something changed
		f.made = made
		f.facts.Set(facts...)
	}
}

func (f *jobFacts) render(r *view.RenderDetail, add func(label, value string)) {
	t := f.page.env.Text
	add(t.T("work.scene.engine"), engineName(r.Engine, r.Version))
	add(t.T("work.scene.picture"), pictureText(t, r.Width, r.Height, r.Samples))
	add(t.T("work.options.format"), formatName(t, r.Format))
	add(t.T("work.options.output"), r.Output)
	add(t.T("work.fact.video"), r.Video)
}

func factsMade(facts []kit.Fact) (s string) {
	for _, f := range facts {
		s += f.Label + "\x00" + f.Value + "\x00"
	}
	return s
}

// logBox is a job's log with its causes, the newest line first.
type logBox struct {
	env    *page.Env
	box    *fyne.Container
	more   *kit.Button
	lines  []view.LogLine
	shown  int
	made   int
	moved  func()
	object fyne.CanvasObject
}

// logStep is how many lines of a log are shown at first, and more by each tap.
const logStep = 30

func newLogBox(env *page.Env, moved func()) *logBox {
	l := &logBox{env: env, box: kit.ColumnGap(8), shown: logStep, made: -1, moved: moved}
	l.more = kit.Secondary(env.T("work.log.more"), func() {
		l.shown += 5 * logStep
		l.fill()
		l.moved()
	}).Small()
	l.object = kit.Card(env.T("work.job.log"), nil, kit.Column(l.box, kit.Left(l.more)))
	return l
}

// logOf is all that the node tells of a job, oldest first.
func logOf(j *jobData) []view.LogLine {
	if len(j.Log) == 0 && j.Render != nil {
		return j.Render.Log
	}
	return j.Log
}

func (l *logBox) set(j *jobData) {
	lines := logOf(j)
	if len(lines) == len(l.lines) && l.made >= 0 && (len(lines) == 0 || lines[len(lines)-1] == l.lines[len(l.lines)-1]) {
		return
	}
	l.lines = lines
	l.fill()
}

func (l *logBox) fill() {
	l.box.Objects = nil
	l.made = len(l.lines)
	for i := len(l.lines) - 1; i >= 0 && len(l.lines)-i <= l.shown; i-- {
		l.box.Add(l.line(l.lines[i]))
	}
	if len(l.lines) == 0 {
		l.box.Add(kit.Muted(l.env.T("work.log.empty")).Wrap())
	}
	if len(l.lines) > l.shown {
		l.more.Show()
	} else {
		l.more.Hide()
	}
	l.box.Refresh()
}

func (l *logBox) line(n view.LogLine) fyne.CanvasObject {
	words := kit.Body(n.Text).Wrap()
	when := kit.Small(l.env.Text.When(n.Time, l.env.Now()))
	if n.Node == "" {
		return kit.ColumnGap(1, when, words)
	}
	return kit.ColumnGap(1, kit.Flow(when, kit.RowGap(6, kit.Avatar(n.Node, 16), kit.Mono(text.Short(n.Node)).Sized(look.SizeSmall).Tone(look.Muted))), words)
}
