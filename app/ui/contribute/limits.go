package contribute

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// limits is how much of the machine is given, and when. Changes count at once:
// there is no button that could be forgotten.
type limits struct {
	p      *Page
	s      view.ContributionSettings // as shown
	body   *fyne.Container
	scroll *kit.Scroller
}

func newLimits(p *Page) *limits {
	l := &limits{p: p, body: kit.Loose()}
	l.scroll = kit.ScrollCards(l.body)
	l.draw(p.now.Settings)
	return l
}

func (l *limits) object() fyne.CanvasObject { return l.scroll }

// update draws anew when the node has other settings than those on the screen.
func (l *limits) update(c view.Contribution) {
	if !same(l.s, c.Settings) {
		l.draw(c.Settings)
	}
}

// same compares settings by their content.
func same(a, b view.ContributionSettings) bool {
	la, lb := strings.Join(a.Off, ",")+"|"+strings.Join(a.Pause.Programs, ","), strings.Join(b.Off, ",")+"|"+strings.Join(b.Pause.Programs, ",")
	pa, pb := a.Pause, b.Pause
	pa.Programs, pb.Programs = nil, nil
	return la == lb && a.Enabled == b.Enabled && a.Disk == b.Disk && a.Upload == b.Upload && a.Download == b.Download && a.MaxJobs == b.MaxJobs &&
		a.Cores == b.Cores && a.Memory == b.Memory && a.CPU == b.CPU && a.IdleAfter == b.IdleAfter && a.InUse == b.InUse && a.Hours == b.Hours &&
		pa.Battery == pb.Battery && pa.Charge == pb.Charge && pa.Celsius == pb.Celsius && pa.Metered == pb.Metered && pa.Busy == pb.Busy
}

// put changes settings at the node, and here until it answers.
func (l *limits) put(change func(*view.ContributionSettings)) {
	change(&l.s)
	want := l.s
	l.p.save(func(s *view.ContributionSettings) { *s = want })
}

func (l *limits) draw(s view.ContributionSettings) {
	l.s = s
	t := l.p.env.T
	l.body.Objects = []fyne.CanvasObject{
		kit.Columns(360,
			kit.Card(t("contribute.limits.idle"), nil, l.idle()),
			kit.Card(t("contribute.limits.inuse"), nil, l.inUse())),
		kit.Card(t("contribute.hours"), nil, l.hours()),
		kit.Card(t("contribute.rules"), nil, l.rules()),
	}
	l.body.Refresh()
}

func (l *limits) idle() fyne.CanvasObject {
	t, m := l.p.env.T, l.p.now.Machine
	return kit.Column(
		kit.Field(t("contribute.idleafter"), l.choose([]int64{60, 180, 300, 900, 1800}, l.s.IdleAfter, func(n int64) string {
			return l.p.env.Text.Duration(time.Duration(n) * time.Second)
		}, func(s *view.ContributionSettings, n int64) { s.IdleAfter = n })),
		l.percent(l.s.CPU, func(s *view.ContributionSettings, n int) { s.CPU = n }),
		l.cores(l.s.Cores, func(s *view.ContributionSettings, n int) { s.Cores = n }),
		l.memory(l.s.Memory, m.Memory, func(s *view.ContributionSettings, n int64) { s.Memory = n }),
		l.rate("contribute.upload", l.s.Upload, func(s *view.ContributionSettings, n int64) { s.Upload = n }),
		l.rate("contribute.download", l.s.Download, func(s *view.ContributionSettings, n int64) { s.Download = n }),
		kit.Field(t("contribute.disk"), l.choose([]int64{1e9, 5e9, 10e9, 20e9, 50e9, 100e9, 500e9, 0}, l.s.Disk, l.bytes, func(s *view.ContributionSettings, n int64) { s.Disk = n })),
		kit.Field(t("contribute.maxjobs"), l.choose([]int64{1, 2, 4, 8, 16, 32}, int64(l.s.MaxJobs), l.p.env.Text.Number, func(s *view.ContributionSettings, n int64) { s.MaxJobs = int(n) })),
	)
}

