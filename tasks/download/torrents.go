package download

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/anacrolix/dht/v2/krpc"
	"github.com/anacrolix/torrent"
	"github.com/anacrolix/torrent/bencode"
	"github.com/anacrolix/torrent/metainfo"
	"github.com/shirou/gopsutil/v3/disk"
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

func (en entry) path() string { return filepath.Join(en.Base, en.Name) }

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

// Room says whether n more bytes may be held for others in dir: within
// MaxDisk, counting all that is promised already, and within the free space.
func (e *Engine) Room(n int64, dir string) error {
	e.mu.Lock()
	limit := e.limit
	e.mu.Unlock()
	var promised, missing int64
	for _, h := range e.all() {
		en := h.snapshot()
		if c := h.content(); c != nil && !en.Published {
			promised += c.l.Size
			missing += c.l.Size - c.l.HeldBytes(c.have())
		}
	}
	if limit > 0 && n > limit-promised {
		return fmt.Errorf("%w: it needs %s, the limit is %s and %s of it are promised",
			ErrNoSpace, Bytes(n), Bytes(limit), Bytes(promised))
	}
	free, err := freeSpace(dir)
	if err != nil {
		return err
	}
	if n > free-missing-minFree {
		return fmt.Errorf("%w: it needs %s, the disk has %s free", ErrNoSpace, Bytes(n), Bytes(max(free-missing, 0)))
	}
	return nil
}

// minFree is what contents leave to the rest of the system.
const minFree = 256 << 20

func (e *Engine) room(l *Layout, most int64, dir string) error {
	if most > 0 && l.Size > most {
		return fmt.Errorf("%w: %s, agreed were %s", ErrNoSpace, Bytes(l.Size), Bytes(most))
	}
	return e.Room(l.Size, dir)
}

// freeSpace asks the nearest folder that exists.
func freeSpace(dir string) (int64, error) {
	for {
		u, err := disk.Usage(dir)
		if err == nil {
			return int64(min(u.Free, 1<<62)), nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return 0, fmt.Errorf("free space of %s: %w", dir, err)
		}
		dir = up
	}
}

// open hands a torrent to the client and starts its goroutines.
func (e *Engine) open(en entry, l *Layout, accept func(*Layout) error) (*held, error) {
	if e.closing {
		return nil, ErrNotRunning
	}
	h := &held{e: e, entry: en, change: make(chan struct{}), dead: make(chan struct{})}
	state := e.registry.file(en.InfoHash, ".done")
	opts := torrent.AddTorrentOpts{InfoHash: metainfo.Hash(en.InfoHash)}
	if l != nil {
		c, err := openContent(l, en.Base, state, en.Published, e.log)
		if err != nil {
			return nil, err
		}
		h.c = c
		opts.InfoBytes = l.Info
		opts.Storage = opener{open: func() (*content, error) { return c, nil }}
	} else {
		opts.Storage = h.lazyOpener(state, accept)
	}
	t, _ := e.client.AddTorrentOpt(opts)
	h.t = t
	if l != nil && t.Info() == nil {
		t.Drop()
		return nil, fmt.Errorf("%w: the BitTorrent client does not take it", ErrMetainfo)
	}
	e.mu.Lock()
	e.held[en.InfoHash] = h
	e.mu.Unlock()
	if en.Published {
		t.DisallowDataDownload() // never write to a user's own files
	}
	t.SetOnWriteChunkError(func(err error) { h.writeFailed(err) })
	ctx, stop := context.WithCancel(e.ctx)
	e.tasks.Go(func() error {
		defer stop()
		select {
		case <-h.dead:
		case <-ctx.Done():
		}
		return nil
	})
	if e.dht != nil {
		e.tasks.Go(func() error { e.announce(ctx, t); return nil })
	}
	if !en.Published {
		e.tasks.Go(func() error { h.fetch(ctx); return nil })
	}
	e.addHints(h, en.Peers)
	return h, nil
}

// lazyOpener opens the content when peers have sent the info dictionary.
func (h *held) lazyOpener(state string, accept func(*Layout) error) opener {
	var l *Layout
	return opener{
		accept: func(info *metainfo.Info) (err error) {
			defer func() {
				h.mu.Lock()
				h.refuse = err
				h.mu.Unlock()
			}()
			b, err := bencode.Marshal(info)
			if err != nil {
				return err
			}
			if l, err = ParseInfo(b); err != nil {
				return err
			}
			// The client has compared the exact bytes with the info-hash; ours
			// lack whatever keys we do not know.
			l.InfoHash = h.entry.InfoHash
			if accept != nil {
				return accept(l)
			}
			return nil
		},
		open: func() (*content, error) {
			c, err := openContent(l, h.entry.Base, state, false, h.e.log)
			if err == nil {
				h.mu.Lock()
				h.c = c
				h.entry.Name = l.Name
				h.mu.Unlock()
			}
			return c, err
		},
	}
}

// addHints adds peers that were known before a restart, and pings their DHT
// nodes, which share the port.
func (e *Engine) addHints(h *held, peers []string) {
	var out []netip.AddrPort
	for _, s := range peers {
		if a, err := e.reach.parse(s); err == nil {
			out = append(out, a)
		}
	}
	h.addPeers(out)
	e.meet(out)
}

// meet makes DHT nodes of peers' addresses known.
func (e *Engine) meet(peers []netip.AddrPort) {
	if e.dht == nil {
		return
	}
	for _, a := range e.reach.filter(peers) {
		if a != e.addr && a.Addr().Is4() {
			e.dht.AddNode(krpc.NodeInfo{Addr: krpc.NodeAddr{IP: net.IP(a.Addr().AsSlice()), Port: int(a.Port())}})
		}
	}
}

// writeFailed stops fetching, keeps what is there, and tries again when there
// is room.
func (h *held) writeFailed(err error) {
	if !h.failing.CompareAndSwap(false, true) {
		return // another block of the same failure
	}
	defer h.failing.Store(false)
	h.t.DisallowDataDownload()
	h.e.log.Warn("cannot write", "name", h.snapshot().Name, "err", err)
	wait := 20 * time.Second
	if !errors.Is(err, ErrDiskFull) {
		wait = time.Minute
	}
	select {
	case <-h.dead:
	case <-h.e.ctx.Done():
	case <-time.After(wait):
		h.t.AllowDataDownload()
	}
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
	switch {
	case err != nil:
	case paused:
		h.t.DisallowDataUpload()
		h.t.DisallowDataDownload()
	default:
		h.t.AllowDataUpload()
		if !h.snapshot().Published {
			h.t.AllowDataDownload()
		}
	}
	return err
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

// Bytes writes a size for people.
func Bytes(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n)/1024, 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	return fmt.Sprintf("%.1f %ciB", v, units[i])
}
