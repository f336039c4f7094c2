package ui

import (
	"context"
	"slices"
	"time"

	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/assets"
)

// Tray is what the icon beside the system's clock tells and offers.
type Tray struct {
	Icon  assets.TrayState
	Title string   // of the icon
	Lines []string // what there is to know; they do nothing
	Items []TrayItem
}

// TrayItem is an entry of the tray's menu. One without a label is a line
// between groups. Run may be called from anywhere.
type TrayItem struct {
	Label   string
	Checked bool
	Off     bool // cannot be chosen now
	Run     func()
	Items   []TrayItem
}

// trayer keeps the tray's content and tells when it changed.
type trayer struct {
	u      *UI
	told   func(Tray)
	now    Tray
	began  bool
	earned string // today, in words; "" when not known
}

// Tray is what the tray shows now.
func (u *UI) Tray() Tray { return u.tray.make() }

// OnTray has fn told, on the UI thread, when the tray's content changed.
func (u *UI) OnTray(fn func(Tray)) {
	u.tray.told = fn
	u.tray.update()
}

func (t *trayer) update() {
	if t.told == nil {
		return
	}
	next := t.make()
	if t.began && alike(t.now, next) {
		return
	}
	t.now, t.began = next, true
	t.told(next)
}

func alike(a, b Tray) bool {
	return a.Icon == b.Icon && a.Title == b.Title && slices.Equal(a.Lines, b.Lines) && slices.EqualFunc(a.Items, b.Items, alikeItems)
}

func alikeItems(a, b TrayItem) bool {
	return a.Label == b.Label && a.Checked == b.Checked && a.Off == b.Off && slices.EqualFunc(a.Items, b.Items, alikeItems)
}

func (t *trayer) make() Tray {
	u, env := t.u, t.u.env
	there := u.known && !u.offline
	tr := Tray{Icon: assets.Offline, Title: env.T("ui.name")}
	if there {
		_, words := u.working()
		tr.Lines = append(tr.Lines, words)
		tr.Icon = assets.Paused
		if u.status.Contribution.Working > 0 {
			tr.Icon = assets.Working
		}
		if t.earned != "" && u.stage != locked {
			tr.Lines = append(tr.Lines, env.T("ui.tray.earned", "amount", t.earned))
		}
	} else if u.backend != nil {
		tr.Lines = append(tr.Lines, env.T("ui.offline"))
	}
	tr.Items = append(tr.Items, TrayItem{Label: env.T("ui.tray.open"), Run: t.safe(u.raise)})
	if there {
		tr.Items = append(tr.Items, TrayItem{},
			TrayItem{Label: env.T("ui.tray.contribute"), Checked: u.status.Contribution.Enabled, Run: t.safe(u.toggleContribution)},
			TrayItem{Label: env.T("ui.tray.notnow"), Off: !u.status.Contribution.Enabled, Items: []TrayItem{
				{Label: env.T("ui.tray.hour"), Run: t.safe(func() { u.snooze(u.o.Now().Add(time.Hour)) })},
				{Label: env.T("ui.tray.tomorrow"), Run: t.safe(func() { u.snooze(page.Tomorrow(u.o.Now())) })},
				{Label: env.T("ui.tray.now"), Run: t.safe(func() { u.snooze(time.Time{}) })}}})
	}
	if u.o.Quit != nil {
		tr.Items = append(tr.Items, TrayItem{}, TrayItem{Label: env.T("ui.tray.quit"), Run: t.safe(u.o.Quit)})
	}
	return tr
}

// safe makes fn callable from anywhere.
func (t *trayer) safe(fn func()) func() { return func() { t.u.o.Post(fn) } }

func (u *UI) raise() {
	if u.o.Raise != nil {
		u.o.Raise()
	}
}

// toggleContribution switches contributing, from the tray.
func (u *UI) toggleContribution() {
	if u.life == nil {
		return
	}
	b := u.backend
	on := !u.status.Contribution.Enabled
	page.Load(u.life, func(ctx context.Context) (view.Contribution, error) {
		c, err := b.Contribution(ctx)
		if err != nil {
			return c, err
		}
		c.Settings.Enabled = on
		return b.SetContribution(ctx, c.Settings)
	}, u.contributionChanged)
}

func (u *UI) snooze(until time.Time) {
	if u.life == nil {
		return
	}
	b := u.backend
	page.Load(u.life, func(ctx context.Context) (view.Contribution, error) {
		return b.Snooze(ctx, view.SnoozeRequest{Until: until})
	}, u.contributionChanged)
}

func (u *UI) contributionChanged(c view.Contribution, err error) {
	if err != nil {
		u.fail(err)
		return
	}
	u.status.Contribution = c.Status
	if !c.Snoozed.IsZero() && c.Snoozed.After(u.o.Now()) {
		u.toast(look.Info, u.env.T("ui.tray.snoozed", "when", u.env.Text.Clock(c.Snoozed)))
	}
	if u.frame != nil {
		u.frame.tell()
	}
	u.tray.update()
	u.ask()
}

// readEarnings asks what was earned today, for the tray.
func (t *trayer) readEarnings() {
	u := t.u
	if t.told == nil || u.life == nil {
		return
	}
	b := u.backend
	_, zone := u.o.Now().Zone()
	page.LoadKey(u.life, "earned", func(ctx context.Context) (view.Earnings, error) {
		return b.Earnings(ctx, view.EarningsQuery{Days: 1, Zone: zone})
	}, func(e view.Earnings, err error) {
		if err == nil {
			t.earned = u.env.Text.Amount(e.Today)
			t.update()
		}
	})
}
