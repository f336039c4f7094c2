package wire

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"math/big"
	"testing"
	"time"

	"github.com/btcsuite/btcd/btcec/v2"
	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"supercomputing/chain/types"
)

type key struct{ priv *btcec.PrivateKey }

func newKey(t testing.TB) key {
	t.Helper()
	p, err := btcec.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key{p}
}

func (k key) Address() types.Address {
	return types.Address(schnorr.SerializePubKey(k.priv.PubKey()))
}

func (k key) Sign(hash [32]byte) (out [64]byte, err error) {
	sig, err := schnorr.Sign(k.priv, hash[:])
	if err == nil {
		copy(out[:], sig.Serialize())
	}
	return out, err
}

var (
	testNet  = types.NetworkID{1}
	otherNet = types.NetworkID{2}
	now      = time.Unix(1_800_000_000, 0)
)

func TestVerifyPeer(t *testing.T) {
	alice, bob := newKey(t), newKey(t)
	cert, err := NewCertificate(alice, testNet, now)
	if err != nil {
		t.Fatal(err)
	}
	// forge makes a certificate with a key of its own and the given extension.
	forge := func(edit func(spki []byte, ext []byte) []byte) []byte {
		pub, priv, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		spki, err := x509.MarshalPKIXPublicKey(pub)
		if err != nil {
			t.Fatal(err)
		}
		expiry := now.Add(Lifetime).Unix()
		sig, err := alice.Sign(bindingHash(testNet, alice.Address(), expiry, spki))
		if err != nil {
			t.Fatal(err)
		}
		der, err := selfSigned(priv, edit(spki, appendExtension(nil, alice.Address(), expiry, sig)), now, now.Add(Lifetime))
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	signed := func(addr types.Address, by key, expiry int64, spki []byte) []byte {
		sig, err := by.Sign(bindingHash(testNet, addr, expiry, spki))
		if err != nil {
			t.Fatal(err)
		}
		return appendExtension(nil, addr, expiry, sig)
	}
	var copied []byte // alice's extension, moved to another TLS key
	forge(func(_, ext []byte) []byte { copied = ext; return ext })

	cases := []struct {
		name    string
		chain   [][]byte
		network types.NetworkID
		at      time.Time
		want    error
	}{
		{"good", [][]byte{cert.DER}, testNet, now, nil},
		{"good at the end of its life", [][]byte{cert.DER}, testNet, now.Add(Lifetime + MaxSkew), nil},
		{"good with a slow clock", [][]byte{cert.DER}, testNet, now.Add(-MaxLifetime + Lifetime - MaxSkew), nil},
		{"expired", [][]byte{cert.DER}, testNet, now.Add(Lifetime + MaxSkew + time.Second), ErrExpired},
		{"valid for too long", [][]byte{cert.DER}, testNet, now.Add(-MaxLifetime + Lifetime - MaxSkew - time.Second), ErrExpired},
		{"other network", [][]byte{cert.DER}, otherNet, now, ErrSignature},
		{"nothing", nil, testNet, now, ErrCertificate},
		{"two certificates", [][]byte{cert.DER, cert.DER}, testNet, now, ErrCertificate},
		{"not DER", [][]byte{[]byte("rubbish")}, testNet, now, ErrCertificate},
		{"too large", [][]byte{make([]byte, MaxCertificate+1)}, testNet, now, ErrCertificate},
		{"forged but whole", [][]byte{forge(func(_, e []byte) []byte { return e })}, testNet, now, nil},
		{"extension of another key", [][]byte{forge(func(_, _ []byte) []byte { return copied })}, testNet, now, ErrSignature},
		{"short extension", [][]byte{forge(func(_, e []byte) []byte { return e[:len(e)-1] })}, testNet, now, ErrCertificate},
		{"long extension", [][]byte{forge(func(_, e []byte) []byte { return append(e, 0) })}, testNet, now, ErrCertificate},
		{"unknown version", [][]byte{forge(func(_, e []byte) []byte { e[0] = 2; return e })}, testNet, now, ErrCertificate},
		{"flipped signature", [][]byte{forge(func(_, e []byte) []byte { e[len(e)-1] ^= 1; return e })}, testNet, now, ErrSignature},
		{"signature out of range", [][]byte{forge(func(_, e []byte) []byte {
			for i := 41; i < len(e); i++ {
				e[i] = 0xff
			}
			return e
		})}, testNet, now, ErrSignature},
		{"stretched expiry", [][]byte{forge(func(_, e []byte) []byte { e[40]++; return e })}, testNet, now, ErrSignature},
		{"absurd expiry", [][]byte{forge(func(_, e []byte) []byte { e[33] = 0xff; return e })}, testNet, now, ErrCertificate},
		{"bob claims to be alice", [][]byte{forge(func(spki, _ []byte) []byte {
			return signed(alice.Address(), bob, now.Add(Lifetime).Unix(), spki)
		})}, testNet, now, ErrSignature},
		{"address off the curve", [][]byte{forge(func(spki, _ []byte) []byte {
			return signed(types.Address{31: 5}, bob, now.Add(Lifetime).Unix(), spki)
		})}, testNet, now, ErrCertificate},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			addr, err := VerifyPeer(c.chain, c.network, c.at)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err == nil && addr != alice.Address() {
				t.Fatalf("address %v, want %v", addr, alice.Address())
			}
			if err != nil && !addr.IsZero() {
				t.Fatal("an address beside an error")
			}
		})
	}
}

// A certificate of the standard kind, without the extension, is nobody's.
func TestVerifyPeerWithoutExtension(t *testing.T) {
	_, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now, NotAfter: now.Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, priv.Public(), priv)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := VerifyPeer([][]byte{der}, testNet, now); !errors.Is(err, ErrCertificate) {
		t.Fatalf("got %v", err)
	}
}

type locked struct{ key }

var errLocked = errors.New("keystore is locked")

func (locked) Sign([32]byte) ([64]byte, error) { return [64]byte{}, errLocked }

func TestNewCertificateWithLockedKeystore(t *testing.T) {
	if _, err := NewCertificate(locked{newKey(t)}, testNet, now); !errors.Is(err, errLocked) {
		t.Fatalf("got %v", err)
	}
}

func FuzzVerifyPeer(f *testing.F) {
	cert, err := NewCertificate(newKey(f), testNet, now)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(cert.DER)
	f.Add(cert.DER[:len(cert.DER)/2])
	f.Add([]byte{})
	f.Add([]byte{0x30, 0x80})
	f.Fuzz(func(t *testing.T, der []byte) {
		addr, err := VerifyPeer([][]byte{der}, testNet, now)
		if (err == nil) == addr.IsZero() {
			t.Fatalf("address %v beside error %v", addr, err)
		}
		if err != nil && !errors.Is(err, ErrCertificate) {
			t.Fatalf("untyped error %v", err)
		}
	})
}

func FuzzExtension(f *testing.F) {
	priv, _ := btcec.PrivKeyFromBytes([]byte{31: 7}) // the same in each fuzzing process
	k := key{priv}
	spki := []byte("a key")
	expiry := now.Add(Lifetime).Unix()
	sig, err := k.Sign(bindingHash(testNet, k.Address(), expiry, spki))
	if err != nil {
		f.Fatal(err)
	}
	good := appendExtension(nil, k.Address(), expiry, sig)
	f.Add(good)
	f.Add(good[:40])
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, ext []byte) {
		_, err := verifyExtension(ext, spki, testNet, now)
		if err == nil && string(ext) != string(good) {
			t.Fatal("accepted what was never signed")
		}
	})
}
