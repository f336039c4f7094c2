package download

import (
	"context"
	"fmt"
	"io"

	"github.com/anacrolix/torrent/metainfo"
	"github.com/anacrolix/torrent/storage"
)

// opener lets the BitTorrent client reach one torrent's content. The client
// asks for it once the info dictionary is there, which for a magnet link is
// only when a peer has sent it; so this is where a stranger's is refused.
type opener struct {
	open func() (*content, error)
	// accept makes the layout of an info dictionary that came from peers.
	accept func(*metainfo.Info) error
}

// noStorage is the client's default storage. Each torrent brings its own; the
// client's default would keep a database in the data folder.
type noStorage struct{}

// OpenTorrent implements storage.ClientImpl.
func (noStorage) OpenTorrent(context.Context, *metainfo.Info, metainfo.Hash) (storage.TorrentImpl, error) {
	return storage.TorrentImpl{}, ErrUnknown
}

// OpenTorrent implements storage.ClientImpl.
func (o opener) OpenTorrent(_ context.Context, info *metainfo.Info, _ metainfo.Hash) (storage.TorrentImpl, error) {
	if o.accept != nil {
		if err := o.accept(info); err != nil {
			return storage.TorrentImpl{}, err
		}
	}
	c, err := o.open()
	if err != nil {
		return storage.TorrentImpl{}, err
	}
	return storage.TorrentImpl{
		Piece: func(p metainfo.Piece) storage.PieceImpl { return piece{c, p.Index()} },
		Close: c.save,
	}, nil
}

// piece is one piece of a content in the form the client wants.
type piece struct {
	c *content
	i int
}

func (p piece) offset() int64 { return int64(p.i) * p.c.l.PieceLength }

func (p piece) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.c.readAt(b, p.offset()+off)
	if err == io.ErrUnexpectedEOF {
		err = io.EOF // what makes the client drop the piece from what it offers
	}
	return n, err
}

func (p piece) WriteAt(b []byte, off int64) (int, error) {
	return p.c.writeAt(b, p.offset()+off)
}

// WriteTo reads the whole piece for hashing, in few large reads.
func (p piece) WriteTo(w io.Writer) (int64, error) {
	size := p.c.l.PieceSize(p.i)
	buf := make([]byte, min(size, 1<<20))
	var done int64
	for done < size {
		n, err := p.ReadAt(buf[:min(int64(len(buf)), size-done)], done)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return done, err
			}
			done += int64(n)
		}
		if err != nil {
			return done, err
		}
		if n == 0 {
			return done, fmt.Errorf("read piece %d: %w", p.i, io.ErrNoProgress)
		}
	}
	return done, nil
}

func (p piece) MarkComplete() error    { p.c.mark(p.i, true); return nil }
func (p piece) MarkNotComplete() error { p.c.mark(p.i, false); return nil }

func (p piece) Completion() storage.Completion {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	return storage.Completion{Ok: p.c.known.Has(p.i), Complete: p.c.done.Has(p.i)}
}
