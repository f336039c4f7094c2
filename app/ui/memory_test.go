package ui

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
)

// switches is how many pages are opened one after another.
const switches = 120

// memoryVar marks the process in which the toolkit's cache is emptied at once:
// it keeps what is no longer shown for a minute, which is not ours to measure.
const memoryVar = "UI_MEMORY_TEST"

// TestSwitchesLeaveMemory opens all pages again and again: memory and
// goroutines end where they were.
func TestSwitchesLeaveMemory(t *testing.T) {
	if os.Getenv(memoryVar) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestSwitchesLeaveMemory$", "-test.v")
		cmd.Env = append(os.Environ(), memoryVar+"=1", "FYNE_CACHE=1ns")
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	r := newRig(t, uitest.Wide(), func(r *rig, o *Options) { o.Pages = Pages() })
	r.wait("the node's state", func() bool { return r.ui.known })
	var names []string
	for _, name := range page.Pages() {
		if r.ui.o.Pages[name] != nil {
			names = append(names, name)
		}
	}
	visit := func(n int) {
		for i := range n {
			r.ui.openPage(names[i%len(names)])
			r.Drain()
			r.Settle()
		}
		r.ui.openPage(page.Home)
		r.Drain()
		r.Settle()
	}
	visit(2 * len(names)) // what is read once stays: fonts, icons, texts
	goroutines, timers := runtime.NumGoroutine(), r.Pending()
	before := heap()
	visit(switches)
	r.Window.Canvas().Capture() // drawing empties the cache, as on a screen
	after := heap()
	const most = 6 << 20
	t.Logf("%d switches of %d pages: %.1f MB before, %.1f MB after, %d goroutines before, %d after", switches, len(names), float64(before)/1e6, float64(after)/1e6, goroutines, runtime.NumGoroutine())
	if after > before+most {
		t.Errorf("memory grew by %d bytes", after-before)
	}
	if n := runtime.NumGoroutine(); n > goroutines+2 {
		t.Errorf("%d goroutines are left over", n-goroutines)
	}
	for end := time.Now().Add(20 * time.Second); r.Pending() > timers; runtime.Gosched() { // timers end on goroutines of their own
		if time.Now().After(end) {
			t.Fatalf("%d timers are left over", r.Pending()-timers)
		}
	}
}

func heap() uint64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
