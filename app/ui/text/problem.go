package text

import (
	"strings"

	"supercomputing/app/view"
)

// Problem is a failure as a person reads it.
type Problem struct {
	Title   string // what kind, in the catalog's language
	Message string // what happened and what was kept, the node's own words
	Hint    string // what to do next
}

// titles names the kinds of failure.
var titles = map[view.Code]Key{
	view.CodeInvalid:         "kit.error.invalid",
	view.CodeUnauthorized:    "kit.error.unauthorized",
	view.CodeNotFound:        "kit.error.not_found",
	view.CodeConflict:        "kit.error.conflict",
	view.CodeTooLarge:        "kit.error.too_large",
	view.CodeFunds:           "kit.error.funds",
	view.CodeWalletLocked:    "kit.error.wallet_locked",
	view.CodeWrongPassphrase: "kit.error.wrong_passphrase",
	view.CodeRefused:         "kit.error.refused",
	view.CodeUnavailable:     "kit.error.unavailable",
	view.CodeNotRunning:      "kit.error.not_running",
	view.CodeBusy:            "kit.error.busy",
	view.CodeDisk:            "kit.error.disk",
	view.CodeInternal:        "kit.error.internal",
}

// Error tells a failure: its kind in the catalog's language, then the node's
// own message and hint.
func (c *Catalog) Error(err error) Problem {
	e := view.AsError(err)
	if e == nil {
		return Problem{}
	}
	title, ok := titles[e.Code]
	if !ok {
		title = "kit.error.internal"
	}
	return Problem{Title: c.T(title), Message: e.Message, Hint: e.Hint}
}

// Explain tells a failure in a line or two, for its place in a form: what
// happened, and what to do.
func (c *Catalog) Explain(err error) string {
	p := c.Error(err)
	return strings.TrimSpace(p.Message + "\n" + p.Hint)
}
