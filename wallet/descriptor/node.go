package descriptor

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"

	"github.com/btcsuite/btcd/btcec/v2"
)

// hardened is where BIP 32's hardened indexes begin.
const hardened = 1 << 31

// syntheticChain is the chain code of BIP 328's extended key for a MuSig2
// aggregate: SHA-256 of "MuSig2MuSig2MuSig2".
var syntheticChain = [32]byte(mustHex("868087ca02a6f974c4598924c36b57762d32cb45717167e300622c7167e38965"))

func mustHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err) // constants of this package
	}
	return b
}

// node is a public key with its chain code (BIP 32).
type node struct {
	pub   *btcec.PublicKey
	chain [32]byte
}

// child is BIP 32's CKDpub, and the I_L that it adds: the plain tweak that
// signers of an aggregate apply (BIP 328).
func (n node) child(index uint32) (c node, tweak [32]byte, err error) {
	if index >= hardened {
		return c, tweak, fail(-1, ErrPath, "%d", index)
	}
	mac := hmac.New(sha512.New, n.chain[:])
	mac.Write(binary.BigEndian.AppendUint32(n.pub.SerializeCompressed(), index))
	sum := mac.Sum(nil)
	copy(tweak[:], sum)
	copy(c.chain[:], sum[32:])
	var scalar btcec.ModNScalar
	if overflow := scalar.SetBytes(&tweak); overflow != 0 {
		return c, tweak, fail(-1, ErrPath, "no key at index %d", index) // one in 2^127
	}
	var point, parent btcec.JacobianPoint
	btcec.ScalarBaseMultNonConst(&scalar, &point)
	n.pub.AsJacobian(&parent)
	btcec.AddNonConst(&point, &parent, &point)
	if point.Z.IsZero() || point.X.IsZero() && point.Y.IsZero() {
		return c, tweak, fail(-1, ErrPath, "no key at index %d", index)
	}
	point.ToAffine()
	c.pub = btcec.NewPublicKey(&point.X, &point.Y)
	return c, tweak, nil
}

// descend derives along a path and gives the tweak of every step.
func (n node) descend(path ...uint32) (node, [][32]byte, error) {
	var tweaks [][32]byte
	for _, index := range path {
		c, tweak, err := n.child(index)
		if err != nil {
			return n, nil, err
		}
		n, tweaks = c, append(tweaks, tweak)
	}
	return n, tweaks, nil
}
