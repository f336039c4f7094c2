package cosign

import (
	"fmt"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcec/v2/schnorr/musig2"
	"github.com/btcsuite/btcd/chainhash/v2"

	"supercomputing/chain/types"
	"supercomputing/wallet/descriptor"
	"supercomputing/wallet/keys"
)

// session is one MuSig2 signature's fixed part (BIP 327): what partial
// signatures are verified and put together with. btcec aggregates the keys
// anew for every signature that it verifies; with many inputs and members that
// is most of the time, so here it is done once an input.
type session struct {
	musig  keys.MuSig
	points []btcec.JacobianPoint // the participants' keys
	coeffs []btcec.ModNScalar    // of KeyAgg, by participant
	parity btcec.ModNScalar      // g·gacc: 1 or -1
	tweak  btcec.ModNScalar      // g·tacc
	output [32]byte              // the key that signs, x-only
}

func newSession(a *descriptor.Aggregate, message types.Hash) (*session, error) {
	s := &session{musig: keys.MuSig{Participants: a.Participants, Message: message}, output: [32]byte(a.Output[1:])}
	var tweaks []musig2.KeyTweakDesc
	for _, t := range a.Tweaks {
		s.musig.Tweaks = append(s.musig.Tweaks, keys.Tweak(t))
		tweaks = append(tweaks, musig2.KeyTweakDesc{Tweak: t.Value, IsXOnly: t.XOnly})
	}
	var pubs []*btcec.PublicKey
	var list []byte
	for _, p := range a.Participants {
		pub, err := btcec.ParsePubKey(p[:])
		if err != nil {
			return nil, err
		}
		var point btcec.JacobianPoint
		pub.AsJacobian(&point)
		pubs, s.points, list = append(pubs, pub), append(s.points, point), append(list, p[:]...)
	}
	aggregate, parity, tweak, err := musig2.AggregateKeys(pubs, false, musig2.WithKeyTweaks(tweaks...))
	if err != nil {
		return nil, err
	}
	if [33]byte(aggregate.FinalKey.SerializeCompressed()) != a.Output {
		return nil, fmt.Errorf("keys and tweaks do not make the output key")
	}
	s.parity, s.tweak = *parity, *tweak
	if a.Output[0] == 3 { // odd: everything is negated (BIP 340)
		s.parity.Negate()
		s.tweak.Negate()
	}
	digest := chainhash.TaggedHash(musig2.KeyAggTagList, list)
	for i, p := range a.Participants {
		var c btcec.ModNScalar
		// The second key's coefficient is 1; descriptors have no key twice.
		if i == 1 {
			c.SetInt(1)
		} else {
			c.SetByteSlice(chainhash.TaggedHash(musig2.KeyAggTagCoeff, digest[:], p[:])[:])
		}
		s.coeffs = append(s.coeffs, c)
	}
	return s, nil
}

// round is a session with all nonces.
type round struct {
	*session
	nonces []*[66]byte
	blind  btcec.ModNScalar // b
	e      btcec.ModNScalar // the challenge
	r      [32]byte         // R, x-only
	odd    bool             // R had an odd y
}

// parseNonce reads a public nonce, two points.
func parseNonce(n *[66]byte) (a, b btcec.JacobianPoint, err error) {
	for i, to := range []*btcec.JacobianPoint{&a, &b} {
		pub, err := btcec.ParsePubKey(n[33*i : 33*i+33])
		if err != nil {
			return a, b, fmt.Errorf("%w: a nonce is no point of the curve", ErrSignature)
		}
		pub.AsJacobian(to)
	}
	return a, b, nil
}

// begin aggregates the nonces; all of them must be there and valid.
func (s *session) begin(nonces []*[66]byte) (*round, error) {
	all := make([][66]byte, len(nonces))
	for i, n := range nonces {
		if n == nil {
			return nil, ErrNoncesMissing
		}
		all[i] = *n
	}
	sum, err := musig2.AggregateNonces(all)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrSignature, err)
	}
	r := &round{session: s, nonces: nonces}
	r.blind.SetByteSlice(chainhash.TaggedHash(musig2.NonceBlindTag, sum[:], s.output[:], s.musig.Message[:])[:])
	first, err := btcec.ParseJacobian(sum[:33])
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrSignature, err)
	}
	second, err := btcec.ParseJacobian(sum[33:])
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrSignature, err)
	}
	var point btcec.JacobianPoint
	btcec.ScalarMultNonConst(&r.blind, &second, &second)
	btcec.AddNonConst(&first, &second, &point)
	if point.Z.IsZero() || point.X.IsZero() && point.Y.IsZero() {
		btcec.GeneratorJacobian(&point) // BIP 327: nobody can be blamed here, the signature fails later
	}
	point.ToAffine()
	r.r, r.odd = *point.X.Bytes(), point.Y.IsOdd()
	r.e.SetByteSlice(chainhash.TaggedHash(musig2.ChallengeHashTag, r.r[:], s.output[:], s.musig.Message[:])[:])
	return r, nil
}

// verify checks one member's partial signature (BIP 327 PartialSigVerify):
// s·G = R₁ + b·R₂ + e·a·g·P, the nonces negated when R is odd.
func (r *round) verify(member int, partial *[32]byte) bool {
	var scalar, factor btcec.ModNScalar
	if scalar.SetBytes(partial) != 0 {
		return false
	}
	first, second, err := parseNonce(r.nonces[member])
	if err != nil {
		return false
	}
	var left, right, nonce btcec.JacobianPoint
	btcec.ScalarMultNonConst(&r.blind, &second, &second)
	btcec.AddNonConst(&first, &second, &nonce)
	nonce.ToAffine()
	if r.odd {
		nonce.Y.Negate(1).Normalize()
	}
	factor.Set(&r.e).Mul(&r.coeffs[member]).Mul(&r.parity)
	btcec.ScalarMultNonConst(&factor, &r.points[member], &right)
	btcec.AddNonConst(&right, &nonce, &right)
	btcec.ScalarBaseMultNonConst(&scalar, &left)
	left.ToAffine()
	right.ToAffine()
	return left.X.Equals(&right.X) && left.Y.Equals(&right.Y)
}

// join puts verified partial signatures together (BIP 327 PartialSigAgg).
func (r *round) join(partials []*[32]byte) [64]byte {
	var sum, s btcec.ModNScalar
	sum.Set(&r.e).Mul(&r.tweak)
	for _, p := range partials {
		s.SetBytes(p)
		sum.Add(&s)
	}
	var sig [64]byte
	copy(sig[:], r.r[:])
	b := sum.Bytes()
	copy(sig[32:], b[:])
	return sig
}

// verifySchnorr is BIP 340's verification.
func verifySchnorr(key [32]byte, hash types.Hash, sig *[64]byte) bool {
	pub, err := schnorr.ParsePubKey(key[:])
	if err != nil {
		return false
	}
	parsed, err := schnorr.ParseSignature(sig[:])
	return err == nil && parsed.Verify(hash[:], pub)
}
