package gallery

import (
	"flag"
	"fmt"
	"html"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

var (
	out  = flag.String("out", "", "folder for the pictures; empty: they are thrown away")
	only = flag.String("only", "", "only pictures whose name has this in it")
)

// album collects the pictures of all variants.
type album struct {
	t     *testing.T
	names []string // in their order
	files map[string][]string
}

// take draws the window.
func (a *album) take(r *rig, name string) {
	if !strings.Contains(name, *only) {
		return
	}
	r.Settle()
	if *out == "" { // laid out, which finds what panics
		return
	}
	img := r.Window.Canvas().Capture()
	if !slices.Contains(a.names, name) {
		a.names = append(a.names, name)
	}
	file := name + "-" + r.Variant.Name() + ".png"
	a.files[name] = append(a.files[name], file)
	f, err := os.Create(filepath.Join(*out, file))
	if err != nil {
		a.t.Fatal(err)
	}
	err = png.Encode(f, img)
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		a.t.Fatal(err)
	}
}

// variants are all looks when pictures are wanted, and one when not.
func variants() []uitest.Variant {
	if *out == "" {
		return []uitest.Variant{uitest.Wide()}
	}
	var all []uitest.Variant
	for _, v := range uitest.Variants() {
		if v.Scale <= 1 {
			all = append(all, v)
		}
	}
	return all
}

func TestPictures(t *testing.T) {
	if uitest.Raced() {
		t.Skip("one goroutine, a minute of it: runs without the race detector")
	}
	if *out != "" {
		if err := os.MkdirAll(*out, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	a := &album{t: t, files: make(map[string][]string)}
	for _, v := range variants() {
		t.Run(v.Name(), func(t *testing.T) {
			a.t = t
			a.pages(v)
			a.empty(v)
			a.dialogs(v)
			a.start(v)
		})
	}
	if *out != "" {
		a.t = t
		a.sheet()
	}
}

// pages draws each page and tab.
func (a *album) pages(v uitest.Variant) {
	r := newRig(a.t, v, view.NodeRunning, viewtest.Fixture())
	there := ui.Pages()
	for _, s := range shots() {
		if there[s.route.Page] == nil || !strings.Contains(s.name, *only) {
			continue
		}
		r.app.Go(s.route)
		r.calm()
		for _, key := range s.taps {
			r.Tap(r.say(key))
			r.calm()
		}
		a.take(r, s.name)
	}
}

// empty draws the pages as someone sees them who just began.
func (a *album) empty(v uitest.Variant) {
	r := newRig(a.t, v, view.NodeRunning, viewtest.Fresh())
	there := ui.Pages()
	for _, s := range shots() {
		if there[s.route.Page] == nil || s.route.Ref != "" {
			continue
		}
		r.app.Go(s.route)
		r.calm()
		a.take(r, s.name+"-empty")
	}
}

// dialogs draws what the frame itself shows.
func (a *album) dialogs(v uitest.Variant) {
	fake := viewtest.Fixture()
	r := newRig(a.t, v, view.NodeRunning, fake)
	r.press(fyne.KeyF1)
	a.take(r, "frame-shortcuts")
	r.press(fyne.KeyEscape)
	if v.Narrow() {
		r.Tap(r.say("ui.more"))
		a.take(r, "frame-more")
		r.Tap(r.say("ui.close"))
	}
	r.app.Lock()
	r.calm()
	a.take(r, "frame-locked")
	syncing := viewtest.Fixture()
	if err := syncing.Answer("Status", viewtest.Syncing()); err != nil {
		a.t.Fatal(err)
	}
	if err := syncing.Answer("Contribution", viewtest.Paused()); err != nil {
		a.t.Fatal(err)
	}
	a.take(newRig(a.t, v, view.NodeRunning, syncing), "frame-syncing")
	failing := viewtest.Fixture()
	failing.Fail("*", view.Errorf(view.CodeUnavailable, "the node is still starting; nothing was lost").WithHint("try again in a moment"))
	a.take(newRig(a.t, v, view.NodeRunning, failing), "frame-failing")
}

func (r *rig) press(key fyne.KeyName) {
	r.Window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: key})
	r.calm()
}

// start draws the first start, step by step, and the screens like it.
func (a *album) start(v uitest.Variant) {
	r := newRig(a.t, v, view.NodeNone, viewtest.Fixture())
	a.take(r, "start-welcome")
	r.Tap(r.say("start.new"))
	a.take(r, "start-network")
	r.Tap(r.say("start.continue"))
	a.take(r, "start-words")
	r.Tap(r.say("start.words.written"))
	a.take(r, "start-check")
	a.take(newRig(a.t, v, view.NodeLocked, viewtest.Fixture()), "start-unlock")
	for name, tap := range map[string]string{"start-backup": r.say("start.backup"), "start-attach": r.say("start.attach")} {
		other := newRig(a.t, v, view.NodeNone, viewtest.Fixture())
		other.Tap(tap)
		a.take(other, name)
	}
}

// sheet writes a page with all pictures.
func (a *album) sheet() {
	var b strings.Builder
	b.WriteString("<!doctype html><meta charset=utf-8><title>Supercomputing</title><style>body{font:14px sans-serif;background:#888;margin:16px}h2{color:#fff}" +
		"a{display:inline-block;margin:4px;text-align:center;color:#fff;text-decoration:none;vertical-align:top}img{display:block;height:300px}</style>\n")
	for _, name := range a.names {
		fmt.Fprintf(&b, "<h2>%s</h2>\n", html.EscapeString(name))
		for _, file := range a.files[name] {
			f := html.EscapeString(file)
			fmt.Fprintf(&b, "<a href=%q><img loading=lazy src=%q>%s</a>\n", f, f, f)
		}
	}
	if err := os.WriteFile(filepath.Join(*out, "index.html"), []byte(b.String()), 0o644); err != nil {
		a.t.Fatal(err)
	}
	a.t.Logf("%d pictures of %d screens in %s", strings.Count(b.String(), "<img"), len(a.names), *out)
}
