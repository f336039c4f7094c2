package chain

import (
	"errors"
)

// Errors of a Store. Every implementation wraps these; anything else it
// returns is a failure of the disk below it.
var (
	// ErrLocked says that another process, or another Open, owns the store.
	ErrLocked = errors.New("chain store is in use by another process")
	// ErrDiskFull says that there is no room for the commit, which was not
	// made. The store stays usable: free some space and try again.
	ErrDiskFull = errors.New("disk is full")
	// ErrCorrupt says that what was read is not what was written.
	ErrCorrupt = errors.New("chain store is corrupt")
	// ErrClosed says that the store or the snapshot was closed.
	ErrClosed = errors.New("chain store is closed")
	// ErrFailed says that an earlier write failed in a way that leaves the
	// state of the disk unknown. Only closing and opening again helps.
	ErrFailed = errors.New("chain store failed and needs to be opened again")
)

// Reader is read access to a sorted map from byte strings to byte strings.
type Reader interface {
	// Get returns the value under key, nil when there is none; an empty value
	// is not nil. The caller must not change it.
	Get(key []byte) ([]byte, error)
	// Scan calls fn for the keys in [from, to), ascending, until fn returns
	// false or an error. The slices are valid during the call only.
	Scan(from, to []byte, fn func(key, value []byte) (more bool, err error)) error
}

// Snapshot reads the store as it was at one commit. Close frees what that
// holds back; reads after it return ErrClosed.
type Snapshot interface {
	Reader
	Close()
}

// Store keeps everything a Manager must not forget. It knows no block: the
// layout is schema.go's, so that both stores hold the same bytes. All methods
// are safe for concurrent use; failures are returned, never panicked.
type Store interface {
	Reader
	// Snapshot freezes what was last committed.
	Snapshot() (Snapshot, error)
	// Commit makes all of the batch visible and, when it returns nil, lasting:
	// after a crash either all of it is found or nothing. A batch that is not
	// Durable may be lost by a crash, but never in part and never out of order
	// with a durable one.
	Commit(b *Batch) error
	Close() error
}

// Op is one change of a batch. A nil Value deletes.
type Op struct{ Key, Value []byte }

// Batch is a list of changes that are made together; of two with one key the
// later holds.
type Batch struct {
	Ops     []Op
	Durable bool
	size    int
}

// Put sets a row. The batch keeps both slices.
func (b *Batch) Put(key, value []byte) {
	if value == nil {
		value = []byte{}
	}
	b.add(key, value)
}

// Delete removes a row; removing an absent one changes nothing.
func (b *Batch) Delete(key []byte) { b.add(key, nil) }

func (b *Batch) add(key, value []byte) {
	b.Ops = append(b.Ops, Op{key, value})
	b.size += len(key) + len(value)
}

// Size is the bytes of all keys and values.
func (b *Batch) Size() int { return b.size }
