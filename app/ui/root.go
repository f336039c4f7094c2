package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
)

// root is the whole content of the window. It tells when the window crosses the
// width of a phone, and when the mouse moves over it, which is a sign of life.
type root struct {
	widget.BaseWidget
	back    *kit.SurfaceBox
	content *fyne.Container
	layer   fyne.CanvasObject
	touched func()
	resized func()
	width   float32
}

var _ desktop.Hoverable = (*root)(nil)

func newRoot(layer fyne.CanvasObject, touched, resized func()) *root {
	r := &root{back: kit.Surface(look.Page, 0), content: kit.Stack(), layer: layer, touched: touched, resized: resized}
	r.ExtendBaseWidget(r)
	return r
}

// show replaces what is shown.
func (r *root) show(o fyne.CanvasObject) {
	r.content.Objects = nil
	if o != nil {
		r.content.Objects = []fyne.CanvasObject{o}
	}
	r.content.Resize(r.Size())
	r.content.Refresh()
}

func (r *root) narrow() bool { return r.width > 0 && r.width < narrowBelow }

// Resize implements fyne.CanvasObject.
func (r *root) Resize(size fyne.Size) {
	before := r.narrow()
	r.width = size.Width
	r.BaseWidget.Resize(size)
	if r.narrow() != before {
		r.resized()
	}
}

// MouseIn implements desktop.Hoverable.
func (r *root) MouseIn(*desktop.MouseEvent) { r.touched() }

// MouseMoved implements desktop.Hoverable.
func (r *root) MouseMoved(*desktop.MouseEvent) { r.touched() }

// MouseOut implements desktop.Hoverable.
func (r *root) MouseOut() { r.touched() }

// CreateRenderer implements fyne.Widget.
func (r *root) CreateRenderer() fyne.WidgetRenderer { return &rootRenderer{r} }

type rootRenderer struct{ r *root }

func (rootRenderer) Destroy() {}

// MinSize is a phone's: pages scroll, and never keep the window from shrinking.
func (rootRenderer) MinSize() fyne.Size { return fyne.NewSize(320, 480) }

func (v rootRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{v.r.back, v.r.content, v.r.layer}
}

func (v rootRenderer) Layout(size fyne.Size) {
	for _, o := range v.Objects() {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

func (v rootRenderer) Refresh() {
	for _, o := range v.Objects() {
		o.Refresh()
	}
}
