package download

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/anacrolix/dht/v2/krpc"
	"github.com/anacrolix/torrent"
	"github.com/anacrolix/torrent/bencode"
	"github.com/anacrolix/torrent/metainfo"
)

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
	} else if e.isHolding() {
		h.transfer()
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
	h.moving.Lock() // it may be resumed at this moment
	h.t.DisallowDataDownload()
	h.moving.Unlock()
	h.e.log.Warn("cannot write", "name", h.snapshot().Name, "err", err)
	wait := 20 * time.Second
	if !errors.Is(err, ErrDiskFull) {
		wait = time.Minute
	}
	select {
	case <-h.dead:
	case <-h.e.ctx.Done():
	case <-time.After(wait):
	}
	h.failing.Store(false)
	if h.e.ctx.Err() == nil && !h.over() {
		h.transfer()
	}
}
