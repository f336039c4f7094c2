// Package start owns the screens that stand in place of the pages: the first
// start with its new, restored or joined wallet, the passphrase that opens a
// wallet, the node while it starts, a locked window, and a node that went away.
// Words and passphrases stay in the widgets and in this package, and are wiped
// when a screen is left.
package start

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
)

// step is one screen: a panel with a title, content and buttons.
type step struct {
	title, text string
	content     fyne.CanvasObject
	n, of       int // of a row of steps; 0: none
	width       float32

	next  *kit.Button // Enter taps it; may be nil
	extra *kit.Button // in place of back; may be nil
	back  func()      // Esc and the button; nil: there is nothing to go back to
	focus fyne.Focusable
	left  func() // wipes secrets; may be nil
}

// stepper shows one step after another.
type stepper struct {
	env   *page.Env
	scope *page.Scope
	box   *fyne.Container
	now   step
	top   func() fyne.CanvasObject // above the panel, each time anew
}

func newStepper(env *page.Env) stepper {
	return stepper{env: env, scope: page.NewScope(env), box: kit.Stack()}
}

// put shows a step in place of the one before.
func (s *stepper) put(n step) {
	if s.now.left != nil {
		s.now.left()
	}
	s.now = n
	if s.env.Canvas != nil {
		s.env.Canvas.Unfocus()
	}
	width := n.width
	if width == 0 {
		width = 560
	}
	pad := float32(28)
	if s.env.Narrow {
		pad = 20
	}
	parts := []fyne.CanvasObject{kit.Spacer(), kit.Center(mark(s.env))}
	if s.top != nil {
		parts = append(parts, kit.Center(s.top()))
	}
	parts = append(parts, kit.MaxWidth(width, kit.PanelPad(pad, s.panel(n))), kit.Spacer())
	s.box.Objects = []fyne.CanvasObject{kit.Scroll(kit.Pad(16, kit.ColumnGap(20, parts...)))}
	s.box.Refresh()
	s.Focus()
}

func (s *stepper) panel(n step) fyne.CanvasObject {
	env := s.env
	head := kit.ColumnGap(8)
	if n.of > 0 {
		bar := kit.Bar()
		bar.Set(float64(n.n) / float64(n.of))
		head.Add(kit.Small(env.T("start.step", "n", n.n, "of", n.of)))
		head.Add(bar)
		head.Add(kit.MinHeight(4, kit.Stack()))
	}
	head.Add(kit.Title(n.title).Wrap())
	if n.text != "" {
		head.Add(kit.Muted(n.text).Wrap())
	}
	col := kit.ColumnGap(20, head)
	if n.content != nil {
		col.Add(n.content)
	}
	left, right := kit.Stack(), kit.Stack()
	if n.extra != nil {
		left.Add(n.extra)
	}
	if n.back != nil {
		left.Add(kit.Secondary(env.T("start.back"), n.back).Icon("arrow_back"))
	}
	if n.next != nil {
		right.Add(n.next)
	}
	if len(left.Objects)+len(right.Objects) > 0 {
		col.Add(kit.Between(kit.Left(left), right))
	}
	return col
}

// mark is the program's logo with its name.
func mark(env *page.Env) fyne.CanvasObject {
	return kit.RowGap(12, kit.Logo(40), kit.Title(env.T("start.name")))
}

// Object is what is shown.
func (s *stepper) Object() fyne.CanvasObject { return s.box }

// Focus puts the focus into the first field.
func (s *stepper) Focus() {
	if s.now.focus != nil {
		s.env.FocusOn(s.now.focus)
	}
}

// Back goes one step back: false when there is none.
func (s *stepper) Back() bool {
	if s.now.back == nil {
		return false
	}
	s.now.back()
	return true
}

// Enter does what the main button does.
func (s *stepper) Enter() {
	if b := s.now.next; b != nil {
		b.Tapped(nil)
	}
}

// Close ends all that the screen began, and wipes what it holds.
func (s *stepper) Close() {
	s.scope.Close()
	if s.now.left != nil {
		s.now.left()
	}
	s.now = step{}
	s.box.Objects = nil
}

// wipe overwrites a secret.
func wipe(secret []byte) { clear(secret) }

// blank empties fields that held secrets.
func blank(fields ...*kit.EntryBox) func() {
	return func() {
		for _, f := range fields {
			f.OnChanged = nil
			f.SetText("")
		}
	}
}

// line is a sentence with an icon.
func line(icon, s string) fyne.CanvasObject {
	return kit.Lead(kit.Icon(icon, look.Primary), kit.Body(s).Wrap())
}
