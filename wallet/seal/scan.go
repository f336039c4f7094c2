package seal

import (
	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

// Sealed is a message with the author of the record that carried it.
type Sealed struct {
	Author  types.Address
	Message *types.Message
}

// Opened is a message that is for one of the scanner's keys.
type Opened struct {
	Index int           // in what was scanned
	To    types.Address // which key's
	Plain []byte
}

// Scanner finds the messages for some keys among those of everybody. It starts
// nothing and holds no state between scans; it is safe for concurrent use.
type Scanner struct {
	network types.NetworkID
	keys    []*keys.Key
}

// NewScanner scans for the addresses of ks on network n. The keys stay the
// caller's: once they are wiped, as when the wallet is locked, scanning finds
// nothing and cannot tell, so whoever wipes them ends the scan first.
func NewScanner(n types.NetworkID, ks []*keys.Key) *Scanner {
	return &Scanner{n, append([]*keys.Key(nil), ks...)}
}

// batch is how many messages are scanned together. More would hardly be
// faster, and memory would grow with the chain.
const batch = 1024

// Scan gives what is for the scanner's keys, in order, each message once. It
// costs one multiplication of a point, some 30 µs, for each encrypted message
// and key; of the rest the view tag spares all but one in 256. Public messages,
// and those whose body is not of a sealed one's length, are passed over.
func (s *Scanner) Scan(in []Sealed) (out []Opened) {
	points, index := make([][32]byte, 0, batch), make([]int, 0, batch)
	for i := range in {
		if sized(in[i].Message) {
			points, index = append(points, in[i].Message.Ephemeral), append(index, i)
		}
		if len(points) > 0 && (len(points) == batch || i == len(in)-1) {
			out = append(out, s.scan(in, points, index)...)
			points, index = points[:0], index[:0]
		}
	}
	return out
}

// scan does one batch: points are the ephemeral keys of the messages at index.
func (s *Scanner) scan(in []Sealed, points [][32]byte, index []int) (out []Opened) {
	found := make(map[int]Opened)
	for _, key := range s.keys {
		xs, ok := key.SharedSecrets(points)
		for i, at := range index {
			if _, done := found[at]; !ok[i] || done {
				continue
			}
			if plain, mine := s.try(key.Address(), &xs[i], in[at]); mine {
				found[at] = Opened{at, key.Address(), plain}
			}
		}
		clear(xs)
	}
	for _, at := range index {
		if o, ok := found[at]; ok {
			out = append(out, o)
		}
	}
	return out
}

// try opens one message for one address.
func (s *Scanner) try(to types.Address, x *[32]byte, in Sealed) ([]byte, bool) {
	k := newAgreed(s.network, in.Message.Ephemeral, to, x)
	if k.viewTag() != in.Message.ViewTag {
		return nil, false
	}
	return k.open(s.network, in.Author, in.Message)
}
