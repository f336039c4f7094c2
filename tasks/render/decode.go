package render

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/tasks/render/engine"
)

// The parts of messages (message.go).

func readHello(r *types.Reader) hello {
	m := hello{Build: engine.Build{Engine: string(r.Bytes(maxEngine)), Version: r.Text(maxEngine)}}
	var id [buildLen]byte
	r.Copy(id[:])
	m.Build.ID = hex.EncodeToString(id[:])
	m.Cores, m.Free, m.Addrs = read31(r), r.Uint64(), tasks.ReadAddrs(r, MaxHints)
	if r.Err() == nil && !plainWord(m.Build.Engine, "-") {
		r.Fail(fmt.Errorf("%w: engine %q", types.ErrMalformed, m.Build.Engine))
	}
	return m
}

func readWelcome(r *types.Reader) welcome {
	m := welcome{InfoSize: r.Uint32(), Peers: tasks.ReadAddrs(r, maxPeers)}
	if m.InfoSize > MaxInfo {
		r.Fail(fmt.Errorf("%w: a description of %d bytes", types.ErrTooLarge, m.InfoSize))
	}
	return m
}

func readInfoPart(r *types.Reader) infoPart {
	m := infoPart{Total: r.Uint32(), Part: r.Bytes(infoPartLength)}
	if m.Total > MaxInfo || len(m.Part) > int(m.Total) {
		r.Fail(fmt.Errorf("%w: %d of %d bytes", types.ErrMalformed, len(m.Part), m.Total))
	}
	return m
}

func readAsk(r *types.Reader) ask {
	m := ask{Have: r.Uint64()}
	for range r.VarInt(maxLeases) {
		m.Held = append(m.Held, r.Uint64())
	}
	m.Addrs = tasks.ReadAddrs(r, MaxHints)
	return m
}

func readLease(r *types.Reader) lease {
	return lease{r.Uint64(), readSeconds(r), readTiles(r), tasks.ReadAddrs(r, maxPeers)}
}

func readTiles(r *types.Reader) (out []engine.Tile) {
	for range r.VarInt(maxUnit) {
		t := readTile(r)
		if r.Err() != nil {
			return nil
		}
		out = append(out, t)
	}
	return out
}

func readResult(r *types.Reader) result {
	m := result{Tile: readTile(r)}
	r.Copy(m.Hash[:])
	m.Length, m.Took, m.Setup = readLength(r), readMillis(r), readMillis(r)
	if m.Length == 0 {
		r.Fail(fmt.Errorf("%w: a picture of no bytes", types.ErrMalformed))
	}
	return m
}

func readFailed(r *types.Reader) failed {
	m := failed{Tile: readTile(r), Reason: reason(r.Byte()), Text: readWhy(r)}
	if reasonTexts[m.Reason] == "" {
		r.Fail(fmt.Errorf("%w: reason %d", types.ErrMalformed, m.Reason))
	}
	return m
}

func appendTile(b []byte, t engine.Tile) []byte { return append32(b, t.Frame, t.X, t.Y, t.W, t.H) }

func readTile(r *types.Reader) engine.Tile {
	t := engine.Tile{Frame: read31(r), X: read31(r), Y: read31(r), W: read31(r), H: read31(r)}
	if r.Err() == nil && (t.Frame > MaxFrame || t.W < 1 || t.H < 1 || t.X > MaxSide || t.Y > MaxSide || t.W > MaxSide || t.H > MaxSide) {
		r.Fail(fmt.Errorf("%w: %v", types.ErrMalformed, t))
	}
	return t
}

// readLength reads a length of, or an offset in, a picture's bytes.
func readLength(r *types.Reader) int64 {
	v := r.Uint64()
	if v > uint64(maxPicture) {
		r.Fail(fmt.Errorf("%w: %d bytes of a picture", types.ErrTooLarge, v))
		return 0
	}
	return int64(v)
}

// appendSeconds writes whole seconds, rounded up.
func appendSeconds(b []byte, d time.Duration) []byte {
	s := (max(d, 0) + time.Second - 1) / time.Second
	return types.AppendUint32(b, uint32(min(s, maxWaiting)))
}

func readSeconds(r *types.Reader) time.Duration {
	v := r.Uint32()
	if v > maxWaiting {
		r.Fail(fmt.Errorf("%w: %d seconds", types.ErrTooLarge, v))
		return 0
	}
	return time.Duration(v) * time.Second
}

func appendMillis(b []byte, d time.Duration) []byte {
	return types.AppendUint32(b, uint32(min(max(d/time.Millisecond, 0), 1<<31-1)))
}

func readMillis(r *types.Reader) time.Duration {
	return time.Duration(read31(r)) * time.Millisecond
}

// clipText makes any text fit a message: one line of valid UTF-8 without
// control characters.
func clipText(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < 0x20 || c >= 0x7f && c < 0xa0 {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > maxWhy {
		s = s[:maxWhy]
		for !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return s
}

// readWhy reads a text for people as one line.
func readWhy(r *types.Reader) string { return clipText(r.Text(maxWhy)) }
