package kit_test

import (
	"bytes"
	"errors"
	"image/png"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view/viewtest"
	"supercomputing/chain/types"
)

func key(o fyne.Focusable, names ...fyne.KeyName) {
	for _, n := range names {
		o.TypedKey(&fyne.KeyEvent{Name: n})
	}
}

func TestButton(t *testing.T) {
	u := uitest.New(t)
	taps := 0
	b := kit.Primary("Send", func() { taps++ })
	u.Show(kit.Column(b))
	u.Tap("Send")
	key(b, fyne.KeySpace, fyne.KeyReturn)
	if taps != 3 {
		t.Errorf("%d taps, want 3", taps)
	}
	b.Disable()
	b.Tapped(nil)
	key(b, fyne.KeySpace)
	b.Enable()
	b.SetBusy(true)
	b.Tapped(nil)
	if taps != 3 {
		t.Error("a disabled or busy button acted")
	}
	b.SetBusy(false)
	b.SetLabel("Pay")
	u.Tap("Pay")
	if taps != 4 {
		t.Errorf("%d taps, want 4", taps)
	}
}

// Esc in a field goes to the window, and so does Enter where it does nothing.
func TestKeysGoOn(t *testing.T) {
	u := uitest.New(t)
	var got []fyne.KeyName
	u.Window.Canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { got = append(got, e.Name) })
	e := kit.Entry("name")
	b := kit.Primary("OK", nil)
	u.Show(kit.Column(e, b))
	key(e, fyne.KeyEscape, fyne.KeyReturn)
	key(b, fyne.KeyEscape)
	e.OnSubmitted = func(string) { got = append(got, "submitted") }
	key(e, fyne.KeyReturn)
	if want := []fyne.KeyName{fyne.KeyEscape, fyne.KeyReturn, fyne.KeyEscape, "submitted"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestTabs(t *testing.T) {
	u := uitest.New(t)
	var got []int
	tabs := kit.Tabs([]string{"One", "Two", "Three"}, 0, func(i int) { got = append(got, i) })
	u.Show(kit.Column(tabs))
	u.Tap("Two")
	u.Tap("Two")
	two := u.Tappable("Two").(fyne.Focusable)
	key(two, fyne.KeyRight, fyne.KeyLeft)
	if !reflect.DeepEqual(got, []int{1, 2, 1}) || tabs.Selected() != 1 {
		t.Errorf("chosen: %v, now %d", got, tabs.Selected())
	}
}

func TestSelect(t *testing.T) {
	u := uitest.New(t)
	var got []int
	s := kit.Select([]string{"One", "Two", "Three"}, 0, func(i int) { got = append(got, i) })
	u.Show(kit.Column(kit.Field("Number", s)))
	u.Choose("Number", "Three")
	key(s, fyne.KeyLeft)
	u.Tap("Two") // opens the menu
	u.Tap("One")
	if !reflect.DeepEqual(got, []int{2, 1, 0}) {
		t.Errorf("chosen: %v", got)
	}
	if u.Window.Canvas().Overlays().Top() != nil {
		t.Error("the menu stayed open")
	}
}

func TestSwitchCheckRadio(t *testing.T) {
	u := uitest.New(t)
	var log []any
	sw := kit.SwitchRow("Contribute", "Works for others.", false, func(b bool) { log = append(log, b) })
	c := kit.Check("Sure", false, func(b bool) { log = append(log, b) })
	r := kit.Radio([]kit.Choice{{Title: "Slow"}, {Title: "Off", Off: true}, {Title: "Fast"}}, 0, func(i int) { log = append(log, i) })
	u.Show(kit.Column(sw, c, r))
	u.Tap("Contribute")
	u.Tap("Sure")
	u.Tap("Sure")
	u.Tap("Fast")
	slow := u.Tappable("Slow").(fyne.Focusable)
	key(slow, fyne.KeyUp)
	if want := []any{true, true, false, 2, 0}; !reflect.DeepEqual(log, want) {
		t.Errorf("got %v, want %v", log, want)
	}
	if !sw.Switch.On() || c.On() || r.Selected() != 0 {
		t.Error("the states are wrong")
	}
	sw.Switch.Set(false)
	r.Select(2)
	if len(log) != 5 {
		t.Error("setting a state told about it")
	}
}

func TestSlider(t *testing.T) {
	u := uitest.New(t)
	var moved, ended []float64
	s := kit.Slider(kit.SliderOptions{Min: 0, Max: 10, Step: 2, Value: 4, Low: "low", High: "high",
		Format:  func(v float64) string { return "value " + u.Env.Text.Decimal(v, 0) },
		Changed: func(v float64) { moved = append(moved, v) }, Ended: func(v float64) { ended = append(ended, v) }})
	u.Show(kit.Column(s))
	u.MustHave("value 4", "low", "high")
	track := uitest.All[fyne.Draggable](s)[0]
	key(track.(fyne.Focusable), fyne.KeyRight, fyne.KeyEnd, fyne.KeyRight)
	if !reflect.DeepEqual(moved, []float64{6, 10}) || len(ended) != 3 {
		t.Errorf("moved %v, ended %v", moved, ended)
	}
	track.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(0, 10)}})
	track.DragEnd()
	if s.Value() != 0 {
		t.Errorf("dragged to the left end: %v", s.Value())
	}
	u.MustHave("value 0")
}

