package accounts

import (
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/types"
	"supercomputing/wallet/cosign"
)

// readPSBT finds the account that a PSBT is of, and reads it. Called with mu
// held.
func (m *Manager) readPSBT(text string) (*account, *cosign.Packet, error) {
	tx, plain, err := cosign.Standard(text)
	if err != nil {
		return nil, nil, fmt.Errorf("accounts: %w", err)
	}
	var a *account
	var known *cosign.Packet
	if plain {
		a, known, err = m.recognise(tx)
	} else {
		a, known, err = m.named(text)
	}
	if err != nil {
		return nil, nil, err
	}
	var packet *cosign.Packet
	if p := m.proposals[types.Hash(tx.TxHash())]; p != nil && p.account == a.id {
		known = p.packet
	}
	if known != nil {
		packet, err = cosign.DecodeFor(text, known)
	} else {
		packet, err = cosign.Decode(text, m.params.ID, a.record.desc)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("accounts: %w", err)
	}
	return a, packet, nil
}

// named finds the account that a PSBT of a program like this one names.
func (m *Manager) named(text string) (*account, *cosign.Packet, error) {
	about, err := cosign.Identify(text)
	switch {
	case err != nil:
		return nil, nil, fmt.Errorf("accounts: %w", err)
	case about.Network != m.params.ID:
		return nil, nil, ErrOtherNetwork
	}
	a := m.accounts[about.Account]
	if a == nil {
		return nil, nil, fmt.Errorf("%w: %v", ErrOtherAccount, AccountID(about.Account))
	}
	return a, nil, nil
}

// recognise finds the account of a transaction that another program made a
// PSBT of, which names neither network nor account: by the coins that it
// spends. They are on this network, so nothing else could be signed.
func (m *Manager) recognise(tx *wire.MsgTx) (*account, *cosign.Packet, error) {
	if p := m.proposals[types.Hash(tx.TxHash())]; p != nil {
		return m.accounts[p.account], p.packet, nil
	}
	for _, a := range m.accounts {
		if !slices.ContainsFunc(tx.TxIn, func(in *wire.TxIn) bool {
			_, ok := a.wallet.Coin(in.PreviousOutPoint)
			return !ok
		}) {
			packet, err := m.packTx(a, tx)
			return a, packet, err
		}
	}
	return nil, nil, fmt.Errorf("%w here: none has all the coins that it spends, and it names neither network nor account", ErrOtherAccount)
}

// packTx makes the PSBT of a transaction that spends an account's coins.
func (m *Manager) packTx(a *account, tx *wire.MsgTx) (*cosign.Packet, error) {
	var inputs []cosign.Input
	for _, in := range tx.TxIn {
		c, _ := a.wallet.Coin(in.PreviousOutPoint)
		inputs = append(inputs, cosign.Input{Amount: c.Amount, Address: c.Address, Branch: uint32(c.Branch), Index: c.Index})
	}
	var change []cosign.Change
	for i, o := range tx.TxOut {
		to, ok := types.ScriptAddress(o.PkScript)
		if b, index, ours := a.wallet.Path(to); ok && ours && a.wallet.Found(to) {
			change = append(change, cosign.Change{Output: i, Branch: uint32(b), Index: index})
		}
	}
	p, err := cosign.New(tx, inputs, nil, m.params.ID, a.record.desc, change...)
	if err != nil {
		return nil, fmt.Errorf("accounts: %w", err)
	}
	return p, nil
}
