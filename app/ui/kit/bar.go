package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
)

// ProgressBar is a thin bar that fills from the left.
type ProgressBar struct {
	widget.BaseWidget
	part float64
	tone look.Tone
}

// Bar makes an empty bar.
func Bar() *ProgressBar {
	b := &ProgressBar{tone: look.Primary}
	b.ExtendBaseWidget(b)
	return b
}

// Set fills a part of the bar, 0 to 1.
func (b *ProgressBar) Set(part float64) {
	part = max(0, min(1, part))
	if b.part != part {
		b.part = part
		b.Refresh()
	}
}

// Value is the part that is filled.
func (b *ProgressBar) Value() float64 { return b.part }

// SetTone changes the colour.
func (b *ProgressBar) SetTone(tone look.Tone) {
	if b.tone != tone {
		b.tone = tone
		b.Refresh()
	}
}

// barHeight is the height of thin bars.
const barHeight = 6

// CreateRenderer implements fyne.Widget.
func (b *ProgressBar) CreateRenderer() fyne.WidgetRenderer {
	r := &barRenderer{b: b, track: canvas.NewRectangle(nil), fill: canvas.NewRectangle(nil)}
	r.paint()
	return r
}

type barRenderer struct {
	b           *ProgressBar
	track, fill *canvas.Rectangle
}

func (r *barRenderer) Destroy()           {}
func (r *barRenderer) MinSize() fyne.Size { return fyne.NewSize(40, barHeight) }
func (r *barRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.track, r.fill}
}

func (r *barRenderer) Layout(size fyne.Size) {
	y := (size.Height - barHeight) / 2
	w := size.Width * float32(r.b.part)
	if r.b.part > 0 {
		w = max(barHeight, w)
	}
	r.track.Move(fyne.NewPos(0, y))
	r.track.Resize(fyne.NewSize(size.Width, barHeight))
	r.fill.Move(fyne.NewPos(0, y))
	r.fill.Resize(fyne.NewSize(w, barHeight))
}

func (r *barRenderer) Refresh() {
	r.paint()
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}

func (r *barRenderer) paint() {
	r.track.FillColor, r.track.CornerRadius = look.Color(look.Track), barHeight/2
	r.fill.FillColor, r.fill.CornerRadius = look.Color(r.b.tone.Color()), barHeight/2
}
