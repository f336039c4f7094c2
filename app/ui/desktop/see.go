package desktop

import (
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/kit"
)

// trees visits all visible objects of a canvas: enter with the place in the
// window before an object's children, leave after them.
type trees func(c fyne.Canvas, enter func(o fyne.CanvasObject, at fyne.Position), leave func())

// driverTrees asks the toolkit's driver, which alone knows what widgets consist
// of. Its method takes types that only the toolkit may name, so it is called by
// reflection; a test on a real window sees when it changes.
func driverTrees(c fyne.Canvas, enter func(fyne.CanvasObject, fyne.Position), leave func()) {
	walk := reflect.ValueOf(c).MethodByName("WalkTrees")
	if !walk.IsValid() {
		return
	}
	visit := func(fn func(fyne.CanvasObject, fyne.Position)) reflect.Value {
		return reflect.MakeFunc(walk.Type().In(0), func(args []reflect.Value) []reflect.Value {
			o, _ := args[0].MethodByName("Obj").Call(nil)[0].Interface().(fyne.CanvasObject)
			at, _ := args[1].Interface().(fyne.Position)
			fn(o, at)
			return nil
		})
	}
	walk.Call([]reflect.Value{visit(enter), visit(func(fyne.CanvasObject, fyne.Position) { leave() })})
}

// see tells what a canvas shows. It runs on the UI thread.
func see(c fyne.Canvas, visit trees) Seen {
	size := c.Size()
	v := &viewer{seen: Seen{Scale: c.Scale(), Width: size.Width, Height: size.Height, Boxes: []Box{}}, focused: c.Focused(), over: c.Overlays().List()}
	v.stack = []level{{clip: clip{0, 0, size.Width, size.Height}}}
	visit(c, v.enter, v.leave)
	return v.seen
}

// clip is the part of the window in which something can be seen.
type clip struct{ x0, y0, x1, y1 float32 }

func (c clip) with(p fyne.Position, s fyne.Size) clip {
	return clip{max(c.x0, p.X), max(c.y0, p.Y), min(c.x1, p.X+s.Width), min(c.y1, p.Y+s.Height)}
}

func (c clip) empty() bool { return c.x1-c.x0 < 1 || c.y1-c.y0 < 1 }

// level is what holds inside an object.
type level struct {
	clip  clip
	field string // label of the field that this is in
	told  bool   // the object was told of whole: its parts are not
	layer int
}

type viewer struct {
	seen    Seen
	focused fyne.Focusable
	over    []fyne.CanvasObject // dialogs and menus
	stack   []level
}

func (v *viewer) enter(o fyne.CanvasObject, at fyne.Position) {
	l := v.stack[len(v.stack)-1]
	if i := slices.Index(v.over, o); i >= 0 {
		l.layer = i + 1
	}
	shown := l.clip.with(at, o.Size())
	if f, ok := o.(*kit.FieldBox); ok {
		l.field = f.Label()
	}
	if !l.told && !shown.empty() {
		l.told = v.note(o, shown, l)
	}
	// Only what scrolls cuts its content off.
	if _, ok := o.(fyne.Scrollable); ok {
		l.clip = shown
	}
	v.stack = append(v.stack, l)
}

func (v *viewer) leave() { v.stack = v.stack[:len(v.stack)-1] }

// note adds what a person would see of o itself; true when that is all.
func (v *viewer) note(o fyne.CanvasObject, c clip, l level) (whole bool) {
	b := Box{X: c.x0, Y: c.y0, W: c.x1 - c.x0, H: c.y1 - c.y0, Layer: l.layer}
	if f, ok := o.(fyne.Focusable); ok && v.focused == f {
		b.Focused = true
	}
	if d, ok := o.(fyne.Disableable); ok {
		b.Off = d.Disabled()
	}
	switch o := o.(type) {
	case *canvas.Text:
		b.Kind, b.Text = BoxText, o.Text
	case *kit.Text:
		b.Kind, b.Text, whole = BoxText, o.Text(), true
	case *widget.RichText:
		b.Kind, b.Text, whole = BoxText, o.String(), true
	default:
		if e := entry(o); e != nil {
			b.Kind, b.Text, b.Hint, b.Label, whole = BoxField, e.Text, e.PlaceHolder, l.field, true
			if e.Password {
				b.Text = ""
			}
			break
		}
		if _, ok := o.(fyne.Tappable); !ok {
			return false
		}
		b.Kind = BoxTap
		if n, ok := o.(interface{ Label() string }); ok {
			b.Label = n.Label()
		}
	}
	if b.Kind != BoxText || b.Text != "" {
		v.seen.Boxes = append(v.seen.Boxes, b)
	}
	return whole
}

// entry is the field that o is, nil when it is none. Types that hold one inside
// are found by that.
func entry(o fyne.CanvasObject) *widget.Entry {
	if e, ok := o.(*widget.Entry); ok {
		return e
	}
	p := reflect.ValueOf(o)
	if p.Kind() != reflect.Pointer || p.Elem().Kind() != reflect.Struct {
		return nil
	}
	f := p.Elem().FieldByName("Entry")
	if !f.IsValid() || !f.CanAddr() || !f.CanInterface() {
		return nil
	}
	e, _ := f.Addr().Interface().(*widget.Entry)
	return e
}
