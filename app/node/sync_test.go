package node

import (
	"testing"
	"time"

	"supercomputing/app/view"
)

func TestSyncState(t *testing.T) {
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		f    syncFacts
		want view.Sync
	}{
		"done": {syncFacts{have: 100, want: 100, peers: 3, told: 100, wallet: 100, tip: now.Add(-9 * time.Second)},
			view.Sync{State: view.SyncDone, Height: 100, Target: 100, Behind: 9, Usable: true}},
		"a block just came": {syncFacts{have: 100, want: 101, peers: 3, told: 101, wallet: 99, tip: now},
			view.Sync{State: view.SyncBlocks, Height: 100, Target: 101, Left: 1, Usable: true}},
		"far behind": {syncFacts{have: 100, want: 1100, peers: 3, told: 9000, wallet: 100, tip: now.Add(-time.Hour), rate: 50},
			view.Sync{State: view.SyncBlocks, Height: 100, Target: 1100, Left: 1000, Behind: 3600, Ready: now.Add(20 * time.Second)}},
		"speed not known": {syncFacts{have: 0, want: 1100, peers: 3, told: 1100, tip: now.Add(-time.Hour)},
			view.Sync{State: view.SyncBlocks, Target: 1100, Left: 1100, Behind: 3600}},
		"very slow": {syncFacts{have: 0, want: 1 << 31, peers: 3, told: 1 << 31, tip: now, rate: 1e-9},
			view.Sync{State: view.SyncBlocks, Target: 1 << 31, Left: 1 << 31, Ready: now.Add(maxLeft)}},
		"headers": {syncFacts{have: 100, want: 100, peers: 1, told: 500, wallet: 100, tip: now, rate: 4},
			view.Sync{State: view.SyncHeaders, Height: 100, Target: 500, Left: 400, Ready: now.Add(100 * time.Second)}},
		"alone with a fresh block": {syncFacts{have: 100, want: 100, wallet: 100, tip: now.Add(-30 * time.Second)},
			view.Sync{State: view.SyncAlone, Height: 100, Target: 100, Behind: 30, Note: "no peers", Usable: true}},
		"alone for long": {syncFacts{have: 100, want: 100, wallet: 100, tip: now.Add(-time.Hour)},
			view.Sync{State: view.SyncAlone, Height: 100, Target: 100, Behind: 3600, Note: "no peers"}},
		"the wallet reads": {syncFacts{have: 100, want: 100, peers: 3, told: 100, wallet: 40, tip: now},
			view.Sync{State: view.SyncDone, Height: 100, Target: 100}},
		"a clock behind": {syncFacts{have: 100, want: 100, peers: 3, told: 100, wallet: 100, tip: now.Add(9 * time.Second)},
			view.Sync{State: view.SyncDone, Height: 100, Target: 100, Usable: true}},
	} {
		c.f.now, c.f.block = now, 3*time.Second
		if got := c.f.sync(); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestPace(t *testing.T) {
	var p pace
	start := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	if p.rate() != 0 {
		t.Error("of nothing")
	}
	for i := range 600 { // ten minutes at 10 blocks a second, then at 20
		at, height := start.Add(time.Duration(i)*2*time.Second), uint32(20*i)
		if i > 300 {
			height += uint32(20 * (i - 300))
		}
		p.note(at, height)
		if r := p.rate(); i == 300 && r != 10 || i == 599 && r != 20 {
			t.Errorf("after %d: %v", i, r)
		}
	}
	if len(p.points) > 40 {
		t.Errorf("%d points are kept", len(p.points))
	}
	for i := range 60 { // it stands still
		p.note(start.Add(time.Duration(1200+2*i)*time.Second), 18_000)
	}
	if r := p.rate(); r != 0 {
		t.Errorf("standing still: %v", r)
	}
}
