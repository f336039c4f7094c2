package cosign

import (
	"slices"

	"supercomputing/wallet/descriptor"
)

// The rounds of signing.
const (
	RoundNonces     = 1 // MuSig2: members give nonces
	RoundSignatures = 2 // members sign
	RoundComplete   = 3 // Finalise succeeds
)

// MemberStatus tells what a member gave.
type MemberStatus struct {
	Key       descriptor.Key
	Nonce     []bool // by input; MuSig2
	Signature []bool // by input; with MuSig2 the partial one
	Agreed    bool   // nonces for all inputs
	Signed    bool   // signatures for all inputs
}

// Status tells how far the signing is.
type Status struct {
	MuSig2   bool
	Required int
	Attempt  uint32 // MuSig2
	Round    int
	Signed   int // members that signed all inputs
	Complete bool
	Members  []MemberStatus // by number
}

// Status tells who gave what.
func (p *Packet) Status() Status {
	s := Status{MuSig2: p.account.MuSig2(), Required: p.account.Required(), Attempt: p.attempt, Round: RoundSignatures, Complete: true}
	for m, k := range p.account.Keys() {
		ms := MemberStatus{Key: k, Agreed: s.MuSig2, Signed: true}
		for _, g := range p.given {
			nonce, signed := g.final != nil, g.final != nil
			if s.MuSig2 {
				nonce = nonce || g.nonces[m] != nil
				signed = signed || g.partials[m] != nil
			} else {
				signed = g.sigs[m] != nil
			}
			ms.Nonce, ms.Signature = append(ms.Nonce, nonce), append(ms.Signature, signed)
		}
		ms.Agreed = s.MuSig2 && !slices.Contains(ms.Nonce, false)
		ms.Signed = !slices.Contains(ms.Signature, false)
		if ms.Signed {
			s.Signed++
		}
		if s.MuSig2 && !ms.Agreed {
			s.Round = RoundNonces
		}
		s.Members = append(s.Members, ms)
	}
	for i := range p.given {
		s.Complete = s.Complete && p.enough(i)
	}
	if s.Complete {
		s.Round = RoundComplete
	}
	return s
}

// enough reports whether an input can be finished.
func (p *Packet) enough(i int) bool {
	g := &p.given[i]
	if p.account.MuSig2() {
		return g.final != nil || !slices.Contains(g.partials, nil)
	}
	count := 0
	for _, sig := range g.sigs {
		if sig != nil {
			count++
		}
	}
	return count >= p.account.Required()
}
