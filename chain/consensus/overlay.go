package consensus

import (
	"bytes"
	"cmp"
	"slices"
)

// Overlay is a set of row changes over rows that it does not touch. It is
// itself Rows, so overlays stack. It is not safe for concurrent writing.
type Overlay struct {
	base  Rows
	dirty [tableCount + 1]map[string]*overlayRow
}

type overlayRow struct{ old, new []byte }

// NewOverlay starts without changes over base.
func NewOverlay(base Rows) *Overlay { return &Overlay{base: base} }

// Get implements Rows.
func (o *Overlay) Get(t Table, key []byte) ([]byte, error) {
	if r, ok := o.dirty[t][string(key)]; ok {
		return r.new, nil
	}
	return o.base.Get(t, key)
}

// Put sets a row. The overlay keeps value, which must not change afterwards.
func (o *Overlay) Put(t Table, key, value []byte) error {
	if value == nil {
		value = []byte{}
	}
	return o.set(t, key, value)
}

// Delete removes a row; removing an absent one changes nothing.
func (o *Overlay) Delete(t Table, key []byte) error { return o.set(t, key, nil) }

func (o *Overlay) set(t Table, key, value []byte) error {
	if r, ok := o.dirty[t][string(key)]; ok {
		r.new = value
		return nil
	}
	old, err := o.base.Get(t, key)
	if err != nil {
		return err
	}
	o.remember(t, key, &overlayRow{old: bytes.Clone(old), new: value})
	return nil
}

func (o *Overlay) remember(t Table, key []byte, r *overlayRow) {
	if o.dirty[t] == nil {
		o.dirty[t] = make(map[string]*overlayRow)
	}
	o.dirty[t][string(key)] = r
}

// Scan implements Rows: the base's rows with the changes laid over them.
func (o *Overlay) Scan(t Table, from []byte, fn func(key, value []byte) (bool, error)) error {
	var keys []string
	for k := range o.dirty[t] {
		if k >= string(from) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	more := true
	// emit passes the changed rows up to and without limit (nil: all).
	emit := func(limit []byte) (err error) {
		for more && len(keys) > 0 && (limit == nil || keys[0] < string(limit)) {
			k := keys[0]
			keys = keys[1:]
			if v := o.dirty[t][k].new; v != nil {
				if more, err = fn([]byte(k), v); err != nil {
					return err
				}
			}
		}
		return nil
	}
	err := o.base.Scan(t, from, func(key, value []byte) (bool, error) {
		if err := emit(key); err != nil || !more {
			return false, err
		}
		if len(keys) > 0 && keys[0] == string(key) {
			k := keys[0]
			keys = keys[1:]
			if value = o.dirty[t][k].new; value == nil {
				return true, nil
			}
		}
		var err error
		more, err = fn(key, value)
		return more, err
	})
	if err != nil || !more {
		return err
	}
	return emit(nil)
}

// Changes lists what differs from the base, sorted by table and key.
func (o *Overlay) Changes() []Change {
	n := 0
	for _, rows := range o.dirty {
		n += len(rows)
	}
	out := make([]Change, 0, n)
	for t, rows := range o.dirty {
		for k, r := range rows {
			if (r.old == nil) == (r.new == nil) && bytes.Equal(r.old, r.new) {
				continue
			}
			out = append(out, Change{Table(t), []byte(k), r.old, r.new})
		}
	}
	slices.SortFunc(out, compareChanges)
	return out
}

// compareChanges orders by table and key.
func compareChanges(a, b Change) int {
	if a.Table != b.Table {
		return cmp.Compare(a.Table, b.Table)
	}
	return bytes.Compare(a.Key, b.Key)
}

// Apply lays a block's changes over the rows.
func (o *Overlay) Apply(u *Update) {
	for i := range u.Changes {
		c := &u.Changes[i]
		o.force(c.Table, c.Key, c.Old, c.New)
	}
}

// Revert takes a block's changes back.
func (o *Overlay) Revert(u *Update) {
	for i := range u.Changes {
		c := &u.Changes[i]
		o.force(c.Table, c.Key, c.New, c.Old)
	}
}

// force sets a row whose value under the overlay is known to be old, without
// asking the base.
func (o *Overlay) force(t Table, key, old, value []byte) {
	if r, ok := o.dirty[t][string(key)]; ok {
		r.new = value
		return
	}
	o.remember(t, key, &overlayRow{old: old, new: value})
}

// empty is Rows without any row: what stands before genesis.
type empty struct{}

func (empty) Get(Table, []byte) ([]byte, error) { return nil, nil }

func (empty) Scan(Table, []byte, func(key, value []byte) (bool, error)) error { return nil }
