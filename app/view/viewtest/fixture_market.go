package viewtest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

func listings() []view.Listing {
	l := func(id, intent, title, text, category, price, seller, fee string, d time.Duration, languages ...string) view.Listing {
		v := view.Listing{ID: ID("listing " + id), State: view.ListingShown, Intent: intent, Title: title, Text: text, Category: category, Price: coin(price), Languages: languages, Seller: Address(seller),
			SellerName: people[seller], Mine: seller == "me", Fee: coin(fee), Posted: ago(d), Ends: Now().Add(30*24*time.Hour - d), Height: heightAt(ago(d)), Links: []view.Link{}, Warnings: []string{}}
		return v
	}
	out := []view.Listing{
		l("delta", view.IntentSell, "Aerial pictures of the delta, 2026", "412 pictures at 8,192 × 5,464, with places and times. Free for teaching; this pays for the flights.", "data", "15", "Archive of Rivers", "0.24", 22*time.Minute, "en"),
		l("lights", view.IntentService, "Lighting and shading for short films", "Two artists, eight years of Blender. We answer within a day and send a test frame first.", "animation", "40", "Studio Kite", "0.18", 3*time.Hour, "en", "es"),
		l("fonts", view.IntentSell, "手写中文字体，含 6763 个汉字", "可用于海报和界面，附授权书。购买前可先试用 200 字。", "design", "8.5", "王小雨", "0.12", 9*time.Hour, "zh"),
		l("gpu", view.IntentBuy, "Wanted: nodes with 24 GB of memory or more", "For scenes of city size. Bids from 5 SCC a job, every weekday.", "computing", "5", "Tomás", "0.09", 26*time.Hour, "en", "de"),
		l("mine", view.IntentSell, "Seamless rock and sea textures", "Twelve sets in 4K with normals and height. Made for the lighthouse film.", "design", "3.2", "me", "0.07", 40*time.Hour, "en"),
		l("song", view.IntentService, "Songs for games, recorded with a small choir", "Send a scene or a mood, get two sketches.", "music", "0", "Noor", "0.05", 4*24*time.Hour, "en", "ar"),
		l("proof", view.IntentService, "Proofreading, English and German", "Up to 20 pages a day.", "writing", "1.2", "stranger", "0.03", 6*24*time.Hour, "en", "de"),
	}
	waiting := l("waiting", view.IntentService, "Frames denoised overnight", "Send EXR, get PNG.", "animation", "0.02", "me", "0.15", time.Minute, "en")
	waiting.State, waiting.Height = view.ListingWaiting, 0
	over := l("over", view.IntentBuy, "Looking for sounds of harbours", "", "music", "2", "me", "0.04", 33*24*time.Hour, "en")
	over.State = view.ListingOver
	out[6].Links = []view.Link{{Text: "proof-read.example", Host: "proof-read.example"}}
	return append(out, waiting, over)
}

func listingsFor(q view.ListingsQuery) []view.Listing {
	out := []view.Listing{}
	for _, l := range listings() {
		text := strings.ToLower(l.Title + l.Text + l.Category + l.SellerName)
		switch {
		case q.Hidden, q.Mine && !l.Mine, !q.Mine && l.State != view.ListingShown:
		case q.Intent != "" && l.Intent != q.Intent, q.Category != "" && l.Category != q.Category, q.Seller != "" && l.Seller != q.Seller:
		case q.Language != "" && !slices.Contains(l.Languages, q.Language), q.MaxPrice > 0 && l.Price > q.MaxPrice:
		case !strings.Contains(text, strings.ToLower(q.Search)):
		default:
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b view.Listing) int {
		switch q.Sort {
		case view.SortFee:
			return cmp.Compare(b.Fee, a.Fee)
		case view.SortPrice:
			return cmp.Compare(a.Price, b.Price)
		}
		return b.Posted.Compare(a.Posted)
	})
	return cut(out, q.Page, 50)
}

