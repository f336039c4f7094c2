package ui

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
)

// beside puts the navigation at its least width at the left of the rest, both
// in full height.
type beside struct{}

func (beside) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

func (beside) Layout(o []fyne.CanvasObject, size fyne.Size) {
	w := min(o[0].MinSize().Width, size.Width/2)
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(fyne.NewSize(w, size.Height))
	o[1].Move(fyne.NewPos(w, 0))
	o[1].Resize(fyne.NewSize(size.Width-w, size.Height))
}

// between gives the object in the middle what the ones above and below it
// leave, and no more: pages scroll in it.
type between struct{}

func (between) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.Size{} }

func (between) Layout(o []fyne.CanvasObject, size fyne.Size) {
	height := func(o fyne.CanvasObject) float32 {
		if !o.Visible() {
			return 0
		}
		return kit.HeightFor(o, size.Width)
	}
	top, bottom := height(o[0]), height(o[2])
	middle := max(0, size.Height-top-bottom)
	for i, h := range []float32{top, middle, bottom} {
		o[i].Resize(fyne.NewSize(size.Width, h))
	}
	o[0].Move(fyne.NewPos(0, 0))
	o[1].Move(fyne.NewPos(0, top))
	o[2].Move(fyne.NewPos(0, top+middle))
}

// evenly gives each object the same width.
type evenly struct{}

func (evenly) MinSize(all []fyne.CanvasObject) (m fyne.Size) {
	for _, o := range all {
		m.Height = max(m.Height, o.MinSize().Height)
	}
	return m
}

func (evenly) Layout(all []fyne.CanvasObject, size fyne.Size) {
	w := size.Width / float32(len(all))
	for i, o := range all {
		o.Move(fyne.NewPos(float32(i)*w, 0))
		o.Resize(fyne.NewSize(w, size.Height))
	}
}
