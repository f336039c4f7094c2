package kit

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
)

// SheetOptions describe a dialog.
type SheetOptions struct {
	Title   string
	Text    string            // a sentence under the title; may be empty
	Content fyne.CanvasObject // may be nil
	Actions []*Button         // the primary one last; Enter taps it
	Width   float32           // 0: 480
	Keep    bool              // Esc and the cross do not close it
	Closed  func()            // after it was closed, by whatever
}

// Sheet is a modal dialog. In a narrow window it fills the window.
type Sheet struct {
	widget.BaseWidget
	kit   *Kit
	o     SheetOptions
	scrim *SurfaceBox
	card  *fyne.Container
	back  *SurfaceBox
	open  bool
	shown bool // it is on the window
}

// sheetPad is the room inside a dialog.
const sheetPad = 24

// Sheet opens a dialog.
func (k *Kit) Sheet(o SheetOptions) *Sheet {
	if o.Width == 0 {
		o.Width = 480
	}
	s := &Sheet{kit: k, o: o, scrim: Surface(look.Scrim, 0), open: true}
	s.back = Surface(look.Card, 14).Shadowed()
	s.card = Stack(s.back, PadXY(0, sheetPad, s.body()))
	s.ExtendBaseWidget(s)
	s.show()
	return s
}

// show puts the dialog onto the window, once that may show one.
func (s *Sheet) show() {
	if !s.open || s.kit.wait(s.show) {
		return
	}
	s.kit.listen(s)
	s.kit.Canvas.Overlays().Add(s)
	s.Resize(s.kit.Canvas.Size())
	s.shown = true
}

func (s *Sheet) body() fyne.CanvasObject {
	head := []fyne.CanvasObject{}
	if s.o.Title != "" {
		head = append(head, Heading(s.o.Title).Wrap())
	}
	if s.o.Text != "" {
		head = append(head, Muted(s.o.Text).Wrap())
	}
	var parts []fyne.CanvasObject
	if len(head) > 0 {
		parts = append(parts, PadXY(sheetPad, 0, Tight(head...)))
	}
	if s.o.Content != nil {
		// The scrolled part is a little wider, so that borders and focus rings
		// of fields at its edges are not cut.
		parts = append(parts, Grow(PadXY(sheetPad-6, 0, Scroll(PadXY(6, 2, s.o.Content)))))
	}
	if len(s.o.Actions) > 0 {
		row := []fyne.CanvasObject{Spacer()}
		for _, b := range s.o.Actions {
			row = append(row, b)
		}
		parts = append(parts, PadXY(sheetPad, 0, Row(row...)))
	}
	return ColumnGap(20, parts...)
}

// listen gives keys that no widget takes to s, the topmost dialog now.
func (k *Kit) listen(s *Sheet) {
	if len(k.sheets) == 0 {
		k.below = k.Canvas.OnTypedKey()
		k.Canvas.SetOnTypedKey(func(e *fyne.KeyEvent) { k.sheets[len(k.sheets)-1].key(e) })
	}
	k.sheets = append(k.sheets, s)
}

// unlisten takes s out, in whatever order dialogs close, and gives the keys
// back to the window after the last.
func (k *Kit) unlisten(s *Sheet) {
	k.sheets = slices.DeleteFunc(k.sheets, func(x *Sheet) bool { return x == s })
	if len(k.sheets) == 0 {
		k.Canvas.SetOnTypedKey(k.below)
		k.below = nil
	}
}

// key handles the keys that no widget of the dialog took.
func (s *Sheet) key(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape:
		if !s.o.Keep {
			s.Close()
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		if n := len(s.o.Actions); n > 0 {
			s.o.Actions[n-1].Tapped(nil)
		}
	}
}

// Close closes the dialog; a second time does nothing.
func (s *Sheet) Close() {
	if !s.open {
		return
	}
	s.open = false
	if s.shown {
		s.lift()
		s.kit.unlisten(s)
	}
	if s.o.Closed != nil {
		s.o.Closed()
	}
}

// lift takes the dialog off the window. The toolkit takes all that lies above
// away with it; that is put back, as it was opened for something else.
func (s *Sheet) lift() {
	all := s.kit.Canvas.Overlays()
	at := slices.Index(all.List(), fyne.CanvasObject(s))
	if at < 0 {
		return
	}
	above := slices.Clone(all.List()[at+1:])
	focused := s.kit.Canvas.Focused()
	all.Remove(s)
	for _, o := range above {
		all.Add(o)
	}
	if len(above) > 0 && focused != nil {
		s.kit.Canvas.Focus(focused)
	}
}

// Open tells whether the dialog is still there.
func (s *Sheet) Open() bool { return s.open }

// Tapped keeps taps beside the dialog from what is below.
func (s *Sheet) Tapped(*fyne.PointEvent) {}

// CreateRenderer implements fyne.Widget.
func (s *Sheet) CreateRenderer() fyne.WidgetRenderer { return &sheetRenderer{s: s} }

type sheetRenderer struct{ s *Sheet }

func (r *sheetRenderer) Destroy()           {}
func (r *sheetRenderer) MinSize() fyne.Size { return fyne.Size{} }
func (r *sheetRenderer) Refresh()           { r.s.scrim.Refresh(); r.s.card.Refresh() }
func (r *sheetRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.s.scrim, r.s.card}
}

func (r *sheetRenderer) Layout(size fyne.Size) {
	r.s.scrim.Resize(size)
	r.s.back.setRadius(14)
	if size.Width < Narrow {
		r.s.back.setRadius(0)
		r.s.card.Move(fyne.NewPos(0, 0))
		r.s.card.Resize(size)
		return
	}
	w := min(r.s.o.Width, size.Width-48)
	h := min(HeightFor(r.s.card, w), size.Height-48)
	r.s.card.Move(fyne.NewPos((size.Width-w)/2, (size.Height-h)/2))
	r.s.card.Resize(fyne.NewSize(w, h))
}
