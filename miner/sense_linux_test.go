package miner

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
)

// files makes a folder with what a machine's would say.
func files(t *testing.T, list map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range list {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestBattery(t *testing.T) {
	const at = "sys/class/power_supply/"
	mouse := map[string]string{at + "hid/type": "Battery", at + "hid/scope": "Device", at + "hid/capacity": "5", at + "hid/status": "Discharging"}
	with := func(more ...string) map[string]string {
		out := map[string]string{}
		for k, v := range mouse {
			out[k] = v
		}
		for i := 0; i < len(more); i += 2 {
			out[at+more[i]] = more[i+1]
		}
		return out
	}
	for _, c := range []struct {
		name    string
		files   map[string]string
		has, on bool
		charge  int
		ok      bool
	}{
		{"no such folder", map[string]string{"sys/x": ""}, false, false, 0, false},
		{"a desk's", with("AC/type", "Mains", "AC/online", "1"), false, false, 0, true},
		{"plugged in", with("AC/type", "Mains", "AC/online", "1", "BAT0/type", "Battery", "BAT0/capacity", "80", "BAT0/status", "Charging"), true, false, 80, true},
		{"unplugged", with("AC/type", "Mains", "AC/online", "0", "BAT0/type", "Battery", "BAT0/capacity", "60", "BAT0/status", "Unknown", "BAT1/type", "Battery", "BAT1/capacity", "20"), true, true, 40, true},
		{"no mains known", with("BAT0/type", "Battery", "BAT0/capacity", "60", "BAT0/status", "Discharging"), true, true, 60, true},
		{"taken out", with("BAT0/type", "Battery", "BAT0/capacity", "60", "BAT0/present", "0"), false, false, 0, true},
	} {
		l := &linux{root: files(t, c.files)}
		has, on, charge, ok := l.battery()
		if has != c.has || on != c.on || charge != c.charge || ok != c.ok {
			t.Errorf("%s: %v %v %d %v", c.name, has, on, charge, ok)
		}
	}
}

func TestCelsius(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  float64
		ok    bool
	}{
		{"none", map[string]string{"sys/x": ""}, 0, false},
		{"the hottest core, not the disk", map[string]string{"sys/class/hwmon/hwmon0/name": "nvme", "sys/class/hwmon/hwmon0/temp1_input": "90000",
			"sys/class/hwmon/hwmon1/name": "coretemp", "sys/class/hwmon/hwmon1/temp1_input": "61000", "sys/class/hwmon/hwmon1/temp2_input": "64500"}, 64.5, true},
		{"a zone", map[string]string{"sys/class/thermal/thermal_zone0/type": "acpitz", "sys/class/thermal/thermal_zone0/temp": "27800",
			"sys/class/thermal/thermal_zone1/type": "cpu-thermal", "sys/class/thermal/thermal_zone1/temp": "51000"}, 51, true},
		{"not connected", map[string]string{"sys/class/thermal/thermal_zone0/type": "cpu", "sys/class/thermal/thermal_zone0/temp": "-274000"}, 0, false},
	} {
		l := &linux{root: files(t, c.files)}
		if got, ok := l.celsius(); got != c.want || ok != c.ok {
			t.Errorf("%s: %v %v", c.name, got, ok)
		}
	}
}

// Programs are found by name, long ones too, but not this process's children:
// the owner's rule on Blender must not stop for the Blender that renders.
func TestProcesses(t *testing.T) {
	self := os.Getpid()
	stat := func(pid int, name string, parent, ticks int) (string, string) {
		return fmt.Sprintf("proc/%d/stat", pid), fmt.Sprintf("%d (%s) S %d 1 1 0 -1 0 0 0 0 0 %d 0 0 0 20 0 1 0 5 0", pid, name, parent, ticks)
	}
	list := map[string]string{"proc/900/cmdline": "/opt/a/verylongprogramname\x00-x"}
	for _, p := range []struct {
		pid    int
		name   string
		parent int
		ticks  int
	}{{self, "node", 1, 100}, {801, "sh) (x", self, 20}, {802, "blender", 801, 300}, {803, "steam.exe", 1, 7}, {900, "verylongprogram", 1, 7}} {
		k, v := stat(p.pid, p.name, p.parent, p.ticks)
		list[k] = v
	}
	l := &linux{root: files(t, list)}
	running, own, ok := l.processes(context.Background(), []string{"Blender", "Steam", "verylongprogramname", "gone"})
	if !ok || own != 4200*time.Millisecond || !slices.Equal(running, []string{"Steam", "verylongprogramname"}) {
		t.Errorf("%q, %v, %v", running, own, ok)
	}
}

// This machine's own sensors: what a busy child uses is own, what others use is
// not.
func TestLoad(t *testing.T) {
	s := NewSensors()
	defer s.Close()
	g := s.Read(t.Context(), nil)
	if g.Cores < 1 || g.Memory < 1<<20 || slices.Contains(g.Unknown, SenseProcessor) {
		t.Fatalf("%+v", g)
	}
	child := exec.Command("/bin/sh", "-c", "while :; do :; done")
	if err := child.Start(); err != nil {
		t.Skip(err)
	}
	defer func() { child.Process.Kill(); child.Wait() }()
	deadline := time.Now().Add(20 * time.Second)
	for g.OwnCPU < 20/float64(g.Cores) {
		if time.Now().After(deadline) {
			t.Fatalf("a child that does nothing else uses %v %% of %d cores", g.OwnCPU, g.Cores)
		}
		s.(*sensors).last = load{} // measures over a span of its own
		g = s.Read(t.Context(), nil)
	}
}

// output runs a program and returns the first line it prints.
func output(t *testing.T, from func(*exec.Cmd) (io.ReadCloser, error), name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(err)
	}
	c := exec.Command(path, args...)
	r, err := from(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("%s said %q: %v", name, line, err)
	}
	return strings.TrimSpace(line)
}

