package work

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// renderWizard leads to a scene that is rendered by others.
type renderWizard struct {
	*wizard
	scope *page.Scope
	draft renderDraft
	scene *view.RenderScene // of the draft's path and engine; nil: not looked over
	quote *view.RenderQuote // of the options; nil: not tried
	price *pricing
	over  bool // posted or given up: there is no draft to keep

	path     *kit.EntryBox
	found    *fyne.Container // what was found out about the scene
	options  *renderOptions
	estimate *fyne.Container
	check    *fyne.Container
}

func newRender(env *page.Env, path string) inner {
	r := &renderWizard{scope: page.NewScope(env), found: kit.Stack(), estimate: kit.Stack(), check: kit.Stack()}
	loadDraft(env, dappRender, &r.draft)
	r.draft.valid()
	if path != "" {
		r.draft.Path = path
	}
	r.wizard = newWizard(env, r.scope, env.T("work.render.title"), r.giveUp)
	r.price = newPricing(env, r.scope, r.refresh)
	r.price.ask = r.requote
	r.price.chosen = func(a types.Amount) { r.draft.Bid = a }
	r.price.update = r.update
	r.price.panel.submit = r.onwards
	r.options = newRenderOptions(env, r.scope, &r.draft, r.refresh, r.onwards)
	r.begin(
		&step{title: env.T("work.step.scene"), next: env.T("work.next"), object: r.sceneStep(), leave: r.leaveScene, ready: r.sceneReady,
			focus: func() fyne.Focusable { return r.path }},
		&step{title: env.T("work.step.options"), next: env.T("work.try"), object: r.options.object, enter: r.enterOptions, leave: r.leaveOptions,
			focus: func() fyne.Focusable { return r.options.frames }},
		&step{title: env.T("work.step.bid"), next: env.T("work.next"), object: kit.Loose(r.estimate, r.price.object), enter: r.enterBid, ready: r.price.ready,
			focus: func() fyne.Focusable { return r.price.panel.entry }},
		&step{title: env.T("work.step.check"), object: r.check, enter: r.enterCheck, leave: func(func()) { r.pay() }},
	)
	if r.draft.Path != "" {
		r.inspect(nil)
	}
	return r
}

func (r *renderWizard) object() fyne.CanvasObject { return r.root }

func (r *renderWizard) event(e view.Event) {
	if e.Kind == view.EventWallet && r.at == 2 {
		r.price.again.Ask() // coins came: it may be affordable now
	}
}

func (r *renderWizard) close() {
	if !r.over {
		if r.draft.empty() {
			keepDraft(r.env, dappRender, nil)
		} else {
			keepDraft(r.env, dappRender, &r.draft)
		}
	}
	r.scope.Close()
}

func (r *renderWizard) back() bool {
	if r.at > 0 {
		r.backwards()
	} else {
		r.giveUp()
	}
	return true
}

// giveUp leaves the wizard, after a question when something was filled in.
func (r *renderWizard) giveUp() {
	r.ask(r.draft.empty(), func() {
		r.over = true
		keepDraft(r.env, dappRender, nil)
		r.env.Go(home())
	})
}

// request is what was filled in; what is wrong was told before.
func (r *renderWizard) request() view.RenderRequest {
	req, _ := r.draft.request(r.env.Text)
	return req
}

func (r *renderWizard) sceneStep() fyne.CanvasObject {
	t := r.env.Text
	r.path = kit.Entry(t.T("work.scene.placeholder"))
	r.path.SetText(r.draft.Path)
	r.path.OnChanged = func(s string) { r.draft.Path = s; r.forget() }
	r.path.OnSubmitted = func(string) { r.onwards() }
	engine := kit.Select([]string{t.T("work.scene.engine.auto"), engineName("blender", ""), engineName("povray", "")}, r.draft.Engine, func(i int) {
		r.draft.Engine = i
		r.forget()
		if r.draft.Path != "" {
			r.inspect(nil)
		}
	})
	drop := dropArea(r.env, "movie", t.T("work.scene.drop"), kit.Secondary(t.T("work.scene.choose"), r.pick).Icon("file_open"))
	return kit.Column(kit.Paragraph(t.T("work.render.what")), drop,
		kit.Sides(420, kit.Field(t.T("work.scene.path"), r.path).Help(t.T("work.file.help")), kit.Field(t.T("work.scene.engine"), engine)), r.found)
}

// forget drops what was found out of another scene.
func (r *renderWizard) forget() {
	r.scene, r.quote = nil, nil
	r.found.Objects = nil
	r.fail(nil)
	r.update()
	r.refresh()
}

// pick asks for a scene.
func (r *renderWizard) pick() {
	kinds := []view.FileKind{{Name: r.env.T("work.scene.kinds"), Extensions: []string{".blend", ".pov"}}}
	page.LoadKey(r.scope, "pick", func(ctx context.Context) (string, error) {
		return r.env.Host.OpenFile(ctx, r.env.T("work.scene.choose"), kinds...)
	}, func(path string, err error) {
		switch {
		case err != nil && !page.Cancelled(err):
			r.fail(err)
		case path != "":
			r.path.SetText(path)
			r.inspect(nil)
		}
	})
}

