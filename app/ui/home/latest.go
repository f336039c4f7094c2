package home

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// advert is the advertisement that pays best.
type advert struct {
	h      *Home
	object *fyne.Container
	place  *fyne.Container
}

func (a *advert) init(h *Home) {
	a.h = h
	env := h.env
	a.place = kit.Stack(kit.Loading(1))
	all := kit.Ghost(env.T("home.all"), func() { env.Go(page.Route{Page: page.Market}) }).Small()
	a.object = kit.Card(env.T("home.advert"), all, a.place)
}

func (a *advert) load() {
	page.LoadKey(a.h.scope, "advert", a.h.env.Backend.FeaturedListing, func(l *view.Listing, err error) {
		a.set(a.content(l, err))
	})
}

func (a *advert) set(o fyne.CanvasObject) {
	a.place.Objects = []fyne.CanvasObject{o}
	a.place.Refresh()
	a.h.body.Refresh()
}

func (a *advert) content(l *view.Listing, err error) fyne.CanvasObject {
	env := a.h.env
	if err != nil {
		return env.Kit.FailureLine(err, a.load)
	}
	if l == nil {
		return kit.Muted(env.T("home.advert.none")).Wrap()
	}
	who := l.SellerName
	if who == "" {
		who = text.Short(l.Seller)
	}
	price := env.T("home.advert.ask")
	if l.Price > 0 {
		price = env.Text.Amount(l.Price)
	}
	return kit.Tap(kit.ColumnGap(8, kit.Strong(l.Title).Wrap(), kit.Small(l.Text).Wrap(),
		kit.RowGap(8, kit.Avatar(l.Seller, 22), kit.Grow(kit.Small(who).Truncate()), kit.Strong(price).Tone(look.Primary))),
		func() { env.Go(page.Route{Page: page.Market, Tab: page.MarketListing, Ref: l.ID}) }).SetLabel(l.Title)
}

// news are the newest posts of the channels that are followed.
type news struct {
	h      *Home
	object *fyne.Container
	place  *fyne.Container
	posts  []view.NewsPost
	known  bool
}

func (n *news) init(h *Home) {
	n.h = h
	env := h.env
	n.place = kit.Stack(kit.Loading(2))
	all := kit.Ghost(env.T("home.all"), func() { env.Go(page.Route{Page: page.Messages, Tab: page.MessagesNews}) }).Small()
	n.object = kit.Card(env.T("home.news"), all, n.place)
}

func (n *news) load() {
	const most = 3
	b := n.h.env.Backend
	page.LoadKey(n.h.scope, "news", func(ctx context.Context) ([]view.NewsPost, error) {
		return b.News(ctx, view.NewsQuery{Page: view.Page{Limit: most}})
	}, func(list []view.NewsPost, err error) {
		if err != nil {
			n.set(n.h.env.Kit.FailureLine(err, n.load))
			return
		}
		n.posts, n.known = list[:min(most, len(list))], true
		n.show()
		n.h.body.Refresh()
	})
}

func (n *news) set(o fyne.CanvasObject) {
	n.place.Objects = []fyne.CanvasObject{o}
	n.place.Refresh()
}

func (n *news) show() {
	env := n.h.env
	if !n.known {
		return
	}
	if len(n.posts) == 0 {
		n.set(kit.Muted(env.T("home.news.none")).Wrap())
		return
	}
	col := kit.ColumnGap(6)
	for _, p := range n.posts {
		title := kit.Body(p.Title).Wrap()
		var mark fyne.CanvasObject = kit.MinSize(8, 8, kit.Stack())
		if p.Unread {
			title.Bold()
			mark = kit.Dot(look.Primary)
		}
		who := p.Name
		if who == "" {
			who = text.Short(p.Author)
		}
		words := kit.ColumnGap(2, title, kit.Small(who+" · "+env.Text.Ago(p.Time, env.Now())).Wrap())
		col.Add(kit.Tap(kit.PadXY(0, 4, kit.RowGap(10, mark, kit.Grow(words))),
			func() { env.Go(page.Route{Page: page.Messages, Tab: page.MessagesNews, Ref: p.Author}) }).SetLabel(p.Title))
	}
	n.set(col)
}
