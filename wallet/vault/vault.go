// Package vault seals a wallet.Store: whoever reads the disk learns how many
// rows there are and about how long they are, and nothing else; whoever writes
// to it can remove rows or bring old ones back, but neither make, change nor
// swap them. Messages and shared accounts are kept in it.
//
// A row's stored key is HMAC-SHA256 of its key. Its stored value is a random
// 24-byte nonce and XChaCha20-Poly1305 of key and value, with the stored key as
// associated data. Both secrets come from one key by HKDF-SHA256.
package vault

import (
	"cmp"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"

	"supercomputing/chain/types"
	"supercomputing/wallet"
)

// ErrKey says that no row opens: the store was sealed with another key.
var ErrKey = errors.New("the store was sealed with another key")

const (
	labelNames  = "SCC/wallet/vault/1/names"
	labelValues = "SCC/wallet/vault/1/values"
	// maxName bounds a row's key, in bytes.
	maxName = 1 << 10
)

// Store is a sealed wallet.Store. Like the one below it, it is used from one
// goroutine at a time.
type Store struct {
	below wallet.Store
	*veiled
}

// veiled keeps secrets two pointers away: fmt cannot call Format on a field of
// another struct, and follows one pointer for a verb that does not fit.
type veiled struct{ *secrets }

type secrets struct {
	names [32]byte // HMAC key
	box   cipher.AEAD
}

var _ wallet.Store = (*Store)(nil)

// New seals all rows of a store, which it owns from then on, with a key. It
// fails only where HKDF does, which is never for lengths like these.
func New(below wallet.Store, key [32]byte) (*Store, error) {
	names, err := hkdf.Key(sha256.New, key[:], nil, labelNames, 32)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	values, err := hkdf.Key(sha256.New, key[:], nil, labelValues, chacha20poly1305.KeySize)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	box, err := chacha20poly1305.NewX(values)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	return &Store{below, &veiled{&secrets{[32]byte(names), box}}}, nil
}

// Format implements fmt.Formatter, so that no verb prints the secrets.
func (s Store) Format(f fmt.State, _ rune) { fmt.Fprint(f, "vault.Store(sealed)") }

func (s *Store) name(key string) []byte {
	m := hmac.New(sha256.New, s.names[:])
	m.Write([]byte(key))
	return m.Sum(nil)
}

// seal gives a row as it is stored.
func (s *Store) seal(key string, value []byte) wallet.Change {
	name := s.name(key)
	sealed := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(key)+len(value)+16+s.box.Overhead())
	rand.Read(sealed)
	plain := append(types.AppendBytes(nil, []byte(key)), value...)
	return wallet.Change{Key: string(name), Value: s.box.Seal(sealed, sealed, plain, name)}
}

// open gives a stored row's key and value.
func (s *Store) open(name string, sealed []byte) (key string, value []byte, err error) {
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return "", nil, fmt.Errorf("%w: a sealed row of %d bytes", wallet.ErrDamaged, len(sealed))
	}
	nonce, box := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	plain, err := s.box.Open(nil, nonce, box, []byte(name))
	if err != nil {
		return "", nil, fmt.Errorf("%w: a sealed row does not open", wallet.ErrDamaged)
	}
	r := types.NewReader(plain)
	k := r.Bytes(maxName)
	if r.Err() != nil {
		return "", nil, fmt.Errorf("%w: a sealed row without its key", wallet.ErrDamaged)
	}
	return string(k), plain[len(plain)-r.Len():], nil
}

// Load implements wallet.Store. It reports ErrKey when no row opens, and
// wallet.ErrDamaged when some do not. All rows are held in memory while they
// are put in order.
func (s *Store) Load(fn func(key string, value []byte) error) error {
	rows, bad, err := s.rows()
	if err == nil && len(bad) > 0 {
		err = fmt.Errorf("vault: %w", bad[0])
	}
	if err != nil {
		return err
	}
	return each(rows, fn)
}

// LoadSound is Load that leaves out the rows that do not open, and counts them.
func (s *Store) LoadSound(fn func(key string, value []byte) error) (damaged int, err error) {
	rows, bad, err := s.rows()
	if err != nil {
		return len(bad), err
	}
	return len(bad), each(rows, fn)
}

type row struct {
	key   string
	value []byte
}

func each(rows []row, fn func(key string, value []byte) error) error {
	for _, r := range rows {
		if err := fn(r.key, r.value); err != nil {
			return err
		}
	}
	return nil
}

// rows opens all rows, in the order of their keys, and says what is wrong with
// those that do not open.
func (s *Store) rows() (rows []row, bad []error, err error) {
	err = s.below.Load(func(name string, sealed []byte) error {
		key, value, err := s.open(name, sealed)
		if err != nil {
			bad = append(bad, err)
			return nil
		}
		rows = append(rows, row{key, value})
		return nil
	})
	switch {
	case err != nil:
		return nil, nil, err
	case len(bad) > 0 && len(rows) == 0:
		return nil, bad, fmt.Errorf("vault: %w", ErrKey)
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.key, b.key) })
	return rows, bad, nil
}

// Get implements wallet.Getter over a store that is one; it reports
// errors.ErrUnsupported over another, and wallet.ErrDamaged for a row that does
// not open.
func (s *Store) Get(key string) ([]byte, error) {
	below, ok := s.below.(wallet.Getter)
	if !ok {
		return nil, fmt.Errorf("vault: single rows: %w", errors.ErrUnsupported)
	}
	name := string(s.name(key))
	sealed, err := below.Get(name)
	if err != nil || sealed == nil {
		return nil, err
	}
	got, value, err := s.open(name, sealed)
	if err != nil || got != key {
		return nil, fmt.Errorf("vault: %w", cmp.Or(err, wallet.ErrDamaged))
	}
	return value, nil
}

// Commit implements wallet.Store.
func (s *Store) Commit(changes []wallet.Change) error {
	sealed := make([]wallet.Change, 0, len(changes))
	for _, c := range changes {
		switch {
		case len(c.Key) > maxName:
			return fmt.Errorf("vault: a key of %d bytes", len(c.Key))
		case c.Value == nil:
			sealed = append(sealed, wallet.Change{Key: string(s.name(c.Key))})
		default:
			sealed = append(sealed, s.seal(c.Key, c.Value))
		}
	}
	return s.below.Commit(sealed)
}

// Close closes the store below.
func (s *Store) Close() error { return s.below.Close() }
