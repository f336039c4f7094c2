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
	{"shared", page.WalletShared, ""},
	{"account", page.WalletShared, viewtest.ID("account kite")[:16]},
	{"proposal", page.WalletProposal, viewtest.ID("proposal lights")[:16]},
	{"contacts", page.WalletContacts, ""},
	{"safety", page.WalletSecurity, ""},
}

func TestPictures(t *testing.T) {
	for _, place := range places {
		t.Run(place.name, func(t *testing.T) {
			uitest.Each(t, func(t *testing.T, u *uitest.UI) {
				open(u, place.tab, place.ref)
				settle(u)
				u.NothingCut()
				u.Picture("wallet-" + place.name)
			})
		})
	}
}

// TestPicturesOfSteps draws what comes after some taps.
func TestPicturesOfSteps(t *testing.T) {
	for _, c := range []struct {
		name, tab, ref string
		do             func(u *uitest.UI)
	}{
		{"check", page.WalletSend, viewtest.Address("Studio Kite"), func(u *uitest.UI) {
			u.Type(u.Env.T("wallet.send.amount"), "12.5")
			u.Tap(u.Env.T("wallet.send.check"))
		}},
		{"make", page.WalletShared, "", func(u *uitest.UI) { u.Tap(u.Env.T("wallet.shared.make")) }},
		{"propose", page.WalletShared, viewtest.ID("account kite")[:16], func(u *uitest.UI) { u.Tap(u.Env.T("wallet.account.propose")) }},
		{"sign", page.WalletProposal, viewtest.ID("proposal lights")[:16], func(u *uitest.UI) { u.Tap(u.Env.T("wallet.proposal.sign")) }},
		{"bump", page.WalletTx, viewtest.ID("move out"), func(u *uitest.UI) { u.Tap(u.Env.T("wallet.bump")) }},
		{"words", page.WalletSecurity, "", func(u *uitest.UI) {
			u.Tap(u.Env.T("wallet.words.button"))
			u.Type(u.Env.T("wallet.words.field"), "zebra ab")
		}},
		{"passphrase", page.WalletSecurity, "", func(u *uitest.UI) { u.Tap(u.Env.T("wallet.passphrase.button")) }},
		{"contact", page.WalletContacts, "", func(u *uitest.UI) { u.Tap(u.Env.T("wallet.contact.add")) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			uitest.Each(t, func(t *testing.T, u *uitest.UI) {
				open(u, c.tab, c.ref)
				settle(u)
				c.do(u)
				settle(u)
				u.NothingCut()
				u.Picture("wallet-" + c.name)
			})
		})
	}
}

// settle lets what waits for its turn happen.
func settle(u *uitest.UI) {
	for range 3 {
		u.Advance(refreshGap)
		u.Drain()
	}
	u.Settle()
}
