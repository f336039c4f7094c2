package kit_test

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/uitest"
)

// What a person was doing outlives that a part of the page is made anew.
func TestRedrawKeepsFocusAndDetails(t *testing.T) {
	u := uitest.New(t)
	box := kit.Column()
	draw := func() {
		box.Objects = []fyne.CanvasObject{kit.Primary("Same", nil), kit.Primary("Same", nil), kit.Details("More", kit.Body("inside"))}
		box.Refresh()
	}
	draw()
	u.Show(box)
	second := box.Objects[1].(*kit.Button)
	u.Window.Canvas().Focus(second)
	box.Objects[2].(*kit.Expander).SetOpen(true)
	u.Env.Kit.Redraw(box, draw)
	if got := u.Window.Canvas().Focused(); got != fyne.Focusable(box.Objects[1].(*kit.Button)) || got == fyne.Focusable(second) {
		t.Errorf("the focus is on %v", got)
	}
	if !box.Objects[2].(*kit.Expander).Open() {
		t.Error("details closed by themselves")
	}
	u.Window.Canvas().Unfocus()
	u.Env.Kit.Redraw(box, draw)
	if u.Window.Canvas().Focused() != nil {
		t.Error("something took the focus")
	}
}

// Nothing comes over a locked window; it is shown when the window is open again.
func TestHold(t *testing.T) {
	u := uitest.New(t)
	u.Show(kit.Body("below"))
	k := u.Env.Kit
	k.Toast(look.Info, "before")
	k.Hold(true)
	closed := k.Sheet(kit.SheetOptions{Title: "Gone again"})
	k.Sheet(kit.SheetOptions{Title: "Secret"})
	k.Toast(look.Info, "5 SCC")
	u.Settle()
	if u.Has("Secret") || u.Has("5 SCC") || u.Has("before") || u.Window.Canvas().Overlays().Top() != nil {
		t.Errorf("over the lock: %q", u.Texts())
	}
	closed.Close()
	k.Hold(false)
	u.Settle()
	u.MustHave("Secret")
	if n := len(u.Window.Canvas().Overlays().List()); n != 1 {
		t.Errorf("%d dialogs", n)
	}
	u.Advance(time.Minute)
}

// A dialog that closes below another leaves that one where it is.
func TestSheetBelowAnother(t *testing.T) {
	u := uitest.New(t)
	u.Show(kit.Body("page"))
	first := u.Env.Kit.Sheet(kit.SheetOptions{Title: "First"})
	second := u.Env.Kit.Sheet(kit.SheetOptions{Title: "Second"})
	first.Close()
	u.Settle()
	u.MustHave("Second")
	u.Key(fyne.KeyEscape)
	if second.Open() || u.Window.Canvas().Overlays().Top() != nil {
		t.Error("the second does not listen any more")
	}
}

func TestConfirmIsAnsweredOnce(t *testing.T) {
	u := uitest.New(t)
	u.Show(kit.Body("page"))
	paid := 0
	u.Env.Kit.Confirm(kit.ConfirmOptions{Title: "Pay?", Action: "Pay", Do: func() { paid++ }})
	pay := u.Tappable("Pay")
	pay.Tapped(nil)
	pay.Tapped(nil)
	if paid != 1 {
		t.Errorf("paid %d times", paid)
	}
}

func TestScrollerKeepsItsPlace(t *testing.T) {
	u := uitest.New(t)
	long := func() fyne.CanvasObject { return kit.MinHeight(4000, kit.Body("long")) }
	s := kit.Scroll(long())
	u.Show(s)
	s.ScrollToOffset(fyne.NewPos(0, 500))
	s.SetContent(long())
	u.Settle()
	if s.Offset.Y != 500 {
		t.Errorf("scrolled to %v", s.Offset.Y)
	}
}

// In a slim place the value of a legend stands beside its label, not below.
func TestLegendInASlimPlace(t *testing.T) {
	u := uitest.New(t)
	s := kit.SplitBar()
	s.Set([]kit.Part{{Label: "Recorded on the chain", Text: "1,234.5678 SCC", Value: 1}})
	u.Show(kit.Left(kit.MinWidth(230, s)))
	var label, value fyne.CanvasObject
	for _, x := range uitest.All[*kit.Text](u.Root()) {
		switch x.Text() {
		case "Recorded on the chain":
			label = x
		case "1,234.5678 SCC":
			value = x
		}
	}
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject
	if at(value).Y >= at(label).Y+label.Size().Height || at(value).X <= at(label).X {
		t.Errorf("label at %v, value at %v", at(label), at(value))
	}
}
