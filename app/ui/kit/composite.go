package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// composite is a widget that is made of others.
type composite struct {
	widget.BaseWidget
	content fyne.CanvasObject
}

// HeightFor implements Flowing.
func (c *composite) HeightFor(width float32) float32 { return HeightFor(c.content, width) }

func (c *composite) wish() float32 { return wish(c.content) }

// CreateRenderer implements fyne.Widget.
func (c *composite) CreateRenderer() fyne.WidgetRenderer {
	return &boxRenderer{objects: []fyne.CanvasObject{c.content}, content: c.content}
}

// show shows or hides o.
func show(o fyne.CanvasObject, visible bool) {
	if visible == o.Visible() {
		return
	}
	if visible {
		o.Show()
	} else {
		o.Hide()
	}
}
