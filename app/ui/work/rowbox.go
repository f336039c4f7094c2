package work

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/kit"
)

// rowBox is a widget made of others, as rows of lists are.
type rowBox struct {
	widget.BaseWidget
	content fyne.CanvasObject
}

// HeightFor implements kit.Flowing.
func (r *rowBox) HeightFor(width float32) float32 { return kit.HeightFor(r.content, width) }

// CreateRenderer implements fyne.Widget.
func (r *rowBox) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.content) }
