package kit

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
)

// TileState is how far a tile of a picture is.
type TileState uint8

// The states of tiles.
const (
	TileWaiting TileState = iota
	TileWorking
	TileChecking
	TileDone
	TileFailed
)

// Tile is a part of a picture, in the picture's pixels.
type Tile struct {
	X, Y, W, H int
	State      TileState
}

// TilePicture shows a picture that comes into being tile by tile.
type TilePicture struct {
	widget.BaseWidget
	// OnTapped gets the tile that was tapped; may be nil.
	OnTapped func(i int)

	width, height int
	tiles         []Tile
	picture       image.Image
	selected      int
}

// TileGrid makes an empty picture of tiles.
func TileGrid() *TilePicture {
	t := &TilePicture{width: 16, height: 9, selected: -1}
	t.ExtendBaseWidget(t)
	return t
}

// Set shows other tiles of a picture that is width × height pixels large.
func (t *TilePicture) Set(width, height int, tiles []Tile) {
	t.width, t.height, t.tiles = max(1, width), max(1, height), tiles
	t.Refresh()
}

// SetPicture shows what is finished so far; nil shows none.
func (t *TilePicture) SetPicture(img image.Image) {
	t.picture = img
	t.Refresh()
}

// Select marks a tile, -1 for none.
func (t *TilePicture) Select(i int) { t.selected = i; t.Refresh() }

// HeightFor implements Flowing: the picture keeps its shape.
func (t *TilePicture) HeightFor(width float32) float32 {
	return max(80, min(560, width*float32(t.height)/float32(t.width)))
}

// frame is where the picture is inside size.
func (t *TilePicture) frame(size fyne.Size) (x, y, w, h float32) {
	w, h = size.Width, size.Width*float32(t.height)/float32(t.width)
	if h > size.Height {
		w, h = size.Height*float32(t.width)/float32(t.height), size.Height
	}
	return (size.Width - w) / 2, (size.Height - h) / 2, w, h
}

// Tapped implements fyne.Tappable.
func (t *TilePicture) Tapped(e *fyne.PointEvent) {
	if t.OnTapped == nil {
		return
	}
	x, y, w, h := t.frame(t.Size())
	px := int((e.Position.X - x) / w * float32(t.width))
	py := int((e.Position.Y - y) / h * float32(t.height))
	for i, tile := range t.tiles {
		if px >= tile.X && px < tile.X+tile.W && py >= tile.Y && py < tile.Y+tile.H {
			t.OnTapped(i)
			return
		}
	}
}

// CreateRenderer implements fyne.Widget.
func (t *TilePicture) CreateRenderer() fyne.WidgetRenderer {
	r := &tileRenderer{t: t, back: canvas.NewRectangle(nil), img: canvas.NewImageFromImage(nil)}
	r.img.FillMode = canvas.ImageFillStretch
	r.over = canvas.NewRaster(r.draw)
	r.over.ScaleMode = canvas.ImageScalePixels
	r.Refresh()
	return r
}

type tileRenderer struct {
	t    *TilePicture
	back *canvas.Rectangle
	img  *canvas.Image
	over *canvas.Raster
}

func (r *tileRenderer) Destroy()           {}
func (r *tileRenderer) MinSize() fyne.Size { return fyne.NewSize(120, 80) }
func (r *tileRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.img, r.over}
}

func (r *tileRenderer) Layout(size fyne.Size) {
	x, y, w, h := r.t.frame(size)
	for _, o := range r.Objects() {
		place(o, x, y, w, h)
	}
}

func (r *tileRenderer) Refresh() {
	r.back.FillColor = look.Color(look.Raised)
	r.img.Image = r.t.picture
	show(r.img, r.t.picture != nil)
	r.Layout(r.t.Size())
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

// draw draws a veil over each tile that is not done, in the colour of its state.
func (r *tileRenderer) draw(w, h int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i, tile := range r.t.tiles {
		box := image.Rect(tile.X*w/r.t.width, tile.Y*h/r.t.height, (tile.X+tile.W)*w/r.t.width, (tile.Y+tile.H)*h/r.t.height)
		name, alpha := tileLook(tile.State)
		edge := nrgba(look.Color(name))
		fill := edge
		fill.A = alpha
		thick := 1
		if i == r.t.selected {
			edge, thick = nrgba(look.Color(look.Text)), 2
		} else if tile.State == TileDone || tile.State == TileWaiting {
			edge.A = 0x30
		}
		for y := box.Min.Y; y < box.Max.Y; y++ {
			for x := box.Min.X; x < box.Max.X; x++ {
				c := fill
				if x < box.Min.X+thick || y < box.Min.Y+thick || x >= box.Max.X-thick || y >= box.Max.Y-thick {
					c = edge
				}
				img.SetNRGBA(x, y, c)
			}
		}
	}
	return img
}

// tileLook is the colour of a state and how much its veil hides.
func tileLook(s TileState) (fyne.ThemeColorName, uint8) {
	switch s {
	case TileWorking:
		return look.Accent, 0x66
	case TileChecking:
		return look.Note, 0x55
	case TileDone:
		return look.Grid, 0
	case TileFailed:
		return look.Bad, 0x77
	}
	return look.Faint, 0x18
}

// PictureBox shows a picture, as large as its place and in its shape.
type PictureBox struct {
	widget.BaseWidget
	img image.Image
}

// Picture shows a picture.
func Picture(img image.Image) *PictureBox {
	p := &PictureBox{img: img}
	p.ExtendBaseWidget(p)
	return p
}

// Set shows another picture.
func (p *PictureBox) Set(img image.Image) { p.img = img; p.Refresh() }

// HeightFor implements Flowing: the picture keeps its shape.
func (p *PictureBox) HeightFor(width float32) float32 {
	if p.img == nil || p.img.Bounds().Dx() == 0 {
		return 80
	}
	b := p.img.Bounds()
	return max(40, min(560, width*float32(b.Dy())/float32(b.Dx())))
}

// CreateRenderer implements fyne.Widget.
func (p *PictureBox) CreateRenderer() fyne.WidgetRenderer {
	img := canvas.NewImageFromImage(p.img)
	img.FillMode = canvas.ImageFillContain
	return &boxRenderer{objects: []fyne.CanvasObject{img}, content: MinSize(40, 40, Stack()), refresh: func() { img.Image = p.img }}
}
