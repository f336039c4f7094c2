package desktop

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
)

// testTrees visits what a test's canvas shows, as a driver would.
func testTrees(c fyne.Canvas, enter func(fyne.CanvasObject, fyne.Position), leave func()) {
	var walk func(o fyne.CanvasObject, at fyne.Position)
	walk = func(o fyne.CanvasObject, at fyne.Position) {
		if !o.Visible() {
			return
		}
		at = at.Add(o.Position())
		enter(o, at)
		var parts []fyne.CanvasObject
		switch o := o.(type) {
		case *fyne.Container:
			parts = o.Objects
		case fyne.Widget:
			parts = test.WidgetRenderer(o).Objects()
		}
		for _, part := range parts {
			walk(part, at)
		}
		leave()
	}
	walk(c.Content(), fyne.NewPos(0, 0))
	for _, o := range c.Overlays().List() {
		walk(o, fyne.NewPos(0, 0))
	}
}

func TestSee(t *testing.T) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(look.New(look.Options{Mode: look.ModeLight, Scale: 1, Language: "en"}))
	name, pass := kit.Entry("a hint"), widget.NewPasswordEntry()
	name.SetText("typed")
	pass.SetText("secret")
	off := kit.Primary("Off", nil)
	off.Disable()
	hidden := widget.NewLabel("hidden")
	hidden.Hide()
	tall := container.NewVBox(widget.NewLabel("first"), layoutSpace(900), widget.NewLabel("scrolled away"))
	content := container.NewBorder(kit.Column(kit.Field("Name", name), pass, off, hidden), nil, nil, nil, container.NewVScroll(tall))
	w := test.NewTempWindow(t, content)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(400, 500))
	w.Canvas().Focus(name)

	s := see(w.Canvas(), testTrees)
	find := func(fits func(Box) bool) (found []Box) {
		for _, b := range s.Boxes {
			if fits(b) {
				found = append(found, b)
			}
		}
		return found
	}
	if f := find(func(b Box) bool { return b.Kind == BoxField && b.Label == "Name" }); len(f) != 1 || f[0].Text != "typed" || f[0].Hint != "a hint" || !f[0].Focused || f[0].W < 300 {
		t.Errorf("the field: %+v", f)
	}
	if f := find(func(b Box) bool { return b.Text == "secret" }); len(f) != 0 {
		t.Errorf("a passphrase is told: %+v", f)
	}
	if f := find(func(b Box) bool { return b.Kind == BoxTap && b.Label == "Off" }); len(f) != 1 || !f[0].Off {
		t.Errorf("the button: %+v", f)
	}
	for text, want := range map[string]int{"first": 1, "hidden": 0, "scrolled away": 0, "Name": 1} {
		if f := find(func(b Box) bool { return b.Kind == BoxText && b.Text == text }); len(f) != want {
			t.Errorf("%q is told %d times: %+v", text, len(f), f)
		}
	}
	widget.ShowModalPopUp(widget.NewLabel("above"), w.Canvas())
	s = see(w.Canvas(), testTrees)
	if f := find(func(b Box) bool { return b.Text == "above" }); len(f) != 1 || f[0].Layer != 1 {
		t.Errorf("a dialog: %+v", f)
	}
}

// layoutSpace is nothing, so high.
func layoutSpace(height float32) fyne.CanvasObject {
	return container.New(space(height))
}

type space float32

func (space) Layout([]fyne.CanvasObject, fyne.Size) {}

func (s space) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(1, float32(s)) }
