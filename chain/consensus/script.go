package consensus

import (
	"errors"
	"fmt"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/txscript/v2"
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/secp"
	"supercomputing/chain/types"
)

// scriptFlags are the script engine's consensus rules. Every output is
// Taproot, and what BIP 342 adds to tapscript (clean stack, minimal IF, null
// fail) the engine applies without flags, so the flags for older script forms
// are left out, as are those that are relay policy: an unknown leaf version,
// key type or OP_SUCCESS is valid, or no later rule could give it a meaning.
const scriptFlags = txscript.ScriptBip16 |
	txscript.ScriptVerifyWitness |
	txscript.ScriptVerifyTaproot |
	txscript.ScriptVerifyCheckLockTimeVerify |
	txscript.ScriptVerifyCheckSequenceVerify

// Spend is a transaction with the outputs it spends: what is needed to check
// its scripts. Validate has checked all else, so that spends can be verified
// in parallel. Neither field may change while Verify runs.
type Spend struct {
	Tx    *types.Tx
	Prevs []*wire.TxOut // by input
	// Tickets are the signatures of a ticketed score report.
	Tickets []Ticket
}

// Ticket is a signature over the promise of a score by a job's signer.
type Ticket struct {
	Author types.Address
	Hash   types.Hash // NetworkID.TicketHash
	Sig    [64]byte
}

// TxID is the id of the spending transaction.
func (s *Spend) TxID() types.Hash { return s.Tx.ID() }

// Verify checks every input by BIP 341 and BIP 342, and, in a transaction that
// carries a commitment, that input 0 signs it (PROTOCOL §2). Its errors are
// rule errors: ErrScript, ErrSigHashType, ErrUnauthored or ErrTicket.
func (s *Spend) Verify() error { return s.verify(nil) }

// verify is Verify if later is nil. Otherwise tickets and key path signatures
// go to later instead, and nil means that the spend is valid if they are.
func (s *Spend) verify(later *secp.Batch) error {
	if len(s.Prevs) != len(s.Tx.Msg.TxIn) || len(s.Prevs) == 0 {
		return fmt.Errorf("spend of %d inputs with %d outputs to spend", len(s.Tx.Msg.TxIn), len(s.Prevs))
	}
	for i := range s.Tickets {
		t := &s.Tickets[i]
		if later != nil && later.Add((*[32]byte)(&t.Author), (*[32]byte)(&t.Hash), &t.Sig) {
			continue
		}
		if !VerifySchnorr(t.Author, t.Hash, t.Sig) {
			return rule(ErrTicket, "entry %d", i)
		}
	}
	_, commitment, committed := types.FindCommitment(s.Tx.Msg)
	c := newScriptCheck(s.Tx.Msg, s.Prevs)
	for i := range s.Prevs {
		if committed {
			if err := checkHashTypes(s.Tx.Msg.TxIn[i].Witness, i); err != nil {
				return err
			}
		}
		if later != nil && c.keyPath(i, later) {
			continue
		}
		if err := c.input(i); err != nil {
			return rule(ErrScript, "input %d: %v", i, err)
		}
	}
	// A key path spend whose signature has 64 bytes signs all outputs.
	if committed && !isKeyPath(s.Tx.Msg.TxIn[0].Witness) {
		return s.checkAuthored(commitment)
	}
	return nil
}

// scriptCheck verifies the inputs of one transaction, whose parts common to
// all signature hashes (BIP 341) it computes once.
type scriptCheck struct {
	msg    *wire.MsgTx
	prevs  []*wire.TxOut
	fetch  *txscript.MultiPrevOutFetcher
	hashes *txscript.TxSigHashes
}

func newScriptCheck(msg *wire.MsgTx, prevs []*wire.TxOut) *scriptCheck {
	fetch := txscript.NewMultiPrevOutFetcher(nil)
	for i, in := range msg.TxIn {
		fetch.AddPrevOut(in.PreviousOutPoint, prevs[i])
	}
	return &scriptCheck{msg: msg, prevs: prevs, fetch: fetch, hashes: txscript.NewTxSigHashes(msg, fetch)}
}

// input checks one input. The engine takes key path spends too: next to one
// signature, its own cost cannot be measured (BenchmarkSpendVerify).
func (c *scriptCheck) input(i int) error {
	if _, ok := types.ScriptAddress(c.prevs[i].PkScript); !ok {
		return errors.New("the output it spends is not Taproot")
	}
	vm, err := txscript.NewEngine(c.prevs[i].PkScript, c.msg, i, scriptFlags, nil, c.hashes, c.prevs[i].Value, c.fetch)
	if err != nil {
		return err
	}
	return vm.Execute()
}

// stackOf gives the witness without its annex (BIP 341).
func stackOf(w wire.TxWitness) wire.TxWitness {
	if n := len(w); n >= 2 && len(w[n-1]) > 0 && w[n-1][0] == txscript.TaprootAnnexTag {
		return w[:n-1]
	}
	return w
}

func isKeyPath(w wire.TxWitness) bool { return len(stackOf(w)) == 1 }

// checkHashTypes refuses a witness that could give a signature opcode 65
// bytes, that is a signature with a hash type of its own: on the key path the
// signature, on the script path any element below script and control block.
// With other hash types a stranger could put an input in front, or attach the
// commitment, and own a job that somebody else paid for.
//
// An element of 65 bytes that is no signature falls under the rule too: which
// opcode will take it is known only while the script runs. A script cannot
// make such an element itself: tapscript joins no strings, and a signature
// pushed by the script would have to sign the hash of the script it is in. A
// constant given to a key of unknown type stays possible; it signs nothing,
// and checkAuthored counts it so.
func checkHashTypes(w wire.TxWitness, input int) error {
	stack := stackOf(w)
	if len(stack) >= 2 {
		stack = stack[:len(stack)-2]
	}
	for _, e := range stack {
		if len(e) == schnorr.SignatureSize+1 {
			return rule(ErrSigHashType, "input %d: a witness element of 65 bytes in a transaction with a commitment", input)
		}
	}
	return nil
}

// checkAuthored runs input 0's script again on a copy of the transaction with
// another commitment. If it still succeeds, nothing in it signed the
// commitment: it was OP_TRUE, an OP_SUCCESS, an unknown leaf version or key
// type, or all its signatures were empty. Anyone could then put any commitment
// in its place. The witness is the same and so are lock time and sequences, so
// only a signature can tell the copy from the original.
func (s *Spend) checkAuthored(commitment int) error {
	msg := *s.Tx.Msg
	msg.TxOut = append([]*wire.TxOut(nil), msg.TxOut...)
	script := append([]byte(nil), msg.TxOut[commitment].PkScript...)
	script[len(script)-1] ^= 1
	msg.TxOut[commitment] = wire.NewTxOut(msg.TxOut[commitment].Value, script)
	if newScriptCheck(&msg, s.Prevs).input(0) == nil {
		return rule(ErrUnauthored, "the script of input 0 holds for any commitment")
	}
	return nil
}
