package work

import (
	"context"
	"path/filepath"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// downloadWizard leads to a file that is spread by others.
type downloadWizard struct {
	*wizard
	scope *page.Scope
	draft downloadDraft
	known view.JobQuote // of the file: its name and size
	price *pricing
	over  bool // posted or given up: there is no draft to keep

	path     *kit.EntryBox
	pathBox  *kit.FieldBox
	picked   *kit.ItemRow
	replicas *kit.EntryBox
	days     *kit.EntryBox
	fields   map[string]*kit.FieldBox
	check    *fyne.Container
}

func newDownload(env *page.Env, path string) inner {
	d := &downloadWizard{scope: page.NewScope(env), fields: make(map[string]*kit.FieldBox)}
	loadDraft(env, dappDownload, &d.draft)
	d.draft.valid()
	if path != "" {
		d.draft.Path = path
	}
	d.wizard = newWizard(env, d.scope, env.T("work.download.title"), d.giveUp)
	d.price = newPricing(env, d.scope, d.refresh)
	d.price.ask = func(bid types.Amount) asking {
		req := d.request()
		req.Bid = bid
		return func(ctx context.Context) (view.JobQuote, error) { return env.Backend.QuoteDownload(ctx, req) }
	}
	d.price.chosen = func(a types.Amount) { d.draft.Bid = a }
	d.price.update = d.update
	d.price.panel.submit = d.onwards
	d.check = kit.Stack()
	d.begin(
		&step{title: env.T("work.step.file"), next: env.T("work.next"), object: d.fileStep(), leave: d.leaveFile,
			focus: func() fyne.Focusable { return d.path }},
		&step{title: env.T("work.step.options"), next: env.T("work.next"), object: d.optionsStep(), leave: d.leaveOptions,
			focus: func() fyne.Focusable { return d.replicas }},
		&step{title: env.T("work.step.bid"), next: env.T("work.next"), object: d.price.object, enter: d.enterBid, ready: d.price.ready,
			focus: func() fyne.Focusable { return d.price.panel.entry }},
		&step{title: env.T("work.step.check"), object: d.check, enter: d.enterCheck, leave: func(func()) { d.pay() }},
	)
	return d
}

func (d *downloadWizard) object() fyne.CanvasObject { return d.root }
func (d *downloadWizard) event(e view.Event) {
	if e.Kind == view.EventWallet && d.step().object == d.price.object {
		d.price.again.Ask() // coins came: it may be affordable now
	}
}

func (d *downloadWizard) close() {
	if !d.over {
		if d.draft.empty() {
			keepDraft(d.env, dappDownload, nil)
		} else {
			keepDraft(d.env, dappDownload, &d.draft)
		}
	}
	d.scope.Close()
}

func (d *downloadWizard) back() bool {
	if d.at > 0 {
		d.backwards()
	} else {
		d.giveUp()
	}
	return true
}

// giveUp leaves the wizard, after a question when something was filled in.
func (d *downloadWizard) giveUp() {
	d.ask(d.draft.empty(), func() {
		d.over = true
		keepDraft(d.env, dappDownload, nil)
		d.env.Go(home())
	})
}

// request is what was filled in; what is wrong was told before.
func (d *downloadWizard) request() view.DownloadRequest {
	req, _ := d.draft.request(d.env.Text)
	return req
}

func (d *downloadWizard) fileStep() fyne.CanvasObject {
	t := d.env.Text
	d.path = kit.Entry(t.T("work.file.placeholder"))
	d.path.SetText(d.draft.Path)
	d.path.OnChanged = func(s string) { d.draft.Path = s; d.pathBox.SetError(""); d.showPicked() }
	d.path.OnSubmitted = func(string) { d.onwards() }
	d.pathBox = kit.Field(t.T("work.file.path"), d.path).Help(t.T("work.file.help"))
	d.fields[fieldPath] = d.pathBox
	d.picked = kit.Item()
	d.showPicked()
	drop := dropArea(d.env, "upload", t.T("work.file.drop"),
		kit.Secondary(t.T("work.file.choose"), func() { d.pick(false) }).Icon("file_open"),
		kit.Secondary(t.T("work.file.folder"), func() { d.pick(true) }).Icon("folder_open"))
	return kit.Column(kit.Paragraph(t.T("work.download.what")), drop, d.picked, d.pathBox)
}

// showPicked shows the file by its name, and its size once it is known.
func (d *downloadWizard) showPicked() {
	if d.draft.Path == "" {
		d.picked.Hide()
		return
	}
	sub := d.draft.Path
	if d.known.Size > 0 && d.known.Name == base(d.draft.Path) {
		sub = d.env.Text.Bytes(d.known.Size)
	}
	d.picked.Icon("description", look.Primary).Title(base(d.draft.Path), sub).Done()
	d.picked.Show()
	d.refresh()
}

// pick asks for a file or a folder.
func (d *downloadWizard) pick(folder bool) {
	page.LoadKey(d.scope, "pick", func(ctx context.Context) (string, error) {
		if folder {
			return d.env.Host.OpenFolder(ctx, d.env.T("work.file.folder"))
		}
		return d.env.Host.OpenFile(ctx, d.env.T("work.file.choose"))
	}, func(path string, err error) {
		switch {
		case err != nil && !page.Cancelled(err):
			d.fail(err)
		case path != "":
			d.path.SetText(path)
			d.fail(nil)
		}
	})
}

func (d *downloadWizard) leaveFile(onwards func()) {
	if !d.draftOK(fieldPath) {
		return
	}
	d.tried(fieldPath, func(q view.JobQuote) {
		d.known = q
		d.showPicked()
		d.replicas.SetPlaceHolder(d.env.Text.Number(int64(q.Replicas)))
		onwards()
	})
}

// draftOK shows what is wrong in some fields.
func (d *downloadWizard) draftOK(names ...string) bool {
	_, wrong := d.draft.request(d.env.Text)
	ok := true
	for _, name := range names {
		d.fields[name].SetError(wrong[name])
		ok = ok && wrong[name] == ""
	}
	d.refresh()
	return ok
}

// tried asks the node what it says to the draft, before a bid is chosen.
func (d *downloadWizard) tried(_ string, then func(view.JobQuote)) {
	req := d.request()
	d.busy(true)
	type answer struct {
		book  view.OrderBook
		quote view.JobQuote
	}
	page.LoadKey(d.scope, "try", func(ctx context.Context) (a answer, err error) {
		if a.book, err = d.env.Backend.OrderBook(ctx, dappDownload); err != nil {
			return a, err
		}
		if req.Bid == 0 {
			req.Bid = max(a.book.Suggested, a.book.Least, 1)
		}
		a.quote, err = d.env.Backend.QuoteDownload(ctx, req)
		return a, err
	}, func(a answer, err error) {
		d.busy(false)
		if err != nil {
			d.fail(err)
			return
		}
		then(a.quote)
	})
}

func (d *downloadWizard) optionsStep() fyne.CanvasObject {
	t := d.env.Text
	d.replicas = kit.Entry("4")
	d.replicas.SetText(d.draft.Replicas)
	d.replicas.OnChanged = func(s string) { d.draft.Replicas = s; d.fields[fieldReplicas].SetError("") }
	d.fields[fieldReplicas] = kit.Field(t.T("work.options.replicas"), d.replicas).Help(t.T("work.options.replicas.help"))
	d.replicas.OnSubmitted = func(string) { d.onwards() }
	d.days = kit.Entry("30")
	d.days.OnSubmitted = d.replicas.OnSubmitted
	d.days.SetText(d.draft.Days)
	d.days.OnChanged = func(s string) { d.draft.Days = s; d.fields[fieldKeep].SetError("") }
	other := kit.Field(t.T("work.options.days"), d.days)
	keep := kit.Select(d.keepNames(), d.draft.Keep, func(i int) {
		d.draft.Keep = i
		if i == keepOther {
			other.Show()
		} else {
			other.Hide()
		}
		d.fields[fieldKeep].SetError("")
		d.refresh()
	})
	if d.draft.Keep != keepOther {
		other.Hide()
	}
	d.fields[fieldKeep] = kit.Field(t.T("work.options.keep"), keep).Help(t.T("work.options.keep.help"))
	label := kit.Entry(t.T("work.options.label.placeholder"))
	label.SetText(d.draft.Label)
	label.OnChanged = func(s string) { d.draft.Label = s }
	label.OnSubmitted = d.replicas.OnSubmitted
	return kit.Form(kit.Columns(240, d.fields[fieldReplicas], d.fields[fieldKeep]), other,
		kit.Field(t.T("work.options.label"), label).Help(t.T("work.options.label.help")))
}

// keepNames are the choices of keeping, the last of them to type days.
func (d *downloadWizard) keepNames() []string {
	names := []string{d.env.T("work.options.keep.usual")}
	for _, s := range keepChoices[1:] {
		names = append(names, d.env.Text.Duration(seconds(s)))
	}
	return append(names, d.env.T("work.options.keep.other"))
}

func (d *downloadWizard) leaveOptions(onwards func()) {
	if !d.draftOK(fieldReplicas, fieldKeep) {
		return
	}
	d.tried("", func(q view.JobQuote) {
		d.known = q
		onwards()
	})
}

func (d *downloadWizard) enterBid() {
	d.price.quote = nil
	d.price.panel.load(dappDownload, "", func() {
		if d.draft.Bid == 0 {
			d.draft.Bid = d.price.panel.usual()
		}
		d.price.panel.set(d.draft.Bid)
		d.price.fetch()
	})
}

func (d *downloadWizard) enterCheck() {
	t, q := d.env.Text, d.price.quote
	d.step().next = t.T("work.pay", "amount", t.Exact(q.Total))
	d.goOn.SetLabel(d.step().next)
	facts := []kit.Fact{
		{Label: t.T("work.check.file"), Value: t.T("work.check.file.value", "name", q.Name, "size", t.Bytes(q.Size)), Strong: true},
		{Label: t.T("work.check.path"), Value: filepath.Clean(d.request().Path), Mono: true},
		{Label: t.T("work.check.replicas"), Value: t.N("work.nodes", q.Replicas)},
		{Label: t.T("work.check.keep"), Value: t.T("work.check.keep.value", "time", t.Duration(seconds(q.Seconds)), "blocks", t.Number(int64(q.Blocks)))},
	}
	if l := d.request().Label; l != "" {
		facts = append(facts, kit.Fact{Label: t.T("work.options.label"), Value: l})
	}
	facts = append(facts, costFacts(t, q, &d.price.panel.book)...)
	d.check.Objects = []fyne.CanvasObject{kit.Column(kit.Facts(facts...), note(look.Info, t.T("work.check.download")))}
	d.refresh()
}

// pay posts the job.
func (d *downloadWizard) pay() {
	req, q := d.request(), d.price.quote
	d.busy(true)
	// Whoever comes back to the wizard before the answer shall not pay again.
	draft := d.draft
	d.over = true
	keepDraft(d.env, dappDownload, nil)
	page.Do(d.scope, page.Action{Title: d.env.T("work.paying"), Text: d.env.T("work.paying.download", "name", q.Name), Lasts: true, Done: d.env.T("work.paid")},
		func(ctx context.Context, _ page.Say) (view.JobDetail, error) {
			j, err := d.env.Backend.PublishDownload(ctx, req)
			if err != nil {
				d.env.Post(func() { d.unpaid(draft) })
			}
			return j, err
		},
		func(j view.JobDetail, err error) {
			d.busy(false)
			if err != nil {
				d.over = false
				d.fail(paymentError(d.env, err))
				return
			}
			d.env.Toast(look.Success, d.env.T("work.paid"))
			d.env.Go(jobRoute(j.ID))
		})
}

// unpaid keeps what was filled in for another try, when the wizard was left.
func (d *downloadWizard) unpaid(draft downloadDraft) {
	if !d.scope.Alive() {
		keepDraft(d.env, dappDownload, &draft)
	}
}
