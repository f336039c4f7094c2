package market

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

// last is the argument of the newest call of a method.
func last[T any](t *testing.T, u *uitest.UI, method string) (v T) {
	t.Helper()
	calls := u.Fake.Calls()
	for i := len(calls) - 1; i >= 0; i-- {
		if calls[i].Method == method {
			if err := json.Unmarshal([]byte(calls[i].Args), &v); err != nil {
				t.Fatal(err)
			}
			return v
		}
	}
	t.Fatalf("%s was not called", method)
	return v
}

func count(u *uitest.UI, method string) (n int) {
	for _, c := range u.Fake.Calls() {
		if c.Method == method {
			n++
		}
	}
	return n
}

func wait(u *uitest.UI, d time.Duration) {
	u.Advance(d)
	u.Drain()
	u.Settle()
}

func (p *Page) goTo(t *testing.T, u *uitest.UI) page.Route {
	t.Helper()
	if len(u.Routes) == 0 {
		t.Fatal("no route was asked for")
	}
	return u.Routes[len(u.Routes)-1]
}

func TestFilter(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, "", "")
	u.MustHave("Featured", "Aerial pictures of the delta, 2026", "Lighting and shading for short films")
	u.Tap("Filters")
	u.Choose("Kind", "Wanted")
	wait(u, time.Second)
	u.MustHave("Wanted: nodes with 24 GB of memory or more")
	if u.Has("Lighting and shading") || u.Has("Featured") {
		t.Error("the filter does nothing")
	}
	u.Type("Search titles and texts", "nothing like this")
	wait(u, time.Second)
	u.MustHave("Nothing fits")
	u.Tap("Clear the filters")
	wait(u, time.Second)
	u.MustHave("Lighting and shading for short films")
	u.Tap("Lighting and shading for short films")
	if r := p.goTo(t, u); r.Tab != page.MarketListing || r.Ref != viewtest.ID("listing lights") {
		t.Errorf("went to %+v", r)
	}
}

func TestSeller(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.MarketListing, viewtest.ID("listing lights"))
	u.Tap("Write to the seller")
	r := p.goTo(t, u)
	if along, ok := r.Args.(page.Attach); r.Page != page.Messages || r.Ref != viewtest.Address("Studio Kite") || !ok || along.Listing != viewtest.ID("listing lights") {
		t.Errorf("went to %+v", r)
	}
	u.Tap("Pay the seller")
	if r := p.goTo(t, u); r.Page != page.Wallet || r.Tab != page.WalletSend {
		t.Errorf("went to %+v", r)
	}
	u.Tap("Hide this seller")
	u.Key(fyne.KeyReturn)
	if h := last[view.HideRequest](t, u, "HideListing"); !h.Hidden || h.Seller != viewtest.Address("Studio Kite") {
		t.Errorf("hid %+v", h)
	}
}

// A post pays what was shown, and no more, after a check.
func TestPost(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, page.MarketPost, "")
	if u.Enabled("Check") {
		t.Error("there is nothing to check")
	}
	u.Type("Title", "Old lens")
	wait(u, time.Second)
	u.MustHave("0.02 SCC", "To be next")
	u.Tap("The next block")
	wait(u, time.Second)
	u.MustHave("1, the next block", "0.1501 SCC")
	u.Tap("Check")
	u.MustHave("As others will see it", "Old lens")
	if count(u, "PostListing") != 0 {
		t.Fatal("posted without a check")
	}
	u.Tap("Pay 0.1501\u00a0SCC")
	r := last[view.ListingRequest](t, u, "PostListing")
	if r.Title != "Old lens" || r.Fee.String() != "0.1501" || r.Most != r.Fee {
		t.Errorf("posted %+v", r)
	}
	if r := p.goTo(t, u); r.Tab != page.MarketMine {
		t.Errorf("went to %+v", r)
	}
}

// What was written stays when posting fails.
func TestPostFails(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.MarketPost, "")
	u.Fake.Fail("PostListing", view.Errorf(view.CodeConflict, "it costs more now; nothing was paid"))
	u.Type("Title", "Old lens")
	wait(u, time.Second)
	u.Tap("Check")
	u.Key(fyne.KeyReturn)
	u.MustHave("it costs more now; nothing was paid")
	if s := u.Entry("Title").Text; s != "Old lens" {
		t.Errorf("the title is %q", s)
	}
	if u.Enabled("Check") {
		t.Error("an old price can still be agreed to")
	}
}