func TestFieldSaysWhatIsWrong(t *testing.T) {
	u := uitest.New(t)
	f := kit.Field("Name", kit.Entry("e.g. Anna")).Help("Seen by you alone.")
	u.Show(kit.Form(f))
	u.MustHave("Name", "Seen by you alone.")
	f.SetError("Too long.")
	if u.MustHave("Too long."); u.Has("Seen by you alone.") {
		t.Error("help and error are both shown")
	}
	f.SetError("")
	if u.MustHave("Seen by you alone."); u.Has("Too long.") {
		t.Error("the error stays")
	}
}

func TestAmountEntry(t *testing.T) {
	u := uitest.New(t)
	a := u.Env.Kit.Amount()
	var last types.Amount
	var bad error
	a.OnChanged = func(v types.Amount, err error) { last, bad = v, err }
	u.Show(kit.Field("Amount", a))
	u.Type("Amount", "1,250.5")
	if last != 1250_50000000 || bad != nil {
		t.Errorf("%v, %v", last, bad)
	}
	u.Type("Amount", "1,5")
	if bad == nil {
		t.Error("1,5 was taken")
	}
	a.SetAmount(3 * types.Coin)
	if v, err := a.Value(); v != 3*types.Coin || err != nil || a.Entry.Text != "3" {
		t.Errorf("%v %v %q", v, err, a.Entry.Text)
	}
}

func TestPassphraseStrength(t *testing.T) {
	u := uitest.New(t)
	p := u.Env.Kit.NewPassword("Passphrase")
	u.Show(p)
	for s, want := range map[string]int{
		"": 0, "abc": 1, "12345678": 1, "aaaaaaaaaaaaaaaa": 1, "password1": 1, "Qwertyuiop": 1, "sunny4day7": 2,
		"correct horse battery": 3, "correct horse battery staple 9": 4, "kV9#mQ2!xL7$wP": 3, "kV9#mQ2!xL7$wPz4%R": 4,
	} {
		p.Entry.SetText(s)
		if got := p.Strength(); got != want {
			t.Errorf("%q: %d, want %d", s, got, want)
		}
	}
	p.Entry.SetText("abc")
	u.MustHave("Weak")
	p.Entry.SetText("")
	u.MustHave("At least 8")
}

func TestCopyAndAddress(t *testing.T) {
	u := uitest.New(t)
	me := viewtest.Me()
	a := u.Env.Kit.Address(me, "Anna")
	u.Show(kit.Column(a))
	u.MustHave("Anna")
	u.Tap("Copy")
	if !slices.Equal(u.Copied, []string{me}) {
		t.Errorf("copied: %q", u.Copied)
	}
	u.MustHave("Copied")
	u.Advance(time.Minute)
	if u.Has("Copied") {
		t.Error("the toast stays")
	}
	u.Tap(me)
	if len(u.Routes) != 1 || u.Routes[0].Ref != me {
		t.Errorf("routes: %v", u.Routes)
	}
}

func TestTooltip(t *testing.T) {
	u := uitest.New(t)
	b := u.Env.Kit.IconButton("refresh", "Load again", nil)
	u.Show(kit.Column(b))
	b.MouseIn(&desktop.MouseEvent{})
	if u.Has("Load again") {
		t.Error("the tooltip came at once")
	}
	u.Advance(time.Second)
	u.MustHave("Load again")
	b.MouseOut()
	if u.Has("Load again") || u.Pending() != 0 {
		t.Error("the tooltip stays, or a timer")
	}
}

func TestQRCodeReadsBack(t *testing.T) {
	uitest.New(t)
	want := "supercomputing:" + viewtest.Me() + "?amount=5.25"
	b, err := kit.QRPicture(want)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	got, err := qrcode.NewQRCodeReader().Decode(bits, nil)
	if err != nil || got.GetText() != want {
		t.Errorf("read %v, %v", got, err)
	}
	if _, err := kit.QRPicture(strings.Repeat("x", 5000)); err == nil {
		t.Error("5000 letters fit a code")
	}
}

