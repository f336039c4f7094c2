package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"supercomputing/app/ui/look"
)

// SelectBox chooses one of a few options from a menu.
type SelectBox struct {
	Press
	options  []string
	selected int
	fn       func(int)
	text     *Text
	edge     *SurfaceBox
}

// Select chooses one of options; selected is -1 for none. fn gets the choice.
func Select(options []string, selected int, fn func(int)) *SelectBox {
	s := &SelectBox{options: options, selected: selected, fn: fn, text: Body("").Truncate()}
	s.edge = Surface(theme.ColorNameInputBackground, look.Size(look.RadiusBox)).Bordered(theme.ColorNameInputBorder, 1)
	row := PadXY(12, 9, Row(Grow(MinWidth(90, s.text)), Icon("expand_more", look.Muted)))
	s.OnTapped = s.openMenu
	s.Press.init(Stack(s.edge, row), look.Clear, look.Size(look.RadiusBox))
	s.Press.key = s.keyed
	s.ExtendBaseWidget(s)
	s.show()
	return s
}

func (s *SelectBox) show() {
	s.label = ""
	if s.selected >= 0 && s.selected < len(s.options) {
		s.label = s.options[s.selected]
	}
	s.text.Set(s.label)
}

// Selected is the choice, -1 for none.
func (s *SelectBox) Selected() int { return s.selected }

// Select shows a choice, without telling fn.
func (s *SelectBox) Select(i int) { s.selected = i; s.show() }

// SetOptions changes what can be chosen.
func (s *SelectBox) SetOptions(options []string, selected int) {
	s.options, s.selected = options, selected
	s.show()
}

// Options is what can be chosen.
func (s *SelectBox) Options() []string { return s.options }

// Choose chooses as a person would.
func (s *SelectBox) Choose(i int) {
	if i < 0 || i >= len(s.options) {
		return
	}
	changed := i != s.selected
	s.Select(i)
	if changed && s.fn != nil {
		s.fn(i)
	}
}

func (s *SelectBox) openMenu() {
	items := make([]MenuItem, len(s.options))
	for i, o := range s.options {
		items[i] = MenuItem{Label: o, Checked: i == s.selected, Do: func() { s.Choose(i) }}
	}
	openMenu(s, items)
}

func (s *SelectBox) keyed(e *fyne.KeyEvent) bool {
	switch e.Name {
	case fyne.KeyDown:
		s.openMenu()
	case fyne.KeyLeft:
		s.Choose(s.selected - 1)
	case fyne.KeyRight:
		s.Choose(s.selected + 1)
	default:
		return false
	}
	return true
}

// SwitchBox is on or off.
type SwitchBox struct {
	Press
	on          bool
	fn          func(bool)
	track, knob *SurfaceBox
}

// Switch is on or off; fn gets every change.
func Switch(on bool, fn func(bool)) *SwitchBox {
	s := &SwitchBox{fn: fn, track: Surface(look.Track, 12), knob: Surface(look.Paper, 9)}
	s.OnTapped = func() { s.Toggle() }
	s.Press.init(MinSize(44, 24, container(&knobLayout{s}, s.track, s.knob)), look.Clear, 12)
	s.ExtendBaseWidget(s)
	s.Set(on)
	return s
}

// Set shows on or off, without telling fn.
func (s *SwitchBox) Set(on bool) {
	s.on = on
	if on {
		s.track.SetFill(look.Accent)
	} else {
		s.track.SetFill(theme.ColorNameInputBorder)
	}
	s.Refresh()
}

// On tells the state.
func (s *SwitchBox) On() bool { return s.on }

// Toggle changes the state as a person would.
func (s *SwitchBox) Toggle() {
	s.Set(!s.on)
	if s.fn != nil {
		s.fn(s.on)
	}
}

// SetSwitchLabel names what is switched, for tests and screen readers.
func (s *SwitchBox) SetSwitchLabel(label string) { s.label = label }

// knobLayout puts the knob of a switch where it belongs.
type knobLayout struct{ s *SwitchBox }

func (l *knobLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(44, 24) }

func (l *knobLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	y := (size.Height - 24) / 2
	o[0].Move(fyne.NewPos(0, y))
	o[0].Resize(fyne.NewSize(44, 24))
	x := float32(3)
	if l.s.on {
		x = 44 - 18 - 3
	}
	o[1].Move(fyne.NewPos(x, y+3))
	o[1].Resize(fyne.NewSquareSize(18))
}

// SwitchRow is a line of settings: a title, what it does, a switch.
func SwitchRow(title, s string, on bool, fn func(bool)) *SwitchLine {
	l := &SwitchLine{Switch: Switch(on, fn)}
	l.Switch.SetSwitchLabel(title)
	words := ColumnGap(2, Body(title).Bold().Wrap())
	if s != "" {
		words.Add(Small(s).Wrap())
	}
	l.content = RowGap(16, Grow(words), l.Switch)
	l.ExtendBaseWidget(l)
	return l
}

