package ui

import (
	"fmt"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/assets"
)

// narrowBelow is the width of a window below which it is laid out like a phone's.
const narrowBelow = 720

// language is the one to speak now.
func (u *UI) language() string {
	if l := u.o.Prefs.Get().Language; l != "" {
		return l
	}
	if text.Known(u.o.Language) {
		return u.o.Language
	}
	return text.English
}

// equip makes what pages are given, for the language, theme and width of now.
func (u *UI) equip() error {
	p := u.o.Prefs.Get()
	catalog, err := text.Load(assets.Lang(), u.language())
	if err != nil {
		return fmt.Errorf("make the windows: %w", err)
	}
	if u.o.SetTheme != nil && (u.env == nil || u.env.Text.Language() != catalog.Language() || u.shown != styleOf(p)) {
		u.o.SetTheme(look.New(look.Options{Mode: p.Theme, Scale: p.TextScale, Language: catalog.Language()}))
	}
	u.shown = styleOf(p)
	k := &kit.Kit{Text: catalog, Canvas: u.o.Canvas, CopyText: u.o.Host.CopyText, Post: u.o.Post, After: u.o.After, Layer: u.layer, Now: u.o.Now,
		Open: func(address string) { u.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerAddress, Ref: address}) },
		Log:  func(msg string, err error) { u.o.Log.Warn(msg, "err", err) }}
	u.env = &page.Env{Backend: u.backend, Host: u.o.Host, Text: catalog, Kit: k, Prefs: u.o.Prefs, Log: u.o.Log, Post: u.o.Post, Now: u.o.Now,
		Window: u.o.Window, Canvas: u.o.Canvas, Narrow: u.root.narrow(), Go: u.Go, Toast: u.toast, Fail: u.fail, Lock: u.Lock, Watched: u.seen,
		Spawn: u.o.Spawn, After: u.o.After}
	return nil
}

// style is what of the settings changes how everything looks.
type style struct {
	theme string
	scale float32
}

func styleOf(p page.Preferences) style { return style{p.Theme, p.TextScale} }

// prefsChanged shows another language, theme or scale at once.
func (u *UI) prefsChanged() {
	u.idle.arm()
	u.tray.update()
	if u.env.Text.Language() != u.language() || u.shown != styleOf(u.o.Prefs.Get()) {
		u.rebuild()
	}
}

// resized makes the frame anew when the window became narrow or wide. The
// screens without pages fit any width, and hold what was typed.
func (u *UI) resized() {
	if u.stage == running && u.env.Narrow != u.root.narrow() {
		u.rebuild()
	}
}

// rebuild makes what is shown anew, where it was.
func (u *UI) rebuild() {
	u.keep()
	if err := u.equip(); err != nil {
		u.o.Log.Error("the windows could not be made anew", "err", err)
		return
	}
	switch u.stage {
	case starting:
		u.showStart(false)
	case running, locked, lost:
		covered := u.stage
		u.showPages()
		switch covered {
		case locked:
			u.Lock()
		case lost:
			u.showLost()
		}
	}
}
