package render

import (
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"supercomputing/tasks"
	"supercomputing/tasks/journal"
)

// infoFile keeps the bundle's torrent description, so that a restart needs
// nobody to go on fetching.
const infoFile = "info"

// fetch gets the scene. Fetched once, it is here until the job ends. refusal
// says why the engine does not accept it.
func (w *worker) fetch(ctx context.Context, hi welcome) (refusal, err error) {
	dir := filepath.Join(w.dir, bundleDir)
	if _, err := os.Stat(dir); err != nil { // not begun
		if err := w.d.opt.Swarm.Room(w.spec.room(), w.dir); err != nil {
			return nil, err
		}
	}
	info, err := w.description(ctx, hi)
	if err != nil {
		return nil, err
	}
	b := Bundle{InfoHash: w.ih, Info: info, Size: w.spec.BundleSize, PieceLength: w.spec.PieceLength}
	all, ctx := errgroup.WithContext(ctx)
	waiting, stop := context.WithCancel(ctx)
	all.Go(func() error {
		defer stop()
		peers := append(slices.Clone(hi.Peers), w.spec.Hints...)
		return w.d.opt.Swarm.Fetch(ctx, b, dir, w.job.ID.String(), peers, w.spec.BundleSize, w.fetched)
	})
	all.Go(func() error { return w.seekPeers(waiting) })
	if err := all.Wait(); err != nil {
		return nil, err
	}
	w.fetched(w.spec.BundleSize, w.spec.BundleSize)
	return w.engine.CheckBundle(dir), nil
}

func (w *worker) fetched(done, _ int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.have = done
}

// peersInterval is how often a node that fetches the scene asks who else has
// parts of it.
const peersInterval = 10 * time.Second

// seekPeers asks for work while the scene is not here: the answers name others
// that have it. A lease that comes with them is handed out again later.
func (w *worker) seekPeers(ctx context.Context) error {
	tick := time.NewTicker(peersInterval)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		answer, err := w.call(ctx, w.question())
		if ctx.Err() != nil {
			return nil
		}
		switch a := answer.(type) {
		case wait:
			w.d.opt.Swarm.AddPeers(w.ih, a.Peers)
		case lease:
			w.d.opt.Swarm.AddPeers(w.ih, a.Peers)
		case over:
			return errOver
		}
		if err != nil && (errors.Is(err, tasks.ErrEnded) || !errors.Is(err, errWrong)) {
			return err
		}
	}
}

// description gets the torrent's description: from the disk, else from the
// requester in parts.
func (w *worker) description(ctx context.Context, hi welcome) ([]byte, error) {
	file := filepath.Join(w.dir, infoFile)
	if b, err := os.ReadFile(file); err == nil && infoHash(b) == w.ih {
		return b, nil
	}
	info := make([]byte, 0, min(hi.InfoSize, MaxInfo))
	for {
		answer, err := w.call(ctx, infoRequest{uint32(len(info))})
		if err != nil {
			return nil, err
		}
		p, is := answer.(infoPart)
		if !is || len(p.Part) == 0 || len(info)+len(p.Part) > int(p.Total) || p.Total > MaxInfo {
			return nil, w.wronged(fmt.Errorf("%w: no description of the scene", ErrMessage))
		}
		if info = append(info, p.Part...); len(info) == int(p.Total) {
			break
		}
	}
	if infoHash(info) != w.ih {
		return nil, w.wronged(fmt.Errorf("%w: the scene's description is another one", ErrMessage))
	}
	return info, journal.Replace(file, info)
}

// infoHash names a torrent by its description (BEP 3).
func infoHash(info []byte) InfoHash { return sha1.Sum(info) }

// renounce tells the requester that its scene is refused, by one lease's tiles,
// and gives the job up: the engine never saw the scene.
func (w *worker) renounce(ctx context.Context, refusal error) error {
	for range maxUseless {
		answer, err := w.call(ctx, w.question())
		if err != nil {
			return err
		}
		l, is := answer.(lease)
		if !is {
			break
		}
		for _, t := range l.Tiles {
			if err := w.tellFailed(ctx, failed{Tile: t, Reason: reasonScene, Text: refusal.Error()}); err != nil {
				return err
			}
		}
	}
	return fmt.Errorf("%w: given up: %w", tasks.ErrEnded, refusal)
}
