package keys

import (
	"fmt"

	"supercomputing/chain/types"
)

// Identity is the node's fixed key, m/86'/coin'/0'/0/0 (PROTOCOL §8): it
// dials and is dialled, gets scored, signs blocks, tickets and records. It
// works while the keystore is unlocked and fails with ErrLocked otherwise.
type Identity struct {
	keystore *Keystore
	address  types.Address
}

// Identity gives the node identity of the keystore, locked or not.
func (k *Keystore) Identity() (*Identity, error) {
	a, err := k.account.Address(Receive, 0)
	if err != nil {
		return nil, err
	}
	return &Identity{keystore: k, address: a}, nil
}

// Address is the identity's address: the key that its signatures verify under.
func (i *Identity) Address() types.Address { return i.address }

// Sign makes a BIP 340 signature over hash with the output key's private half.
func (i *Identity) Sign(hash types.Hash) (sig [64]byte, err error) {
	i.keystore.mu.Lock()
	defer i.keystore.mu.Unlock()
	if i.keystore.secret == nil {
		return sig, ErrLocked
	}
	return i.keystore.secret.identity.Sign(hash)
}

// VRFSecret gives the 32-byte secret of the consensus VRF key. The caller
// keeps it out of logs and files.
func (i *Identity) VRFSecret() (secret [32]byte, err error) {
	i.keystore.mu.Lock()
	defer i.keystore.mu.Unlock()
	if i.keystore.secret == nil {
		return secret, ErrLocked
	}
	return i.keystore.secret.vrf, nil
}

// Format implements fmt.Formatter.
func (i Identity) Format(f fmt.State, _ rune) { hide(f, "keys.Identity("+i.address.String()+")") }
