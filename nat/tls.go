package nat

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"supercomputing/chain/types"
	"supercomputing/nat/wire"
)

// Identity is the wallet's node identity; see wire.Identity.
type Identity = wire.Identity

// HandshakeTimeout bounds the time from an open connection to an authenticated
// one, on both sides.
const HandshakeTimeout = 10 * time.Second

// Keys holds this process's TLS key and the certificate that binds it to the
// node identity. It makes new ones by itself before they run out. One Keys
// serves all listeners and dialers of a process.
type Keys struct {
	id      Identity
	network types.NetworkID
	now     func() time.Time

	mu   sync.Mutex // guards cert
	cert *wire.Certificate
}

// NewKeys prepares TLS keys for an identity on a network. It signs with the
// identity only when the first connection is made.
func NewKeys(id Identity, network types.NetworkID) *Keys {
	return &Keys{id: id, network: network, now: time.Now}
}

// Address is the identity's address.
func (k *Keys) Address() types.Address { return k.id.Address() }

func (k *Keys) certificate() (*tls.Certificate, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if k.cert == nil || k.cert.Expiry.Sub(now) < wire.Lifetime/2 || k.cert.Expiry.Sub(now) > wire.Lifetime {
		cert, err := wire.NewCertificate(k.id, k.network, now)
		if err != nil {
			return nil, err
		}
		k.cert = cert
	}
	return &tls.Certificate{Certificate: [][]byte{k.cert.DER}, PrivateKey: k.cert.Key}, nil
}

// config is TLS for one handshake about services. check sees the peer's
// address, after its certificate was verified, and may refuse it.
//
// InsecureSkipVerify only turns off the web's certificate authorities; what
// authenticates the peer is VerifyConnection, which runs on every handshake.
func (k *Keys) config(services []Service, check func(types.Address) error) (*tls.Config, error) {
	names, err := protocols(services)
	if err != nil {
		return nil, err
	}
	cert, err := k.certificate()
	if err != nil {
		return nil, fmt.Errorf("%w: own certificate: %w", ErrHandshake, err)
	}
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{*cert},
		NextProtos:             names,
		ClientAuth:             tls.RequireAnyClientCert,
		InsecureSkipVerify:     true,
		SessionTicketsDisabled: true,
		VerifyConnection: func(cs tls.ConnectionState) error {
			if err := agreed(cs.NegotiatedProtocol, names); err != nil {
				return err
			}
			chain := make([][]byte, len(cs.PeerCertificates))
			for i, c := range cs.PeerCertificates {
				chain[i] = c.Raw
			}
			addr, err := wire.VerifyPeer(chain, k.network, k.now())
			if err != nil {
				return err
			}
			return check(addr)
		},
	}, nil
}

// Conn is an authenticated, encrypted connection.
type Conn struct {
	*tls.Conn
	peer types.Address
}

// PeerAddress is the address whose owner is at the other end.
func (c *Conn) PeerAddress() types.Address { return c.peer }

// Service is what both sides agreed that the connection is for.
func (c *Conn) Service() Service { return Service(c.ConnectionState().NegotiatedProtocol) }

// Client authenticates the dialling side of a raw connection for a service and
// pins the other side to an address. It closes raw when it fails; ErrService
// means that somebody is there who does not offer the service, and was not
// authenticated any further.
func (k *Keys) Client(ctx context.Context, raw net.Conn, to types.Address, service Service) (*Conn, error) {
	cfg, err := k.config([]Service{service}, func(peer types.Address) error {
		if peer != to {
			return fmt.Errorf("%w: dialled %v, found %v", ErrWrongPeer, to, peer)
		}
		return nil
	})
	if err != nil {
		raw.Close()
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, HandshakeTimeout)
	defer cancel()
	c := tls.Client(raw, cfg)
	if err := c.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, handshakeError(err)
	}
	if err := awaitReady(ctx, c); err != nil {
		raw.Close()
		return nil, err
	}
	return &Conn{Conn: c, peer: to}, nil
}

func awaitReady(ctx context.Context, c *tls.Conn) error {
	stop := context.AfterFunc(ctx, func() { c.SetReadDeadline(time.Unix(1, 0)) })
	var b [1]byte
	_, err := io.ReadFull(c, b[:])
	if !stop() && err == nil {
		err = ctx.Err() // the deadline may strike any time now
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return handshakeError(ctx.Err())
	case err != nil:
		return handshakeError(err)
	case b[0] == wire.Full:
		return ErrFull
	case b[0] != wire.Ready:
		return fmt.Errorf("%w: unknown greeting %#02x", ErrHandshake, b[0])
	}
	return nil
}

// Server authenticates the listening side of a raw connection, for one of the
// services, ServiceWork if none is given. admit may refuse the peer (it is then
// told that this node is full); nil admits all. It closes raw when it fails.
func (k *Keys) Server(ctx context.Context, raw net.Conn, admit func(types.Address) bool, services ...Service) (*Conn, error) {
	var peer types.Address
	cfg, err := k.config(services, func(a types.Address) error { peer = a; return nil })
	if err != nil {
		raw.Close()
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, HandshakeTimeout)
	defer cancel()
	c := tls.Server(raw, cfg)
	if err := c.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, handshakeError(err)
	}
	greeting, ok := byte(wire.Ready), admit == nil || admit(peer)
	if !ok {
		greeting = wire.Full
	}
	c.SetWriteDeadline(time.Now().Add(HandshakeTimeout))
	_, err = c.Write([]byte{greeting})
	c.SetWriteDeadline(time.Time{})
	if err == nil && !ok {
		c.Close()
		return nil, fmt.Errorf("%w: refused %v", ErrFull, peer)
	}
	if err != nil {
		raw.Close()
		return nil, handshakeError(err)
	}
	return &Conn{Conn: c, peer: peer}, nil
}

func handshakeError(err error) error {
	if errors.Is(err, ErrHandshake) || errors.Is(err, ErrWrongPeer) {
		return err
	}
	if notOffered(err) {
		return fmt.Errorf("%w: %w", ErrService, err)
	}
	return fmt.Errorf("%w: %w", ErrHandshake, err)
}
