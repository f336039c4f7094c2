// Package uitest owns what tests of the windows need: an Env over a fake node
// with a queue in place of the UI thread and a clock that stands still, a
// window without a screen, and hands that tap, type and look. It is for tests
// alone.
package uitest

import (
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view/viewtest"
	"supercomputing/assets"
)

// Variant is how a window looks.
type Variant struct {
	Language string
	Mode     string
	Width    float32
	Height   float32
	Scale    float32
}

// Narrow tells whether the variant has the layout of a phone.
func (v Variant) Narrow() bool { return v.Width < kit.Narrow }

// Name is the variant in the name of a test or a picture.
func (v Variant) Name() string {
	name := v.Mode + "-" + v.Language + "-wide"
	if v.Narrow() {
		name = v.Mode + "-" + v.Language + "-narrow"
	}
	if v.Scale > 1 {
		name += "-large"
	}
	return name
}

// The sizes of windows.
const (
	wideWidth, wideHeight     = 1180, 760
	narrowWidth, narrowHeight = 390, 844
)

// Wide is the usual variant: light, English, a large window.
func Wide() Variant {
	return Variant{Language: text.English, Mode: look.ModeLight, Width: wideWidth, Height: wideHeight, Scale: 1}
}

// Phone is Wide in a narrow window.
func Phone() Variant {
	v := Wide()
	v.Width, v.Height = narrowWidth, narrowHeight
	return v
}

// Variants lists all looks: light and dark, English and Chinese, wide and
// narrow, and large texts.
func Variants() []Variant {
	var all []Variant
	for _, mode := range []string{look.ModeLight, look.ModeDark} {
		for _, language := range []string{text.English, text.Chinese} {
			w, n := Wide(), Phone()
			w.Mode, w.Language, n.Mode, n.Language = mode, language, mode, language
			all = append(all, w, n)
		}
	}
	for _, v := range []Variant{Wide(), Phone()} {
		v.Scale = look.MaxScale
		all = append(all, v)
		v.Language = text.Chinese
		all = append(all, v)
	}
	return all
}

// UI is a window for a test, with the Env of its pages.
type UI struct {
	Env     *page.Env
	Fake    *viewtest.Fake
	Host    *viewtest.Host
	Variant Variant
	Window  fyne.Window
	Layer   *kit.Layer
	// Routes, Toasts, Failures and Copied tell what the pages asked for.
	Routes   []page.Route
	Toasts   []string
	Failures []error
	Copied   []string

	t     testing.TB
	clock *clock

	mu      sync.Mutex
	changed *sync.Cond
	queue   []func()
	running int // works that were spawned and not ended
}

// New makes a wide window over the fixture's node.
func New(t testing.TB) *UI { return NewVariant(t, Wide()) }

// NewVariant makes a window of a variant over the fixture's node.
func NewVariant(t testing.TB, v Variant) *UI {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(look.New(look.Options{Mode: v.Mode, Scale: v.Scale, Language: v.Language}))
	words, err := text.Load(assets.Lang(), v.Language)
	if err != nil {
		t.Fatal(err)
	}
	u := &UI{t: t, Fake: viewtest.Fixture(), Host: &viewtest.Host{Tray: true}, Variant: v, Layer: kit.NewLayer(), clock: &clock{now: viewtest.Now()}}
	u.changed = sync.NewCond(&u.mu)
	u.Window = app.NewWindow("")
	u.Window.SetPadded(false)
	u.Window.Resize(fyne.NewSize(v.Width, v.Height))
	t.Cleanup(u.Window.Close)
	u.Env = u.env(words)
	return u
}

func (u *UI) env(words *text.Catalog) *page.Env {
	e := &page.Env{
		Backend: u.Fake, Host: u.Host, Text: words, Prefs: page.MemoryPrefs(),
		Log: slog.New(slog.DiscardHandler), Post: u.post, Now: u.clock.Now,
		Window: u.Window, Canvas: u.Window.Canvas(), Narrow: u.Variant.Narrow(),
		Go:    func(r page.Route) { u.Routes = append(u.Routes, r) },
		Fail:  func(err error) { u.Failures = append(u.Failures, err) },
		Spawn: u.spawn, After: u.clock.After,
	}
	e.Kit = &kit.Kit{
		Text: words, Canvas: e.Canvas, Post: u.post, Layer: u.Layer, Now: u.clock.Now, After: u.clock.After,
		CopyText: func(s string, _ bool) { u.Copied = append(u.Copied, s) },
		Open:     func(address string) { e.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerAddress, Ref: address}) },
	}
	e.Toast = func(tone look.Tone, s string) {
		u.Toasts = append(u.Toasts, s)
		e.Kit.Toast(tone, s)
	}
	return e
}

