package nat

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"

	"supercomputing/nat/wire"
)

// Service names what a connection is for. It is agreed in the handshake (ALPN,
// RFC 7301): the dialler names one, and a listener that does not offer it ends
// the handshake, so no bytes of one protocol reach another's parser.
type Service string

// The services of a node.
const (
	// ServiceWork is a session between a node and the author of a job. It is
	// what the zero options mean, and all that nodes older than services know.
	ServiceWork Service = wire.ALPN
	// ServiceTalk is a conversation between two wallets.
	ServiceTalk Service = wire.ALPNTalk
)

// maxService is the longest name that fits a handshake (RFC 7301 §3.1).
const maxService = 255

// protocols gives services as TLS wants them; none means ServiceWork.
func protocols(services []Service) ([]string, error) {
	if len(services) == 0 {
		services = []Service{ServiceWork}
	}
	out := make([]string, len(services))
	for i, s := range services {
		if s == "" || len(s) > maxService {
			return nil, fmt.Errorf("%w: a name of %d bytes", ErrService, len(s))
		}
		out[i] = string(s)
	}
	return out, nil
}

// agreed checks what the handshake settled on. TLS lets a handshake pass in
// which a side named no protocol at all; here that is no peer.
func agreed(name string, offered []string) error {
	if name == "" || !slices.Contains(offered, name) {
		return fmt.Errorf("%w: protocol %.20q", ErrHandshake, name)
	}
	return nil
}

// alertNoProtocol is what a TLS server answers a client whose protocols it does
// not speak (RFC 7301 §3.2).
const alertNoProtocol = tls.AlertError(120)

// notOffered tells whether a handshake failed because the other side does not
// offer the service. crypto/tls exports no type for a received alert, only its
// text; a test holds the two together.
func notOffered(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error" && op.Err != nil && op.Err.Error() == alertNoProtocol.Error()
}
