package keys

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"
	"github.com/btcsuite/btcd/btcec/v2/schnorr/musig2"
	"github.com/btcsuite/btcd/btcutil/v2/hdkeychain"
	"github.com/btcsuite/btcd/chaincfg/v2"

	"supercomputing/chain/types"
)

// vector is a case of BIP 327's sign_verify and tweak vectors.
type vector struct {
	Keys     []int  `json:"key_indices"`
	Nonces   []int  `json:"nonce_indices"`
	Msg      int    `json:"msg_index"`
	Tweaks   []int  `json:"tweak_indices"`
	XOnly    []bool `json:"is_xonly"`
	Signer   int    `json:"signer_index"`
	Expected string
	Comment  string
}

type vectors struct {
	SK        string
	Pubkeys   []string
	Secnonce  string
	Secnonces []string
	Pnonces   []string
	Tweaks    []string
	Msg       string
	Msgs      []string
	Valid     []vector `json:"valid_test_cases"`
	Errors    []vector `json:"error_test_cases"`
}

func (f *vectors) session(t *testing.T, v vector) (MuSig, [][66]byte) {
	t.Helper()
	msg := f.Msg
	if msg == "" {
		msg = f.Msgs[v.Msg]
	}
	m := MuSig{Message: types.Hash(unhex(t, msg))}
	for _, k := range v.Keys {
		m.Participants = append(m.Participants, [33]byte(unhex(t, f.Pubkeys[k])))
	}
	for i, k := range v.Tweaks {
		m.Tweaks = append(m.Tweaks, Tweak{[32]byte(unhex(t, f.Tweaks[k])), v.XOnly[i]})
	}
	var nonces [][66]byte
	for _, k := range v.Nonces {
		nonces = append(nonces, [66]byte(unhex(t, f.Pnonces[k])))
	}
	return m, nonces
}

// TestBIP327Vectors signs BIP 327's sign and tweak vectors.
func TestBIP327Vectors(t *testing.T) {
	for _, name := range []string{"bip327_sign_verify.json", "bip327_tweak.json"} {
		var f vectors
		loadVectors(t, name, &f)
		secret := f.Secnonce
		if secret == "" {
			secret = f.Secnonces[0]
		}
		private, _ := btcec.PrivKeyFromBytes(unhex(t, f.SK))
		for _, v := range f.Valid {
			m, nonces := f.session(t, v)
			got, err := m.sign(private, [musig2.SecNonceSize]byte(unhex(t, secret)), nonces[v.Signer], nonces)
			if err != nil || !strings.EqualFold(fmt.Sprintf("%x", got), v.Expected) {
				t.Errorf("%s: %x, %v, want %s (%s)", name, got, err, v.Expected, v.Comment)
			}
		}
		for _, v := range f.Errors {
			m, nonces := f.session(t, v)
			if _, err := m.sign(private, [musig2.SecNonceSize]byte(unhex(t, secret)), nonces[v.Signer], nonces); !errors.Is(err, ErrMuSig) {
				t.Errorf("%s: %v (%s)", name, err, v.Comment)
			}
		}
	}
}

// shared makes an account with a stranger as the other participant.
func shared(t testing.TB) (*Keystore, *SharedAccount, MuSig, [66]byte) {
	t.Helper()
	k := newKeystore(t, light)
	s, err := k.SharedAccount(0)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := btcec.PrivKeyFromBytes(bytes.Repeat([]byte{5}, 32))
	theirs, err := musig2.GenNonces(musig2.WithPublicKey(other.PubKey()))
	if err != nil {
		t.Fatal(err)
	}
	m := MuSig{Participants: [][33]byte{[33]byte(other.PubKey().SerializeCompressed()), s.PublicKey()}, Message: types.Hash{9},
		Tweaks: []Tweak{{Value: [32]byte{1}}, {Value: [32]byte{2}, XOnly: true}}}
	return k, s, m, theirs.PubNonce
}

var slot = NonceSlot{Tx: types.Hash{1}, Input: 2, Attempt: 3}

