package cosign

import (
	"fmt"

	"supercomputing/wallet/keys"
)

// memberOf finds which member a key is.
func (p *Packet) memberOf(s *keys.SharedAccount) (int, error) {
	m, ok := p.account.Member(s.Expression())
	if !ok {
		return 0, ErrNotMember
	}
	return m, nil
}

func (p *Packet) slot(i int) keys.NonceSlot {
	return keys.NonceSlot{Tx: p.id, Input: uint32(i), Attempt: p.attempt}
}

// AddNonces is MuSig2's first round: it adds our nonces where they are
// missing. The keystore holds their secret halves from now on, in memory only.
// Script accounts need none, and give p as it is. The errors are ErrNotMember
// and those of keys.SharedAccount.NewNonce: after keys.ErrNonceGone the
// attempt is over, and Restart begins another.
func (p *Packet) AddNonces(s *keys.SharedAccount) (*Packet, error) {
	m, err := p.memberOf(s)
	if err != nil {
		return nil, err
	}
	next := p.clone()
	for i := range next.given {
		g := &next.given[i]
		if g.nonces == nil || g.nonces[m] != nil || g.final != nil {
			continue
		}
		if err := p.ready(); err != nil {
			return nil, err
		}
		public, err := s.NewNonce(p.slot(i), p.inputs[i].session.musig)
		if err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
		g.nonces[m] = &public
	}
	return next, nil
}

// Sign adds our signatures where they are missing: a script account's at once,
// MuSig2's when all nonces are there, ErrNoncesMissing before. Our secret
// nonces are gone with the first call, whether it succeeds or not; after
// keys.ErrNonceGone Restart begins another attempt.
func (p *Packet) Sign(s *keys.SharedAccount) (*Packet, error) {
	m, err := p.memberOf(s)
	if err != nil {
		return nil, err
	}
	if p.account.MuSig2() {
		return p.signPartial(s, m)
	}
	if err := p.ready(); err != nil {
		return nil, err
	}
	next := p.clone()
	for i := range next.given {
		in := &p.inputs[i]
		if next.given[i].sigs[m] != nil {
			continue
		}
		sig, err := s.SignSchnorr(in.Branch, in.Index, in.hash)
		if err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
		if !verifySchnorr(in.spot.leaf.Keys[m], in.hash, &sig) {
			return nil, fmt.Errorf("%w: input %d: our own", ErrSignature, i)
		}
		next.given[i].sigs[m] = &sig
	}
	return next, nil
}

func (p *Packet) signPartial(s *keys.SharedAccount, m int) (*Packet, error) {
	// All inputs are looked at first, so that no nonce is spent on a packet
	// that cannot be finished.
	for i, g := range p.given {
		for other, n := range g.nonces {
			if n == nil && g.final == nil {
				return nil, fmt.Errorf("%w: member %d, input %d", ErrNoncesMissing, other+1, i)
			}
		}
	}
	if err := p.ready(); err != nil {
		return nil, err
	}
	next := p.clone()
	for i := range next.given {
		g := &next.given[i]
		if g.partials[m] != nil || g.final != nil {
			continue
		}
		nonces := make([][66]byte, len(g.nonces))
		for k, n := range g.nonces {
			nonces[k] = *n
		}
		partial, err := s.PartialSign(p.slot(i), p.inputs[i].session.musig, nonces)
		if err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
		g.partials[m] = &partial
		if err := next.verifyPartials(i, func(k int) bool { return k == m }); err != nil {
			return nil, err
		}
	}
	return next, nil
}

// Restart begins a later attempt of MuSig2, with no nonces and no partial
// signatures: when a member's nonces are lost, or a member gave false ones.
func (p *Packet) Restart(attempt uint32) (*Packet, error) {
	if !p.account.MuSig2() || attempt <= p.attempt || attempt > MaxAttempt {
		return nil, fmt.Errorf("%w: %d after %d", ErrAttempt, attempt, p.attempt)
	}
	return p.blank(attempt), nil
}
