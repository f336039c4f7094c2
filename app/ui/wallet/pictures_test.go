package wallet

import (
	"testing"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view/viewtest"
)

// places are what is drawn in every look.
var places = []struct{ name, tab, ref string }{
	{"overview", "", ""},
	{"send", page.WalletSend, viewtest.Address("Studio Kite")},
	{"receive", page.WalletReceive, ""},
	{"history", page.WalletHistory, ""},
	{"tx", page.WalletTx, viewtest.ID("move out")},
	{"coins", page.WalletCoins, ""},
}

func TestPictures(t *testing.T) {
	for _, place := range places {
		t.Run(place.name, func(t *testing.T) {
			uitest.Each(t, func(t *testing.T, u *uitest.UI) {
				open(u, place.tab, place.ref)
				u.NothingCut()
				u.Picture("wallet-" + place.name)
			})
		})
	}
}
