package explorer

import (
	"fmt"
	"testing"
	"time"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

func open(t *testing.T, u *uitest.UI, tab, ref string) *Page {
	t.Helper()
	p := New(u.Env, page.Route{Page: page.Explorer, Tab: tab, Ref: ref}).(*Page)
	u.ShowPage(p)
	u.Drain()
	return p
}

func answer(t *testing.T, u *uitest.UI, method string, v any) {
	t.Helper()
	if err := u.Fake.Answer(method, v); err != nil {
		t.Fatal(err)
	}
}

// Every part in every look: all of it is there and nothing is cut.
func TestParts(t *testing.T) {
	uitest.Each(t, func(t *testing.T, u *uitest.UI) {
		for _, r := range []page.Route{{}, {Tab: page.ExplorerBlock, Ref: "48200"}, {Tab: page.ExplorerTx, Ref: viewtest.ID("tx")},
			{Tab: page.ExplorerAddress, Ref: viewtest.Address("Studio Kite")}, {Tab: page.ExplorerJob, Ref: viewtest.RenderJob()},
			{Tab: page.ExplorerDapp, Ref: "render"}, {Tab: page.ExplorerSeats}, {Tab: page.ExplorerTotals}, {Tab: dapps}} {
			open(t, u, r.Tab, r.Ref)
			u.NothingCut()
			u.Picture("explorer-" + r.Tab)
		}
	})
}

// New blocks come to the top, older ones when the end is near, and what a
// reorganisation took away goes.
func TestJoin(t *testing.T) {
	list := func(fork string, heights ...int) (out []view.BlockBrief) {
		for _, h := range heights {
			out = append(out, view.BlockBrief{Height: uint32(h), Hash: fmt.Sprint(fork, h)})
		}
		return out
	}
	known := list("a", 9, 8, 7, 6, 5, 4)
	for _, c := range []struct {
		name  string
		newer []view.BlockBrief
		want  []view.BlockBrief
	}{
		{"first", list("a", 3, 2), list("a", 3, 2)},
		{"two more", list("a", 11, 10, 9, 8), list("a", 11, 10, 9, 8, 7, 6, 5, 4)},
		{"nothing new", list("a", 9, 8, 7), known},
		{"a gap", list("a", 30, 29, 28), list("a", 30, 29, 28)},
		{"another fork", append(list("b", 10, 9, 8), list("a", 7)...), append(list("b", 10, 9, 8), list("a", 7, 6, 5, 4)...)},
		{"a deep fork", list("b", 10, 9, 8), list("b", 10, 9, 8)},
		{"nothing", nil, nil},
	} {
		from := known
		if c.name == "first" {
			from = nil
		}
		if got := join(c.newer, append([]view.BlockBrief(nil), from...)); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// 48,000 blocks are a long list of which only the rows on screen exist; a new
// tip is asked for, and a tap opens its block.
func TestBlocks(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, "", "")
	u.MustHave("48,213", "a scores", "e messages")
	if n := len(uitest.Texts(p.Object())); n > 600 {
		t.Errorf("%d texts exist", n)
	}
	calls := len(u.Fake.Calls())
	for range 10 {
		p.Event(view.Event{Kind: view.EventTip})
	}
	u.Advance(time.Second)
	u.Drain()
	if n := len(u.Fake.Calls()) - calls; n < 1 || n > 2 {
		t.Errorf("ten events asked %d times", n)
	}
	b := p.part.(*blocks)
	before := len(b.list)
	b.older()
	u.Drain()
	if len(b.list) != before+someBlocks {
		t.Errorf("%d blocks after the older ones, %d before", len(b.list), before)
	}
	for i := range b.list {
		if want := b.list[0].Height - uint32(i); b.list[i].Height != want {
			t.Fatalf("block %d at place %d, want %d", b.list[i].Height, i, want)
		}
	}
	u.Tap("48,211")
	if len(u.Routes) != 1 || u.Routes[0].Tab != page.ExplorerBlock || u.Routes[0].Ref != b.list[2].Hash {
		t.Errorf("went to %+v", u.Routes)
	}
}

func TestSearch(t *testing.T) {
	u := uitest.New(t)
	open(t, u, "", "")
	answer(t, u, "Search", []view.SearchHit{{Kind: view.HitJob, Ref: "abcd", Title: "film"}})
	u.Type("Height, hash, address, job, name …", "abcd")
	u.Submit("Height, hash, address, job, name …")
	u.Drain()
	if len(u.Routes) != 1 || u.Routes[0] != (page.Route{Page: page.Explorer, Tab: page.ExplorerJob, Ref: "abcd"}) {
		t.Errorf("went to %+v", u.Routes)
	}
	answer(t, u, "Search", []view.SearchHit{{Kind: view.HitBlock, Ref: "455", Title: "block 455"}, {Kind: view.HitDapp, Ref: "455", Title: "fourfivefive"}})
	u.Submit("Height, hash, address, job, name …")
	u.Drain()
	u.MustHave("block 455", "fourfivefive")
	u.Tap("fourfivefive")
	if got := u.Routes[len(u.Routes)-1]; got.Tab != page.ExplorerDapp {
		t.Errorf("went to %+v", got)
	}
	answer(t, u, "Search", []view.SearchHit{})
	u.Submit("Height, hash, address, job, name …")
	u.Drain()
	u.MustHave("Nothing is called “abcd”")
	u.Tap("Close")
	u.Fake.Fail("Search", view.Errorf(view.CodeUnavailable, "starting"))
	u.Submit("Height, hash, address, job, name …")
	u.Drain()
	if len(u.Failures) != 1 {
		t.Errorf("failures %v", u.Failures)
	}
}

// The coinbase's parts are summed by role, the largest first.
func TestBlock(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.ExplorerBlock, "48200")
	u.MustHave("Block 48,200", "Who got what", "Work", "Producer", "48200d")
	u.Tap("Where it came from")
	u.MustHave("New coin", "Bids of jobs")
	u.Tap("Before")
	if got := u.Routes[len(u.Routes)-1]; got.Tab != page.ExplorerBlock || got.Ref == "" {
		t.Errorf("went to %+v", got)
	}
}

func TestAudit(t *testing.T) {
	u := uitest.New(t)
	open(t, u, page.ExplorerTotals, "")
	answer(t, u, "Audit", view.Audit{Height: 9, DigestOK: true, Conserved: true, Terms: []view.Term{{Name: "outputs", Amount: 5}}, Left: 5, Right: 5})
	u.Tap("Add it all up")
	u.Drain()
	u.MustHave("No coin is missing, none is too many", "outputs")
	answer(t, u, "Audit", view.Audit{Height: 9, DigestOK: true, Terms: []view.Term{}, Left: 5, Right: 4})
	u.Tap("Once more")
	u.Drain()
	u.MustHave("this node's data is damaged")
}

func TestFailures(t *testing.T) {
	u := uitest.New(t)
	u.Fake.Fail("*", view.Errorf(view.CodeNotFound, "there is no such thing").WithHint("look again"))
	for _, tab := range append([]string{page.ExplorerBlock, page.ExplorerTx, page.ExplorerAddress, page.ExplorerJob, page.ExplorerDapp}, overviews...) {
		open(t, u, tab, "x")
		u.MustHave("there is no such thing", "look again")
	}
}

// Places are shown without the page being made anew, and say where they are.
func TestShow(t *testing.T) {
	u := uitest.New(t)
	p := open(t, u, "", "")
	r := page.Route{Page: page.Explorer, Tab: page.ExplorerTx, Ref: viewtest.ID("tx")}
	if !p.Show(r) || p.Place() != r {
		t.Errorf("at %+v", p.Place())
	}
	u.Drain()
	u.MustHave("All blocks")
	u.Tap("All blocks")
	if got := u.Routes[len(u.Routes)-1]; got != (page.Route{Page: page.Explorer}) {
		t.Errorf("went to %+v", got)
	}
}
