package kit

import (
	"fmt"
	"image"
	"image/color"

	"bytes"
	"image/png"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"
	"rsc.io/qr"

	"supercomputing/app/ui/look"
)

// QRCode shows text as a QR code on white, in both modes: phones read it best.
type QRCode struct {
	widget.BaseWidget
	text string
}

// QR shows s as a QR code.
func QR(s string) *QRCode {
	q := &QRCode{text: s}
	q.ExtendBaseWidget(q)
	return q
}

// Set shows other text.
func (q *QRCode) Set(s string) {
	if q.text != s {
		q.text = s
		q.Refresh()
	}
}

// quiet is the white border that readers want, in modules.
const quiet = 4

// modules draws the code, one pixel for each module.
func modules(s string) (*image.Gray, error) {
	code, err := qr.Encode(s, qr.M)
	if err != nil {
		return nil, fmt.Errorf("draw a QR code: %w", err)
	}
	n := code.Size + 2*quiet
	img := image.NewGray(image.Rect(0, 0, n, n))
	for y := range n {
		for x := range n {
			if !code.Black(x-quiet, y-quiet) {
				img.SetGray(x, y, color.Gray{Y: 0xff})
			}
		}
	}
	return img, nil
}

// pngModule is how many pixels a module has in a saved code.
const pngModule = 10

// Text is what the code says.
func (q *QRCode) Text() string { return q.text }

// QRPicture is a code as a PNG file. It may be called from anywhere.
func QRPicture(s string) ([]byte, error) {
	small, err := modules(s)
	if err != nil {
		return nil, err
	}
	n := small.Bounds().Dx() * pngModule
	img := image.NewGray(image.Rect(0, 0, n, n))
	for y := range n {
		for x := range n {
			img.SetGray(x, y, small.GrayAt(x/pngModule, y/pngModule))
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("save a QR code: %w", err)
	}
	return b.Bytes(), nil
}

// CreateRenderer implements fyne.Widget.
func (q *QRCode) CreateRenderer() fyne.WidgetRenderer {
	r := &qrRenderer{q: q, back: canvas.NewRectangle(nil), img: canvas.NewImageFromImage(nil)}
	r.img.FillMode, r.img.ScaleMode = canvas.ImageFillContain, canvas.ImageScalePixels
	r.Refresh()
	return r
}

type qrRenderer struct {
	q     *QRCode
	back  *canvas.Rectangle
	img   *canvas.Image
	drawn string
}

// qrSize is the least size of a code.
const qrSize = 180

func (r *qrRenderer) Destroy()           {}
func (r *qrRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(qrSize) }
func (r *qrRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.img}
}

func (r *qrRenderer) Layout(size fyne.Size) {
	side := min(size.Width, size.Height)
	at := fyne.NewPos((size.Width-side)/2, (size.Height-side)/2)
	for _, o := range r.Objects() {
		o.Move(at)
		o.Resize(fyne.NewSquareSize(side))
	}
}

func (r *qrRenderer) Refresh() {
	r.back.FillColor, r.back.CornerRadius = look.Color(look.Paper), look.Size(look.RadiusCard)
	r.back.Refresh()
	if r.drawn == r.q.text {
		return
	}
	r.drawn = r.q.text
	if img, err := modules(r.q.text); err == nil {
		r.img.Image = img
	} else {
		r.img.Image = nil // too long for a code: the text is shown beside it anyway
	}
	r.img.Refresh()
}
