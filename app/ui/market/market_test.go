package market

import (
	"testing"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view/viewtest"
)

func open(t *testing.T, u *uitest.UI, tab, ref string) *Page {
	t.Helper()
	p := New(u.Env, page.Route{Page: page.Market, Tab: tab, Ref: ref}).(*Page)
	u.ShowPage(p)
	u.Drain()
	u.Settle()
	return p
}

// Every part in every look: nothing is cut.
func TestParts(t *testing.T) {
	uitest.Each(t, func(t *testing.T, u *uitest.UI) {
		for _, r := range []page.Route{{}, {Tab: page.MarketListing, Ref: viewtest.ID("listing proof")}, {Tab: page.MarketPost}, {Tab: page.MarketMine}, {Tab: hidden}} {
			open(t, u, r.Tab, r.Ref)
			u.NothingCut()
			u.Picture("market-" + r.Tab)
		}
	})
}
