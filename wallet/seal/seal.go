// Package seal owns the cipher of messages on the chain (PROTOCOL §7): what
// goes to one address, can be read with that address' key and nobody else's,
// and names its recipient to nobody else. It knows neither chain nor
// conversation, and no form of what it encrypts.
package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"supercomputing/chain/secp"
	"supercomputing/chain/types"
)

// A body is the outgoing block, then the padded text under the message's key:
//
//	0    80  e ‖ to under the sender's key, or random bytes
//	80    n  plain ‖ 80 ‖ 00…, n one of 224, 544, 1104
//	80+n 16  tag of the cipher
const (
	keySize      = chacha20poly1305.KeySize
	tagSize      = chacha20poly1305.Overhead
	ownSize      = 32 + 32
	outgoingSize = ownSize + tagSize
	overhead     = outgoingSize + tagSize
)

// MaxPlain is how many bytes one message holds.
const MaxPlain = types.MaxMessageBody - overhead - 1

// bodySizes are the lengths of a body. They are few, so that a length tells
// little, and not one: a short line need not pay for the longest text.
var bodySizes = [...]int{320, 640, types.MaxMessageBody}

// Errors of sealing and opening.
var (
	// ErrTooLong says that a text is over MaxPlain bytes.
	ErrTooLong = errors.New("too long for one message")
	// ErrRecipient says that an address is no key, so nobody could read it.
	ErrRecipient = errors.New("this address is no key that can be written to")
	// ErrNotOwn says that a message was not sealed with this sender's secret,
	// for this network or by this author; or it was damaged.
	ErrNotOwn = errors.New("not a message that this wallet sent")
)

// Seal encrypts plain, of at most MaxPlain bytes, for the address to. Author
// is the address that will sign the record's transaction: under another name
// the message cannot be read, so a copied body is of no use to who copies it.
// Own is the sender's secret of OpenOwn; with zero nothing brings the message
// back to its sender. The errors are ErrTooLong, ErrRecipient, and those of
// random.
func Seal(random io.Reader, n types.NetworkID, author, to types.Address, own [32]byte, plain []byte) (*types.Message, error) {
	if len(plain) > MaxPlain {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLong, len(plain), MaxPlain)
	}
	var e [32]byte
	defer clear(e[:])
	if _, err := io.ReadFull(random, e[:]); err != nil {
		return nil, fmt.Errorf("seal: random source: %w", err)
	}
	m := new(types.Message)
	var ok bool
	if m.Ephemeral, ok = secp.PublicX(&e); !ok {
		return nil, errors.New("seal: the random source gives zeros")
	}
	x, ok := shared(&e, to)
	if !ok {
		return nil, fmt.Errorf("%w: %v", ErrRecipient, to)
	}
	k := newAgreed(n, m.Ephemeral, to, &x)
	m.ViewTag = k.viewTag()
	outgoing := make([]byte, outgoingSize, types.MaxMessageBody)
	if own == ([32]byte{}) {
		if _, err := io.ReadFull(random, outgoing); err != nil {
			return nil, fmt.Errorf("seal: random source: %w", err)
		}
	} else {
		sealOutgoing(outgoing[:0], own, n, author, m.Ephemeral, &e, to)
	}
	aead := k.cipher()
	m.Body = aead.Seal(outgoing, zeroNonce(), pad(plain), associated(n, author, m.Ephemeral, outgoing))
	return m, nil
}

// shared is the x coordinate of e times the point of an address.
func shared(e *[32]byte, to types.Address) (x [32]byte, ok bool) {
	out, good := secp.SharedX(e, [][32]byte{to})
	return out[0], good[0]
}

// associated is what a cipher authenticates besides its text.
func associated(n types.NetworkID, author types.Address, ephemeral [32]byte, outgoing []byte) []byte {
	b := make([]byte, 0, 3*32+outgoingSize)
	return append(append(append(append(b, n[:]...), author[:]...), ephemeral[:]...), outgoing...)
}

// zeroNonce is every cipher's nonce: a key serves for one message, since it
// hangs on a fresh ephemeral key.
func zeroNonce() []byte { return make([]byte, chacha20poly1305.NonceSizeX) }

// Labels of the two derivations.
const (
	sealSalt = "SCC/seal/1"
	ownSalt  = "SCC/seal/own/1"
)

// agreed is what both sides derive from the shared x coordinate.
type agreed struct {
	prk  []byte
	info string
}

// newAgreed extracts from x. Network, ephemeral key and recipient stand in the
// derivation, so that the key is of this message alone.
func newAgreed(n types.NetworkID, ephemeral [32]byte, to types.Address, x *[32]byte) agreed {
	prk, err := hkdf.Extract(sha256.New, x[:], []byte(sealSalt))
	if err != nil {
		panic(err) // only a short key in FIPS mode, and x has 32 bytes
	}
	return agreed{prk, string(n[:]) + string(ephemeral[:]) + string(to[:])}
}

// derive gives n bytes: the first is the view tag, the key follows. The tag
// costs one block of the hash, the key another.
func (a agreed) derive(n int) []byte {
	b, err := hkdf.Expand(sha256.New, a.prk, a.info, n)
	if err != nil {
		panic(err) // only for more than 8,160 bytes
	}
	return b
}

func (a agreed) viewTag() byte { return a.derive(1)[0] }

func (a agreed) cipher() cipher.AEAD { return newCipher(a.derive(1 + keySize)[1:]) }

func newCipher(key []byte) cipher.AEAD {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		panic(err) // only for another length of key
	}
	clear(key)
	return aead
}

// pad fills up to the next size: a byte 0x80, then zeros (ISO/IEC 7816-4).
func pad(plain []byte) []byte {
	for _, size := range bodySizes {
		if room := size - overhead; len(plain) < room {
			out := make([]byte, room)
			out[copy(out, plain)] = 0x80
			return out
		}
	}
	panic("seal: longer than MaxPlain")
}

// unpad undoes pad; false if that did not make it.
func unpad(padded []byte) ([]byte, bool) {
	for i := len(padded) - 1; i >= 0; i-- {
		switch padded[i] {
		case 0:
		case 0x80:
			return padded[:i:i], true
		default:
			return nil, false
		}
	}
	return nil, false
}

// sized reports whether a message has the form of a sealed one.
func sized(m *types.Message) bool {
	if m == nil || m.Public {
		return false
	}
	for _, size := range bodySizes {
		if len(m.Body) == size {
			return true
		}
	}
	return false
}

// open decrypts a body of good form under an agreed key.
func (a agreed) open(n types.NetworkID, author types.Address, m *types.Message) ([]byte, bool) {
	outgoing, sealed := m.Body[:outgoingSize], m.Body[outgoingSize:]
	padded, err := a.cipher().Open(nil, zeroNonce(), sealed, associated(n, author, m.Ephemeral, outgoing))
	if err != nil {
		return nil, false
	}
	return unpad(padded)
}
