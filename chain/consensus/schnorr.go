package consensus

import (
	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"supercomputing/chain/types"
)

// VerifySchnorr reports whether sig is a's BIP 340 signature of hash.
func VerifySchnorr(a types.Address, hash types.Hash, sig [64]byte) bool {
	key, err := schnorr.ParsePubKey(a[:])
	if err != nil {
		return false
	}
	s, err := schnorr.ParseSignature(sig[:])
	return err == nil && s.Verify(hash[:], key)
}
