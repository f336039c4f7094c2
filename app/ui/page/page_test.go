package page_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
)

func TestLoadShowsOnTheUIThread(t *testing.T) {
	u := uitest.New(t)
	s := page.NewScope(u.Env)
	var got int
	page.Load(s, func(context.Context) (int, error) { return 7, nil }, func(v int, err error) { got = v })
	u.Drain()
	if got != 7 {
		t.Errorf("shown: %d", got)
	}
}

func TestNothingIsShownAfterClose(t *testing.T) {
	u := uitest.New(t)
	s := page.NewScope(u.Env)
	release := make(chan struct{})
	shown, ended := false, make(chan error, 1)
	page.Load(s, func(ctx context.Context) (int, error) {
		<-release
		ended <- ctx.Err()
		return 1, nil
	}, func(int, error) { shown = true })
	s.After(time.Second, func() { shown = true })
	s.Every(time.Second, func() { shown = true })
	s.Close()
	close(release)
	u.Drain()
	u.Advance(time.Minute)
	if shown {
		t.Error("shown after Close")
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the question was not told: %v", err)
	}
	if n := u.Pending(); n != 0 {
		t.Errorf("%d timers are left", n)
	}
}

func TestLoadKeyNewestWins(t *testing.T) {
	u := uitest.New(t)
	s := page.NewScope(u.Env)
	defer s.Close()
	var shown []int
	first := make(chan struct{})
	ask := func(n int, wait <-chan struct{}) {
		page.LoadKey(s, "search", func(ctx context.Context) (int, error) {
			if wait != nil {
				<-wait
			}
			return n, nil
		}, func(v int, _ error) { shown = append(shown, v) })
	}
	ask(1, first)
	ask(2, nil)
	u.Until(func() bool { return len(shown) > 0 })
	close(first)
	u.Drain()
	if !reflect.DeepEqual(shown, []int{2}) {
		t.Errorf("shown: %v", shown)
	}
}

func TestCoalesce(t *testing.T) {
	u := uitest.New(t)
	s := page.NewScope(u.Env)
	runs := 0
	c := page.NewCoalesce(s, 300*time.Millisecond, func() { runs++ })
	for range 50 {
		c.Ask()
	}
	if runs != 1 {
		t.Fatalf("%d runs at once, want 1", runs)
	}
	u.Advance(300 * time.Millisecond)
	if runs != 2 {
		t.Fatalf("%d runs, want 2", runs)
	}
	u.Advance(time.Hour)
	if runs != 2 || u.Pending() != 0 {
		t.Errorf("%d runs and %d timers after an hour of rest", runs, u.Pending())
	}
	s.Close()
	c.Ask()
	if runs != 2 {
		t.Error("it ran after Close")
	}
}

func TestEvery(t *testing.T) {
	u := uitest.New(t)
	s := page.NewScope(u.Env)
	runs := 0
	s.Every(time.Minute, func() { runs++ })
	u.Advance(5 * time.Minute)
	if runs != 5 {
		t.Errorf("%d runs in 5 minutes", runs)
	}
	s.Close()
	u.Advance(5 * time.Minute)
	if runs != 5 {
		t.Errorf("%d runs after Close", runs)
	}
}

func TestDoShowsADialogAndCancels(t *testing.T) {
	u := uitest.New(t)
	u.Show(kit.Body("page"))
	s := page.NewScope(u.Env)
	var err error
	done, said := false, make(chan struct{})
	page.Do(s, page.Action{Title: "Counting", Text: "One moment"}, func(ctx context.Context, say page.Say) (int, error) {
		say("Half of it", 0.5)
		close(said)
		<-ctx.Done()
		return 0, ctx.Err()
	}, func(_ int, e error) { done, err = true, e })
	if u.Has("Counting") {
		t.Error("the dialog came at once")
	}
	<-said
	u.Step()
	u.Advance(time.Second)
	u.MustHave("Counting", "Half of it")
	u.Tap("Cancel")
	if !done || !page.Cancelled(err) {
		t.Errorf("done %v, err %v", done, err)
	}
	if u.Has("Counting") {
		t.Error("the dialog stayed")
	}
}

func TestDoQuickHasNoDialog(t *testing.T) {
	u := uitest.New(t)
	u.Show(kit.Body("page"))
	s := page.NewScope(u.Env)
	got := 0
	page.Do(s, page.Action{Title: "Quick"}, func(context.Context, page.Say) (int, error) { return 3, nil }, func(v int, _ error) { got = v })
	u.Drain()
	u.Advance(time.Minute)
	if got != 3 || u.Has("Quick") {
		t.Errorf("got %d, dialog %v", got, u.Has("Quick"))
	}
}

