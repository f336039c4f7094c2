package kit

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/look"
)

// Fact is a label with its value: words, or an object that shows it.
type Fact struct {
	Label  string
	Value  string
	Object fyne.CanvasObject // instead of Value
	Mono   bool
	Strong bool
	Tone   look.Tone
}

// Facts is a table of labels and values. In a narrow place values stand under
// their labels.
func Facts(facts ...Fact) *FactsBox {
	f := &FactsBox{box: ColumnGap(0)}
	f.content = f.box
	f.ExtendBaseWidget(f)
	f.Set(facts...)
	return f
}

// FactsBox is what Facts makes.
type FactsBox struct {
	composite
	box *fyne.Container
}

// Set shows other facts.
func (f *FactsBox) Set(facts ...Fact) {
	f.box.Objects = nil
	for i, fact := range facts {
		if i > 0 {
			f.box.Objects = append(f.box.Objects, Divider())
		}
		f.box.Objects = append(f.box.Objects, PadXY(0, 9, container(&factLayout{}, Muted(fact.Label).Wrap(), fact.object())))
	}
	f.Refresh()
}

func (f Fact) object() fyne.CanvasObject {
	if f.Object != nil {
		return f.Object
	}
	t := Body(f.Value)
	if f.Mono {
		t = Mono(f.Value)
	}
	if f.Strong {
		t.Bold()
	}
	return t.Tone(f.Tone).Wrap()
}

// factLayout puts a value beside its label, or under it.
type factLayout struct{ width float32 }

// factNarrow is the width below which values stand under labels.
const factNarrow = 340

func (l *factLayout) label(width float32) float32 { return min(200, width*0.36) }

func (l *factLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	if size.Width < factNarrow {
		(&columnLayout{gap: 2}).Layout(o, size)
		return
	}
	w := l.label(size.Width)
	for i, x := range []float32{0, w + 12} {
		width := w
		if i == 1 {
			width = size.Width - x
		}
		h := min(size.Height, HeightFor(o[i], width))
		o[i].Move(fyne.NewPos(x, (size.Height-h)/2))
		o[i].Resize(fyne.NewSize(width, h))
	}
}

func (l *factLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	a, b := o[0].MinSize(), o[1].MinSize()
	m := fyne.NewSize(max(a.Width, b.Width), a.Height+b.Height+2)
	if l.width > 0 {
		m.Height = l.heightFor(o, l.width)
	}
	return m
}

func (l *factLayout) heightFor(o []fyne.CanvasObject, width float32) float32 {
	if width < factNarrow {
		return (&columnLayout{gap: 2}).heightFor(o, width)
	}
	w := l.label(width)
	return max(HeightFor(o[0], w), HeightFor(o[1], width-w-12))
}

// Expander shows or hides its content.
type Expander struct {
	composite
	title string
	body  *fyne.Container
	icon  *IconImage
}

// Details shows content when its title is tapped.
func Details(title string, content fyne.CanvasObject) *Expander {
	e := &Expander{title: title, icon: Icon("expand_more", look.Muted), body: Inset(4, 0, 0, 0, content)}
	head := Tap(PadXY(4, 8, Row(e.icon, Grow(Body(title).Bold().Wrap()))), func() { e.SetOpen(!e.Open()) }).SetLabel(title)
	e.body.Hide()
	e.content = ColumnGap(0, head, e.body)
	e.ExtendBaseWidget(e)
	return e
}

// Open tells whether the content is shown.
func (e *Expander) Open() bool { return e.body.Visible() }

// SetOpen shows or hides the content.
func (e *Expander) SetOpen(b bool) {
	show(e.body, b)
	if b {
		e.icon.Set("expand_less", look.Muted)
	} else {
		e.icon.Set("expand_more", look.Muted)
	}
	e.Refresh()
}
