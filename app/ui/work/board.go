package work

import (
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// boardList is the open jobs of the network, with what this machine does about
// them and why.
type boardList struct {
	env    *page.Env
	all    []view.BoardEntry
	rows   *kit.Rows[*boardRow]
	body   *fyne.Container
	object fyne.CanvasObject
}

func newBoardList(env *page.Env) *boardList {
	b := &boardList{env: env, body: kit.Stack(kit.PanelPad(0, kit.Loading(4)))}
	b.rows = kit.NewRows(kit.RowsOptions[*boardRow]{
		Len:  func() int { return len(b.all) },
		Make: func() *boardRow { return newBoardRow(env) },
		Fill: func(i int, r *boardRow) { r.fill(&b.all[i]) },
		Key:  func(i int) string { return b.all[i].ID },
		Tapped: func(i int) {
			if e := &b.all[i]; e.Own {
				env.Go(jobRoute(e.ID))
			} else {
				env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerJob, Ref: e.ID})
			}
		},
	})
	b.object = kit.ColumnGap(10, kit.Muted(env.T("work.board.text")).Wrap(), kit.Grow(b.body))
	return b
}

func (b *boardList) set(list []view.BoardEntry, err error, retry func()) {
	switch {
	case page.Cancelled(err):
		return
	case err != nil && len(b.all) == 0:
		b.put(kit.Panel(b.env.Kit.Failure(err, retry)))
		return
	case err != nil:
		b.put(kit.ColumnGap(10, b.env.Kit.FailureLine(err, retry), kit.Grow(kit.PanelPad(0, b.rows))))
		return
	}
	b.all = list
	if len(list) == 0 {
		t := b.env.Text
		first := kit.Secondary(t.T("work.jobs.empty.action"), func() { b.env.Go(newRoute(dappDownload)) })
		b.put(kit.Panel(kit.Empty("inbox", t.T("work.board.empty"), t.T("work.board.empty.text"), first)))
		return
	}
	b.put(kit.PanelPad(0, b.rows))
	b.rows.Reload()
}

func (b *boardList) put(o fyne.CanvasObject) {
	b.body.Objects = []fyne.CanvasObject{o}
	b.body.Refresh()
}

// boardRow is a job of the board.
type boardRow struct {
	rowBox
	env                     *page.Env
	rank, name, sub, reason *kit.Text
	pill                    *kit.PillMark
	bid                     *kit.Text
}

func newBoardRow(env *page.Env) *boardRow {
	r := &boardRow{env: env, rank: kit.Strong("").Tone(look.Muted).Align(fyne.TextAlignCenter), name: kit.Strong("").Truncate(),
		sub: kit.Small("-").Truncate(), reason: kit.Small("-").Truncate(), pill: kit.Pill(look.Plain, "-"), bid: kit.Strong("").Align(fyne.TextAlignTrailing)}
	if env.Narrow {
		head := kit.Row(kit.Grow(r.name), r.bid)
		foot := kit.Row(kit.Grow(r.reason), r.pill)
		r.content = kit.PadXY(14, 10, kit.RowGap(10, kit.MinWidth(24, r.rank), kit.Grow(kit.ColumnGap(4, head, r.sub, foot))))
		r.ExtendBaseWidget(r)
		return r
	}
	left := kit.ColumnGap(3, r.name, r.sub)
	why := kit.ColumnGap(4, kit.Left(r.pill), r.reason)
	r.content = kit.PadXY(14, 10, kit.RowGap(16, kit.MinWidth(28, r.rank), kit.Grow(left), kit.MinWidth(360, why), kit.MinWidth(120, r.bid)))
	r.ExtendBaseWidget(r)
	return r
}

func (r *boardRow) fill(e *view.BoardEntry) {
	t := r.env.Text
	r.rank.Set(t.Number(int64(e.Rank)))
	name := e.Name
	if name == "" {
		name = t.T("work.unnamed", "id", e.ID[:min(8, len(e.ID))])
	}
	r.name.Set(name)
	work := e.Work
	if work == "" && e.Size > 0 {
		work = t.Bytes(e.Size)
	}
	parts := []string{dappName(t, e.Dapp)}
	if work != "" {
		parts = append(parts, work)
	}
	r.sub.Set(strings.Join(append(parts, t.T("work.board.until", "block", t.Number(int64(e.EndHeight)))), " · "))
	r.reason.Set(e.Reason)
	switch {
	case e.Own:
		r.pill.Set(look.Info, t.T("work.board.own"))
	case e.Working:
		r.pill.Set(look.Success, t.T("work.board.working"))
	default:
		r.pill.Set(look.Plain, t.T("work.board.not"))
	}
	r.bid.Set(t.Amount(e.Remaining))
	r.Refresh()
}
