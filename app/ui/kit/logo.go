package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"supercomputing/assets"
)

// Logo is the program's mark, px wide and high.
func Logo(px float32) fyne.CanvasObject {
	img := canvas.NewImageFromResource(fyne.NewStaticResource("sc-logo.svg", assets.Logo()))
	img.FillMode = canvas.ImageFillContain
	img.SetMinSize(fyne.NewSquareSize(px))
	return img
}
