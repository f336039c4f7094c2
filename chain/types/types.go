// Package types owns the plain data every node agrees on: amounts, addresses,
// hashes, headers, blocks, side records and their one binary form
// (chain/PROTOCOL.md §2, §3 and §10). It has no clock, disk or network, and it
// imports nothing else of this project.
package types

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/btcsuite/btcd/chainhash/v2"
)

// Hash is a 32-byte hash. As in Bitcoin its string form is byte-reversed hex.
type Hash = chainhash.Hash

// Amount counts units of 10⁻⁸ coin.
type Amount int64

const (
	// Coin is one coin (SCC) in units.
	Coin Amount = 1e8
	// MaxAmount bounds every amount on the wire: a hundred times the genesis
	// supply, more than all blocks to come can add, and low enough that a sum
	// of two fits 64 bits.
	MaxAmount Amount = 1e18
	// MinScore is the smallest step a score entry can add (PROTOCOL §5).
	MinScore Amount = Coin / 1000
)

// ErrAmount says that text is not an amount of coins.
var ErrAmount = errors.New("not an amount of coins")

// String gives the amount in coins, without trailing zeros: "1.5".
func (a Amount) String() string {
	sign := ""
	u := uint64(a)
	if a < 0 {
		sign, u = "-", uint64(-a)
	}
	s := fmt.Sprintf("%s%d.%08d", sign, u/uint64(Coin), u%uint64(Coin))
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// MarshalText writes the amount in coins, exact, as String does.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (a *Amount) UnmarshalText(b []byte) error {
	v, err := ParseAmount(string(b))
	if err != nil {
		return err
	}
	*a = v
	return nil
}

// ParseAmount reads a decimal count of coins such as "12" or "0.05". It
// refuses signs, exponents, more than eight decimals and more than MaxAmount.
func ParseAmount(s string) (Amount, error) {
	whole, frac, _ := strings.Cut(s, ".")
	bad := func(why string) (Amount, error) { return 0, fmt.Errorf("%w: %q: %s", ErrAmount, s, why) }
	if whole == "" && frac == "" {
		return bad("empty")
	}
	if len(frac) > 8 {
		return bad("more than 8 decimals")
	}
	for _, r := range whole + frac {
		if r < '0' || r > '9' {
			return bad("only digits and one point")
		}
	}
	v, err := strconv.ParseUint(whole+frac+strings.Repeat("0", 8-len(frac)), 10, 63)
	if err != nil || Amount(v) > MaxAmount {
		return bad("too large")
	}
	return Amount(v), nil
}

// MulDiv returns ⌊a·b/c⌋ taken in 128 bits. It panics when c is zero or the
// quotient does not fit, both of which the callers' invariants exclude.
func MulDiv(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	q, _ := bits.Div64(hi, lo, c)
	return q
}

// Part returns ⌊a·num/den⌋ of a non-negative amount, in 128 bits.
func (a Amount) Part(num, den uint64) Amount { return Amount(MulDiv(uint64(a), num, den)) }

// NetworkID names one network: the SHA-256 of its file's canonical encoding,
// checkpoints and seed peers left out (PROTOCOL §10).
type NetworkID [32]byte

// TaggedHash is the BIP 340 tagged hash of the parts with the network's id in
// front, so that nothing signed or hashed for one network serves another.
func (n NetworkID) TaggedHash(tag string, parts ...[]byte) Hash {
	all := make([][]byte, 0, len(parts)+1)
	all = append(all, n[:])
	all = append(all, parts...)
	return *chainhash.TaggedHash([]byte("SCC/"+tag), all...)
}
