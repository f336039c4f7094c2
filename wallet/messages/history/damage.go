package history

import (
	"bytes"
	"fmt"
	"strings"

	"supercomputing/chain/types"
	"supercomputing/wallet"
)

// Damage is a stored row that cannot be read. It stays stored: before something
// else is written in its place it is set aside under another key.
type Damage struct {
	Row  string        // "message", "contact", "settings", …, or "sealed" when even that is not known
	Peer types.Address // whose conversation it is of; zero when that is not known
	Err  error         // wraps wallet.ErrDamaged
}

// Error makes a Damage a warning of its own type.
func (d Damage) Error() string { return fmt.Sprintf("a damaged row (%s): %v", d.Row, d.Err) }

// Unwrap gives the reason.
func (d Damage) Unwrap() error { return d.Err }

// rowAside begins the key of a damaged row whose place was taken.
const rowAside = "!"

// Damaged tells of the rows that could not be read when the history was opened.
func (d *DB) Damaged() []Damage { return d.damaged }

// rowName says what a row holds, by its key.
func rowName(key string) string {
	switch {
	case key == keySettings:
		return "settings"
	case key == keyPosition:
		return "position"
	case len(key) < 33:
		return "unknown"
	}
	switch key[0] {
	case rowMessage:
		return "message"
	case rowDeleted:
		return "deleted message"
	case rowPeer:
		return "contact"
	case rowInbox:
		return "account message"
	case rowPart:
		return "part of an account message"
	case rowMarks:
		return "read marks"
	}
	return "unknown"
}

// damage notes a row; value nil means that it is set aside already.
func (d *DB) damage(key string, value []byte, err error) {
	w := Damage{Row: rowName(key), Err: err}
	if len(key) >= 33 {
		w.Peer = types.Address([]byte(key[1:33]))
		if key[0] == rowMessage {
			d.conversation(w.Peer).Damaged++
		}
	}
	d.damaged = append(d.damaged, w)
	if value != nil {
		d.broken[key] = bytes.Clone(value)
	}
}

// setAside gives the changes that keep damaged rows whose places are taken.
func (d *DB) setAside(changes []wallet.Change) (aside []wallet.Change) {
	for _, c := range changes {
		if v, ok := d.broken[c.Key]; ok {
			aside = append(aside, wallet.Change{Key: rowAside + c.Key, Value: v})
		}
	}
	return aside
}

// wereSetAside forgets rows that are.
func (d *DB) wereSetAside(aside []wallet.Change) {
	for _, c := range aside {
		delete(d.broken, strings.TrimPrefix(c.Key, rowAside))
	}
}

// loadSound reads the rows of a store, of a sealed one those that open.
func loadSound(store wallet.Store, fn func(key string, value []byte) error) (damaged int, err error) {
	if s, ok := store.(interface {
		LoadSound(func(key string, value []byte) error) (int, error)
	}); ok {
		return s.LoadSound(fn)
	}
	return 0, store.Load(fn)
}
