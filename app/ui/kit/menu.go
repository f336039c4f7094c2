package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
	"supercomputing/app/ui/text"
)

// MenuItem is an entry of a menu. An empty label is a line between groups.
type MenuItem struct {
	Label   string
	Icon    string
	Checked bool
	Off     bool
	Do      func()
}

// Menu opens a menu under an object.
func (k *Kit) Menu(under fyne.CanvasObject, items ...MenuItem) { openMenu(under, items) }

// MoreButton is a button with three dots that opens a menu.
func (k *Kit) MoreButton(items ...MenuItem) *Button {
	var b *Button
	b = k.IconButton("more_vert", k.Text.T("kit.more"), func() { openMenu(b, items) })
	return b
}

// openMenu opens a menu under an object that is on a canvas.
func openMenu(under fyne.CanvasObject, items []MenuItem) {
	c := canvasOf(under)
	if c == nil {
		return
	}
	m := fyne.NewMenu("")
	for _, it := range items {
		if it.Label == "" {
			m.Items = append(m.Items, fyne.NewMenuItemSeparator())
			continue
		}
		mi := fyne.NewMenuItem(text.Clean(it.Label), it.Do)
		mi.Checked, mi.Disabled = it.Checked, it.Off
		if it.Icon != "" {
			mi.Icon = look.Icon(it.Icon, look.Plain)
		}
		m.Items = append(m.Items, mi)
	}
	p := widget.NewPopUpMenu(m, c)
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(under)
	size := p.MinSize()
	size.Width = max(size.Width, under.Size().Width)
	p.Resize(size)
	at.Y += under.Size().Height + 4
	at.X = max(0, min(at.X, c.Size().Width-size.Width-8))
	p.ShowAtPosition(at)
}
