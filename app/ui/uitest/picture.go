package uitest

import (
	"fmt"
	"image/png"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/kit"
)

// Settle lays everything out until nothing moves, as a real window does before
// it draws.
func (u *UI) Settle() {
	c := u.Window.Canvas()
	roots := append([]fyne.CanvasObject{c.Content()}, c.Overlays().List()...)
	before := ""
	for range 6 {
		now := ""
		for _, o := range roots {
			if o != nil {
				settle(o, &now)
			}
		}
		if now == before {
			return
		}
		before = now
	}
}

func settle(o fyne.CanvasObject, state *string) {
	if !o.Visible() {
		return
	}
	*state += fmt.Sprint(o.Size())
	switch x := o.(type) {
	case *fyne.Container:
		if x.Layout != nil {
			x.Layout.Layout(x.Objects, x.Size())
		}
	case fyne.Widget:
		test.WidgetRenderer(x).Layout(x.Size())
	}
	for _, child := range children(o) {
		settle(child, state)
	}
}

// PicturesVar names the folder that pictures are written to.
const PicturesVar = "UI_PICTURES"

// Picture draws the window into a file NAME-VARIANT.png of the folder that
// UI_PICTURES names. Without it nothing is drawn: drawing is most of a test's
// time, and only eyes can judge it.
func (u *UI) Picture(name string) {
	u.t.Helper()
	u.Settle()
	dir := os.Getenv(PicturesVar)
	if dir == "" {
		return
	}
	img := u.Window.Canvas().Capture()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		u.t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, name+"-"+u.Variant.Name()+".png"))
	if err != nil {
		u.t.Fatal(err)
	}
	err = png.Encode(f, img)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		u.t.Fatal(err)
	}
}

// NothingCut fails the test when a text has less room than it needs, or when
// something wants the window to be wider than it is.
func (u *UI) NothingCut() {
	u.t.Helper()
	u.Settle()
	root := u.Root()
	if w := root.MinSize().Width; w > u.Variant.Width+0.5 {
		u.t.Errorf("the window must be %v wide, but is %v: %s", w, u.Variant.Width, widest(root, u.Variant.Width))
	}
	u.uncut(root, fyne.NewPos(0, 0), u.Variant.Width)
}

// uncut looks at the texts inside o, which lies at a place of the window, and
// of which nothing is seen beyond right.
func (u *UI) uncut(o fyne.CanvasObject, at fyne.Position, right float32) {
	u.t.Helper()
	if o == nil || !o.Visible() {
		return
	}
	at = at.Add(o.Position())
	if s, scrolls := o.(*container.Scroll); scrolls && s.Direction != container.ScrollVerticalOnly {
		right = 1e6
	} else if w := at.X + o.Size().Width; w > at.X {
		right = min(right, w)
	}
	switch x := o.(type) {
	case *kit.Text:
		u.fits(x, x.Text(), at, right)
		return
	case *canvas.Text:
		u.fits(x, x.Text, at, right)
		return
	case *widget.Entry, *kit.EntryBox:
		return // scrolls by itself
	}
	for _, child := range children(o) {
		u.uncut(child, at, right)
	}
}

func (u *UI) fits(o fyne.CanvasObject, s string, at fyne.Position, right float32) {
	u.t.Helper()
	m, size := o.MinSize(), o.Size()
	if s == "" {
		return
	}
	if m.Width > size.Width+1 || m.Height > size.Height+1 {
		u.t.Errorf("%q is cut: it needs %v and has %v", s, m, size)
	} else if at.X+min(size.Width, m.Width) > right+1 {
		u.t.Errorf("%q is cut: it ends at %v of %v", s, at.X+min(size.Width, m.Width), right)
	}
}

// widest names the innermost object that is wider than the window.
func widest(o fyne.CanvasObject, width float32) string {
	name := ""
	Walk(o, func(o fyne.CanvasObject) bool {
		if o.MinSize().Width <= width+0.5 {
			return false
		}
		name = fmt.Sprintf("%T %q", o, Texts(o))
		return true
	})
	return name
}
