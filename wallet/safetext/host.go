package safetext

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxHost is how long the host of a link may be before it is looked at more
// closely; names of the DNS have 253 bytes at most.
const maxHost = 1024

// reasons gathers what is odd about a link.
type reasons struct {
	list []string
	ip   bool // the host is a network address
}

func (w *reasons) add(reason string) {
	if !slices.Contains(w.list, reason) {
		w.list = append(w.list, reason)
	}
}

func (w *reasons) String() string { return strings.Join(w.list, "; ") }

// authority takes what follows a scheme apart as a browser does (WHATWG URL,
// "authority state"), and gives the host: for web schemes any number of slashes
// and backslashes may come first, and what stands before the last @ is a
// login name.
func (w *reasons) authority(scheme, rest string) string {
	ends := "/?#"
	if scheme != "" {
		ends += `\`
		rest = strings.TrimLeft(rest, `/\`)
	} else {
		rest = strings.TrimPrefix(rest, "//")
	}
	if i := strings.IndexAny(rest, ends); i >= 0 {
		rest = rest[:i]
	}
	login := strings.LastIndexByte(rest, '@')
	host, port := splitPort(rest[login+1:])
	name := w.host(host)
	if login >= 0 && name != "" {
		w.add("what stands before the @ is not the site: it leads to " + name)
	}
	if port != "" && port != map[string]string{"https": "443", "http": "80"}[scheme] {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil {
			w.add("its port is no number")
			return ""
		} else {
			w.add("it uses an unusual port (" + strconv.FormatUint(n, 10) + ")")
		}
	}
	return name
}

// splitPort takes the port off a host, which may be an IPv6 address in brackets.
func splitPort(s string) (host, port string) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.IndexByte(s[i:], ']') >= 0 {
		return s, ""
	}
	return s[:i], s[i+1:]
}

// lookup maps names as browsers do: UTS 46, non-transitional, with the
// checks of labels but not the ASCII rules of host names, since _ resolves.
var lookup = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.BidiRule(), idna.StrictDomainName(false))

// host gives a host in ASCII and says what is odd about it, "" when no browser
// would take it.
func (w *reasons) host(s string) string {
	if len(s) > maxHost {
		w.add("its host is too long")
		return ""
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		ip, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !ip.Is6() || ip.Zone() != "" || !strings.HasSuffix(inner, "]") {
			w.add("its host is not valid")
			return ""
		}
		w.address(ip, false)
		return "[" + ip.String() + "]"
	}
	if plain, err := url.PathUnescape(s); err == nil {
		s = plain
	}
	ascii, err := lookup.ToASCII(s)
	ascii = strings.TrimSuffix(ascii, ".")
	if err != nil || ascii == "" || len(ascii) > 253 || strings.ContainsFunc(ascii, forbiddenInHost) {
		w.add("its host is not valid")
		return ""
	}
	if ip, ok, bad := parseIPv4(ascii); bad {
		w.add("its host is not valid")
		return ""
	} else if ok {
		w.address(ip, ip.String() != s)
		return ip.String()
	}
	w.name(ascii)
	return ascii
}

// forbiddenInHost reports whether r is a "forbidden domain code point" (WHATWG
// URL) or no ASCII.
func forbiddenInHost(r rune) bool {
	return r <= ' ' || r >= 0x7f || strings.ContainsRune("#%/:<>?@[\\]^|", r)
}

// address warns of a network address; disguised says that it was not written
// the usual way.
func (w *reasons) address(ip netip.Addr, disguised bool) {
	w.ip = true
	ip = ip.Unmap()
	switch {
	case ip.IsLoopback() || ip.IsUnspecified():
		w.add("it leads to your own computer")
	case ip.IsPrivate() || ip.IsLinkLocalUnicast():
		w.add("it leads into your own network")
	case disguised:
		w.add("it hides a network address: " + ip.String())
	default:
		w.add("it leads to a network address without a name")
	}
}

// name warns of a host name in ASCII.
func (w *reasons) name(ascii string) {
	if ascii == "localhost" || strings.HasSuffix(ascii, ".localhost") {
		w.add("it leads to your own computer")
		return
	}
	if strings.Contains(ascii, "xn--") {
		w.unicode(ascii)
	}
	// paypal.com.example.net is example.net's.
	owner, err := publicsuffix.EffectiveTLDPlusOne(ascii)
	if err != nil || owner == ascii {
		return
	}
	before := strings.TrimSuffix(ascii, "."+owner)
	if suffix, icann := publicsuffix.PublicSuffix(before); icann && suffix != before {
		w.add("it belongs to " + owner + ", not to " + quoted(before))
	}
}

// unicode warns of a name with other letters than a–z.
func (w *reasons) unicode(ascii string) {
	shown, err := lookup.ToUnicode(ascii)
	if err != nil {
		w.add("its host is not valid")
		return
	}
	for label := range strings.SplitSeq(shown, ".") {
		if scripts := scriptsOf(label); !goTogether(scripts) {
			w.add("its name mixes alphabets (" + strings.Join(scripts, ", ") + ")")
		}
	}
	if sk, ok := readsLatin(shown); ok {
		w.add("its name looks like " + sk + " but is " + ascii)
	} else {
		w.add("its name has other letters than a–z: " + ascii)
	}
}

// knownSuffix reports whether a host lies under a suffix that ICANN delegates,
// and is not that suffix itself.
func knownSuffix(host string) bool {
	suffix, icann := publicsuffix.PublicSuffix(host)
	if !icann {
		// A private suffix lies below a delegated one, an unknown one does not.
		last := host[strings.LastIndexByte(host, '.')+1:]
		_, icann = publicsuffix.PublicSuffix(last)
		return icann
	}
	return suffix != host
}

// parseIPv4 reads a host that ends in a number as browsers do (WHATWG URL,
// "IPv4 parser"): one to four parts, decimal, octal or hexadecimal, the last
// of which fills what is left. bad: it ends in a number but is no address.
func parseIPv4(s string) (ip netip.Addr, ok, bad bool) {
	parts := strings.Split(s, ".")
	last := parts[len(parts)-1]
	if _, err := ipv4Part(last); err != nil && strings.Trim(last, "0123456789") != "" {
		return ip, false, false
	}
	if len(parts) > 4 {
		return ip, false, true
	}
	var sum uint64
	for i, p := range parts {
		n, err := ipv4Part(p)
		most := uint64(255)
		if i == len(parts)-1 {
			most = 1<<(8*(5-len(parts))) - 1
		}
		if err != nil || n > most {
			return ip, false, true
		}
		if i < len(parts)-1 {
			sum |= n << (8 * (3 - i))
		} else {
			sum |= n
		}
	}
	return netip.AddrFrom4([4]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}), true, false
}

// ipv4Part reads one part of an IPv4 host.
func ipv4Part(s string) (uint64, error) {
	switch {
	case len(s) >= 2 && (s[:2] == "0x" || s[:2] == "0X"):
		if s = s[2:]; s == "" {
			return 0, nil
		}
		return strconv.ParseUint(s, 16, 64)
	case len(s) >= 2 && s[0] == '0':
		return strconv.ParseUint(s[1:], 8, 64)
	}
	return strconv.ParseUint(s, 10, 64)
}
