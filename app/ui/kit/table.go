package kit

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/look"
)

// Cell is what a table shows at one place.
type Cell struct {
	Text  string
	Tone  look.Tone
	Pill  bool // as a state
	Mono  bool
	Bold  bool
	Muted bool
}

// TableColumn is a column of a table. In a narrow place a row becomes two
// lines: the main column's text and the last column's at the first, the others
// at the second.
type TableColumn struct {
	Title  string
	Weight float32 // share of the width; 0: 1
	Right  bool    // numbers
	Main   bool    // stands out in a narrow place; one column
	Hide   bool    // left out in a narrow place
}

// TableOptions describe a table.
type TableOptions struct {
	Columns []TableColumn
	Len     func() int
	Cell    func(row, column int) Cell
	Tapped  func(row int)        // may be nil
	Key     func(row int) string // may be nil
	More    func()               // may be nil
}

// DataTable shows rows under a header, of which only those that are seen
// exist.
type DataTable struct {
	composite
	o    TableOptions
	head *tableRow
	Rows *Rows[*tableRow]
}

// NewTable makes a table.
func NewTable(o TableOptions) *DataTable {
	t := &DataTable{o: o, head: newTableRow(o.Columns)}
	for i, c := range o.Columns {
		t.head.cells[i].Set(c.Title)
		t.head.cells[i].size, t.head.cells[i].tone = look.SizeSmall, look.Muted
		t.head.cells[i].style.Bold = true
	}
	t.head.header = true
	t.Rows = NewRows(RowsOptions[*tableRow]{
		Len: o.Len, Make: func() *tableRow { return newTableRow(o.Columns) }, Fill: t.fill,
		Tapped: o.Tapped, Key: o.Key, More: o.More,
	})
	t.content = container(&tableLayout{}, PadXY(0, 0, t.head), Divider(), t.Rows)
	t.ExtendBaseWidget(t)
	return t
}

// Reload shows the rows anew.
func (t *DataTable) Reload() { t.Rows.Reload() }

func (t *DataTable) grows() {}

func (t *DataTable) fill(i int, r *tableRow) {
	for j := range t.o.Columns {
		c := t.o.Cell(i, j)
		text, pill := r.cells[j], r.pills[j]
		if c.Pill {
			pill.Set(c.Tone, c.Text)
			text.Set("")
			continue
		}
		pill.Set(look.Plain, "")
		tone := c.Tone
		if c.Muted {
			tone = look.Muted
		}
		style := fyne.TextStyle{Bold: c.Bold, Monospace: c.Mono}
		if text.style != style || text.tone != tone {
			text.style, text.tone = style, tone
			text.Refresh()
		}
		text.Set(c.Text)
	}
	r.Refresh()
}

// tableLayout puts header, line and rows below each other.
type tableLayout struct{}

func (tableLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	if size.Width >= Narrow {
		h := o[0].MinSize().Height
		place(o[0], 0, 0, size.Width, h)
		place(o[1], 0, h, size.Width, 1)
		y = h + 1
	}
	show(o[0], size.Width >= Narrow)
	show(o[1], size.Width >= Narrow)
	place(o[2], 0, y, size.Width, max(0, size.Height-y))
}

func (tableLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	m := o[2].MinSize()
	return fyne.NewSize(m.Width, m.Height+40)
}

// tableRow is one row, or the header.
type tableRow struct {
	composite
	columns []TableColumn
	cells   []*Text
	pills   []*PillMark
	header  bool
}

func newTableRow(columns []TableColumn) *tableRow {
	r := &tableRow{columns: columns}
	box := container(&tableRowLayout{r: r})
	for _, c := range columns {
		t := Body("").Truncate()
		if c.Right {
			t.Align(fyne.TextAlignTrailing)
		}
		p := Pill(look.Plain, "")
		r.cells, r.pills = append(r.cells, t), append(r.pills, p)
		box.Objects = append(box.Objects, t, p)
	}
	r.content = box
	r.ExtendBaseWidget(r)
	return r
}

type tableRowLayout struct{ r *tableRow }

// rowPad is the room at the ends of a row and between its lines.
const rowPad = 12

func (l *tableRowLayout) line() float32 { return l.r.cells[0].lineHeight() }

func (l *tableRowLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(120, l.heightFor(nil, l.r.Size().Width))
}

func (l *tableRowLayout) heightFor(_ []fyne.CanvasObject, width float32) float32 {
	if width > 0 && width < Narrow && !l.r.header {
		return 2*l.line() + 4 + 2*rowPad*0.75
	}
	return l.line() + 2*rowPad
}

func (l *tableRowLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	if size.Width < Narrow && !l.r.header {
		l.two(size)
		return
	}
	sum := float32(0)
	for _, c := range l.r.columns {
		sum += weight(c)
	}
	room := size.Width - 2*rowPad - rowPad*float32(len(l.r.columns)-1)
	x := float32(rowPad)
	for i, c := range l.r.columns {
		w := room * weight(c) / sum
		l.put(i, x, (size.Height-l.line())/2, w, c.Right)
		x += w + rowPad
	}
}

func weight(c TableColumn) float32 {
	if c.Weight == 0 {
		return 1
	}
	return c.Weight
}

// put places the text or the pill of a column.
func (l *tableRowLayout) put(i int, x, y, w float32, right bool) {
	t, p := l.r.cells[i], l.r.pills[i]
	show(t, t.s != "")
	if t.align = fyne.TextAlignLeading; right {
		t.align = fyne.TextAlignTrailing
	}
	place(t, x, y, w, l.line())
	m := p.MinSize()
	pw := min(w, m.Width)
	if right {
		x += w - pw
	}
	place(p, x, y+(l.line()-m.Height)/2, pw, m.Height)
}

// two lays a row out in two lines.
func (l *tableRowLayout) two(size fyne.Size) {
	main, last := 0, len(l.r.columns)-1
	for i, c := range l.r.columns {
		if c.Main {
			main = i
		}
	}
	room := size.Width - 2*rowPad
	right := min(room*0.5, l.want(last))
	first, second := float32(rowPad)*0.75, rowPad*0.75+l.line()+4
	l.put(main, rowPad, first, room-right-8, false)
	if main != last {
		l.put(last, rowPad+room-right, first, right, true)
	}
	x := float32(rowPad)
	for i, c := range l.r.columns {
		if i == main || i == last {
			continue
		}
		w := min(l.want(i), rowPad+room-x)
		if c.Hide || w < 20 {
			show(l.r.cells[i], false)
			show(l.r.pills[i], false)
			continue
		}
		l.put(i, x, second, w, false)
		x += w + 12
	}
}

// want is the width that a column's content would like.
func (l *tableRowLayout) want(i int) float32 {
	t, p := l.r.cells[i], l.r.pills[i]
	w := float32(0)
	if t.s != "" {
		w = t.measure(t.s).Width + 1
	}
	if p.Text() != "" {
		w = max(w, p.MinSize().Width)
	}
	return w
}
