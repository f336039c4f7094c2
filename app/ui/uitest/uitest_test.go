package uitest_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
)

// recorder notes what a test would be told.
type recorder struct {
	testing.TB
	errors []string
}

func (r *recorder) Errorf(string, ...any) { r.errors = append(r.errors, "error") }
func (r *recorder) Helper()               {}

func TestDrainWaitsForAllThatWasStarted(t *testing.T) {
	u := uitest.New(t)
	s := page.NewScope(u.Env)
	steps := 0
	var next func()
	next = func() {
		page.Load(s, func(context.Context) (int, error) { return steps + 1, nil }, func(v int, _ error) {
			if steps = v; v < 20 {
				next()
			}
		})
	}
	next()
	u.Drain()
	if steps != 20 {
		t.Errorf("%d steps", steps)
	}
}

func TestFakeAnswersAndFails(t *testing.T) {
	u := uitest.New(t)
	u.Fake.Fail("Balance", view.ErrUnavailable)
	s := page.NewScope(u.Env)
	var got error
	page.Load(s, u.Env.Backend.Balance, func(_ view.Balance, err error) { got = err })
	u.Drain()
	if !errors.Is(got, view.ErrUnavailable) {
		t.Errorf("got %v", got)
	}
}

func TestClockRunsTimersInTheirOrder(t *testing.T) {
	u := uitest.New(t)
	var got []string
	u.Env.After(2*time.Second, func() { got = append(got, "two") })
	u.Env.After(time.Second, func() {
		got = append(got, "one")
		u.Env.After(500*time.Millisecond, func() { got = append(got, "one and a half") })
	})
	stop := u.Env.After(time.Second, func() { got = append(got, "stopped") })
	stop()
	begin := u.Env.Now()
	u.Advance(3 * time.Second)
	if s := strings.Join(got, ", "); s != "one, one and a half, two" {
		t.Errorf("ran: %s", s)
	}
	if d := u.Env.Now().Sub(begin); d != 3*time.Second {
		t.Errorf("the clock moved by %v", d)
	}
}

func TestTypeReplacesAndTapFinds(t *testing.T) {
	u := uitest.New(t)
	e := kit.Entry("e.g. Anna")
	taps := 0
	u.Show(kit.Form(kit.Field("Name", e), kit.Primary("Save", func() { taps++ })))
	u.Type("Name", "Anna")
	u.Type("Name", "Bo")
	u.Tap("Save")
	if e.Text != "Bo" || taps != 1 {
		t.Errorf("%q, %d taps", e.Text, taps)
	}
	if u.Enabled("Nothing") || !u.Enabled("Save") {
		t.Error("what is enabled is wrong")
	}
}

// A dialog covers what is below it.
func TestOnlyTheTopIsSeen(t *testing.T) {
	u := uitest.New(t)
	u.Show(kit.Column(kit.Primary("Below", nil)))
	s := u.Env.Kit.Sheet(kit.SheetOptions{Title: "Above"})
	if u.MustHave("Above"); u.Has("Below") || u.Tappable("Below") != nil {
		t.Error("what a dialog covers is found")
	}
	s.Close()
	u.MustHave("Below")
}

func TestCutTextIsFound(t *testing.T) {
	for name, o := range map[string]fyne.CanvasObject{
		"wider than the window": kit.Column(kit.Body(strings.Repeat("wide ", 60))),
		"wider than its box":    kit.MaxWidthLeft(40, kit.Row(kit.Body("much wider than forty"), kit.Body("x"))),
	} {
		r := &recorder{TB: t}
		u := uitest.NewVariant(r, uitest.Phone())
		u.Show(o)
		u.NothingCut()
		if len(r.errors) == 0 {
			t.Errorf("%s: not found", name)
		}
	}
	r := &recorder{TB: t}
	u := uitest.NewVariant(r, uitest.Phone())
	u.Show(kit.Column(kit.Paragraph(strings.Repeat("wide ", 60)), kit.Body(strings.Repeat("wide ", 60)).Truncate()))
	u.NothingCut()
	if len(r.errors) > 0 {
		t.Error("texts that fit were found")
	}
}
