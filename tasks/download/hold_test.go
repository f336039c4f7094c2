package download

import (
	"path/filepath"
	"testing"
	"time"
)

// Held, nothing moves in either direction, and all goes on afterwards; what the
// owner fetches for himself is not held.
func TestHold(t *testing.T) {
	dir := t.TempDir()
	big, own := filepath.Join(dir, "big.bin"), filepath.Join(dir, "own.bin")
	randomFile(t, big, 24<<20)
	randomFile(t, own, 1<<20)
	pub, _ := startEngine(t, t.TempDir(), nil)
	work, err := pub.Publish(t.Context(), big, nil)
	if err != nil {
		t.Fatal(err)
	}
	mine, err := pub.Publish(t.Context(), own, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, _ := startEngine(t, t.TempDir(), func(o *Options) { o.DownloadLimit, o.OnDemand = 4<<20, "me" })
	fetch := Addition{InfoHash: work.InfoHash, Dir: filepath.Join(t.TempDir(), "data"), Owner: "job", Peers: pub.Addrs()}
	if err := e.Add(t.Context(), fetch); err != nil {
		t.Fatal(err)
	}
	bytes := func() (up, down int64) {
		s, err := e.Stats(work.InfoHash)
		if err != nil {
			t.Fatal(err)
		}
		return s.Uploaded, s.Downloaded
	}
	still := func(what string) {
		t.Helper()
		var last [2]int64
		same := 0 // looks in a row without a byte, of 20 ms each
		until(t, what+": what was on its way arrives", func() bool {
			up, down := bytes()
			if now := [2]int64{up, down}; now != last {
				last, same = now, 0
			}
			same++
			return same > 50
		})
		time.Sleep(2 * time.Second) // at 4 MiB/s
		if up, down := bytes(); up != last[0] || down != last[1] {
			t.Errorf("%s: %d bytes up and %d down moved", what, up-last[0], down-last[1])
		}
	}
	until(t, "a part is here", func() bool { _, down := bytes(); return down > 2<<20 })
	e.Hold(true)
	still("fetching")
	if complete(t, e, work.InfoHash)() {
		t.Fatal("all is here already")
	}
	if err := e.Add(t.Context(), Addition{InfoHash: mine.InfoHash, Dir: t.TempDir(), Owner: "me", Peers: pub.Addrs()}); err != nil {
		t.Fatal(err)
	}
	until(t, "the owner's own", complete(t, e, mine.InfoHash))
	if err := e.Pause(work.InfoHash, false); err != nil { // a job that begins meanwhile
		t.Fatal(err)
	}
	still("begun while held")
	e.Hold(false)
	e.SetLimits(1<<20, 0)
	until(t, "the rest", complete(t, e, work.InfoHash))
	other, _ := startEngine(t, t.TempDir(), nil)
	fetch.Dir, fetch.Peers, fetch.Owner = t.TempDir(), e.Addrs(), "another"
	if err := pub.Remove(work.InfoHash, false); err != nil {
		t.Fatal(err)
	}
	if err := other.Add(t.Context(), fetch); err != nil {
		t.Fatal(err)
	}
	until(t, "it is served", func() bool {
		up, _ := bytes()
		other.AddPeers(work.InfoHash, e.Addrs())
		return up > 1<<20
	})
	e.Hold(true)
	still("serving")
	e.Hold(false)
	e.SetLimits(0, 0)
	until(t, "served", func() bool {
		other.AddPeers(work.InfoHash, e.Addrs())
		return complete(t, other, work.InfoHash)()
	})
}
