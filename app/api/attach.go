package api

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"supercomputing/app/view"
)

// Attach makes a client for a node anywhere. address is http://127.0.0.1:7402
// for a node on this machine, or https://host:port#fingerprint, the fingerprint
// being the SHA-256 of the node's certificate in hex, as “supercomputing node
// link” prints it. It does not connect; Check does.
func Attach(address, token string) (*Client, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Path != "" && u.Path != "/" {
		return nil, view.Errorf(view.CodeInvalid, "%q is not the address of a node", address).
			WithHint("http://127.0.0.1:PORT on this machine, else what “supercomputing node link” prints there")
	}
	if raw, err := hex.DecodeString(token); err != nil || len(raw) != 32 {
		return nil, view.Errorf(view.CodeUnauthorized, "that is not a node's token: 64 hexadecimal digits").
			WithHint("“supercomputing node link --token” prints it on the node's machine")
	}
	if u.Port() == "" {
		return nil, view.Errorf(view.CodeInvalid, "%q names no port", address)
	}
	c := NewClient(u.Host, token)
	switch u.Scheme {
	case "http":
		if !loopback(u.Hostname()) {
			return nil, view.Errorf(view.CodeInvalid, "http is for nodes on this machine only: the token would be read on its way to %s", u.Host).
				WithHint("use the https address that “supercomputing node link” prints there")
		}
		return c, nil
	case "https":
		return c, c.pin(u)
	}
	return nil, view.Errorf(view.CodeInvalid, "%q begins with neither http:// nor https://", address)
}

// errPin says that a node shows another certificate than the one asked for.
var errPin = errors.New("another certificate")

// pin makes the client speak TLS with the one node whose certificate has the
// fingerprint of the URL.
func (c *Client) pin(u *url.URL) error {
	want, err := hex.DecodeString(strings.ReplaceAll(u.Fragment, ":", ""))
	if err != nil || len(want) != sha256.Size {
		return view.Errorf(view.CodeInvalid, "the address has no fingerprint of the node's certificate behind a “#”").
			WithHint("copy the whole line that “supercomputing node link” prints")
	}
	c.base = "https://" + u.Host
	c.transport.TLSClientConfig = &tls.Config{
		MinVersion: tls.VersionTLS13,
		// No authority vouches for a node. The fingerprint says more: this very
		// certificate, or no connection.
		InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 || sha256.Sum256(s.PeerCertificates[0].Raw) != [sha256.Size]byte(want) {
				return errPin
			}
			return nil
		},
	}
	return nil
}

// Check asks the node for its status, to find out now what would fail later:
// that nothing answers, a wrong fingerprint or token, another version.
func (c *Client) Check(ctx context.Context) (view.Status, error) {
	s, err := c.Status(ctx)
	switch {
	case errors.Is(err, view.ErrUnauthorized):
		return s, view.Errorf(view.CodeUnauthorized, "%v", err).WithHint("“supercomputing node link --token” on the node's machine prints the right one")
	case errors.Is(err, view.ErrNotFound), err == nil && s.Version == "":
		return s, view.Errorf(view.CodeConflict, "the node at %s has another version of the API", c.base).
			WithHint("use the same version of the program on both machines")
	case err != nil:
		return s, fmt.Errorf("node at %s: %w", c.base, err)
	}
	return s, nil
}
