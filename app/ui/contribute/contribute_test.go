package contribute

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

func open(t *testing.T, u *uitest.UI, tab string) *Page {
	t.Helper()
	p := New(u.Env, page.Route{Page: page.Contribute, Tab: tab}).(*Page)
	u.ShowPage(p)
	u.Drain()
	return p
}

// saved is what the node was told last.
func saved(t *testing.T, u *uitest.UI) (s view.ContributionSettings) {
	t.Helper()
	u.Drain()
	for _, c := range slices.Backward(u.Fake.Calls()) {
		if c.Method == "SetContribution" {
			if err := json.Unmarshal([]byte(c.Args), &s); err != nil {
				t.Fatal(err)
			}
			return s
		}
	}
	t.Fatal("nothing was saved")
	return s
}

// Every tab in every look: all of it is there and nothing is cut.
func TestTabs(t *testing.T) {
	uitest.Each(t, func(t *testing.T, u *uitest.UI) {
		for _, tab := range tabs {
			open(t, u, tab)
			u.NothingCut()
			u.Picture("contribute-" + tab)
		}
		if err := u.Fake.Answer("Contribution", viewtest.Paused()); err != nil {
			t.Fatal(err)
		}
		open(t, u, "")
		u.NothingCut()
		u.Picture("contribute-paused")
	})
}

func TestSwitch(t *testing.T) {
	u := uitest.New(t)
	open(t, u, "")
	u.MustHave("Working on 2 jobs", "glacier-flyover.blend")
	u.Tap("Work for others")
	if saved(t, u).Enabled {
		t.Error("it is still on")
	}
	u.MustHave("Switched off")
	u.Fake.Fail("SetContribution", view.Errorf(view.CodeDisk, "the disk is full"))
	u.Tap("Work for others")
	u.Drain()
	if len(u.Failures) != 1 {
		t.Errorf("failures: %v", u.Failures)
	}
	if s, _ := uitest.Find[*kit.SwitchBox](u.Root()); s.On() {
		t.Error("the switch shows what the node refused")
	}
}

// Every reason stands there in words.
func TestReasons(t *testing.T) {
	u := uitest.New(t)
	c := viewtest.Paused()
	if err := u.Fake.Answer("Contribution", c); err != nil {
		t.Fatal(err)
	}
	open(t, u, "")
	for _, p := range c.Pauses {
		if got := u.Env.Pause(p); got == "" || !u.Has(got) {
			t.Errorf("%s: %q", p.Kind, got)
		}
	}
}

// A second change does not undo the first one, which the node has not answered.
func TestTwoChangesAtOnce(t *testing.T) {
	u := uitest.New(t)
	open(t, u, "dapps")
	lines := uitest.All[*kit.SwitchBox](u.Root())
	if len(lines) < 2 {
		t.Fatalf("%d switches", len(lines))
	}
	lines[0].Toggle()
	lines[1].Toggle()
	u.Drain()
	last := ""
	for _, call := range u.Fake.Calls() {
		if call.Method == "SetContribution" {
			last = call.Args
		}
	}
	if !strings.Contains(last, "download") || !strings.Contains(last, "render") {
		t.Errorf("the node was told %s", last)
	}
}

func TestSnooze(t *testing.T) {
	u := uitest.New(t)
	open(t, u, "")
	u.Tap("Not now: 1 hour")
	u.Drain()
	u.MustHave("Paused", "Go on now")
	u.Tap("Go on now")
	u.Drain()
	u.MustHave("Not now: till tomorrow")
	var asked []string
	for _, c := range u.Fake.Calls() {
		if c.Method == "Snooze" {
			asked = append(asked, c.Args)
		}
	}
	if len(asked) != 2 || asked[0] != `{"until":"2026-11-21T10:30:00Z"}` || asked[1] != `{}` {
		t.Errorf("asked %q", asked)
	}
}

func TestDapps(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.ContributeDapps)
	u.MustHave("22.7714", "Rendering")
	u.Tap("Rendering")
	if s := saved(t, u); !slices.Equal(s.Off, []string{"render"}) {
		t.Errorf("off: %v", s.Off)
	}
	u.Tap("Rendering programs")
	u.MustHave("POV-Ray was not found")
}

func TestLimits(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.ContributeLimits)
	u.Choose("Jobs at a time", "8")
	if s := saved(t, u); s.MaxJobs != 8 || s.CPU != 90 || s.InUse.CPU != 25 {
		t.Errorf("saved %+v", s)
	}
	u.Tap("While it runs on its battery")
	if s := saved(t, u); s.Pause.Battery || s.MaxJobs != 8 {
		t.Errorf("saved %+v", s)
	}
	u.Choose("Above a temperature of", "70 °C")
	u.Type("While one of these programs runs", " steam,, obs ")
	u.Submit("While one of these programs runs")
	if s := saved(t, u); s.Pause.Celsius != 70 || !slices.Equal(s.Pause.Programs, []string{"steam", "obs"}) {
		t.Errorf("saved %+v", s.Pause)
	}
	u.Tap("Always")
	if s := saved(t, u); s.Hours != (view.Hours{}) {
		t.Errorf("hours %v", s.Hours)
	}
	u.Tap("Nights and weekends")
	friday := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	s := saved(t, u)
	for hour, want := range map[int]bool{3: true, 6: true, 7: false, 12: false, 21: false, 22: true} {
		if got := s.Hours.At(friday.Add(time.Duration(hour) * time.Hour)); got != want {
			t.Errorf("friday at %d: %v", hour, got)
		}
	}
	u.Tap("Work then too")
	if !saved(t, u).InUse.Off {
		t.Error("it still works while in use")
	}
}

// No hour at all is not the same as every hour.
func TestNever(t *testing.T) {
	if h := chosen([7]uint32{}); h.Always() {
		t.Error("never became always")
	}
	if h := chosen(all()); !h.Always() || h != (view.Hours{}) {
		t.Error("always became something else")
	}
}

func TestHistory(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.ContributeHistory)
	u.MustHave("For work", "Paid out")
	if len(p.part.(*history).work) == 0 {
		t.Fatal("the fixture has no work")
	}
	if err := u.Fake.Answer("Rewards", view.Rewards{}); err != nil {
		t.Fatal(err)
	}
	p.Event(view.Event{Kind: view.EventContribution})
	u.Advance(2 * time.Second)
	u.Drain()
	u.MustHave("Nothing earned yet")
}

func TestFailure(t *testing.T) {
	u := uitest.New(t)
	u.Fake.Fail("Contribution", view.Errorf(view.CodeWalletLocked, "there is no open wallet").WithHint("make one"))
	open(t, u, "")
	u.MustHave("there is no open wallet", "make one")
	u.Fake.Fail("Contribution", nil)
	u.Tap("Try again")
	u.Drain()
	u.MustHave("Working on 2 jobs")
}
