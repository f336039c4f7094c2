package keys

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/text/unicode/norm"
)

// Errors of keystore files.
var (
	// ErrPassphrase says that the passphrase does not open the keystore.
	ErrPassphrase = errors.New("keystore: wrong passphrase")
	// ErrDamaged says that the file is not what was written. Its words, kept
	// on paper, bring the wallet back.
	ErrDamaged = errors.New("keystore: the file is damaged; restore the wallet from its recovery words")
	// ErrVersion says that a newer program wrote the file.
	ErrVersion = errors.New("keystore: written by a newer version of this program")
	// ErrCost says that a file's Argon2 parameters are outside the limits.
	ErrCost = errors.New("keystore: key derivation cost out of range")
)

// Argon2 holds the cost parameters of Argon2id (RFC 9106).
type Argon2 struct {
	Time      uint32 `json:"time"`       // passes
	MemoryKiB uint32 `json:"memory_kib"` // KiB
	Threads   uint8  `json:"threads"`
}

// DefaultArgon2 is RFC 9106's second recommendation (64 MiB), which a phone
// bears too.
func DefaultArgon2() Argon2 { return Argon2{Time: 3, MemoryKiB: 64 << 10, Threads: 4} }

// LightArgon2 is for tests: as little work as there can be.
func LightArgon2() Argon2 { return Argon2{Time: 1, MemoryKiB: 8, Threads: 1} }

// Bounds of Argon2 parameters. The floor refuses to write a file that is cheap
// to guess; the ceiling keeps a swapped file from eating the machine before
// its passphrase is known to be wrong.
var (
	minArgon2 = Argon2{Time: 1, MemoryKiB: 8, Threads: 1} // RFC 9106: at least 8 KiB a thread
	maxArgon2 = Argon2{Time: 32, MemoryKiB: 1 << 20, Threads: 16}
)

// minGuessCost is the least Time × MemoryKiB accepted without Options.Weak:
// 32 MiB, one pass.
const minGuessCost = 32 << 10

func (a Argon2) check(weak bool) error {
	if a.Time < minArgon2.Time || a.MemoryKiB < minArgon2.MemoryKiB*uint32(a.Threads) || a.Threads < minArgon2.Threads ||
		a.Time > maxArgon2.Time || a.MemoryKiB > maxArgon2.MemoryKiB || a.Threads > maxArgon2.Threads {
		return fmt.Errorf("%w: %d passes, %d KiB, %d threads", ErrCost, a.Time, a.MemoryKiB, a.Threads)
	}
	if !weak && uint64(a.Time)*uint64(a.MemoryKiB) < minGuessCost {
		return fmt.Errorf("%w: %d passes over %d KiB are too cheap to guess", ErrCost, a.Time, a.MemoryKiB)
	}
	return nil
}

// fileVersion is the version of the file's form and of what is sealed.
const fileVersion = 1

// header is the readable part of a keystore file, authenticated as the
// cipher's associated data in the one encoding of encode.
type header struct {
	Version int    `json:"version"`
	KDF     string `json:"kdf"` // "argon2id"
	Argon2
	Salt    []byte `json:"salt"`    // 16 bytes
	Cipher  string `json:"cipher"`  // "xchacha20poly1305"
	Nonce   []byte `json:"nonce"`   // 24 bytes
	Coin    uint32 `json:"coin"`    // BIP 44 coin type
	Account string `json:"account"` // account 0's public key
}

// container is the file: header, sealed secrets, and a checksum that tells a
// damaged file from a wrong passphrase. It protects nothing: the cipher does.
type container struct {
	Header   header `json:"header"`
	Sealed   []byte `json:"sealed"`
	Checksum []byte `json:"checksum"` // SHA-256 of header and sealed
}

const (
	kdfName    = "argon2id"
	cipherName = "xchacha20poly1305"
	saltSize   = 16
)

func (h *header) encode() []byte {
	b, err := json.Marshal(h)
	if err != nil {
		panic(err) // plain data always encodes
	}
	return b
}

func (c *container) sum() []byte {
	s := sha256.Sum256(append(c.Header.encode(), c.Sealed...))
	return s[:]
}

func (c *container) encode() []byte {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		panic(err) // plain data always encodes
	}
	return append(b, '\n')
}

// decodeContainer reads a keystore file and checks everything that needs no
// passphrase, so that nothing costly is done for a bad file.
func decodeContainer(data []byte, weak bool) (*container, error) {
	var probe struct {
		Header struct {
			Version int `json:"version"`
		} `json:"header"`
	}
	if err := json.Unmarshal(data, &probe); err != nil {
		return nil, ErrDamaged // not its text: it could quote the file
	}
	if v := probe.Header.Version; v > fileVersion {
		return nil, fmt.Errorf("%w: format %d", ErrVersion, v)
	}
	c := new(container)
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(c); err != nil {
		return nil, ErrDamaged
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: text after its end", ErrDamaged)
	}
	if subtle.ConstantTimeCompare(c.sum(), c.Checksum) != 1 {
		return nil, fmt.Errorf("%w: checksum", ErrDamaged)
	}
	h := &c.Header
	if h.Version != fileVersion || h.KDF != kdfName || h.Cipher != cipherName ||
		len(h.Salt) != saltSize || len(h.Nonce) != chacha20poly1305.NonceSizeX {
		return nil, fmt.Errorf("%w: header", ErrDamaged)
	}
	if err := h.Argon2.check(weak); err != nil {
		return nil, err
	}
	return c, nil
}

// seal encrypts plain under a passphrase with fresh salt and nonce.
func seal(h header, plain, passphrase []byte, random io.Reader) (*container, error) {
	h.Version, h.KDF, h.Cipher = fileVersion, kdfName, cipherName
	h.Salt, h.Nonce = make([]byte, saltSize), make([]byte, chacha20poly1305.NonceSizeX)
	for _, b := range [][]byte{h.Salt, h.Nonce} {
		if _, err := io.ReadFull(random, b); err != nil {
			return nil, fmt.Errorf("keystore: random source: %w", err)
		}
	}
	key := stretch(&h, passphrase)
	defer clear(key)
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("keystore: %w", err)
	}
	c := &container{Header: h, Sealed: aead.Seal(nil, h.Nonce, plain, h.encode())}
	c.Checksum = c.sum()
	return c, nil
}

// open decrypts what seal made; ErrPassphrase when the passphrase is wrong.
func (c *container) open(passphrase []byte) ([]byte, error) {
	key := stretch(&c.Header, passphrase)
	defer clear(key)
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("keystore: %w", err)
	}
	plain, err := aead.Open(nil, c.Header.Nonce, c.Sealed, c.Header.encode())
	if err != nil {
		return nil, ErrPassphrase
	}
	return plain, nil
}

// stretch derives the cipher's key. The passphrase is NFKD-normalised: two
// keyboards may encode one letter differently.
func stretch(h *header, passphrase []byte) []byte {
	p := norm.NFKD.Bytes(passphrase)
	key := argon2.IDKey(p, h.Salt, h.Time, h.MemoryKiB, h.Threads, chacha20poly1305.KeySize)
	clear(p)
	return key
}
