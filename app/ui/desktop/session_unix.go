//go:build unix && !darwin

package desktop

import (
	"context"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"
)

// trayPatience is how long the session has to answer: the window waits for it.
const trayPatience = time.Second

// hasTray asks the session whether something shows tray icons
// (https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem).
func hasTray() bool {
	bus, err := dbus.SessionBus() // shared, not to be closed
	if err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), trayPatience)
	defer cancel()
	var v dbus.Variant
	const watcher = "org.kde.StatusNotifierWatcher"
	if err := bus.Object(watcher, "/StatusNotifierWatcher").
		CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, watcher, "IsStatusNotifierHostRegistered").Store(&v); err != nil {
		return false
	}
	shown, _ := v.Value().(bool)
	return shown
}

// tellsTheme reports whether the desktop can say if it is light or dark: through
// a portal, which is running or can be started.
func tellsTheme() bool {
	bus, err := dbus.SessionBus()
	if err != nil {
		return false
	}
	for _, method := range []string{"ListNames", "ListActivatableNames"} {
		var names []string
		if bus.BusObject().Call("org.freedesktop.DBus."+method, 0).Store(&names) == nil && slices.Contains(names, portalName) {
			return true
		}
	}
	return false
}
