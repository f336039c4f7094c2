package seal

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"

	"supercomputing/chain/secp"
	"supercomputing/chain/types"
)

// The outgoing block lets a sender read again what it sent, from its words
// alone: the ephemeral secret and the recipient, under a key that only the
// sender derives (Zcash's outgoing viewing key has the same use). Who holds
// that secret reads all that was sent with it, and nothing that was received.

// ownCipher is the cipher of one outgoing block. The ephemeral key in the
// derivation makes every block's key another.
func ownCipher(own [32]byte, n types.NetworkID, author types.Address, ephemeral [32]byte) cipher.AEAD {
	key, err := hkdf.Key(sha256.New, own[:], []byte(ownSalt), string(n[:])+string(author[:])+string(ephemeral[:]), keySize)
	if err != nil {
		panic(err) // only for keys that are too long
	}
	return newCipher(key)
}

// sealOutgoing appends the block to dst.
func sealOutgoing(dst []byte, own [32]byte, n types.NetworkID, author types.Address, ephemeral [32]byte, e *[32]byte, to types.Address) {
	var plain [ownSize]byte
	copy(plain[:32], e[:])
	copy(plain[32:], to[:])
	ownCipher(own, n, author, ephemeral).Seal(dst, zeroNonce(), plain[:], associated(n, author, ephemeral, nil))
	clear(plain[:])
}

// OpenOwn reads a message that its sender sealed with own, and tells to whom
// it went. ErrNotOwn if it was not, or any of it is not as it was sealed.
func OpenOwn(n types.NetworkID, author types.Address, own [32]byte, m *types.Message) (to types.Address, plain []byte, err error) {
	if !sized(m) || own == ([32]byte{}) {
		return to, nil, ErrNotOwn
	}
	block, err := ownCipher(own, n, author, m.Ephemeral).Open(nil, zeroNonce(), m.Body[:outgoingSize], associated(n, author, m.Ephemeral, nil))
	if err != nil {
		return to, nil, ErrNotOwn
	}
	defer clear(block)
	e, to := [32]byte(block[:32]), types.Address(block[32:])
	defer clear(e[:])
	// Whoever sealed the block knew own; the rest may still be another's work.
	if pub, ok := secp.PublicX(&e); !ok || pub != m.Ephemeral {
		return types.Address{}, nil, ErrNotOwn
	}
	x, ok := shared(&e, to)
	if !ok {
		return types.Address{}, nil, ErrNotOwn
	}
	k := newAgreed(n, m.Ephemeral, to, &x)
	if k.viewTag() != m.ViewTag {
		return types.Address{}, nil, ErrNotOwn
	}
	if plain, ok = k.open(n, author, m); !ok {
		return types.Address{}, nil, ErrNotOwn
	}
	return to, plain, nil
}