// sceneReady lets a person go on when nothing keeps the scene from it; one that
// was not looked over yet is when they do.
func (r *renderWizard) sceneReady() bool {
	if r.scene == nil {
		return r.draft.Path != ""
	}
	_, ok := unrenderable(r.scene)
	return ok
}

func (r *renderWizard) leaveScene(onwards func()) {
	if r.scene != nil {
		onwards()
		return
	}
	r.inspect(onwards)
}

// inspect looks the scene over; then may be nil.
func (r *renderWizard) inspect(then func()) {
	req := view.RenderRequest{Path: r.request().Path, Engine: r.request().Engine}
	r.found.Objects = []fyne.CanvasObject{kit.Muted(r.env.T("work.scene.looking")).Wrap()}
	r.fail(nil)
	r.refresh()
	page.LoadKey(r.scope, "inspect", func(ctx context.Context) (view.RenderScene, error) {
		return r.env.Backend.InspectRender(ctx, req)
	}, func(s view.RenderScene, err error) {
		now := r.request()
		if now.Path != req.Path || now.Engine != req.Engine || page.Cancelled(err) {
			return // another scene is chosen
		}
		r.found.Objects = nil
		if err != nil {
			r.fail(err)
			return
		}
		r.scene = &s
		r.found.Objects = []fyne.CanvasObject{sceneView(r.env, &s)}
		r.update()
		r.refresh()
		if then != nil && r.sceneReady() {
			then()
		}
	})
}

func (r *renderWizard) enterOptions() { r.options.scene(r.scene) }

func (r *renderWizard) leaveOptions(onwards func()) {
	if !r.options.check() {
		return
	}
	req := r.request()
	r.busy(true)
	page.Do(r.scope, page.Action{Title: r.env.T("work.trying"), Text: r.env.T("work.trying.text")},
		func(ctx context.Context, _ page.Say) (view.RenderQuote, error) {
			return r.env.Backend.QuoteRender(ctx, req)
		},
		func(q view.RenderQuote, err error) {
			r.busy(false)
			switch {
			case page.Cancelled(err):
				r.env.Toast(look.Info, r.env.T("work.trying.cancelled"))
			case err != nil:
				r.fail(err)
			default:
				r.quote = &q
				onwards()
			}
		})
}

// requote asks for the price of another bid; the trial is remembered.
func (r *renderWizard) requote(bid types.Amount) asking {
	req := r.request()
	req.Bid = bid
	return func(ctx context.Context) (view.JobQuote, error) {
		q, err := r.env.Backend.QuoteRender(ctx, req)
		return q.JobQuote, err
	}
}

func (r *renderWizard) enterBid() {
	r.estimate.Objects = []fyne.CanvasObject{estimateView(r.env, r.quote)}
	r.price.show(&r.quote.JobQuote)
	bid := r.quote.Bid
	r.draft.Bid = bid
	r.price.panel.set(bid)
	r.price.panel.load(dappRender, "", func() {
		if r.quote.Suggested > 0 {
			r.price.panel.book.Suggested = r.quote.Suggested // for this work, not for any
		}
		r.price.panel.set(r.draft.Bid)
	})
}

func (r *renderWizard) enterCheck() {
	t, q, price := r.env.Text, r.quote, r.price.quote
	r.step().next = t.T("work.pay", "amount", t.Exact(price.Total))
	r.goOn.SetLabel(r.step().next)
	facts := append(renderFacts(r.env, q, r.request()), costFacts(t, price, &r.price.panel.book)...)
	r.check.Objects = []fyne.CanvasObject{kit.Column(kit.Facts(facts...), note(look.Info, t.T("work.check.render")))}
	r.refresh()
}

// pay posts the job: what was shown is what is done.
func (r *renderWizard) pay() {
	req, q := r.request(), r.quote
	req.Bid, req.Output = r.price.quote.Bid, q.Output
	r.busy(true)
	// Whoever comes back to the wizard before the answer shall not pay again.
	draft := r.draft
	r.over = true
	keepDraft(r.env, dappRender, nil)
	page.Do(r.scope, page.Action{Title: r.env.T("work.paying"), Text: r.env.T("work.paying.render", "name", q.Name), Lasts: true, Done: r.env.T("work.paid")},
		func(ctx context.Context, _ page.Say) (view.JobDetail, error) {
			j, err := r.env.Backend.PostRender(ctx, req)
			if err != nil {
				r.env.Post(func() { r.unpaid(draft) })
			}
			return j, err
		},
		func(j view.JobDetail, err error) {
			r.busy(false)
			if err != nil {
				r.over = false
				r.fail(paymentError(r.env, err))
				return
			}
			r.env.Toast(look.Success, r.env.T("work.paid"))
			r.env.Go(jobRoute(j.ID))
		})
}

// unpaid keeps what was filled in for another try, when the wizard was left.
func (r *renderWizard) unpaid(draft renderDraft) {
	if !r.scope.Alive() {
		keepDraft(r.env, dappRender, &draft)
	}
}
