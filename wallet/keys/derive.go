package keys

import (
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg/v2"
	"github.com/btcsuite/btcd/txscript/v2"

	"supercomputing/chain/types"
)

// purpose is BIP 86's: single-key Taproot outputs.
const purpose = 86

// Branch is BIP 44's "change" level: addresses given to others, or addresses
// for one's own change.
type Branch uint32

// The branches.
const (
	Receive Branch = 0
	Change  Branch = 1
)

// ErrPath says that a derivation path has an element over 2³¹-1 or an unknown
// branch, or hits one of the 2⁻¹²⁷ keys that do not exist.
var ErrPath = errors.New("no key at this derivation path")

// Key is one output key with its private half: BIP 86's tweaked key (BIP 341
// without script), so that its address verifies its signatures by BIP 340.
type Key struct {
	address types.Address
	secret  *veiled[btcec.PrivateKey]
}

func newKey(internal *btcec.PrivateKey) *Key {
	tweaked := txscript.TweakTaprootPrivKey(*internal, []byte{})
	return &Key{address: addressOf(internal.PubKey()), secret: veil(tweaked)}
}

func addressOf(internal *btcec.PublicKey) types.Address {
	return types.Address(schnorr.SerializePubKey(txscript.ComputeTaprootKeyNoScript(internal)))
}

// Address is the output key.
func (k *Key) Address() types.Address { return k.address }

// Sign makes a BIP 340 signature that verifies under Address.
func (k *Key) Sign(hash types.Hash) (sig [64]byte, err error) {
	s, err := schnorr.Sign(k.secret.value, hash[:])
	if err != nil {
		return sig, fmt.Errorf("sign: %w", err)
	}
	return [64]byte(s.Serialize()), nil
}

// Zero wipes the private half, as far as Go allows. The key is of no use
// afterwards.
func (k *Key) Zero() { k.secret.value.Zero() }

// Format implements fmt.Formatter, so that no verb prints the private half.
func (k Key) Format(f fmt.State, _ rune) { hide(f, "keys.Key("+k.address.String()+")") }

// accountKey is the private key of an account, m/86'/coin'/account'.
type accountKey struct{ key *hdkeychain.ExtendedKey }

// deriveAccount derives an account's key from a BIP 39 seed (BIP 32, 86).
func deriveAccount(seed []byte, coin, account uint32) (*accountKey, error) {
	// The version bytes are Bitcoin's, as BIP 32 writes them: extended keys
	// never leave this program, and the vectors stay comparable.
	key, err := hdkeychain.NewMaster(seed, &chaincfg.MainNetParams)
	if err != nil {
		return nil, fmt.Errorf("derive: %w", err)
	}
	for _, level := range []uint32{purpose, coin, account} {
		child, err := derive(key, level, true)
		key.Zero()
		if err != nil {
			return nil, err
		}
		key = child
	}
	return &accountKey{key}, nil
}

func derive(k *hdkeychain.ExtendedKey, index uint32, hardened bool) (*hdkeychain.ExtendedKey, error) {
	if index >= hdkeychain.HardenedKeyStart {
		return nil, fmt.Errorf("%w: %d", ErrPath, index)
	}
	if hardened {
		index += hdkeychain.HardenedKeyStart
	}
	child, err := k.Derive(index)
	if err != nil {
		return nil, fmt.Errorf("%w: %d: %v", ErrPath, index, err)
	}
	return child, nil
}

// Key derives one output key of the account.
func (a *accountKey) Key(b Branch, index uint32) (*Key, error) {
	if b > Change {
		return nil, fmt.Errorf("%w: branch %d", ErrPath, b)
	}
	chain, err := derive(a.key, uint32(b), false)
	if err != nil {
		return nil, err
	}
	defer chain.Zero()
	leaf, err := derive(chain, index, false)
	if err != nil {
		return nil, err
	}
	defer leaf.Zero()
	internal, err := leaf.ECPrivKey()
	if err != nil {
		return nil, fmt.Errorf("derive: %w", err)
	}
	defer internal.Zero()
	return newKey(internal), nil
}

// Account gives the public half.
func (a *accountKey) Account() (*Account, error) {
	public, err := a.key.Neuter()
	if err != nil {
		return nil, fmt.Errorf("derive: %w", err)
	}
	// Neuter shares memory with the private key, which is wiped later:
	// the text form makes an independent copy.
	return ParseAccount(public.String())
}

// Account is an account's public half: it derives addresses while the
// keystore is locked. It is no secret that spends, but it links all addresses
// of the wallet, and together with one private key of a leaf it gives away the
// account's private key; so it prints as a placeholder and stays in the
// keystore's file.
type Account struct {
	public   *veiled[hdkeychain.ExtendedKey]
	branches *veiled[[2]*hdkeychain.ExtendedKey] // derived once for all addresses
}

// ErrAccount says that text is not an account's public key.
var ErrAccount = errors.New("not an account's public key")

// ParseAccount reads what Encode wrote.
func ParseAccount(text string) (*Account, error) {
	if len(text) > 128 {
		return nil, fmt.Errorf("%w: %d characters", ErrAccount, len(text))
	}
	key, err := hdkeychain.NewKeyFromString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrAccount, err)
	}
	if key.IsPrivate() || key.Depth() != 3 || !key.IsForNet(&chaincfg.MainNetParams) {
		return nil, fmt.Errorf("%w: not a public key of depth 3", ErrAccount)
	}
	var branches [2]*hdkeychain.ExtendedKey
	for b := range branches {
		if branches[b], err = derive(key, uint32(b), false); err != nil {
			return nil, err
		}
	}
	return &Account{veil(key), veil(&branches)}, nil
}

// Encode gives the account's public key as BIP 32 text.
func (a *Account) Encode() string { return a.public.value.String() }

// Address derives the address at a path below the account.
func (a *Account) Address(b Branch, index uint32) (types.Address, error) {
	if b > Change {
		return types.Address{}, fmt.Errorf("%w: branch %d", ErrPath, b)
	}
	leaf, err := derive(a.branches.value[b], index, false)
	if err != nil {
		return types.Address{}, err
	}
	pub, err := leaf.ECPubKey()
	if err != nil {
		return types.Address{}, fmt.Errorf("derive: %w", err)
	}
	return addressOf(pub), nil
}

// Format implements fmt.Formatter; see the type's comment.
func (a Account) Format(f fmt.State, _ rune) { hide(f, "keys.Account(hidden)") }

// deriveVRF derives the secret of the consensus VRF from a BIP 39 seed. The
// coin type in the label keeps networks apart; a restored wallet gets the same
// key, so its producer registration stays good.
func deriveVRF(seed []byte, coin uint32) (secret [32]byte, err error) {
	key, err := hkdf.Key(sha256.New, seed, nil, fmt.Sprintf("SCC/wallet/vrf/1/%d", coin), len(secret))
	if err != nil {
		return secret, fmt.Errorf("derive: %w", err)
	}
	copy(secret[:], key)
	clear(key)
	return secret, nil
}
