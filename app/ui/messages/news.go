package messages

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// somePosts is how many posts are asked for at a time.
const somePosts = 30

// news shows what channels publish.
type news struct {
	section
	channel  string // "" for all
	channels []view.Channel
	posts    []view.NewsPost
	whole    bool
	more     bool
	loaded   bool
	search   *kit.EntryBox
	rows     *kit.Rows[*postRow]
	probe    *postRow
	listBox  *fyne.Container
	sideBox  *fyne.Container
	change   *page.Coalesce
}

func newNews(s section) *news {
	n := &news{section: s}
	T := n.env.T
	n.probe = newPostRow(n)
	n.rows = kit.NewRows(kit.RowsOptions[*postRow]{
		Len: func() int { return len(n.posts) }, Make: func() *postRow { return newPostRow(n) },
		Fill: func(i int, r *postRow) { r.set(n.posts[i]) }, Key: func(i int) string { return n.posts[i].ID }, More: n.older,
		Height: func(i int, width float32) float32 { n.probe.set(n.posts[i]); return n.probe.HeightFor(width) },
	})
	n.listBox, n.sideBox = kit.Stack(kit.Loading(5)), kit.Stack(kit.Loading(3))
	n.change = page.NewCoalesce(n.scope, 400*time.Millisecond, n.load)
	n.search = kit.Search(T("messages.news.search"), func(string) { n.change.Ask() })
	read := n.env.Kit.IconButton("done_all", T("messages.news.read"), n.markRead)
	publish := kit.Secondary(T("messages.publish"), n.publish).Icon("campaign").Small()
	list := kit.PanelPad(0, kit.ColumnGap(0, kit.Pad(12, kit.RowGap(8, kit.Grow(n.search), read, publish)), kit.Divider(), kit.Grow(n.listBox)))
	if n.env.Narrow {
		n.body = kit.Stack(kit.ColumnGap(10, n.sideBox, kit.Grow(list)))
	} else {
		follow := n.env.Kit.IconButton("add", T("messages.follow"), n.follow)
		side := kit.PanelPad(0, kit.ColumnGap(0, kit.PadXY(14, 10, kit.RowGap(8, kit.Grow(kit.Heading(T("messages.channels"))), follow)), kit.Divider(), kit.Grow(kit.Scroll(n.sideBox))))
		n.body = kit.Stack(kit.Split(kit.SplitOptions{Master: side, Detail: list, Width: 300}))
	}
	n.change.Ask()
	return n
}

// load asks for channels and posts anew.
func (n *news) load() {
	page.LoadKey(n.scope, "channels", n.env.Backend.Channels, func(list []view.Channel, err error) {
		if err != nil {
			set(n.sideBox, n.env.Kit.FailureLine(err, n.load))
			return
		}
		n.channels = list
		n.drawChannels()
	})
	q := view.NewsQuery{Channel: n.channel, Search: n.search.Text, Page: view.Page{Limit: max(somePosts, len(n.posts))}}
	page.LoadKey(n.scope, "posts", func(ctx context.Context) ([]view.NewsPost, error) { return n.env.Backend.News(ctx, q) },
		func(list []view.NewsPost, err error) {
			if err != nil {
				if !n.loaded {
					set(n.listBox, n.env.Kit.Failure(err, n.load))
				}
				return
			}
			n.loaded, n.posts, n.whole = true, list, len(list) < q.Limit
			n.draw()
		})
}

func (n *news) older() {
	if n.more || n.whole || !n.loaded {
		return
	}
	n.more = true
	q := view.NewsQuery{Channel: n.channel, Search: n.search.Text, Page: view.Page{Skip: len(n.posts), Limit: somePosts}}
	page.LoadKey(n.scope, "older posts", func(ctx context.Context) ([]view.NewsPost, error) { return n.env.Backend.News(ctx, q) },
		func(list []view.NewsPost, err error) {
			n.more = false
			if err != nil {
				n.env.Fail(err)
				return
			}
			if len(n.posts) == q.Skip && n.channel == q.Channel && n.search.Text == q.Search {
				n.posts, n.whole = append(n.posts, list...), len(list) < q.Limit
				n.draw()
			}
		})
}

