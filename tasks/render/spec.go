package render

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
)

// Ceilings of a job.
const (
	MaxHints   = 8       // peer addresses that one party names
	MaxName    = 200     // bytes of a job's name
	MaxSide    = 1 << 16 // pixels of a frame's side
	MaxPixels  = 1 << 28 // of a frame
	MaxSamples = 1 << 20
	MaxBundle  = int64(1) << 40 // bytes of a scene with its files
	MaxInfo    = 4 << 20        // bytes of the torrent description of a bundle
	// MinBid is the least a job post can bid (PROTOCOL §5).
	MinBid = types.Coin / 100

	minPiece, maxPiece = 16 << 10, 16 << 20 // bytes of a torrent's piece
	maxEngine          = 32                 // bytes of an engine's name or version
)

// Spec is the render dapp's description of a job, in JobPost.Spec. The info-hash
// of the scene's bundle is in JobPost.InfoHash (20 bytes).
//
// Layout, version 1: version:1 ‖ engine ‖ series ‖ name (varint lengths) ‖
// count of ranges (varint) ‖ (first:4 ‖ last:4 ‖ step:4)… ‖ width:4 ‖ height:4 ‖
// samples:4 ‖ form:1 ‖ bundle size:8 ‖ piece length:4 ‖ core seconds:4 ‖
// memory:8 ‖ count of hints (varint) ‖ hints, 18 bytes each. Integers are
// big-endian.
type Spec struct {
	Engine      string // "blender", "povray"
	Series      string // of the engine's version, "3.4"
	Name        string // for people
	Frames      []Range
	Settings    engine.Settings
	BundleSize  int64  // bytes
	PieceLength int64  // bytes
	CoreSeconds uint32 // of all frames on one core, by the requester's trial
	Memory      int64  // bytes that the engine held in the trial, 0 when unknown
	Hints       []netip.AddrPort
}

const specVersion = 1

// Encode gives the spec's one encoding, or why it has none.
func (s Spec) Encode() ([]byte, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	b := types.AppendBytes([]byte{specVersion}, []byte(s.Engine))
	b = types.AppendBytes(b, []byte(s.Series))
	b = types.AppendBytes(b, []byte(s.Name))
	b = types.AppendVarInt(b, uint64(len(s.Frames)))
	for _, r := range s.Frames {
		b = append32(b, r.First, r.Last, r.Step)
	}
	b = append32(b, s.Settings.Width, s.Settings.Height, s.Settings.Samples)
	b = append(b, byte(s.Settings.Form))
	b = types.AppendUint64(b, uint64(s.BundleSize))
	b = types.AppendUint32(b, uint32(s.PieceLength))
	b = types.AppendUint32(b, s.CoreSeconds)
	b = types.AppendUint64(b, uint64(s.Memory))
	b = tasks.AppendAddrs(b, s.Hints)
	if len(b) > types.MaxSpec {
		return nil, fmt.Errorf("%w: %d bytes", ErrSpec, len(b))
	}
	return b, nil
}

func append32(b []byte, vs ...int) []byte {
	for _, v := range vs {
		b = types.AppendUint32(b, uint32(v))
	}
	return b
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
	s := Spec{Engine: string(r.Bytes(maxEngine)), Series: string(r.Bytes(maxEngine)), Name: r.Text(MaxName)}
	for range r.VarInt(MaxRanges) {
		s.Frames = append(s.Frames, Range{read31(r), read31(r), read31(r)})
		if r.Err() != nil {
			break
		}
	}
	s.Settings = engine.Settings{Width: read31(r), Height: read31(r), Samples: read31(r), Form: picture.Form(r.Byte())}
	s.BundleSize = read63(r)
	s.PieceLength = int64(r.Uint32())
	s.CoreSeconds = r.Uint32()
	s.Memory = read63(r)
	s.Hints = tasks.ReadAddrs(r, MaxHints)
	if err := r.Done(); err != nil {
		return Spec{}, fmt.Errorf("%w: %w", ErrSpec, err)
	}
	return s, s.check()
}

