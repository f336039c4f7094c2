package store

import (
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"supercomputing/chain"
)

// Get implements chain.Reader.
func (d *DB) Get(key []byte) ([]byte, error) {
	if err := d.enter(); err != nil {
		return nil, err
	}
	defer d.leave()
	return d.get(d.db, key)
}

// Scan implements chain.Reader. fn sees the store as it was when Scan began,
// and may use the store, but not close it.
func (d *DB) Scan(from, to []byte, fn func(key, value []byte) (bool, error)) error {
	if err := d.enter(); err != nil {
		return err
	}
	defer d.leave()
	return d.scan(d.db, from, to, fn)
}

func (d *DB) get(r pebble.Reader, key []byte) ([]byte, error) {
	v, closer, err := r.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, d.wrap(err)
	}
	out := append([]byte{}, v...)
	return out, d.wrap(closer.Close())
}

func (d *DB) scan(r pebble.Reader, from, to []byte, fn func(key, value []byte) (bool, error)) (err error) {
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: to})
	if err != nil {
		return d.wrap(err)
	}
	defer func() { err = errors.Join(err, d.wrap(it.Close())) }()
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return d.wrap(err)
		}
		more, err := fn(it.Key(), v)
		if err != nil || !more {
			return err
		}
	}
	return d.wrap(it.Error())
}

// Snapshot implements chain.Store.
func (d *DB) Snapshot() (chain.Snapshot, error) {
	if err := d.enter(); err != nil {
		return nil, err
	}
	defer d.leave()
	s := &snapshot{d: d, s: d.db.NewSnapshot()}
	d.mu.Lock()
	d.snaps[s] = struct{}{}
	d.mu.Unlock()
	return s, nil
}

type snapshot struct {
	d *DB
	s *pebble.Snapshot

	refs   int  // guarded by d.mu: calls that use s now
	closed bool // guarded by d.mu
}

func (s *snapshot) enter() error {
	if err := s.d.enter(); err != nil {
		return err
	}
	s.d.mu.Lock()
	closed := s.closed
	if !closed {
		s.refs++
	}
	s.d.mu.Unlock()
	if closed {
		s.d.leave()
		return chain.ErrClosed
	}
	return nil
}

func (s *snapshot) leave() {
	defer s.d.leave()
	s.d.mu.Lock()
	s.refs--
	last := s.closed && s.refs == 0
	s.d.mu.Unlock()
	if last {
		s.release()
	}
}

// Close implements chain.Snapshot. Calls under way finish first.
func (s *snapshot) Close() {
	if s.d.enter() != nil {
		return // the store is closed, and its snapshots with it
	}
	defer s.d.leave()
	s.d.mu.Lock()
	last := !s.closed && s.refs == 0
	s.closed = true
	s.d.mu.Unlock()
	if last {
		s.release()
	}
}

func (s *snapshot) release() {
	s.d.mu.Lock()
	delete(s.d.snaps, s)
	s.d.mu.Unlock()
	if err := s.s.Close(); err != nil {
		s.d.log.Warn("closing a snapshot", "err", err)
	}
}

// Get implements chain.Reader.
func (s *snapshot) Get(key []byte) ([]byte, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	return s.d.get(s.s, key)
}

// Scan implements chain.Reader.
func (s *snapshot) Scan(from, to []byte, fn func(key, value []byte) (bool, error)) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return s.d.scan(s.s, from, to, fn)
}
