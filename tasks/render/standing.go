package render

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"supercomputing/chain/types"
	"supercomputing/tasks/journal"
)

// standing is what this requester knows of nodes from all its jobs: checks
// passed, and who was caught. It is not money: what a crash loses of it is some
// passed checks, and a job's own journal tells of a caught node again.
type standing struct {
	path string
	save func(path string, v any) error

	mu    sync.Mutex // guards what follows
	nodes map[nodeID]*record
	dirty bool
}

// record is one node's standing.
type record struct {
	Passed int       `json:"passed"`
	Caught string    `json:"caught,omitempty"` // why; it is not admitted to later jobs
	Seen   time.Time `json:"seen"`
}

const (
	standingFile = "standing.json"
	maxStanding  = 20_000 // nodes remembered, so that strangers cannot fill the disk
	mostStanding = 30     // passed checks that count: beyond, a few per cent are checked anyway
)

func openStanding(dir string) (*standing, error) {
	s := &standing{path: filepath.Join(dir, standingFile), save: journal.Save, nodes: make(map[nodeID]*record)}
	err := journal.Load(s.path, &s.nodes)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("standing of nodes: %w", err)
	}
	if s.nodes == nil {
		s.nodes = make(map[nodeID]*record)
	}
	return s, nil
}

// of tells how much a node is trusted, and why not at all.
func (s *standing) of(n types.Address) (trust float64, caught string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.nodes[nodeID(n)]
	if r == nil {
		return 0, ""
	}
	return float64(min(r.Passed, mostStanding)), r.Caught
}

// passed adds checks.
func (s *standing) passed(n types.Address, checks int, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.recordLocked(n, now)
	r.Passed += checks
	s.dirty = true
}

// doubted takes back what a node has passed: it is an unknown one from now on.
func (s *standing) doubted(n types.Address, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recordLocked(n, now).Passed = 0
	s.dirty = true
}

// caught keeps a node out of all later jobs. It is on disk when it returns.
func (s *standing) caught(n types.Address, why string, now time.Time) error {
	s.mu.Lock()
	r := s.recordLocked(n, now)
	if r.Caught == why {
		s.mu.Unlock()
		return nil
	}
	r.Caught, r.Passed, s.dirty = why, 0, true
	s.mu.Unlock()
	return s.flush()
}

func (s *standing) recordLocked(n types.Address, now time.Time) *record {
	r := s.nodes[nodeID(n)]
	if r == nil {
		s.roomLocked()
		r = new(record)
		s.nodes[nodeID(n)] = r
	}
	r.Seen = now
	return r
}

// roomLocked forgets the tenth that was seen longest ago when there are too
// many, those with a bad name last: a new identity is free anyway.
func (s *standing) roomLocked() {
	if len(s.nodes) < maxStanding {
		return
	}
	ids := make([]nodeID, 0, len(s.nodes))
	for n := range s.nodes {
		ids = append(ids, n)
	}
	slices.SortFunc(ids, func(a, b nodeID) int {
		ra, rb := s.nodes[a], s.nodes[b]
		if (ra.Caught == "") != (rb.Caught == "") {
			if ra.Caught == "" {
				return -1
			}
			return 1
		}
		return ra.Seen.Compare(rb.Seen)
	})
	for _, n := range ids[:maxStanding/10] {
		delete(s.nodes, n)
	}
}

// flush writes what changed.
func (s *standing) flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.dirty {
		return nil
	}
	if err := s.save(s.path, s.nodes); err != nil {
		return fmt.Errorf("standing of nodes: %w", err)
	}
	s.dirty = false
	return nil
}
