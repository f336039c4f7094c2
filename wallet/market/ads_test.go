package market

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
)

func TestFilters(t *testing.T) {
	w := newWorld(t)
	buy, service := types.AdBuy, types.AdService
	for _, r := range []rec{
		{ann, 5, &types.Advertisement{Title: "Bicycle", Text: "blue, hardly used", Category: "Vehicles", Price: 300, Languages: "de,en-GB"}},
		{bob, 9, &types.Advertisement{Intent: types.AdBuy, Title: "Old GPU wanted", Category: "hardware", Languages: "fr"}},
		{ann, 7, &types.Advertisement{Intent: types.AdService, Title: "Übersetzung", Text: "Fahrrad-Texte", Category: "HARDWARE", Price: 100, Languages: "de-AT,not a tag!"}},
	} {
		w.chain.add(r)
	}
	w.sync()
	for _, c := range []struct {
		name string
		q    Query
		want []string
	}{
		{"newest", Query{}, []string{"Übersetzung", "Old GPU wanted", "Bicycle"}},
		{"fee", Query{Sort: SortFee}, []string{"Old GPU wanted", "Übersetzung", "Bicycle"}},
		{"price", Query{Sort: SortPrice}, []string{"Übersetzung", "Bicycle", "Old GPU wanted"}},
		{"buy", Query{Intent: &buy}, []string{"Old GPU wanted"}},
		{"service", Query{Intent: &service}, []string{"Übersetzung"}},
		{"category", Query{Category: "Hardware"}, []string{"Übersetzung", "Old GPU wanted"}},
		{"language", Query{Language: "de"}, []string{"Übersetzung", "Bicycle"}},
		{"region", Query{Language: "en-US"}, nil},
		{"region of none", Query{Language: "fr-CA"}, []string{"Old GPU wanted"}},
		{"seller", Query{Seller: bob}, []string{"Old GPU wanted"}},
		{"price up to", Query{MaxPrice: 299}, []string{"Übersetzung"}},
		{"words", Query{Search: "BLUE bicycle"}, []string{"Bicycle"}},
		{"one word missing", Query{Search: "blue car"}, nil},
		{"full width", Query{Search: "ｇｐｕ"}, []string{"Old GPU wanted"}},
		{"page", Query{Skip: 1, Limit: 1}, []string{"Old GPU wanted"}},
		{"beyond", Query{Skip: 7}, nil},
		{"mine", Query{Mine: true}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			w.wantTitles(c.q, c.want...)
		})
	}
	w.t = t
	if _, err := w.Listings(Query{Language: "???"}); !errors.Is(err, ErrLanguage) {
		t.Error(err)
	}
	if got := w.Categories(); len(got) != 2 || got[0].Count != 2 || got[1].Name != "Vehicles" {
		t.Errorf("%+v", got)
	}
}

func TestHide(t *testing.T) {
	w := newWorld(t)
	a := w.chain.add(selling("A", 1))[0]
	w.chain.add(rec{bob, 1, &types.Advertisement{Title: "B"}})
	w.sync()
	if err := w.HideListing(types.Hash{9}, true); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
	if err := errors.Join(w.HideListing(a, true), w.HideSeller(bob, true), w.HideSeller(bob, true)); err != nil {
		t.Fatal(err)
	}
	w.wantTitles(Query{})
	w.reopen()
	w.sync()
	w.wantTitles(Query{Hidden: true}, "B", "A")
	if _, ok := w.Featured(); ok {
		t.Error("a hidden one is featured")
	}
	if err := errors.Join(w.HideListing(a, false), w.HideSeller(bob, false)); err != nil {
		t.Fatal(err)
	}
	w.wantTitles(Query{}, "B", "A")
}

func TestWithdrawals(t *testing.T) {
	w := newWorld(t)
	a := w.chain.add(selling("A", 1))[0]
	b := w.chain.add(selling("B", 2))[0]
	w.chain.add(withdrawing(bob, a), withdrawing(ann, b), rec{ann, 1, &types.Message{Public: true, Body: append([]byte{0, 1}, a[:31]...)}})
	w.sync()
	w.wantTitles(Query{}, "A") // another's withdrawal, and a broken one, do nothing
	if l, err := w.Listing(b); err != nil || l.State != StateWithdrawn {
		t.Errorf("%+v, %v", l, err)
	}
	w.reopen()
	w.sync()
	w.wantTitles(Query{}, "A")
	w.chain.cut(1) // the withdrawal is gone with its block
	w.chain.addEmpty(2)
	w.sync()
	w.wantTitles(Query{}, "B", "A")
}

func TestReorganisation(t *testing.T) {
	w := newWorld(t)
	if _, err := w.Subscribe(ann, ""); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name         string
		shared, deep int
	}{{"shallow", 10, 3}, {"beyond the marks", 300, 250}} {
		w.chain.addEmpty(c.shared)
		w.chain.add(selling("stays "+c.name, 1), saying(ann, "stays "+c.name))
		w.sync()
		w.chain.add(selling("goes", 1), saying(ann, "goes"))
		w.chain.addEmpty(c.deep - 1)
		w.sync()
		w.wantTitles(Query{Limit: 2}, "goes", "stays "+c.name)
		w.wantNews(NewsQuery{Limit: 2}, "goes", "stays "+c.name)
		w.chain.cut(c.deep)
		w.chain.addEmpty(c.deep)
		w.chain.add(selling("comes "+c.name, 1), saying(ann, "comes "+c.name))
		if c.deep%2 == 0 {
			w.reopen()
		}
		w.sync()
		w.wantTitles(Query{Limit: 2}, "comes "+c.name, "stays "+c.name)
		w.wantNews(NewsQuery{Limit: 2}, "comes "+c.name, "stays "+c.name)
	}
	w.chain.cut(400) // to a shorter chain
	w.sync()
	w.wantTitles(Query{}, "comes shallow", "stays shallow")
}

