package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/look"
)

// SurfaceBox is a rounded box in a colour of the theme.
type SurfaceBox struct {
	widget.BaseWidget
	fill, stroke fyne.ThemeColorName
	radius       float32
	strokeWidth  float32
	shadow       bool
}

// Surface is a rounded box without a border.
func Surface(fill fyne.ThemeColorName, radius float32) *SurfaceBox {
	s := &SurfaceBox{fill: fill, radius: radius}
	s.ExtendBaseWidget(s)
	return s
}

// Bordered gives the box a border. It returns s.
func (s *SurfaceBox) Bordered(name fyne.ThemeColorName, width float32) *SurfaceBox {
	s.stroke, s.strokeWidth = name, width
	return s
}

// Shadowed gives the box a soft shadow. It returns s.
func (s *SurfaceBox) Shadowed() *SurfaceBox { s.shadow = true; return s }

// SetFill changes the colour.
func (s *SurfaceBox) SetFill(name fyne.ThemeColorName) {
	if s.fill != name {
		s.fill = name
		s.Refresh()
	}
}

// SetBorder changes the border.
func (s *SurfaceBox) SetBorder(name fyne.ThemeColorName, width float32) {
	if s.stroke != name || s.strokeWidth != width {
		s.stroke, s.strokeWidth = name, width
		s.Refresh()
	}
}

func (s *SurfaceBox) setRadius(radius float32) {
	if s.radius != radius {
		s.radius = radius
		s.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (s *SurfaceBox) CreateRenderer() fyne.WidgetRenderer {
	s.ExtendBaseWidget(s)
	r := &surfaceRenderer{s: s, box: canvas.NewRectangle(nil)}
	r.paint()
	return r
}

type surfaceRenderer struct {
	s   *SurfaceBox
	box *canvas.Rectangle
}

func (r *surfaceRenderer) Destroy()                     {}
func (r *surfaceRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.box} }
func (r *surfaceRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r *surfaceRenderer) Layout(size fyne.Size)        { r.box.Resize(size) }

func (r *surfaceRenderer) Refresh() {
	r.paint()
	r.box.Refresh()
}

func (r *surfaceRenderer) paint() {
	s := r.s
	r.box.FillColor = look.Color(s.fill)
	r.box.CornerRadius = s.radius
	r.box.StrokeColor, r.box.StrokeWidth = nil, 0
	if s.stroke != "" {
		r.box.StrokeColor, r.box.StrokeWidth = look.Color(s.stroke), s.strokeWidth
	}
	r.box.Shadow = canvas.Shadow{}
	if s.shadow {
		r.box.Shadow = canvas.Shadow{Color: look.Color(look.Shade), BlurRadius: 8, Offset: fyne.NewPos(0, 2)}
	}
}

// IconImage shows an icon of the theme.
type IconImage struct {
	widget.BaseWidget
	name string
	tone look.Tone
	px   float32
}

// Icon shows an icon by name, as large as text.
func Icon(name string, tone look.Tone) *IconImage {
	i := &IconImage{name: name, tone: tone}
	i.ExtendBaseWidget(i)
	return i
}

// Sized makes the icon px wide and high. It returns i.
func (i *IconImage) Sized(px float32) *IconImage { i.px = px; return i }

// Set changes the icon.
func (i *IconImage) Set(name string, tone look.Tone) {
	if i.name != name || i.tone != tone {
		i.name, i.tone = name, tone
		i.Refresh()
	}
}

// Name is the icon's name.
func (i *IconImage) Name() string { return i.name }

// CreateRenderer implements fyne.Widget.
func (i *IconImage) CreateRenderer() fyne.WidgetRenderer {
	i.ExtendBaseWidget(i)
	img := canvas.NewImageFromResource(nil)
	img.FillMode = canvas.ImageFillContain
	r := &iconRenderer{i: i, img: img}
	r.paint()
	return r
}

type iconRenderer struct {
	i   *IconImage
	img *canvas.Image
}

func (r *iconRenderer) Destroy()                     {}
func (r *iconRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.img} }
func (r *iconRenderer) Layout(size fyne.Size)        { r.img.Resize(size) }

func (r *iconRenderer) MinSize() fyne.Size {
	px := r.i.px
	if px == 0 {
		px = look.Size(look.SizeIcon)
	}
	return fyne.NewSquareSize(px)
}

func (r *iconRenderer) Refresh() {
	r.paint()
	r.img.Refresh()
}

func (r *iconRenderer) paint() { r.img.Resource = look.Icon(r.i.name, r.i.tone) }

// Badge is an icon on a soft rounded square.
func Badge(icon string, tone look.Tone) *fyne.Container {
	return Stack(MinSize(32, 32, Surface(tone.Soft(), 8)), Middle(Icon(icon, tone)))
}

// Dot is a small round mark in the tone's colour.
func Dot(tone look.Tone) *fyne.Container { return MinSize(8, 8, Surface(tone.Color(), 4)) }

// Divider is a hairline between parts.
func Divider() *fyne.Container { return MinSize(1, 1, Surface(look.Border, 0)) }
