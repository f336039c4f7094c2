package chaintest

import (
	"slices"

	"supercomputing/chain/consensus"
)

// Rows is a consensus state in memory. Get and Scan implement consensus.Rows.
// It is made for states of some ten thousand rows.
type Rows struct {
	tables map[consensus.Table]*table
}

type table struct {
	keys   []string // sorted
	values map[string][]byte
}

// NewRows is a state without rows.
func NewRows() *Rows { return &Rows{tables: make(map[consensus.Table]*table)} }

// Get implements consensus.Rows.
func (r *Rows) Get(t consensus.Table, key []byte) ([]byte, error) {
	if tab := r.tables[t]; tab != nil {
		return tab.values[string(key)], nil
	}
	return nil, nil
}

// Scan implements consensus.Rows. fn must not change the rows.
func (r *Rows) Scan(t consensus.Table, from []byte, fn func(key, value []byte) (bool, error)) error {
	tab := r.tables[t]
	if tab == nil {
		return nil
	}
	start, _ := slices.BinarySearch(tab.keys, string(from))
	for _, k := range tab.keys[start:] {
		more, err := fn([]byte(k), tab.values[k])
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// Len is the count of rows in all tables.
func (r *Rows) Len() int {
	n := 0
	for _, tab := range r.tables {
		n += len(tab.keys)
	}
	return n
}

// Clone makes an independent copy. Values are shared: nothing changes them.
func (r *Rows) Clone() *Rows {
	out := NewRows()
	for t, tab := range r.tables {
		c := &table{keys: slices.Clone(tab.keys), values: make(map[string][]byte, len(tab.values))}
		for k, v := range tab.values {
			c.values[k] = v
		}
		out.tables[t] = c
	}
	return out
}

// Equal reports whether both hold the same rows.
func (r *Rows) Equal(other *Rows) bool { return r.diff(other) == nil && other.diff(r) == nil }

// diff names a row of r that other lacks or holds differently.
func (r *Rows) diff(other *Rows) *consensus.Change {
	for t, tab := range r.tables {
		for _, k := range tab.keys {
			v, _ := other.Get(t, []byte(k))
			if v == nil || string(v) != string(tab.values[k]) {
				return &consensus.Change{Table: t, Key: []byte(k), Old: tab.values[k], New: v}
			}
		}
	}
	return nil
}

// Apply makes the changes of a block.
func (r *Rows) Apply(u *consensus.Update) {
	for i := range u.Changes {
		c := &u.Changes[i]
		r.set(c.Table, string(c.Key), c.New)
	}
}

// Revert takes the changes of a block back.
func (r *Rows) Revert(u *consensus.Update) {
	for i := range u.Changes {
		c := &u.Changes[i]
		r.set(c.Table, string(c.Key), c.Old)
	}
}

func (r *Rows) set(t consensus.Table, key string, value []byte) {
	tab := r.tables[t]
	if tab == nil {
		tab = &table{values: make(map[string][]byte)}
		r.tables[t] = tab
	}
	i, found := slices.BinarySearch(tab.keys, key)
	switch {
	case value == nil && found:
		tab.keys = slices.Delete(tab.keys, i, i+1)
		delete(tab.values, key)
	case value != nil && !found:
		tab.keys = slices.Insert(tab.keys, i, key)
	}
	if value != nil {
		tab.values[key] = value
	}
}