func (n *news) draw() {
	T := n.env.T
	switch {
	case len(n.posts) > 0:
		if len(n.listBox.Objects) != 1 || n.listBox.Objects[0] != fyne.CanvasObject(n.rows) {
			set(n.listBox, n.rows)
		}
		n.rows.Reload()
	case n.search.Text != "":
		set(n.listBox, kit.Empty("search", T("messages.news.notfound"), T("messages.none.found.text"), nil))
	default:
		set(n.listBox, kit.Empty("campaign", T("messages.news.none"), T("messages.news.none.text"), kit.Secondary(T("messages.follow"), n.follow).Icon("add")))
	}
}

// drawChannels lists the channels: beside the posts, or as one line to choose
// from in a narrow window.
func (n *news) drawChannels() {
	T := n.env.T
	if n.env.Narrow {
		names, at := []string{T("messages.channels.all")}, 0
		for i, c := range n.channels {
			names = append(names, c.Name)
			if c.Author == n.channel {
				at = i + 1
			}
		}
		pick := kit.Select(names, at, func(i int) {
			n.choose("")
			if i > 0 {
				n.choose(n.channels[i-1].Author)
			}
		})
		line := kit.RowGap(6, kit.Grow(pick))
		if at > 0 {
			line.Add(n.channelMenu(n.channels[at-1]))
		}
		line.Add(n.env.Kit.IconButton("add", T("messages.follow"), n.follow))
		set(n.sideBox, line)
		return
	}
	unread := 0
	for _, c := range n.channels {
		if !c.Muted {
			unread += c.Unread
		}
	}
	col := kit.ColumnGap(2)
	add := func(author, name, sub string, unread int, lead fyne.CanvasObject, menu fyne.CanvasObject) {
		words := kit.ColumnGap(1, kit.Strong(name).Truncate())
		if sub != "" {
			words.Add(kit.Small(sub).Truncate())
		}
		row := kit.RowGap(10, lead, kit.Grow(words))
		if unread > 0 {
			row.Add(kit.Stack(kit.Surface(look.Accent, 10), kit.PadXY(7, 2, kit.Small(n.env.Text.Number(int64(unread))).Bold().Tone(look.OnPrimary))))
		}
		back := kit.Surface(look.Clear, 10)
		if author == n.channel {
			back.SetFill(look.AccentSoft)
		}
		line := kit.RowGap(0, kit.Grow(kit.Tap(kit.PadXY(10, 9, row), func() { n.choose(author) }).SetLabel(name)))
		if menu != nil {
			line.Add(menu)
		}
		col.Add(kit.Stack(back, line))
	}
	add("", T("messages.channels.all"), "", unread, kit.Badge("campaign", look.Primary), nil)
	for _, c := range n.channels {
		add(c.Author, c.Name, channelState(n.env, c), c.Unread, kit.Avatar(c.Author, 32), n.channelMenu(c))
	}
	set(n.sideBox, kit.Pad(8, col))
	n.body.Refresh()
}

// channelState says what is special about a channel.
func channelState(env *page.Env, c view.Channel) string {
	var s []string
	if c.Official {
		s = append(s, env.T("messages.channel.official"))
	}
	if c.Muted {
		s = append(s, env.T("messages.channel.muted"))
	}
	if c.Reading {
		s = append(s, env.T("messages.channel.reading"))
	}
	return strings.Join(append(s, env.N("messages.posts", c.Posts)), " · ")
}

func (n *news) channelMenu(c view.Channel) fyne.CanvasObject {
	T := n.env.T
	mute := kit.MenuItem{Label: T("messages.channel.mute"), Icon: "notifications_off", Do: func() { n.setMuted(c, true) }}
	if c.Muted {
		mute = kit.MenuItem{Label: T("messages.channel.unmute"), Icon: "notifications", Do: func() { n.setMuted(c, false) }}
	}
	items := []kit.MenuItem{mute, {Label: T("messages.channel.write"), Icon: "chat", Do: func() {
		n.env.Go(page.Route{Page: page.Messages, Tab: page.MessagesChat, Ref: c.Author})
	}}, {Label: T("messages.explorer"), Icon: "explore", Do: func() {
		n.env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerAddress, Ref: c.Author})
	}}}
	if !c.Official {
		items = append(items, kit.MenuItem{}, kit.MenuItem{Label: T("messages.channel.remove"), Icon: "delete", Do: func() {
			n.subscribe(view.SubscribeRequest{Author: c.Author, Remove: true}, T("messages.channel.removed", "name", c.Name))
		}})
	}
	return n.env.Kit.MoreButton(items...)
}

