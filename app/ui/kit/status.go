package kit

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/look"
)

// PillMark is a word or two on a soft rounded box: a state.
type PillMark struct {
	composite
	back *SurfaceBox
	text *Text
}

// Pill shows a state.
func Pill(tone look.Tone, s string) *PillMark {
	p := &PillMark{back: Surface(tone.Soft(), 10), text: Small(s).Bold().Tone(tone)}
	p.content = Stack(p.back, PadXY(9, 3, p.text))
	p.ExtendBaseWidget(p)
	p.Set(tone, s)
	return p
}

// Set changes the state.
func (p *PillMark) Set(tone look.Tone, s string) {
	p.back.SetFill(tone.Soft())
	if tone == look.Plain {
		tone = look.Muted
	}
	p.text.SetTone(tone)
	p.text.Set(s)
	show(p, s != "")
	p.Refresh()
}

// Text is the state as shown.
func (p *PillMark) Text() string { return p.text.s }

// StatBox shows a number with what it is.
type StatBox struct {
	composite
	label, value, detail *Text
}

// Stat is a panel with a large value, its label above, a detail below and an
// icon (may be empty) in the corner.
func Stat(label, value, detail, icon string) *StatBox {
	s := &StatBox{label: Small(label).Wrap(), value: Display(value).Shrink(), detail: Small(detail).Wrap()}
	var head fyne.CanvasObject = s.label
	if icon != "" {
		head = Row(Grow(s.label), Badge(icon, look.Primary))
	}
	s.content = Panel(ColumnGap(6, head, s.value, s.detail))
	s.ExtendBaseWidget(s)
	show(s.detail, detail != "")
	return s
}

// Set changes value and detail.
func (s *StatBox) Set(value, detail string) {
	s.value.Set(value)
	s.detail.Set(detail)
	show(s.detail, detail != "")
	s.Refresh()
}

// SetTone colours the detail.
func (s *StatBox) SetTone(tone look.Tone) { s.detail.SetTone(tone) }

// Hint tells something at its place: a title (may be empty), a text, an action
// (may be nil).
func Hint(tone look.Tone, title, s string, action fyne.CanvasObject) *fyne.Container {
	words := ColumnGap(2)
	if title != "" {
		words.Add(Strong(title).Wrap())
	}
	if s != "" {
		words.Add(Body(s).Wrap())
	}
	if action != nil {
		words.Add(PadXY(0, 6, Left(action)))
	}
	return Stack(Surface(tone.Soft(), look.Size(look.RadiusBox)),
		PadXY(14, 12, container(&leadLayout{gap: 10}, Icon(toneIcon(tone), tone), words)))
}

// Empty says that there is nothing yet and what to do first; action may be nil.
func Empty(icon, title, s string, action fyne.CanvasObject) *fyne.Container {
	parts := []fyne.CanvasObject{
		Center(Stack(MinSize(56, 56, Surface(look.AccentSoft, 28)), Middle(Icon(icon, look.Primary).Sized(26)))),
		Heading(title).Wrap().Align(fyne.TextAlignCenter),
	}
	if s != "" {
		parts = append(parts, Muted(s).Wrap().Align(fyne.TextAlignCenter))
	}
	if action != nil {
		parts = append(parts, Center(action))
	}
	return container(&placeLayout{widest: 420, x: 0.5, y: 0.5}, Pad(24, Column(parts...)))
}

// Failure tells what went wrong, what was kept and what to do; retry may be nil.
func (k *Kit) Failure(err error, retry func()) *fyne.Container {
	p := k.Text.Error(err)
	var action fyne.CanvasObject
	if retry != nil {
		action = Secondary(k.Text.T("kit.retry"), retry).Icon("refresh")
	}
	parts := []fyne.CanvasObject{
		Center(Stack(MinSize(56, 56, Surface(look.BadSoft, 28)), Middle(Icon("error", look.Danger).Sized(26)))),
		Heading(p.Title).Wrap().Align(fyne.TextAlignCenter),
		Muted(p.Message).Wrap().Align(fyne.TextAlignCenter),
	}
	if p.Hint != "" {
		parts = append(parts, Muted(p.Hint).Wrap().Align(fyne.TextAlignCenter))
	}
	if action != nil {
		parts = append(parts, Center(action))
	}
	return container(&placeLayout{widest: 480, x: 0.5, y: 0.5}, Pad(24, Column(parts...)))
}

// FailureLine tells a failure in a box, inside a form or above a list; retry
// may be nil.
func (k *Kit) FailureLine(err error, retry func()) *fyne.Container {
	p := k.Text.Error(err)
	s := p.Message
	if p.Hint != "" {
		s += "\n" + p.Hint
	}
	var action fyne.CanvasObject
	if retry != nil {
		action = Secondary(k.Text.T("kit.retry"), retry).Small()
	}
	return Hint(look.Danger, p.Title, s, action)
}

// Loading holds the place of rows that are on their way. It does not move, so
// that waiting costs nothing.
func Loading(rows int) *fyne.Container {
	c := ColumnGap(14)
	for i := range rows {
		c.Add(Row(
			MinSize(32, 32, Surface(look.Raised, 16)),
			Grow(ColumnGap(6,
				MaxWidthLeft(float32(220-i%3*40), MinHeight(10, Surface(look.Raised, 5))),
				MaxWidthLeft(float32(320-i%2*60), MinHeight(8, Surface(look.Raised, 4)))))))
	}
	return Pad(8, c)
}

// leadLayout puts a small object before a flowing one, both at the top.
type leadLayout struct {
	gap   float32
	width float32
}

func (l *leadLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	lead, rest := objects[0], objects[1]
	m := lead.MinSize()
	lead.Move(fyne.NewPos(0, 0))
	lead.Resize(m)
	rest.Move(fyne.NewPos(m.Width+l.gap, 0))
	rest.Resize(fyne.NewSize(size.Width-m.Width-l.gap, size.Height))
}

func (l *leadLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	a, b := objects[0].MinSize(), objects[1].MinSize()
	m := fyne.NewSize(a.Width+l.gap+b.Width, max(a.Height, b.Height))
	if l.width > 0 {
		m.Height = l.heightFor(objects, l.width)
	}
	return m
}

func (l *leadLayout) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	m := objects[0].MinSize()
	return max(m.Height, HeightFor(objects[1], width-m.Width-l.gap))
}

// Lead puts a small object, such as an icon or an avatar, before a wrapping one.
func Lead(small, rest fyne.CanvasObject) *fyne.Container {
	return container(&leadLayout{gap: 12}, small, rest)
}
