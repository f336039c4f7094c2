package wallet

import (
	"bytes"
	"maps"
	"slices"
)

// Change is one row's new value; a nil Value removes the row.
type Change struct {
	Key   string
	Value []byte
}

// Store keeps the wallet's rows. The wallet calls it from one goroutine at a
// time.
type Store interface {
	// Load calls fn for every row, ascending by key, until fn fails. The
	// value is valid during the call only.
	Load(fn func(key string, value []byte) error) error
	// Commit makes all changes at once. When it fails none was made, and the
	// store stays usable unless it reports ErrStoreFailed.
	Commit(changes []Change) error
	Close() error
}

// Getter is a Store that also gives single rows, for owners who do not keep
// every value in memory a second time.
type Getter interface {
	Store
	// Get gives a row's value, which the caller must not change; nil and no
	// error when there is no such row.
	Get(key string) ([]byte, error)
}

// table is rows in memory: all of a MemStore, and the journal's live content.
type table map[string][]byte

func (t table) apply(changes []Change) {
	for _, c := range changes {
		if c.Value == nil {
			delete(t, c.Key)
			continue
		}
		t[c.Key] = bytes.Clone(c.Value)
	}
}

func (t table) load(fn func(string, []byte) error) error {
	for _, k := range slices.Sorted(maps.Keys(t)) {
		if err := fn(k, t[k]); err != nil {
			return err
		}
	}
	return nil
}

// MemStore is a Store in memory, for tests and for wallets that need not last.
type MemStore struct{ rows table }

// NewMemStore makes an empty store.
func NewMemStore() *MemStore { return &MemStore{make(table)} }

// Load implements Store.
func (m *MemStore) Load(fn func(string, []byte) error) error { return m.rows.load(fn) }

// Get implements Getter.
func (m *MemStore) Get(key string) ([]byte, error) { return m.rows[key], nil }

// Commit implements Store.
func (m *MemStore) Commit(changes []Change) error {
	m.rows.apply(changes)
	return nil
}

// Close implements Store.
func (m *MemStore) Close() error { return nil }
