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
)

// The size of a film: frames are cells that get smaller the more there are,
// and share one when even the smallest are too many.
const (
	filmHeight = 168 // most, unless the largest cells fit in less
	pitchMost  = 22  // width of a cell with its gap
	pitchLeast = 5
)

// film shows all frames of a render job as one picture, however many there
// are, and lets a person choose one.
type film struct {
	widget.BaseWidget
	states  []string // of frames, in their order
	chosen  int
	focused bool
	raster  *canvas.Raster
	onTap   func(i int)
	onHover func(i int) // -1: left
}

func newFilm(onTap func(int)) *film {
	f := &film{onTap: onTap, chosen: -1}
	f.ExtendBaseWidget(f)
	return f
}

// set shows frames' states and which one is chosen.
func (f *film) set(states []string, chosen int) {
	f.states, f.chosen = states, chosen
	f.Refresh()
}

// grid is how the cells lie: each is pitch wide and stands for each frames.
func (f *film) grid(width float32) (cols, each int, pitch float32) {
	n := max(len(f.states), 1)
	for pitch = pitchMost; pitch > pitchLeast; pitch-- {
		cols = max(1, int(width/pitch))
		if float32((n+cols-1)/cols)*pitch <= filmHeight {
			return cols, 1, pitch
		}
	}
	cols = max(1, int(width/pitch))
	rows := int(filmHeight / pitch)
	each = (n + cols*rows - 1) / (cols * rows)
	return cols, each, pitch
}

// HeightFor is the height that the rows take.
func (f *film) HeightFor(width float32) float32 {
	cols, each, pitch := f.grid(width)
	cells := (max(len(f.states), 1) + each - 1) / each
	return float32((cells+cols-1)/cols) * pitch
}

// MinSize implements fyne.CanvasObject.
func (f *film) MinSize() fyne.Size {
	f.ExtendBaseWidget(f)
	h := float32(pitchMost)
	if w := f.Size().Width; w > 0 {
		h = f.HeightFor(w)
	}
	return fyne.NewSize(4*pitchMost, h)
}

// at is the frame below a point, -1 without one.
func (f *film) at(p fyne.Position) int {
	cols, each, pitch := f.grid(f.Size().Width)
	x, y := int(p.X/pitch), int(p.Y/pitch)
	if x < 0 || x >= cols || y < 0 || p.X < 0 || p.Y < 0 {
		return -1
	}
	if i := (y*cols + x) * each; i < len(f.states) {
		return i
	}
	return -1
}

// Tapped implements fyne.Tappable.
func (f *film) Tapped(e *fyne.PointEvent) {
	if i := f.at(e.Position); i >= 0 && f.onTap != nil {
		f.onTap(i)
	}
	if c := fyne.CurrentApp().Driver().CanvasForObject(f); c != nil && !fyne.CurrentDevice().IsMobile() {
		c.Focus(f)
	}
}

// MouseIn implements desktop.Hoverable.
func (f *film) MouseIn(e *desktop.MouseEvent) { f.MouseMoved(e) }

// MouseMoved implements desktop.Hoverable.
func (f *film) MouseMoved(e *desktop.MouseEvent) { f.hover(f.at(e.Position)) }

// MouseOut implements desktop.Hoverable.
func (f *film) MouseOut() { f.hover(-1) }

func (f *film) hover(i int) {
	if f.onHover != nil {
		f.onHover(i)
	}
}

// FocusGained implements fyne.Focusable.
func (f *film) FocusGained() { f.focused = true; f.Refresh() }

// FocusLost implements fyne.Focusable.
func (f *film) FocusLost() { f.focused = false; f.Refresh() }

// TypedRune implements fyne.Focusable.
func (f *film) TypedRune(rune) {}

// TypedKey implements fyne.Focusable: arrows go to other frames.
func (f *film) TypedKey(e *fyne.KeyEvent) {
	cols, each, _ := f.grid(f.Size().Width)
	step := map[fyne.KeyName]int{fyne.KeyLeft: -1, fyne.KeyRight: 1, fyne.KeyUp: -cols * each, fyne.KeyDown: cols * each}[e.Name]
	if to := f.chosen + step; step != 0 && to >= 0 && to < len(f.states) && f.onTap != nil {
		f.onTap(to)
	}
}

// CreateRenderer implements fyne.Widget.
func (f *film) CreateRenderer() fyne.WidgetRenderer {
	f.raster = canvas.NewRaster(f.draw)
	return &rasterRenderer{w: f, raster: f.raster}
}

// draw paints w × h pixels, which may be more than the widget's size has.
func (f *film) draw(w, h int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	size := f.Size()
	if size.Width <= 0 || len(f.states) == 0 {
		return img
	}
	cols, each, pitch := f.grid(size.Width)
	px := float32(w) / size.Width
	gap := max(1, int(px*pitch/8))
	colours := stateColours()
	for c := 0; c*each < len(f.states); c++ {
		from, to := c*each, min(len(f.states), (c+1)*each)
		x, y := float32(c%cols)*pitch*px, float32(c/cols)*pitch*px
		r := image.Rect(int(x), int(y), int(x+pitch*px)-gap, int(y+pitch*px)-gap)
		draw.Draw(img, r, image.NewUniform(colours[sumStates(f.states[from:to])]), image.Point{}, draw.Src)
		if f.chosen >= from && f.chosen < to {
			ring := look.Color(look.Text)
			if f.focused {
				ring = look.Color(look.Accent)
			}
			frameRect(img, r, max(1, int(1.5*px)), ring)
		}
	}
	return img
}

// frameRect draws the border of r inside it.
func frameRect(img draw.Image, r image.Rectangle, width int, c color.Color) {
	u := image.NewUniform(c)
	for _, side := range []image.Rectangle{
		{r.Min, image.Pt(r.Max.X, r.Min.Y+width)}, {image.Pt(r.Min.X, r.Max.Y-width), r.Max},
		{r.Min, image.Pt(r.Min.X+width, r.Max.Y)}, {image.Pt(r.Max.X-width, r.Min.Y), r.Max},
	} {
		draw.Draw(img, side.Intersect(r), u, image.Point{}, draw.Src)
	}
}

// stateColours gives each state of frames and tiles its colour.
func stateColours() map[string]color.Color {
	out := make(map[string]color.Color, 6)
	for _, s := range legendStates {
		out[s] = look.Color(stateColour(s))
	}
	return out
}

// legendStates are the states of tiles in the order of a tile's life.
var legendStates = [...]string{view.TileWaiting, view.TileLeased, framePart, view.TileChecking, view.TileDone, view.TileFailed}

func stateColour(state string) fyne.ThemeColorName {
	switch state {
	case view.TileLeased:
		return look.Series3
	case framePart:
		return look.Series2
	case view.TileChecking:
		return look.Series4
	case view.TileDone:
		return look.Accent
	case view.TileFailed:
		return look.Bad
	}
	return look.Track
}

// rasterRenderer is a widget of one raster.
type rasterRenderer struct {
	w      fyne.CanvasObject
	raster *canvas.Raster
}

func (r *rasterRenderer) Destroy()                     {}
func (r *rasterRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.raster} }
func (r *rasterRenderer) MinSize() fyne.Size           { return r.w.MinSize() }
func (r *rasterRenderer) Layout(size fyne.Size)        { r.raster.Resize(size) }
func (r *rasterRenderer) Refresh()                     { canvas.Refresh(r.raster) }
