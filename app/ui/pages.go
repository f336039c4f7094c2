package ui

import "supercomputing/app/ui/page"

// keep notes where the page that is shown was left.
func (u *UI) keep() {
	if u.now == nil {
		return
	}
	p := *u.trail.here()
	if w, ok := u.now.(page.Placer); ok {
		if r := w.Place(); r.Page != "" {
			p.route = r
		}
	}
	p.route.Args = nil // what a page was begun with is done
	if k, ok := u.now.(page.Keeper); ok {
		p.kept = k.Keep()
	}
	u.trail.put(p)
}

// leave closes the page that is shown, and notes where it was.
func (u *UI) leave() {
	u.keep()
	u.drop()
}

// drop closes the page that is shown.
func (u *UI) drop() {
	if u.now == nil {
		return
	}
	u.closeOverlays()
	u.o.Canvas.Unfocus()
	gone := u.now
	u.now = nil
	u.leaveKeys()
	if u.frame != nil {
		u.frame.show(nil)
	}
	gone.Close()
}

// open goes on to a route.
func (u *UI) open(r page.Route) {
	if _, ok := u.o.Pages[r.Page]; !ok {
		u.o.Log.Warn("a page was asked for that there is not", "page", r.Page)
		return
	}
	if u.now != nil && u.trail.here().route.Page == r.Page {
		u.keep()
		if same(u.trail.here().route, r) {
			return
		}
		if s, ok := u.now.(page.Router); ok && s.Show(r) {
			u.trail.push(place{route: r})
			u.frame.choose(r.Page)
			return
		}
	}
	u.leave()
	u.trail.push(place{route: r})
	u.enter()
}

func same(a, b page.Route) bool {
	return a.Page == b.Page && a.Tab == b.Tab && a.Ref == b.Ref && a.Args == nil && b.Args == nil
}

// openPage opens a page where it was left last, or its beginning when it is
// the one that is shown.
func (u *UI) openPage(name string) {
	last, ok := u.trail.last[name]
	if !ok || u.trail.here().route.Page == name {
		u.open(page.Route{Page: name})
		return
	}
	u.leave()
	u.trail.push(last)
	u.enter()
}

// enter makes the page of the place that is to be shown.
func (u *UI) enter() {
	p := u.trail.here()
	u.now = u.o.Pages[p.route.Page](u.env, p.route)
	if k, ok := u.now.(page.Keeper); ok && p.kept != nil {
		k.Restore(p.kept)
	}
	u.frame.show(u.now.Object())
	u.frame.choose(p.route.Page)
	u.leaveKeys = u.joinPage()
	if f, ok := u.now.(page.Focuser); ok {
		f.Focus()
	}
}

// back goes back inside the page, or else to the place before.
func (u *UI) back() {
	if u.stage != running {
		return
	}
	if b, ok := u.now.(page.Backer); ok && b.Back() {
		return
	}
	u.travel(-1)
}

// travel goes through the history.
func (u *UI) travel(by int) {
	if u.stage != running {
		return
	}
	u.keep()
	before := u.trail.here().route.Page
	if !u.trail.move(by) {
		return
	}
	to := u.trail.here().route
	if s, ok := u.now.(page.Router); ok && before == to.Page && s.Show(to) {
		return
	}
	u.drop()
	u.enter()
}

// refresh loads the page anew.
func (u *UI) refresh() {
	if u.now == nil {
		return
	}
	u.ask()
	if r, ok := u.now.(page.Refresher); ok {
		r.Refresh()
		return
	}
	u.leave()
	u.enter()
}

// openConversation is the address of the conversation that is on the screen.
func (u *UI) openConversation() string {
	if u.now == nil || u.stage != running {
		return ""
	}
	r := u.trail.here().route
	if w, ok := u.now.(page.Placer); ok {
		r = w.Place()
	}
	if r.Page == page.Messages && (r.Tab == page.MessagesChat || r.Tab == "") {
		return r.Ref
	}
	return ""
}