func TestSheet(t *testing.T) {
	u := uitest.New(t)
	c := u.Window.Canvas()
	below := 0
	c.SetOnTypedKey(func(*fyne.KeyEvent) { below++ })
	u.Show(kit.Body("page"))
	closed, did := 0, 0
	open := func(keep bool) *kit.Sheet {
		return u.Env.Kit.Sheet(kit.SheetOptions{Title: "Question", Keep: keep, Closed: func() { closed++ },
			Content: kit.Entry("answer"), Actions: []*kit.Button{kit.Secondary("No", nil), kit.Primary("Yes", func() { did++ })}})
	}
	s := open(false)
	u.Key(fyne.KeyReturn)
	if did != 1 {
		t.Error("Enter does not act")
	}
	u.Key(fyne.KeyEscape)
	if s.Open() || closed != 1 {
		t.Error("Esc does not close")
	}
	s.Close()
	if closed != 1 {
		t.Error("closed twice")
	}
	u.Key(fyne.KeyEscape)
	if below != 1 {
		t.Error("keys do not reach the window again")
	}
	s = open(true)
	u.Key(fyne.KeyEscape)
	if !s.Open() {
		t.Error("Esc closed what must stay")
	}
	s.Close()
}

// Dialogs may close in any order: the keys go to the topmost, then back.
func TestSheetsCloseInAnyOrder(t *testing.T) {
	u := uitest.New(t)
	below := 0
	u.Window.Canvas().SetOnTypedKey(func(*fyne.KeyEvent) { below++ })
	u.Show(kit.Body("page"))
	first := u.Env.Kit.Sheet(kit.SheetOptions{Title: "First"})
	second := u.Env.Kit.Sheet(kit.SheetOptions{Title: "Second"})
	first.Close()
	u.Key(fyne.KeyEscape)
	if second.Open() || below != 0 {
		t.Error("Esc did not reach the topmost dialog")
	}
	u.Key(fyne.KeyEscape)
	if below != 1 {
		t.Error("keys do not reach the window again")
	}
}

func TestConfirm(t *testing.T) {
	u := uitest.New(t)
	u.Show(kit.Body("page"))
	did, cancelled := 0, 0
	ask := func() {
		u.Env.Kit.Confirm(kit.ConfirmOptions{Title: "Delete?", Action: "Delete", Tone: look.Danger,
			Facts: []kit.Fact{{Label: "What", Value: "the label"}}, Do: func() { did++ }, Cancel: func() { cancelled++ }})
	}
	ask()
	u.MustHave("Delete?", "What", "the label")
	u.Tap("Cancel")
	ask()
	u.Tap("Delete")
	if did != 1 || cancelled != 1 {
		t.Errorf("did %d, cancelled %d", did, cancelled)
	}
	u.MustHave("page")
}

func TestWizard(t *testing.T) {
	u := uitest.New(t)
	var answer func(error)
	finished, skip := 0, true
	w := u.Env.Kit.Wizard(kit.WizardOptions{Finished: func() { finished++ }, Steps: []kit.Step{
		{Title: "First", Content: func() fyne.CanvasObject { return kit.Body("one") }},
		{Title: "Left out", Content: func() fyne.CanvasObject { return kit.Body("two") }, Skip: func() bool { return skip }},
		{Title: "Last", Action: "Finish", Content: func() fyne.CanvasObject { return kit.Body("three") }, Next: func(done func(error)) { answer = done }},
	}})
	u.Show(w)
	if u.MustHave("First", "Step 1 of 3"); u.Enabled("Back") {
		t.Error("back from the first step")
	}
	u.Tap("Continue")
	u.MustHave("Last")
	u.Tap("Finish")
	if u.Enabled("Finish") || u.Enabled("Back") {
		t.Error("buttons act while the step works")
	}
	answer(errors.New("no room"))
	u.MustHave("no room", "Last")
	u.Tap("Finish")
	answer(nil)
	if finished != 1 {
		t.Errorf("finished %d times", finished)
	}
	skip = false
	u.Tap("Back")
	u.MustHave("Left out")
}

func TestMenu(t *testing.T) {
	u := uitest.New(t)
	got := ""
	more := u.Env.Kit.MoreButton(kit.MenuItem{Label: "Rename", Do: func() { got = "Rename" }}, kit.MenuItem{}, kit.MenuItem{Label: "Delete", Icon: "delete", Do: func() { got = "Delete" }})
	u.Show(kit.Column(more))
	u.Tap("More")
	u.Tap("Delete")
	if got != "Delete" {
		t.Errorf("got %q", got)
	}
}

