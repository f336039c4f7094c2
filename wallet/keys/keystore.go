package keys

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"supercomputing/chain/types"
)

// Errors of keystores.
var (
	// ErrLocked says that the operation needs the passphrase first.
	ErrLocked = errors.New("the wallet is locked")
	// ErrNoKeystore says that there is no keystore file yet.
	ErrNoKeystore = errors.New("there is no wallet yet")
	// ErrKeystoreExists says that Create would overwrite a keystore.
	ErrKeystoreExists = errors.New("there is a wallet already")
	// ErrEmptyPassphrase says that a keystore needs a passphrase.
	ErrEmptyPassphrase = errors.New("keystore: the passphrase is empty")
)

// Options set how a keystore is written and read. The zero value is right
// outside of tests.
type Options struct {
	Argon2 Argon2 // cost of newly written files; zero: DefaultArgon2
	Weak   bool   // accept cheap parameters, for tests

	write func(path string, data []byte) error // tests inject failing disks
}

func (o Options) withDefaults() Options {
	if o.Argon2 == (Argon2{}) {
		o.Argon2 = DefaultArgon2()
	}
	if o.write == nil {
		o.write = writeFile
	}
	return o
}

// Keystore is a wallet's secrets in their encrypted file. Locked, it derives
// addresses; unlocked, it signs. It is safe for concurrent use.
type Keystore struct {
	path    string
	opts    Options
	account *Account

	mu     sync.Mutex
	file   *container // guarded by mu: the file's content
	secret *secrets   // guarded by mu: nil while locked
	nonces noncePool  // guarded by mu: MuSig2's, empty while locked
}

// secrets is what the passphrase protects, in memory while unlocked.
type secrets struct {
	entropy  []byte // of the words, 16–32 bytes
	seed     []byte // BIP 39, 64 bytes; not a function of entropy alone when a BIP 39 passphrase was given
	account  *accountKey
	identity *Key
	vrf      [32]byte
}

const seedSize = 64

// Create makes a keystore file for words (and their BIP 39 passphrase, often
// empty) on the network with this coin type, encrypted under passphrase, and
// leaves it unlocked. It never overwrites a file.
func Create(path string, words Words, bip39Passphrase string, coin uint32, passphrase []byte, opts Options) (*Keystore, error) {
	if words.entropy == nil {
		return nil, ErrWordCount
	}
	if _, err := os.Lstat(path); err == nil {
		return nil, fmt.Errorf("%w: %s", ErrKeystoreExists, path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("keystore: %w", err)
	}
	s, err := newSecrets(bytes.Clone(*words.entropy.value), words.Seed(bip39Passphrase), coin)
	if err != nil {
		return nil, err
	}
	account, err := s.account.Account()
	if err != nil {
		return nil, err
	}
	k := &Keystore{path: path, opts: opts.withDefaults(), account: account, secret: s}
	if err := k.rewrite(header{Coin: coin, Account: account.Encode()}, passphrase); err != nil {
		return nil, err
	}
	return k, nil
}

// Open reads a keystore file and leaves it locked.
func Open(path string, opts Options) (*Keystore, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	c, err := decodeContainer(data, opts.Weak)
	if err != nil {
		return nil, err
	}
	account, err := ParseAccount(c.Header.Account)
	if err != nil {
		return nil, fmt.Errorf("%w: account", ErrDamaged)
	}
	return &Keystore{path: path, opts: opts.withDefaults(), account: account, file: c}, nil
}

func newSecrets(entropy, seed []byte, coin uint32) (*secrets, error) {
	account, err := deriveAccount(seed, coin, 0)
	if err != nil {
		return nil, err
	}
	identity, err := account.Key(Receive, 0)
	if err != nil {
		return nil, err
	}
	vrf, err := deriveVRF(seed, coin)
	if err != nil {
		return nil, err
	}
	return &secrets{entropy: entropy, seed: seed, account: account, identity: identity, vrf: vrf}, nil
}

// pack gives the sealed plaintext: entropy length, entropy, seed.
func (s *secrets) pack() []byte {
	return append(append([]byte{byte(len(s.entropy))}, s.entropy...), s.seed...)
}

func unpack(plain []byte, coin uint32) (*secrets, error) {
	r := types.NewReader(plain)
	entropy := make([]byte, r.Byte())
	r.Copy(entropy)
	seed := make([]byte, seedSize)
	r.Copy(seed)
	if r.Done() != nil || len(entropy)%4 != 0 || len(entropy) < 16 || len(entropy) > 32 {
		return nil, fmt.Errorf("%w: content", ErrDamaged)
	}
	return newSecrets(entropy, seed, coin)
}

func (s *secrets) wipe() {
	clear(s.entropy)
	clear(s.seed)
	clear(s.vrf[:])
	s.account.key.Zero()
	s.identity.Zero()
}

// rewrite seals k.secret under passphrase and replaces the file.
func (k *Keystore) rewrite(h header, passphrase []byte) error {
	if len(passphrase) == 0 {
		return ErrEmptyPassphrase
	}
	if err := k.opts.Argon2.check(k.opts.Weak); err != nil {
		return err
	}
	h.Argon2 = k.opts.Argon2
	plain := k.secret.pack()
	defer clear(plain)
	c, err := seal(h, plain, passphrase, rand.Reader)
	if err != nil {
		return err
	}
	if err := k.opts.write(k.path, c.encode()); err != nil {
		return fmt.Errorf("keystore: %w", err)
	}
	k.file = c
	return nil
}

// Unlock opens the secrets; ErrPassphrase when the passphrase is wrong. It
// costs what the file's Argon2 parameters ask for, also when unlocked already.
func (k *Keystore) Unlock(passphrase []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, err := k.decrypt(passphrase)
	if err != nil {
		return err
	}
	if k.secret != nil {
		s.wipe()
		return nil
	}
	k.secret = s
	return nil
}

// decrypt opens the file's content and checks that it belongs to the header.
func (k *Keystore) decrypt(passphrase []byte) (*secrets, error) {
	plain, err := k.file.open(passphrase)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	s, err := unpack(plain, k.file.Header.Coin)
	if err != nil {
		return nil, err
	}
	account, err := s.account.Account()
	if err != nil {
		return nil, err
	}
	if account.Encode() != k.account.Encode() {
		return nil, fmt.Errorf("%w: account", ErrDamaged)
	}
	return s, nil
}

// Lock wipes the secrets from memory.
func (k *Keystore) Lock() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secret != nil {
		k.secret.wipe()
		k.secret = nil
	}
	k.nonces.wipe()
}

