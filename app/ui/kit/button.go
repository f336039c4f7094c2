package kit

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/look"
)

// buttonKind is how much a button stands out.
type buttonKind uint8

const (
	primary buttonKind = iota
	secondary
	ghost
	danger
)

// Button acts when it is tapped. At most one of a page or dialog is primary.
type Button struct {
	Press
	kind  buttonKind
	text  *Text
	icon  *IconImage
	row   *fyne.Container
	inset *fyne.Container
	busy  bool
}

// Primary is the button of what a page or dialog is for.
func Primary(label string, fn func()) *Button { return newButton(primary, label, fn) }

// Secondary is any other button.
func Secondary(label string, fn func()) *Button { return newButton(secondary, label, fn) }

// Ghost is a quiet button without a surface.
func Ghost(label string, fn func()) *Button { return newButton(ghost, label, fn) }

// Danger is the button of what cannot be undone.
func Danger(label string, fn func()) *Button { return newButton(danger, label, fn) }

func newButton(kind buttonKind, label string, fn func()) *Button {
	b := &Button{kind: kind, text: Strong(label), icon: Icon("", look.Plain)}
	b.OnTapped = fn
	b.icon.Hide()
	b.row = Row(b.icon, b.text)
	b.inset = PadXY(14, 10, Middle(b.row))
	b.Press.init(b.inset, look.Raised, look.Size(look.RadiusBox))
	b.label = label
	b.ExtendBaseWidget(b)
	b.restyle()
	return b
}

// Icon puts an icon before the label. It returns b.
func (b *Button) Icon(name string) *Button {
	b.icon.name = name
	b.icon.Show()
	b.restyle()
	return b
}

// Small makes the button lower. It returns b.
func (b *Button) Small() *Button {
	l := b.inset.Layout.(*padLayout)
	l.top, l.bottom, l.left, l.right = 6, 6, 10, 10
	b.text.size = look.SizeSmall
	b.text.Refresh() // what was drawn already is drawn anew
	return b
}

// SetLabel changes the label.
func (b *Button) SetLabel(s string) {
	b.label = s
	b.text.Set(s)
	b.Refresh()
}

// SetIcon changes the icon.
func (b *Button) SetIcon(name string) { b.Icon(name); b.icon.Refresh() }

// SetBusy shows that the action is under way; taps do nothing meanwhile.
func (b *Button) SetBusy(busy bool) {
	if b.busy == busy {
		return
	}
	b.busy = busy
	b.setDisabled(busy)
}

// Enable lets taps act.
func (b *Button) Enable() { b.setDisabled(false); b.restyle() }

// Disable makes taps do nothing.
func (b *Button) Disable() { b.setDisabled(true); b.restyle() }

// restyle gives surface and label the colours of kind and state.
func (b *Button) restyle() {
	tone := look.Plain
	switch b.kind {
	case primary:
		b.rest, tone = look.Accent, look.OnPrimary
	case secondary:
		b.rest = look.Raised
	case ghost:
		b.rest, tone = look.Clear, look.Primary
	case danger:
		b.rest, tone = look.Bad, look.OnPrimary
	}
	if b.disabled {
		b.rest, tone = look.Raised, look.Muted
		if b.kind == ghost {
			b.rest = look.Clear
		}
	}
	b.text.SetTone(tone)
	b.icon.Set(b.icon.name, tone)
	b.paint()
}

// IconButton is a button with an icon alone; tooltip says what it does.
func (k *Kit) IconButton(icon, tooltip string, fn func()) *Button {
	b := newButton(ghost, "", fn).Icon(icon)
	b.text.Hide()
	l := b.inset.Layout.(*padLayout)
	l.left, l.right = 10, 10
	b.label = tooltip
	b.Press.hover = k.tooltip(b, tooltip)
	return b
}

// Link is text that acts when it is tapped.
func Link(label string, fn func()) *Press {
	return newPress(Body(label).Tone(look.Primary), look.Clear, 4, fn).SetLabel(label)
}
