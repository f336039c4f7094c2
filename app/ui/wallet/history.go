package wallet

import (
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/ui/wallet/ledger"
	"supercomputing/app/view"
)

// filters is what the history's bar says: indices of its choices.
type filters struct {
	text                            string
	group, direction, state, period int
}

// The choices of the bar. The first of each leaves nothing out.
func groupWords() []text.Key {
	return []text.Key{"wallet.filter.kinds", "wallet.group.payments", "wallet.group.income", "wallet.group.jobs", "wallet.group.messages", "wallet.group.market", "wallet.group.other"}
}

func directions() ([]string, []text.Key) {
	return []string{"", view.DirectionIn, view.DirectionOut, view.DirectionSelf},
		[]text.Key{"wallet.filter.directions", "wallet.direction.in", "wallet.direction.out", "wallet.direction.self"}
}

func states() ([]string, []text.Key) {
	return []string{"", view.MovePending, view.MoveConfirmed, view.MoveReplaced, view.MoveConflicted, view.MoveAbandoned},
		[]text.Key{"wallet.filter.states", "wallet.state.pending", "wallet.state.confirmed", "wallet.state.replaced", "wallet.state.conflicted", "wallet.state.abandoned"}
}

func periodWords() []text.Key {
	return []text.Key{"wallet.filter.always", "wallet.period.week", "wallet.period.month", "wallet.period.year", "wallet.period.lastyear", "wallet.period.older"}
}

// period gives the times of a choice of period.
func period(i int, now time.Time) (from, to time.Time) {
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	year := time.Date(now.Year(), 1, 1, 0, 0, 0, 0, now.Location())
	switch i {
	case 1:
		return today.AddDate(0, 0, -6), time.Time{}
	case 2:
		return today.AddDate(0, 0, -29), time.Time{}
	case 3:
		return year, time.Time{}
	case 4:
		return year.AddDate(-1, 0, 0), year
	case 5:
		return time.Time{}, year.AddDate(-1, 0, 0)
	}
	return time.Time{}, time.Time{}
}

// filter is what the list is asked for.
func (f filters) filter(now time.Time) ledger.Filter {
	names, _ := directions()
	stateNames, _ := states()
	from, to := period(f.period, now)
	return ledger.Filter{Text: f.text, Group: ledger.Group(f.group), Direction: names[f.direction], Status: stateNames[f.state], From: from, To: to}
}

// history lists all movements.
type history struct {
	p      *Page
	body   *fyne.Container
	search *kit.EntryBox
	count  *kit.Text
	note   *fyne.Container // a failure above the list
	place  *fyne.Container // the list, or what stands in for it
	rows   *kit.Rows[*kit.ItemRow]
	found  []int
	empty  string // what stands in for the list
	again  *page.Coalesce
}

func newHistory(p *Page) part {
	h := &history{p: p, count: kit.Small(""), note: kit.Column(), place: kit.Stack()}
	h.again = page.NewCoalesce(p.life, refreshGap, h.look)
	h.rows = kit.NewRows(kit.RowsOptions[*kit.ItemRow]{
		Len:    func() int { return len(h.found) },
		Make:   func() *kit.ItemRow { return moveRow() },
		Fill:   func(i int, row *kit.ItemRow) { p.fillMove(row, h.at(i)) },
		Key:    func(i int) string { return h.at(i).TxID },
		Tapped: func(i int) { p.goTo(page.WalletTx, h.at(i).TxID) },
	})
	h.body = kit.ColumnGap(10, h.bar(), h.note, kit.Grow(kit.PanelPad(4, h.place)))
	p.book.want()
	h.look()
	return h
}

// moveRow is a row with two lines, as the list measures it.
func moveRow() *kit.ItemRow {
	return kit.Item().Icon("call_made", look.Primary).Title(" ", " ").Value(" ", "")
}

func (h *history) at(i int) view.Movement { return h.p.book.moves.At(h.found[i]) }

func (h *history) object() fyne.CanvasObject { return h.body }
func (h *history) fills()                    {}
func (h *history) focus()                    {}
func (h *history) find()                     { h.p.env.FocusOn(h.search) }

// changed implements part.
func (h *history) changed() { h.again.Ask() }

// bar is the search field, the filters and the export.
func (h *history) bar() fyne.CanvasObject {
	p, env := h.p, h.p.env
	h.search = kit.Search(env.T("wallet.history.search"), nil)
	h.search.SetText(p.filters.text)
	h.search.OnChanged = func(s string) {
		p.filters.text = s
		h.filtered()
	}
	_, directionWords := directions()
	_, stateWords := states()
	choose := func(words []text.Key, at *int) fyne.CanvasObject {
		var labels []string
		for _, w := range words {
			labels = append(labels, env.T(w))
		}
		return kit.Select(labels, *at, func(i int) {
			*at = i
			h.filtered()
		})
	}
	f := &p.filters
	selects := kit.Columns(135, choose(groupWords(), &f.group), choose(directionWords, &f.direction), choose(stateWords, &f.state), choose(periodWords(), &f.period))
	export := kit.Secondary(env.T("wallet.export"), h.export).Icon("download").Small()
	return kit.ColumnGap(8, kit.Row(kit.Grow(h.search), export), selects, h.count)
}

// filtered shows what other filters find, from its beginning.
func (h *history) filtered() {
	h.look()
	h.rows.ScrollToTop()
}

// look looks the filters up again and shows what they find.
func (h *history) look() {
	p, env, b := h.p, h.p.env, h.p.book
	f := p.filters.filter(env.Now())
	h.found = b.moves.Find(f)
	put(h.note)
	if b.moveErr != nil && b.moves.Len() > 0 {
		put(h.note, env.Kit.FailureLine(b.moveErr, b.want))
	}
	all := b.moves.Len()
	switch {
	case !b.whole && b.moveErr == nil:
		h.count.Set(env.T("wallet.history.loading", "n", env.Text.Number(int64(all))))
	case f.Any():
		h.count.Set(env.T("wallet.history.found", "n", env.Text.Number(int64(len(h.found))), "all", env.Text.Number(int64(all))))
	default:
		h.count.Set(env.N("wallet.history.count", all))
	}
	h.stand(f)
	h.rows.Reload()
}

// stand puts the list, or what stands in for it, in its place.
func (h *history) stand(f ledger.Filter) {
	p, env, b := h.p, h.p.env, h.p.book
	which := "list"
	switch {
	case b.moves.Len() == 0 && b.moveErr != nil:
		which = "failed"
	case b.moves.Len() == 0 && !b.whole:
		which = "loading"
	case b.moves.Len() == 0:
		which = "empty"
	case len(h.found) == 0:
		which = "none"
	}
	if which == h.empty && which != "failed" {
		p.root.Refresh()
		return
	}
	h.empty = which
	var o fyne.CanvasObject = h.rows
	switch which {
	case "failed":
		o = env.Kit.Failure(b.moveErr, b.want)
	case "loading":
		o = kit.Loading(8)
	case "empty":
		o = kit.Empty("history", env.T("wallet.history.empty"), env.T("wallet.history.empty.text"),
			kit.Primary(env.T("wallet.receive"), func() { p.goTo(page.WalletReceive, "") }).Icon("call_received"))
	case "none":
		o = kit.Empty("search", env.T("wallet.history.none"), env.T("wallet.history.none.text"),
			kit.Secondary(env.T("wallet.history.clear"), h.clear))
	}
	h.place.Objects = []fyne.CanvasObject{o}
	p.root.Refresh()
}

// clear takes all filters away.
func (h *history) clear() {
	h.p.filters = filters{}
	h.p.open()
}
