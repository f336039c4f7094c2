package wallet

import (
	"context"
	"path/filepath"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// routineCard lists what proposes by itself.
func (a *account) routineCard() fyne.CanvasObject {
	env := a.p.env
	add := kit.Secondary(env.T("wallet.routine.add"), a.addRoutine).Icon("add").Small()
	if len(a.routines) == 0 {
		return kit.Card(env.T("wallet.routines"), add, kit.Muted(env.T("wallet.routines.empty")).Wrap())
	}
	rows := kit.ColumnGap(0)
	for i, r := range a.routines {
		if i > 0 {
			rows.Add(kit.Divider())
		}
		rows.Add(a.routineRow(r))
	}
	return kit.Card(env.T("wallet.routines"), add, rows)
}

func (a *account) routineRow(r view.Routine) fyne.CanvasObject {
	env := a.p.env
	icon, title := "sync", ""
	if r.Job != nil {
		icon, title = "work", env.T("wallet.routine.task", "file", filepath.Base(r.Job.Path), "bid", env.Text.Amount(r.Job.Bid))
	} else {
		who := a.p.book.name(r.To)
		if who == "" {
			who = text.Short(r.To)
		}
		title = env.T("wallet.routine.sweep", "who", who)
	}
	sub := env.N("wallet.routine.every", int(r.Epochs), "next", env.Text.Number(int64(r.Next)))
	if r.Note != "" {
		sub = r.Note + " · " + sub
	}
	words := kit.ColumnGap(2, kit.Strong(title).Wrap(), kit.Small(sub).Wrap())
	if r.Problem != "" {
		words.Add(kit.Small(r.Problem).Tone(look.Danger).Wrap())
	}
	if r.Paused {
		words.Add(kit.Left(kit.Pill(look.Warn, env.T("wallet.routine.paused"))))
	}
	pause := kit.MenuItem{Label: env.T("wallet.routine.pause"), Icon: "pause", Do: func() { a.pauseRoutine(r, true) }}
	if r.Paused {
		pause = kit.MenuItem{Label: env.T("wallet.routine.resume"), Icon: "play_arrow", Do: func() { a.pauseRoutine(r, false) }}
	}
	items := []kit.MenuItem{pause, {Label: env.T("wallet.routine.remove"), Icon: "delete", Do: func() { a.removeRoutine(r) }}}
	if r.Last != "" {
		items = append([]kit.MenuItem{{Label: env.T("wallet.routine.last"), Icon: "open_in_new", Do: func() { a.p.goTo(page.WalletProposal, r.Last) }}}, items...)
	}
	return kit.PadXY(0, 8, kit.Row(kit.Grow(kit.Lead(kit.Badge(icon, look.Primary), words)), env.Kit.MoreButton(items...)))
}

func (a *account) pauseRoutine(r view.Routine, paused bool) {
	env := a.p.env
	r.Paused = paused
	page.Load(a.p.life, func(ctx context.Context) (view.Routine, error) { return env.Backend.PutRoutine(ctx, r) }, func(_ view.Routine, err error) {
		if err != nil {
			env.Fail(err)
		}
		a.load()
	})
}

func (a *account) removeRoutine(r view.Routine) {
	env := a.p.env
	a.p.sure(sure{title: env.T("wallet.routine.remove.title"), text: env.T("wallet.routine.remove.text"), button: env.T("wallet.routine.remove"), danger: true,
		do: func(ctx context.Context) error { return env.Backend.DeleteRoutine(ctx, r.ID) }, done: a.load})
}

// routineForm writes a new routine.
type routineForm struct {
	a                      *account
	kind                   int // 0 sweep, 1 task
	to, epochs, note, file *kit.EntryBox
	bid                    *kit.AmountEntry
	toField, epochsField   *kit.FieldBox
	fileField, bidField    *kit.FieldBox
	box, fail              *fyne.Container
	sheet                  *kit.Sheet
	ok                     *kit.Button
}

// addRoutine asks what to propose, and how often.
func (a *account) addRoutine() {
	env := a.p.env
	f := &routineForm{a: a, to: kit.Entry(env.T("wallet.send.to.hint")), epochs: kit.Entry("30"), note: kit.Entry(""), file: kit.Entry(""), bid: env.Kit.Amount(), box: kit.Stack(), fail: kit.Column()}
	put(f.fail)
	f.toField = kit.Field(env.T("wallet.routine.to"), f.to).Help(env.T("wallet.routine.to.help"))
	f.epochsField = kit.Field(env.T("wallet.routine.epochs"), f.epochs).Help(env.T("wallet.routine.epochs.help"))
	browse := kit.Secondary(env.T("wallet.routine.file.choose"), f.browse).Icon("folder_open")
	f.fileField = kit.Field(env.T("wallet.routine.file"), kit.Row(kit.Grow(f.file), browse)).Help(env.T("wallet.routine.file.help"))
	f.bidField = kit.Field(env.T("wallet.routine.bid"), f.bid)
	kinds := kit.Radio([]kit.Choice{
		{Title: env.T("wallet.routine.kind.sweep"), Text: env.T("wallet.routine.kind.sweep.text"), Icon: "sync"},
		{Title: env.T("wallet.routine.kind.task"), Text: env.T("wallet.routine.kind.task.text"), Icon: "work"},
	}, 0, func(i int) { f.kind = i; f.show() })
	cancel := kit.Secondary(env.T("wallet.cancel"), func() { f.sheet.Close() })
	f.ok = kit.Primary(env.T("wallet.routine.add"), f.save)
	f.show()
	content := kit.Form(kinds, f.box, f.epochsField, kit.Field(env.T("wallet.propose.note"), f.note), f.fail)
	f.sheet = env.Kit.Sheet(kit.SheetOptions{Title: env.T("wallet.routine.add"), Text: env.T("wallet.routine.add.text"), Content: content, Actions: []*kit.Button{cancel, f.ok}, Width: 560})
}

func (f *routineForm) show() {
	if f.kind == 0 {
		f.box.Objects = []fyne.CanvasObject{f.toField}
		f.epochs.SetPlaceHolder("30")
	} else {
		f.box.Objects = []fyne.CanvasObject{kit.Form(f.fileField, f.bidField)}
		f.epochs.SetPlaceHolder("1")
	}
	f.refresh()
}

func (f *routineForm) refresh() {
	f.box.Refresh()
	if f.sheet != nil {
		f.sheet.Refresh()
	}
}

func (f *routineForm) browse() {
	env := f.a.p.env
	page.Load(f.a.p.life, func(ctx context.Context) (string, error) {
		return env.Host.OpenFile(ctx, env.T("wallet.routine.file"))
	}, func(path string, err error) {
		switch {
		case err != nil && !page.Cancelled(err):
			f.fileField.SetError(env.Text.Explain(err))
		case path != "":
			f.file.SetText(path)
		}
		f.refresh()
	})
}

// routine is what was written; false when a field is wrong.
func (f *routineForm) routine() (r view.Routine, ok bool) {
	env, b := f.a.p.env, f.a.p.book
	r = view.Routine{Account: f.a.id, Kind: view.RoutineSweep, Note: strings.TrimSpace(f.note.Text)}
	ok = true
	wrong := func(field *kit.FieldBox, problem string) {
		field.SetError(problem)
		ok = ok && problem == ""
	}
	problem := ""
	if s := strings.TrimSpace(f.epochs.Text); s != "" {
		n, err := strconv.ParseUint(s, 10, 16)
		if err != nil || n == 0 {
			problem = env.T("wallet.routine.epochs.wrong")
		}
		r.Epochs = n
	}
	wrong(f.epochsField, problem)
	if f.kind == 0 {
		r.To, problem = b.find(f.to.Text)
		wrong(f.toField, problem)
		return r, ok
	}
	r.Kind = view.RoutineTask
	path := strings.TrimSpace(f.file.Text)
	problem = ""
	if path == "" {
		problem = env.T("wallet.routine.file.empty")
	}
	wrong(f.fileField, problem)
	bid, err := f.bid.Value()
	problem = ""
	if err != nil {
		problem = err.Error()
	}
	wrong(f.bidField, problem)
	r.Job = &view.DownloadRequest{Path: path, Bid: bid}
	return r, ok
}

func (f *routineForm) save() {
	p, env := f.a.p, f.a.p.env
	r, ok := f.routine()
	f.refresh()
	if !ok {
		return
	}
	f.ok.SetBusy(true)
	page.Load(p.life, func(ctx context.Context) (view.Routine, error) { return env.Backend.PutRoutine(ctx, r) }, func(_ view.Routine, err error) {
		f.ok.SetBusy(false)
		if err != nil {
			put(f.fail, env.Kit.FailureLine(err, nil))
			f.refresh()
			return
		}
		f.sheet.Close()
		f.a.load()
	})
}