// read31 reads what has to fit an int everywhere.
func read31(r *types.Reader) int {
	v := r.Uint32()
	if v > 1<<31-1 {
		r.Fail(fmt.Errorf("%w: %d", types.ErrTooLarge, v))
		return 0
	}
	return int(v)
}

func read63(r *types.Reader) int64 {
	v := r.Uint64()
	if v > 1<<62 {
		r.Fail(fmt.Errorf("%w: %d", types.ErrTooLarge, v))
		return 0
	}
	return int64(v)
}

func (s Spec) check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrSpec}, args...)...)
	}
	if !plainWord(s.Engine, "-") || !plainWord(s.Series, ".") {
		return bad("engine %q, version %q", s.Engine, s.Series)
	}
	if err := types.CheckText(s.Name, MaxName); err != nil {
		return bad("name: %w", err)
	}
	if err := checkRanges(s.Frames); err != nil {
		return fmt.Errorf("%w: %w", ErrSpec, err)
	}
	if err := checkSettings(s.Settings); err != nil {
		return fmt.Errorf("%w: %w", ErrSpec, err)
	}
	if s.BundleSize <= 0 || s.BundleSize > MaxBundle {
		return bad("a scene of %d bytes", s.BundleSize)
	}
	if n := s.PieceLength; n < minPiece || n > maxPiece || n&(n-1) != 0 {
		return bad("piece length %d is not a power of two from %d to %d", n, minPiece, maxPiece)
	}
	if s.Memory < 0 || len(s.Hints) > MaxHints {
		return bad("memory %d, %d peer addresses", s.Memory, len(s.Hints))
	}
	return nil
}

// plainWord accepts small letters, digits and one more character inside, so
// that a name can stand in any text and path.
func plainWord(s, more string) bool {
	if s == "" || len(s) > maxEngine || s[0] == more[0] {
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || strings.ContainsRune(more, c))
	})
}

// checkRanges demands the one form that Ranges gives, or at least ascending
// ranges without overlap, so that a frame is in a job once.
func checkRanges(rs []Range) error {
	if len(rs) == 0 || len(rs) > MaxRanges {
		return fmt.Errorf("%d ranges of frames, from 1 to %d are possible", len(rs), MaxRanges)
	}
	before := -1
	for _, r := range rs {
		if r.First <= before || r.Last < r.First || r.Last > MaxFrame || r.Step < 1 || (r.Last-r.First)%r.Step != 0 {
			return fmt.Errorf("%w: %d to %d by %d", ErrFrames, r.First, r.Last, r.Step)
		}
		before = r.Last
	}
	if n := CountFrames(rs); n > MaxFrames {
		return fmt.Errorf("%d frames, at most %d", n, MaxFrames)
	}
	return nil
}

var errForm = errors.New("unknown form of pixels")

func checkSettings(s engine.Settings) error {
	switch {
	case s.Width < 1 || s.Height < 1 || s.Width > MaxSide || s.Height > MaxSide || int64(s.Width)*int64(s.Height) > MaxPixels:
		return fmt.Errorf("frames of %d×%d pixels", s.Width, s.Height)
	case s.Samples < 0 || s.Samples > MaxSamples:
		return fmt.Errorf("%d samples, at most %d", s.Samples, MaxSamples)
	case s.Form < picture.RGB8 || s.Form > picture.RGBAFloat:
		return fmt.Errorf("%w: %d", errForm, s.Form)
	}
	return nil
}

// InfoHash names a bundle (BEP 3).
type InfoHash = [20]byte

// JobSpec reads what a job says of its work and its bundle.
func JobSpec(post types.JobPost) (Spec, InfoHash, error) {
	s, err := DecodeSpec(post.Spec)
	if err != nil {
		return s, InfoHash{}, err
	}
	if len(post.InfoHash) != len(InfoHash{}) {
		return s, InfoHash{}, fmt.Errorf("%w: info-hash of %d bytes, 20 are needed", ErrSpec, len(post.InfoHash))
	}
	return s, InfoHash(post.InfoHash), nil
}
