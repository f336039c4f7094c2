package safetext

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Ceilings of Links.
const (
	MaxLinks    = 32   // found in one text
	maxLinkText = 2048 // bytes of one; browsers take about as many
)

// Link is something in a text that a person may be tempted to open.
type Link struct {
	Text    string // as it stands in the cleaned text
	Host    string // where a browser would go, in ASCII; "" when to no host
	Warning string // why not to open it, in words; "" when nothing is odd
}

// Links finds what looks like a link in a text, with or without a scheme, and
// says where it leads: the host as a browser resolves it (WHATWG URL), in ASCII
// (UTS 46). At most MaxLinks, in order; each once.
func Links(s string) (out []Link) {
	seen := make(map[string]struct{})
	for token := range strings.FieldsFuncSeq(Plain(s), separates) {
		for _, l := range linksIn(token) {
			if _, ok := seen[l.Text]; ok {
				continue
			}
			seen[l.Text] = struct{}{}
			if out = append(out, l); len(out) == MaxLinks {
				return out
			}
		}
	}
	return out
}

// separates reports whether r ends a link for sure.
func separates(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune("<>\"“”„«»‹›「」『』【】《》（），、；", r)
}

// linksIn finds the links of a word: one that has a scheme takes all that
// follows it; bare names stand between commas and brackets.
func linksIn(token string) (out []Link) {
	if at := schemeAt(token); at >= 0 {
		return append(bareIn(token[:at]), schemed(trimEnd(token[at:])))
	}
	return bareIn(token)
}

// bareIn finds names of hosts without a scheme.
func bareIn(token string) (out []Link) {
	pieces := strings.FieldsFuncSeq(token, func(r rune) bool { return strings.ContainsRune(",;()[]{}|'`*", r) })
	for p := range pieces {
		if l, ok := bare(trimEnd(p)); ok && len(out) < MaxLinks {
			out = append(out, l)
		}
	}
	return out
}

// trimEnd takes off what ends a sentence rather than a link.
func trimEnd(s string) string {
	ends := ".,;:!?'*…。！？："
	for _, pair := range []string{"()", "[]", "{}"} {
		if !strings.Contains(s, pair[:1]) {
			ends += pair[1:]
		}
	}
	return strings.TrimRight(s, ends)
}

// webSchemes are those whose links a browser repairs: one slash, none and
// backslashes do as well as two slashes.
var webSchemes = []string{"https:", "http:", "wss:", "ws:", "ftp:"}

// bareSchemes need no slashes at all, and are worth a warning wherever they
// stand.
var bareSchemes = []string{"magnet:", "javascript:", "vbscript:", "data:", "mailto:", "file:", "tel:", "blob:", "view-source:"}

// schemeAt finds where a link with a scheme begins in a word, -1 when none does.
func schemeAt(s string) int {
	for i := 0; i < len(s); {
		colon := strings.IndexByte(s[i:], ':')
		if colon < 0 {
			return -1
		}
		colon += i
		start := colon
		for start > i && schemeByte(s[start-1]) {
			start--
		}
		for start < colon && s[start]|0x20 < 'a' { // digits and signs do not begin one
			start++
		}
		if start < colon && colon+1 < len(s) {
			if strings.HasPrefix(s[colon:], "://") {
				return start
			}
			// The scheme may stand right behind other letters.
			name := strings.ToLower(s[start : colon+1])
			for _, list := range [][]string{webSchemes, bareSchemes} {
				for _, known := range list {
					if strings.HasSuffix(name, known) && (len(name) == len(known) || !alphanumeric(name[len(name)-len(known)-1])) {
						return colon + 1 - len(known)
					}
				}
			}
		}
		i = colon + 1
	}
	return -1
}

func alphanumeric(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9' }

func schemeByte(b byte) bool { return alphanumeric(b) || b == '+' || b == '-' || b == '.' }

// schemed judges a link that begins with its scheme.
func schemed(s string) Link {
	l := Link{Text: cut(s)}
	var w reasons
	if len(s) > maxLinkText {
		l.Warning = "it is too long for a link"
		return l
	}
	scheme, rest, _ := strings.Cut(s, ":")
	scheme = strings.ToLower(scheme)
	switch scheme {
	case "http", "https":
		l.Host = w.authority(scheme, rest)
	case "magnet": // the torrent client's, without a host
	case "mailto":
		_, host, _ := strings.Cut(rest, "@")
		host, _, _ = strings.Cut(host, "?")
		l.Host = w.host(host)
		w.add("it writes a mail")
	case "javascript", "vbscript", "data", "blob", "view-source":
		w.add("it is a program, not a page")
	case "file":
		w.add("it opens a file of a computer")
	case "ftp", "ws", "wss":
		l.Host = w.authority(scheme, rest)
		w.add("it is not a web page (" + scheme + ")")
	default:
		if strings.HasPrefix(rest, "//") {
			l.Host = w.authority("", rest)
		}
		w.add("it opens another program (" + quoted(scheme) + ")")
	}
	l.Warning = w.String()
	return l
}

// bare judges a word without a scheme: a host, perhaps with a port, a path or
// something before an @. Its last label must be a public suffix, or it has to
// be an address; else half of all abbreviations would be links.
func bare(s string) (Link, bool) {
	if len(s) < 4 || len(s) > maxLinkText || !strings.ContainsAny(s, ".。．｡") {
		return Link{}, false
	}
	if r, _ := utf8.DecodeRuneInString(s); !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return Link{}, false
	}
	var w reasons
	host := w.authority("https", "//"+s)
	if host == "" || !w.ip && !knownSuffix(host) || w.ip && !strings.HasPrefix(s, host) {
		return Link{}, false
	}
	return Link{Text: s, Host: host, Warning: w.String()}, true
}

// cut shortens the text of a link that is too long.
func cut(s string) string {
	if len(s) <= maxLinkText {
		return s
	}
	n := maxLinkText
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
