package ui

import (
	"supercomputing/app/ui/page"
)

// place is where a person was: a route and what the page wants to keep there.
type place struct {
	route page.Route
	kept  any
}

// maxTrail bounds how far back one can go.
const maxTrail = 100

// trail is the history of places, and where each page was left last.
type trail struct {
	places []place
	at     int
	last   map[string]place
}

func newTrail() trail {
	return trail{places: []place{{route: page.Route{Page: page.Home}}}, last: make(map[string]place)}
}

// here is the place that is shown.
func (t *trail) here() *place { return &t.places[t.at] }

// put notes how the place that is shown was left.
func (t *trail) put(p place) {
	*t.here() = p
	t.last[p.route.Page] = p
}

// push goes on to another place; what was ahead is forgotten.
func (t *trail) push(p place) {
	t.places = append(t.places[:t.at+1], p)
	if over := len(t.places) - maxTrail; over > 0 {
		t.places = append([]place(nil), t.places[over:]...)
	}
	t.at = len(t.places) - 1
}

// move goes back (-1) or forward (+1): false when there is nothing.
func (t *trail) move(by int) bool {
	if t.at+by < 0 || t.at+by >= len(t.places) {
		return false
	}
	t.at += by
	return true
}