func fillMarket(f *Fake) {
	reply(f, "Listings", func(q view.ListingsQuery) (any, error) { return listingsFor(q), nil })
	reply(f, "Listing", func(id string) (any, error) {
		for _, l := range listings() {
			if l.ID == id {
				return l, nil
			}
		}
		return nil, errNothing
	})
	f.must("FeaturedListing", listings()[0])
	f.must("AdPrice", view.AdPrice{Least: coin("0.02"), ToWin: coin("0.1501"), BlockTime: blockGap, Waiting: []view.AdBid{
		{ID: ID("listing waiting"), Fee: coin("0.15"), Rate: 41_000, Title: "Frames denoised overnight", Mine: true}, {ID: ID("ad 2"), Fee: coin("0.11"), Rate: 30_500, Title: "Drone flights in the north"},
		{ID: ID("ad 3"), Fee: coin("0.04"), Rate: 12_000, Title: "旧书转让"}}})
	reply(f, "QuoteListing", func(r view.ListingRequest) (any, error) {
		fee := r.Fee
		if fee == 0 {
			fee = coin("0.02")
		}
		q := view.ListingQuote{Fee: fee, Least: coin("0.02"), ToWin: coin("0.1501"), Rank: 4, Blocks: 129_600, Ends: Now().Add(30 * 24 * time.Hour), Affordable: true, Notes: []string{}}
		for _, other := range []types.Amount{coin("0.15"), coin("0.11"), coin("0.04")} {
			if fee > other {
				q.Rank--
			}
		}
		return q, nil
	})
	reply(f, "PostListing", func(r view.ListingRequest) (any, error) {
		return view.Listing{ID: ID("listing " + r.Title), State: view.ListingWaiting, Intent: r.Intent, Title: r.Title, Text: r.Text, Category: r.Category, Price: r.Price, Languages: r.Languages, Seller: Me(), Mine: true, Fee: r.Fee, Posted: Now()}, nil
	})
	reply(f, "RaiseListing", func(r view.RaiseListingRequest) (any, error) {
		for _, l := range listings() {
			if l.ID == r.ID {
				l.Fee = max(r.Fee, coin("0.1501"))
				return l, nil
			}
		}
		return nil, errNothing
	})
	f.must("QuoteWithdraw", view.WithdrawQuote{Fee: coin("0.00002"), Instead: coin("0.15"), Affordable: true, Notes: []string{}})
	f.must("WithdrawListing", view.Sent{TxID: ID("withdraw"), Fee: coin("0.00002")})
}

func fillNews(f *Fake) {
	p := func(id, author, title, text string, d time.Duration, unread bool) view.NewsPost {
		return view.NewsPost{ID: ID("news " + id), Author: Address(author), Name: people[author], Official: author == "Foundation", Title: title, Text: text, Height: heightAt(ago(d)), Time: ago(d), Unread: unread, Links: []view.Link{}, Warnings: []string{}}
	}
	posts := []view.NewsPost{
		p("1", "Foundation", "Version 1.0 is out", "Rendering with Blender and POV-Ray, shared accounts and the market are in. Thank you to the 214 people who tested.", 5*time.Hour, true),
		p("2", "Studio Kite", "Our film is on the network", "“Blocks” can be fetched from 41 nodes now. Rendering it took 9 days and 310 SCC.", 20*time.Hour, true),
		p("3", "Foundation", "The compute fund pays for open data in December", "Write to us with what should be kept.", 6*24*time.Hour, false),
		p("4", "Archive of Rivers", "2026 data set", "All gauges until October.", 8*24*time.Hour, false),
	}
	reply(f, "News", func(q view.NewsQuery) (any, error) {
		out := []view.NewsPost{}
		for _, n := range posts {
			if (q.Channel == "" || q.Channel == n.Author) && strings.Contains(strings.ToLower(n.Title+n.Text), strings.ToLower(q.Search)) {
				out = append(out, n)
			}
		}
		return cut(out, q.Page, 50), nil
	})
	f.must("Channels", []view.Channel{{Author: Address("Foundation"), Name: "Foundation", Official: true, Unread: 1, Posts: 2}, {Author: Address("Studio Kite"), Name: "Studio Kite", Unread: 1, Posts: 1}, {Author: Address("Archive of Rivers"), Name: "Archive of Rivers", Posts: 1}})
	reply(f, "Subscribe", func(r view.SubscribeRequest) (any, error) {
		return view.Channel{Author: r.Author, Name: r.Name, Muted: r.Mute != nil && *r.Mute}, nil
	})
	reply(f, "QuotePublish", func(r view.PublishRequest) (any, error) {
		return view.PublishQuote{Bytes: len(r.Text), Price: types.Amount(8 * (len(r.Text) + 180)), Affordable: true}, nil
	})
	f.must("Publish", view.Sent{TxID: ID("post"), Fee: coin("0.00004")})
}