// SwitchLine is what SwitchRow makes.
type SwitchLine struct {
	composite
	Switch *SwitchBox
}

// CheckBox is a box to tick.
type CheckBox struct {
	Press
	on   bool
	fn   func(bool)
	icon *IconImage
}

// Check is a box to tick with a label; fn gets every change.
func Check(label string, on bool, fn func(bool)) *CheckBox {
	c := &CheckBox{on: on, fn: fn, icon: Icon("check_box_outline_blank", look.Muted).Sized(22)}
	c.OnTapped = func() {
		c.Set(!c.on)
		if c.fn != nil {
			c.fn(c.on)
		}
	}
	c.Press.init(PadXY(4, 8, Row(c.icon, Grow(Body(label).Wrap()))), look.Clear, look.Size(look.RadiusBox))
	c.label = label
	c.ExtendBaseWidget(c)
	c.Set(on)
	return c
}

// Set ticks the box or not, without telling fn.
func (c *CheckBox) Set(on bool) {
	c.on = on
	if on {
		c.icon.Set("check_box", look.Primary)
	} else {
		c.icon.Set("check_box_outline_blank", look.Muted)
	}
}

// On tells whether the box is ticked.
func (c *CheckBox) On() bool { return c.on }

// Choice is one of a few cards of which one is chosen.
type Choice struct {
	Title, Text, Icon string
	Right             string // at the right of the title: a price, minutes
	Off               bool   // cannot be chosen
}

// RadioCards is a choice between a few cards.
type RadioCards struct {
	composite
	cards    []*Press
	edges    []*SurfaceBox
	marks    []*IconImage
	selected int
	fn       func(int)
}

// Radio is a choice between a few cards; selected is -1 for none.
func Radio(choices []Choice, selected int, fn func(int)) *RadioCards {
	return radio(choices, selected, fn, ColumnGap(8))
}

// RadioColumns is Radio with cards beside each other where they fit.
func RadioColumns(least float32, choices []Choice, selected int, fn func(int)) *RadioCards {
	return radio(choices, selected, fn, container(&columnsLayout{least: least, gap: 8}))
}

func radio(choices []Choice, selected int, fn func(int), box *fyne.Container) *RadioCards {
	r := &RadioCards{selected: -1, fn: fn}
	for i, c := range choices {
		box.Add(r.card(i, c))
	}
	r.content = box
	r.ExtendBaseWidget(r)
	r.Select(selected)
	return r
}

func (r *RadioCards) card(i int, c Choice) fyne.CanvasObject {
	mark := Icon("radio_button_unchecked", look.Muted).Sized(20)
	edge := Surface(look.Card, look.Size(look.RadiusBox)).Bordered(look.Border, 1)
	head := []fyne.CanvasObject{}
	if c.Icon != "" {
		head = append(head, Icon(c.Icon, look.Primary))
	}
	head = append(head, Grow(Strong(c.Title).Wrap()))
	if c.Right != "" {
		head = append(head, Strong(c.Right))
	}
	words := ColumnGap(4, Row(head...))
	if c.Text != "" {
		words.Add(Small(c.Text).Wrap())
	}
	p := newPress(Stack(edge, PadXY(14, 12, Lead(mark, words))), look.Clear, look.Size(look.RadiusBox), func() { r.choose(i) })
	p.SetLabel(c.Title)
	p.key = r.key
	if c.Off {
		p.Disable()
	}
	r.cards, r.edges, r.marks = append(r.cards, p), append(r.edges, edge), append(r.marks, mark)
	return p
}

func (r *RadioCards) choose(i int) {
	if i == r.selected || i < 0 || i >= len(r.cards) || r.cards[i].disabled {
		return
	}
	r.Select(i)
	if r.fn != nil {
		r.fn(i)
	}
}

func (r *RadioCards) key(e *fyne.KeyEvent) bool {
	step := map[fyne.KeyName]int{fyne.KeyUp: -1, fyne.KeyLeft: -1, fyne.KeyDown: 1, fyne.KeyRight: 1}[e.Name]
	if step == 0 {
		return false
	}
	for i := r.selected + step; i >= 0 && i < len(r.cards); i += step {
		if !r.cards[i].disabled {
			r.choose(i)
			if c := canvasOf(r); c != nil {
				c.Focus(r.cards[i])
			}
			break
		}
	}
	return true
}

// Select shows a choice, without telling fn.
func (r *RadioCards) Select(i int) {
	r.selected = i
	for j := range r.cards {
		if j == i {
			r.edges[j].SetBorder(look.Accent, 2)
			r.marks[j].Set("radio_button_checked", look.Primary)
		} else {
			r.edges[j].SetBorder(look.Border, 1)
			r.marks[j].Set("radio_button_unchecked", look.Muted)
		}
	}
}

// Selected is the choice, -1 for none.
func (r *RadioCards) Selected() int { return r.selected }
