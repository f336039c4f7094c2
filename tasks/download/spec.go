package download

import (
	"fmt"
	"net/netip"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks"
)

// Ceilings of a job.
const (
	MaxHints    = 8    // peer addresses that one party names
	MaxReplicas = 1000 // nodes that hold the content at once
	MaxKeep     = 10 * 365 * 24 * time.Hour
	// DefaultKeep is how long nodes hold a content unless told otherwise.
	DefaultKeep = 30 * 24 * time.Hour
	// MinBid is the least a job post can bid (PROTOCOL §5).
	MinBid = types.Coin / 100
)

// Spec is the download dapp's description of a job, in JobPost.Spec. The
// info-hash is in JobPost.InfoHash (20 bytes).
//
// Layout, version 1: version:1 ‖ size:8 ‖ piece length:4 ‖ keep seconds:4 ‖
// replicas (varint) ‖ name (varint length) ‖ count of hints (varint) ‖
// hints, 18 bytes each. Integers are big-endian.
type Spec struct {
	Size        int64         // bytes
	PieceLength int64         // bytes
	Keep        time.Duration // whole seconds
	Replicas    int           // nodes wanted
	Name        string
	Hints       []netip.AddrPort // where the requester listens for BitTorrent
}

const specVersion = 1

// Encode gives the spec's one encoding, or why it has none.
func (s Spec) Encode() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	b := types.AppendUint64([]byte{specVersion}, uint64(s.Size))
	b = types.AppendUint32(b, uint32(s.PieceLength))
	b = types.AppendUint32(b, uint32(s.Keep/time.Second))
	b = types.AppendVarInt(b, uint64(s.Replicas))
	b = types.AppendBytes(b, []byte(s.Name))
	return tasks.AppendAddrs(b, s.Hints), nil
}

// DecodeSpec reads a spec and refuses what cannot be a job.
func DecodeSpec(b []byte) (Spec, error) {
	if len(b) > types.MaxSpec {
		return Spec{}, fmt.Errorf("%w: %d bytes", ErrSpec, len(b))
	}
	r := types.NewReader(b)
	if v := r.Byte(); r.Err() == nil && v != specVersion {
		return Spec{}, fmt.Errorf("%w: version %d, this program knows %d", ErrSpec, v, specVersion)
	}
	size := r.Uint64()
	s := Spec{PieceLength: int64(r.Uint32()), Keep: time.Duration(r.Uint32()) * time.Second}
	s.Replicas = int(r.VarInt(MaxReplicas))
	s.Name = string(r.Bytes(MaxName))
	s.Hints = tasks.ReadAddrs(r, MaxHints)
	if err := r.Done(); err != nil {
		return Spec{}, fmt.Errorf("%w: %w", ErrSpec, err)
	}
	if size > uint64(MaxSize) {
		return Spec{}, fmt.Errorf("%w: size %d", ErrSpec, size)
	}
	s.Size = int64(size)
	return s, s.check()
}

func (s Spec) check() error {
	bad := func(err error) error { return fmt.Errorf("%w: %w", ErrSpec, err) }
	if s.Size <= 0 || s.Size > MaxSize {
		return bad(fmt.Errorf("size %d", s.Size))
	}
	if err := checkPieceLength(s.PieceLength); err != nil {
		return bad(err)
	}
	if n := (s.Size + s.PieceLength - 1) / s.PieceLength; n > MaxPieces {
		return bad(fmt.Errorf("%d pieces, at most %d", n, MaxPieces))
	}
	if s.Keep < time.Second || s.Keep > MaxKeep || s.Keep%time.Second != 0 {
		return bad(fmt.Errorf("keeping time %v is not in whole seconds from 1 s to %v", s.Keep, MaxKeep))
	}
	if s.Replicas < 1 || s.Replicas > MaxReplicas {
		return bad(fmt.Errorf("%d replicas, from 1 to %d are possible", s.Replicas, MaxReplicas))
	}
	if err := checkElement(s.Name); err != nil {
		return bad(err)
	}
	if len(s.Hints) > MaxHints {
		return bad(fmt.Errorf("%d peer addresses, at most %d", len(s.Hints), MaxHints))
	}
	return nil
}

// matches compares a job's spec with the torrent itself.
func (s Spec) matches(l *Layout) error {
	if s.Size != l.Size || s.PieceLength != l.PieceLength {
		return fmt.Errorf("%w: the job says %d bytes in pieces of %d, the torrent %d in pieces of %d",
			ErrSpec, s.Size, s.PieceLength, l.Size, l.PieceLength)
	}
	return nil
}

// jobSpec reads what a job says of its content.
func jobSpec(post types.JobPost) (Spec, InfoHash, error) {
	s, err := DecodeSpec(post.Spec)
	if err != nil {
		return s, InfoHash{}, err
	}
	if len(post.InfoHash) != len(InfoHash{}) {
		return s, InfoHash{}, fmt.Errorf("%w: info-hash of %d bytes, 20 are needed", ErrSpec, len(post.InfoHash))
	}
	return s, InfoHash(post.InfoHash), nil
}
