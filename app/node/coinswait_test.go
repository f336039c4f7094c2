package node

import (
	"errors"
	"io"
	"testing"

	"supercomputing/chain/types"
	"supercomputing/tasks"
	"supercomputing/wallet"
)

// TestCoinsWait: coins that a block frees are waited for, and none are not.
func TestCoinsWait(t *testing.T) {
	short := &wallet.FundsError{Needed: 613}
	for name, c := range map[string]struct {
		err  error
		b    wallet.Balance
		want bool
	}{
		"done":   {nil, wallet.Balance{Change: types.Coin}, false},
		"change": {short, wallet.Balance{Change: types.Coin, Total: types.Coin}, true},
		"change that nodes would not let be spent": {short, wallet.Balance{Change: 700, Waiting: 700}, true},
		"a payment":       {short, wallet.Balance{PendingIn: 613}, true},
		"too little":      {short, wallet.Balance{PendingIn: 612}, false},
		"nothing":         {short, wallet.Balance{}, false},
		"frozen":          {short, wallet.Balance{Confirmed: 9999, Frozen: 9999}, false},
		"another failure": {io.ErrUnexpectedEOF, wallet.Balance{Change: types.Coin}, false},
	} {
		err := coinsWait(c.err, c.b)
		if errors.Is(err, tasks.ErrCoinsWait) != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
