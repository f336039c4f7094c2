package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

func (r *rig) shortcut(key fyne.KeyName, mod fyne.KeyModifier) {
	r.t.Helper()
	r.keys.handler.TypedShortcut(&desktop.CustomShortcut{KeyName: key, Modifier: mod})
	r.Drain()
	r.Settle()
}

func (r *rig) key(key fyne.KeyName) {
	r.Window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: key})
	r.Drain()
	r.Settle()
}

func TestNavigation(t *testing.T) {
	r := runningRig(t)
	r.at(page.Home, "", "")
	r.MustHave("Home", "Wallet", "Get work done", "Working on 2 jobs", "v1.0.0")
	r.Tap("Wallet")
	r.at(page.Wallet, "", "")
	if !r.made[0].closed {
		t.Error("home was not closed")
	}
	r.ui.Go(page.Route{Page: page.Wallet, Tab: page.WalletSend, Ref: "x"})
	r.at(page.Wallet, page.WalletSend, "x")
	r.Tap("Market")
	r.Tap("Wallet") // where it was left, with what it kept
	r.at(page.Wallet, page.WalletSend, "x")
	if r.top().kept != "kept send" {
		t.Errorf("kept %v", r.top().kept)
	}
	r.Tap("Wallet") // once more: its beginning
	r.at(page.Wallet, "", "")
	r.shortcut(fyne.KeyLeft, fyne.KeyModifierAlt)
	r.at(page.Wallet, page.WalletSend, "x")
	r.shortcut(fyne.KeyLeft, fyne.KeyModifierAlt)
	r.at(page.Market, "", "")
	r.shortcut(fyne.KeyRight, fyne.KeyModifierAlt)
	r.at(page.Wallet, page.WalletSend, "x")
	r.top().back = true // a page that can go back in itself
	r.shortcut(fyne.KeyLeft, fyne.KeyModifierAlt)
	r.at(page.Wallet, page.WalletSend, "x")
}

func TestShortcuts(t *testing.T) {
	r := runningRig(t)
	for i, want := range page.Pages() {
		r.shortcut([]fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7, fyne.Key8}[i], ctrl)
		r.at(want, "", "")
	}
	r.shortcut(fyne.Key2, ctrl)
	r.shortcut(fyne.KeyN, ctrl)
	r.at(page.Wallet, page.WalletSend, "")
	r.shortcut(fyne.KeyF, ctrl)
	if !r.top().found {
		t.Error("Ctrl+F did not reach the page")
	}
	r.shortcut(fyne.KeyComma, ctrl)
	r.at(page.Settings, "", "")
	made := len(r.made)
	r.key(fyne.KeyF5)
	if len(r.made) != made+1 {
		t.Error("F5 did not load the page anew")
	}
	r.key(fyne.KeyF1)
	r.MustHave("Keyboard shortcuts", "Ctrl+K", "Alt+←")
	r.shortcut(fyne.Key1, ctrl) // a dialog is answered first
	r.at(page.Settings, "", "")
	r.key(fyne.KeyEscape)
	if r.Has("Keyboard shortcuts") {
		t.Error("Esc did not close the list")
	}
	r.shortcut(fyne.Key1, ctrl)
	r.at(page.Home, "", "")
}

func TestBadges(t *testing.T) {
	r := runningRig(t)
	r.MustHave("6") // messages, requests and news
	s, err := r.fake.Status(t.Context())
	must(t, err)
	s.Unread = view.Unread{Messages: 42}
	must(t, r.fake.Answer("Status", s))
	r.fake.Emit(view.Event{Kind: view.EventMessage})
	r.wait("the event", func() bool { return len(r.top().events) > 0 })
	r.Advance(statusGap)
	r.wait("the badge", func() bool { return r.Has("42") })
}

func TestSwitcher(t *testing.T) {
	r := runningRig(t)
	r.shortcut(fyne.KeyK, ctrl)
	r.MustHave("Go to", "Home")
	const hint = "A page, a name, a job, a height, an address …"
	r.Type(hint, "tom")
	r.MustHave("Tomás Ruiz")
	r.Submit(hint)
	r.at(page.Messages, page.MessagesChat, viewtest.Address("Tomás"))
	r.shortcut(fyne.KeyK, ctrl)
	r.Type(hint, "48000")
	r.wait("the block", func() bool { return r.Has("block 48000") })
	r.Tap("block 48000")
	r.at(page.Explorer, page.ExplorerBlock, "48000")
	r.shortcut(fyne.KeyK, ctrl)
	r.Type(hint, "zzz")
	r.MustHave("Nothing has that name.")
}

func TestDropped(t *testing.T) {
	r := runningRig(t)
	r.ui.Dropped([]string{"/tmp/film.mp4"})
	r.at(page.Work, page.WorkNew, "")
	if f, ok := r.top().route.Args.(page.Files); !ok || len(f) != 1 || f[0] != "/tmp/film.mp4" {
		t.Errorf("args %v", r.top().route.Args)
	}
	r.ui.Lock()
	n := len(r.made)
	r.ui.Dropped([]string{"/tmp/film.mp4"})
	if len(r.made) != n {
		t.Error("a locked window took a file")
	}
}

func TestNarrow(t *testing.T) {
	r := newRig(t, uitest.Phone(), nil)
	r.wait("the node's state", func() bool { return r.ui.known })
	if !r.top().env.Narrow {
		t.Error("the page was not told that the window is narrow")
	}
	if r.Has("Explorer") {
		t.Error("the bar at the bottom has all pages")
	}
	r.ui.Go(page.Route{Page: page.Wallet, Tab: page.WalletCoins})
	r.Tap("More")
	r.MustHave("Explorer", "Settings", "Lock")
	r.Tap("Explorer")
	r.at(page.Explorer, "", "")
	r.Tap("Wallet")
	r.Window.Resize(fyne.NewSize(1180, 760)) // the window grows
	r.Drain()
	r.at(page.Wallet, page.WalletCoins, "")
	if r.top().env.Narrow {
		t.Error("the page was not made anew for the wide window")
	}
	r.MustHave("Explorer")
}

func TestLanguageAtOnce(t *testing.T) {
	r := runningRig(t)
	r.ui.Go(page.Route{Page: page.Wallet, Tab: page.WalletCoins})
	must(t, r.prefs.Set(func(p *page.Preferences) { p.Language = "zh" }))
	r.Drain()
	r.MustHave("钱包", "发布任务")
	r.at(page.Wallet, page.WalletCoins, "")
	if got := r.top().env.Text.Language(); got != "zh" {
		t.Errorf("the page speaks %s", got)
	}
	must(t, r.prefs.Set(func(p *page.Preferences) { p.TextScale = 1.5 }))
	made := len(r.made)
	r.Drain()
	if len(r.made) == made {
		t.Error("the page was not made anew for larger text")
	}
}