func (l *limits) inUse() fyne.CanvasObject {
	t, m, u := l.p.env.T, l.p.now.Machine, l.s.InUse
	off := kit.SwitchRow(t("contribute.inuse.work"), t("contribute.inuse.work.text"), !u.Off, func(on bool) {
		l.put(func(s *view.ContributionSettings) { s.InUse.Off = !on })
		l.draw(l.s)
	})
	if u.Off {
		return kit.Column(off)
	}
	return kit.Column(off,
		l.percent(u.CPU, func(s *view.ContributionSettings, n int) { s.InUse.CPU = n }),
		l.cores(u.Cores, func(s *view.ContributionSettings, n int) { s.InUse.Cores = n }),
		l.memory(u.Memory, m.Memory, func(s *view.ContributionSettings, n int64) { s.InUse.Memory = n }),
		l.rate("contribute.upload", u.Upload, func(s *view.ContributionSettings, n int64) { s.InUse.Upload = n }),
		l.rate("contribute.download", u.Download, func(s *view.ContributionSettings, n int64) { s.InUse.Download = n }),
		kit.Small(t("contribute.inuse.help")).Wrap(),
	)
}

// choose offers amounts, the one in force among them.
func (l *limits) choose(options []int64, now int64, words func(int64) string, put func(*view.ContributionSettings, int64)) *kit.SelectBox {
	at := -1
	for i, o := range options {
		if o == now {
			at = i
		}
	}
	if at < 0 { // in its place; what has no limit stands at an end
		at = 0
		for at < len(options) && options[at] < now && options[at] != 0 {
			at++
		}
		options = slices.Insert(slices.Clone(options), at, now)
	}
	names := make([]string, len(options))
	for i, o := range options {
		names[i] = words(o)
	}
	return kit.Select(names, at, func(i int) { l.put(func(s *view.ContributionSettings) { put(s, options[i]) }) })
}

func (l *limits) bytes(n int64) string {
	if n == 0 {
		return l.p.env.T("contribute.nolimit")
	}
	return l.p.env.Text.Bytes(n)
}

func (l *limits) percent(now int, put func(*view.ContributionSettings, int)) fyne.CanvasObject {
	if now == 0 {
		now = 100
	}
	return kit.Field(l.p.env.T("contribute.cpu"), kit.Slider(kit.SliderOptions{Min: 5, Max: 100, Step: 5, Value: float64(now),
		Format: func(v float64) string { return l.p.env.Text.Percent(v / 100) },
		Ended: func(v float64) {
			n := int(v)
			if n == 100 {
				n = 0
			}
			l.put(func(s *view.ContributionSettings) { put(s, n) })
		}}))
}

func (l *limits) cores(now int, put func(*view.ContributionSettings, int)) fyne.CanvasObject {
	all := max(l.p.now.Machine.Cores, now, 1)
	if now == 0 {
		now = all
	}
	if all == 1 {
		return kit.Field(l.p.env.T("contribute.cores"), kit.Muted(l.p.env.N("contribute.cores.n", 1)))
	}
	return kit.Field(l.p.env.T("contribute.cores"), kit.Slider(kit.SliderOptions{Min: 1, Max: float64(all), Step: 1, Value: float64(now),
		Format: func(v float64) string { return l.p.env.N("contribute.cores.n", int(v)) },
		Ended: func(v float64) {
			n := int(v)
			if n == all {
				n = 0
			}
			l.put(func(s *view.ContributionSettings) { put(s, n) })
		}}))
}

// memory offers parts of what the machine has; 0 is half.
func (l *limits) memory(now, all int64, put func(*view.ContributionSettings, int64)) fyne.CanvasObject {
	options := []int64{0}
	for _, o := range []int64{1e9, 2e9, 4e9, 8e9, 16e9, 32e9, 64e9} {
		if all == 0 || o < all {
			options = append(options, o)
		}
	}
	return kit.Field(l.p.env.T("contribute.memory"), l.choose(options, now, func(n int64) string {
		if n == 0 {
			return l.p.env.T("contribute.memory.half")
		}
		return l.p.env.Text.Bytes(n)
	}, put))
}

func (l *limits) rate(title text.Key, now int64, put func(*view.ContributionSettings, int64)) fyne.CanvasObject {
	options := []int64{100e3, 250e3, 500e3, 1e6, 2e6, 5e6, 10e6, 20e6, 50e6, 0}
	return kit.Field(l.p.env.T(title), l.choose(options, now, func(n int64) string {
		if n == 0 {
			return l.p.env.T("contribute.nolimit")
		}
		return l.p.env.Text.Rate(n)
	}, put))
}

