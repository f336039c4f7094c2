package tasks

import (
	"encoding/hex"
	"fmt"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"supercomputing/chain/types"
)

// Signature is a BIP 340 signature; its text form is hex.
type Signature [64]byte

// MarshalText writes hex.
func (s Signature) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(s[:])), nil }

// UnmarshalText reads hex.
func (s *Signature) UnmarshalText(b []byte) error {
	if len(b) != 2*len(s) {
		return fmt.Errorf("%w: signature of %d characters", ErrTicket, len(b))
	}
	if _, err := hex.Decode(s[:], b); err != nil {
		return fmt.Errorf("%w: %w", ErrTicket, err)
	}
	return nil
}

// Ticket is the promise of a job's signer that an address has earned a cumulative
// score (PROTOCOL §5). Job and address are known from where it is kept.
type Ticket struct {
	Cumulative types.Amount
	Signature  Signature
}

// signTicket makes a ticket. The caller has made sure, on disk, that it is
// never beyond the job's bids.
func signTicket(s Signer, network types.NetworkID, job types.Hash, node types.Address, cumulative types.Amount) (Ticket, error) {
	sig, err := s.Sign(network.TicketHash(job, node, cumulative))
	if err != nil {
		return Ticket{}, fmt.Errorf("sign ticket: %w", err)
	}
	return Ticket{cumulative, sig}, nil
}

// verify tells whether signer, which is the job's, signed the ticket.
func (t Ticket) verify(network types.NetworkID, signer types.Address, job types.Hash, node types.Address) error {
	key, err := schnorr.ParsePubKey(signer[:])
	if err != nil {
		return fmt.Errorf("%w: the signer's address is no key", ErrTicket)
	}
	sig, err := schnorr.ParseSignature(t.Signature[:])
	if err != nil {
		return fmt.Errorf("%w: %v", ErrTicket, err)
	}
	hash := network.TicketHash(job, node, t.Cumulative)
	if !sig.Verify(hash[:], key) {
		return fmt.Errorf("%w: the job's signer did not sign it", ErrTicket)
	}
	return nil
}
