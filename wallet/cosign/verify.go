package cosign

import (
	"bytes"
	"fmt"
	"slices"
)

// verifyInput verifies all that members gave for an input.
func (p *Packet) verifyInput(i int) error {
	g, in := &p.given[i], &p.inputs[i]
	for m, sig := range g.sigs {
		if sig != nil && !verifySchnorr(in.spot.leaf.Keys[m], in.hash, sig) {
			return p.member(m, i, ErrSignature)
		}
	}
	if g.final != nil && !verifySchnorr(in.session.output, in.hash, g.final) {
		return fmt.Errorf("%w: input %d", ErrSignature, i)
	}
	for m, n := range g.nonces {
		if n == nil {
			continue
		}
		if _, _, err := parseNonce(n); err != nil {
			return p.member(m, i, ErrSignature)
		}
	}
	return p.verifyPartials(i, func(int) bool { return true })
}

// verifyPartials verifies the chosen members' partial signatures of an input.
func (p *Packet) verifyPartials(i int, which func(member int) bool) error {
	g := &p.given[i]
	var r *round
	for m, partial := range g.partials {
		if partial == nil || !which(m) {
			continue
		}
		if r == nil {
			var err error
			// Without all nonces there is nothing yet that could be signed.
			if r, err = p.inputs[i].session.begin(g.nonces); err != nil {
				return p.member(m, i, fmt.Errorf("%w: signed before all nonces were there", ErrSignature))
			}
		}
		if !r.verify(m, partial) {
			return p.member(m, i, ErrSignature)
		}
	}
	return nil
}

// signature is the finished signature of a MuSig2 input, nil when it is not.
func (p *Packet) signature(i int) *[64]byte {
	g := &p.given[i]
	if g.final != nil || len(g.partials) == 0 || slices.Contains(g.partials, nil) {
		return g.final
	}
	r, err := p.inputs[i].session.begin(g.nonces)
	if err != nil {
		return nil
	}
	sig := r.join(g.partials)
	return &sig
}

// witnessOrder gives the members in the order of their signatures in the
// witness: the last key of the script is checked first.
func (p *Packet) witnessOrder(i int) []int {
	l := p.inputs[i].spot.leaf
	order := make([]int, len(l.Keys))
	at := make([]int, len(l.Keys))
	for m, k := range l.Keys {
		order[m], at[m] = m, bytes.Index(l.Script, k[:])
	}
	slices.SortFunc(order, func(a, b int) int { return at[b] - at[a] })
	return order
}
