package nat

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Ceilings of a contact.
const (
	MaxContact   = 256 // bytes, as types.MaxContact
	MaxEndpoints = 8   // host:port entries
)

// Endpoint is one place where a peer may be reached: an IP address, or a host
// name to look up.
type Endpoint struct {
	IP   netip.Addr // invalid when Name is set
	Name string
	Port uint16
}

// String gives the endpoint as host:port.
func (e Endpoint) String() string {
	if e.Name != "" {
		return e.Name + ":" + strconv.Itoa(int(e.Port))
	}
	return netip.AddrPortFrom(e.IP, e.Port).String()
}

// ParseContact reads a contact: 1 to 8 entries host:port, separated by commas,
// without spaces. A host is an IPv4 address, an IPv6 address in brackets or a
// DNS name (RFC 1123). It refuses whatever cannot be a peer's place:
// unspecified and multicast addresses, zones, port 0, repeated entries.
// Contacts come from strangers by way of the chain, so errors quote little.
func ParseContact(s string) ([]Endpoint, error) {
	if len(s) > MaxContact {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrContact, len(s), MaxContact)
	}
	if s == "" {
		return nil, fmt.Errorf("%w: it is empty", ErrContact)
	}
	parts := strings.Split(s, ",")
	if len(parts) > MaxEndpoints {
		return nil, fmt.Errorf("%w: %d entries, at most %d", ErrContact, len(parts), MaxEndpoints)
	}
	var out []Endpoint
	seen := make(map[Endpoint]bool)
	for _, p := range parts {
		e, err := parseEndpoint(p)
		if err != nil {
			return nil, err
		}
		if seen[e] {
			return nil, fmt.Errorf("%w: %v appears twice", ErrContact, e)
		}
		seen[e] = true
		out = append(out, e)
	}
	return out, nil
}

// FormatContact writes endpoints so that ParseContact reads them back.
func FormatContact(endpoints []Endpoint) (string, error) {
	texts := make([]string, len(endpoints))
	for i, e := range endpoints {
		texts[i] = e.String()
	}
	s := strings.Join(texts, ",")
	_, err := ParseContact(s)
	return s, err
}

func parseEndpoint(s string) (Endpoint, error) {
	bad := func(why string) (Endpoint, error) {
		if !utf8.ValidString(s) || len(s) > 80 {
			return Endpoint{}, fmt.Errorf("%w: %s", ErrContact, why)
		}
		return Endpoint{}, fmt.Errorf("%w: %q: %s", ErrContact, s, why)
	}
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return bad("no port")
	}
	host, digits := s[:i], s[i+1:]
	port, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || port == 0 || digits[0] == '0' || digits[0] == '+' {
		return bad("port is not 1 to 65535")
	}
	if v6, ok := strings.CutPrefix(host, "["); ok {
		v6, ok = strings.CutSuffix(v6, "]")
		ip, err := netip.ParseAddr(v6)
		if !ok || err != nil || !ip.Is6() || ip.Zone() != "" {
			return bad("no IPv6 address in the brackets")
		}
		return checkIP(ip.Unmap(), uint16(port), bad)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		if !ip.Is4() {
			return bad("an IPv6 address needs brackets")
		}
		return checkIP(ip, uint16(port), bad)
	}
	if why := checkName(host); why != "" {
		return bad(why)
	}
	return Endpoint{Name: strings.ToLower(host), Port: uint16(port)}, nil
}

func checkIP(ip netip.Addr, port uint16, bad func(string) (Endpoint, error)) (Endpoint, error) {
	if ip.IsUnspecified() || ip.IsMulticast() || ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return bad("no address of one machine")
	}
	return Endpoint{IP: ip, Port: port}, nil
}

// checkName says why a host name is none (RFC 1123 §2.1): labels of letters,
// digits and inner hyphens, the last not all digits, so that a mistyped IP
// address is not looked up as a name.
func checkName(host string) string {
	if host == "" || len(host) > 253 {
		return "no host"
	}
	labels := strings.Split(host, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' {
			return "not a host name"
		}
		for _, c := range []byte(l) {
			if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
				return "not a host name"
			}
		}
	}
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return "neither an IP address nor a host name"
	}
	return ""
}
