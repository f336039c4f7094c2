package home

import (
	"context"
	"reflect"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// contribute is whether this machine works for others, and why.
type contribute struct {
	h      *Home
	object *fyne.Container
	toggle *kit.SwitchBox
	pill   *kit.PillMark
	place  *fyne.Container
	now    view.Contribution
	known  bool
	busy   bool
	drawn  shown
	made   bool // drawn is what is in place
}

// shown is what of a contribution the card draws; it comes often with other
// measurements alone.
type shown struct {
	pauses  []view.Pause
	work    []view.Work
	why     string
	enabled bool
	working int
	snoozed time.Time
}

func (c *contribute) init(h *Home) {
	c.h = h
	env := h.env
	c.toggle = kit.Switch(false, c.switchTo)
	c.toggle.SetSwitchLabel(env.T("home.contribute"))
	c.toggle.Disable()
	c.pill = kit.Pill(look.Muted, "")
	c.place = kit.Stack(kit.Loading(1))
	c.object = kit.Card(env.T("home.contribute"), kit.Row(c.pill, c.toggle), c.place)
}

func (c *contribute) load() {
	page.LoadKey(c.h.scope, "contribution", c.h.env.Backend.Contribution, c.got)
}

// got shows the answer to whatever was asked.
func (c *contribute) got(v view.Contribution, err error) {
	if c.busy = false; err != nil {
		if c.known {
			c.toggle.Set(c.now.Settings.Enabled)
			c.toggle.Enable()
			c.h.env.Fail(err)
			return
		}
		c.made = false
		c.set(c.h.env.Kit.FailureLine(err, c.load))
		return
	}
	c.now, c.known = v, true
	c.show()
}

// switchTo switches contributing.
func (c *contribute) switchTo(on bool) {
	if !c.known || c.busy {
		return
	}
	c.busy = true
	c.toggle.Set(on)
	c.toggle.Disable()
	b := c.h.env.Backend
	page.LoadKey(c.h.scope, "contribution", func(ctx context.Context) (view.Contribution, error) {
		now, err := b.Contribution(ctx) // the limits as they are, not as they were shown
		if err != nil {
			return now, err
		}
		now.Settings.Enabled = on
		return b.SetContribution(ctx, now.Settings)
	}, func(v view.Contribution, err error) {
		c.got(v, err)
		c.h.loads["status"].Ask()
	})
}

func (c *contribute) snooze(until time.Time) {
	b := c.h.env.Backend
	page.LoadKey(c.h.scope, "contribution", func(ctx context.Context) (view.Contribution, error) {
		return b.Snooze(ctx, view.SnoozeRequest{Until: until})
	}, c.got)
}

func (c *contribute) set(o fyne.CanvasObject) {
	c.place.Objects = []fyne.CanvasObject{o}
	c.place.Refresh()
	c.h.body.Refresh()
}

func (c *contribute) show() {
	env, v := c.h.env, c.now
	on := v.Settings.Enabled
	c.toggle.Set(on)
	c.toggle.Enable()
	draw := shown{v.Pauses, v.Work, v.Status.Why, on, v.Status.Working, v.Snoozed}
	if reflect.DeepEqual(draw, c.drawn) && c.made {
		return
	}
	c.drawn, c.made = draw, true
	col := kit.ColumnGap(12)
	switch {
	case !on:
		c.pill.Set(look.Muted, env.T("home.contribute.off"))
		col.Add(kit.Muted(env.T("home.contribute.off.text")).Wrap())
	case len(v.Pauses) > 0:
		c.pill.Set(look.Warn, env.T("home.contribute.paused"))
		for _, p := range v.Pauses {
			col.Add(kit.Lead(kit.Icon(pauseIcon(p.Kind), look.Warn), kit.Body(env.Pause(p)).Wrap()))
		}
	case v.Status.Working > 0:
		c.pill.Set(look.Success, env.T("home.contribute.on"))
		col.Add(kit.Muted(env.N("home.contribute.working", v.Status.Working)).Wrap())
		c.addWork(col)
	default:
		c.pill.Set(look.Info, env.T("home.contribute.waits"))
		col.Add(kit.Body(v.Status.Why).Wrap())
	}
	col.Add(c.actions(on))
	c.set(col)
}

// addWork lists what is worked on, the first few.
func (c *contribute) addWork(col *fyne.Container) {
	const most = 3
	for i, w := range c.now.Work {
		if i == most {
			break
		}
		name := w.Name
		if name == "" {
			name = text.Short(w.Job)
		}
		col.Add(kit.Tap(kit.RowGap(10, kit.Avatar(w.Author, 24), kit.Grow(kit.Body(name).Truncate()), kit.Small(c.h.env.Text.Coins(w.Ticketed))),
			func() { c.h.env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerJob, Ref: w.Job}) }).SetLabel(name))
	}
}

func (c *contribute) actions(on bool) fyne.CanvasObject {
	env := c.h.env
	more := kit.Secondary(env.T("home.contribute.more"), func() { env.Go(page.Route{Page: page.Contribute}) }).Small()
	if !on {
		return kit.Flow(more)
	}
	if c.now.Snoozed.After(env.Now()) {
		return kit.Flow(kit.Secondary(env.T("home.contribute.goon"), func() { c.snooze(time.Time{}) }).Small().Icon("play_arrow"), more)
	}
	var b *kit.Button
	b = kit.Secondary(env.T("home.contribute.notnow"), func() {
		env.Kit.Menu(b,
			kit.MenuItem{Label: env.T("home.contribute.hour"), Icon: "timer", Do: func() { c.snooze(env.Now().Add(time.Hour)) }},
			kit.MenuItem{Label: env.T("home.contribute.tomorrow"), Icon: "bedtime", Do: func() { c.snooze(page.Tomorrow(env.Now())) }})
	}).Small().Icon("pause")
	return kit.Flow(b, more)
}

func pauseIcon(kind string) string {
	switch kind {
	case view.PauseSnooze, view.PauseHours:
		return "bedtime"
	case view.PauseInUse:
		return "person"
	case view.PauseBattery, view.PauseCharge:
		return "battery_alert"
	case view.PauseHot:
		return "thermostat"
	case view.PauseMetered:
		return "network_check"
	case view.PauseBusy, view.PauseProgram:
		return "memory"
	case view.PauseDisk:
		return "hard_drive"
	case view.PauseUnsynced:
		return "sync"
	}
	return "pause"
}
