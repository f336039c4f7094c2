package render

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// Options are the dapp's surroundings. ID, Swarm and Dir are required.
type Options struct {
	ID      types.Hash      // of the dapp on the chain
	Engines []engine.Engine // that this program knows, present on the machine or not
	Swarm   Swarm
	Dir     string // the dapp's own folder: standing of nodes, bundles and plans of jobs to be posted
	WorkDir string // a folder on the disk that holds the jobs' folders; "" means Dir

	Cores   int          // that others' work may use; 0: all
	Memory  int64        // bytes that an engine may hold; 0: half of the machine's
	Disk    int64        // bytes of a job's scene and scratch; 0: as much as is free
	Foreign func() error // why strangers' scenes cannot be sandboxed here; nil func or error: they can
	Allowed bool         // the owner allowed strangers' scenes without a sandbox

	// History tells the scores of a node in this dapp on the chain, nil: none.
	History func(types.Address) (types.Amount, error)
	// Finish finds what denoises frames and makes videos, nil: nothing does.
	Finish func() (Finisher, error)

	Log   *slog.Logger     // default: none
	Clock func() time.Time // default: time.Now
}

// Finisher makes what is made of finished frames; package ffmpeg's Tool is one.
type Finisher interface {
	// Denoise gives the same picture with less noise.
	Denoise(ctx context.Context, p *picture.Picture) (*picture.Picture, error)
	// Video writes the video of frames (files, in order) to out, whole or not at
	// all.
	Video(ctx context.Context, frames []string, rate float64, out string, progress func(done, total int)) error
}

// Bundle is a scene with all its files as a torrent.
type Bundle struct {
	InfoHash    [20]byte
	Info        []byte // the torrent's description (BEP 3's info dictionary)
	Size        int64  // bytes
	PieceLength int64  // bytes
}

// Swarm moves bundles between nodes; app/node adapts the BitTorrent engine.
type Swarm interface {
	// Publish describes the folder dir and seeds it until Drop, also after a
	// restart.
	Publish(ctx context.Context, dir string) (Bundle, error)
	// Fetch gets a bundle into dir and returns when all of it is there and
	// checked; then it seeds until Drop. It continues what was begun. owner names
	// who wants it, such as a job's id.
	Fetch(ctx context.Context, b Bundle, dir, owner string, peers []netip.AddrPort, maxSize int64, progress func(done, total int64)) error
	// Addrs are where this machine listens.
	Addrs() []netip.AddrPort
	AddPeers(infoHash [20]byte, peers []netip.AddrPort)
	// Drop ends seeding, and deletes the files when asked to.
	Drop(infoHash [20]byte, files bool) error
	// Room says why size bytes more do not fit into dir, nil when they do.
	Room(size int64, dir string) error
}