func TestPrefs(t *testing.T) {
	dir := t.TempDir()
	p, err := page.LoadPrefs(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p.Get(), page.DefaultPreferences()) {
		t.Errorf("without a file: %+v", p.Get())
	}
	change := func(s *page.Preferences) {
		s.Language, s.Theme, s.TextScale, s.LockMinutes = "zh", "dark", 1.25, 0
		s.Mute["payment"] = true
	}
	if err := p.Set(change); err != nil {
		t.Fatal(err)
	}
	want := p.Get()
	p, err = page.LoadPrefs(dir)
	if err != nil || !reflect.DeepEqual(p.Get(), want) {
		t.Errorf("read back %+v, %v; want %+v", p.Get(), err, want)
	}
	got := p.Get()
	got.Mute["message"] = true // a copy
	if p.Get().Mute["message"] {
		t.Error("a copy changed the settings")
	}
}

func TestPrefsKeepWhatTheyDoNotKnow(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, page.PrefsFile)
	old := `{"version": 9, "theme": "neon", "text_scale": 40, "lock_minutes": -3, "language": "zh", "future": {"a": 1}}`
	if err := os.WriteFile(file, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := page.LoadPrefs(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, d := p.Get(), page.DefaultPreferences()
	if s.Theme != d.Theme || s.TextScale != d.TextScale || s.LockMinutes != d.LockMinutes || s.Language != "zh" {
		t.Errorf("%+v", s)
	}
	if err := p.Set(func(s *page.Preferences) { s.Language = "" }); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(b); !strings.Contains(got, `"future"`) || !strings.Contains(got, `"version": 9`) || strings.Contains(got, `"zh"`) {
		t.Errorf("saved: %s", got)
	}
}

func TestPrefsSetDamageAside(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, page.PrefsFile)
	if err := os.WriteFile(file, []byte(`{"theme": `), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := page.LoadPrefs(dir)
	if err == nil || !reflect.DeepEqual(p.Get(), page.DefaultPreferences()) {
		t.Errorf("a damaged file gave %+v, %v", p.Get(), err)
	}
	if b, err := os.ReadFile(file + ".damaged"); err != nil || string(b) != `{"theme": ` {
		t.Errorf("the damaged file is lost: %q, %v", b, err)
	}
}

// A payment comes to its end when its page is left, and is told.
func TestDoThatLasts(t *testing.T) {
	u := uitest.New(t)
	u.Show(kit.Body("page"))
	for _, a := range []page.Action{{Title: "Paying", Fixed: true, Done: "Paid."}, {Title: "Paying", Lasts: true, Done: "Paid."}} {
		u.Toasts, u.Failures = nil, nil
		s := page.NewScope(u.Env)
		release := make(chan error)
		var cut error
		page.Do(s, a, func(ctx context.Context, _ page.Say) (int, error) {
			err := <-release
			cut = ctx.Err()
			return 0, err
		}, func(int, error) { t.Error("shown on a page that is gone") })
		s.Close()
		release <- nil
		u.Drain()
		if cut != nil || !reflect.DeepEqual(u.Toasts, []string{"Paid."}) {
			t.Errorf("%+v: cut off %v, told %q", a, cut, u.Toasts)
		}
		s = page.NewScope(u.Env)
		page.Do(s, a, func(context.Context, page.Say) (int, error) { return 0, <-release }, func(int, error) {})
		s.Close()
		release <- errors.New("refused")
		u.Drain()
		if len(u.Failures) != 1 {
			t.Errorf("%+v: failures %v", a, u.Failures)
		}
	}
}

func TestRememberSavesAwayFromTheUIThread(t *testing.T) {
	u := uitest.New(t)
	dir := t.TempDir()
	p, err := page.LoadPrefs(dir)
	if err != nil {
		t.Fatal(err)
	}
	u.Env.Prefs = p
	u.Env.Remember(func(s *page.Preferences) { s.Language = "zh" })
	if p.Get().Language != "zh" {
		t.Error("it is not in use at once")
	}
	u.Drain()
	again, err := page.LoadPrefs(dir)
	if err != nil || again.Get().Language != "zh" {
		t.Errorf("not saved: %v", err)
	}
	if err := os.Chmod(dir, 0o500); err != nil || os.Geteuid() == 0 {
		return // root writes anywhere
	}
	u.Env.Remember(func(s *page.Preferences) { s.Language = "" })
	u.Drain()
	if len(u.Failures) != 1 {
		t.Error("a failure was not told")
	}
}
