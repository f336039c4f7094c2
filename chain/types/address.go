package types

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/btcsuite/btcd/address/v2/bech32"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
)

// Address is a Taproot output key (BIP 341): 32 bytes, x-only. Its text form
// is BIP 350's with the network's prefix; see EncodeAddress.
type Address [32]byte

// ErrAddress says that text is not an address of this network.
var ErrAddress = errors.New("not an address of this network")

// String gives the key in hex, for logs. People see EncodeAddress.
func (a Address) String() string { return hex.EncodeToString(a[:]) }

// IsZero reports whether a is the zero value, which no key encodes to.
func (a Address) IsZero() bool { return a == Address{} }

// OnCurve reports whether a is the x coordinate of a point, so that a coin
// sent there can ever be spent (BIP 340 lift_x).
func (a Address) OnCurve() bool {
	_, err := schnorr.ParsePubKey(a[:])
	return err == nil
}

// PkScript gives the output script 51 20 ‖ key (BIP 341).
func (a Address) PkScript() []byte {
	return append([]byte{0x51, 0x20}, a[:]...)
}

// ScriptAddress returns the key of a Taproot output script, and whether the
// script is one.
func ScriptAddress(script []byte) (Address, bool) {
	if len(script) != 34 || script[0] != 0x51 || script[1] != 0x20 {
		return Address{}, false
	}
	return Address(script[2:]), true
}

// EncodeAddress writes a as BIP 350 text under the network's prefix, for
// example "tsc1p…".
func EncodeAddress(prefix string, a Address) string {
	five, err := bech32.ConvertBits(a[:], 8, 5, true)
	if err != nil {
		panic(err) // 32 bytes always convert
	}
	s, err := bech32.EncodeM(prefix, append([]byte{1}, five...))
	if err != nil {
		panic(err) // the prefix was checked with the network file
	}
	return s
}

// DecodeAddress reads BIP 350 text. It refuses another network's prefix, a
// wrong checksum or version, and keys that are not on the curve: coins sent
// there would be lost.
func DecodeAddress(prefix, s string) (Address, error) {
	var a Address
	if len(s) > 90 {
		return a, fmt.Errorf("%w: %d characters", ErrAddress, len(s))
	}
	// The prefix first: another network's address is whole, just not ours.
	if i := strings.LastIndexByte(s, '1'); i >= 0 && strings.ToLower(s[:i]) != prefix {
		return a, fmt.Errorf("%w: it starts with %q, this network's start with %q", ErrAddress, strings.ToLower(s[:i+1]), prefix+"1")
	}
	_, data, version, err := bech32.DecodeGeneric(s)
	if err != nil {
		// Never the expected checksum, which the library's error names: whoever
		// repairs an address with it sends coins to a mistyped one.
		return a, fmt.Errorf("%w: it is mistyped or cut off; copy it again", ErrAddress)
	}
	if len(data) == 0 || data[0] != 1 || version != bech32.VersionM {
		return a, fmt.Errorf("%w: only version 1 (Taproot) addresses are used here", ErrAddress)
	}
	key, err := bech32.ConvertBits(data[1:], 5, 8, false)
	if err != nil || len(key) != 32 {
		return a, fmt.Errorf("%w: the key is not 32 bytes", ErrAddress)
	}
	copy(a[:], key)
	if !a.OnCurve() {
		return Address{}, fmt.Errorf("%w: the key is not a point on the curve", ErrAddress)
	}
	return a, nil
}
