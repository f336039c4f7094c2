package market

import (
	"context"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// someListings is how many advertisements are asked for at a time.
const someListings = 60

// list shows advertisements as cards, the featured one on top.
type list struct {
	section
	hidden   bool
	query    *view.ListingsQuery // the filters, kept by the page
	featured *view.Listing
	all      []view.Listing
	rest     []view.Listing // all but the featured one, when that stands above
	loaded   bool
	answers  view.ListingsQuery // what all answers
	whole    bool
	more     bool
	columns  int
	rows     *kit.Rows[*cardRow]
	probe    *cardRow
	search   *kit.EntryBox
	category *kit.EntryBox
	language *kit.EntryBox
	most     *kit.AmountEntry
	filters  *fyne.Container
	box      *fyne.Container
	change   *page.Coalesce
}

func newList(s section, hidden bool) *list {
	l := &list{section: s, hidden: hidden, query: &s.page.kept.query}
	l.columns = 3
	if l.env.Narrow {
		l.columns = 1
	} else if look.TextScale() > 1.2 {
		l.columns = 2
	}
	l.probe = newCardRow(l)
	l.rows = kit.NewRows(kit.RowsOptions[*cardRow]{
		Len: l.lines, Make: func() *cardRow { return newCardRow(l) }, Fill: func(i int, r *cardRow) { r.set(i) }, More: l.older, Plain: true,
		Key:    l.key,
		Height: func(i int, width float32) float32 { l.probe.set(i); return l.probe.HeightFor(width) },
	})
	l.box = kit.Stack(kit.Loading(6))
	l.change = page.NewCoalesce(l.scope, 400*time.Millisecond, l.load)
	if hidden {
		l.body = kit.Stack(l.box)
	} else {
		l.body = kit.Stack(kit.ColumnGap(14, l.bar(), kit.Grow(l.box)))
	}
	l.scope.Every(time.Minute, l.rows.Update) // how long they are still shown
	l.change.Ask()
	return l
}

// top tells whether the featured advertisement stands above the others.
func (l *list) top() bool {
	q := l.query
	return !l.hidden && l.featured != nil && q.Search == "" && q.Intent == "" && q.Category == "" && q.Language == "" && q.Seller == "" && q.MaxPrice == 0
}

// lines is how many rows of cards there are.
func (l *list) lines() int {
	n := (len(l.rest) + l.columns - 1) / l.columns
	if l.top() {
		n++
	}
	return n
}

// cards are the advertisements of a row.
func (l *list) cards(i int) (cards []view.Listing, featured bool) {
	if l.top() {
		if i == 0 {
			return []view.Listing{*l.featured}, true
		}
		i--
	}
	from := i * l.columns
	return l.rest[from:min(len(l.rest), from+l.columns)], false
}

func (l *list) key(i int) string {
	cards, featured := l.cards(i)
	if featured {
		return "featured"
	}
	return cards[0].ID
}

// bar is the search with the filters.
func (l *list) bar() fyne.CanvasObject {
	T, q := l.env.T, l.query
	l.search = kit.Search(T("market.search"), func(s string) { q.Search = strings.TrimSpace(s); l.change.Ask() })
	l.search.SetText(q.Search)
	choices := []string{T("market.intent.any")}
	at := 0
	for i, v := range intents {
		choices = append(choices, intentName(l.env, v))
		if v == q.Intent {
			at = i + 1
		}
	}
	intent := kit.Select(choices, at, func(i int) {
		q.Intent = ""
		if i > 0 {
			q.Intent = intents[i-1]
		}
		l.change.Ask()
	})
	sorts := []string{view.SortNewest, view.SortFee, view.SortPrice}
	sorted := 0
	for i, v := range sorts {
		if v == q.Sort {
			sorted = i
		}
	}
	order := kit.Select([]string{T("market.sort.newest"), T("market.sort.fee"), T("market.sort.price")}, sorted, func(i int) { q.Sort = sorts[i]; l.change.Ask() })
	l.category, l.language, l.most = kit.Entry(T("market.category.hint")), kit.Entry(T("market.language.hint")), l.env.Kit.Amount()
	l.category.SetText(q.Category)
	l.language.SetText(q.Language)
	l.most.SetAmount(q.MaxPrice)
	l.category.OnChanged = func(s string) { q.Category = strings.TrimSpace(s); l.change.Ask() }
	l.language.OnChanged = func(s string) { q.Language = strings.ToLower(strings.TrimSpace(s)); l.change.Ask() }
	l.most.OnChanged = func(v types.Amount, err error) {
		if l.most.Empty() {
			v, err = 0, nil
		}
		if err == nil {
			q.MaxPrice = v
			l.change.Ask()
		}
	}
	l.filters = kit.Panel(kit.Columns(190, kit.Field(T("market.intent"), intent), kit.Field(T("market.category"), l.category), kit.Field(T("market.language"), l.language), kit.Field(T("market.most"), l.most), kit.Field(T("market.sort"), order)))
	l.filters.Hide()
	filter := kit.Secondary(T("market.filter"), func() {
		if l.filters.Visible() {
			l.filters.Hide()
		} else {
			l.filters.Show()
		}
		l.body.Refresh()
	}).Icon("filter_list")
	if q.Intent != "" || q.Category != "" || q.Language != "" || q.MaxPrice > 0 || q.Sort != "" && q.Sort != view.SortNewest {
		l.filters.Show()
	}
	col := kit.ColumnGap(12, kit.RowGap(10, kit.Grow(l.search), filter), l.filters)
	if q.Seller != "" {
		col.Add(kit.RowGap(8, kit.Avatar(q.Seller, 24), kit.Grow(kit.Body(T("market.onlyseller")).Truncate()), kit.Ghost(T("market.allsellers"), l.clear).Small()))
	}
	return col
}

// clear ends all filters.
func (l *list) clear() {
	*l.query = view.ListingsQuery{}
	l.page.show(l.page.route)
}

func (l *list) request() view.ListingsQuery {
	if l.hidden {
		return view.ListingsQuery{Hidden: true}
	}
	return *l.query
}

func (l *list) load() {
	if !l.hidden {
		page.LoadKey(l.scope, "featured", l.env.Backend.FeaturedListing, func(f *view.Listing, err error) {
			if err != nil {
				l.env.Log.Warn("no featured advertisement", "err", err)
				f = nil
			}
			l.featured = f
			if l.loaded {
				l.draw()
			}
		})
	}
	q := l.request()
	q.Limit = max(someListings, len(l.all))
	page.LoadKey(l.scope, "listings", func(ctx context.Context) ([]view.Listing, error) { return l.env.Backend.Listings(ctx, q) }, func(all []view.Listing, err error) {
		was := l.answers
		was.Limit = q.Limit
		if err != nil {
			if !l.loaded || was != q { // what is shown would answer another question
				l.loaded = false
				set(l.box, l.env.Kit.Failure(err, l.load))
			}
			return
		}
		l.answers = q
		l.loaded, l.all, l.whole = true, all, len(all) < q.Limit
		l.draw()
	})
}

func (l *list) older() {
	if l.more || l.whole || !l.loaded {
		return
	}
	l.more = true
	q := l.request()
	q.Skip, q.Limit = len(l.all), someListings
	page.LoadKey(l.scope, "older", func(ctx context.Context) ([]view.Listing, error) { return l.env.Backend.Listings(ctx, q) }, func(more []view.Listing, err error) {
		l.more = false
		if err != nil {
			l.env.Fail(err)
			return
		}
		now := l.request()
		now.Skip, now.Limit = q.Skip, q.Limit
		if len(l.all) != q.Skip || now != q {
			return // it was loaded anew meanwhile
		}
		l.all, l.whole = append(l.all, more...), len(more) < q.Limit
		l.draw()
	})
}

func (l *list) draw() {
	T := l.env.T
	q := *l.query
	l.rest = l.all
	if l.top() {
		l.rest = slices.DeleteFunc(slices.Clone(l.all), func(v view.Listing) bool { return v.ID == l.featured.ID })
	}
	switch {
	case l.lines() > 0:
		if len(l.box.Objects) != 1 || l.box.Objects[0] != fyne.CanvasObject(l.rows) {
			set(l.box, l.rows)
		}
		l.rows.Reload()
	case l.hidden:
		set(l.box, kit.Empty("visibility_off", T("market.none.hidden"), T("market.none.hidden.text"), nil))
	case q != view.ListingsQuery{Sort: q.Sort}:
		set(l.box, kit.Empty("search", T("market.none.found"), T("market.none.found.text"), kit.Secondary(T("market.clear"), l.clear)))
	default:
		set(l.box, kit.Empty("storefront", T("market.none"), T("market.none.text"), kit.Primary(T("market.post"), l.page.Create).Icon("add")))
	}
}

func (l *list) event(e view.Event) {
	if e.Kind == view.EventMarket {
		l.change.Ask()
	}
}

func (l *list) refresh() { l.load() }

func (l *list) find() bool {
	if l.search == nil {
		return false
	}
	l.env.FocusOn(l.search)
	return true
}

// cardRow is a row of cards.
type cardRow struct {
	widget.BaseWidget
	list *list
	box  *fyne.Container
}

func newCardRow(l *list) *cardRow {
	r := &cardRow{list: l, box: kit.Inset(4, 12, 10, 2, kit.MinHeight(160*look.TextScale(), kit.Spacer()))}
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *cardRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }

// HeightFor implements kit.Flowing.
func (r *cardRow) HeightFor(width float32) float32 { return kit.HeightFor(r.box, width) }

func (r *cardRow) set(i int) {
	l := r.list
	cards, featured := l.cards(i)
	objects := make([]fyne.CanvasObject, 0, l.columns)
	for _, c := range cards {
		objects = append(objects, l.card(c, featured))
	}
	for !featured && len(objects) < l.columns {
		objects = append(objects, kit.Stack())
	}
	r.box.Objects = []fyne.CanvasObject{kit.Columns(200, objects...)}
	r.box.Refresh()
	r.Refresh()
}

// card draws an advertisement.
func (l *list) card(v view.Listing, featured bool) fyne.CanvasObject {
	env := l.env
	top := kit.RowGap(8, kit.Pill(intentTone(v.Intent), intentName(env, v.Intent)))
	if featured {
		top.Add(kit.Pill(look.Success, env.T("market.featured")))
	}
	if len(v.Warnings) > 0 {
		top.Add(kit.Pill(look.Warn, env.T("market.careful")))
	}
	if s := tags(v); s != "" {
		top.Add(kit.Grow(kit.Small(s).Truncate()))
	}
	title := kit.Strong(v.Title).Truncate()
	words := kit.Small(strings.Join(strings.Fields(v.Text), " ")).Truncate()
	if featured {
		title, words = kit.Heading(v.Title).Wrap(), kit.Muted(v.Text).Wrap()
	}
	price := kit.Heading(priceText(env, v.Price)).Tone(look.Primary).Truncate()
	foot := kit.RowGap(8, kit.Avatar(v.Seller, 24), kit.Grow(kit.Small(sellerName(env, v)).Tone(look.Plain).Truncate()), kit.Small(left(env, v)))
	col := kit.ColumnGap(8, top, title, words, price, foot)
	if l.hidden {
		col.Add(kit.Left(kit.Secondary(env.T("market.unhide"), func() { l.unhide(v) }).Small()))
	}
	return kit.PanelPad(0, kit.Tap(kit.Pad(16, col), func() { l.page.open(page.MarketListing, v.ID) }).SetLabel(v.Title))
}

// unhide shows an advertisement again, and its seller.
func (l *list) unhide(v view.Listing) {
	l.hide(view.HideRequest{ID: v.ID}, func() {
		l.hide(view.HideRequest{Seller: v.Seller}, func() {
			l.env.Toast(look.Success, l.env.T("market.unhidden"))
			l.load()
		})
	})
}
