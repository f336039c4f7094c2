package ui

import (
	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
)

// sideWidth is the width of the navigation at text scale 1.
const sideWidth = 216

// tab is an entry of the navigation.
type tab struct {
	page, icon string
	name       text.Key
	short      text.Key // in the bar at the bottom; "" as name
}

// tabs are the entries in their order.
func tabs() []tab {
	return []tab{
		{page.Home, "home", "ui.page.home", ""},
		{page.Wallet, "account_balance_wallet", "ui.page.wallet", ""},
		{page.Messages, "chat", "ui.page.messages", ""},
		{page.Market, "storefront", "ui.page.market", ""},
		{page.Work, "rocket_launch", "ui.page.work", "ui.page.work.short"},
		{page.Contribute, "volunteer_activism", "ui.page.contribute", ""},
		{page.Explorer, "explore", "ui.page.explorer", ""},
		{page.Settings, "settings", "ui.page.settings", ""},
	}
}

// below are the pages in the bar at the bottom of a narrow window; the others
// are behind “more”.
func below() []string { return []string{page.Home, page.Wallet, page.Work, page.Messages} }

// frame is the navigation around a page.
type frame struct {
	u       *UI
	object  fyne.CanvasObject
	entries map[string]*kit.NavEntry
	more    *kit.NavEntry
	state   *kit.Text
	version *kit.Text
	dot     *kit.SurfaceBox
	banner  *banner
	place   *fyne.Container // of the page
}

func newFrame(u *UI) *frame {
	f := &frame{u: u, entries: make(map[string]*kit.NavEntry), place: kit.Stack(), banner: newBanner(u)}
	if u.env.Narrow {
		f.object = &fyne.Container{Layout: between{}, Objects: []fyne.CanvasObject{f.banner.object, f.place, f.bottom()}}
		return f
	}
	main := &fyne.Container{Layout: between{}, Objects: []fyne.CanvasObject{f.banner.object, f.place, kit.Stack()}}
	f.object = &fyne.Container{Layout: beside{}, Objects: []fyne.CanvasObject{f.side(), main}}
	return f
}

// side is the navigation of a wide window.
func (f *frame) side() fyne.CanvasObject {
	env := f.u.env
	col := kit.ColumnGap(4, logo(env), kit.MinHeight(10, kit.Stack()))
	for _, t := range tabs() {
		e := kit.NavItem(t.icon, env.T(t.name), func() { f.u.openPage(t.page) })
		f.entries[t.page] = e
		col.Add(e)
	}
	f.dot, f.state, f.version = kit.Surface(look.Track, 4), kit.Small("").Wrap(), kit.Small("").Coloured(look.Faint)
	words := kit.ColumnGap(1, f.state, f.version)
	line := kit.Tap(kit.PadXY(12, 8, kit.RowGap(10, kit.MinSize(8, 8, f.dot), kit.Grow(words))), func() { f.u.openPage(page.Contribute) })
	line.SetLabel(env.T("ui.side.contribute"))
	all := &fyne.Container{Layout: between{}, Objects: []fyne.CanvasObject{kit.Stack(), kit.Scroll(col), line}}
	width := sideWidth * (0.5 + 0.5*look.Size(look.SizeBody)/14) // words grow, icons do not
	return kit.MinWidth(width, kit.Stack(kit.Surface(look.Side, 0), kit.Inset(16, 12, 12, 12, all)))
}

// bottom is the navigation of a narrow window.
func (f *frame) bottom() fyne.CanvasObject {
	env := f.u.env
	row := &fyne.Container{Layout: evenly{}}
	for _, name := range below() {
		for _, t := range tabs() {
			if t.page == name {
				label := env.T(t.name)
				if t.short != "" {
					label = env.T(t.short)
				}
				e := kit.NavTab(t.icon, label, func() { f.u.openPage(t.page) })
				f.entries[t.page] = e
				row.Add(e)
			}
		}
	}
	f.more = kit.NavTab("menu", env.T("ui.more"), f.openMore)
	row.Add(f.more)
	return kit.Stack(kit.Surface(look.Side, 0), kit.ColumnGap(0, kit.Divider(), kit.PadXY(4, 4, row)))
}

// openMore lists the pages that have no place in the bar.
func (f *frame) openMore() {
	env := f.u.env
	var sheet *kit.Sheet
	col := kit.ColumnGap(4)
	for _, t := range tabs() {
		if _, there := f.entries[t.page]; !there {
			e := kit.NavItem(t.icon, env.T(t.name), func() { sheet.Close(); f.u.openPage(t.page) })
			e.SetSelected(f.u.trail.here().route.Page == t.page)
			e.SetBadge(f.badge(t.page))
			col.Add(e)
		}
	}
	if f.u.status.Identity != "" {
		col.Add(kit.NavItem("lock", env.T("ui.lock"), func() { sheet.Close(); f.u.Lock() }))
	}
	sheet = env.Kit.Sheet(kit.SheetOptions{Title: env.T("ui.more"), Content: col,
		Actions: []*kit.Button{kit.Secondary(env.T("ui.close"), func() { sheet.Close() })}})
}

// show puts a page in its place.
func (f *frame) show(o fyne.CanvasObject) {
	f.place.Objects = nil
	if o != nil {
		f.place.Objects = []fyne.CanvasObject{o}
	}
	f.place.Refresh()
}

// choose marks the entry of the page that is shown.
func (f *frame) choose(name string) {
	for p, e := range f.entries {
		e.SetSelected(p == name)
	}
	if f.more != nil {
		_, there := f.entries[name]
		f.more.SetSelected(!there)
	}
}

// badge is what waits on a page.
func (f *frame) badge(name string) int {
	n := f.u.status.Unread
	switch name {
	case page.Messages:
		return n.Messages + n.Requests + n.News
	case page.Wallet:
		return n.Proposals
	}
	return 0
}

// tell shows what is known about the node.
func (f *frame) tell() {
	for name, e := range f.entries {
		e.SetBadge(f.badge(name))
	}
	f.banner.tell()
	if f.state != nil {
		tone, words := f.u.working()
		f.dot.SetFill(tone.Color())
		f.state.Set(words)
		if v := f.u.status.Version; v != "" {
			f.version.Set("v" + v)
		}
		f.object.Refresh() // the words may want another line
	}
}

// working tells in few words whether this machine works for others.
func (u *UI) working() (look.Tone, string) {
	c := u.status.Contribution
	switch {
	case u.offline:
		return look.Danger, u.env.T("ui.offline")
	case !u.known:
		return look.Muted, u.env.T("ui.joining")
	case !c.Enabled:
		return look.Muted, u.env.T("ui.work.off")
	case c.Working > 0:
		return look.Success, u.env.N("ui.work.on", c.Working)
	case !u.status.Sync.Usable:
		return look.Warn, u.env.T("ui.work.sync")
	}
	return look.Warn, u.env.T("ui.work.waits")
}

// logo is the program's mark and name.
func logo(env *page.Env) fyne.CanvasObject {
	return kit.PadXY(10, 4, kit.RowGap(10, kit.Logo(30), kit.Grow(kit.Heading(env.T("ui.name")).Truncate())))
}
