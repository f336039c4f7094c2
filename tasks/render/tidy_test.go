package render

import (
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestTidy: what no job uses goes after a day, and nothing else does.
func TestTidy(t *testing.T) {
	m := newStage(t, 2, nil)
	dir := m.dapp.opt.Dir
	second, err := m.dapp.Prepare(t.Context(), m.plan)
	if err != nil {
		t.Fatal(err)
	}
	young, err := m.dapp.Prepare(t.Context(), m.plan)
	if err != nil {
		t.Fatal(err)
	}
	age := func(path string) {
		t.Helper()
		old := time.Now().Add(-2 * tidyAge)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	bundles, plans := filepath.Join(dir, bundlesDir), filepath.Join(dir, plansDir)
	for _, post := range [][]byte{m.job.Post.InfoHash, second.InfoHash} {
		age(filepath.Join(plans, hex.EncodeToString(post)))
	}
	left, half := filepath.Join(bundles, "left"), filepath.Join(plans, "half.tmp")
	fresh := filepath.Join(bundles, "fresh")
	for _, d := range []string{left, fresh} {
		if err := os.MkdirAll(filepath.Join(d, bundleDir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(half, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(bundles)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "fresh" {
			age(filepath.Join(bundles, e.Name()))
		}
	}
	used := func(ih InfoHash) bool { return slices.Equal(ih[:], m.job.Post.InfoHash) }
	for range 2 {
		if err := m.dapp.Tidy(used); err != nil {
			t.Fatal(err)
		}
	}
	p, err := m.dapp.Planned(m.job.Post)
	if err != nil || p.Output != m.out {
		t.Errorf("the job's plan: %+v, %v", p, err)
	}
	q, err := m.dapp.Planned(young)
	if err != nil {
		t.Errorf("the young plan: %v", err)
	}
	for _, folder := range []string{p.Folder, q.Folder, fresh} {
		if _, err := os.Stat(folder); err != nil {
			t.Error(err)
		}
	}
	if _, err := m.dapp.Planned(second); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the plan of no job: %v", err)
	}
	if entries, err := os.ReadDir(bundles); err != nil || len(entries) != 3 {
		t.Errorf("bundles: %v, %v", entries, err)
	}
	// What cannot be read may be used: nothing is removed then.
	if err := os.WriteFile(m.dapp.req.planFile(InfoHash{1}), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	age(fresh)
	if err := m.dapp.Tidy(used); err == nil {
		t.Error("an unreadable plan is no problem")
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Error(err)
	}
}
