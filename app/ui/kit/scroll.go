package kit

import (
	"fyne.io/fyne/v2"
	fynecontainer "fyne.io/fyne/v2/container"
)

// Scroller scrolls its content up and down. The content gets its whole width,
// and texts wrap to it.
type Scroller struct {
	fynecontainer.Scroll
	inner *fyne.Container
}

// Scroll makes content scroll when it is higher than its place.
func Scroll(content fyne.CanvasObject) *Scroller {
	s := &Scroller{}
	s.inner = container(&scrolled{s: s}, content)
	s.Scroll.Content, s.Scroll.Direction = s.inner, fynecontainer.ScrollVerticalOnly
	s.ExtendBaseWidget(s)
	return s
}

// SetContent shows other content, scrolled as far as what was shown before.
func (s *Scroller) SetContent(content fyne.CanvasObject) {
	s.inner.Objects = []fyne.CanvasObject{content}
	s.Refresh()
}

// HeightFor implements Flowing: the height with which nothing scrolls.
func (s *Scroller) HeightFor(width float32) float32 { return HeightFor(s.inner.Objects[0], width) }

func (s *Scroller) grows() {}

// scrolled gives the content the scroller's width and its height for it.
type scrolled struct {
	fillLayout
	s *Scroller
}

func (l *scrolled) MinSize(objects []fyne.CanvasObject) fyne.Size {
	m := l.fillLayout.MinSize(objects)
	if w := l.s.Size().Width; w > 0 {
		m.Height = l.heightFor(objects, w)
	}
	return m
}

// ScrollCards is Scroll for cards that are not at the edge of the window: it
// leaves room for their shadows and for the scroll bar.
func ScrollCards(o ...fyne.CanvasObject) *Scroller {
	return Scroll(CardsInside(o...))
}

// CardsInside is what ScrollCards scrolls, for SetContent.
func CardsInside(o ...fyne.CanvasObject) fyne.CanvasObject { return Inset(2, 8, 12, 2, Loose(o...)) }

// reveal scrolls a row sideways until a part of it is in view.
func reveal(s *fynecontainer.Scroll, o fyne.CanvasObject) {
	left, right := o.Position().X, o.Position().X+o.Size().Width
	offset := s.Offset
	switch {
	case s.Size().Width <= 0 || o.Size().Width <= 0:
		return
	case left < offset.X:
		offset.X = left
	case right > offset.X+s.Size().Width:
		offset.X = right - s.Size().Width
	default:
		return
	}
	s.ScrollToOffset(offset)
}
