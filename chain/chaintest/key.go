// Package chaintest makes chains for tests, on the real consensus code: known
// keys, a generator of valid blocks, transactions and records, a network of
// many nodes in memory and a small economy. Nothing outside tests imports it.
package chaintest

import (
	"crypto/sha256"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
)

// Key is a person of a test chain: a Taproot output key without script, and
// the VRF key of a producer. Both derive from a name, so every run of a test
// makes the same chain.
type Key struct {
	Name    string
	address types.Address
	secret  *btcec.PrivateKey
	vrf     *consensus.VRFKey
}

// NewKey makes the key of that name.
func NewKey(name string) *Key {
	seed := sha256.Sum256([]byte("chaintest key " + name))
	secret, public := btcec.PrivKeyFromBytes(seed[:])
	k := &Key{Name: name, secret: secret, vrf: consensus.NewVRFKey(sha256.Sum256(seed[:]))}
	copy(k.address[:], schnorr.SerializePubKey(public))
	return k
}

// Address is the output key: coins sent there are spent with Sign.
func (k *Key) Address() types.Address { return k.address }

// VRFKey is the producer's lottery key.
func (k *Key) VRFKey() *consensus.VRFKey { return k.vrf }

// Sign makes a BIP 340 signature under Address. Its nonce is derived (RFC 6979), so
// that chains repeat exactly.
func (k *Key) Sign(hash types.Hash) ([64]byte, error) {
	sig, err := schnorr.Sign(k.secret, hash[:])
	if err != nil {
		return [64]byte{}, err
	}
	return [64]byte(sig.Serialize()), nil
}

// mustSign is Sign for hashes and keys that cannot fail.
func (k *Key) mustSign(hash types.Hash) [64]byte {
	sig, err := k.Sign(hash)
	if err != nil {
		panic(err)
	}
	return sig
}

// Ticket signs a score ticket for a node, as a job's author does.
func (k *Key) Ticket(n types.NetworkID, job types.Hash, node types.Address, cumulative types.Amount) [64]byte {
	return k.mustSign(n.TicketHash(job, node, cumulative))
}
