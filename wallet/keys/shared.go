package keys

import (
	"encoding/hex"
	"fmt"

	"github.com/btcsuite/btcd/address/v2"
	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg/v2"

	"supercomputing/chain/types"
)

// sharedPurpose is BIP 87's: one key per account for every kind of account
// with several members.
const sharedPurpose = 87

// SharedAccount is this wallet's key in accounts that several members share,
// m/87'/coin'/n' (BIP 87). It signs while the keystore is unlocked and fails
// with ErrLocked otherwise. It keeps no private key: every signature derives
// it from the seed and wipes it.
type SharedAccount struct {
	keystore    *Keystore
	coin, index uint32
	fingerprint [4]byte
	expression  string
	public      [33]byte
}

// SharedAccount gives the key for shared accounts number n. The keystore must
// be unlocked: ErrLocked. What it tells of itself stays readable when the
// keystore is locked again.
func (k *Keystore) SharedAccount(n uint32) (*SharedAccount, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.secret == nil {
		return nil, ErrLocked
	}
	s := &SharedAccount{keystore: k, coin: k.file.Header.Coin, index: n}
	key, err := s.derive(k.secret.seed)
	if err != nil {
		return nil, err
	}
	defer key.Zero()
	public, err := key.Neuter()
	if err != nil {
		return nil, fmt.Errorf("derive: %w", err)
	}
	pub, err := public.ECPubKey()
	if err != nil {
		return nil, fmt.Errorf("derive: %w", err)
	}
	s.public = [33]byte(pub.SerializeCompressed())
	s.expression = fmt.Sprintf("[%s/%dh/%dh/%dh]%s", hex.EncodeToString(s.fingerprint[:]), sharedPurpose, s.coin, n, public)
	return s, nil
}

// derive gives m/87'/coin'/n' with its private half, which the caller wipes,
// and notes the master key's fingerprint.
func (s *SharedAccount) derive(seed []byte) (*hdkeychain.ExtendedKey, error) {
	// Bitcoin's version bytes, as deriveAccount has them. Here they do leave
	// the program: descriptors and PSBTs are the standards', which know no
	// other, and the coin type in the origin tells the network.
	key, err := hdkeychain.NewMaster(seed, &chaincfg.MainNetParams)
	if err != nil {
		return nil, fmt.Errorf("derive: %w", err)
	}
	master, err := key.ECPubKey()
	if err != nil {
		return nil, fmt.Errorf("derive: %w", err)
	}
	s.fingerprint = fingerprintOf(master)
	return descend(key, true, sharedPurpose, s.coin, s.index)
}

// descend derives along path and wipes every key on the way, key included.
func descend(key *hdkeychain.ExtendedKey, hardened bool, path ...uint32) (*hdkeychain.ExtendedKey, error) {
	for _, index := range path {
		child, err := derive(key, index, hardened)
		key.Zero()
		if err != nil {
			return nil, err
		}
		key = child
	}
	return key, nil
}

// fingerprintOf is BIP 32's: the first bytes of HASH160.
func fingerprintOf(pub *btcec.PublicKey) [4]byte {
	return [4]byte(address.Hash160(pub.SerializeCompressed()))
}

// Expression is the key expression with its origin (BIP 380),
// "[fingerprint/87h/coinh/nh]xpub…": what the other members need to know. It
// spends nothing, but links the addresses of every account it is part of.
func (s *SharedAccount) Expression() string { return s.expression }

// Fingerprint is the master key's (BIP 32), which tells members apart.
func (s *SharedAccount) Fingerprint() [4]byte { return s.fingerprint }

// PublicKey is the account's own key, compressed: the participant of MuSig2.
func (s *SharedAccount) PublicKey() [33]byte { return s.public }

// SignSchnorr makes a BIP 340 signature over hash with the key at
// branch/index below the account, untweaked: a key of a script (BIP 342).
// ErrLocked while the keystore is locked; ErrPath for a path that has no key.
func (s *SharedAccount) SignSchnorr(branch, index uint32, hash types.Hash) (sig [64]byte, err error) {
	err = s.unlocked(func(key *hdkeychain.ExtendedKey) error {
		if branch > uint32(Change) {
			return fmt.Errorf("%w: branch %d", ErrPath, branch)
		}
		// A copy of the account's key, since descend wipes what it is given.
		below, err := derive(key, branch, false)
		if err != nil {
			return err
		}
		leaf, err := descend(below, false, index)
		if err != nil {
			return err
		}
		defer leaf.Zero()
		private, err := leaf.ECPrivKey()
		if err != nil {
			return fmt.Errorf("derive: %w", err)
		}
		defer private.Zero()
		made, err := schnorr.Sign(private, hash[:])
		if err != nil {
			return fmt.Errorf("sign: %w", err)
		}
		sig = [64]byte(made.Serialize())
		return nil
	})
	return sig, err
}

// unlocked calls f, which must not keep the key, with the account's private
// key while holding the keystore's lock.
func (s *SharedAccount) unlocked(f func(key *hdkeychain.ExtendedKey) error) error {
	s.keystore.mu.Lock()
	defer s.keystore.mu.Unlock()
	if s.keystore.secret == nil {
		return ErrLocked
	}
	again := SharedAccount{coin: s.coin, index: s.index}
	key, err := again.derive(s.keystore.secret.seed)
	if err != nil {
		return err
	}
	defer key.Zero()
	return f(key)
}

// Format implements fmt.Formatter.
func (s SharedAccount) Format(f fmt.State, _ rune) {
	hide(f, fmt.Sprintf("keys.SharedAccount(%x/87h/%dh/%dh)", s.fingerprint, s.coin, s.index))
}
