package wallet

import (
	"time"

	"supercomputing/chain/types"
)

// Income is one output of a coinbase that pays the wallet. Source is named as in
// Party; what genesis allotted is no income.
type Income struct {
	Time   time.Time
	Amount types.Amount
	Source string
}

// Income lists what blocks from a time on pay, in no order. It reads memory only.
func (w *Wallet) Income(since time.Time) (out []Income) {
	w.mu.Lock()
	defer w.mu.Unlock()
	from := since.Unix()
	for _, t := range w.state.txs {
		if !t.coinbase || t.status != confirmed || t.height == 0 || t.blockTime < from {
			continue
		}
		for _, o := range t.outs {
			out = append(out, Income{unix(t.blockTime), o.amount, sourceNames[o.source]})
		}
	}
	return out
}
