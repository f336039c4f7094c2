package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"supercomputing/app/view"
)

// Client is the Backend of a running node, over its API. It never repeats a
// request by itself: a payment that was sent twice would be paid twice.
type Client struct {
	base      string // "http://127.0.0.1:1234"
	token     string
	http      *http.Client
	transport *http.Transport
	quiet     time.Duration // an event stream silent for this long is dead
}

var _ view.Backend = (*Client)(nil)

// NewClient talks to the API at host:port with the token.
func NewClient(address, token string) *Client {
	// No proxy: the token must not leave the machine, but to the node itself.
	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		MaxIdleConnsPerHost: 4,
		IdleConnTimeout:     time.Minute,
		DisableCompression:  true,
	}
	return &Client{
		base:      "http://" + address,
		token:     token,
		quiet:     time.Minute,
		transport: transport,
		http: &http.Client{
			Transport:     transport,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Find makes a client for the node that runs on a data directory. An address
// other than "" overrides the one that the node wrote down; it is one of this
// machine, for the token goes there unencrypted.
func Find(dir, address string) (*Client, error) {
	if host, _, err := net.SplitHostPort(address); address != "" && (err != nil || !loopback(host)) {
		return nil, view.Errorf(view.CodeInvalid, "%q is not the host:port of a node on this machine", address).
			WithHint("for a node elsewhere, give the https address that “supercomputing node link” prints there")
	}
	token, err := LoadToken(filepath.Join(dir, TokenFile))
	if err != nil {
		return nil, err
	}
	if address == "" {
		raw, err := os.ReadFile(filepath.Join(dir, AddressFile))
		if err != nil {
			return nil, notRunning("it left no API address in " + dir)
		}
		address = strings.TrimSpace(string(raw))
	}
	return NewClient(address, token), nil
}

// WriteAddress leaves the address of a node that starts for Find.
func WriteAddress(dir string, addr net.Addr) error {
	return writePrivate(filepath.Join(dir, AddressFile), addr.String()+"\n")
}

// request sends one request; in is nil for none. Failures of the connection
// become *view.Error, so do answers that are not a success.
func (c *Client) request(ctx context.Context, method, path string, in any) (*http.Response, error) {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("API request: %w", err)
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return nil, view.Errorf(view.CodeInvalid, "API address %s: %v", c.base, err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.lost(ctx, err)
	}
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	var f failure
	raw, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
	if json.Unmarshal(raw, &f) != nil || f.Error == nil || f.Error.Code == "" {
		return nil, notRunning(fmt.Sprintf("something else answers at %s (HTTP %d)", c.base, resp.StatusCode))
	}
	return nil, f.Error
}

// lost explains a connection that failed.
func (c *Client) lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, errPin) {
		return view.Errorf(view.CodeUnauthorized, "the node at %s has another certificate than the address names", c.base).
			WithHint("compare it with what “supercomputing node link” prints on its machine; do not go on if nobody made it anew")
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		return notRunning("nothing answers at " + c.base)
	}
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		return notRunning("no answer in time from " + c.base)
	}
	return view.Errorf(view.CodeUnavailable, "the connection to the node broke: %v", err).
		WithHint("ask again whether it was done before you repeat it")
}

// call sends a request and decodes its answer.
func call[T any](ctx context.Context, c *Client, method, path string, in any) (T, error) {
	var out T
	resp, err := c.request(ctx, method, path, in)
	if err != nil {
		return out, err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return out, c.lost(ctx, err)
	}
	if len(raw) > maxAnswer {
		return out, view.Errorf(view.CodeTooLarge, "the answer is larger than %d bytes", maxAnswer)
	}
	// Unknown keys are taken: a newer node may say more.
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, view.Errorf(view.CodeInternal, "the node's answer to %s %s does not decode: %v", method, path, err)
	}
	return out, nil
}