// A nonce signs once, whatever comes with the second attempt to use it.
func TestNonceIsUsedOnce(t *testing.T) {
	for name, again := range map[string]func(m *MuSig, nonces [][66]byte){
		"the same":         func(*MuSig, [][66]byte) {},
		"another message":  func(m *MuSig, _ [][66]byte) { m.Message[0]++ },
		"other nonces":     func(_ *MuSig, n [][66]byte) { n[0] = n[1] },
		"other tweaks":     func(m *MuSig, _ [][66]byte) { m.Tweaks = nil },
		"no participants":  func(m *MuSig, _ [][66]byte) { m.Participants = nil },
		"our nonce absent": func(_ *MuSig, n [][66]byte) { n[1] = n[0] },
	} {
		for _, first := range []string{"success", "failure"} {
			_, s, m, theirs := shared(t)
			ours, err := s.NewNonce(slot, m)
			if err != nil {
				t.Fatal(err)
			}
			nonces := [][66]byte{theirs, ours}
			if first == "success" {
				if _, err := s.PartialSign(slot, m, nonces); err != nil {
					t.Fatal(err)
				}
			} else if _, err := s.PartialSign(slot, m, nonces[:1]); !errors.Is(err, ErrMuSig) {
				t.Fatal(err)
			}
			m.Tweaks = append([]Tweak(nil), m.Tweaks...)
			again(&m, nonces)
			if _, err := s.PartialSign(slot, m, nonces); !errors.Is(err, ErrNonceGone) {
				t.Errorf("%s after %s: %v", name, first, err)
			}
			// Neither does the slot get another nonce.
			if _, err := s.NewNonce(slot, m); !errors.Is(err, ErrNonceGone) {
				t.Errorf("%s after %s: a new nonce: %v", name, first, err)
			}
		}
	}
}

func TestNonceIsBound(t *testing.T) {
	for name, change := range map[string]func(m *MuSig){
		"message":      func(m *MuSig) { m.Message[3]++ },
		"tweak":        func(m *MuSig) { m.Tweaks[0].Value[0]++ },
		"kind":         func(m *MuSig) { m.Tweaks[0].XOnly = true },
		"tweaks":       func(m *MuSig) { m.Tweaks = m.Tweaks[:1] },
		"participants": func(m *MuSig) { m.Participants[0], m.Participants[1] = m.Participants[1], m.Participants[0] },
	} {
		k, s, m, theirs := shared(t)
		ours, err := s.NewNonce(slot, m)
		if err != nil {
			t.Fatal(err)
		}
		changed := MuSig{append([][33]byte(nil), m.Participants...), append([]Tweak(nil), m.Tweaks...), m.Message}
		change(&changed)
		if _, err := s.NewNonce(slot, changed); !errors.Is(err, ErrNonceBound) {
			t.Errorf("%s: a nonce: %v", name, err)
		}
		if _, err := s.PartialSign(slot, changed, [][66]byte{theirs, ours}); !errors.Is(err, ErrNonceBound) {
			t.Errorf("%s: a signature: %v", name, err)
		}
		if k.HeldNonces() != 0 {
			t.Errorf("%s: the nonce is still held", name)
		}
		if _, err := s.PartialSign(slot, m, [][66]byte{theirs, ours}); !errors.Is(err, ErrNonceGone) {
			t.Errorf("%s: then the right one: %v", name, err)
		}
	}
}