func TestDetailsAndSplit(t *testing.T) {
	u := uitest.NewVariant(t, uitest.Phone())
	u.Show(kit.Column(kit.Details("More", kit.Body("hidden"))))
	if u.Has("hidden") {
		t.Error("details are open")
	}
	u.Tap("More")
	u.MustHave("hidden")

	s := kit.Split(kit.SplitOptions{Master: kit.Body("list"), Detail: kit.Body("nothing chosen")})
	u.Show(s)
	if u.Has("nothing chosen") || s.Beside() {
		t.Error("both parts in a narrow window")
	}
	s.ShowDetail(kit.Body("chosen"))
	u.Settle()
	if u.MustHave("chosen"); u.Has("list") {
		t.Error("the list covers what is chosen")
	}
	s.ShowDetail(nil)
	u.Settle()
	u.MustHave("list")
}

func TestChartPoints(t *testing.T) {
	u := uitest.New(t)
	for _, c := range []*kit.Chart{kit.AreaChart(200), kit.Bars(200)} {
		c.Set(points(30))
		u.Show(kit.Column(c))
		test.MoveMouse(u.Window.Canvas(), fyne.NewPos(1100, 100))
		u.Settle()
		if c.Over() < 26 {
			t.Errorf("over %d", c.Over())
		}
		u.MustHave(points(30)[c.Over()].Text)
		key(c, fyne.KeyLeft)
		if c.Over() < 25 {
			t.Errorf("the key moved to %d", c.Over())
		}
		c.MouseOut()
		if c.Over() != -1 {
			t.Error("the bubble stays")
		}
		c.Set(nil)
		u.Settle()
		c.Set(points(1))
		u.Settle()
	}
}

func TestWeekGrid(t *testing.T) {
	u := uitest.New(t)
	var got [7]uint32
	told := 0
	w := kit.WeekGrid([7]uint32{}, u.Env.Text.Weekdays(), func(h [7]uint32) { got = h; told++ })
	u.Show(kit.Column(w))
	key(w, fyne.KeySpace, fyne.KeyRight, fyne.KeyDown, fyne.KeySpace)
	if want := [7]uint32{1, 2}; got != want || told != 2 {
		t.Errorf("by keys: %x, told %d times", got, told)
	}
	size := w.Size()
	at := fyne.NewPos(size.Width*0.5, size.Height*0.6)
	for range 10 {
		at.X += 20
		w.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: at}, Dragged: fyne.Delta{DX: 20}})
	}
	if told != 2 {
		t.Error("it told before the drag ended")
	}
	w.DragEnd()
	if bits := got[3] | got[4]; told != 3 || bits == 0 || bits&(bits-1) == 0 {
		t.Errorf("by dragging: %x, told %d times", got, told)
	}
	w.Tapped(&fyne.PointEvent{Position: fyne.NewPos(2, size.Height-4)}) // the last day's name
	if got[6] != 1<<24-1 {
		t.Errorf("a whole day: %x", got[6])
	}
}

func TestTileGrid(t *testing.T) {
	u := uitest.New(t)
	got := -1
	g := kit.TileGrid()
	g.OnTapped = func(i int) { got = i }
	g.Set(40, 20, []kit.Tile{{X: 0, Y: 0, W: 20, H: 20}, {X: 20, Y: 0, W: 20, H: 20, State: kit.TileDone}})
	u.Show(kit.MaxWidth(400, g))
	g.Tapped(&fyne.PointEvent{Position: fyne.NewPos(g.Size().Width*0.6, g.Size().Height*0.5)})
	if got != 1 {
		t.Errorf("tapped %d", got)
	}
	if h := g.HeightFor(400); math.Abs(float64(h-200)) > 1 {
		t.Errorf("height %v for 400", h)
	}
}

func TestPrimitivesHoldOddValues(t *testing.T) {
	u := uitest.New(t)
	bar := kit.Bar()
	bar.Set(math.Inf(1))
	bar.Set(-3)
	donut, split, pieces, field, spark := kit.Donut(100), kit.SplitBar(), kit.Pieces(10), kit.Pieces(60), kit.Sparkline()
	donut.Set(nil, "", "")
	split.Set([]kit.Part{{Label: "none", Value: 0}})
	pieces.SetBits([]byte{0x80}, 100_000)
	field.SetBits(nil, 1_000_000)
	spark.Set([]float64{0, 0})
	u.Show(kit.Column(bar, donut, split, pieces, field, spark, kit.TileGrid(), kit.Picture(nil), kit.QR(""), kit.Avatar("", 20)))
	u.Window.Canvas().Capture()
	if bar.Value() != 0 {
		t.Errorf("bar at %v", bar.Value())
	}
}
