package sandbox

import (
	"os"
	"os/exec"
	"testing"
)

// What starting costs: a program that does nothing, by itself, within limits,
// and in the sandbox.
func BenchmarkStart(b *testing.B) {
	for name, isolate := range map[string]bool{"plain": false, "isolated": true} {
		b.Run(name, func(b *testing.B) {
			c := Command{Path: "/bin/true", Scratch: b.TempDir(), Isolate: isolate, Limits: Limits{Memory: 1 << 30, Disk: 1 << 20, Processes: 9}}
			for b.Loop() {
				if _, err := Run(b.Context(), c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("exec", func(b *testing.B) {
		for b.Loop() {
			if err := exec.Command("/bin/true").Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// What the watchdog's look at a process costs: this one, with its threads.
func BenchmarkLook(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		t := tree{root: os.Getpid(), isolated: true}
		d := diskWatch{c: Command{Scratch: dir, Limits: Limits{Disk: 1 << 20, Entries: 1}}}
		if err := d.look(t.measure(0).pids); err != nil {
			b.Fatal(err)
		}
		scarce()
	}
}