// A real X server tells of a real key.
func TestDisplay(t *testing.T) {
	number := output(t, (*exec.Cmd).StdoutPipe, "Xvfb", "-displayfd", "1", "-screen", "0", "64x64x24", "-nolisten", "tcp")
	t.Setenv("DISPLAY", ":"+number)
	var d display
	defer d.close()
	first, ok := d.idle(t.Context())
	if !ok {
		t.Fatal("the display does not tell")
	}
	for first < 300*time.Millisecond { // nobody touches it
		if first, ok = d.idle(t.Context()); !ok {
			t.Fatal("the display does not tell any more")
		}
	}
	c, err := xgb.NewConnDisplay(":" + number)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := xtest.Init(c); err != nil {
		t.Fatal(err)
	}
	if err := xtest.FakeInputChecked(c, xproto.KeyPress, 38, 0, 0, 0, 0, 0).Check(); err != nil {
		t.Fatal(err)
	}
	if after, ok := d.idle(t.Context()); !ok || after >= first {
		t.Errorf("after a key: %v, before: %v", after, first)
	}
	t.Setenv("DISPLAY", "elsewhere:0")
	if _, ok := d.idle(t.Context()); ok {
		t.Error("another machine's display was asked")
	}
}

// fakeDesktop answers as NetworkManager and Mutter do.
type fakeDesktop struct{ metered atomic.Uint32 }

func (f *fakeDesktop) Get(iface, name string) (dbus.Variant, *dbus.Error) {
	return dbus.MakeVariant(f.metered.Load()), nil
}

func (f *fakeDesktop) GetIdletime() (uint64, *dbus.Error) { return 4200, nil }

func TestBus(t *testing.T) {
	address := output(t, (*exec.Cmd).StdoutPipe, "dbus-daemon", "--session", "--nofork", "--print-address=1")
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	var b buses
	defer b.close()
	if _, ok := b.metered(t.Context()); ok {
		t.Error("nobody is there, and it was told")
	}
	server, err := dbus.Connect(address)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	f := new(fakeDesktop)
	server.Export(f, "/org/freedesktop/NetworkManager", "org.freedesktop.DBus.Properties")
	server.Export(f, "/org/gnome/Mutter/IdleMonitor/Core", "org.gnome.Mutter.IdleMonitor")
	for _, name := range []string{"org.freedesktop.NetworkManager", "org.gnome.Mutter.IdleMonitor"} {
		if r, err := server.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || r != dbus.RequestNameReplyPrimaryOwner {
			t.Fatal(r, err)
		}
	}
	for n, want := range map[uint32][2]bool{0: {false, false}, 1: {true, true}, 2: {false, true}, 3: {true, true}, 4: {false, true}} {
		f.metered.Store(n)
		if is, ok := b.metered(t.Context()); is != want[0] || ok != want[1] {
			t.Errorf("metered %d: %v %v", n, is, ok)
		}
	}
	if d, ok := b.idle(t.Context()); !ok || d != 4200*time.Millisecond {
		t.Errorf("idle: %v %v", d, ok)
	}
}

func TestTerminals(t *testing.T) {
	l := &linux{root: t.TempDir()}
	if _, ok := l.terminals(t.Context()); ok {
		t.Error("no terminal tells")
	}
	if d, ok := new(linux).terminals(t.Context()); ok && d < 0 {
		t.Errorf("%v", d)
	}
}

// What a reading costs: each 10 s it must be under 0.1 % of a core, 10 ms.
func BenchmarkSensors(b *testing.B) {
	s := NewSensors()
	defer s.Close()
	s.Read(b.Context(), nil)
	for b.Loop() {
		s.Read(b.Context(), []string{"blender", "steam"})
	}
}
