package view

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"supercomputing/chain/types"
)

// PayScheme begins payment URIs: scc:ADDRESS?amount=1.5&label=…&message=…
// They follow BIP 21.
const PayScheme = "scc"

// PayURI asks for a payment. Amount 0 leaves the amount to the payer. Label
// names the payee, Message says what it is for; both are the payee's own words.
type PayURI struct {
	Address string
	Amount  types.Amount
	Label   string
	Message string
}

// The ways in which text is no payment URI.
var (
	ErrPayURI       = errors.New("not a payment address")
	ErrPayScheme    = errors.New("an address of another coin")
	ErrPayAmount    = errors.New("the amount cannot be read")
	ErrPayRequired  = errors.New("it demands something that is not known here") // BIP 21: req- parameters
	ErrPayDuplicate = errors.New("it says the same thing twice")
)

// Limits keep what a stranger's QR code says short.
const (
	maxPayURI  = 2048
	maxPayText = 200 // characters of a label or message
)

// String writes the URI.
func (p PayURI) String() string {
	var b strings.Builder
	b.WriteString(PayScheme + ":" + p.Address)
	sep := byte('?')
	add := func(name, value string) {
		b.WriteByte(sep)
		sep = '&'
		// A space is %20 here: BIP 21 does not know the plus sign of forms.
		b.WriteString(name + "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
	}
	if p.Amount > 0 {
		add("amount", p.Amount.String())
	}
	if p.Label != "" {
		add("label", p.Label)
	}
	if p.Message != "" {
		add("message", p.Message)
	}
	return b.String()
}

// ParsePayURI reads a payment URI, or an address alone. Whether the address is
// one of the network it does not check. Parameters that are not known are
// passed over, but for those that must not be (req-…).
func ParsePayURI(s string) (PayURI, error) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxPayURI || !utf8.ValidString(s) {
		return PayURI{}, ErrPayURI
	}
	scheme, rest, named := strings.Cut(s, ":")
	switch {
	case !named:
		rest = s
	case !strings.EqualFold(scheme, PayScheme):
		return PayURI{}, fmt.Errorf("%w: %q", ErrPayScheme, scheme)
	}
	address, query, _ := strings.Cut(strings.TrimPrefix(rest, "//"), "?")
	p := PayURI{Address: lower(strings.TrimSuffix(address, "/"))}
	if !plainText(p.Address) {
		return PayURI{}, ErrPayURI
	}
	query, _, _ = strings.Cut(query, "#")
	return p, p.parameters(query)
}

func (p *PayURI) parameters(query string) error {
	seen := make(map[string]bool)
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, raw, _ := strings.Cut(part, "=")
		value, err := url.PathUnescape(raw) // the plus sign stays one, see String
		if err != nil || !utf8.ValidString(value) {
			return ErrPayURI
		}
		if seen[name] {
			return fmt.Errorf("%w: %q", ErrPayDuplicate, name)
		}
		seen[name] = true
		if err := p.set(name, value); err != nil {
			return err
		}
	}
	return nil
}

func (p *PayURI) set(name, value string) (err error) {
	switch {
	case name == "amount":
		// An amount of none would read as “all that you like”.
		if p.Amount, err = types.ParseAmount(value); err != nil || p.Amount <= 0 {
			return ErrPayAmount
		}
	case name == "label":
		p.Label = shown(value)
	case name == "message":
		p.Message = shown(value)
	case strings.HasPrefix(strings.ToLower(name), "req-"):
		return fmt.Errorf("%w: %q", ErrPayRequired, shown(name))
	}
	return nil
}

// lower undoes the capitals in which QR codes hold addresses, because those
// take less room there. Mixed text stays: it is a mistyped address.
func lower(s string) string {
	if s == strings.ToUpper(s) {
		return strings.ToLower(s)
	}
	return s
}

func plainText(s string) bool {
	for _, r := range s {
		if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return s != ""
}

// shown keeps what a person sees of a stranger's text: no control characters,
// no marks that turn the direction of writing, not too long.
func shown(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if unicode.IsSpace(r) {
			r = ' '
		}
		if !unicode.IsGraphic(r) || unicode.Is(unicode.Cf, r) {
			continue
		}
		if n++; n > maxPayText {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}
