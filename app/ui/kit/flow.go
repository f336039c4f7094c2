package kit

import "fyne.io/fyne/v2"

// Flowing is an object whose height depends on its width, as that of wrapped
// text does. The layouts of this package ask for it, so that a page is laid
// out in one pass.
type Flowing interface {
	HeightFor(width float32) float32
}

// flowLayout is a layout that can tell its height for a width.
type flowLayout interface {
	heightFor(objects []fyne.CanvasObject, width float32) float32
}

// HeightFor tells how high o wants to be at a width.
func HeightFor(o fyne.CanvasObject, width float32) float32 {
	switch x := o.(type) {
	case Flowing:
		return x.HeightFor(width)
	case *fyne.Container:
		if l, ok := x.Layout.(flowLayout); ok {
			return l.heightFor(x.Objects, width)
		}
	}
	return o.MinSize().Height
}

// visible leaves out hidden objects.
func visible(objects []fyne.CanvasObject) []fyne.CanvasObject {
	for i, o := range objects {
		if o.Visible() {
			continue
		}
		kept := append([]fyne.CanvasObject(nil), objects[:i]...)
		for _, o := range objects[i+1:] {
			if o.Visible() {
				kept = append(kept, o)
			}
		}
		return kept
	}
	return objects
}

// grower is an object that takes what room is left in a Row or a Column.
type grower interface{ grows() }

// grown marks the object of a container made by Grow.
type grown struct{ fillLayout }

func (grown) grows() {}

// Grow lets o take the room that is left in its Row or Column.
func Grow(o fyne.CanvasObject) *fyne.Container { return container(grown{}, o) }

// Spacer is empty and takes the room that is left.
func Spacer() *fyne.Container { return container(grown{}) }

func growing(o fyne.CanvasObject) bool {
	if c, ok := o.(*fyne.Container); ok {
		_, ok = c.Layout.(grower)
		return ok
	}
	_, ok := o.(grower)
	return ok
}

func container(l fyne.Layout, objects ...fyne.CanvasObject) *fyne.Container {
	return &fyne.Container{Layout: l, Objects: objects}
}

// fillLayout gives every object all of the room.
type fillLayout struct{}

func (fillLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

func (fillLayout) MinSize(objects []fyne.CanvasObject) (m fyne.Size) {
	for _, o := range visible(objects) {
		m = m.Max(o.MinSize())
	}
	return m
}

func (fillLayout) heightFor(objects []fyne.CanvasObject, width float32) (h float32) {
	for _, o := range visible(objects) {
		h = max(h, HeightFor(o, width))
	}
	return h
}

// Stack lays objects over each other.
func Stack(o ...fyne.CanvasObject) *fyne.Container { return container(fillLayout{}, o...) }
