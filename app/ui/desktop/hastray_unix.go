//go:build unix && !darwin

package desktop

import "github.com/godbus/dbus/v5"

// hasTray asks the session whether something shows tray icons
// (https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem).
func hasTray() bool {
	bus, err := dbus.SessionBus() // shared, not to be closed
	if err != nil {
		return false
	}
	v, err := bus.Object("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher").GetProperty("org.kde.StatusNotifierWatcher.IsStatusNotifierHostRegistered")
	if err != nil {
		return false
	}
	shown, _ := v.Value().(bool)
	return shown
}
