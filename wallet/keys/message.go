package keys

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"

	"supercomputing/chain/secp"
)

// ErrLabel says that a purpose has no name, or one that is too long.
var ErrLabel = errors.New("not the name of a purpose")

// maxLabel bounds a purpose's name in bytes.
const maxLabel = 64

// SharedSecrets is x-only Diffie-Hellman of the key's private half with each
// of points, which are x coordinates: the key of an address that wrote under
// such an ephemeral point (PROTOCOL §7). ok is false where there is no such
// point, and everywhere after Zero. Its time does not depend on the private
// half (see secp.SharedX); it is about 26 µs a point when there are many.
func (k *Key) SharedSecrets(points [][32]byte) (shared [][32]byte, ok []bool) {
	scalar := k.secret.value.Key.Bytes()
	defer clear(scalar[:])
	return secp.SharedX(&scalar, points)
}

// Purpose derives the secret for what a label names: "messages" encrypts the
// stored history, "outgoing" what a sender reads of its own messages. It comes
// from the seed, so words alone bring it back, and the coin type keeps
// networks apart. Secrets of different labels tell nothing of each other or of
// any key. ErrLocked while locked; the caller keeps it out of logs and files.
func (k *Keystore) Purpose(label string) (secret [32]byte, err error) {
	if len(label) == 0 || len(label) > maxLabel {
		return secret, fmt.Errorf("%w: %d bytes", ErrLabel, len(label))
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secret == nil {
		return secret, ErrLocked
	}
	return derivePurpose(k.secret.seed, k.file.Header.Coin, label)
}

// derivePurpose takes the label last, so that no two of (coin, label) make one
// text, and none makes that of deriveVRF.
func derivePurpose(seed []byte, coin uint32, label string) (secret [32]byte, err error) {
	key, err := hkdf.Key(sha256.New, seed, nil, fmt.Sprintf("SCC/wallet/purpose/1/%d/%s", coin, label), len(secret))
	if err != nil {
		return secret, fmt.Errorf("derive: %w", err)
	}
	copy(secret[:], key)
	clear(key)
	return secret, nil
}
