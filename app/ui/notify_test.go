package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
	"supercomputing/chain/types"
)

// told waits for n notifications in all.
func (r *rig) told(n int) []view.Notice {
	r.t.Helper()
	r.wait(fmt.Sprint(n, " notifications"), func() bool { return len(r.host.Notices()) >= n })
	return r.host.Notices()
}

// happens emits an event and lets the frame look.
func (r *rig) happens(kind string) {
	r.t.Helper()
	before := len(r.top().events)
	r.fake.Emit(view.Event{Kind: kind})
	r.wait("the event", func() bool { return len(r.top().events) > before })
	r.Advance(noticeGap)
	r.Drain()
}

func TestPaymentNotices(t *testing.T) {
	r := runningRig(t)
	old, err := r.fake.History(t.Context(), view.Page{Limit: newest})
	must(t, err)
	payment := func(id string, a types.Amount) view.Movement {
		return view.Movement{TxID: id, Kind: "received", Direction: view.DirectionIn, Status: view.MoveConfirmed, Amount: a, Time: viewtest.Now(), Parties: []view.Party{{Label: "Tomás Ruiz", Amount: a}}}
	}
	must(t, r.fake.Answer("History", append([]view.Movement{payment("a", 5*types.Coin)}, old...)))
	r.happens(view.EventWallet)
	n := r.told(1)
	if n[0].Title != "Payment received" || !strings.Contains(n[0].Text, "5") || !strings.Contains(n[0].Text, "Tomás Ruiz") {
		t.Errorf("told %+v", n[0])
	}
	var many []view.Movement
	for i := range 9 {
		many = append(many, payment(fmt.Sprint("b", i), types.Coin))
	}
	must(t, r.fake.Answer("History", many))
	r.happens(view.EventWallet)
	if n = r.told(2); n[1].Title != "9 payments received" {
		t.Errorf("told %+v", n[1:])
	}
	must(t, r.prefs.Set(func(p *page.Preferences) { p.Mute[page.NoticePayment] = true }))
	must(t, r.fake.Answer("History", []view.Movement{payment("c", types.Coin)}))
	r.happens(view.EventWallet)
	r.happens(view.EventWallet)
	if got := r.host.Notices(); len(got) != 2 {
		t.Errorf("a muted kind was told: %+v", got)
	}
}

// TestNoFloodWhileSyncing: what a long sync finds is told once, at its end, and
// nothing of what is old.
func TestNoFloodWhileSyncing(t *testing.T) {
	r := newRig(t, uitest.Wide(), func(r *rig, o *Options) {
		must(t, r.fake.Answer("Status", viewtest.Syncing()))
		must(t, r.fake.Answer("History", []view.Movement{}))
	})
	r.wait("the node's state", func() bool { return r.ui.known })
	payment := func(id string, age time.Duration) view.Movement {
		return view.Movement{TxID: id, Kind: "received", Status: view.MoveConfirmed, Amount: types.Coin, Time: viewtest.Now().Add(-age)}
	}
	must(t, r.fake.Answer("History", []view.Movement{payment("a", time.Hour), payment("b", 2*time.Hour), payment("old", 400*24*time.Hour)}))
	for range 5 {
		r.happens(view.EventWallet)
	}
	if n := r.host.Notices(); len(n) != 0 {
		t.Fatalf("told while syncing: %+v", n)
	}
	s := viewtest.Syncing()
	s.Sync = view.Sync{State: view.SyncDone, Usable: true}
	must(t, r.fake.Answer("Status", s))
	r.happens(view.EventTip)
	r.Advance(noticeGap)
	if n := r.told(1); len(n) != 1 || n[0].Title != "2 payments received" {
		t.Errorf("told %+v", n)
	}
}

func TestMessageNotices(t *testing.T) {
	r := runningRig(t)
	who := viewtest.Address("Tomás")
	arrives := func(n int, text string) {
		m := view.Message{ID: fmt.Sprint(n), Address: who, Text: text, Unread: true, Received: viewtest.Now().Add(time.Duration(n) * time.Minute)}
		must(t, r.fake.Answer("Conversations", []view.Conversation{{Address: who, Name: "Tomás Ruiz", Last: &m, Unread: 1}}))
		r.happens(view.EventMessage)
	}
	arrives(1, "Hello there")
	if n := r.told(1); n[0].Title != "Tomás Ruiz" || n[0].Text != "Hello there" {
		t.Errorf("told %+v", n)
	}
	r.ui.Go(page.Route{Page: page.Messages, Tab: page.MessagesChat, Ref: who})
	arrives(2, "You see this one")
	arrives(3, "and this")
	if n := r.host.Notices(); len(n) != 1 {
		t.Errorf("an open conversation was told: %+v", n)
	}
	r.ui.Lock()
	arrives(4, "secret plans")
	if n := r.told(2); strings.Contains(n[1].Title+n[1].Text, "secret") || strings.Contains(n[1].Title+n[1].Text, "Tomás") {
		t.Errorf("a locked window told %+v", n[1])
	}
}

func TestJobNotices(t *testing.T) {
	r := runningRig(t)
	jobs, err := r.fake.Jobs(t.Context())
	must(t, err)
	for i := range jobs {
		switch jobs[i].ID {
		case viewtest.RenderJob():
			jobs[i].Progress.Done = jobs[i].Progress.Total
		case viewtest.DownloadJob():
			jobs[i].State = view.JobExpired
		}
	}
	must(t, r.fake.Answer("Jobs", jobs))
	r.happens(view.EventJob)
	titles := ""
	for _, n := range r.told(2) {
		titles += n.Title + ": " + n.Text + "\n"
	}
	if !strings.Contains(titles, "Your job is done: Lighthouse, shot 4") || !strings.Contains(titles, "Your job ended unfinished: blocks-the-film.mp4") {
		t.Errorf("told %s", titles)
	}
	r.happens(view.EventJob)
	if n := r.host.Notices(); len(n) != 2 {
		t.Errorf("told twice: %+v", n)
	}
}

func TestTray(t *testing.T) {
	var quit int
	r := newRig(t, uitest.Wide(), func(r *rig, o *Options) { o.Quit = func() { quit++ } })
	var got []Tray
	r.ui.OnTray(func(tr Tray) { got = append(got, tr) })
	r.wait("the node's state", func() bool { return r.ui.known })
	tr := r.ui.Tray()
	if !strings.Contains(strings.Join(tr.Lines, "|"), "Working on 2 jobs") {
		t.Errorf("lines %q", tr.Lines)
	}
	item := func(label string) TrayItem {
		for _, it := range r.ui.Tray().Items {
			if it.Label == label {
				return it
			}
			for _, below := range it.Items {
				if below.Label == label {
					return below
				}
			}
		}
		t.Fatalf("no item %q in %+v", label, r.ui.Tray().Items)
		return TrayItem{}
	}
	if !item("Contribute").Checked {
		t.Error("the switch is not shown as on")
	}
	item("Contribute").Run()
	r.wait("the switch", func() bool { return !r.ui.Tray().Items[2].Checked })
	if len(got) == 0 {
		t.Error("nobody was told")
	}
	item("For 1 hour").Run()
	r.wait("the pause", func() bool {
		for _, c := range r.fake.Calls() {
			if c.Method == "Snooze" && strings.Contains(c.Args, "2026-11-21T10:30") {
				return true
			}
		}
		return false
	})
	item("Quit").Run()
	r.Drain()
	if quit != 1 {
		t.Error("quit was not asked for")
	}
}
