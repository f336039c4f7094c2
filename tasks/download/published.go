package download

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
)

// Published is what a requester has made available.
type Published struct {
	InfoHash    InfoHash `json:"info_hash"`
	Magnet      string   `json:"magnet"`
	Name        string   `json:"name"`
	Path        string   `json:"path"`
	Size        int64    `json:"size"`
	PieceLength int64    `json:"piece_length"`
	Pieces      int      `json:"pieces"`
	Files       []File   `json:"files"`
}

// Publish makes a file or folder available: it reads and hashes all of it,
// telling progress in bytes, and seeds it from where it lies, now and after
// restarts, until Remove. Files published before and not changed since are not
// read again. It fails with ErrEmpty, ErrChanged (while reading), ErrMetainfo
// (names or counts that a torrent cannot carry) or ctx's cause.
func (e *Engine) Publish(ctx context.Context, path string, progress func(done, total int64)) (Published, error) {
	if err := e.wait(ctx); err != nil {
		return Published{}, err
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return Published{}, err
	}
	if h := e.published(path); h != nil {
		if s := h.stats(); s.Complete() && h.unchanged() {
			if progress != nil {
				progress(s.Size, s.Size)
			}
			return e.describe(h), nil
		}
	}
	l, stamps, err := hashPath(ctx, path, progress)
	if err != nil {
		return Published{}, err
	}
	e.addMu.Lock()
	defer e.addMu.Unlock()
	if h, err := e.get(l.InfoHash); err == nil {
		if h.snapshot().Published && h.snapshot().path() == path && h.stats().Complete() {
			return e.describe(h), nil
		}
		if !h.snapshot().Published {
			return Published{}, fmt.Errorf("publish %s: %w", path, ErrHeld)
		}
		e.forget(h) // published from elsewhere, or changed and changed back
	}
	en := entry{InfoHash: l.InfoHash, Name: l.Name, Base: filepath.Dir(path), Published: true, Added: e.opts.Clock()}
	proof := &content{l: l, base: en.Base, readOnly: true, statePath: e.registry.file(l.InfoHash, ".done")}
	if err := proof.saveProof(FullBitfield(l.Pieces()), nil, stamps); err != nil {
		return Published{}, fmt.Errorf("publish %s: %w", path, err)
	}
	if err := e.registry.save(en, l.Info); err != nil {
		return Published{}, fmt.Errorf("publish %s: %w", path, err)
	}
	h, err := e.open(en, l, nil)
	if err != nil {
		return Published{}, fmt.Errorf("publish %s: %w", path, err)
	}
	return e.describe(h), nil
}

func (e *Engine) published(path string) *held {
	for _, h := range e.all() {
		if en := h.snapshot(); en.Published && en.path() == path {
			return h
		}
	}
	return nil
}

// unchanged reports whether a published path still has just the files, sizes
// and times of change it was hashed with.
func (h *held) unchanged() bool {
	c := h.content()
	if c == nil {
		return false
	}
	files, err := listFiles(context.Background(), h.snapshot().path())
	if err != nil || len(files) != len(c.l.Files) {
		return false
	}
	for i := range c.l.Files {
		if now, err := stampOf(c.path(i)); err != nil || now != c.stamps[i] {
			return false
		}
	}
	return true
}

func (e *Engine) describe(h *held) Published {
	en, c := h.snapshot(), h.content()
	p := Published{InfoHash: en.InfoHash, Name: en.Name, Path: en.path(), Magnet: e.magnet(en)}
	if c != nil {
		p.Size, p.PieceLength, p.Pieces, p.Files = c.l.Size, c.l.PieceLength, c.l.Pieces(), slices.Clone(c.l.Files)
	}
	return p
}

// Published lists what this machine publishes.
func (e *Engine) Published() []Published {
	var out []Published
	for _, h := range e.all() {
		if h.snapshot().Published {
			out = append(out, e.describe(h))
		}
	}
	return out
}

func (e *Engine) magnet(en entry) string {
	m := Magnet{InfoHash: en.InfoHash, Name: en.Name, Peers: e.Addrs()}
	return m.String()
}

// Magnet gives a torrent's link, with our own addresses as peers.
func (e *Engine) Magnet(ih InfoHash) (string, error) {
	h, err := e.get(ih)
	if err != nil {
		return "", err
	}
	return e.magnet(h.snapshot()), nil
}
