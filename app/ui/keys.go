package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
)

// shortcut is a key of the frame.
type shortcut struct {
	key  fyne.KeyName
	mod  fyne.KeyModifier
	name text.Key // "" when another entry of the list tells it
	run  func()
}

// ctrl is Ctrl, or Cmd on a Mac.
const ctrl = fyne.KeyModifierShortcutDefault

// shortcuts are the keys of the frame, in the order of their list.
func (u *UI) shortcuts() []shortcut {
	list := []shortcut{
		{fyne.KeyF, ctrl, "ui.key.find", u.find},
		{fyne.KeyN, ctrl, "ui.key.new", u.create},
		{fyne.KeyK, ctrl, "ui.key.switch", u.openSwitcher},
		{fyne.KeyL, ctrl, "ui.key.lock", u.Lock},
		{fyne.KeyComma, ctrl, "ui.key.settings", func() { u.openPage(page.Settings) }},
		{fyne.KeyF5, 0, "ui.key.refresh", u.refresh},
		{fyne.KeyLeft, fyne.KeyModifierAlt, "ui.key.back", u.back},
		{fyne.KeyRight, fyne.KeyModifierAlt, "ui.key.forward", func() { u.travel(1) }},
		{fyne.KeyEscape, 0, "ui.key.escape", u.escape},
		{fyne.KeyF1, 0, "ui.key.help", u.openHelp},
	}
	digits := []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7, fyne.Key8}
	for i, t := range tabs() {
		list = append(list, shortcut{digits[i], ctrl, "", func() { u.openPage(t.page) }})
	}
	return list
}

// addShortcuts listens to the keys of the window.
func (u *UI) addShortcuts() {
	for _, s := range u.shortcuts() {
		if s.mod != 0 {
			u.o.Canvas.AddShortcut(&desktop.CustomShortcut{KeyName: s.key, Modifier: s.mod}, func(fyne.Shortcut) {
				u.touched()
				u.press(s.run)
			})
		}
	}
	u.o.Canvas.SetOnTypedKey(u.typedKey)
	u.o.Canvas.SetOnTypedRune(func(r rune) {
		u.touched()
		if r == '?' {
			u.press(u.openHelp)
		}
	})
}

// press runs a shortcut, unless a dialog is open: it is answered first.
func (u *UI) press(run func()) {
	if u.stage == running && u.o.Canvas.Overlays().Top() == nil {
		run()
	}
}

// typedKey is a key that no widget took.
func (u *UI) typedKey(e *fyne.KeyEvent) {
	u.touched()
	if u.screen != nil {
		switch e.Name {
		case fyne.KeyEscape:
			u.screen.Back()
		case fyne.KeyReturn, fyne.KeyEnter:
			u.screen.Enter()
		}
		return
	}
	name := e.Name
	if name == fyne.KeyEnter { // of the keypad
		name = fyne.KeyReturn
	}
	for _, s := range u.pageShortcuts() {
		if s.Modifier == 0 && s.Key == name {
			u.press(s.Run)
			return
		}
	}
	for _, s := range u.shortcuts() {
		if s.mod == 0 && s.key == e.Name {
			u.press(s.run)
			return
		}
	}
}

func (u *UI) pageShortcuts() []page.Shortcut {
	if s, ok := u.now.(page.Shortcuter); ok {
		return s.Shortcuts()
	}
	return nil
}

// joinPage adds the shortcuts with modifiers of a page that was opened, and
// gives what takes them away again.
func (u *UI) joinPage() (leave func()) {
	var all []fyne.Shortcut
	for _, s := range u.pageShortcuts() {
		if s.Modifier != 0 {
			c := &desktop.CustomShortcut{KeyName: s.Key, Modifier: s.Modifier}
			u.o.Canvas.AddShortcut(c, func(fyne.Shortcut) { u.touched(); u.press(s.Run) })
			all = append(all, c)
		}
	}
	return func() {
		for _, c := range all {
			u.o.Canvas.RemoveShortcut(c)
		}
	}
}

// escape gives the focus back, or goes back inside the page.
func (u *UI) escape() {
	if u.o.Canvas.Focused() != nil {
		u.o.Canvas.Unfocus()
		return
	}
	if b, ok := u.now.(page.Backer); ok {
		b.Back()
	}
}

func (u *UI) find() {
	if f, ok := u.now.(page.Finder); ok {
		f.Find()
		return
	}
	u.openSwitcher()
}

// create begins something new of what the page is about.
func (u *UI) create() {
	if c, ok := u.now.(page.Creator); ok {
		c.Create()
		return
	}
	switch u.trail.here().route.Page {
	case page.Wallet:
		u.open(page.Route{Page: page.Wallet, Tab: page.WalletSend})
	case page.Messages:
		u.open(page.Route{Page: page.Messages, Tab: page.MessagesChat})
	case page.Market:
		u.open(page.Route{Page: page.Market, Tab: page.MarketPost})
	default:
		u.open(page.Route{Page: page.Work, Tab: page.WorkNew})
	}
}

// openHelp lists all shortcuts.
func (u *UI) openHelp() {
	env := u.env
	col := kit.ColumnGap(6, keyLine(env, "Ctrl+1 … 8", env.T("ui.key.pages")))
	for _, s := range u.shortcuts() {
		if s.name != "" {
			col.Add(keyLine(env, keyName(env, s.key, s.mod), env.T(s.name)))
		}
	}
	if own := u.pageShortcuts(); len(own) > 0 {
		col.Add(kit.Strong(env.T("ui.key.here")))
		for _, s := range own {
			col.Add(keyLine(env, keyName(env, s.Key, s.Modifier), s.Name))
		}
	}
	var sheet *kit.Sheet
	sheet = env.Kit.Sheet(kit.SheetOptions{Title: env.T("ui.key.title"), Content: col,
		Actions: []*kit.Button{kit.Primary(env.T("ui.close"), func() { sheet.Close() })}})
}

func keyLine(env *page.Env, keys, what string) fyne.CanvasObject {
	cap := kit.MinWidth(96, kit.Left(kit.Pill(0, keys)))
	return kit.RowGap(12, cap, kit.Grow(kit.Body(what).Wrap()))
}

// keyName writes a shortcut as keyboards do.
func keyName(env *page.Env, key fyne.KeyName, mod fyne.KeyModifier) string {
	s := ""
	for _, m := range []struct {
		mod  fyne.KeyModifier
		name string
	}{{fyne.KeyModifierControl, "Ctrl+"}, {fyne.KeyModifierAlt, "Alt+"}, {fyne.KeyModifierShift, "Shift+"}, {fyne.KeyModifierSuper, "Cmd+"}} {
		if mod&m.mod != 0 {
			s += m.name
		}
	}
	switch key {
	case fyne.KeyEscape:
		return s + "Esc"
	case fyne.KeyLeft:
		return s + "←"
	case fyne.KeyRight:
		return s + "→"
	case fyne.KeyUp:
		return s + "↑"
	case fyne.KeyDown:
		return s + "↓"
	case fyne.KeyReturn, fyne.KeyEnter:
		return s + "Enter"
	case fyne.KeySpace:
		return s + env.T("ui.key.space")
	}
	return s + string(key)
}
