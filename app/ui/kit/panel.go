package kit

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/look"
)

// cardPad is the room inside a panel.
const cardPad = 18

// Panel is a card: a raised surface with a soft shadow around content.
func Panel(content fyne.CanvasObject) *fyne.Container {
	return PanelPad(cardPad, content)
}

// PanelPad is a panel with its own room around content; 0 for lists, which
// reach the border.
func PanelPad(pad float32, content fyne.CanvasObject) *fyne.Container {
	back := Surface(look.Card, look.Size(look.RadiusCard)).Bordered(look.Border, 1).Shadowed()
	return Stack(back, Pad(pad, content))
}

// Card is a panel with a heading, actions (nil: none) at the right of it, and
// content.
func Card(title string, actions, content fyne.CanvasObject) *fyne.Container {
	var head fyne.CanvasObject = Heading(title).Wrap()
	if actions != nil {
		head = Between(head, actions)
	}
	return Panel(ColumnGap(14, head, Grow(content)))
}

// Box is a quiet box on a card, for a part that belongs together.
func Box(content fyne.CanvasObject) *fyne.Container {
	return Stack(Surface(look.Raised, look.Size(look.RadiusBox)), Pad(12, content))
}

// PageHeader names a page: a title, a line under it, actions at the right.
type PageHeader struct {
	composite
	title, sub *Text
}

// Header names a page.
func Header(title, sub string, actions ...fyne.CanvasObject) *PageHeader {
	h := &PageHeader{title: Title(title).Wrap(), sub: Muted(sub).Wrap()}
	show(h.sub, sub != "")
	h.content = ColumnGap(2, h.title, h.sub)
	if len(actions) > 0 {
		h.content = Between(h.content, Row(actions...))
	}
	h.ExtendBaseWidget(h)
	return h
}

// Set changes title and line.
func (h *PageHeader) Set(title, sub string) {
	h.title.Set(title)
	h.sub.Set(sub)
	show(h.sub, sub != "")
	h.Refresh()
}

// Title is the page's name as shown.
func (h *PageHeader) Title() string { return h.title.s }

// PageBody is what a page's object usually is: parts below each other with
// room around them, scrolling.
func PageBody(o ...fyne.CanvasObject) *Scroller {
	return Scroll(pagePad(Loose(o...)))
}

// PageFixed is a page that does not scroll as a whole: its growing part, a
// list, does.
func PageFixed(o ...fyne.CanvasObject) *fyne.Container { return pagePad(Loose(o...)) }

// pagePad leaves the room around a page, less in a narrow window.
func pagePad(o fyne.CanvasObject) *fyne.Container { return container(pageLayout{}, o) }

type pageLayout struct{}

func (pageLayout) pad(width float32) float32 {
	if width < Narrow {
		return 16
	}
	return 24
}

func (l pageLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	p := l.pad(size.Width)
	for _, o := range objects {
		o.Move(fyne.NewPos(p, p))
		o.Resize(fyne.NewSize(max(0, size.Width-2*p), max(0, size.Height-2*p)))
	}
}

func (l pageLayout) MinSize(objects []fyne.CanvasObject) (m fyne.Size) {
	for _, o := range objects {
		m = m.Max(o.MinSize())
	}
	return m.AddWidthHeight(32, 32)
}

func (l pageLayout) heightFor(objects []fyne.CanvasObject, width float32) (h float32) {
	p := l.pad(width)
	for _, o := range objects {
		h = max(h, HeightFor(o, width-2*p))
	}
	return h + 2*p
}
