package home

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

// open shows the page over the fixture, changed by change.
func open(t *testing.T, change func(u *uitest.UI)) (*uitest.UI, *Home) {
	t.Helper()
	u := uitest.New(t)
	if change != nil {
		change(u)
	}
	h := New(u.Env, page.Route{Page: page.Home}).(*Home)
	u.ShowPage(h)
	return u, h
}

// asked lists the arguments with which a method was called.
func asked(f *viewtest.Fake, method string) (args []string) {
	for _, c := range f.Calls() {
		if c.Method == method {
			args = append(args, c.Args)
		}
	}
	return args
}

func lastRoute(t *testing.T, u *uitest.UI) page.Route {
	t.Helper()
	if len(u.Routes) == 0 {
		t.Fatal("nothing was opened")
	}
	return u.Routes[len(u.Routes)-1]
}

func TestShowsTheWorld(t *testing.T) {
	u, _ := open(t, nil)
	u.MustHave("1,284.50", "+25 on the way · 50.35 ripening", "4.82", "yesterday 5.44", "8 out · 5 in", "109.63 SCC in 30 days",
		"Lighthouse, shot 4", "17 of 48 frames · 7 nodes", "Waits for a block", "Working", "glacier-flyover.blend",
		"48,213 · just now", "14 seats of 1,001", "Aerial pictures of the delta, 2026", "Version 1.0 is out")
	if u.Has("First steps") {
		t.Error("somebody who knows the way is told the first steps")
	}
}

func TestRoutes(t *testing.T) {
	u, _ := open(t, nil)
	for label, want := range map[string]page.Route{
		"Balance, SCC":                       {Page: page.Wallet},
		"Earned today, SCC":                  {Page: page.Contribute, Tab: page.ContributeHistory},
		"Peers":                              {Page: page.Settings, Tab: page.SettingsNetwork},
		"Jobs under way":                     {Page: page.Work},
		"Send":                               {Page: page.Wallet, Tab: page.WalletSend},
		"Get work done":                      {Page: page.Work, Tab: page.WorkNew},
		"Lighthouse, shot 4":                 {Page: page.Work, Tab: page.WorkJob, Ref: viewtest.RenderJob()},
		"Aerial pictures of the delta, 2026": {Page: page.Market, Tab: page.MarketListing, Ref: viewtest.ID("listing delta")},
		"Version 1.0 is out":                 {Page: page.Messages, Tab: page.MessagesNews, Ref: viewtest.Address("Foundation")},
		"Details":                            {Page: page.Contribute},
		"Network":                            {Page: page.Explorer},
	} {
		u.Tap(label)
		if got := lastRoute(t, u); got != want {
			t.Errorf("%s leads to %+v, want %+v", label, got, want)
		}
	}
}

func TestDaysOfTheChart(t *testing.T) {
	u, h := open(t, nil)
	if n := len(h.chart.area.Points()); n != 30 {
		t.Fatalf("%d days are shown", n)
	}
	h.chart.pick.Choose(0)
	u.Drain()
	if got := asked(u.Fake, "Earnings"); !strings.Contains(got[len(got)-1], `"days":7`) || len(h.chart.area.Points()) != 7 {
		t.Errorf("asked %q, shows %d", got, len(h.chart.area.Points()))
	}
	again := New(u.Env, page.Route{}).(*Home)
	defer again.Close()
	again.Restore(h.Keep())
	u.Drain()
	if n := len(again.chart.area.Points()); n != 7 {
		t.Errorf("%d days after coming back", n)
	}
}

func TestSwitch(t *testing.T) {
	u, h := open(t, nil)
	h.contribute.toggle.Toggle()
	u.Drain()
	got := asked(u.Fake, "SetContribution")
	if len(got) != 1 || !strings.Contains(got[0], `"enabled":false`) || !strings.Contains(got[0], `"cores":6`) {
		t.Fatalf("asked %q: the limits have to stay", got)
	}
	u.MustHave("This computer does nothing for others")
	u.Fake.Fail("SetContribution", view.Errorf(view.CodeDisk, "the disk is full; nothing was changed"))
	h.contribute.toggle.Toggle()
	u.Drain()
	if h.contribute.toggle.On() || len(u.Failures) != 1 {
		t.Errorf("on %v, failures %v", h.contribute.toggle.On(), u.Failures)
	}
}

