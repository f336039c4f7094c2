package work

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// jobStatus is the card with how far a job is, what it waits for, and what it
// cost so far.
type jobStatus struct {
	env    *page.Env
	part   *kit.Text
	words  *kit.Text
	left   *kit.Text
	bar    *kit.ProgressBar
	hint   *fyne.Container
	paid   *kit.SplitBox
	share  *kit.Text
	object fyne.CanvasObject
}

func newJobStatus(env *page.Env) *jobStatus {
	s := &jobStatus{env: env, part: kit.Display(""), words: kit.Muted("").Wrap(), left: kit.Small("").Wrap(), bar: kit.Bar(),
		hint: kit.Stack(), paid: kit.SplitBar(), share: kit.Small("").Wrap()}
	s.object = kit.Card(env.T("work.job.progress"), nil, kit.Column(
		kit.ColumnGap(8, kit.Between(s.part, s.left), s.bar, s.words), s.hint,
		kit.Divider(), kit.Strong(env.T("work.job.cost")), s.paid, s.share))
	return s
}

func (s *jobStatus) set(j *jobData) {
	t := s.env.Text
	done := share(j.Progress)
	if j.Render != nil && j.sum.frames > 0 {
		done = j.sum.share
	}
	s.part.Set(t.Percent(done))
	s.bar.Set(done)
	s.bar.SetTone(barTone(j))
	s.words.Set(s.said(j))
	s.left.Set(s.eta(j))
	s.hint.Objects = nil
	if h := s.state(j); h != nil {
		s.hint.Objects = []fyne.CanvasObject{h}
		s.hint.Show()
	} else {
		s.hint.Hide()
	}
	s.cost(j)
}

func barTone(j *jobData) look.Tone {
	switch {
	case failure(&j.JobDetail) != "":
		return look.Danger
	case j.State == view.JobComplete:
		return look.Success
	case j.Paused && j.State == view.JobOpen:
		return look.Warn
	}
	return look.Primary
}

// said is the progress in words, with what the node notes of it.
func (s *jobStatus) said(j *jobData) string {
	words := progress(s.env.Text, j.Progress)
	if j.sum.failed > 0 {
		words += s.env.T("work.comma") + s.env.N("work.frames.failed", j.sum.failed)
	}
	if j.Progress.Note != "" && !over(&j.Job) {
		words += "\n" + j.Progress.Note
	}
	return words
}

// eta is when the work is likely to be done.
func (s *jobStatus) eta(j *jobData) string {
	t, now := s.env.Text, s.env.Now()
	if j.State == view.JobOpen && !j.Paused && j.Render != nil && !j.Render.Finished && j.Render.Expected.After(now) {
		return t.T("work.job.left", "time", t.Duration(about(j.Render.Expected.Sub(now).Seconds())))
	}
	return ""
}

// state explains what the job waits for or how it ended, nil when there is
// nothing to explain.
func (s *jobStatus) state(j *jobData) fyne.CanvasObject {
	t := s.env.Text
	if why := failure(&j.JobDetail); why != "" {
		return kit.Hint(look.Danger, t.T("work.hint.failed"), why+"\n"+s.kept(j), nil)
	}
	switch {
	case j.State == view.JobWaiting:
		return kit.Hint(look.Info, t.T("work.hint.waiting"), t.T("work.hint.waiting.text"), nil)
	case j.State == view.JobClosing:
		return kit.Hint(look.Info, t.T("work.hint.closing"), t.T("work.hint.closing.text"), nil)
	case j.State == view.JobComplete:
		return kit.Hint(look.Success, t.T("work.hint.complete"), s.kept(j), nil)
	case j.State == view.JobExpired:
		return kit.Hint(look.Warn, t.T("work.hint.expired"), s.kept(j), nil)
	case j.Paused:
		return kit.Hint(look.Warn, t.T("work.hint.paused"), t.T("work.hint.paused.text"), nil)
	case j.Render != nil && j.Render.Finished:
		return kit.Hint(look.Success, t.T("work.hint.finished"), t.T("work.hint.finished.text"), nil)
	case j.Workers == 0:
		return kit.Hint(look.Warn, t.T("work.hint.nobody"), t.T("work.hint.nobody.text"), nil)
	}
	return nil
}

// kept is what a job that ended leaves.
func (s *jobStatus) kept(j *jobData) string { return keptText(s.env.Text, j) }

func keptText(t *text.Catalog, j *jobData) string {
	if j.Render != nil {
		return t.T("work.kept.render", "done", t.Number(int64(j.sum.done)), "frames", t.N("work.frames", j.sum.frames), "folder", j.Render.Output)
	}
	return t.T("work.kept.download")
}

// cost shows what of the bid is scored.
func (s *jobStatus) cost(j *jobData) {
	t := s.env.Text
	rest := max(j.Bid-j.Scored-j.Owed, 0)
	part := func(label string, a types.Amount, c fyne.ThemeColorName) kit.Part {
		return kit.Part{Label: label, Text: t.Amount(a), Value: float64(a), Color: c}
	}
	left := t.T("work.cost.rest")
	if j.State == view.JobComplete || j.State == view.JobExpired {
		left = t.T("work.cost.rest.over")
	}
	s.paid.Set([]kit.Part{part(t.T("work.cost.scored"), j.Scored, look.Accent), part(t.T("work.cost.owed"), j.Owed, look.Series3),
		part(left, rest, look.Track)})
	s.share.Set(t.T("work.cost.score", "bid", t.Amount(j.Bid)))
}
