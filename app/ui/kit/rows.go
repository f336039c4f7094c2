package kit

import (
	"fyne.io/fyne/v2"
	fynecontainer "fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// RowsOptions describe a list. R is the row's widget.
type RowsOptions[R fyne.CanvasObject] struct {
	Len    func() int         // how many there are
	Make   func() R           // a row; its height is that of all rows, unless Height is set
	Fill   func(i int, row R) // shows the i-th in a row
	Tapped func(i int)        // by a tap, Enter or Space; may be nil
	Key    func(i int) string // what the i-th is: place and selection stay with it; may be nil
	More   func()             // the end came near: load more; may be nil
	Before func()             // the beginning came near, as in a conversation; may be nil
	Keep   bool               // a tapped row stays selected
	End    bool               // what is added at the end scrolls into view, if the end was in view
	Whole  bool               // for short lists inside a scrolling page: the list does not scroll itself
	Plain  bool               // no lines between rows
	// Height is the height of the i-th row at a width, when rows differ; nil:
	// they do not. It is asked only for rows that come into view.
	Height func(i int, width float32) float32
}

// Rows is a list of which only the rows that are seen exist.
type Rows[R fyne.CanvasObject] struct {
	widget.BaseWidget
	o        RowsOptions[R]
	scroll   *fynecontainer.Scroll
	body     *fyne.Container
	heights  heights
	probe    fyne.CanvasObject // a row that is measured, never shown
	width    float32           // that the heights are for
	shown    map[int]*rowBox[R]
	pool     []*rowBox[R]
	cursor   int
	selected int
	chosen   string // the selected row's key
	focused  bool
	moreAt   int // length at which More was asked, likewise Before
	beforeAt int
	busy     bool
}

// NewRows makes a list.
func NewRows[R fyne.CanvasObject](o RowsOptions[R]) *Rows[R] {
	r := &Rows[R]{o: o, shown: make(map[int]*rowBox[R]), selected: -1, moreAt: -1, beforeAt: -1}
	r.body = container(&rowsLayout[R]{r})
	r.scroll = fynecontainer.NewVScroll(r.body)
	r.scroll.OnScrolled = func(fyne.Position) { r.update() }
	r.ExtendBaseWidget(r)
	return r
}

// grows makes a list take the room that is left.
func (r *Rows[R]) grows() {}

// HeightFor implements Flowing.
func (r *Rows[R]) HeightFor(width float32) float32 {
	if !r.o.Whole {
		return r.MinSize().Height
	}
	r.measure(width)
	for i := range r.heights.n {
		r.measureRow(i)
	}
	return r.heights.total()
}

// measure makes the heights fit the width and the number of rows.
func (r *Rows[R]) measure(width float32) {
	n := r.o.Len()
	if width == r.width && n == r.heights.n {
		return
	}
	r.width = width
	if r.probe == nil {
		r.probe = r.o.Make()
	}
	h := HeightFor(r.probe, width)
	if r.o.Height != nil {
		r.heights.reset(n, -1, max(20, h))
	} else {
		r.heights.reset(n, h, h)
	}
}

// measureRow measures a row whose height was guessed, and gives the difference.
func (r *Rows[R]) measureRow(i int) float32 {
	if r.heights.measured(i) {
		return 0
	}
	return r.heights.set(i, r.o.Height(i, r.width))
}

// update builds the rows that are in view and puts the others away.
func (r *Rows[R]) update() {
	size := r.Size()
	if r.busy || size.Width <= 0 || size.Height <= 0 {
		return
	}
	r.busy = true
	defer func() { r.busy = false }()
	r.measure(size.Width)
	first, last := r.visible(size.Height)
	for i, box := range r.shown {
		if i < first || i > last {
			delete(r.shown, i)
			box.Hide()
			r.pool = append(r.pool, box)
		}
	}
	for i := first; i <= last; i++ {
		box := r.shown[i]
		if box == nil {
			box = r.take()
			r.shown[i] = box
			box.fill(i)
		}
		box.Move(fyne.NewPos(0, r.heights.top(i)))
		box.Resize(fyne.NewSize(size.Width, r.heights.of(i)))
	}
	r.ask(first, last)
}

// visible measures what is in view and gives its first and last row; the last
// is before the first when there is none. What is in view stays at its place
// when rows above it turn out to be higher than guessed.
func (r *Rows[R]) visible(height float32) (first, last int) {
	n := r.heights.n
	if n == 0 {
		r.fit()
		return 0, -1
	}
	offset := r.scroll.Offset.Y
	before := r.heights.total()
	first = r.heights.at(offset)
	last = first
	for y := r.heights.top(first); ; last++ {
		delta := r.measureRow(last)
		if last == first && delta != 0 && y < offset {
			offset += delta
		}
		y += r.heights.of(last)
		if last == n-1 || y >= offset+height {
			break
		}
	}
	if r.heights.total() != before || r.body.Size().Height != max(r.heights.total(), 1) {
		r.fit()
	}
	if offset != r.scroll.Offset.Y {
		r.scroll.Offset.Y = offset
		r.scroll.Refresh()
	}
	return first, last
}

// fit makes the scrolled body as high as all rows together.
func (r *Rows[R]) fit() {
	r.body.Resize(fyne.NewSize(r.Size().Width, max(1, r.heights.total())))
	if most := max(0, r.heights.total()-r.Size().Height); r.scroll.Offset.Y > most {
		r.scroll.Offset.Y = most
	}
	r.scroll.Refresh()
}

// ask asks for more rows when an end is near, once for each length.
func (r *Rows[R]) ask(first, last int) {
	n := r.heights.n
	if r.o.More != nil && last >= n-10 && r.moreAt != n {
		r.moreAt = n
		r.o.More()
	}
	if r.o.Before != nil && first < 10 && n > 0 && r.beforeAt != n {
		r.beforeAt = n
		r.o.Before()
	}
}

// take gives a row to fill.
func (r *Rows[R]) take() *rowBox[R] {
	if n := len(r.pool); n > 0 {
		box := r.pool[n-1]
		r.pool = r.pool[:n-1]
		box.Show()
		return box
	}
	box := newRowBox(r)
	r.body.Objects = append(r.body.Objects, box)
	return box
}

// Reload shows the rows anew. What was in view stays there, by its Key.
func (r *Rows[R]) Reload() {
	r.moreAt, r.beforeAt = -1, -1
	atEnd := r.o.End && r.atEnd()
	key, below := r.anchor()
	r.width = -1
	r.measure(r.Size().Width)
	if i := r.find(key); i >= 0 {
		r.scroll.Offset.Y = r.heights.top(i) - below
	}
	if r.chosen != "" {
		r.selected = r.find(r.chosen)
	}
	for i, box := range r.shown {
		delete(r.shown, i)
		box.Hide()
		r.pool = append(r.pool, box)
	}
	r.cursor = max(0, min(r.cursor, r.heights.n-1))
	r.update()
	if atEnd {
		r.ScrollToBottom()
	}
	r.fit()
}

// Update fills the rows in view anew: same rows, other contents, heights as
// they were.
func (r *Rows[R]) Update() {
	for i, box := range r.shown {
		if i < r.o.Len() {
			box.fill(i)
		}
	}
}

// key is what a row is; "" when that is not known.
func (r *Rows[R]) key(i int) string {
	if r.o.Key == nil || i < 0 || i >= r.heights.n || i >= r.o.Len() {
		return ""
	}
	return r.o.Key(i)
}

// anchor is the row at the upper edge, and how far below the edge it begins.
func (r *Rows[R]) anchor() (key string, below float32) {
	first := -1
	for i, box := range r.shown {
		if box.key != "" && (first < 0 || i < first) && r.heights.top(i)+r.heights.of(i) > r.scroll.Offset.Y {
			first = i
		}
	}
	if first < 0 || r.scroll.Offset.Y <= 0 && r.o.Before == nil {
		return "", 0
	}
	return r.shown[first].key, r.heights.top(first) - r.scroll.Offset.Y
}

// find is the row with a key, -1 without.
func (r *Rows[R]) find(key string) int {
	if key == "" || r.o.Key == nil {
		return -1
	}
	for i := range r.o.Len() {
		if r.o.Key(i) == key {
			return i
		}
	}
	return -1
}

func (r *Rows[R]) atEnd() bool {
	return r.scroll.Offset.Y+r.Size().Height >= r.heights.total()-24
}

// ScrollToBottom shows the end.
func (r *Rows[R]) ScrollToBottom() {
	for range 64 { // heights near the end may have been guessed
		to := max(0, r.heights.total()-r.Size().Height)
		same := r.scroll.Offset.Y == to
		r.scroll.Offset.Y = to
		r.update()
		if same && r.heights.total()-r.Size().Height <= to {
			break
		}
	}
	r.scroll.Refresh()
}

// ScrollToTop shows the beginning.
func (r *Rows[R]) ScrollToTop() { r.scrollTo(0) }

// ScrollTo brings a row into view.
func (r *Rows[R]) ScrollTo(i int) {
	if i < 0 || i >= r.heights.n {
		return
	}
	top, height := r.heights.top(i), r.heights.of(i)
	switch view := r.scroll.Offset.Y; {
	case top < view:
		r.scrollTo(top)
	case top+height > view+r.Size().Height:
		r.scrollTo(top + height - r.Size().Height)
	}
}

func (r *Rows[R]) scrollTo(y float32) {
	r.scroll.Offset.Y = max(0, min(y, r.heights.total()-r.Size().Height))
	r.update()
	r.scroll.Refresh()
}

// Offset is how far the list is scrolled; ScrollToOffset goes back there.
func (r *Rows[R]) Offset() float32 { return r.scroll.Offset.Y }

// ScrollToOffset scrolls to what Offset gave.
func (r *Rows[R]) ScrollToOffset(y float32) { r.scrollTo(y) }

// Select marks a row, without a tap; -1 marks none.
func (r *Rows[R]) Select(i int) {
	r.selected, r.chosen = i, r.key(i)
	for _, box := range r.shown {
		box.paint()
	}
}

// Selected is the marked row, -1 for none.
func (r *Rows[R]) Selected() int { return r.selected }

func (r *Rows[R]) tapped(i int) {
	if i < 0 || i >= r.o.Len() {
		return
	}
	r.cursor = i
	if r.o.Keep {
		r.Select(i)
	}
	if r.o.Tapped != nil {
		r.o.Tapped(i)
	}
}

// CreateRenderer implements fyne.Widget.
func (r *Rows[R]) CreateRenderer() fyne.WidgetRenderer { return &rowsRenderer[R]{r} }

type rowsRenderer[R fyne.CanvasObject] struct{ r *Rows[R] }

func (d *rowsRenderer[R]) Destroy()                     {}
func (d *rowsRenderer[R]) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{d.r.scroll} }