func TestNotNow(t *testing.T) {
	u, _ := open(t, nil)
	u.Tap("Not now")
	u.Tap("For 1 hour")
	if got := asked(u.Fake, "Snooze"); len(got) != 1 || !strings.Contains(got[0], "2026-11-21T10:30:00Z") {
		t.Fatalf("asked %q", got)
	}
	u.MustHave("Paused", "You said “not now”: work goes on")
	u.Tap("Go on now")
	if got := asked(u.Fake, "Snooze"); len(got) != 2 || strings.Contains(got[1], "2026") {
		t.Errorf("asked %q", got)
	}
	u.MustHave("Working")
}

func TestReasons(t *testing.T) {
	u, _ := open(t, func(u *uitest.UI) {
		if err := u.Fake.Answer("Contribution", viewtest.Paused()); err != nil {
			t.Fatal(err)
		}
	})
	u.MustHave("Paused", "The processor is at 91 °C; work goes on below 85 °C.", "blender runs")
}

func TestFirstSteps(t *testing.T) {
	u, h := open(t, func(u *uitest.UI) { u.Fake = viewtest.Fresh(); u.Env.Backend = u.Fake })
	u.MustHave("First steps", "Receive coins", "Let this computer earn", "Nothing earned yet", "No job under way", "Receive some to begin")
	u.Tap("Receive")
	if got := lastRoute(t, u); got.Tab != page.WalletReceive {
		t.Errorf("receive leads to %+v", got)
	}
	u.Tap("Switch on")
	if got := asked(u.Fake, "SetContribution"); len(got) != 1 || !strings.Contains(got[0], `"enabled":true`) {
		t.Errorf("asked %q", got)
	}
	if !h.contribute.toggle.On() {
		t.Error("the switch does not show it")
	}
	u.Tap("Do not show this again")
	if u.Has("First steps") || !u.Env.Prefs.Get().Hints[stepsHint] {
		t.Error("the steps stay")
	}
}

func TestFailures(t *testing.T) {
	gone := view.Errorf(view.CodeUnavailable, "the node is still starting").WithHint("try again in a moment")
	u, _ := open(t, func(u *uitest.UI) { u.Fake.Fail("Jobs", gone) })
	u.MustHave("the node is still starting", "try again in a moment", "1,284.50")
	u.Fake.Fail("Jobs", nil)
	u.Tap("Try again")
	u.MustHave("Lighthouse, shot 4")
}

// TestEvents: what changed is asked for anew, and nothing else; a burst counts
// once.
func TestEvents(t *testing.T) {
	u, h := open(t, nil)
	u.Advance(gap)
	u.Drain()
	before := len(u.Fake.Calls())
	for range 50 {
		h.Event(view.Event{Kind: view.EventJob})
	}
	u.Drain()
	u.Advance(gap)
	u.Drain()
	calls := u.Fake.Calls()[before:]
	if len(calls) != 2 {
		t.Errorf("50 events asked %v", calls)
	}
	for _, c := range calls {
		if c.Method != "Jobs" {
			t.Errorf("asked for %s", c.Method)
		}
	}
}

func TestNothingRunsAfterClose(t *testing.T) {
	u := uitest.New(t)
	h := New(u.Env, page.Route{})
	u.Show(h.Object())
	u.Drain()
	h.Close()
	for end := time.Now().Add(20 * time.Second); u.Pending() > 0; runtime.Gosched() { // timers end on goroutines of their own
		if time.Now().After(end) {
			t.Fatalf("%d timers wait after the page was closed", u.Pending())
		}
	}
}

func TestSyncing(t *testing.T) {
	u, _ := open(t, func(u *uitest.UI) {
		if err := u.Fake.Answer("Status", viewtest.Syncing()); err != nil {
			t.Fatal(err)
		}
	})
	u.MustHave("Reading", "17,173 blocks", "Usable at", "in 7 min")
	if _, ok := uitest.Find[*kit.ProgressBar](u.Root()); !ok {
		t.Error("there is no bar")
	}
}
