package work

import (
	"image"
	"image/color"
	"image/draw"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
	"supercomputing/app/view"
	"supercomputing/app/view/avatar"
)

// The size of the picture of a frame.
const (
	stageHeight = 440 // most
	faceMost    = 30  // of an avatar on a tile
	faceLeast   = 12  // below, none is drawn
)

// stage shows a frame as far as it is there, its tiles over it with who makes
// them.
type stage struct {
	widget.BaseWidget
	frame         view.RenderFrame
	width, height int // of the rendered picture
	picture       image.Image
	marks         bool // tiles are drawn
	faces         map[string]image.Image
	onHover       func(t *view.RenderTile) // nil: left
}

func newStage() *stage {
	s := &stage{marks: true, faces: make(map[string]image.Image)}
	s.ExtendBaseWidget(s)
	return s
}

// set shows a frame's tiles. The picture stays until setPicture brings another.
func (s *stage) set(f view.RenderFrame, width, height int) {
	s.frame, s.width, s.height = f, max(width, 1), max(height, 1)
	s.Refresh()
}

func (s *stage) setPicture(img image.Image) {
	s.picture = img
	s.Refresh()
}

func (s *stage) setMarks(on bool) {
	s.marks = on
	s.Refresh()
}

// HeightFor keeps the picture's form, as long as it is not too high.
func (s *stage) HeightFor(width float32) float32 {
	return min(stageHeight, width*float32(s.height)/float32(max(s.width, 1)))
}

// MinSize implements fyne.CanvasObject.
func (s *stage) MinSize() fyne.Size {
	s.ExtendBaseWidget(s)
	h := float32(120)
	if w := s.Size().Width; w > 0 {
		h = s.HeightFor(w)
	}
	return fyne.NewSize(160, h)
}

// area is where the picture lies in a widget of size, in its middle.
func (s *stage) area(size fyne.Size) (pos fyne.Position, area fyne.Size) {
	k := min(size.Width/float32(max(s.width, 1)), size.Height/float32(max(s.height, 1)))
	area = fyne.NewSize(k*float32(s.width), k*float32(s.height))
	return fyne.NewPos((size.Width-area.Width)/2, (size.Height-area.Height)/2), area
}

// tileAt is the tile below a point, nil without one.
func (s *stage) tileAt(p fyne.Position) *view.RenderTile {
	pos, area := s.area(s.Size())
	if area.Width <= 0 || area.Height <= 0 {
		return nil
	}
	pt := image.Pt(int((p.X-pos.X)*float32(s.width)/area.Width), int((p.Y-pos.Y)*float32(s.height)/area.Height))
	for i := range s.frame.Tiles {
		if t := &s.frame.Tiles[i]; pt.In(image.Rect(t.X, t.Y, t.X+t.W, t.Y+t.H)) {
			return t
		}
	}
	return nil
}

// MouseIn implements desktop.Hoverable.
func (s *stage) MouseIn(e *desktop.MouseEvent) { s.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (s *stage) MouseMoved(e *desktop.MouseEvent) {
	if s.onHover != nil {
		s.onHover(s.tileAt(e.Position))
	}
}

// MouseOut implements desktop.Hoverable.
func (s *stage) MouseOut() {
	if s.onHover != nil {
		s.onHover(nil)
	}
}

// CreateRenderer implements fyne.Widget.
func (s *stage) CreateRenderer() fyne.WidgetRenderer {
	r := &stageRenderer{s: s, paper: canvas.NewRectangle(color.Transparent), img: canvas.NewImageFromImage(nil)}
	r.marks = canvas.NewRaster(s.drawMarks)
	r.img.FillMode, r.img.ScaleMode = canvas.ImageFillStretch, canvas.ImageScaleSmooth
	r.paint()
	return r
}

type stageRenderer struct {
	s     *stage
	paper *canvas.Rectangle
	img   *canvas.Image
	marks *canvas.Raster
}

func (r *stageRenderer) Destroy()           {}
func (r *stageRenderer) MinSize() fyne.Size { return r.s.MinSize() }
func (r *stageRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.paper, r.img, r.marks}
}

func (r *stageRenderer) Layout(size fyne.Size) {
	pos, area := r.s.area(size)
	for _, o := range r.Objects() {
		o.Move(pos)
		o.Resize(area)
	}
}

func (r *stageRenderer) Refresh() {
	r.paint()
	r.Layout(r.s.Size())
	for _, o := range r.Objects() {
		canvas.Refresh(o)
	}
}

func (r *stageRenderer) paint() {
	r.paper.FillColor, r.paper.CornerRadius = look.Color(look.Raised), 4
	r.img.Image = r.s.picture
	r.img.Hidden = r.s.picture == nil
}

// drawMarks paints the tiles over the picture.
func (s *stage) drawMarks(w, h int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	if !s.marks {
		return img
	}
	px := float32(w) / max(s.Size().Width, 1)
	line := max(1, int(px))
	for i := range s.frame.Tiles {
		t := &s.frame.Tiles[i]
		r := image.Rect(t.X*w/s.width, t.Y*h/s.height, (t.X+t.W)*w/s.width, (t.Y+t.H)*h/s.height)
		fill, edge := markColours(t.State)
		draw.Draw(img, r, image.NewUniform(fill), image.Point{}, draw.Src)
		frameRect(img, r.Inset(line/2), line, edge)
		if t.State == view.TileLeased || t.State == view.TileChecking {
			s.drawFace(img, r, t.Node, px)
		}
	}
	return img
}

// drawFace draws a node's avatar into the middle of its tile.
func (s *stage) drawFace(img draw.Image, r image.Rectangle, node string, px float32) {
	size := min(int(faceMost*px), r.Dx()*2/3, r.Dy()*2/3)
	if node == "" || size < int(faceLeast*px) {
		return
	}
	face := s.faces[node]
	if face == nil || face.Bounds().Dx() != size {
		face = avatar.Image(node, size)
		s.faces[node] = face
	}
	at := image.Pt((r.Min.X+r.Max.X-size)/2, (r.Min.Y+r.Max.Y-size)/2)
	draw.Draw(img, image.Rectangle{at, at.Add(image.Pt(size, size))}, face, image.Point{}, draw.Over)
}

// markColours are a tile's veil and border: what is there is not hidden.
func markColours(state string) (fill, edge color.Color) {
	c := look.Color(stateColour(state))
	switch state {
	case view.TileDone:
		return color.Transparent, alpha(c, 0x50)
	case view.TileChecking:
		return alpha(c, 0x30), alpha(c, 0xc0)
	case view.TileLeased:
		return alpha(c, 0x48), alpha(c, 0xe0)
	case view.TileFailed:
		return alpha(c, 0x90), c
	}
	return color.Transparent, look.Color(look.Border)
}

func alpha(c color.Color, a uint8) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = a
	return n
}