// Nonces of different slots differ, also with the same message, and asking
// again before use gives the same.
func TestNoncesAreFresh(t *testing.T) {
	k, s, m, _ := shared(t)
	seen := make(map[[66]byte]bool)
	for _, sl := range []NonceSlot{slot, {slot.Tx, 2, 4}, {slot.Tx, 3, 3}, {types.Hash{2}, 2, 3}} {
		a, err := s.NewNonce(sl, m)
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.NewNonce(sl, m)
		if err != nil || a != b || seen[a] {
			t.Errorf("%v: %v", sl, err)
		}
		seen[a] = true
	}
	// The same slot of another account of the keystore is another one.
	other, err := k.SharedAccount(1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.NewNonce(slot, m); !errors.Is(err, ErrMuSig) {
		t.Errorf("a key that takes no part: %v", err)
	}
	if k.HeldNonces() != 4 {
		t.Errorf("%d nonces held", k.HeldNonces())
	}
	k.ForgetNonces(slot.Tx)
	if k.HeldNonces() != 1 {
		t.Errorf("%d nonces held after one transaction is over", k.HeldNonces())
	}
	// The same slot in another run of the program, from the same file: another
	// nonce. What a crash left behind cannot be signed with.
	again := reopen(t, k)
	if err := again.Unlock([]byte("pass")); err != nil {
		t.Fatal(err)
	}
	s2, err := again.SharedAccount(0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s2.PartialSign(slot, m, nil); !errors.Is(err, ErrNonceGone) {
		t.Errorf("after a restart: %v", err)
	}
	if n, err := s2.NewNonce(slot, m); err != nil || seen[n] {
		t.Errorf("after a restart: the same nonce, %v", err)
	}
}

func TestLockingWipesNonces(t *testing.T) {
	k, s, m, theirs := shared(t)
	ours, err := s.NewNonce(slot, m)
	if err != nil {
		t.Fatal(err)
	}
	secret := k.nonces.held[nonceKey{0, slot}].secret.value
	k.Lock()
	if *secret != [musig2.SecNonceSize]byte{} {
		t.Error("the secret nonce is still in memory")
	}
	for _, f := range []func() error{
		func() error { _, err := s.NewNonce(slot, m); return err },
		func() error { _, err := s.PartialSign(slot, m, [][66]byte{theirs, ours}); return err },
		func() error { _, err := s.SignSchnorr(0, 0, types.Hash{}); return err },
		func() error { _, err := k.SharedAccount(0); return err },
	} {
		if err := f(); !errors.Is(err, ErrLocked) {
			t.Errorf("locked: %v", err)
		}
	}
	if err := k.Unlock([]byte("pass")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PartialSign(slot, m, [][66]byte{theirs, ours}); !errors.Is(err, ErrNonceGone) {
		t.Errorf("after locking: %v", err)
	}
	if !strings.HasPrefix(s.Expression(), "[") {
		t.Error("the account's public half is gone")
	}
}

// Nonces have a ceiling; used ones make room, waiting ones do not.
func TestNoncesHaveACeiling(t *testing.T) {
	k, s, m, theirs := shared(t)
	first, err := s.NewNonce(slot, m)
	if err != nil {
		t.Fatal(err)
	}
	n := k.nonces.held[nonceKey{0, slot}]
	for i := range maxNonces - 1 {
		filler := *n
		filler.secret = veil(new([musig2.SecNonceSize]byte))
		k.nonces.held[nonceKey{0, NonceSlot{Attempt: uint32(i + 100)}}] = &filler
	}
	fresh := NonceSlot{Attempt: 1 << 20}
	if _, err := s.NewNonce(fresh, m); !errors.Is(err, ErrTooManyNonces) {
		t.Fatalf("one over the ceiling: %v", err)
	}
	if _, err := s.PartialSign(slot, m, [][66]byte{theirs, first}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.NewNonce(fresh, m); err != nil || len(k.nonces.held) != maxNonces {
		t.Fatalf("%d held, %v", len(k.nonces.held), err)
	}
}

// Many goroutines ask for one signature: one gets it.
func TestOnlyOneSigns(t *testing.T) {
	_, s, m, theirs := shared(t)
	ours, err := s.NewNonce(slot, m)
	if err != nil {
		t.Fatal(err)
	}
	results := make(chan error, 16)
	var wg sync.WaitGroup
	for i := range cap(results) {
		wg.Go(func() {
			mine := m
			mine.Message[0] += byte(i % 2) // half of them for another message
			_, err := s.PartialSign(slot, mine, [][66]byte{theirs, ours})
			results <- err
		})
	}
	wg.Wait()
	close(results)
	gone := 0
	for err := range results {
		if errors.Is(err, ErrNonceGone) {
			gone++
		}
	}
	if gone != cap(results)-1 {
		t.Errorf("%d of %d were refused", gone, cap(results))
	}
}

func TestSessionsRefused(t *testing.T) {
	_, s, m, _ := shared(t)
	for name, change := range map[string]func(m *MuSig){
		"no participants": func(m *MuSig) { m.Participants = nil },
		"without us":      func(m *MuSig) { m.Participants = m.Participants[:1] },
		"no point":        func(m *MuSig) { m.Participants[0] = [33]byte{2, 0xff} },
		"a large tweak":   func(m *MuSig) { m.Tweaks[0].Value = [32]byte(bytes.Repeat([]byte{0xff}, 32)) },
	} {
		c := MuSig{append([][33]byte(nil), m.Participants...), append([]Tweak(nil), m.Tweaks...), m.Message}
		change(&c)
		if _, err := s.NewNonce(slot, c); !errors.Is(err, ErrMuSig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSharedAccountKey(t *testing.T) {
	k := newKeystore(t, light)
	s, err := k.SharedAccount(5)
	if err != nil {
		t.Fatal(err)
	}
	// BIP 32's derivation step by step, of m/87'/7'/5'.
	key, err := hdkeychain.NewMaster(mustWords(t, abandon).Seed(""), &chaincfg.MainNetParams)
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range []uint32{87, 7, 5} {
		if key, err = key.Derive(hdkeychain.HardenedKeyStart + index); err != nil {
			t.Fatal(err)
		}
	}
	public, err := key.Neuter()
	if err != nil {
		t.Fatal(err)
	}
	// The fingerprint of these words is known from BIP 84's and 86's examples.
	if want := "[73c5da0a/87h/7h/5h]" + public.String(); s.Expression() != want {
		t.Errorf("%s, want %s", s.Expression(), want)
	}
	if s.Fingerprint() != [4]byte{0x73, 0xc5, 0xda, 0x0a} {
		t.Errorf("fingerprint %x", s.Fingerprint())
	}
	hash := types.Hash{4}
	sig, err := s.SignSchnorr(1, 8, hash)
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range []uint32{1, 8} {
		if public, err = public.Derive(index); err != nil {
			t.Fatal(err)
		}
	}
	pub, err := public.ECPubKey()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := schnorr.ParseSignature(sig[:])
	if err != nil || !parsed.Verify(hash[:], pub) {
		t.Error("the key at 1/8 does not verify the signature")
	}
	for _, path := range [][2]uint32{{2, 0}, {0, 1 << 31}} {
		if _, err := s.SignSchnorr(path[0], path[1], hash); !errors.Is(err, ErrPath) {
			t.Errorf("%v: %v", path, err)
		}
	}
	if _, err := k.SharedAccount(1 << 31); !errors.Is(err, ErrPath) {
		t.Errorf("account 2^31: %v", err)
	}
	if _, err := s.NewNonce(slot, MuSig{Participants: [][33]byte{s.PublicKey(), s.PublicKey()}}); err != nil {
		t.Error(err)
	}
}

// No verb prints a secret nonce or a private key.
func TestSharedAccountPrintsNothing(t *testing.T) {
	k, s, m, _ := shared(t)
	if _, err := s.NewNonce(slot, m); err != nil {
		t.Fatal(err)
	}
	secret := k.nonces.held[nonceKey{0, slot}].secret.value[:8]
	for _, v := range []any{s, *s, k, k.nonces, &k.nonces, k.nonces.held[nonceKey{0, slot}], struct{ s SharedAccount }{*s}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			out := fmt.Sprintf(verb, v)
			for _, bad := range [][]byte{secret, k.secret.seed[:8]} {
				for _, form := range []string{"%x", "%X", "%v", "%s"} {
					if text := strings.Trim(fmt.Sprintf(form, bad), "[]"); strings.Contains(out, text) {
						t.Errorf("%T with %s prints a secret", v, verb)
					}
				}
			}
		}
	}
}

// Whatever order calls come in, from whatever goroutines, no public nonce ever
// stands next to two partial signatures.
func TestNoSequenceReusesANonce(t *testing.T) {
	k, s, m, theirs := shared(t)
	var mu sync.Mutex
	given := make(map[NonceSlot][][66]byte) // guarded by mu: of all lives of a slot
	signed := make(map[[66]byte]int)        // guarded by mu
	step := func(r *rand.Rand) error {
		sl := NonceSlot{types.Hash{byte(r.IntN(2))}, uint32(r.IntN(2)), uint32(r.IntN(2))}
		mine := m
		mine.Message[1] = byte(r.IntN(20) / 19)
		switch n := r.IntN(100); {
		case n < 1:
			k.Lock()
			return nil
		case n < 15:
			k.ForgetNonces(sl.Tx)
			return nil
		case n < 50:
			n, err := s.NewNonce(sl, mine)
			if err == nil {
				mu.Lock()
				given[sl] = append(given[sl], n)
				mu.Unlock()
			}
			return err
		}
		mu.Lock()
		ns := given[sl]
		mu.Unlock()
		if len(ns) == 0 {
			return nil
		}
		n := ns[max(0, len(ns)-1-r.IntN(10)/9)]
		_, err := s.PartialSign(sl, mine, [][66]byte{theirs, n})
		if err == nil {
			mu.Lock()
			signed[n]++
			mu.Unlock()
		}
		return err
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(i)))
			for range 250 {
				switch err := step(r); {
				case err == nil, errors.Is(err, ErrNonceGone), errors.Is(err, ErrNonceBound), errors.Is(err, ErrMuSig):
				case errors.Is(err, ErrLocked):
					if err := k.Unlock([]byte("pass")); err != nil {
						t.Error(err)
					}
				default:
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for n, count := range signed {
		if count > 1 {
			t.Errorf("the nonce %x… signed %d times", n[:4], count)
		}
	}
	if len(signed) < 20 {
		t.Errorf("only %d signatures were made", len(signed))
	}
}
