package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// RowsOptions describe a list. R is the row's widget.
type RowsOptions[R fyne.CanvasObject] struct {
	Len    func() int         // how many there are
	Make   func() R           // a row with the height that rows have
	Fill   func(i int, row R) // shows the i-th in a row
	Tapped func(i int)        // may be nil
	Key    func(i int) string // what the i-th is, so that the selection stays with it; may be nil
	More   func()             // the end came near: load more; may be nil
	Keep   bool               // a tapped row stays selected
}

// Rows is a list of which only the rows that are seen exist. All rows have the
// height of the first.
type Rows[R fyne.CanvasObject] struct {
	widget.List
	o        RowsOptions[R]
	asked    int    // length at which More was asked for
	selected string // key of the selected row
}

// NewRows makes a list.
func NewRows[R fyne.CanvasObject](o RowsOptions[R]) *Rows[R] {
	r := &Rows[R]{o: o}
	r.Length = o.Len
	r.CreateItem = func() fyne.CanvasObject { return o.Make() }
	r.UpdateItem = func(i widget.ListItemID, obj fyne.CanvasObject) {
		if i < o.Len() {
			o.Fill(i, obj.(R))
			r.near(i)
		}
	}
	r.OnSelected = r.chosen
	r.ExtendBaseWidget(r)
	return r
}

// near asks for more when the end is near, once for each length.
func (r *Rows[R]) near(i int) {
	n := r.o.Len()
	if r.o.More != nil && i >= n-10 && r.asked != n {
		r.asked = n
		r.o.More()
	}
}

func (r *Rows[R]) chosen(i widget.ListItemID) {
	if r.o.Key != nil && i < r.o.Len() {
		r.selected = r.o.Key(i)
	}
	if !r.o.Keep {
		r.Unselect(i)
	}
	if r.o.Tapped != nil && i < r.o.Len() {
		r.o.Tapped(i)
	}
}

// Reload shows the list anew, with the place it was scrolled to.
func (r *Rows[R]) Reload() {
	r.asked = 0
	r.Refresh()
}

// grows makes a list take the room that is left.
func (r *Rows[R]) grows() {}
