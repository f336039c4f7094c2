package consensus

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/oasisprotocol/curve25519-voi/curve"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519/extra/ecvrf"

	"supercomputing/chain/types"
)

// The verifiable random function is ECVRF-EDWARDS25519-SHA512-ELL2 of RFC 9381
// (section 5.5, suite 0x04), always with key validation (section 5.4.5): a
// producer who could choose among several outputs for one slot would hold more
// than its share of the lottery.

// VRFOutput is the part of a VRF's output that the chain uses: its first 32
// bytes. They compare as a big-endian number (PROTOCOL §10).
type VRFOutput [32]byte

// Errors of the VRF.
var (
	ErrVRFKey   = errors.New("not a VRF public key")
	ErrVRFProof = errors.New("VRF proof does not verify")
)

// VRFKey is a producer's secret key. It must stay in the keystore's process.
type VRFKey struct {
	secret ed25519.PrivateKey
	public [32]byte
}

// NewVRFKey expands a 32-byte seed (RFC 9381 §5.5, RFC 8032 §5.1.5).
func NewVRFKey(seed [32]byte) *VRFKey {
	k := &VRFKey{secret: ed25519.NewKeyFromSeed(seed[:])}
	copy(k.public[:], k.secret[32:])
	return k
}

// Public is the key that verifies this key's proofs.
func (k *VRFKey) Public() [32]byte { return k.public }

// String keeps the secret out of logs.
func (k *VRFKey) String() string { return fmt.Sprintf("VRF key %x", k.public) }

// GoString keeps the secret out of %#v too.
func (k *VRFKey) GoString() string { return k.String() }

// Prove returns the proof over alpha and the output it proves.
func (k *VRFKey) Prove(alpha []byte) (proof [80]byte, out VRFOutput) {
	copy(proof[:], ecvrf.Prove(k.secret, alpha))
	beta, err := ecvrf.ProofToHash(proof[:])
	if err != nil {
		panic(err) // a proof just made decodes
	}
	copy(out[:], beta)
	return proof, out
}

// VRFVerify checks a proof over alpha and returns its output.
func VRFVerify(public [32]byte, alpha []byte, proof [80]byte) (out VRFOutput, err error) {
	ok, beta := ecvrf.Verify(public[:], proof[:], alpha)
	if !ok {
		return out, ErrVRFProof
	}
	copy(out[:], beta)
	return out, nil
}

// VRFProofOutput is the output of a proof known to verify, without checking it
// again (RFC 9381 §5.2). It fails only for a proof that does not even decode.
func VRFProofOutput(proof [80]byte) (out VRFOutput, err error) {
	beta, err := ecvrf.ProofToHash(proof[:])
	if err != nil {
		return out, ErrVRFProof
	}
	copy(out[:], beta)
	return out, nil
}

// CheckVRFKey applies the key validation of RFC 9381 §5.4.5: a canonical
// point, not of small order.
func CheckVRFKey(public [32]byte) error {
	var (
		y     curve.CompressedEdwardsY
		point curve.EdwardsPoint
	)
	if _, err := y.SetBytes(public[:]); err != nil || !y.IsCanonicalVartime() {
		return ErrVRFKey
	}
	if _, err := point.SetCompressedY(&y); err != nil || point.IsSmallOrder() {
		return ErrVRFKey
	}
	return nil
}

// SlotAlpha is the VRF input of a slot: the epoch's seed and the slot number.
func SlotAlpha(seed types.Hash, slot uint64) []byte {
	return types.AppendUint64(append(make([]byte, 0, 40), seed[:]...), slot)
}

// Less orders outputs as big-endian numbers.
func (o VRFOutput) Less(other VRFOutput) bool { return bytes.Compare(o[:], other[:]) < 0 }
