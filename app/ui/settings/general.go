package settings

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
)

// general is language, looks, notices and what happens at login.
type general struct{ section }

func newGeneral(s section) *general {
	g := &general{s}
	g.show(g.looks(), g.notices(), g.desktop())
	return g
}

// set keeps a change.
func (g *general) set(change func(*page.Preferences)) {
	g.env.Remember(change)
}

func (g *general) looks() fyne.CanvasObject {
	t, now := g.env.T, g.env.Prefs.Get()
	return kit.Card(t("settings.looks"), nil, kit.Column(
		kit.Field(t("settings.language"), g.languages(now)),
		kit.Field(t("settings.theme"), g.themes(now)),
		kit.Field(t("settings.scale"), g.scales(now)).Help(t("settings.scale.help")),
	))
}

func (g *general) languages(now page.Preferences) *kit.SelectBox {
	names, codes, at := []string{g.env.T("settings.language.system")}, []string{""}, 0
	for _, l := range text.Languages() {
		names, codes = append(names, l.Name), append(codes, l.Code)
		if l.Code == now.Language {
			at = len(codes) - 1
		}
	}
	return kit.Select(names, at, func(i int) { g.set(func(p *page.Preferences) { p.Language = codes[i] }) })
}

func (g *general) themes(now page.Preferences) *kit.SelectBox {
	t := g.env.T
	modes, at := []string{look.ModeSystem, look.ModeLight, look.ModeDark}, 0
	for i, m := range modes {
		if m == now.Theme {
			at = i
		}
	}
	names := []string{t("settings.theme.system"), t("settings.theme.light"), t("settings.theme.dark")}
	return kit.Select(names, at, func(i int) { g.set(func(p *page.Preferences) { p.Theme = modes[i] }) })
}

// scales are the sizes of text that can be chosen.
var scales = []float32{1, 1.1, 1.25, 1.5}

func (g *general) scales(now page.Preferences) *kit.SelectBox {
	names, at := []string{}, 0
	for i, s := range scales {
		names = append(names, g.env.Text.Percent(float64(s)))
		if s <= now.TextScale {
			at = i
		}
	}
	return kit.Select(names, at, func(i int) { g.set(func(p *page.Preferences) { p.TextScale = scales[i] }) })
}

func (g *general) notices() fyne.CanvasObject {
	t, now := g.env.T, g.env.Prefs.Get()
	titles := map[string]string{
		page.NoticePayment: t("settings.notice.payment"), page.NoticeMessage: t("settings.notice.message"),
		page.NoticeJobDone: t("settings.notice.jobdone"), page.NoticeJobFailed: t("settings.notice.jobfailed"),
	}
	rows := []fyne.CanvasObject{kit.Muted(t("settings.notices.text")).Wrap()}
	for _, kind := range page.Notices() {
		rows = append(rows, kit.SwitchRow(titles[kind], "", !now.Mute[kind], func(on bool) {
			g.set(func(p *page.Preferences) { p.Mute[kind] = !on })
		}))
	}
	return kit.Card(t("settings.notices"), nil, kit.Column(rows...))
}

// lockAfter are the minutes after which the window can lock itself.
var lockAfter = []int{0, 1, 5, 15, 60}

func (g *general) locks(now page.Preferences) *kit.SelectBox {
	names, at := []string{}, 0
	for i, m := range lockAfter {
		if m == 0 {
			names = append(names, g.env.T("settings.lock.never"))
		} else {
			names = append(names, g.env.N("settings.lock.minutes", m))
		}
		if m <= now.LockMinutes && (m > 0 || now.LockMinutes == 0) {
			at = i
		}
	}
	return kit.Select(names, at, func(i int) { g.set(func(p *page.Preferences) { p.LockMinutes = lockAfter[i] }) })
}

func (g *general) desktop() fyne.CanvasObject {
	t, now := g.env.T, g.env.Prefs.Get()
	rows := []fyne.CanvasObject{kit.Field(t("settings.lock"), g.locks(now)).Help(t("settings.lock.help"))}
	rows = append(rows, g.login())
	if g.env.Host.HasTray() {
		rows = append(rows,
			kit.SwitchRow(t("settings.tray"), t("settings.tray.text"), now.Tray, func(on bool) {
				g.set(func(p *page.Preferences) { p.Tray = on })
			}),
			kit.SwitchRow(t("settings.closetotray"), t("settings.closetotray.text"), now.CloseToTray, func(on bool) {
				g.set(func(p *page.Preferences) { p.CloseToTray = on })
			}))
	} else {
		rows = append(rows, kit.Small(t("settings.notray")).Wrap())
	}
	return kit.Card(t("settings.desktop"), nil, kit.Column(rows...))
}

// login is the switch for starting at login; the machine keeps that, not us.
func (g *general) login() fyne.CanvasObject {
	var line *kit.SwitchLine
	line = kit.SwitchRow(g.env.T("settings.login"), g.env.T("settings.login.text"), false, func(on bool) {
		page.Load(g.scope, none(func(context.Context) error { return g.env.Host.StartAtLogin(on) }), func(_ struct{}, err error) {
			if err != nil {
				line.Switch.Set(!on)
				g.env.Fail(err)
			}
		})
	})
	page.Load(g.scope, func(context.Context) (bool, error) { return g.env.Host.StartsAtLogin() }, func(on bool, err error) {
		if err == nil {
			line.Switch.Set(on)
		}
	})
	return line
}

// none makes an answer of a question that has none.
func none(fn func(context.Context) error) func(context.Context) (struct{}, error) {
	return func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) }
}
