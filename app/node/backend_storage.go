package node

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"supercomputing/app/view"
	"supercomputing/miner"
)

// storageLife is how long sizes are told without looking again: a large data
// directory holds many files.
const storageLife = 10 * time.Second

// storageGauge remembers what takes up disk space.
type storageGauge struct {
	turn turn // one looks at a time, the others wait for its answer

	mu sync.Mutex
	// guarded by mu:
	at   time.Time
	last view.Storage
}

func (g *storageGauge) fresh() (view.Storage, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.last, !g.at.IsZero() && time.Since(g.at) < storageLife
}

// storageOf tells to which part of the data directory a name in it belongs.
func storageOf(name string) string {
	switch name {
	case chainDir, gossipDir, minerDir:
		return view.StorageChain
	case keystoreFile, walletDir, messageDir, newsDir, accountDir:
		return view.StorageWallet
	case workDir:
		return view.StorageWork
	case jobsDir, torrentDir, renderDir:
		return view.StorageJobs
	}
	if strings.HasPrefix(name, "node.log") {
		return view.StorageLogs
	}
	return view.StorageOther
}

// storageAt is where a part lies, or most of it.
func (n *Node) storageAt(part string) string {
	switch part {
	case view.StorageChain:
		return filepath.Join(n.dir, chainDir)
	case view.StorageWallet:
		return filepath.Join(n.dir, walletDir)
	case view.StorageWork:
		return workPath(n.dir, n.config())
	case view.StorageJobs:
		return filepath.Join(n.dir, jobsDir)
	}
	return n.dir
}

// Storage implements view.Owner.
func (n *Node) Storage(ctx context.Context) (view.Storage, error) {
	if s, ok := n.storage.fresh(); ok {
		return n.budget(s), nil
	}
	done, err := n.storage.turn.wait(ctx)
	if err != nil {
		return view.Storage{}, err
	}
	defer done()
	if s, ok := n.storage.fresh(); ok {
		return n.budget(s), nil
	}
	s, err := n.measureStorage(ctx)
	if err != nil {
		return view.Storage{}, explain(err)
	}
	n.storage.mu.Lock()
	n.storage.at, n.storage.last = time.Now(), s
	n.storage.mu.Unlock()
	return n.budget(s), nil
}

// budget adds what a change of settings changes at once.
func (n *Node) budget(s view.Storage) view.Storage {
	s.Budget = int64(n.config().Contribute.Disk)
	return s
}

func (n *Node) measureStorage(ctx context.Context) (view.Storage, error) {
	sums := make(map[string]int64)
	work := workPath(n.dir, n.config())
	if within(realPath(work), realPath(n.dir)) {
		work = "" // it is met on the way
	}
	err := sumFiles(ctx, n.dir, func(name string, size int64) { sums[storageOf(name)] += size })
	if err == nil && work != "" {
		err = sumFiles(ctx, work, func(_ string, size int64) { sums[view.StorageWork] += size })
	}
	if err != nil {
		return view.Storage{}, err
	}
	s := view.Storage{Parts: []view.StoragePart{}}
	for _, part := range []string{view.StorageChain, view.StorageWallet, view.StorageWork, view.StorageJobs, view.StorageLogs, view.StorageOther} {
		s.Parts = append(s.Parts, view.StoragePart{Name: part, Bytes: sums[part], Path: n.storageAt(part)})
	}
	m, err := miner.ReadMachine(ctx, n.dir)
	if err == nil {
		s.Free, s.Total = int64(m.DiskFree), int64(m.DiskTotal)
	}
	return s, ctx.Err()
}

// sumFiles tells the size of each file in a folder, with the first name on its
// way. Files that go while it looks are left out; links are not followed.
func sumFiles(ctx context.Context, dir string, add func(first string, size int64)) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if err != nil {
			return err
		}
		if !d.Type().IsRegular() {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil // it is gone
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		first, _, _ := strings.Cut(rel, string(filepath.Separator))
		add(first, info.Size())
		return nil
	})
}