// Looks are the variants that a test goes through: all when pictures are wanted,
// else those in which texts have the least room, and under the race detector,
// which has nothing to find in them and costs tenfold, one.
func Looks() []Variant {
	if os.Getenv(PicturesVar) != "" {
		return Variants()
	}
	large, wide := Phone(), Wide()
	large.Scale, wide.Scale = look.MaxScale, look.MaxScale
	if raced {
		return []Variant{large}
	}
	chinese := large
	chinese.Language = text.Chinese
	return []Variant{Wide(), wide, Phone(), large, chinese}
}

// Raced tells that the race detector watches.
func Raced() bool { return raced }

// Each runs fn for each of Looks.
func Each(t *testing.T, fn func(t *testing.T, u *UI)) {
	t.Helper()
	for _, v := range Looks() {
		t.Run(v.Name(), func(t *testing.T) { fn(t, NewVariant(t, v)) })
	}
}

func (u *UI) post(fn func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.queue = append(u.queue, fn)
	u.changed.Broadcast()
}

func (u *UI) spawn(work func()) {
	u.mu.Lock()
	u.running++
	u.mu.Unlock()
	go func() {
		work()
		u.mu.Lock()
		defer u.mu.Unlock()
		u.running--
		u.changed.Broadcast()
	}()
}

// next is a posted function; nil when there is none and nothing runs that
// could post one. late tells that waiting took too long.
func (u *UI) next(late *bool) func() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for len(u.queue) == 0 {
		if u.running == 0 || *late {
			return nil
		}
		u.changed.Wait()
	}
	fn := u.queue[0]
	u.queue = u.queue[1:]
	return fn
}

// drainTime is how long Drain waits for work that does not end.
const drainTime = 20 * time.Second

// Drain runs what was posted until nothing is under way. Work that waits for
// something the test does later is waited for with Step.
func (u *UI) Drain() {
	u.t.Helper()
	late := false
	timer := time.AfterFunc(drainTime, func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		late = true
		u.changed.Broadcast()
	})
	defer timer.Stop()
	for fn := u.next(&late); fn != nil; fn = u.next(&late) {
		fn()
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if late {
		u.t.Fatalf("%d works did not end in %v", u.running, drainTime)
	}
}

// Step runs what is posted now, and waits for nothing.
func (u *UI) Step() {
	for {
		u.mu.Lock()
		if len(u.queue) == 0 {
			u.mu.Unlock()
			return
		}
		fn := u.queue[0]
		u.queue = u.queue[1:]
		u.mu.Unlock()
		fn()
	}
}

// Until runs what is posted until ok says true; other work may go on.
func (u *UI) Until(ok func() bool) {
	u.t.Helper()
	late := false
	timer := time.AfterFunc(drainTime, func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		late = true
		u.changed.Broadcast()
	})
	defer timer.Stop()
	for !ok() {
		fn := u.next(&late)
		if fn == nil {
			u.t.Fatalf("what was waited for did not come; on the screen: %q", u.Texts())
		}
		fn()
	}
}

// Advance moves the clock and runs the timers that are due.
func (u *UI) Advance(d time.Duration) {
	u.clock.advance(d)
	u.Step()
}

// Show puts an object into the window.
func (u *UI) Show(o fyne.CanvasObject) {
	u.Window.SetContent(kit.Stack(o, u.Layer.Object()))
	u.Window.Resize(fyne.NewSize(u.Variant.Width, u.Variant.Height))
	u.Settle()
}

// ShowPage puts a page into the window and closes it with the test.
func (u *UI) ShowPage(p page.Page) {
	u.t.Helper()
	u.t.Cleanup(p.Close)
	u.Show(p.Object())
	u.Drain()
	u.Settle()
}
