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

// eventGap is the least time between two looks at the node.
const eventGap = 400 * time.Millisecond

// overview is the choice of what to have done, with our jobs, or the board.
type overview struct {
	env    *page.Env
	scope  *page.Scope
	jobs   *jobList
	board  *boardList
	which  *kit.TabBar
	list   *fyne.Container
	root   fyne.CanvasObject
	again  *page.Coalesce
	onward bool // the board is shown
}

func newOverview(env *page.Env, board bool) inner {
	o := &overview{env: env, scope: page.NewScope(env), list: kit.Stack()}
	o.jobs, o.board = newJobList(env), newBoardList(env)
	o.again = page.NewCoalesce(o.scope, eventGap, o.load)
	at := 0
	if board {
		at = 1
	}
	o.which = kit.Tabs([]string{env.T("work.tab.jobs"), env.T("work.tab.board")}, at, o.choose)
	head := kit.Header(env.T("work.title"), env.T("work.sub"))
	o.root = kit.PageFixed(head, o.choices(), kit.Grow(kit.ColumnGap(12, o.which, kit.Grow(o.list))))
	o.choose(at)
	o.scope.Every(time.Minute, o.refill)
	return o
}

func (o *overview) object() fyne.CanvasObject { return o.root }
func (o *overview) close()                    { o.scope.Close() }

func (o *overview) event(e view.Event) {
	switch {
	case e.Kind == view.EventJob && !o.onward, (e.Kind == view.EventBoard || e.Kind == view.EventContribution) && o.onward, e.Kind == view.EventTip:
		o.again.Ask()
	}
}

// choices are the kinds of work: those that there are, and those to come.
func (o *overview) choices() fyne.CanvasObject {
	t := o.env.Text
	least := float32(210)
	if o.env.Narrow {
		least = 150
	}
	choice := func(dapp, title, sub string) fyne.CanvasObject {
		words := kit.ColumnGap(2, kit.Strong(title).Wrap())
		if !o.env.Narrow {
			words.Add(kit.Small(sub).Wrap())
		}
		content := kit.Lead(kit.Badge(dappIcon(dapp), look.Primary), words)
		back := kit.Surface(look.Card, look.Size(look.RadiusCard)).Bordered(look.Border, 1).Shadowed()
		return kit.Stack(back, kit.Tap(kit.Pad(14, content), func() { o.env.Go(newRoute(dapp)) }).SetLabel(title))
	}
	later := func(icon, title string) fyne.CanvasObject {
		words := kit.ColumnGap(2, kit.Body(title).Tone(look.Muted).Wrap(), kit.Small(t.T("work.choice.later")).Wrap())
		return kit.Stack(kit.Surface(look.Raised, look.Size(look.RadiusCard)), kit.Pad(14, kit.Lead(kit.Badge(icon, look.Muted), words)))
	}
	return kit.Columns(least,
		choice(dappDownload, t.T("work.choice.download"), t.T("work.choice.download.text")),
		choice(dappRender, t.T("work.choice.render"), t.T("work.choice.render.text")),
		later("globe", t.T("work.choice.web")), later("lan", t.T("work.choice.tunnel")))
}

func (o *overview) choose(i int) {
	o.onward = i == 1
	content := o.jobs.object
	if o.onward {
		content = o.board.object
	}
	o.list.Objects = []fyne.CanvasObject{content}
	o.list.Refresh()
	o.load()
}

// load asks for what is shown.
func (o *overview) load() {
	if o.onward {
		page.LoadKey(o.scope, "list", func(ctx context.Context) ([]view.BoardEntry, error) { return o.env.Backend.Board(ctx) },
			func(list []view.BoardEntry, err error) { o.board.set(list, err, o.load) })
		return
	}
	page.LoadKey(o.scope, "list", func(ctx context.Context) ([]view.Job, error) { return o.env.Backend.Jobs(ctx) },
		func(list []view.Job, err error) { o.jobs.set(list, err, o.load) })
}

// refill writes times anew that are told from now.
func (o *overview) refill() {
	if !o.onward {
		o.jobs.refill()
	}
}
