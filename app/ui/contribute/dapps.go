package contribute

import (
	"reflect"
	"slices"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/view"
)

// dapps switches the kinds of work, each with what it brought.
type dapps struct {
	p    *Page
	list *fyne.Container
	body fyne.CanvasObject
	// shown is what is drawn; undo tells that a switch shows what the node may
	// refuse.
	shown view.Contribution
	drawn bool
	undo  bool
}

func newDapps(p *Page) *dapps {
	d := &dapps{p: p, list: kit.Loose()}
	d.body = kit.ScrollCards(d.list)
	d.update(p.now)
	return d
}

func (d *dapps) object() fyne.CanvasObject { return d.body }

func (d *dapps) update(c view.Contribution) {
	t, w := d.p.env.T, d.p.env.Text
	if d.drawn && reflect.DeepEqual(c.Dapps, d.shown.Dapps) && reflect.DeepEqual(c.Engines, d.shown.Engines) && !d.undo {
		return // the focus stays where it is
	}
	d.shown, d.drawn, d.undo = c, true, false
	d.list.Objects = nil
	for _, x := range c.Dapps {
		line := kit.SwitchRow(dappName(d.p.env, x.Name), d.p.env.N("contribute.dapps.open", x.Open), x.On, func(on bool) { d.turn(x.Name, on) })
		rows := []fyne.CanvasObject{line, kit.Facts(
			kit.Fact{Label: t("contribute.dapps.earned"), Value: w.Amount(x.Earned), Strong: true},
			kit.Fact{Label: t("contribute.dapps.jobs"), Value: w.Number(int64(x.Jobs))})}
		if !x.Can {
			rows = append(rows, kit.Hint(look.Warn, t("contribute.dapps.cannot"), x.Why, nil))
		}
		if x.Name == "render" {
			rows = append(rows, d.engines(c.Engines))
		}
		d.list.Objects = append(d.list.Objects, kit.Panel(kit.Column(rows...)))
	}
	if len(c.Dapps) == 0 {
		d.list.Objects = []fyne.CanvasObject{kit.Empty("apps", t("contribute.dapps.none"), t("contribute.dapps.none.text"), nil)}
	}
	d.list.Refresh()
}

func (d *dapps) turn(name string, on bool) {
	d.undo = true
	d.p.save(func(s *view.ContributionSettings) {
		s.Off = slices.DeleteFunc(slices.Clone(s.Off), func(o string) bool { return o == name })
		if !on {
			s.Off = append(s.Off, name)
		}
	})
}

// engines tells which rendering programs this machine has.
func (d *dapps) engines(list []view.RenderEngine) fyne.CanvasObject {
	t := d.p.env.T
	rows := kit.Column()
	for _, e := range list {
		pill := kit.Pill(look.Success, t("contribute.engine.usable"))
		about := t("contribute.engine.version", "version", e.Version)
		if !e.Usable {
			pill, about = kit.Pill(look.Muted, t("contribute.engine.missing")), e.Why
		}
		rows.Add(kit.Between(kit.Tight(kit.Strong(e.Name), kit.Small(about).Wrap()), pill))
	}
	if len(list) == 0 {
		rows.Add(kit.Muted(t("contribute.engine.none")).Wrap())
	}
	return kit.Details(t("contribute.engines"), rows)
}
