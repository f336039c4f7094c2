package kit

import "fyne.io/fyne/v2"

// SplitOptions describe a list with what is chosen beside it.
type SplitOptions struct {
	Master fyne.CanvasObject // the list
	Detail fyne.CanvasObject // what is shown while nothing is chosen
	Width  float32           // of the list; 0: 320
}

// SplitView shows a list and what is chosen in it: beside each other, or one
// at a time in a narrow window.
type SplitView struct {
	composite
	layout *splitLayout
	master fyne.CanvasObject
	detail *fyne.Container
	empty  fyne.CanvasObject
}

// Split makes a list with what is chosen beside it.
func Split(o SplitOptions) *SplitView {
	if o.Width == 0 {
		o.Width = 320
	}
	s := &SplitView{master: o.Master, empty: o.Detail, detail: Stack(o.Detail)}
	s.layout = &splitLayout{list: o.Width, s: s}
	s.content = container(s.layout, o.Master, s.detail)
	s.ExtendBaseWidget(s)
	return s
}

// ShowDetail shows what is chosen; nil shows the list again, or that nothing is chosen.
func (s *SplitView) ShowDetail(o fyne.CanvasObject) {
	s.layout.chosen = o != nil
	if o == nil {
		o = s.empty
	}
	s.detail.Objects = []fyne.CanvasObject{o}
	s.detail.Refresh()
	s.content.Refresh()
}

// Chosen tells whether something is chosen.
func (s *SplitView) Chosen() bool { return s.layout.chosen }

// Beside tells whether list and detail are beside each other.
func (s *SplitView) Beside() bool { return s.Size().Width >= Narrow }

func (s *SplitView) grows() {}

type splitLayout struct {
	fillLayout
	list   float32
	s      *SplitView
	chosen bool
}

func (l *splitLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	if size.Width < Narrow {
		one, other := o[0], o[1]
		if l.chosen {
			one, other = o[1], o[0]
		}
		one.Move(fyne.NewPos(0, 0))
		one.Resize(size)
		show(one, true)
		show(other, false)
		return
	}
	const gap = 16
	show(o[0], true)
	show(o[1], true)
	w := min(l.list, size.Width*0.45)
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(fyne.NewSize(w, size.Height))
	o[1].Move(fyne.NewPos(w+gap, 0))
	o[1].Resize(fyne.NewSize(size.Width-w-gap, size.Height))
}
