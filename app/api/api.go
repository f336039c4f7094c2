// Package api owns the local HTTP/JSON interface of a node and its one typed
// client. Server gives a view.Backend to programs of the same user on the same
// machine; Client is that Backend again on the other side, so a command cannot
// tell whether the node is in its own process.
//
// Who may ask: only connections to a loopback address, with a Host header that
// names one (a web page whose name was rebound to 127.0.0.1 fails here), without
// an Origin header (no browser script has business here), and with the token
// from a file that only the owner can read. Everybody else gets the same
// refusal for every path.
//
// Programs elsewhere are let in only if the owner opens a second listener: the
// same API over TLS 1.3, with a self-signed certificate that lies in the data
// directory. Attach takes its fingerprint behind the address, and talks to no
// other certificate:
//
//	https://host:port#<SHA-256 of the certificate, 64 hexadecimal digits>
//
// The token is the same: whoever has it has the wallet, and reads and writes files
// as the node may. Paths are those of the node's machine. Programs that the node
// runs, and the sandbox, are set on that machine only. An address that sends ten
// wrong tokens within a minute is not heard for a minute.
//
// Bodies are one JSON object of at most MaxBody bytes (MaxPSBTBody for a PSBT), without unknown or
// repeated keys and without anything behind it. Failures are
//
//	{"error":{"code":"not_found","message":"…","hint":"…"}}
//
// with the HTTP status that fits the code. A frame of a render job is given as
// the picture itself to a request with “Accept: image/png”. Paths start with /v1; a field may be
// added to an answer within a version, nothing is ever removed or renamed.
package api

import (
	"net/http"

	"supercomputing/app/view"
)

const (
	// MaxBody bounds a request's body, in bytes.
	MaxBody = 1 << 20
	// MaxPSBTBody is MaxBody for a PSBT, which holds a signature or a nonce for
	// each input and member: 8 MiB, in base64.
	MaxPSBTBody = 12 << 20
	// maxAnswer bounds what the client reads of an answer, in bytes: a block
	// of the largest size with all its records in hex.
	maxAnswer = 64 << 20
	// maxStreams bounds open event streams; more are refused as unavailable.
	maxStreams = 32
	// maxRequests bounds requests in progress, streams left out.
	maxRequests = 64
)

// statuses gives each code its HTTP status.
var statuses = map[view.Code]int{
	view.CodeInvalid:         http.StatusBadRequest,
	view.CodeUnauthorized:    http.StatusUnauthorized,
	view.CodeNotFound:        http.StatusNotFound,
	view.CodeConflict:        http.StatusConflict,
	view.CodeTooLarge:        http.StatusRequestEntityTooLarge,
	view.CodeFunds:           http.StatusPaymentRequired,
	view.CodeWalletLocked:    http.StatusLocked,
	view.CodeWrongPassphrase: http.StatusForbidden,
	view.CodeRefused:         http.StatusUnprocessableEntity,
	view.CodeUnavailable:     http.StatusServiceUnavailable,
	view.CodeNotRunning:      http.StatusBadGateway,
	view.CodeBusy:            http.StatusConflict,
	view.CodeDisk:            http.StatusInsufficientStorage,
	view.CodeInternal:        http.StatusInternalServerError,
}

// status is the HTTP status of a code; an unknown one is the program's fault.
func status(c view.Code) int {
	if s, ok := statuses[c]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// failure is the body of every answer that is not a success.
type failure struct {
	Error *view.Error `json:"error"`
}

// The bodies of requests whose Backend method takes plain values.
type (
	connectBody struct {
		Address string `json:"address"`
	}
	newAddressBody struct {
		Label string `json:"label"`
	}
	wordsBody struct {
		Words string `json:"words"`
	}
	noBody struct{}
)
