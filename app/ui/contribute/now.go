package contribute

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// now is the switch, the reasons, the machine and what runs.
type now struct {
	p       *Page
	on      *kit.SwitchLine
	state   *kit.PillMark
	reasons *fyne.Container
	snooze  *fyne.Container
	machine *kit.FactsBox
	stats   *fyne.Container
	work    *fyne.Container
	works   []view.Work // as they are shown
	drawn   bool
	offers  int // what the buttons of snooze offer
	body    fyne.CanvasObject
}

func newNow(p *Page) *now {
	t := p.env.T
	n := &now{p: p, state: kit.Pill(look.Muted, ""), reasons: kit.Column(), snooze: kit.Flow(), machine: kit.Facts(), stats: kit.Columns(200), work: kit.Tight()}
	n.on = kit.SwitchRow(t("contribute.switch"), t("contribute.switch.text"), p.now.Settings.Enabled, func(on bool) {
		p.save(func(s *view.ContributionSettings) { s.Enabled = on })
	})
	n.body = kit.ScrollCards(
		kit.Sides(720,
			kit.Panel(kit.Column(n.on, kit.Left(n.state), n.reasons, n.snooze)),
			kit.Card(t("contribute.machine"), nil, n.machine)),
		n.stats,
		kit.Card(t("contribute.work"), nil, n.work))
	n.update(p.now)
	return n
}

func (n *now) object() fyne.CanvasObject { return n.body }

func (n *now) update(c view.Contribution) {
	n.on.Switch.Set(c.Settings.Enabled)
	n.why(c)
	n.notNow(c)
	n.measure(c.Machine)
	n.sums(c)
	n.running(c.Work)
}

// why says whether work goes on, and each reason why not.
func (n *now) why(c view.Contribution) {
	t := n.p.env.T
	var rows []fyne.CanvasObject
	switch {
	case !c.Settings.Enabled:
		n.state.Set(look.Muted, t("contribute.state.off"))
		rows = append(rows, kit.Muted(t("contribute.off.text")).Wrap())
	case len(c.Pauses) > 0:
		n.state.Set(look.Warn, t("contribute.state.paused"))
		for _, p := range c.Pauses {
			rows = append(rows, kit.RowGap(8, kit.Icon("pause", look.Warn), kit.Grow(kit.Body(n.p.env.Pause(p)).Wrap())))
		}
	case c.Status.Working > 0:
		n.state.Set(look.Success, n.p.env.N("contribute.state.working", c.Status.Working))
	default:
		n.state.Set(look.Info, t("contribute.state.idle"))
		if c.Status.Why != "" {
			rows = append(rows, kit.Body(c.Status.Why).Wrap())
		}
	}
	for _, blind := range c.Blind {
		rows = append(rows, kit.Small(blind).Wrap())
	}
	n.reasons.Objects = rows
	n.reasons.Refresh()
}

// notNow offers the pauses for a while, or their end. The buttons are made anew
// only when others are needed: the focus may be on them.
func (n *now) notNow(c view.Contribution) {
	t, now := n.p.env.T, n.p.env.Now
	offers := offerNone
	switch {
	case !c.Settings.Enabled:
	case c.Snoozed.After(now()):
		offers = offerEnd
	default:
		offers = offerPauses
	}
	if offers == n.offers {
		return
	}
	n.offers, n.snooze.Objects = offers, nil
	add := func(label, icon string, until func() time.Time) {
		n.snooze.Add(kit.Secondary(label, func() { n.p.snooze(until()) }).Icon(icon).Small())
	}
	switch offers {
	case offerEnd:
		add(t("contribute.snooze.end"), "play_arrow", func() time.Time { return time.Time{} })
	case offerPauses:
		add(t("contribute.snooze.hour"), "bedtime", func() time.Time { return now().Add(time.Hour) })
		add(t("contribute.snooze.tomorrow"), "bedtime", func() time.Time { return page.Tomorrow(now()) })
	}
	n.snooze.Refresh()
}

