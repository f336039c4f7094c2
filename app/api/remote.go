package api

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"supercomputing/app/view"
)

// CertificateFile is the name of the node's certificate and its key in a data
// directory, readable by the owner only. Without the file a new one is made,
// which clients do not know.
const CertificateFile = "api-certificate.pem"

const (
	// maxRemote bounds connections from elsewhere, and maxEach those of one
	// address, so that it cannot keep all others out; more are closed at once.
	maxRemote = 128
	maxEach   = 32
	// maxGuesses is how many wrong tokens an address may send in guessSpan
	// before it is not heard any more for as long.
	maxGuesses = 10
	guessSpan  = time.Minute
	// maxGuessers bounds the addresses that are remembered.
	maxGuessers = 4096
)

// Certificate gives the certificate in a file, or makes one there. It vouches
// for nothing: clients know it by its fingerprint.
func Certificate(path string) (tls.Certificate, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if raw, err = newCertificate(); err == nil {
			err = writePrivate(path, string(raw))
		}
	}
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("API certificate: %w", err)
	}
	cert, err := tls.X509KeyPair(raw, raw)
	if err != nil { // not its text: it could quote the key
		return tls.Certificate{}, view.Errorf(view.CodeInternal, "the API certificate in %s is damaged", path).
			WithHint("remove the file: a new one is made, whose address has to be given to programs elsewhere again")
	}
	return cert, nil
}

func newCertificate() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	// No clock is asked: a pinned certificate has no time.
	tmpl := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "supercomputing node"},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), // RFC 5280 §4.1.2.5
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, b := range []*pem.Block{{Type: "CERTIFICATE", Bytes: der}, {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := pem.Encode(&out, b); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

// RemoteURL is the address that Attach takes for a node with a certificate.
func RemoteURL(hostPort string, cert tls.Certificate) string {
	sum := sha256.Sum256(cert.Certificate[0])
	return "https://" + hostPort + "#" + hex.EncodeToString(sum[:])
}

// RunRemote serves programs elsewhere on the listener until ctx is done, over
// TLS with the certificate. They need the same token; wrong ones are counted.
func (s *Server) RunRemote(ctx context.Context, ln net.Listener, cert tls.Certificate) error {
	config := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}}
	limited := &limitedListener{Listener: ln, most: maxRemote, each: maxEach, from: make(map[netip.Addr]int)}
	return s.run(ctx, tls.NewListener(limited, config), &remote{server: s, guesses: newGuesses(time.Now)})
}

// remote answers programs elsewhere.
type remote struct {
	server  *Server
	guesses *guesses
}

// ServeHTTP implements http.Handler.
func (h *remote) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.server.serve(w, r.WithContext(context.WithValue(r.Context(), farKey{}, true)), h.authorise)
}

// farKey marks the context of a request from elsewhere.
type farKey struct{}

// checkFar refuses settings that only the machine's own user may change: they
// name programs that the node runs, or let strangers' scenes run without a
// sandbox. A token that was stolen must not become a program on this machine.
func checkFar(ctx context.Context, changes []view.SettingChange) error {
	if ctx.Value(farKey{}) == nil {
		return nil
	}
	for _, c := range changes {
		if strings.HasPrefix(c.Key, "engines.") || c.Key == "contribute.unsandboxed" {
			return view.Errorf(view.CodeInvalid, "setting %s: it names what runs on the node's machine, and is only changed there", c.Key).
				WithHint("“supercomputing config set” changes it there; nothing was changed")
		}
	}
	return nil
}

// authorise lets only programs of the owner pass. The name that was asked for
// says nothing here: no browser believes the certificate, so none can be led to
// it. Scripts of pages are refused all the same.
func (h *remote) authorise(r *http.Request) error {
	from := source(r.RemoteAddr)
	if !h.guesses.heard(from) {
		return view.Errorf(view.CodeUnavailable, "too many wrong tokens came from this address").WithHint("wait a minute")
	}
	err := h.server.checkToken(r)
	if err != nil && h.guesses.wrong(from) {
		h.server.log.Warn("a program elsewhere sent a wrong API token", "from", from)
	}
	return err
}

// source is whom a guess is charged to: an address, of IPv6 its network, for
// whoever has one has many.
func source(remoteAddr string) netip.Addr {
	at, err := netip.ParseAddrPort(remoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	a := at.Addr().Unmap().WithZone("")
	if p, err := a.Prefix(64); err == nil && a.Is6() {
		return p.Addr()
	}
	return a
}

// guesses counts wrong tokens by where they came from.
type guesses struct {
	now func() time.Time

	mu   sync.Mutex
	from map[netip.Addr]tally // guarded by mu
}

type tally struct {
	since time.Time
	count int
}

func newGuesses(now func() time.Time) *guesses {
	return &guesses{now: now, from: make(map[netip.Addr]tally)}
}

// heard reports whether requests of an address are looked at.
func (g *guesses) heard(a netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	t := g.from[a]
	return t.count < maxGuesses || g.now().Sub(t.since) >= guessSpan
}

// wrong counts a guess; it reports whether it is the first of its time.
func (g *guesses) wrong(a netip.Addr) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	t := g.from[a]
	if now.Sub(t.since) >= guessSpan {
		t = tally{}
	}
	if t.count == 0 {
		g.makeRoom(now)
	}
	t.count, t.since = t.count+1, now
	g.from[a] = t
	return t.count == 1
}

// makeRoom forgets what is over, or everything when that is not enough: then
// so many guess that counting each says nothing. The caller holds mu.
func (g *guesses) makeRoom(now time.Time) {
	if len(g.from) < maxGuessers {
		return
	}
	for a, t := range g.from {
		if now.Sub(t.since) >= guessSpan {
			delete(g.from, a)
		}
	}
	if len(g.from) >= maxGuessers {
		clear(g.from)
	}
}

// limitedListener closes connections beyond its bounds.
type limitedListener struct {
	net.Listener
	most, each int // in all, and of one source

	mu sync.Mutex
	// guarded by mu:
	open int
	from map[netip.Addr]int
}

// Accept implements net.Listener.
func (l *limitedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		from := source(c.RemoteAddr().String())
		if l.take(from) {
			return &limitedConn{Conn: c, give: func() { l.give(from) }}, nil
		}
		c.Close()
	}
}

func (l *limitedListener) take(from netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= l.most || l.from[from] >= l.each {
		return false
	}
	l.open++
	l.from[from]++
	return true
}

func (l *limitedListener) give(from netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.from[from]--; l.from[from] == 0 {
		delete(l.from, from)
	}
}

type limitedConn struct {
	net.Conn
	give func()
	once sync.Once
}

// Close implements net.Conn.
func (c *limitedConn) Close() error {
	c.once.Do(c.give)
	return c.Conn.Close()
}

// bearer is the token of a request.
func bearer(r *http.Request) (string, bool) {
	return strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
}
