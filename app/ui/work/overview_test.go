package work

import (
	"fmt"
	"testing"
	"time"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

// calls counts the calls of a method.
func calls(u *uitest.UI, method string) (n int) {
	for _, c := range u.Fake.Calls() {
		if c.Method == method {
			n++
		}
	}
	return n
}

// lastArgs is the argument of the last call of a method.
func lastArgs(u *uitest.UI, method string) (args string) {
	for _, c := range u.Fake.Calls() {
		if c.Method == method {
			args = c.Args
		}
	}
	return args
}

// lastRoute is where the page led last.
func lastRoute(t *testing.T, u *uitest.UI) page.Route {
	t.Helper()
	if len(u.Routes) == 0 {
		t.Fatal("nowhere was gone")
	}
	return u.Routes[len(u.Routes)-1]
}

func answer(t *testing.T, u *uitest.UI, method string, v any) {
	t.Helper()
	u.Fake.Reply(method, func(string) (any, error) { return v, nil })
}

func TestJobsAreListedAndFiltered(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.Route{})
	u.MustHave("Lighthouse, shot 4", "17 of 48 frames", "18 SCC", "7 nodes", "Waiting for a block", "Complete", "Expired", "Speed up a website", "Not in this version")
	f, _ := uitest.Find[*kit.SelectBox](p.Object())
	f.Choose(filterEnded)
	u.Settle()
	if u.Has("Lighthouse, shot 4") || !u.Has("Poster") {
		t.Errorf("the filter of ended jobs: %q", u.Texts())
	}
	f.Choose(filterRunning)
	u.Settle()
	if !u.Has("Lighthouse, shot 4") || u.Has("Poster") {
		t.Errorf("the filter of running jobs: %q", u.Texts())
	}
	f.Choose(filterAll)
	u.Type("Search jobs", "poster")
	if u.Has("Lighthouse, shot 4") || !u.Has("Poster") {
		t.Errorf("the search: %q", u.Texts())
	}
	u.Type("Search jobs", "no such thing")
	u.MustHave("No job fits this search.")
}

func TestJobIsOpened(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.Route{})
	u.Tap("Lighthouse, shot 4")
	if r := lastRoute(t, u); r != jobRoute(viewtest.RenderJob()) {
		t.Errorf("went to %+v", r)
	}
}

func TestChoicesLeadToWizards(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.Route{})
	for label, dapp := range map[string]string{"Speed up a download": dappDownload, "Render an animation": dappRender} {
		u.Tap(label)
		if r := lastRoute(t, u); r != newRoute(dapp) {
			t.Errorf("%s leads to %+v", label, r)
		}
	}
}

func TestNoJobsSaysWhatToDo(t *testing.T) {
	u := uitest.New(t)
	answer(t, u, "Jobs", []view.Job{})
	open(t, u, page.Route{})
	u.MustHave("No jobs yet", "Choose above what to have done.")
}

func TestListFailureAndRetry(t *testing.T) {
	u := uitest.New(t)
	u.Fake.Fail("Jobs", view.Errorf(view.CodeUnavailable, "the node is starting").WithHint("wait a little"))
	open(t, u, page.Route{})
	u.MustHave("the node is starting", "wait a little")
	u.Fake.Fail("Jobs", nil)
	u.Tap(u.Env.T("kit.retry"))
	u.MustHave("Lighthouse, shot 4")
}

func TestLaterFailureKeepsTheList(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.Route{})
	u.Fake.Fail("Jobs", view.Errorf(view.CodeUnavailable, "no answer"))
	u.Advance(time.Second)
	p.Event(view.Event{Kind: view.EventJob})
	u.Drain()
	u.Settle()
	u.MustHave("no answer", "Lighthouse, shot 4")
}

func TestEventsAreCoalesced(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.Route{})
	before := calls(u, "Jobs")
	for range 50 {
		p.Event(view.Event{Kind: view.EventJob})
	}
	u.Drain()
	u.Advance(eventGap)
	u.Drain()
	if n := calls(u, "Jobs") - before; n != 2 {
		t.Errorf("50 events made %d calls", n)
	}
	p.Event(view.Event{Kind: view.EventMessage})
	u.Advance(time.Second)
	u.Drain()
	if n := calls(u, "Jobs") - before; n != 2 {
		t.Error("a message made the jobs be asked for")
	}
}

func TestManyJobs(t *testing.T) {
	u := uitest.New(t)
	var jobs []view.Job
	for i := range 1000 {
		jobs = append(jobs, view.Job{ID: fmt.Sprint("id", i), Name: fmt.Sprint("job ", i), Dapp: dappDownload, State: view.JobOpen})
	}
	answer(t, u, "Jobs", jobs)
	began := time.Now()
	p := open(t, u, page.Route{})
	if n := len(uitest.All[*jobRow](p.Object())); n > 40 {
		t.Errorf("%d rows were made", n)
	}
	list, _ := uitest.Find[*kit.Rows[*jobRow]](p.Object())
	for i := range 100 {
		list.ScrollTo(i * 10)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestBoardSaysWhy(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.Route{})
	u.Tap("The network's board")
	u.MustHave("glacier-flyover.blend", "240 frames of 3840 × 2160", "it needs 24 GB of memory; 8 GB may be used", "Yours", "Working here", "Not here")
	u.Tap("glacier-flyover.blend")
	if r := lastRoute(t, u); r.Page != page.Explorer || r.Tab != page.ExplorerJob {
		t.Errorf("another's job leads to %+v", r)
	}
	u.Tap("lighthouse.blend")
	if r := lastRoute(t, u); r != jobRoute(viewtest.RenderJob()) {
		t.Errorf("my job leads to %+v", r)
	}
	answer(t, u, "Board", []view.BoardEntry{})
	u.Advance(time.Second)
	p.Event(view.Event{Kind: view.EventBoard})
	u.Drain()
	u.MustHave("No open jobs at the moment")
}

func TestCloseEndsEverything(t *testing.T) {
	u := uitest.New(t)
	u.Env.Host = &fakeHost{}
	for _, r := range []page.Route{{}, {Tab: tabBoard}, newRoute(dappDownload), newRoute(dappRender), jobRoute(viewtest.RenderJob()), jobRoute(viewtest.DownloadJob())} {
		p := New(u.Env, r)
		u.Show(p.Object())
		u.Drain()
		p.Close()
		u.Drain()
	}
	u.Advance(10 * time.Minute)
	before := len(u.Fake.Calls())
	u.Advance(10 * time.Minute)
	u.Drain()
	if n := len(u.Fake.Calls()) - before; n != 0 || u.Pending() != 0 {
		t.Errorf("closed pages made %d calls, %d timers wait", n, u.Pending())
	}
}
