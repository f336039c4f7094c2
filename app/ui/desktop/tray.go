//go:build cgo && !headless

package desktop

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"supercomputing/app/ui"
	"supercomputing/assets"
)

// tray shows what the frame says in the icon beside the system's clock. It is
// used on the UI thread.
type tray struct {
	app  desktop.App
	icon assets.TrayState
	set  bool
}

func (t *tray) show(s ui.Tray) {
	if !t.set || t.icon != s.Icon {
		t.icon, t.set = s.Icon, true
		t.app.SetSystemTrayIcon(fyne.NewStaticResource("tray-"+s.Icon.String()+".png", assets.TrayPNG(s.Icon)))
	}
	menu := fyne.NewMenu(s.Title)
	for _, line := range s.Lines {
		i := fyne.NewMenuItem(line, nil)
		i.Disabled = true
		menu.Items = append(menu.Items, i)
	}
	if len(s.Lines) > 0 {
		menu.Items = append(menu.Items, fyne.NewMenuItemSeparator())
	}
	menu.Items = append(menu.Items, trayItems(s.Items)...)
	if n := len(menu.Items); n > 0 {
		menu.Items[n-1].IsQuit = true // or the toolkit would add one of its own
	}
	t.app.SetSystemTrayMenu(menu)
}

func trayItems(items []ui.TrayItem) []*fyne.MenuItem {
	var out []*fyne.MenuItem
	for _, i := range items {
		if i.Label == "" {
			out = append(out, fyne.NewMenuItemSeparator())
			continue
		}
		m := fyne.NewMenuItem(i.Label, i.Run)
		m.Checked, m.Disabled = i.Checked, i.Off
		if len(i.Items) > 0 {
			m.ChildMenu = fyne.NewMenu(i.Label, trayItems(i.Items)...)
		}
		out = append(out, m)
	}
	return out
}
