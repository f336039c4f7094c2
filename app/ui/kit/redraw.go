package kit

import "fyne.io/fyne/v2"

// inner is a widget of the kit that is made of others.
type inner interface{ inside() fyne.CanvasObject }

func (c *composite) inside() fyne.CanvasObject { return c.content }
func (p *Press) inside() fyne.CanvasObject     { return p.content }
func (s *Scroller) inside() fyne.CanvasObject  { return s.inner }

// labelled is something that can have the focus and says what it does.
type labelled interface {
	fyne.Focusable
	Label() string
}

// walk calls fn for what is in o, as far as the kit made it, until fn says stop.
func walk(o fyne.CanvasObject, fn func(fyne.CanvasObject) (stop bool)) bool {
	if o == nil || fn(o) {
		return o != nil
	}
	switch x := o.(type) {
	case *fyne.Container:
		for _, child := range x.Objects {
			if walk(child, fn) {
				return true
			}
		}
	case inner:
		return walk(x.inside(), fn)
	}
	return false
}

// where is a place among all that are called the same.
type where struct {
	label string
	nth   int
}

// Redraw runs draw, which makes what is in root anew, and then leaves things as
// a person had them: the focus is where it was, and details that were open are
// open. Pages redraw because a block came, in the middle of what somebody does.
func (k *Kit) Redraw(root fyne.CanvasObject, draw func()) {
	focus, focused := k.focusIn(root)
	open := make(map[where]bool)
	eachDetails(root, func(w where, e *Expander) { open[w] = e.Open() })
	draw()
	eachDetails(root, func(w where, e *Expander) {
		if open[w] && !e.Open() {
			e.SetOpen(true)
		}
	})
	if !focused {
		return
	}
	seen := 0
	walk(root, func(o fyne.CanvasObject) bool {
		if l, ok := o.(labelled); ok && l.Label() == focus.label {
			if seen++; seen == focus.nth {
				k.Canvas.Focus(l)
				return true
			}
		}
		return false
	})
}

// focusIn finds what has the focus in root.
func (k *Kit) focusIn(root fyne.CanvasObject) (w where, ok bool) {
	if k.Canvas == nil || k.Canvas.Overlays().Top() != nil {
		return w, false
	}
	now, is := k.Canvas.Focused().(labelled)
	if !is || now.Label() == "" {
		return w, false
	}
	w.label = now.Label()
	ok = walk(root, func(o fyne.CanvasObject) bool {
		l, is := o.(labelled)
		if is && l.Label() == w.label {
			w.nth++
		}
		return is && l == now
	})
	return w, ok
}

func eachDetails(root fyne.CanvasObject, fn func(where, *Expander)) {
	seen := make(map[string]int)
	walk(root, func(o fyne.CanvasObject) bool {
		if e, ok := o.(*Expander); ok {
			seen[e.title]++
			fn(where{e.title, seen[e.title]}, e)
		}
		return false
	})
}