func (n *news) setMuted(c view.Channel, on bool) {
	said := n.env.T("messages.channel.is.muted", "name", c.Name)
	if !on {
		said = n.env.T("messages.channel.is.heard", "name", c.Name)
	}
	n.subscribe(view.SubscribeRequest{Author: c.Author, Mute: &on}, said)
}

func (n *news) subscribe(req view.SubscribeRequest, said string) {
	page.LoadKey(n.scope, "subscribe", func(ctx context.Context) (view.Channel, error) { return n.env.Backend.Subscribe(ctx, req) }, func(_ view.Channel, err error) {
		if err != nil {
			n.env.Fail(err)
			return
		}
		n.env.Toast(look.Success, said)
		if req.Remove && n.channel == req.Author {
			n.channel = ""
		}
		n.load()
	})
}

// choose shows the posts of a channel, "" of all.
func (n *news) choose(author string) {
	if n.channel == author {
		return
	}
	n.channel, n.posts, n.loaded = author, nil, false
	set(n.listBox, kit.Loading(5))
	n.drawChannels()
	n.load()
}

func (n *news) markRead() {
	page.LoadKey(n.scope, "read", func(ctx context.Context) (struct{}, error) { return struct{}{}, n.env.Backend.MarkNewsRead(ctx) }, func(_ struct{}, err error) {
		if err != nil {
			n.env.Fail(err)
			return
		}
		n.env.Toast(look.Success, n.env.T("messages.news.read.done"))
		n.load()
	})
}

func (n *news) event(e view.Event) {
	if e.Kind == view.EventNews {
		n.change.Ask()
	}
}

func (n *news) show(r page.Route) {
	if r.Ref != "" {
		n.choose(r.Ref)
	}
}

func (n *news) place() page.Route {
	return page.Route{Page: page.Messages, Tab: page.MessagesNews, Ref: n.channel}
}

func (n *news) back() bool {
	if n.channel == "" {
		return false
	}
	n.choose("")
	return true
}

func (n *news) refresh() { n.load() }
func (n *news) find()    { n.env.FocusOn(n.search) }

// postRow is a post, whole.
type postRow struct {
	widget.BaseWidget
	news *news
	box  *fyne.Container
}

func newPostRow(n *news) *postRow {
	r := &postRow{news: n, box: kit.PadXY(18, 16, kit.Strong(""))}
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer implements fyne.Widget.
func (r *postRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.box) }

// HeightFor implements kit.Flowing.
func (r *postRow) HeightFor(width float32) float32 { return kit.HeightFor(r.box, width) }

func (r *postRow) set(p view.NewsPost) {
	env := r.news.env
	name := p.Name
	if name == "" {
		name = text.Short(p.Author)
	}
	marks := kit.Flow()
	if p.Official {
		marks.Add(kit.Pill(look.Primary, env.T("messages.channel.official")))
	}
	if p.Unread {
		marks.Add(kit.Pill(look.Info, env.T("messages.news.new")))
	}
	marks.Add(kit.Small(env.Text.Ago(p.Time, env.Now())))
	head := kit.Between(kit.RowGap(10, kit.Avatar(p.Author, 28), kit.Grow(kit.Strong(name).Truncate())), marks)
	col := kit.ColumnGap(8, head, kit.Heading(p.Title).Wrap())
	// The text may repeat the title, which is its first line.
	if s := strings.TrimSpace(strings.TrimPrefix(p.Text+"\n", p.Title+"\n")); s != "" {
		col.Add(kit.Paragraph(s))
	}
	for _, l := range p.Links {
		host := l.Host
		if host == "" {
			host = l.Text
		}
		col.Add(kit.Left(kit.Link(host, func() { openLink(env, r.news.scope, l) })))
		if l.Warning != "" {
			col.Add(warning(l.Warning))
		}
	}
	for _, w := range p.Warnings {
		col.Add(warning(w))
	}
	r.box.Objects = []fyne.CanvasObject{kit.MaxWidthLeft(760, col)}
	r.box.Refresh()
	r.Refresh()
}
