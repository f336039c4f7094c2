// Package wire owns what two nodes must agree on to know each other: the
// certificate that binds a TLS key to a wallet address, the constants of the
// handshake and its checks. It opens no connection; package nat does.
//
// Layout of the certificate's extension, under OID:
//
//	version    1 byte   1
//	address   32 bytes  the node identity, a BIP 340 key
//	expiry     8 bytes  Unix seconds, big-endian
//	signature 64 bytes  BIP 340 by the address over
//	                    TaggedHash("tls", address ‖ expiry ‖ SHA-256(SubjectPublicKeyInfo))
//
// The tagged hash starts with the network's id, so a certificate of one network
// is nothing in another. The TLS handshake proves that the peer holds the
// certificate's key; the extension proves that the address's owner named it.
package wire

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/btcsuite/btcd/btcec/v2/schnorr"

	"supercomputing/chain/types"
)

const (
	// ALPN names this protocol in the TLS handshake (RFC 7301), for the sessions
	// of work.
	ALPN = "scc/1"
	// ALPNTalk names it for conversations.
	ALPNTalk = "scc-talk/1"
	// Lifetime is how long a certificate of ours names its key.
	Lifetime = 24 * time.Hour
	// MaxLifetime is the longest expiry accepted of a peer, so that a TLS key
	// stolen from a process is of no use for long.
	MaxLifetime = 7 * 24 * time.Hour
	// MaxSkew is how far the clocks of two nodes may differ.
	MaxSkew = 10 * time.Minute
	// MaxCertificate bounds a peer's certificate, in bytes of DER.
	MaxCertificate = 4096
	// Ready is the byte the listener sends first, once it has authenticated
	// the dialer: in TLS 1.3 a client cannot see otherwise that its own
	// certificate was accepted.
	Ready = 0x01
	// Full is sent instead when the listener serves too many already.
	Full = 0x02

	extensionVersion = 1
	extensionSize    = 1 + 32 + 8 + 64
)

// OID of the identity extension, in the arc of UUID-derived OIDs (X.667), which
// needs no registration.
func oid() asn1.ObjectIdentifier { return asn1.ObjectIdentifier{2, 25, 1396917059, 1} }

// Errors of peer certificates. All wrap ErrCertificate.
var (
	ErrCertificate = errors.New("invalid peer certificate")
	ErrSignature   = fmt.Errorf("%w: the address did not sign it for this network", ErrCertificate)
	ErrExpired     = fmt.Errorf("%w: out of date (is a clock wrong?)", ErrCertificate)
)

// Identity is the wallet's node identity: it signs, and its key stays where it
// is. Sign makes a BIP 340 signature that verifies under Address.
type Identity interface {
	Address() types.Address
	Sign(hash [32]byte) ([64]byte, error)
}

// Certificate is a self-signed certificate for a fresh TLS key, as DER and the
// key that belongs to it.
type Certificate struct {
	DER    []byte
	Key    crypto.Signer
	Expiry time.Time
}

// NewCertificate makes a TLS key and a certificate in which the identity names
// it until now + Lifetime.
func NewCertificate(id Identity, network types.NetworkID, now time.Time) (*Certificate, error) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("TLS key: %w", err)
	}
	spki, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, fmt.Errorf("TLS key: %w", err)
	}
	expiry := now.Add(Lifetime).Truncate(time.Second)
	addr := id.Address()
	sig, err := id.Sign(bindingHash(network, addr, expiry.Unix(), spki))
	if err != nil {
		return nil, fmt.Errorf("sign the TLS key: %w", err)
	}
	der, err := selfSigned(key, appendExtension(nil, addr, expiry.Unix(), sig), now, expiry)
	if err != nil {
		return nil, err
	}
	return &Certificate{DER: der, Key: key, Expiry: expiry}, nil
}

func selfSigned(key crypto.Signer, extension []byte, now, expiry time.Time) ([]byte, error) {
	// The X.509 fields carry nothing that the extension does not: no name, and
	// a window wide enough for peers whose clocks differ.
	template := &x509.Certificate{
		SerialNumber:    big.NewInt(1),
		Subject:         pkix.Name{},
		NotBefore:       now.Add(-MaxSkew),
		NotAfter:        expiry.Add(MaxSkew),
		KeyUsage:        x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{{Id: oid(), Value: extension}},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("TLS certificate: %w", err)
	}
	return der, nil
}

func bindingHash(network types.NetworkID, addr types.Address, expiry int64, spki []byte) types.Hash {
	digest := sha256.Sum256(spki)
	return network.TaggedHash("tls", addr[:], types.AppendUint64(nil, uint64(expiry)), digest[:])
}

func appendExtension(b []byte, addr types.Address, expiry int64, sig [64]byte) []byte {
	b = append(append(b, extensionVersion), addr[:]...)
	return append(types.AppendUint64(b, uint64(expiry)), sig[:]...)
}

// VerifyPeer tells whose certificate a peer showed. chain is what the peer sent
// in the handshake, DER, leaf first; only a single certificate is accepted. That
// the peer holds the certificate's key is the handshake's business.
func VerifyPeer(chain [][]byte, network types.NetworkID, now time.Time) (types.Address, error) {
	if len(chain) != 1 {
		return types.Address{}, fmt.Errorf("%w: %d certificates instead of one", ErrCertificate, len(chain))
	}
	if len(chain[0]) > MaxCertificate {
		return types.Address{}, fmt.Errorf("%w: %d bytes", ErrCertificate, len(chain[0]))
	}
	cert, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return types.Address{}, fmt.Errorf("%w: %v", ErrCertificate, err)
	}
	for _, e := range cert.Extensions {
		if e.Id.Equal(oid()) {
			return verifyExtension(e.Value, cert.RawSubjectPublicKeyInfo, network, now)
		}
	}
	return types.Address{}, fmt.Errorf("%w: it names no address", ErrCertificate)
}

func verifyExtension(ext, spki []byte, network types.NetworkID, now time.Time) (types.Address, error) {
	if len(ext) != extensionSize || ext[0] != extensionVersion {
		return types.Address{}, fmt.Errorf("%w: unknown form of the address extension", ErrCertificate)
	}
	r := types.NewReader(ext[1:])
	addr, expiry := r.Address(), r.Uint64()
	var raw [64]byte
	r.Copy(raw[:])
	if err := r.Done(); err != nil {
		return types.Address{}, fmt.Errorf("%w: %v", ErrCertificate, err)
	}
	if err := checkExpiry(expiry, now); err != nil {
		return types.Address{}, err
	}
	key, err := schnorr.ParsePubKey(addr[:])
	if err != nil {
		return types.Address{}, fmt.Errorf("%w: the address is no key", ErrCertificate)
	}
	sig, err := schnorr.ParseSignature(raw[:])
	if err != nil {
		return types.Address{}, ErrSignature
	}
	hash := bindingHash(network, addr, int64(expiry), spki)
	if !sig.Verify(hash[:], key) {
		return types.Address{}, ErrSignature
	}
	return addr, nil
}

func checkExpiry(expiry uint64, now time.Time) error {
	if expiry > 1<<40 {
		return fmt.Errorf("%w: expiry %d", ErrCertificate, expiry)
	}
	left := time.Unix(int64(expiry), 0).Sub(now)
	if left < -MaxSkew {
		return fmt.Errorf("%w: expired %v ago", ErrExpired, -left)
	}
	if left > MaxLifetime+MaxSkew {
		return fmt.Errorf("%w: valid for %v, at most %v", ErrExpired, left, MaxLifetime)
	}
	return nil
}
