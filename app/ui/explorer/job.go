package explorer

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// job is anybody's job, as the chain has it.
type job struct {
	section
	change *page.Coalesce
}

func newJob(s section, id string) *job {
	j := &job{section: s}
	fetch(&j.section, func(ctx context.Context) (view.ChainJob, error) { return j.env.Backend.ChainJob(ctx, id) }, j.draw)
	j.change = page.NewCoalesce(j.scope, time.Second, j.again)
	return j
}

func (j *job) event(e view.Event) {
	if e.Kind == view.EventBoard {
		j.change.Ask()
	}
}

var jobStates = map[string]struct {
	name text.Key
	tone look.Tone
}{
	view.JobWaiting: {"explorer.job.waiting", look.Warn}, view.JobOpen: {"explorer.job.open", look.Primary}, view.JobClosing: {"explorer.job.closing", look.Info},
	view.JobComplete: {"explorer.job.complete", look.Success}, view.JobExpired: {"explorer.job.expired", look.Muted},
}

func (j *job) draw(v view.ChainJob) {
	t, n := j.env.T, j.env.Text
	state := jobStates[v.State]
	pill := kit.Pill(state.tone, v.State)
	if state.name != "" {
		pill = kit.Pill(state.tone, t(state.name))
	}
	name := v.Name
	if name == "" {
		name = t("explorer.job.title")
	}
	right := kit.Row(pill)
	if v.Own {
		right.Add(kit.Secondary(t("explorer.job.mine"), func() { j.env.Go(page.Route{Page: page.Work, Tab: page.WorkJob, Ref: v.ID}) }).Small())
	}
	facts := []kit.Fact{
		{Label: t("explorer.fact.job"), Object: j.env.Kit.CopyLine(v.ID)},
		{Label: t("explorer.fact.dapp"), Object: kit.Link(v.DappName, func() { j.open(page.ExplorerDapp, v.Dapp) })},
		{Label: t("explorer.fact.author"), Object: j.address(v.Author, "")},
	}
	if v.Work != "" {
		facts = append(facts, kit.Fact{Label: t("explorer.fact.work"), Value: v.Work})
	}
	if !v.Posted.IsZero() {
		facts = append(facts, kit.Fact{Label: t("explorer.fact.posted"), Value: n.When(v.Posted, j.env.Now())})
	}
	if v.Height > 0 {
		facts = append(facts, kit.Fact{Label: t("explorer.fact.blocks"), Value: t("explorer.fact.blocks.value", "from", n.Number(int64(v.Height)), "to", n.Number(int64(v.EndHeight)))})
	}
	bar := kit.Bar()
	if v.Bid > 0 {
		bar.Set(float64(v.Scored) / float64(v.Bid))
	}
	money := kit.Card(t("explorer.job.bid"), kit.Strong(n.Amount(v.Bid)), kit.Column(bar,
		kit.Muted(t("explorer.job.scored", "scored", n.Amount(v.Scored), "left", n.Amount(v.Remaining))).Wrap()))
	parts := []fyne.CanvasObject{kit.Between(kit.Title(name).Wrap(), right), kit.Sides(760, kit.Panel(kit.Facts(facts...)), money), j.scores(v)}
	for _, note := range v.Notes {
		parts = append(parts, kit.Hint(look.Info, "", note, nil))
	}
	j.set(parts...)
}

// scores draws who did how much of the work.
func (j *job) scores(v view.ChainJob) fyne.CanvasObject {
	t, n := j.env.T, j.env.Text
	if len(v.Scores) == 0 {
		return kit.Card(t("explorer.job.scores"), nil, kit.Muted(t("explorer.job.scores.none")).Wrap())
	}
	sums := map[string]types.Amount{}
	var order []string
	for _, s := range v.Scores {
		if _, ok := sums[s.Address]; !ok {
			order = append(order, s.Address)
		}
		sums[s.Address] += s.Score
	}
	rows := kit.Column()
	for _, a := range order[:min(len(order), 50)] {
		bar := kit.Bar()
		bar.Set(float64(sums[a]) / float64(max(v.Scored, 1)))
		rows.Add(kit.Tight(kit.Between(j.address(a, ""), kit.Strong(n.Amount(sums[a]))), bar))
	}
	return kit.Card(t("explorer.job.scores"), nil, rows)
}
