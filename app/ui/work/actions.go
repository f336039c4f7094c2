package work

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// showActions offers what can be done with the job in its state. In a narrow
// window what is needed less is in a menu.
func (p *jobPage) showActions() {
	t, j := p.env.Text, p.data
	var row []fyne.CanvasObject
	if j.State == view.JobOpen {
		pause := kit.Secondary(t.T("work.do.pause"), func() { p.pause(true) }).Icon("pause")
		if j.Paused {
			pause = kit.Primary(t.T("work.do.resume"), func() { p.pause(false) }).Icon("play_arrow")
		}
		pause.SetBusy(p.busy)
		raise := kit.Secondary(t.T("work.do.raise"), p.raise).Icon("trending_up")
		raise.SetBusy(p.busy)
		row = append(row, pause, raise)
	}
	if over(&j.Job) && j.Path != "" {
		row = append(row, kit.Primary(t.T("work.do.again"), func() {
			p.env.Go(page.Route{Page: page.Work, Tab: page.WorkNew, Ref: j.Dapp, Args: j.Path})
		}).Icon("redo"))
	}
	rest := p.furtherActions()
	if p.env.Narrow {
		row = append(row, p.env.Kit.MoreButton(rest...))
	} else {
		for _, it := range rest {
			b := kit.Secondary(it.Label, it.Do).Icon(it.Icon)
			b.SetBusy(it.Off)
			row = append(row, b)
		}
	}
	p.env.Kit.Redraw(p.actions, func() {
		p.actions.Objects = row
		p.actions.Refresh()
	})
}

func (p *jobPage) furtherActions() (items []kit.MenuItem) {
	t, j := p.env.Text, p.data
	if p.folder() != "" {
		items = append(items, kit.MenuItem{Label: t.T("work.do.folder"), Icon: "folder_open", Do: p.open})
	}
	if j.Magnet != "" {
		items = append(items, kit.MenuItem{Label: t.T("work.do.link"), Icon: "link", Do: p.link})
	}
	if len(j.Nodes)+len(j.Receipts) > 0 {
		items = append(items, kit.MenuItem{Label: t.T("work.do.receipt"), Icon: "receipt_long", Do: p.showReceipt})
	}
	items = append(items, kit.MenuItem{Label: t.T("work.do.label"), Icon: "label", Do: p.label})
	if j.State == view.JobOpen || j.State == view.JobWaiting {
		items = append(items, kit.MenuItem{Label: t.T("work.do.end"), Icon: "stop", Off: p.busy, Do: p.end})
	}
	return items
}

// folder is what "open folder" opens: that of the frames, or of the file.
func (p *jobPage) folder() string {
	if r := p.data.Render; r != nil {
		return r.Output
	}
	return p.data.Path
}

func (p *jobPage) open() {
	what := p.folder()
	quiet(p.scope, func(ctx context.Context) error { return p.env.Host.Show(ctx, what) })
}

// acting shows that an action is under way, and lets no second one begin.
func (p *jobPage) acting(on bool) {
	p.busy = on
	p.showActions()
}

// pause stops handing out work, or goes on.
func (p *jobPage) pause(on bool) {
	if p.busy {
		return
	}
	p.acting(true)
	page.Do(p.scope, page.Action{Quiet: true}, func(ctx context.Context, _ page.Say) (view.Job, error) {
		return p.env.Backend.PauseJob(ctx, view.PauseJobRequest{Job: p.id, Paused: on})
	}, func(j view.Job, err error) {
		p.busy = false
		if err != nil {
			p.showActions()
			p.fail(err)
			return
		}
		p.data.Paused, p.data.State = j.Paused, j.State
		p.show()
		p.load()
	})
}

// end ends the job, after saying what is kept and what is not.
func (p *jobPage) end() {
	t, j := p.env.Text, p.data
	kept := keptText(t, j)
	if j.Render == nil {
		kept = t.T("work.end.kept.download")
	}
	p.env.Kit.Confirm(kit.ConfirmOptions{
		Title: t.T("work.end.title"), Text: t.T("work.end.text"), Tone: look.Danger, Action: t.T("work.end.yes"),
		Facts: []kit.Fact{
			{Label: t.T("work.end.job"), Value: jobName(t, &j.Job), Strong: true},
			{Label: t.T("work.end.kept"), Value: kept},
			{Label: t.T("work.end.paid"), Value: t.T("work.end.paid.value", "amount", t.Amount(j.Scored+j.Owed), "bid", t.Amount(j.Bid))},
			{Label: t.T("work.end.rest"), Value: t.T("work.end.rest.value")},
		},
		Do: func() {
			p.acting(true)
			page.Do(p.scope, page.Action{Title: t.T("work.end.doing"), Lasts: true}, func(ctx context.Context, _ page.Say) (struct{}, error) {
				return struct{}{}, p.env.Backend.Complete(ctx, p.id)
			}, func(_ struct{}, err error) {
				p.acting(false)
				if err != nil {
					p.fail(err)
					return
				}
				p.env.Toast(look.Info, t.T("work.end.done"))
				p.load()
			})
		},
	})
}

// label asks for the owner's own name of the job.
func (p *jobPage) label() {
	t := p.env.Text
	entry := kit.Entry(t.T("work.options.label.placeholder"))
	entry.SetText(p.data.Label)
	box := kit.Field(t.T("work.options.label"), entry).Help(t.T("work.options.label.help"))
	var s *kit.Sheet
	var save *kit.Button
	save = kit.Primary(t.T("work.save"), func() {
		label := entry.Text
		save.SetBusy(true)
		page.Do(p.scope, page.Action{Quiet: true}, func(ctx context.Context, _ page.Say) (struct{}, error) {
			return struct{}{}, p.env.Backend.Label(ctx, view.LabelRequest{Target: p.id, Label: label})
		}, func(_ struct{}, err error) {
			save.SetBusy(false)
			if err != nil {
				box.SetError(t.Explain(err))
				return
			}
			s.Close()
			p.data.Label = label
			p.show()
			p.load()
		})
	})
	entry.OnSubmitted = func(string) { save.Tapped(nil) }
	s = p.env.Kit.Sheet(kit.SheetOptions{Title: t.T("work.do.label"), Content: box,
		Actions: []*kit.Button{kit.Secondary(t.T("work.cancel"), func() { s.Close() }), save}})
	p.env.Canvas.Focus(entry)
}

// link shows the magnet link, to copy or to scan.
func (p *jobPage) link() {
	t, j := p.env.Text, p.data
	var s *kit.Sheet
	copyIt := kit.Primary(t.T("work.link.copy"), func() {
		p.env.Host.CopyText(j.Magnet, false)
		p.env.Toast(look.Success, t.T("work.link.copied"))
	}).Icon("content_copy")
	s = p.env.Kit.Sheet(kit.SheetOptions{Title: t.T("work.do.link"), Text: t.T("work.link.text"),
		Content: kit.Column(kit.Center(kit.MinSize(220, 220, kit.QR(j.Magnet))), kit.Box(kit.Mono(j.Magnet).Sized(look.SizeSmall).Wrap())),
		Actions: []*kit.Button{kit.Secondary(t.T("work.close"), func() { s.Close() }), copyIt}})
}
