package consensus

import (
	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
)

// checkForm checks what a transaction shows by itself: Bitcoin's rules, and
// that outputs are Taproot but for one commitment (PROTOCOL §2 and §10).
func checkForm(m *wire.MsgTx) error {
	if len(m.TxIn) == 0 || len(m.TxOut) == 0 {
		return rule(ErrTxForm, "%d inputs, %d outputs", len(m.TxIn), len(m.TxOut))
	}
	if isCoinbase(m) {
		return rule(ErrExtraCoinbase, "a coinbase is not the block's first transaction")
	}
	seen := make(map[wire.OutPoint]struct{}, len(m.TxIn))
	for i, in := range m.TxIn {
		if _, dup := seen[in.PreviousOutPoint]; dup {
			return rule(ErrTxForm, "input %d spends %v a second time", i, in.PreviousOutPoint)
		}
		seen[in.PreviousOutPoint] = struct{}{}
		if len(in.SignatureScript) != 0 {
			return rule(ErrTxForm, "input %d has a signature script; Taproot spends have none", i)
		}
	}
	return checkOutputs(m)
}

func checkOutputs(m *wire.MsgTx) error {
	commitments, sum := 0, types.Amount(0)
	for i, out := range m.TxOut {
		if out.Value < 0 || out.Value > int64(types.MaxAmount) {
			return rule(ErrAmountRange, "output %d: %d", i, out.Value)
		}
		if sum += types.Amount(out.Value); sum > types.MaxAmount {
			return rule(ErrAmountRange, "outputs sum to more than there can be")
		}
		if _, ok := types.ParseCommitment(out.PkScript); ok {
			if commitments++; commitments > 1 {
				return rule(ErrCommitments, "output %d is a second one", i)
			}
			if out.Value != 0 {
				return rule(ErrOutputScript, "commitment output %d has value %d", i, out.Value)
			}
			continue
		}
		if _, ok := types.ScriptAddress(out.PkScript); !ok {
			return rule(ErrOutputScript, "output %d", i)
		}
	}
	return nil
}

func isCoinbase(m *wire.MsgTx) bool {
	return len(m.TxIn) == 1 && m.TxIn[0].PreviousOutPoint == wire.OutPoint{Index: wire.MaxPrevOutIndex}
}

// checkInputs looks up what m spends, checks maturity, time locks and sums,
// and returns inputs less outputs.
func (b *Builder) checkInputs(m *wire.MsgTx, spend *Spend) (fee types.Amount, err error) {
	if err := b.checkLockTime(m); err != nil {
		return 0, err
	}
	var in types.Amount
	for i, txin := range m.TxIn {
		u, err := ReadUTXO(b.view, txin.PreviousOutPoint)
		if err != nil {
			return 0, err
		}
		if u == nil {
			return 0, rule(ErrMissingInput, "input %d: %v", i, txin.PreviousOutPoint)
		}
		if u.Coinbase && b.height-u.Height < b.p.CoinbaseMaturity {
			return 0, rule(ErrImmature, "input %d spends a coinbase of height %d; it matures at %d",
				i, u.Height, u.Height+b.p.CoinbaseMaturity)
		}
		if err := b.checkSequence(m, i, u); err != nil {
			return 0, err
		}
		if in += u.Amount; in > types.MaxAmount {
			return 0, rule(ErrAmountRange, "inputs sum to more than there can be")
		}
		spend.Prevs = append(spend.Prevs, u.TxOut())
	}
	var out types.Amount
	for _, o := range m.TxOut {
		out += types.Amount(o.Value)
	}
	if out > in {
		return 0, rule(ErrOverspend, "inputs %v, outputs %v", in, out)
	}
	return in - out, nil
}

// lockTimeThreshold parts heights from times in nLockTime.
const lockTimeThreshold = 500_000_000

// checkLockTime is Bitcoin's finality rule with the parent's slot time as the
// block's time, as BIP 113 takes a time the producer cannot choose.
func (b *Builder) checkLockTime(m *wire.MsgTx) error {
	if m.LockTime == 0 {
		return nil
	}
	limit := int64(b.height)
	if m.LockTime >= lockTimeThreshold {
		limit = b.p.SlotTime(b.parent.Slot).Unix()
	}
	if int64(m.LockTime) < limit {
		return nil
	}
	for _, in := range m.TxIn {
		if in.Sequence != wire.MaxTxInSequenceNum {
			return rule(ErrLockTime, "lock time %d, now %d", m.LockTime, limit)
		}
	}
	return nil
}

// checkSequence is BIP 68.
func (b *Builder) checkSequence(m *wire.MsgTx, i int, u *UTXO) error {
	seq := m.TxIn[i].Sequence
	if m.Version < 2 && m.Version >= 0 || seq&wire.SequenceLockTimeDisabled != 0 {
		return nil
	}
	n := seq & wire.SequenceLockTimeMask
	if seq&wire.SequenceLockTimeIsSeconds == 0 {
		if uint64(b.height) < uint64(u.Height)+uint64(n) {
			return rule(ErrSequenceLock, "input %d can be spent at height %d", i, uint64(u.Height)+uint64(n))
		}
		return nil
	}
	due := b.p.SlotTime(u.ParentSlot).Unix() + int64(n)<<wire.SequenceLockTimeGranularity
	if now := b.p.SlotTime(b.parent.Slot).Unix(); now < due {
		return rule(ErrSequenceLock, "input %d can be spent %d s later", i, due-now)
	}
	return nil
}
