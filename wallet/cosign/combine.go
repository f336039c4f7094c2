package cosign

import (
	"fmt"
	"slices"
)

// Combine gives a with all that b has besides: both must be packets of one
// proposal (Check) and, with MuSig2, of one attempt (ErrStale, ErrNewer). Two
// different nonces or partial signatures of a member are refused with a
// *MemberError that wraps ErrConflict, partial signatures made with other
// nonces than a's with ErrDisagree. Of two valid script signatures of a
// member the one in a stays: both are good.
func Combine(a, b *Packet) (*Packet, error) {
	return combine(a, b, func(int) bool { return true })
}

// CombineFrom takes only what stands under one member in b, so that a member
// who sent b speaks for nobody else. A partial signature that comes before all
// nonces are in a is left out; combine again when they are. A finished
// signature proves itself and is taken from anyone.
func CombineFrom(a, b *Packet, member int) (*Packet, error) {
	if member < 0 || member >= len(a.account.Keys()) {
		return nil, ErrNotMember
	}
	return combine(a, b, func(m int) bool { return m == member })
}

func combine(a, b *Packet, from func(member int) bool) (*Packet, error) {
	if err := Check(b, a); err != nil {
		return nil, err
	}
	if b.attempt < a.attempt {
		return nil, ErrStale
	}
	if b.attempt > a.attempt {
		return nil, ErrNewer
	}
	next := a.clone()
	for i := range next.given {
		if err := next.take(i, &b.given[i], from); err != nil {
			return nil, err
		}
	}
	return next, nil
}

// take adds what was given in another packet for one input.
func (p *Packet) take(i int, other *given, from func(member int) bool) error {
	g := &p.given[i]
	if g.final == nil {
		g.final = other.final
	}
	for m, sig := range other.sigs {
		if g.sigs[m] == nil && from(m) {
			g.sigs[m] = sig
		}
	}
	for m, n := range other.nonces {
		switch {
		case n == nil || !from(m):
		case g.nonces[m] == nil:
			g.nonces[m] = n
		case *g.nonces[m] != *n:
			return p.member(m, i, ErrConflict)
		}
	}
	complete := !slices.Contains(g.nonces, nil)
	for m, partial := range other.partials {
		if partial == nil || !from(m) || !complete {
			continue
		}
		// It was verified with the nonces next to it. When ours are others,
		// somebody told two members two different things, and it cannot be
		// seen who: the one whose nonce it is, or the one who passes it on.
		for k, n := range other.nonces {
			if *n != *g.nonces[k] {
				return fmt.Errorf("%w: of member %d, input %d", ErrDisagree, k+1, i)
			}
		}
		if g.partials[m] != nil && *g.partials[m] != *partial {
			return p.member(m, i, ErrConflict)
		}
		g.partials[m] = partial
	}
	return nil
}

// Only gives the packet with nothing but what one member gave: what a member
// sends to the others. Partial signatures stand only next to all nonces, so
// these come along with them.
func (p *Packet) Only(member int) *Packet {
	next := p.clone()
	for i := range next.given {
		g := &next.given[i]
		g.final = nil
		signed := len(g.partials) > member && member >= 0 && g.partials[member] != nil
		for m := range p.account.Keys() {
			if m == member {
				continue
			}
			if g.sigs != nil {
				g.sigs[m] = nil
			}
			if g.partials != nil {
				g.partials[m] = nil
			}
			if g.nonces != nil && !signed {
				g.nonces[m] = nil
			}
		}
	}
	return next
}
