package market

import (
	"context"
	"errors"
	"strings"
	"testing"

	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet/safetext"
)

func bid(n byte, author types.Address, fee types.Amount) Waiting {
	return Waiting{Tx: types.Hash{n}, Author: author, Fee: fee, VSize: 400, Record: &types.Advertisement{Title: "bid"}}
}

func TestPrice(t *testing.T) {
	w := newWorld(t)
	free := w.Price()
	if free.ToWin != free.Least || len(free.Waiting) != 0 || free.Least <= consensus.AdFee {
		t.Errorf("%+v", free)
	}
	w.chain.waiting = []Waiting{bid(1, ann, 2*free.Least), bid(2, me, free.Least)}
	p := w.Price()
	if p.ToWin != 2*free.Least+1 || len(p.Waiting) != 2 || !p.Waiting[1].Mine || p.Waiting[0].Rate != 2*free.Least/400 {
		t.Errorf("%+v", p)
	}
}

func TestRankAndToWin(t *testing.T) {
	list := []Waiting{bid(1, ann, 30), bid(2, me, 20), bid(3, bob, 10)}
	for _, c := range []struct {
		fee  types.Amount
		own  byte
		rank int
	}{{31, 0, 1}, {30, 0, 2}, {29, 0, 2}, {20, 0, 3}, {20, 2, 2}, {5, 0, 4}} {
		if got := rank(list, types.Hash{c.own}, c.fee); got != c.rank {
			t.Errorf("rank of %v is %d, want %d", c.fee, got, c.rank)
		}
	}
	for own, want := range map[byte]types.Amount{1: 21, 2: 31, 9: 31} {
		if got := toWin(list, types.Hash{own}, 5); got != want {
			t.Errorf("to win without %d: %v, want %v", own, got, want)
		}
	}
	// Where nodes keep no more, a newcomer pays its own way, 300 here, as well.
	var full []Waiting
	for i := range MaxWaiting {
		full = append(full, Waiting{Tx: types.Hash{byte(i + 1)}, Fee: types.Amount(1000 - i)})
	}
	least := consensus.AdFee + 300
	for fee, want := range map[types.Amount]types.Amount{0: least, least: least + 1, 10 * least: 10*least + 1} {
		for i := range full {
			full[i].Fee = fee
		}
		want = max(want, fee+300)
		if got := toWin(full, types.Hash{}, least); got != want {
			t.Errorf("%d wait that pay %v: %v, want %v", MaxWaiting, fee, got, want)
		}
		if got := toWin(full, full[0].Tx, least); got != max(least, fee+1) {
			t.Errorf("one's own among %d that pay %v: %v", MaxWaiting, fee, got)
		}
	}
	if toWin(nil, types.Hash{}, 5) != 5 || toWin(list, types.Hash{}, 99) != 99 {
		t.Error("never below the least")
	}
}

func TestBadRequests(t *testing.T) {
	w := newWorld(t)
	w.opt.Reach = func() string { return strings.Repeat("x", types.MaxContact+1) }
	ok := Request{Title: "A bicycle", Languages: []string{"de", "EN-us", "de"}}
	for _, c := range []struct {
		name string
		edit func(*Request)
		want error
	}{
		{"fit", func(*Request) {}, nil},
		{"title", func(r *Request) { r.Title = " \u200b\n" }, ErrTitle},
		{"two lines in the title", func(r *Request) { r.Title = "two\nlines" }, ErrTitle},
		{"a turned title", func(r *Request) { r.Title = "a\u202eb" }, safetext.ErrTextDirection},
		{"a control character", func(r *Request) { r.Text = "x\x1b[2J" }, safetext.ErrTextControl},
		{"a category with a tab", func(r *Request) { r.Category = "a\tb" }, ErrCategory},
		{"broken bytes, replaced on their way", func(r *Request) { r.Text = "a\ufffd" }, safetext.ErrNotText},
		{"long title", func(r *Request) { r.Title = strings.Repeat("ä", 65) }, ErrTitle},
		{"no text", func(r *Request) { r.Text = "\xff" }, ErrText},
		{"long text", func(r *Request) { r.Text = strings.Repeat("a", types.MaxAdText+1) }, ErrText},
		{"category", func(r *Request) { r.Category = strings.Repeat("a", 33) }, ErrCategory},
		{"intent", func(r *Request) { r.Intent = 3 }, ErrIntent},
		{"price", func(r *Request) { r.Price = -1 }, ErrPrice},
		{"huge price", func(r *Request) { r.Price = types.MaxAmount + 1 }, ErrPrice},
		{"language", func(r *Request) { r.Languages = []string{"german!"} }, ErrLanguage},
		{"no language", func(r *Request) { r.Languages = []string{""} }, ErrLanguage},
		{"long language", func(r *Request) { r.Languages = []string{strings.Repeat("de-", 40)} }, ErrLanguage},
		{"languages", func(r *Request) {
			for _, l := range "abcdefghijklmnopqrstuvwxyz" {
				r.Languages = append(r.Languages, "de-x-"+string(l))
			}
		}, ErrLanguage},
		{"contact", func(r *Request) { r.Reach = true }, ErrContact},
	} {
		req := ok
		c.edit(&req)
		q, err := w.Quote(req)
		if !errors.Is(err, c.want) || c.want != nil && !errors.Is(err, ErrAdvertisement) {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.want == nil && (q.Affordable || q.Fee != q.Least || q.Rank != 1) {
			t.Errorf("%s: %+v", c.name, q)
		}
	}
	rec, err := w.record(&Request{Title: "  two  words\u200b ", Text: "e\u0301\r\nx\u00ad\n", Languages: ok.Languages})
	if err != nil || rec.Title != "two words" || rec.Text != "é\nx" || rec.Languages != "de,en-US" {
		t.Errorf("%+v, %v", rec, err)
	}
}

func TestNotMine(t *testing.T) {
	w := newWorld(t)
	ctx := context.Background()
	id := w.chain.add(selling("A", 1))[0]
	w.sync()
	w.chain.waiting = []Waiting{bid(1, me, 30), bid(2, ann, 20)}
	check := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	_, err := w.Withdraw(ctx, id, 0)
	check("withdrawing another's", err, ErrNotMine)
	_, err = w.Withdraw(ctx, types.Hash{9}, 0)
	check("withdrawing nothing", err, ErrUnknown)
	_, err = w.Raise(ctx, id, 0, 0)
	check("raising a shown one", err, ErrNotWaiting)
	_, err = w.Raise(ctx, types.Hash{9}, 0, 0)
	check("raising nothing", err, ErrUnknown)
	_, err = w.Raise(ctx, types.Hash{2}, 0, 0)
	check("raising another's", err, ErrNotMine)
	_, err = w.Raise(ctx, types.Hash{1}, 0, 0)
	check("raising the first", err, ErrFirst)
	_, err = w.Raise(ctx, types.Hash{1}, 30, 0)
	check("raising to the same", err, ErrFee)
	_, err = w.Withdraw(ctx, types.Hash{1}, 0)
	if err == nil {
		t.Error("withdrew without coins")
	}
	if l, _ := w.Listing(types.Hash{1}); l.State != StateWaiting {
		t.Error("a failed withdrawal left its mark")
	}
	_, err = w.Post(ctx, Request{Title: "x", Fee: 5})
	check("too little", err, ErrFee)
}