func TestMine(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.MarketMine, "")
	u.MustHave("Waiting for a block", "Shown now", "Over")
	u.Tap("Pay more")
	u.MustHave("Let it pay more")
	u.Type("It pays in all", "0.1")
	u.Tap("Raise")
	u.MustHave("Name more than")
	u.Type("It pays in all", "0.2")
	u.Tap("Raise")
	if r := last[view.RaiseListingRequest](t, u, "RaiseListing"); r.Fee.String() != "0.2" || r.Most != r.Fee {
		t.Errorf("raised %+v", r)
	}
	u.Tap("Withdraw")
	u.MustHave("Withdraw this advertisement?", "0.00002 SCC")
	u.Tap("Withdraw for 0.00002\u00a0SCC")
	if r := last[view.WithdrawRequest](t, u, "WithdrawListing"); r.Most.String() != "0.00002" {
		t.Errorf("withdrew %+v", r)
	}
}

// Ten thousand advertisements: only the rows on the screen exist.
func TestLong(t *testing.T) {
	u := uitest.New(t)
	all := make([]view.Listing, 10_000)
	for i := range all {
		all[i] = view.Listing{ID: fmt.Sprint("l", i), Title: fmt.Sprint("Thing ", i), Intent: view.IntentSell, State: view.ListingShown, Seller: viewtest.Me()}
	}
	p := open(t, u, "", "")
	l := p.part.(*list)
	l.all, l.whole = all, true
	began := time.Now()
	l.draw()
	l.rows.ScrollToBottom()
	u.Settle()
	if d := time.Since(began); d > 2*time.Second {
		t.Errorf("took %v", d)
	}
	u.MustHave("Thing 9999")
	if n := len(u.Texts()); n > 300 {
		t.Errorf("%d texts exist", n)
	}
}

// Events are joined, and nothing is asked without one.
func TestEvents(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, "", "")
	before := count(u, "Listings")
	for range 20 {
		p.Event(view.Event{Kind: view.EventMarket})
	}
	wait(u, 2*time.Second)
	if n := count(u, "Listings") - before; n < 1 || n > 2 {
		t.Errorf("20 events asked %d times", n)
	}
	p.Event(view.Event{Kind: view.EventPeers})
	wait(u, 2*time.Second)
	if n := count(u, "Listings") - before; n > 2 {
		t.Errorf("asked %d times for nothing", n)
	}
}

func TestFailures(t *testing.T) {
	u := uitest.New(t)
	u.Fake.Fail("*", view.Errorf(view.CodeUnavailable, "the node is starting").WithHint("wait a moment"))
	for _, r := range []page.Route{{}, {Tab: page.MarketListing, Ref: "x"}, {Tab: page.MarketPost}, {Tab: page.MarketMine}, {Tab: hidden}} {
		open(t, u, r.Tab, r.Ref)
		u.MustHave("the node is starting", "wait a moment")
	}
}

// Hiding an advertisement, or all of a seller after a question.
func TestHide(t *testing.T) {
	u := uitest.New(t)
	open(t, u, "", "")
	u.Tap("Aerial pictures of the delta, 2026")
	l := u.Routes[len(u.Routes)-1]
	open(t, u, l.Tab, l.Ref)
	u.Tap("Hide this")
	u.Drain()
	if r := last[view.HideRequest](t, u, "HideListing"); r.ID != l.Ref || !r.Hidden {
		t.Errorf("asked %+v", r)
	}
	u.Tap("Hide this seller")
	if n := count(u, "HideListing"); n != 1 {
		t.Fatal("a seller was hidden without a question")
	}
	u.Key(fyne.KeyReturn)
	u.Drain()
	if r := last[view.HideRequest](t, u, "HideListing"); r.Seller == "" || !r.Hidden {
		t.Errorf("asked %+v", r)
	}
}

// An advertisement that changes under somebody's eyes stays where it was
// scrolled to.
func TestListingKeepsItsPlace(t *testing.T) {
	u := uitest.NewVariant(t, uitest.Phone())
	open(t, u, "", "")
	u.Tap("Aerial pictures of the delta, 2026")
	l := u.Routes[len(u.Routes)-1]
	p := open(t, u, l.Tab, l.Ref)
	s := p.part.(*listing).body.Objects[0].(*kit.Scroller)
	s.ScrollToOffset(fyne.NewPos(0, 60))
	p.Refresh()
	u.Drain()
	u.Settle()
	if now := p.part.(*listing).body.Objects[0]; now != fyne.CanvasObject(s) || s.Offset.Y != 60 {
		t.Errorf("it is at %v", s.Offset.Y)
	}
}
