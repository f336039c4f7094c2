package download

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"
)

func (en entry) path() string { return filepath.Join(en.Base, en.Name) }

// Addition says what to fetch and hold.
type Addition struct {
	InfoHash InfoHash
	Info     []byte           // the info dictionary; nil: ask peers for it (BEP 9)
	Dir      string           // where the content goes, a folder of its own
	Name     string           // for people, while the dictionary is unknown
	Owner    string           // on whose behalf; told in Stats
	Peers    []netip.AddrPort // to begin with
	Until    time.Time        // when it is deleted; zero: never
	Striped  bool             // wait for SetStripe before fetching
	MaxSize  int64            // refuse a larger content, 0 for any
}

// Add fetches a content and then seeds it, now and after restarts. It fails
// with ErrHeld when the content is here already in another role or folder,
// with ErrMetainfo, and with ErrNoSpace.
func (e *Engine) Add(ctx context.Context, a Addition) error {
	if err := e.wait(ctx); err != nil {
		return err
	}
	dir, err := filepath.Abs(a.Dir)
	if err != nil {
		return err
	}
	e.addMu.Lock()
	defer e.addMu.Unlock()
	if h, err := e.get(a.InfoHash); err == nil {
		if en := h.snapshot(); en.Published || en.Base != dir || en.Owner != a.Owner {
			return fmt.Errorf("%w: %v", ErrHeld, a.InfoHash)
		}
		h.addPeers(a.Peers)
		return e.setUntil(h, a.Until)
	}
	var l *Layout
	if a.Info != nil {
		if l, err = ParseInfo(a.Info); err != nil {
			return err
		}
		if l.InfoHash != a.InfoHash {
			return fmt.Errorf("%w: the dictionary is that of %v", ErrMetainfo, l.InfoHash)
		}
		if err := e.room(l, a.MaxSize, dir); err != nil {
			return err
		}
		a.Name = l.Name
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return diskError(err)
	}
	en := entry{InfoHash: a.InfoHash, Name: a.Name, Base: dir, Owner: a.Owner, Added: e.opts.Clock(), Until: a.Until, Striped: a.Striped}
	for _, p := range e.reach.filter(a.Peers) {
		en.Peers = append(en.Peers, p.String())
	}
	if err := e.registry.save(en, a.Info); err != nil {
		return err
	}
	accept := func(l *Layout) error { return e.room(l, a.MaxSize, dir) }
	if _, err := e.open(en, l, accept); err != nil {
		e.registry.remove(a.InfoHash)
		return err
	}
	return nil
}

// AddPeers makes peers of a torrent known, to be dialled if not connected.
func (e *Engine) AddPeers(ih InfoHash, peers []netip.AddrPort) error {
	h, err := e.get(ih)
	if err == nil {
		h.addPeers(peers)
		e.meet(peers)
	}
	return err
}

// SetUntil changes when a torrent is deleted.
func (e *Engine) SetUntil(ih InfoHash, until time.Time) error {
	e.addMu.Lock()
	defer e.addMu.Unlock()
	h, err := e.get(ih)
	if err != nil {
		return err
	}
	return e.setUntil(h, until)
}

// setUntil is SetUntil for the holder of addMu.
func (e *Engine) setUntil(h *held, until time.Time) error {
	h.mu.Lock()
	same := h.entry.Until.Equal(until)
	h.entry.Until = until
	en := h.entry
	h.mu.Unlock()
	if now, err := e.get(en.InfoHash); same || err != nil || now != h {
		return err
	}
	return e.registry.save(en, nil)
}

// Pause stops or resumes the transfer of one torrent; it stays held.
func (e *Engine) Pause(ih InfoHash, paused bool) error {
	h, err := e.get(ih)
	if err == nil {
		h.mu.Lock()
		h.paused = paused
		h.mu.Unlock()
		h.transfer()
	}
	return err
}

// Hold stops or resumes the transfer of all that is held for others, at once;
// what the owner publishes or fetches goes on. A content that was paused stays
// so afterwards.
func (e *Engine) Hold(held bool) {
	e.mu.Lock()
	was := e.holding
	e.holding = held
	e.mu.Unlock()
	if was == held {
		return
	}
	for _, h := range e.all() {
		h.transfer()
	}
}