// What the buttons offer.
const (
	offerNone = iota
	offerEnd
	offerPauses
)

func (n *now) measure(m view.MachineState) {
	t, w := n.p.env.T, n.p.env.Text
	unknown := map[string]bool{}
	for _, u := range m.Unknown {
		unknown[u] = true
	}
	tell := func(name, value string) string {
		if unknown[name] {
			return t("contribute.unknown")
		}
		return value
	}
	use := t("contribute.machine.used")
	if m.Idle {
		use = t("contribute.machine.idle", "time", w.Duration(time.Duration(m.IdleSeconds)*time.Second))
	}
	power := t("contribute.machine.mains")
	switch {
	case m.OnBattery:
		power = t("contribute.machine.battery", "charge", w.Percent(float64(m.Charge)/100))
	case m.HasBattery:
		power = t("contribute.machine.charging", "charge", w.Percent(float64(m.Charge)/100))
	}
	network := t("contribute.machine.free")
	if m.Metered {
		network = t("contribute.machine.metered")
	}
	n.machine.Set(
		kit.Fact{Label: t("contribute.machine.use"), Value: tell("idle", use)},
		kit.Fact{Label: t("contribute.machine.own"), Value: w.Percent(m.OwnCPU / 100)},
		kit.Fact{Label: t("contribute.machine.other"), Value: w.Percent(m.OtherCPU / 100)},
		kit.Fact{Label: t("contribute.machine.power"), Value: tell("battery", power)},
		kit.Fact{Label: t("contribute.machine.heat"), Value: tell("temperature", t("contribute.celsius", "n", w.Decimal(m.Celsius, 0)))},
		kit.Fact{Label: t("contribute.machine.network"), Value: tell("metered", network)},
	)
}

func (n *now) sums(c view.Contribution) {
	t, w := n.p.env.T, n.p.env.Text
	disk := t("contribute.disk.nolimit")
	if c.Settings.Disk > 0 {
		disk = t("contribute.disk.of", "limit", w.Bytes(c.Settings.Disk))
	}
	n.stats.Objects = []fyne.CanvasObject{
		kit.Stat(t("contribute.credit"), w.Amount(c.Credit), t("contribute.credit.text"), "savings"),
		kit.Stat(t("contribute.ticketed"), w.Amount(c.Earned), t("contribute.ticketed.text"), "receipt_long"),
		kit.Stat(t("contribute.disk"), w.Bytes(c.DiskUsed), disk, "hard_drive"),
	}
	n.stats.Refresh()
}

func (n *now) running(list []view.Work) {
	t := n.p.env.T
	if on := n.p.now.Settings.Enabled; n.drawn && n.on.Switch.On() == on && slices.Equal(list, n.works) && len(list) > 0 {
		return
	}
	n.works, n.drawn = list, true
	n.work.Objects = nil
	for _, x := range list {
		state, tone := workState(n.p.env, x.State)
		name := x.Name
		if name == "" {
			name = n.p.env.T("contribute.work.unnamed")
		}
		sub := dappName(n.p.env, x.Dapp) + " · " + n.p.env.Text.Ago(x.Since, n.p.env.Now())
		if x.Why != "" {
			sub = x.Why
		}
		row := kit.Item().Icon(dappIcon(x.Dapp), look.Primary).Title(name, sub).Value(n.p.env.Text.Coins(x.Ticketed), state)
		row.ValueTone(tone)
		row.Done()
		n.work.Objects = append(n.work.Objects, kit.Tap(row, func() {
			n.p.env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerJob, Ref: x.Job})
		}).SetLabel(name))
	}
	if len(list) == 0 {
		text := t("contribute.work.none.on")
		if !n.p.now.Settings.Enabled {
			text = t("contribute.work.none.off")
		}
		n.work.Objects = []fyne.CanvasObject{kit.Empty("volunteer_activism", t("contribute.work.none"), text,
			kit.Secondary(t("contribute.work.board"), func() { n.p.env.Go(page.Route{Page: page.Work}) }))}
	}
	n.work.Refresh()
}
