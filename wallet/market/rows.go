package market

import (
	"encoding/hex"
	"fmt"
	"strings"

	"supercomputing/chain/types"
	"supercomputing/wallet"
	"supercomputing/wallet/safetext"
)

// The rows in the store. Numbers in keys are eight hexadecimal digits, so that
// they sort.
const (
	atKey      = "market/at"        // version ‖ count ‖ (height ‖ hash)…
	goneRows   = "market/gone/"     // height/seq: txid ‖ author
	postRows   = "market/post/"     // height/seq: txid ‖ author ‖ body
	chanRows   = "market/channel/"  // author: muted ‖ scanned ‖ name
	readKey    = "market/read"      // height ‖ seq
	onceRows   = "market/readonce/" // txid: height ‖ seq
	hiddenRows = "market/hidden/"   // txid, without a value but a version
	sellerRows = "market/seller/"   // address, likewise
)

// rowVersion is the first byte of atKey's and hidden rows.
const rowVersion = 1

func placeKey(prefix string, p place) string {
	return fmt.Sprintf("%s%08x/%08x", prefix, p.height, p.seq)
}

func goneKey(p place) string            { return placeKey(goneRows, p) }
func postKey(p place) string            { return placeKey(postRows, p) }
func readOnceKey(id types.Hash) string  { return onceRows + hex.EncodeToString(id[:]) }
func channelKey(a types.Address) string { return chanRows + hex.EncodeToString(a[:]) }
func hiddenKey(id types.Hash) string    { return hiddenRows + hex.EncodeToString(id[:]) }
func sellerKey(a types.Address) string  { return sellerRows + hex.EncodeToString(a[:]) }

func (p *post) encode() []byte {
	return types.AppendBytes(append(append([]byte(nil), p.tx[:]...), p.author[:]...), []byte(p.body))
}

func (w withdrawal) encode() []byte { return append(append([]byte(nil), w.ad[:]...), w.author[:]...) }

func (c *channel) encode() []byte {
	return types.AppendBytes([]byte{flag(c.muted), flag(c.scanned)}, []byte(c.name))
}

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func (p place) encode() []byte { return types.AppendUint32(types.AppendUint32(nil, p.height), p.seq) }

func encodeTrail(trail []mark) []byte {
	b := types.AppendVarInt([]byte{rowVersion}, uint64(len(trail)))
	for _, m := range trail {
		b = append(types.AppendUint32(b, m.height), m.hash[:]...)
	}
	return b
}

// loadState reads all rows. The foundation's channel is there from the start.
func loadState(store wallet.Store, official types.Address) (state, error) {
	s := state{
		store: store, byTx: make(map[types.Hash]*ad), gone: make(map[withdrawal]place),
		channels: make(map[types.Address]*channel), readOnce: make(map[types.Hash]place),
		hidden: make(map[types.Hash]struct{}), sellers: make(map[types.Address]struct{}),
	}
	err := store.Load(func(key string, value []byte) error {
		if !strings.HasPrefix(key, "market/") {
			return nil
		}
		return s.load(key, value)
	})
	if err != nil {
		return state{}, err
	}
	if s.channels[official] == nil && official != (types.Address{}) {
		s.channels[official] = &channel{author: official, scanned: true} // followed from the start
	}
	return s, nil
}

// load takes one row in.
func (s *state) load(key string, value []byte) error {
	r := types.NewReader(value)
	damaged := func(err error) error { return fmt.Errorf("%w: row %q: %w", ErrDamaged, key, err) }
	group, rest := key[:strings.LastIndexByte(key, '/')+1], ""
	if strings.HasPrefix(key, goneRows) || strings.HasPrefix(key, postRows) {
		group = key[:len(goneRows)]
	}
	rest = strings.TrimPrefix(key, group)
	var err error
	switch group {
	case goneRows:
		var at place
		at, err = parsePlace(rest)
		s.gone[withdrawal{r.Hash(), r.Address()}] = at
	case postRows:
		p := &post{}
		p.place, err = parsePlace(rest)
		p.tx, p.author, p.body = r.Hash(), r.Address(), r.Text(types.MaxMessageBody)
		s.posts = append(s.posts, p) // rows ascend
	case chanRows:
		c := &channel{muted: r.Byte() == 1, scanned: r.Byte() == 1, name: r.Text(safetext.MaxName * 4)}
		c.author, err = parse32(rest)
		s.channels[c.author] = c
	case onceRows:
		var tx types.Hash
		tx, err = parse32(rest)
		s.readOnce[tx] = place{r.Uint32(), r.Uint32()}
	case hiddenRows, sellerRows:
		var id [32]byte
		id, err = parse32(rest)
		if v := r.Byte(); r.Err() == nil && v != rowVersion {
			return ErrVersion
		}
		if group == hiddenRows {
			s.hidden[id] = struct{}{}
		} else {
			s.sellers[id] = struct{}{}
		}
	default:
		return s.loadSingle(key, r)
	}
	if err != nil {
		return damaged(err)
	}
	if err := r.Done(); err != nil {
		return damaged(err)
	}
	return nil
}

// loadSingle takes a row in that stands alone.
func (s *state) loadSingle(key string, r *types.Reader) error {
	switch key {
	case atKey:
		if v := r.Byte(); r.Err() == nil && v != rowVersion {
			return ErrVersion
		}
		for n := r.VarInt(maxTrail); n > 0 && r.Err() == nil; n-- {
			s.trail = append(s.trail, mark{r.Uint32(), r.Hash()})
		}
		for i := 1; i < len(s.trail); i++ {
			if s.trail[i].height <= s.trail[i-1].height {
				r.Fail(types.ErrMalformed)
			}
		}
		if at, ok := s.at(); ok {
			s.saved = at.height
		}
	case readKey:
		s.read = place{r.Uint32(), r.Uint32()}
	default:
		return fmt.Errorf("%w: row %q", ErrVersion, key)
	}
	if err := r.Done(); err != nil {
		return fmt.Errorf("%w: row %q: %w", ErrDamaged, key, err)
	}
	return nil
}

func parsePlace(s string) (p place, err error) {
	if len(s) != 17 || s[8] != '/' {
		return p, types.ErrMalformed
	}
	b, err := hex.DecodeString(s[:8] + s[9:])
	if err != nil {
		return p, types.ErrMalformed
	}
	r := types.NewReader(b)
	return place{r.Uint32(), r.Uint32()}, r.Done()
}

func parse32(s string) (out [32]byte, err error) {
	if len(s) != 64 {
		return out, types.ErrMalformed
	}
	_, err = hex.Decode(out[:], []byte(s))
	return out, err
}
