package miner

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/godbus/dbus/v5"
)

// buses asks the desktop and NetworkManager over D-Bus. Nothing is started for
// it: neither a bus nor a service.
type buses struct{ session, system bus }

// bus is one connection.
type bus struct {
	conn  *dbus.Conn
	again time.Time // no new connection before
}

// busRetry is how long a bus that is not there is left alone.
const busRetry = 5 * time.Minute

// call asks one service; false: nobody answers.
func (b *bus) call(ctx context.Context, address, service, path, method string, result any, args ...any) bool {
	if b.conn == nil {
		if address == "" || time.Now().Before(b.again) {
			return false
		}
		// Not with ctx, which ends with this reading: the connection is kept.
		c, err := dbus.Connect(address)
		if err != nil {
			b.again = time.Now().Add(busRetry)
			return false
		}
		b.conn = c
	}
	call := b.conn.Object(service, dbus.ObjectPath(path)).CallWithContext(ctx, method, dbus.FlagNoAutoStart, args...)
	if call.Err != nil {
		if !b.conn.Connected() || ctx.Err() != nil {
			b.close()
			b.again = time.Now().Add(busRetry)
		}
		return false
	}
	return call.Store(result) == nil
}

func (b *bus) close() {
	if b.conn != nil {
		b.conn.Close()
		b.conn = nil
	}
}

func (b *buses) close() {
	b.session.close()
	b.system.close()
}

// sessionBus is the address of this user's bus.
func sessionBus() string {
	if a := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); a != "" {
		return a
	}
	return socket(fmt.Sprintf("/run/user/%d/bus", os.Getuid()))
}

func systemBus() string {
	if a := os.Getenv("DBUS_SYSTEM_BUS_ADDRESS"); a != "" {
		return a
	}
	return socket("/run/dbus/system_bus_socket")
}

func socket(path string) string {
	if info, err := os.Stat(path); err != nil || info.Mode()&os.ModeSocket == 0 {
		return ""
	}
	return "unix:path=" + path
}

// idle asks Mutter, which knows of Wayland, and then the desktop's screen saver.
func (b *buses) idle(ctx context.Context) (time.Duration, bool) {
	at := sessionBus()
	var milli uint64
	if b.session.call(ctx, at, "org.gnome.Mutter.IdleMonitor", "/org/gnome/Mutter/IdleMonitor/Core", "org.gnome.Mutter.IdleMonitor.GetIdletime", &milli) {
		return time.Duration(milli) * time.Millisecond, true
	}
	var short uint32
	if b.session.call(ctx, at, "org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver.GetSessionIdleTime", &short) {
		return time.Duration(short) * time.Millisecond, true // so does Plasma, which alone answers it
	}
	return 0, false
}

// NetworkManager's NMMetered.
const (
	meteredYes      = 1
	meteredNo       = 2
	meteredGuessYes = 3
	meteredGuessNo  = 4
)

func (b *buses) metered(ctx context.Context) (is, ok bool) {
	var v dbus.Variant
	if !b.system.call(ctx, systemBus(), "org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager",
		"org.freedesktop.DBus.Properties.Get", &v, "org.freedesktop.NetworkManager", "Metered") {
		return false, false
	}
	switch n, _ := v.Value().(uint32); n {
	case meteredYes, meteredGuessYes:
		return true, true
	case meteredNo, meteredGuessNo:
		return false, true
	}
	return false, false
}
