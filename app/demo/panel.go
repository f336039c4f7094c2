package demo

import (
	"fmt"
	"strings"

	"supercomputing/app/view"
)

// panelWidth is the most characters of a panel's line: more could wrap, and
// then the panel would not find its beginning again.
const panelWidth = 78

// lines draws the job: a character for each tile, a line for each node, the
// checks.
func (w *watch) lines(j view.JobDetail) []string {
	out := grid(j.Render, w.d.digit)
	out = append(out, "")
	for _, p := range w.d.workers {
		out = append(out, nodeLine(p.name, p.identity, j))
	}
	c := j.Render.Checks
	return append(out, fmt.Sprintf("checks  %s repeated by nodes, %d by the requester: %.0f %% of work",
		count(c.Repeated, "tile"), c.Own, 100*c.Share))
}

// digit is the sign of a node in the grid.
func (d *demo) digit(address string) rune {
	for i, p := range d.workers {
		if p.identity == address {
			return rune('1' + i)
		}
	}
	return 'r' // the requester itself
}

// grid draws all tiles, or all frames where tiles are too many to see.
func grid(r *view.RenderDetail, digit func(string) rune) []string {
	const most = 8 * panelWidth
	var cells []rune
	for _, f := range r.Frames {
		for _, t := range tilesOf(f) {
			cells = append(cells, sign(t, digit))
		}
	}
	if len(cells) > most {
		cells = cells[:0]
		for _, f := range r.Frames {
			cells = append(cells, sign(view.RenderTile{State: f.State}, digit))
		}
	}
	cells = cells[:min(len(cells), most)]
	var out []string
	for len(cells) > 0 {
		n := min(len(cells), panelWidth-len(margin))
		out = append(out, string(cells[:n]))
		cells = cells[n:]
	}
	return append(out, "· waits   1-4 who has it   ▒ is checked   █ done")
}

// sign is what a tile looks like.
func sign(t view.RenderTile, digit func(string) rune) rune {
	switch t.State {
	case view.TileLeased:
		if t.Node == "" {
			return '░'
		}
		return digit(t.Node)
	case view.TileChecking:
		return '▒'
	case view.TileDone:
		return '█'
	case view.TileFailed:
		return '×'
	}
	return '·'
}

// nodeLine tells what a node does and has.
func nodeLine(name, address string, j view.JobDetail) string {
	var now []string
	brought := 0
	for _, f := range j.Render.Frames {
		for _, t := range f.Tiles {
			switch {
			case t.Node != address:
			case t.State == view.TileLeased:
				now = append(now, fmt.Sprint(f.Frame))
			case t.State == view.TileDone, t.State == view.TileChecking:
				brought++
			}
		}
	}
	doing, brings := "-", ""
	if len(now) > 0 {
		doing = "has " + strings.Join(now[:min(len(now), 3)], ",")
	}
	for _, n := range j.Nodes {
		if n.Address == address {
			brings = fmt.Sprintf(" %-10s score %v", count(n.Audits, "check"), n.Ticketed)
			if away := map[string]string{"lost": "not connected", "dropped": "dropped", "done": "done"}[n.State]; away != "" {
				doing = away
			}
		}
	}
	return fmt.Sprintf("%-7s %-15s %-9s", name, doing, count(brought, "tile")) + brings
}

// summary is the panel in one line.
func summary(j view.JobDetail) string {
	delivered, open := tally(j.Render)
	at := 0
	for _, f := range j.Render.Frames {
		for _, t := range f.Tiles {
			if t.State == view.TileLeased {
				at++
			}
		}
	}
	c := j.Render.Checks
	return fmt.Sprintf("tiles %d of %d, %d with nodes, %d repeated by nodes and %d by the requester, on the chain %v (%s)",
		delivered, delivered+open, at, c.Repeated, c.Own, j.Scored, j.State)
}
