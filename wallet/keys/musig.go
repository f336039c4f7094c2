package keys

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr/musig2"
	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"

	"supercomputing/chain/types"
)

// Errors of MuSig2 (BIP 327).
var (
	// ErrNonceGone says that there is no secret nonce for this signing: it was
	// used, was never made, or was lost when the program ended or the keystore
	// was locked. A new attempt with fresh nonces of all members is needed.
	ErrNonceGone = errors.New("musig2: the nonce is used up or lost; start a new attempt")
	// ErrNonceBound says that the nonce was made for another message or other
	// keys. It signs nothing else.
	ErrNonceBound = errors.New("musig2: the nonce was made for another message")
	// ErrTooManyNonces says that too many signings are under way.
	ErrTooManyNonces = errors.New("musig2: too many signings are under way; finish or forget some")
	// ErrMuSig says that a session cannot be: our key is not among the
	// participants, a key, tweak or nonce is malformed, or our nonce is not
	// among the nonces.
	ErrMuSig = errors.New("musig2: not a session of this key")
)

// maxNonces bounds the nonces that a keystore holds, used ones counted. A
// transaction of a thousand inputs takes a thousand.
const maxNonces = 4096

// Tweak changes the aggregate key (BIP 327): plainly, as BIP 32 derivation
// does (BIP 328), or after dropping the key's parity, as Taproot does.
type Tweak struct {
	Value [32]byte
	XOnly bool
}

// MuSig is what the participants of one signature agree on.
type MuSig struct {
	Participants [][33]byte // compressed, in the order of aggregation
	Tweaks       []Tweak    // in the order of use
	Message      types.Hash // what is signed
}

// NonceSlot names one signing: an input of a transaction in one attempt. For
// one slot there is one nonce, ever.
type NonceSlot struct {
	Tx             types.Hash
	Input, Attempt uint32
}

// noncePool holds secret nonces from their making to their one use. They are
// in memory only: from a file, a copy or a backup could bring a used nonce
// back, and two signatures with one nonce give the private key away.
type noncePool struct {
	held map[nonceKey]*nonce
	made uint64 // counts, to find the oldest
}

type nonceKey struct {
	account uint32
	slot    NonceSlot
}

type nonce struct {
	secret *veiled[[musig2.SecNonceSize]byte] // nil once used
	public [musig2.PubNonceSize]byte
	bound  [32]byte // digest of the session it was made for
	number uint64
}

func (n *nonce) wipe() {
	if n.secret != nil {
		clear(n.secret.value[:])
		n.secret = nil
	}
}

func (p *noncePool) wipe() {
	for _, n := range p.held {
		n.wipe()
	}
	p.held = nil
}

// room makes room for one more nonce; used ones, which are only remembered for
// a clear error, go first.
func (p *noncePool) room() error {
	if p.held == nil {
		p.held = make(map[nonceKey]*nonce)
	}
	if len(p.held) < maxNonces {
		return nil
	}
	var oldest *nonceKey
	for key, n := range p.held {
		if n.secret == nil && (oldest == nil || n.number < p.held[*oldest].number) {
			oldest = &key
		}
	}
	if oldest == nil {
		return ErrTooManyNonces
	}
	delete(p.held, *oldest)
	return nil
}