// TestReopen checks that a market that followed block by block and one that
// starts now agree, and that the second does not read all messages again.
func TestReopen(t *testing.T) {
	w := newWorld(t)
	private := &types.Message{Body: make([]byte, 100)}
	for i := range 700 {
		w.chain.add(selling("ad", types.Amount(i)), saying(found, "news"), rec{bob, 1, private})
		if i%50 == 0 {
			w.sync()
		}
	}
	w.sync()
	before, _ := w.Listings(Query{Limit: 500})
	w.chain.reads = 0
	w.reopen()
	w.sync()
	after, _ := w.Listings(Query{Limit: 500})
	if len(before) != 500 || len(after) != 500 || before[499].ID != after[499].ID {
		t.Errorf("%d, then %d listings", len(before), len(after))
	}
	if w.chain.reads > 800 {
		t.Errorf("%d records read again", w.chain.reads)
	}
	if c := w.Channels(); c[0].Posts != maxPosts {
		t.Errorf("%d posts kept, want %d", c[0].Posts, maxPosts)
	}
}

func TestOver(t *testing.T) {
	w := newWorld(t)
	a := w.chain.add(selling("A", 1))[0]
	w.sync()
	l, err := w.Listing(a)
	if err != nil || l.State != StateShown || l.Height != 1 {
		t.Fatalf("%+v, %v", l, err)
	}
	w.chain.addEmpty(consensus.AdBlocks - 1)
	w.sync()
	w.wantTitles(Query{}, "A")
	w.chain.addEmpty(1)
	w.sync()
	w.wantTitles(Query{})
	if l, err = w.Listing(a); err != nil || l.State != StateOver || l.Title != "A" {
		t.Errorf("%+v, %v", l, err)
	}
	if _, err := w.Listing(types.Hash{7}); !errors.Is(err, ErrUnknown) {
		t.Error(err)
	}
}

func TestFeatured(t *testing.T) {
	w := newWorld(t)
	w.chain.add(selling("rich and old", 1000))
	hour := int(featuredFor / fakeSlot)
	w.chain.addEmpty(hour - 3)
	w.chain.add(selling("good", 50))
	w.chain.add(selling("cheap", 5))
	w.sync()
	if l, ok := w.Featured(); !ok || l.Title != "rich and old" {
		t.Errorf("%+v", l)
	}
	w.chain.addEmpty(1)
	w.sync()
	if l, ok := w.Featured(); !ok || l.Title != "good" {
		t.Errorf("%+v", l)
	}
	w.chain.addEmpty(hour)
	w.sync()
	if _, ok := w.Featured(); ok {
		t.Error("an old one is featured")
	}
}

// TestHostile shows what strangers wrote only cleaned and with warnings.
func TestHostile(t *testing.T) {
	w := newWorld(t)
	id := w.chain.add(rec{ann, 1, &types.Advertisement{Title: "line\nbreak \u202egnp.exe", Text: "see https://paypal.com@evil.net \u200b",
		Category: "\u200e", Languages: ",,,de,de,x y z", Contact: "x\u202ey"}})[0]
	w.sync()
	l, err := w.Listing(id)
	if err != nil {
		t.Fatal(err)
	}
	if l.Title != "line break gnp.exe" || strings.Contains(l.Text, "\u200b") || l.Category != "" || l.Contact != "xy" || len(l.Languages) != 1 {
		t.Errorf("%+v", l)
	}
	if len(l.Warnings) != 2 || len(l.Links) != 1 || l.Links[0].Host != "evil.net" || l.Links[0].Warning == "" {
		t.Errorf("%q, %+v", l.Warnings, l.Links)
	}
}

// failing is a store whose writes fail.
type failing struct {
	wallet.Store
	err error
}

func (f *failing) Commit(c []wallet.Change) error {
	if f.err != nil {
		return f.err
	}
	return f.Store.Commit(c)
}

func TestFailures(t *testing.T) {
	w := newWorld(t)
	disk := &failing{Store: w.store}
	w.store = disk
	w.reopen()
	w.chain.add(selling("A", 1), saying(found, "hello"))
	full := errors.New("disk full")
	disk.err = full
	if err := w.Sync(context.Background()); !errors.Is(err, full) {
		t.Fatal(err)
	}
	if _, err := w.Subscribe(bob, "Bob"); !errors.Is(err, full) || len(w.Channels()) != 1 {
		t.Error(err, w.Channels())
	}
	disk.err = nil
	w.chain.err = full
	if err := w.Sync(context.Background()); !errors.Is(err, full) {
		t.Fatal(err)
	}
	w.chain.err = nil
	w.sync()
	w.wantTitles(Query{}, "A")
	w.wantNews(NewsQuery{}, "hello")
	done, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.Sync(done); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestRun follows blocks as they come, and tells watchers.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		changed, stop := w.Watch()
		defer stop()
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		synctest.Wait()
		w.chain.add(selling("A", 1), saying(ann, "old"))
		<-changed
		w.wantTitles(Query{}, "A")
		if _, err := w.Subscribe(ann, "Ann"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		w.wantNews(NewsQuery{}, "old")
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}
