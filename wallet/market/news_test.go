package market

import (
	"errors"
	"strings"
	"testing"

	"supercomputing/chain/types"
	"supercomputing/wallet/safetext"
)

func TestNews(t *testing.T) {
	w := newWorld(t)
	w.chain.add(saying(found, "Release 1\nIt works.\nhttps://example.org"), saying(ann, "from ann"), saying(bob, "from bob"), saying(me, "mine"))
	w.sync()
	w.wantNews(NewsQuery{}, "mine", "Release 1")
	list, _ := w.News(NewsQuery{Search: "WORKS"})
	if len(list) != 1 {
		t.Fatalf("%+v", list)
	}
	if p := list[0]; p.Text != "It works.\nhttps://example.org" || !p.Official || p.Name != OfficialName || !p.Unread || len(p.Links) != 1 || !p.Time.Equal(w.chain.BlockTime(1)) {
		t.Errorf("%+v", p)
	}
	if err := w.MarkRead(); err != nil {
		t.Fatal(err)
	}
	// What is subscribed to later is read back, and is not unread.
	c, err := w.Subscribe(ann, "Ann")
	if err != nil || !c.Reading {
		t.Fatalf("%+v, %v", c, err)
	}
	w.sync()
	w.chain.add(saying(ann, "more"), saying(me, "mine too"))
	w.sync()
	w.wantNews(NewsQuery{Channel: ann}, "more", "from ann")
	w.reopen()
	w.sync()
	ch := w.Channels()
	if len(ch) != 2 || !ch[0].Official || ch[0].Unread != 0 || ch[1].Unread != 1 || ch[1].Posts != 2 || ch[1].Reading || ch[1].Name != "Ann" {
		t.Errorf("%+v", ch)
	}
	if err := w.Unsubscribe(ann); err != nil {
		t.Fatal(err)
	}
	w.wantNews(NewsQuery{}, "mine too", "mine", "Release 1")
	if _, err := w.News(NewsQuery{Channel: ann}); !errors.Is(err, ErrNoChannel) {
		t.Error(err)
	}
	if err := w.Unsubscribe(ann); !errors.Is(err, ErrNoChannel) {
		t.Error(err)
	}
}

func TestMutedFoundation(t *testing.T) {
	w := newWorld(t)
	w.chain.add(saying(found, "one"))
	w.sync()
	if err := w.Unsubscribe(found); err != nil {
		t.Fatal(err)
	}
	w.reopen()
	w.chain.add(saying(found, "two"))
	w.sync()
	w.wantNews(NewsQuery{})
	w.wantNews(NewsQuery{Channel: found}, "two", "one")
	if c := w.Channels(); len(c) != 1 || !c[0].Muted || c[0].Unread != 0 || c[0].Posts != 2 {
		t.Errorf("%+v", c)
	}
	if _, err := w.Subscribe(found, ""); err != nil {
		t.Fatal(err)
	}
	w.wantNews(NewsQuery{}, "two", "one")
}

func TestSubscribeRefused(t *testing.T) {
	w := newWorld(t)
	if _, err := w.Subscribe(ann, "Ann's news"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		author types.Address
		name   string
		want   error
	}{
		{bob, "Foundation", ErrChannelName},
		{bob, "Fοundation", safetext.ErrMixed},
		{bob, "F0UNDATlON", ErrChannelName},
		{bob, "Ann´s news", safetext.ErrLetters},
		{bob, "ANN'S NEWS", ErrChannelName},
		{bob, "x\u202ey", safetext.ErrDirection},
		{me, "me", ErrOwnChannel},
		{types.Address{}, "", ErrAuthor},
		{bob, "Bob", nil},
		{ann, "Ann", nil},
	} {
		if _, err := w.Subscribe(c.author, c.name); !errors.Is(err, c.want) {
			t.Errorf("%q: %v, want %v", c.name, err, c.want)
		}
	}
}

// TestPassedOver lists what is no post (PROTOCOL §7).
func TestPassedOver(t *testing.T) {
	for body, want := range map[string]bool{
		"text": true, "two\nlines": true, "": false, " \n": false, "a\rb": false, "a\x00": false, "\x00\x01": false,
		"\xff": false, "a\tb": false, "del\x7f": false, "c1\u0085": false, "schön 日本": true,
	} {
		if readable([]byte(body)) != want {
			t.Errorf("%q: want %v", body, want)
		}
	}
	w := newWorld(t)
	w.chain.add(saying(found, "\x00\x02program"), saying(found, "bell\a"), rec{found, 1, &types.Message{Body: []byte("private")}}, saying(found, "fine"))
	w.sync()
	w.wantNews(NewsQuery{}, "fine")
}

