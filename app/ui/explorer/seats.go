package explorer

import (
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// seats is who may make blocks in this epoch.
type seats struct {
	section
	epoch  uint64
	change *page.Coalesce
}

func newSeats(s section) *seats {
	p := &seats{section: s}
	fetch(&p.section, p.env.Backend.Seats, p.draw)
	p.change = page.NewCoalesce(p.scope, 10*time.Second, p.again)
	return p
}

func (p *seats) event(e view.Event) {
	if e.Kind == view.EventTip {
		p.change.Ask()
	}
}

// ringParts are drawn by themselves; the rest is one part.
const ringParts = 6

func (p *seats) draw(v view.Seats) {
	t, n := p.env.T, p.env.Text
	p.epoch = v.Epoch
	if len(v.Holders) == 0 {
		p.body.Objects = []fyne.CanvasObject{kit.Empty("gavel", t("explorer.seats.none"), t("explorer.seats.none.text"), nil)}
		p.body.Refresh()
		return
	}
	var parts []kit.Part
	rest := 0
	for i, h := range v.Holders {
		if i >= ringParts {
			rest += h.Seats
			continue
		}
		name := h.Label
		if name == "" {
			name = short(h.Address)
		}
		parts = append(parts, kit.Part{Label: name, Text: p.number(h.Seats), Value: float64(h.Seats)})
	}
	if rest > 0 {
		parts = append(parts, kit.Part{Label: t("explorer.seats.others"), Text: p.number(rest), Value: float64(rest), Color: look.Track})
	}
	ring := kit.Donut(170)
	ring.Set(parts, p.number(v.Total), t("explorer.seats.seats"))
	table := kit.NewTable(kit.TableOptions{
		Columns: []kit.TableColumn{{Title: t("explorer.fact.address"), Weight: 3, Main: true}, {Title: t("explorer.fact.weight"), Right: true}, {Title: t("explorer.fact.seats"), Right: true}},
		Len:     func() int { return len(v.Holders) },
		Cell: func(row, column int) kit.Cell {
			h := v.Holders[row]
			switch column {
			case 0:
				name := h.Label
				switch {
				case h.Own:
					name = t("explorer.address.own")
				case name == "":
					name = short(h.Address)
				}
				return kit.Cell{Text: name}
			case 1:
				return kit.Cell{Text: n.Amount(h.Weight)}
			}
			return kit.Cell{Text: p.number(h.Seats)}
		},
		Tapped: func(row int) { p.open(page.ExplorerAddress, v.Holders[row].Address) },
	})
	p.set(kit.Card(t("explorer.seats.title", "epoch", n.Number(int64(v.Epoch))), nil, kit.Column(kit.Paragraph(t("explorer.seats.help")), ring)),
		kit.PanelPad(0, kit.MinHeight(360, table)))
}
