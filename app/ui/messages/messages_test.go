package messages

import (
	"testing"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view/viewtest"
)

func open(t *testing.T, u *uitest.UI, tab, ref string) *Page {
	t.Helper()
	p := New(u.Env, page.Route{Page: page.Messages, Tab: tab, Ref: ref}).(*Page)
	u.ShowPage(p)
	u.Drain()
	u.Settle()
	return p
}

// Every part in every look: nothing is cut.
func TestParts(t *testing.T) {
	uitest.Each(t, func(t *testing.T, u *uitest.UI) {
		for name, r := range map[string]page.Route{"list": {}, "chat": {Tab: page.MessagesChat, Ref: viewtest.Address("Tomás")}, "stranger": {Tab: page.MessagesRequests, Ref: viewtest.Address("stranger")},
			"failed": {Tab: page.MessagesChat, Ref: viewtest.Address("Archive of Rivers")}, "invite": {Tab: page.MessagesChat, Ref: viewtest.Address("Studio Kite")}, "news": {Tab: page.MessagesNews}, "empty": {Tab: blocked}} {
			open(t, u, r.Tab, r.Ref)
			u.NothingCut()
			u.Picture("messages-" + name)
		}
	})
}
