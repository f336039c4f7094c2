package work

import (
	"image"
	"image/draw"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
)

// stripColumns is the most columns that a strip of pieces has.
const stripColumns = 240

// strip shows which parts of a file are there: a column for each piece, or for
// some together, the fuller the stronger.
type strip struct {
	widget.BaseWidget
	parts  []float64 // 0 to 1 each
	colour fyne.ThemeColorName
	height float32
	raster *canvas.Raster
}

func newStrip(colour fyne.ThemeColorName, height float32) *strip {
	s := &strip{colour: colour, height: height}
	s.ExtendBaseWidget(s)
	return s
}

func (s *strip) set(parts []float64, colour fyne.ThemeColorName) {
	s.parts, s.colour = parts, colour
	s.Refresh()
}

// MinSize implements fyne.CanvasObject.
func (s *strip) MinSize() fyne.Size {
	s.ExtendBaseWidget(s)
	return fyne.NewSize(60, s.height)
}

// CreateRenderer implements fyne.Widget.
func (s *strip) CreateRenderer() fyne.WidgetRenderer {
	s.raster = canvas.NewRaster(s.draw)
	return &rasterRenderer{w: s, raster: s.raster}
}

func (s *strip) draw(w, h int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	track, full := image.NewUniform(look.Color(look.Track)), look.Color(s.colour)
	if len(s.parts) == 0 {
		draw.Draw(img, img.Bounds(), track, image.Point{}, draw.Src)
		return img
	}
	gap := 0
	if w >= 4*len(s.parts) {
		gap = 1
	}
	for i, v := range s.parts {
		r := image.Rect(i*w/len(s.parts), 0, (i+1)*w/len(s.parts)-gap, h)
		draw.Draw(img, r, track, image.Point{}, draw.Src)
		if v > 0 {
			draw.Draw(img, r, image.NewUniform(alpha(full, uint8(80+min(1, v)*175))), image.Point{}, draw.Over)
		}
	}
	return img
}
