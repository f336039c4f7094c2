package chain

import (
	"bytes"
	"sync"

	"github.com/google/btree"
)

// MemStore is a Store without a disk, for tests and simulations. Snapshots
// share its tree copy-on-write.
type MemStore struct {
	mu     sync.RWMutex
	tree   *btree.BTreeG[Op] // guarded by mu
	closed bool              // guarded by mu
}

// NewMemStore returns an empty store.
func NewMemStore() *MemStore {
	return &MemStore{tree: btree.NewG(32, func(a, b Op) bool { return bytes.Compare(a.Key, b.Key) < 0 })}
}

// Get implements Reader.
func (s *MemStore) Get(key []byte) ([]byte, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, ErrClosed
	}
	return treeGet(s.tree, key), nil
}

// Scan implements Reader. fn sees the store as it was when Scan began, and may
// use the store.
func (s *MemStore) Scan(from, to []byte, fn func(key, value []byte) (bool, error)) error {
	snap, err := s.Snapshot()
	if err != nil {
		return err
	}
	defer snap.Close()
	return snap.Scan(from, to, fn)
}

// Snapshot implements Store.
func (s *MemStore) Snapshot() (Snapshot, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	return &memSnapshot{tree: s.tree.Clone()}, nil
}

// Commit implements Store.
func (s *MemStore) Commit(b *Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	for _, op := range b.Ops {
		op := Op{bytes.Clone(op.Key), bytes.Clone(op.Value)}
		if op.Value == nil {
			s.tree.Delete(op)
		} else {
			s.tree.ReplaceOrInsert(op)
		}
	}
	return nil
}

// Close implements Store.
func (s *MemStore) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}

func treeGet(t *btree.BTreeG[Op], key []byte) []byte {
	op, _ := t.Get(Op{Key: key})
	return op.Value
}

type memSnapshot struct {
	mu   sync.RWMutex
	tree *btree.BTreeG[Op] // never changed; guarded by mu because Close drops it
}

func (s *memSnapshot) open() (*btree.BTreeG[Op], error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.tree == nil {
		return nil, ErrClosed
	}
	return s.tree, nil
}

func (s *memSnapshot) Get(key []byte) ([]byte, error) {
	t, err := s.open()
	if err != nil {
		return nil, err
	}
	return treeGet(t, key), nil
}

func (s *memSnapshot) Scan(from, to []byte, fn func(key, value []byte) (bool, error)) error {
	t, err := s.open()
	if err != nil {
		return err
	}
	t.AscendRange(Op{Key: from}, Op{Key: to}, func(op Op) bool {
		var more bool
		more, err = fn(op.Key, op.Value)
		return more && err == nil
	})
	return err
}

func (s *memSnapshot) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tree = nil
}