// Locked reports whether signing needs the passphrase first.
func (k *Keystore) Locked() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.secret == nil
}

// ChangePassphrase encrypts the file anew. It checks the old passphrase also
// when unlocked; the lock state stays as it was. When it fails the old file
// and passphrase stand, unless the disk failed after the new file took its
// place; either file holds the same secrets.
func (k *Keystore) ChangePassphrase(old, new []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, err := k.decrypt(old)
	if err != nil {
		return err
	}
	before := k.secret
	k.secret = s
	err = k.rewrite(header{Coin: k.file.Header.Coin, Account: k.file.Header.Account}, new)
	k.secret = before
	s.wipe()
	if err != nil {
		k.reread()
	}
	return err
}

// Refresh takes up the file as it is on the disk now, if it is still this
// wallet's: another process may have changed its passphrase.
func (k *Keystore) Refresh() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reread()
}

// reread takes up the file that is in place after a failed replacement.
func (k *Keystore) reread() {
	data, err := readFile(k.path)
	if err != nil {
		return
	}
	if c, err := decodeContainer(data, k.opts.Weak); err == nil && c.Header.Account == k.file.Header.Account && c.Header.Coin == k.file.Header.Coin {
		k.file = c
	}
}

// Words gives the recovery words. It asks for the passphrase also when
// unlocked, since whoever reads them owns the wallet.
func (k *Keystore) Words(passphrase []byte) (Words, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, err := k.decrypt(passphrase)
	if err != nil {
		return Words{}, err
	}
	entropy := bytes.Clone(s.entropy)
	s.wipe()
	return Words{veil(&entropy)}, nil
}

// Account derives the wallet's addresses, locked or not.
func (k *Keystore) Account() *Account { return k.account }

// CoinType is the BIP 44 coin type the keystore was made for.
func (k *Keystore) CoinType() uint32 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.file.Header.Coin
}

// Key derives a key of account 0 for signing; the caller should Zero it.
// ErrLocked while locked.
func (k *Keystore) Key(b Branch, index uint32) (*Key, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secret == nil {
		return nil, ErrLocked
	}
	return k.secret.account.Key(b, index)
}

// Format implements fmt.Formatter, so that no verb prints a secret.
func (k *Keystore) Format(f fmt.State, _ rune) { hide(f, "keys.Keystore(hidden)") }
