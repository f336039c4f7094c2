package ui

import (
	"strings"
	"testing"
	"time"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
	"supercomputing/chain/types"
)

func (r *rig) unlock() {
	r.t.Helper()
	r.Type("Passphrase", viewtest.Passphrase)
	r.Tap("Unlock")
}

// What a page under the lock has to tell, ask or open waits for the passphrase.
func TestNothingComesOverTheLock(t *testing.T) {
	r := runningRig(t)
	env := r.top().env
	r.ui.Lock()
	env.Kit.Sheet(kit.SheetOptions{Title: "Pay Tomás?"})
	env.Toast(look.Info, "5 SCC came")
	r.Settle()
	if r.Has("Tomás") || r.Has("5 SCC") || !r.Has("Locked") {
		t.Errorf("on the locked screen: %q", r.Texts())
	}
	r.unlock()
	r.MustHave("Pay Tomás?")
	r.ui.closeOverlays()
	r.ui.Lock()
	env.Go(page.Route{Page: page.Work, Tab: page.WorkJob, Ref: "x"})
	r.MustHave("Locked")
	r.unlock()
	r.MustHave("page work job x")
}

func TestLockedNoticesTellNothing(t *testing.T) {
	r := runningRig(t)
	old, err := r.fake.History(t.Context(), view.Page{Limit: newest})
	must(t, err)
	r.ui.Lock()
	m := view.Movement{TxID: "a", Kind: "received", Status: view.MoveConfirmed, Amount: 5 * types.Coin, Time: viewtest.Now(), Parties: []view.Party{{Label: "Tomás Ruiz"}}}
	must(t, r.fake.Answer("History", append([]view.Movement{m}, old...)))
	r.happens(view.EventWallet)
	if n := r.told(1); strings.Contains(n[0].Text, "5") || strings.Contains(n[0].Text+n[0].Title, "Tomás") {
		t.Errorf("told %+v", n[0])
	}
	var lines []string
	r.ui.OnTray(func(tr Tray) { lines = tr.Lines })
	r.happens(view.EventWallet)
	if s := strings.Join(lines, "|"); strings.Contains(s, "SCC") {
		t.Errorf("the tray tells %q", s)
	}
	r.unlock()
	r.wait("the earnings", func() bool { return strings.Contains(strings.Join(lines, "|"), "SCC") })
}

// Whoever goes away from a window whose node went away, too, finds it locked.
func TestLocksAfterTheNodeWasAway(t *testing.T) {
	for away, want := range map[time.Duration]stage{time.Minute: running, time.Hour: locked} {
		r := runningRig(t)
		r.ui.wentAway(view.Errorf(view.CodeNotRunning, "gone"), patience)
		if r.ui.stage != lost {
			t.Fatal("it is not lost")
		}
		r.Advance(away)
		r.ui.found()
		if r.ui.stage != want {
			t.Errorf("away for %v: stage %d, want %d", away, r.ui.stage, want)
		}
	}
}

func TestSeen(t *testing.T) {
	r := runningRig(t)
	env := r.top().env
	seen := func(want bool, when string) {
		t.Helper()
		if env.Seen() != want {
			t.Errorf("seen %v %s", !want, when)
		}
	}
	seen(true, "at first")
	r.ui.Hidden(true)
	seen(false, "while the window is hidden")
	r.ui.Hidden(false)
	r.ui.Lock()
	seen(false, "while it is locked")
	r.unlock()
	seen(true, "when it is unlocked")
}

// The idle lock notes that somebody types, never what into a hidden field.
func TestIdleKeepsNoSecret(t *testing.T) {
	r := runningRig(t)
	e := r.top().env.Kit.Password("")
	r.top().env.Kit.Sheet(kit.SheetOptions{Title: "Passphrase", Content: e})
	r.keys.Focus(e)
	e.SetText("secret words")
	if got := r.ui.idle.field(); strings.Contains(got, "secret") || got == "" {
		t.Errorf("kept %q", got)
	}
}

func TestFailedJobIsTold(t *testing.T) {
	for j, want := range map[string]view.Job{
		page.NoticeJobFailed: {State: view.JobComplete, Failure: "the scene is broken", Progress: view.Progress{Done: 4, Total: 4}},
		page.NoticeJobDone:   {State: view.JobComplete},
	} {
		if got := ending(want); got != j {
			t.Errorf("%+v ends as %q", want, got)
		}
	}
}
