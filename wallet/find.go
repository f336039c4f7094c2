package wallet

import (
	"bytes"
)

// FindRecord gives this wallet's own transaction that carries a payload,
// whatever became of it: the confirmed one, else the waiting one, else one that
// was given up. ErrUnknownTx when the wallet never made one. Whoever stores a
// record before sending it learns so, after a crash, whether it was sent.
func (w *Wallet) FindRecord(payload []byte) (Entry, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var best *tx
	rank := func(t *tx) int {
		switch t.status {
		case confirmed:
			return 3
		case pending:
			return 2
		}
		return 1
	}
	for _, t := range w.state.txs {
		if t.local && t.tx != nil && bytes.Equal(t.tx.Payload, payload) && (best == nil || rank(t) > rank(best)) {
			best = t
		}
	}
	if best == nil {
		return Entry{}, ErrUnknownTx
	}
	return w.entry(best), nil
}