func TestPublishQuote(t *testing.T) {
	w := newWorld(t)
	q, err := w.QuotePublish(" hello\r\nall pаypal ", 0)
	if err != nil || q.Bytes != len("hello\nall pаypal") || q.Affordable || q.Fee == 0 || len(q.Warnings) != 1 {
		t.Errorf("%+v, %v", q, err)
	}
	for _, bad := range []string{"", "\n", "\u200b", "\xff", "bell\a", "turned\u202e", "a\tb", strings.Repeat("a", MaxPost+1)} {
		if _, err := w.QuotePublish(bad, 0); !errors.Is(err, ErrPost) {
			t.Errorf("%q: %v", bad, err)
		}
		if _, err := PublicPost(bad); !errors.Is(err, ErrPost) { // of a shared account
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := w.Advertisement(Request{Title: "a\u202eb"}); !errors.Is(err, safetext.ErrTextDirection) {
		t.Errorf("a shared account's advertisement: %v", err)
	}
	w.chain.add(saying(found, strings.Repeat("ä", 300)))
	w.sync()
	if list, _ := w.News(NewsQuery{}); len(list) != 1 || len(list[0].Title) > maxPostTitle+3 || len(list[0].Text) != 600 {
		t.Errorf("%+v", list)
	}
}

// After a reorganisation what was read stays read wherever it comes back, and
// what is new is unread also below the place that was read last.
func TestReadAfterReorganisation(t *testing.T) {
	w := newWorld(t)
	for _, s := range []string{"one", "two", "three"} {
		w.chain.add(saying(found, s))
	}
	w.sync()
	if err := w.MarkRead(); err != nil {
		t.Fatal(err)
	}
	unread := func(want string) {
		t.Helper()
		list, err := w.News(NewsQuery{})
		var got []string
		for _, p := range list {
			if p.Unread {
				got = append(got, p.Title)
			}
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q is unread, want %q, %v", got, want, err)
		}
	}
	undone := []fakeBlock{w.chain.blocks[2], w.chain.blocks[3]}
	w.chain.cut(2)
	w.chain.add(saying(found, "fresh"))
	w.sync()
	unread("fresh")
	w.reopen()
	for _, b := range undone {
		w.chain.add()
		h := len(w.chain.blocks) - 1
		for c, list := range b.recs {
			for _, r := range list {
				r.Height = uint32(h)
				w.chain.blocks[h].recs[c] = append(w.chain.blocks[h].recs[c], r)
			}
		}
	}
	w.sync()
	w.wantNews(NewsQuery{}, "three", "two", "fresh", "one")
	unread("fresh")
	w.reopen()
	unread("fresh")
	if err := w.MarkRead(); err != nil {
		t.Fatal(err)
	}
	unread("")
	if n := len(w.state.readOnce); n != 0 {
		t.Errorf("%d notes are left", n)
	}
	w.chain.cut(4) // all of it
	w.chain.add(saying(found, "another"))
	w.sync()
	unread("another")
}

// Any channel can be muted, under its name.
func TestMute(t *testing.T) {
	w := newWorld(t)
	if c, err := w.Mute(ann, "Ann", true); err != nil || !c.Muted || !c.Reading {
		t.Fatalf("%+v, %v", c, err)
	}
	w.chain.add(saying(ann, "psst"), saying(found, "news"))
	w.sync()
	w.wantNews(NewsQuery{}, "news")
	w.wantNews(NewsQuery{Channel: ann}, "psst")
	for _, muted := range []bool{false, true} {
		if c, err := w.Mute(ann, "", muted); err != nil || c.Muted != muted || c.Name != "Ann" || c.Posts != 1 {
			t.Errorf("%+v, %v", c, err)
		}
	}
	w.reopen()
	if c, err := w.Mute(found, "", true); err != nil || !c.Muted || c.Name != OfficialName {
		t.Errorf("%+v, %v", c, err)
	}
	w.wantNews(NewsQuery{})
	if c, err := w.Subscribe(ann, "Anna"); err != nil || c.Muted {
		t.Errorf("%+v, %v", c, err)
	}
	w.wantNews(NewsQuery{}, "psst")
}