// digest binds a nonce to all that it may sign.
func (m *MuSig) digest() [32]byte {
	h := sha256.New()
	b := binary.BigEndian.AppendUint32(nil, uint32(len(m.Participants)))
	for _, p := range m.Participants {
		b = append(b, p[:]...)
	}
	for _, t := range m.Tweaks {
		b = append(b, t.Value[:]...)
		if t.XOnly {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	h.Write(append(b, m.Message[:]...))
	return [32]byte(h.Sum(nil))
}

// parse reads the participants and tweaks for btcec.
func (m *MuSig) parse() (pubs []*btcec.PublicKey, tweaks []musig2.KeyTweakDesc, err error) {
	for _, p := range m.Participants {
		pub, err := btcec.ParsePubKey(p[:])
		if err != nil {
			return nil, nil, fmt.Errorf("%w: participant: %v", ErrMuSig, err)
		}
		pubs = append(pubs, pub)
	}
	for _, t := range m.Tweaks {
		tweaks = append(tweaks, musig2.KeyTweakDesc{Tweak: t.Value, IsXOnly: t.XOnly})
	}
	return pubs, tweaks, nil
}

func (s NonceSlot) encode(account uint32) []byte {
	b := append([]byte(nil), s.Tx[:]...)
	for _, v := range []uint32{s.Input, s.Attempt, account} {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return b
}

// NewNonce makes the nonce for a slot and returns its public half (BIP 327
// NonceGen, with every optional input: secret key, aggregate key, message, and
// the slot). Asked again for the same slot and session before its use, it
// returns the same. The errors are ErrLocked, ErrNonceGone (used already),
// ErrNonceBound, ErrTooManyNonces and ErrMuSig.
func (s *SharedAccount) NewNonce(slot NonceSlot, m MuSig) (public [66]byte, err error) {
	err = s.unlocked(func(key *hdkeychain.ExtendedKey) error {
		pool, at, bound := &s.keystore.nonces, nonceKey{s.index, slot}, m.digest()
		switch n := pool.held[at]; {
		case n == nil:
		case n.secret == nil:
			return ErrNonceGone
		case n.bound != bound:
			return ErrNonceBound
		default:
			public = n.public
			return nil
		}
		if err := pool.room(); err != nil {
			return err
		}
		fresh, err := s.generate(key, slot, &m)
		if err != nil {
			return err
		}
		defer clear(fresh.SecNonce[:])
		secret := fresh.SecNonce
		pool.made++
		pool.held[at] = &nonce{secret: veil(&secret), public: fresh.PubNonce, bound: bound, number: pool.made}
		public = fresh.PubNonce
		return nil
	})
	return public, err
}

func (s *SharedAccount) generate(key *hdkeychain.ExtendedKey, slot NonceSlot, m *MuSig) (*musig2.Nonces, error) {
	pubs, tweaks, err := m.parse()
	if err != nil {
		return nil, err
	}
	if !slices.Contains(m.Participants, s.public) {
		return nil, fmt.Errorf("%w: our key is not among the participants", ErrMuSig)
	}
	aggregate, _, _, err := musig2.AggregateKeys(pubs, false, musig2.WithKeyTweaks(tweaks...))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMuSig, err)
	}
	private, err := key.ECPrivKey()
	if err != nil {
		return nil, fmt.Errorf("derive: %w", err)
	}
	defer private.Zero()
	fresh, err := musig2.GenNonces(
		musig2.WithPublicKey(private.PubKey()),
		musig2.WithNonceSecretKeyAux(private),
		musig2.WithNonceCombinedKeyAux(aggregate.FinalKey),
		musig2.WithNonceMessageAux(m.Message),
		musig2.WithNonceAuxInput(slot.encode(s.index)),
	)
	if err != nil {
		return nil, fmt.Errorf("musig2: nonce: %w", err)
	}
	return fresh, nil
}

// PartialSign makes our partial signature from all participants' public
// nonces, in the participants' order. It takes the slot's nonce out and wipes
// it before anything else, so that whatever follows, an error too, no second
// signature with it can be: ErrNonceGone. The other errors are ErrLocked,
// ErrNonceBound and ErrMuSig.
func (s *SharedAccount) PartialSign(slot NonceSlot, m MuSig, nonces [][66]byte) (partial [32]byte, err error) {
	err = s.unlocked(func(key *hdkeychain.ExtendedKey) error {
		n := s.keystore.nonces.held[nonceKey{s.index, slot}]
		if n == nil || n.secret == nil {
			return ErrNonceGone
		}
		secret := *n.secret.value
		n.wipe()
		defer clear(secret[:])
		if n.bound != m.digest() {
			return ErrNonceBound
		}
		private, err := key.ECPrivKey()
		if err != nil {
			return fmt.Errorf("derive: %w", err)
		}
		defer private.Zero()
		partial, err = m.sign(private, secret, n.public, nonces)
		return err
	})
	return partial, err
}

// sign makes the partial signature with a nonce that nothing else holds any
// more (BIP 327 Sign).
func (m *MuSig) sign(private *btcec.PrivateKey, secret [musig2.SecNonceSize]byte, public [66]byte, nonces [][66]byte) (partial [32]byte, err error) {
	own := slices.Index(m.Participants, [33]byte(private.PubKey().SerializeCompressed()))
	if own < 0 || len(nonces) != len(m.Participants) || nonces[own] != public {
		return partial, fmt.Errorf("%w: our nonce is not among the nonces", ErrMuSig)
	}
	pubs, tweaks, err := m.parse()
	if err != nil {
		return partial, err
	}
	all, err := musig2.AggregateNonces(nonces)
	if err != nil {
		return partial, fmt.Errorf("%w: nonces: %v", ErrMuSig, err)
	}
	// Sign checks its own result, as BIP 327 recommends: a fault while signing
	// could give the key away.
	sig, err := musig2.Sign(secret, private, all, pubs, m.Message, musig2.WithTweaks(tweaks...))
	if err != nil {
		return partial, fmt.Errorf("%w: %v", ErrMuSig, err)
	}
	sig.S.PutBytes(&partial)
	return partial, nil
}

// ForgetNonces wipes all nonces made for a transaction, when it is sent or
// given up.
func (k *Keystore) ForgetNonces(tx types.Hash) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for key, n := range k.nonces.held {
		if key.slot.Tx == tx {
			n.wipe()
			delete(k.nonces.held, key)
		}
	}
}

// HeldNonces counts the unused nonces that the keystore holds.
func (k *Keystore) HeldNonces() (count int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, n := range k.nonces.held {
		if n.secret != nil {
			count++
		}
	}
	return count
}