func (l *limits) hours() fyne.CanvasObject {
	t := l.p.env.T
	days := [7]string{t("contribute.day.sun"), t("contribute.day.mon"), t("contribute.day.tue"), t("contribute.day.wed"), t("contribute.day.thu"), t("contribute.day.fri"), t("contribute.day.sat")}
	shown := [7]uint32(l.s.Hours)
	if l.s.Hours.Always() {
		shown = all()
	}
	grid := kit.WeekGrid(shown, days, func(h [7]uint32) { l.put(func(s *view.ContributionSettings) { s.Hours = chosen(h) }) })
	always := kit.Secondary(t("contribute.hours.always"), func() {
		l.put(func(s *view.ContributionSettings) { s.Hours = view.Hours{} })
		l.draw(l.s)
	}).Small()
	nights := kit.Secondary(t("contribute.hours.nights"), func() {
		l.put(func(s *view.ContributionSettings) { s.Hours = nightly() })
		l.draw(l.s)
	}).Small()
	return kit.Column(kit.Muted(t("contribute.hours.text")).Wrap(), kit.Flow(always, nights), grid)
}

func all() (h [7]uint32) {
	for i := range h {
		h[i] = view.AllHours
	}
	return h
}

// chosen keeps "always" apart from "never": no hour at all would be the same as
// every hour, so the last hour of the week stays.
func chosen(h [7]uint32) view.Hours {
	switch h {
	case all():
		return view.Hours{}
	case [7]uint32{}:
		return view.Hours{6: 1 << 23}
	}
	return h
}

// nightly is from ten in the evening to seven, and the whole weekend.
func nightly() (h view.Hours) {
	const night = 1<<22 | 1<<23 | 1<<7 - 1
	for i := range h {
		h[i] = night
	}
	h[0], h[6] = view.AllHours, view.AllHours
	return h
}

func (l *limits) rules() fyne.CanvasObject {
	t, r := l.p.env.T, l.s.Pause
	percent := func(n int64) string { return l.p.env.Text.Percent(float64(n) / 100) }
	never := func(words func(int64) string) func(int64) string {
		return func(n int64) string {
			if n == 0 {
				return t("contribute.rule.never")
			}
			return words(n)
		}
	}
	programs := kit.Entry(t("contribute.rule.programs.example"))
	programs.SetText(strings.Join(r.Programs, ", "))
	save := kit.Secondary(t("contribute.rule.programs.save"), func() {
		l.put(func(s *view.ContributionSettings) { s.Pause.Programs = names(programs.Text) })
		l.p.env.Toast(look.Success, t("contribute.saved"))
	}).Small()
	programs.OnSubmitted = func(string) { save.Tapped(nil) }
	return kit.Column(
		kit.SwitchRow(t("contribute.rule.battery"), "", r.Battery, func(on bool) { l.put(func(s *view.ContributionSettings) { s.Pause.Battery = on }) }),
		kit.SwitchRow(t("contribute.rule.metered"), "", r.Metered, func(on bool) { l.put(func(s *view.ContributionSettings) { s.Pause.Metered = on }) }),
		kit.Columns(240,
			kit.Field(t("contribute.rule.charge"), l.choose([]int64{0, 20, 40, 60, 80}, int64(r.Charge), never(percent), func(s *view.ContributionSettings, n int64) { s.Pause.Charge = int(n) })),
			kit.Field(t("contribute.rule.celsius"), l.choose([]int64{0, 60, 70, 75, 80, 85, 90, 95}, int64(r.Celsius), never(func(n int64) string {
				return t("contribute.celsius", "n", strconv.FormatInt(n, 10))
			}), func(s *view.ContributionSettings, n int64) { s.Pause.Celsius = int(n) })),
			kit.Field(t("contribute.rule.busy"), l.choose([]int64{0, 10, 25, 50, 75, 90}, int64(r.Busy), never(percent), func(s *view.ContributionSettings, n int64) { s.Pause.Busy = int(n) })),
		),
		kit.Field(t("contribute.rule.programs"), kit.RowGap(8, kit.Grow(programs), save)).Help(t("contribute.rule.programs.help")),
	)
}

// names reads names of programs, separated by commas.
func names(s string) []string {
	out := []string{}
	for n := range strings.SplitSeq(s, ",") {
		if n = strings.TrimSpace(n); n != "" {
			out = append(out, n)
		}
	}
	return out
}
