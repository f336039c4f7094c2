package consensus

import (
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/txscript/v2"

	"supercomputing/chain/secp"
	"supercomputing/chain/types"
)

// SpendBatch verifies spends together, which for key path spends and tickets
// takes a fraction of the time: their signatures are checked in one BIP 340
// batch. The verdict is that of Spend.Verify on each: whenever anything fails,
// Spend.Verify decides, and a batch is believed only if it is good.
//
// The zero value is an empty batch. It belongs to one goroutine.
type SpendBatch struct {
	spends []*Spend
	sigs   secp.Batch
}

// Add checks of s what no batch can do: scripts, the form of signatures, and
// authorship. Its errors are those of s.Verify. If there is none, s is valid
// if Verify finds the batch so; s must not change until then.
func (b *SpendBatch) Add(s *Spend) error {
	b.spends = append(b.spends, s)
	if s.verify(&b.sigs) == nil {
		return nil
	}
	// Another error may come first in the order of Verify.
	return s.Verify()
}

// Verify checks the signatures. If there is anything wrong with them it gives
// the error that Spend.Verify has for the first spend that is invalid.
func (b *SpendBatch) Verify() error {
	if b.sigs.Verify() {
		return nil
	}
	for _, s := range b.spends {
		if err := s.Verify(); err != nil {
			return err
		}
	}
	// The only signature that the batch refuses and the engine does not is one
	// with s >= n, which the engine reduces. Nobody can make it: s-n, the
	// signature proper, would have to be below 2^129.
	return nil
}

// keyPath puts the signature of input i into b, if the input is a key path
// spend without an annex. It reports false for anything else, and for what
// has not the form of a valid signature: that is for the script engine.
func (c *scriptCheck) keyPath(i int, b *secp.Batch) bool {
	in := c.msg.TxIn[i]
	key, ok := types.ScriptAddress(c.prevs[i].PkScript)
	if !ok || len(in.SignatureScript) != 0 || len(in.Witness) != 1 {
		return false
	}
	sig, hashType, ok := splitSignature(in.Witness[0])
	if !ok {
		return false
	}
	hash, err := txscript.CalcTaprootSignatureHash(c.hashes, hashType, c.msg, i, c.fetch)
	if err != nil {
		return false // no such hash type, or no output for SIGHASH_SINGLE
	}
	return b.Add((*[32]byte)(&key), (*[32]byte)(hash), &sig)
}

// splitSignature takes the hash type from a signature's end. One of 64 bytes
// has the default type, which may not be written out (BIP 341).
func splitSignature(b []byte) (sig [64]byte, hashType txscript.SigHashType, ok bool) {
	switch {
	case len(b) == schnorr.SignatureSize:
		return [64]byte(b), txscript.SigHashDefault, true
	case len(b) == schnorr.SignatureSize+1 && b[schnorr.SignatureSize] != 0:
		return [64]byte(b), txscript.SigHashType(b[schnorr.SignatureSize]), true
	}
	return sig, 0, false
}