func (d *rowsRenderer[R]) MinSize() fyne.Size {
	if d.r.o.Whole && d.r.Size().Width > 0 {
		return fyne.NewSize(100, d.r.HeightFor(d.r.Size().Width))
	}
	return fyne.NewSize(100, 80)
}

func (d *rowsRenderer[R]) Layout(size fyne.Size) {
	r := d.r
	if size.Width != r.width { // what was in view stays there
		first, below := r.heights.at(r.scroll.Offset.Y), float32(0)
		end := r.o.End && r.atEnd()
		if r.heights.n > 0 {
			below = r.scroll.Offset.Y - r.heights.top(first)
		}
		r.scroll.Resize(size)
		r.measure(size.Width)
		r.fit()
		if first < r.heights.n && r.scroll.Offset.Y > 0 {
			r.scroll.Offset.Y = r.heights.top(first) + below
		}
		if end {
			r.ScrollToBottom()
		}
	}
	r.scroll.Resize(size)
	r.update()
}

func (d *rowsRenderer[R]) Refresh() {
	d.r.width = -1 // a theme may have other sizes
	d.Layout(d.r.Size())
	d.r.scroll.Refresh()
}

// rowsLayout lets the rows stay where update put them.
type rowsLayout[R fyne.CanvasObject] struct{ r *Rows[R] }

func (l *rowsLayout[R]) Layout([]fyne.CanvasObject, fyne.Size) { l.r.update() }
func (l *rowsLayout[R]) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(0, l.r.heights.total())
}
