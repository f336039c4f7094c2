package market

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// listing shows all about one advertisement.
type listing struct {
	section
	id     string
	shown  bool
	change *page.Coalesce
}

func newListing(s section, id string) *listing {
	l := &listing{section: s, id: id}
	l.body = kit.Stack(kit.Loading(6))
	l.change = page.NewCoalesce(l.scope, 500*time.Millisecond, l.refresh)
	l.change.Ask()
	return l
}

func (l *listing) event(e view.Event) {
	if e.Kind == view.EventMarket {
		l.change.Ask()
	}
}

func (l *listing) refresh() {
	page.LoadKey(l.scope, "listing", func(ctx context.Context) (view.Listing, error) { return l.env.Backend.Listing(ctx, l.id) }, func(v view.Listing, err error) {
		if err != nil {
			if l.shown {
				l.env.Fail(err) // what was known stays
				return
			}
			set(l.body, l.env.Kit.Failure(err, l.refresh))
			return
		}
		l.shown = true
		l.redraw(kit.Sides(760, kit.Top(l.words(v)), kit.Top(l.side(v))))
	})
}

// words is what the advertisement says.
func (l *listing) words(v view.Listing) fyne.CanvasObject {
	T := l.env.T
	col := kit.Column(advert(l.env, v))
	for _, k := range v.Links {
		col.Add(l.link(k))
	}
	for _, w := range v.Warnings {
		col.Add(warning(w))
	}
	if !v.Mine {
		col.Add(kit.Small(T("market.unchecked")).Wrap())
	}
	return kit.Panel(col)
}

// advert draws what everybody sees of an advertisement; the preview of a new one
// is the same.
func advert(env *page.Env, v view.Listing) fyne.CanvasObject {
	top := kit.RowGap(8, kit.Pill(intentTone(v.Intent), intentName(env, v.Intent)))
	if s := tags(v); s != "" {
		top.Add(kit.Grow(kit.Small(s).Truncate()))
	}
	col := kit.Column(top, kit.Title(v.Title).Wrap(), kit.Heading(priceText(env, v.Price)).Tone(look.Primary))
	if s := strings.TrimSpace(v.Text); s != "" {
		col.Add(kit.Paragraph(s))
	}
	return col
}

// link shows where a link really leads; it is opened after a question.
func (l *listing) link(k view.Link) fyne.CanvasObject {
	T := l.env.T
	host := k.Host
	if host == "" {
		host = k.Text
	}
	col := kit.Tight(kit.RowGap(8, kit.Icon("link", look.Primary), kit.Left(kit.Link(host, func() {
		o := kit.ConfirmOptions{Title: T("market.link.title"), Text: T("market.link.text"), Action: T("market.link.open"), Do: func() { l.openLink(k.Text) },
			Facts: []kit.Fact{{Label: T("market.link.host"), Value: host, Mono: true, Strong: true}, {Label: T("market.link.written"), Value: k.Text, Mono: true}}}
		if k.Warning != "" {
			o.Tone, o.Extra = look.Danger, warning(k.Warning)
		}
		l.env.Kit.Confirm(o)
	}))))
	if k.Warning != "" {
		col.Add(warning(k.Warning))
	}
	return col
}

func (l *listing) openLink(to string) {
	if !strings.Contains(to, "://") {
		to = "https://" + to
	}
	page.Load(l.scope, func(ctx context.Context) (struct{}, error) { return struct{}{}, l.env.Host.Show(ctx, to) }, func(_ struct{}, err error) {
		if err != nil {
			l.env.Fail(err)
		}
	})
}

// side is the seller, what can be done, and how it stands.
func (l *listing) side(v view.Listing) fyne.CanvasObject {
	T := l.env.T
	name, tone := stateName(l.env, v.State)
	facts := []kit.Fact{{Label: T("market.state"), Object: kit.Left(kit.Pill(tone, name))}}
	if !v.Posted.IsZero() {
		facts = append(facts, kit.Fact{Label: T("market.posted"), Value: l.env.Text.When(v.Posted, l.env.Now())})
	}
	if !v.Ends.IsZero() {
		facts = append(facts, kit.Fact{Label: T("market.ends"), Value: l.env.Text.DateTime(v.Ends)})
	}
	facts = append(facts, kit.Fact{Label: T("market.paid"), Value: l.env.Text.Exact(v.Fee)})
	about := kit.Card(T("market.about"), nil, kit.Column(kit.Facts(facts...), kit.Left(kit.Ghost(T("market.tx"), func() {
		l.env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerTx, Ref: v.ID})
	}).Icon("explore").Small())))
	if v.Mine {
		return kit.Loose(kit.Card(T("market.yours"), nil, kit.Column(kit.Paragraph(T("market.yours.text")), kit.Left(kit.Secondary(T("market.tab.mine"), func() { l.page.open(page.MarketMine, "") })))), about)
	}
	return kit.Loose(kit.Card(T("market.seller"), nil, l.seller(v)), about)
}

func (l *listing) seller(v view.Listing) fyne.CanvasObject {
	T := l.env.T
	write := kit.Primary(T("market.write"), func() {
		l.env.Go(page.Route{Page: page.Messages, Tab: page.MessagesChat, Ref: v.Seller, Args: page.Attach{Listing: v.ID, Title: v.Title}})
	}).Icon("chat")
	col := kit.Column(l.env.Kit.Address(v.Seller, v.SellerName), write)
	if v.Intent != view.IntentBuy {
		col.Add(kit.Secondary(T("market.pay"), func() {
			uri := view.PayURI{Address: v.Seller, Amount: v.Price, Label: v.SellerName, Message: v.Title}
			l.env.Go(page.Route{Page: page.Wallet, Tab: page.WalletSend, Ref: uri.String()})
		}).Icon("payments"))
	}
	more := kit.Ghost(T("market.moreof"), func() {
		l.page.kept.query = view.ListingsQuery{Seller: v.Seller}
		l.page.open("", "")
	}).Icon("storefront").Small()
	hideOne := kit.Ghost(T("market.hide"), func() {
		l.hide(view.HideRequest{ID: v.ID, Hidden: true}, func() { l.env.Toast(look.Success, T("market.hidden.one")); l.page.open("", "") })
	}).Icon("visibility_off").Small()
	hideAll := kit.Ghost(T("market.hideseller"), func() {
		l.env.Kit.Confirm(kit.ConfirmOptions{Title: T("market.hideseller.title", "name", sellerName(l.env, v)), Text: T("market.hideseller.text"), Action: T("market.hideseller"), Do: func() {
			l.hide(view.HideRequest{Seller: v.Seller, Hidden: true}, func() { l.env.Toast(look.Success, T("market.hidden.all")); l.page.open("", "") })
		}})
	}).Icon("block").Small()
	if v.Hidden {
		hideOne = kit.Ghost(T("market.unhide"), func() {
			l.hide(view.HideRequest{ID: v.ID}, func() { l.env.Toast(look.Success, T("market.unhidden")); l.refresh() })
		}).Icon("visibility").Small()
	}
	col.Add(kit.Tight(kit.Left(more), kit.Left(hideOne), kit.Left(hideAll)))
	return col
}
