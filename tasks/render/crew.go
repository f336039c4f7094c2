package render

import (
	"fmt"
	"strings"
	"time"
)

// This file tells what nodes are at, and when the job will end.

// stateOfLocked is what a node is at now.
func (s *service) stateOfLocked(n nodeID) string {
	a, here := s.s.Nodes[n], s.nodes[n]
	_, away := s.s.away[n]
	switch {
	case a.out():
		return NodeOut
	case (s.s.Settled || s.s.over()) && a.Seq > 0 && (s.s.Settled || here == nil || away):
		return NodeDone
	case away:
		return NodeLost
	case s.s.Settled || here == nil && !s.seated[n]:
		return NodeLeft
	case len(s.s.leasesOf(n)) > 0:
		return NodeRendering
	case here == nil || !here.ready:
		return NodeFetching
	}
	return NodeWaiting
}

func (s *service) crewLocked() (c Crew) {
	for n := range s.s.Nodes {
		switch s.stateOfLocked(n) {
		case NodeRendering:
			c.Rendering++
		case NodeWaiting:
			c.Waiting++
		case NodeFetching:
			c.Fetching++
		case NodeLost:
			c.Lost++
		}
	}
	return c
}

// String says it for people.
func (c Crew) String() string {
	var parts []string
	add := func(n int, one, more string) {
		if n > 0 {
			parts = append(parts, counted(n, one, more))
		}
	}
	add(c.Rendering, "node renders", "nodes render")
	add(c.Waiting, "node waits for work", "nodes wait for work")
	add(c.Fetching, "node gets the scene", "nodes get the scene")
	add(c.Lost, "node is lost", "nodes are lost")
	if c.Rendering+c.Waiting+c.Fetching == 0 {
		parts = append([]string{"waiting for nodes"}, parts...)
	}
	return strings.Join(parts, ", ")
}

func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}

// expectedLocked is when all will be delivered and checked, by the speeds measured
// so far of the nodes that are here, and by what is under way.
func (s *service) expectedLocked() time.Time {
	if s.s.Settled {
		return time.Time{}
	}
	var here []nodeID
	for id, n := range s.nodes {
		if a := s.s.Nodes[id]; a != nil && n.ready && !a.out() && s.present(id) {
			here = append(here, id)
		}
	}
	now := s.now()
	nodes, ok := s.s.span(here, now)
	if own := s.ownSpanLocked(); own > nodes {
		nodes, ok = own, ok || s.s.over()
	}
	if !ok {
		return time.Time{}
	}
	return now.Add(nodes)
}

// ownSpanLocked is how long this machine is at the checks that wait for it.
func (s *service) ownSpanLocked() time.Duration {
	if s.s.ownEngine == "" {
		return 0
	}
	px := int64(0)
	for _, f := range s.s.Frames {
		for _, t := range f.Tiles {
			if t.Dispute || t.Check != nil && t.Check.Own {
				px += t.pixels()
			}
		}
	}
	speed := s.s.speedOf(&account{Cores: max(s.r.limits().Cores, 1)})
	return seconds(float64(px) / speed)
}

// seconds is a span that fits, whatever was divided.
func seconds(s float64) time.Duration {
	return time.Duration(min(max(s, 0), 1e8) * float64(time.Second))
}