// transfer allows what may be transferred now.
func (h *held) transfer() {
	h.moving.Lock() // so that the last word counts
	defer h.moving.Unlock()
	h.e.mu.Lock()
	holding := h.e.holding
	h.e.mu.Unlock()
	h.mu.Lock()
	en := h.entry
	stop := h.paused || holding && !en.Published && (h.e.opts.OnDemand == "" || en.Owner != h.e.opts.OnDemand)
	h.mu.Unlock()
	switch {
	case stop:
		h.t.DisallowDataUpload()
		h.t.DisallowDataDownload()
	default:
		h.t.AllowDataUpload()
		if !en.Published && !h.failing.Load() {
			h.t.AllowDataDownload()
		}
	}
}

// Remove forgets a torrent and, with files, deletes what was fetched. Published
// files are never deleted.
func (e *Engine) Remove(ih InfoHash, files bool) error {
	if err := e.running(); err != nil {
		return err
	}
	e.addMu.Lock()
	defer e.addMu.Unlock()
	h, err := e.get(ih)
	if err != nil {
		return err
	}
	e.forget(h)
	err = e.registry.remove(ih)
	if c := h.content(); files && c != nil && !h.snapshot().Published {
		err = errors.Join(c.remove(), err)
	}
	return err
}

func (e *Engine) forget(h *held) {
	e.mu.Lock()
	delete(e.held, h.entry.InfoHash)
	e.mu.Unlock()
	close(h.dead)
	h.t.Drop()
}

// Stats tells the state of one torrent.
func (e *Engine) Stats(ih InfoHash) (Stats, error) {
	h, err := e.get(ih)
	if err != nil {
		return Stats{}, err
	}
	return h.stats(), nil
}

// List tells the state of all torrents, by name.
func (e *Engine) List() []Stats {
	var out []Stats
	for _, h := range e.all() {
		out = append(out, h.stats())
	}
	slices.SortFunc(out, func(a, b Stats) int {
		if a.Name != b.Name {
			if a.Name < b.Name {
				return -1
			}
			return 1
		}
		return slices.Compare(a.InfoHash[:], b.InfoHash[:])
	})
	return out
}

// Peers lists the connected peers of a torrent.
func (e *Engine) Peers(ih InfoHash) ([]PeerView, error) {
	h, err := e.get(ih)
	if err != nil {
		return nil, err
	}
	return h.peers(), nil
}

// Layout gives a torrent's description, also before Run; ErrUnknown while
// peers have not sent it yet.
func (e *Engine) Layout(ih InfoHash) (*Layout, error) {
	if h, err := e.get(ih); err == nil {
		if c := h.content(); c != nil {
			return c.l, nil
		}
	}
	l, err := e.registry.layout(ih)
	if err == nil && l == nil {
		err = fmt.Errorf("%w: %v", ErrUnknown, ih)
	}
	return l, err
}

// Have tells which pieces are held, proven by their hashes.
func (e *Engine) Have(ih InfoHash) (Bitfield, error) {
	h, err := e.get(ih)
	if err != nil {
		return nil, err
	}
	if c := h.content(); c != nil {
		return c.have(), nil
	}
	return nil, nil
}

// ReadBlock reads from a piece that is held; ErrNotHeld if it is not.
func (e *Engine) ReadBlock(ih InfoHash, index int, begin int64, b []byte) error {
	h, err := e.get(ih)
	if err != nil {
		return err
	}
	c := h.content()
	if c == nil || !c.have().Has(index) {
		return fmt.Errorf("%w: piece %d of %v", ErrNotHeld, index, ih)
	}
	if begin < 0 || begin+int64(len(b)) > c.l.PieceSize(index) {
		return fmt.Errorf("%w: bytes %d+%d of piece %d", ErrNotHeld, begin, len(b), index)
	}
	_, err = c.readAt(b, int64(index)*c.l.PieceLength+begin)
	return err
}
