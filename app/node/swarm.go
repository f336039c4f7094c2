package node

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"time"

	"supercomputing/tasks/download"
	"supercomputing/tasks/render"
)

// sceneSwarm moves the scenes of render jobs with the one BitTorrent engine of this
// node. It implements render.Swarm.
type sceneSwarm struct {
	engine *download.Engine
	want   func() // asks for the port to be opened
}

var _ render.Swarm = sceneSwarm{}

// fetchTick is how often a fetch is looked at.
const fetchTick = 200 * time.Millisecond

// Publish implements render.Swarm.
func (s sceneSwarm) Publish(ctx context.Context, dir string) (render.Bundle, error) {
	s.want()
	p, err := s.engine.Publish(ctx, dir, nil)
	if err != nil {
		return render.Bundle{}, err
	}
	l, err := s.engine.Layout(p.InfoHash)
	if err != nil {
		return render.Bundle{}, err
	}
	return render.Bundle{InfoHash: p.InfoHash, Info: l.Info, Size: p.Size, PieceLength: p.PieceLength}, nil
}

// Fetch implements render.Swarm. The engine puts a content below its name, so
// dir has to carry the name that the torrent does.
func (s sceneSwarm) Fetch(ctx context.Context, b render.Bundle, dir, owner string, peers []netip.AddrPort, maxSize int64, progress func(done, total int64)) error {
	l, err := download.ParseInfo(b.Info)
	if err != nil {
		return err
	}
	switch {
	case l.Name != filepath.Base(dir):
		return fmt.Errorf("%w: it is called %q, not %q", download.ErrMetainfo, l.Name, filepath.Base(dir))
	case l.Size != b.Size || l.PieceLength != b.PieceLength:
		return fmt.Errorf("%w: %d bytes in pieces of %d, agreed were %d in pieces of %d", download.ErrMetainfo, l.Size, l.PieceLength, b.Size, b.PieceLength)
	}
	s.want()
	err = s.engine.Add(ctx, download.Addition{InfoHash: b.InfoHash, Info: b.Info, Dir: filepath.Dir(dir), Owner: owner, Peers: peers, MaxSize: maxSize})
	if err != nil {
		return err
	}
	if err := s.engine.Pause(b.InfoHash, false); err != nil { // a paused job goes on
		return err
	}
	return s.complete(ctx, b.InfoHash, progress)
}

// complete waits until a content is whole. Stopped, it stops the transfer.
func (s sceneSwarm) complete(ctx context.Context, ih download.InfoHash, progress func(done, total int64)) error {
	tick := time.NewTicker(fetchTick)
	defer tick.Stop()
	told := int64(-1)
	for {
		st, err := s.engine.Stats(ih)
		if err != nil {
			return err
		}
		if st.Have != told && progress != nil {
			told = st.Have
			progress(st.Have, st.Size)
		}
		if st.Complete() && st.Checking == 0 {
			return nil
		}
		if err := st.Err(); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.engine.Pause(ih, true) // it fails only for a content that is gone
			return context.Cause(ctx)
		}
	}
}

// Addrs implements render.Swarm.
func (s sceneSwarm) Addrs() []netip.AddrPort { return s.engine.Addrs() }

// AddPeers implements render.Swarm.
func (s sceneSwarm) AddPeers(infoHash [20]byte, peers []netip.AddrPort) {
	s.engine.AddPeers(infoHash, peers) // an unknown content needs none
}

// Drop implements render.Swarm.
func (s sceneSwarm) Drop(infoHash [20]byte, files bool) error {
	if err := s.engine.Remove(infoHash, files); !errors.Is(err, download.ErrUnknown) {
		return err
	}
	return nil // gone already
}

// Room implements render.Swarm.
func (s sceneSwarm) Room(size int64, dir string) error { return s.engine.Room(size, dir) }
