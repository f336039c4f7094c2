package kit

import (
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/look"
)

// Layer lies over a window's content and shows toasts and tooltips there. It
// takes no taps itself, so what is below stays in use.
type Layer struct {
	box *fyne.Container
	now fyne.CanvasObject
}

// NewLayer makes an empty layer.
func NewLayer() *Layer { return &Layer{box: container(looseLayout{})} }

// Object is what lies over the content: kit.Stack(content, layer.Object()).
func (l *Layer) Object() fyne.CanvasObject { return l.box }

// looseLayout leaves objects where they are.
type looseLayout struct{}

func (looseLayout) Layout([]fyne.CanvasObject, fyne.Size)          {}
func (looseLayout) MinSize([]fyne.CanvasObject) fyne.Size          { return fyne.Size{} }
func (looseLayout) heightFor([]fyne.CanvasObject, float32) float32 { return 0 }

// toastTime is how long a toast stays.
const toastTime = 4 * time.Second

func (l *Layer) toast(k *Kit, tone look.Tone, s string) {
	t := Body(s).Tone(look.OnDark).Wrap()
	row := Row(Icon(toneIcon(tone), look.OnDark), Grow(t))
	box := Stack(Surface(look.Inverse, 10).Shadowed(), PadXY(16, 12, row))
	size := l.box.Size()
	width := min(size.Width-32, 32+26+t.measure(s).Width+8)
	height := HeightFor(box, width)
	box.Resize(fyne.NewSize(width, height))
	box.Move(fyne.NewPos((size.Width-width)/2, size.Height-height-24))
	l.clear(l.now)
	l.now = box
	l.box.Add(box)
	k.after(toastTime, func() { l.clear(box) })
}

// tipTime is how long the mouse rests before a tooltip comes.
const tipTime = 600 * time.Millisecond

// tooltip gives what an object does when the mouse comes over it: it shows
// words after a while.
func (k *Kit) tooltip(o fyne.CanvasObject, s string) func(over bool) {
	var tip *fyne.Container
	stop := func() {}
	return func(over bool) {
		stop()
		if k.Layer == nil || s == "" {
			return
		}
		if tip != nil {
			k.Layer.clear(tip)
			tip = nil
		}
		if over {
			stop = k.after(tipTime, func() { tip = k.Layer.tip(o, s) })
		}
	}
}

// tip shows words under an object, or above it where there is no room.
func (l *Layer) tip(o fyne.CanvasObject, s string) *fyne.Container {
	box := Stack(Surface(look.Inverse, 6), PadXY(8, 5, Small(s).Tone(look.OnDark)))
	size, room := box.MinSize(), l.box.Size()
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
	at.X = max(4, min(room.Width-size.Width-4, at.X+(o.Size().Width-size.Width)/2))
	if at.Y += o.Size().Height + 6; at.Y+size.Height > room.Height {
		at.Y -= o.Size().Height + size.Height + 12
	}
	box.Resize(size)
	box.Move(at)
	l.box.Add(box)
	return box
}

// empty takes all away.
func (l *Layer) empty() {
	l.now = nil
	l.box.RemoveAll()
}

// clear takes o away, when it is still there.
func (l *Layer) clear(o fyne.CanvasObject) {
	if o != nil {
		l.box.Remove(o)
	}
}

// toneIcon is the icon that goes with a tone's message.
func toneIcon(tone look.Tone) string {
	switch tone {
	case look.Success:
		return "check_circle"
	case look.Warn:
		return "warning"
	case look.Danger:
		return "error"
	}
	return "info"
}
