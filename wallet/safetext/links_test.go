package safetext

import (
	"strings"
	"testing"
	"time"
)

func TestLinks(t *testing.T) {
	const none = ""
	type want struct{ text, host, warning string } // warning: a part
	for _, c := range []struct {
		text string
		want []want
	}{
		{"no links here, e.g. 1.5 or a.b, v1.2.3", nil},
		{"see https://example.org/a?b#c.", []want{{"https://example.org/a?b#c", "example.org", none}}},
		{"(https://en.wikipedia.org/wiki/Go_(game))", []want{{"https://en.wikipedia.org/wiki/Go_(game))", "en.wikipedia.org", none}}},
		{"(see https://example.org)", []want{{"https://example.org", "example.org", none}}},
		{"HTTPS://EXAMPLE.ORG", []want{{"HTTPS://EXAMPLE.ORG", "example.org", none}}},
		{"at example.org, www.example.de/x or x.github.io!", []want{{"example.org", "example.org", none}, {"www.example.de/x", "www.example.de", none}, {"x.github.io", "x.github.io", none}}},
		{"twice example.org example.org", []want{{"example.org", "example.org", none}}},
		// login names
		{"https://paypal.com@evil.example/", []want{{"https://paypal.com@evil.example/", "evil.example", "leads to evil.example"}}},
		{"https://paypal.com:443@evil.net", []want{{"https://paypal.com:443@evil.net", "evil.net", "before the @"}}},
		{"paypal.com@evil.net", []want{{"paypal.com@evil.net", "evil.net", "before the @"}}},
		{`https://evil.net\@paypal.com`, []want{{`https://evil.net\@paypal.com`, "evil.net", none}}},
		{"https://a@b@evil.net", []want{{"https://a@b@evil.net", "evil.net", "before the @"}}},
		// sloppy schemes that browsers repair
		{"https:evil.net", []want{{"https:evil.net", "evil.net", none}}},
		{`http:\\evil.net\x`, []want{{`http:\\evil.net\x`, "evil.net", none}}},
		{"https:////evil.net", []want{{"https:////evil.net", "evil.net", none}}},
		// other letters
		{"https://аррӏе.com", []want{{"https://аррӏе.com", "xn--80ak6aa92e.com", "looks like appie.com"}}},
		{"https://xn--80ak6aa92e.com", []want{{"https://xn--80ak6aa92e.com", "xn--80ak6aa92e.com", "looks like appie.com"}}},
		{"pаypal.com", []want{{"pаypal.com", "xn--pypal-4ve.com", "mixes alphabets"}}},
		{"https://münchen.de", []want{{"https://münchen.de", "xn--mnchen-3ya.de", "other letters"}}},
		{"https://ⓔxample．ⓒom", []want{{"https://ⓔxample．ⓒom", "example.com", none}}},
		{"https://exa%6dple.com", []want{{"https://exa%6dple.com", "example.com", none}}},
		{"https://ex\u00adam\u200bple.com", []want{{"https://example.com", "example.com", none}}},
		{"https://evil.net\u2215.paypal.com", []want{{"https://evil.net∕.paypal.com", "evil.xn--net-vc2a.paypal.com", "looks like evil.net/.paypal.com"}}},
		// addresses
		{"http://192.168.1.1/", []want{{"http://192.168.1.1/", "192.168.1.1", "your own network"}}},
		{"http://8.8.8.8", []want{{"http://8.8.8.8", "8.8.8.8", "network address"}}},
		{"http://0x8080808", []want{{"http://0x8080808", "8.8.8.8", "hides"}}},
		{"http://134744072/", []want{{"http://134744072/", "8.8.8.8", "hides"}}},
		{"http://010.8.8.010", []want{{"http://010.8.8.010", "8.8.8.8", "hides"}}},
		{"http://127.1", []want{{"http://127.1", "127.0.0.1", "own computer"}}},
		{"http://2130706433", []want{{"http://2130706433", "127.0.0.1", "own computer"}}},
		{"http://localhost:8332", []want{{"http://localhost:8332", "localhost", "own computer; it uses an unusual port (8332)"}}},
		{"http://[::1]/", []want{{"http://[::1]/", "[::1]", "own computer"}}},
		{"http://[::ffff:10.0.0.1]:80/", []want{{"http://[::ffff:10.0.0.1]:80/", "[::ffff:10.0.0.1]", "own network"}}},
		{"http://[fe80::1%25eth0]", []want{{"http://[fe80::1%25eth0]", "", "not valid"}}},
		{"http://256.1.1.1", []want{{"http://256.1.1.1", "", "not valid"}}},
		{"http://1.2.3.4.5", []want{{"http://1.2.3.4.5", "", "not valid"}}},
		{"ping 8.8.8.8 now", []want{{"8.8.8.8", "8.8.8.8", "network address"}}},
		// ports, schemes, subdomains
		{"https://example.org:8443", []want{{"https://example.org:8443", "example.org", "unusual port (8443)"}}},
		{"https://example.org:443", []want{{"https://example.org:443", "example.org", none}}},
		{"https://example.org:99999", []want{{"https://example.org:99999", "", "port"}}},
		{"https://paypal.com.login.evil.net", []want{{"https://paypal.com.login.evil.net", "paypal.com.login.evil.net", ""}}},
		{"https://paypal.com.evil.net", []want{{"https://paypal.com.evil.net", "paypal.com.evil.net", "belongs to evil.net"}}},
		{"javascript:alert(1)", []want{{"javascript:alert(1)", "", "program"}}},
		{"JavaScript:alert`1`", []want{{"JavaScript:alert`1`", "", "program"}}},
		{"data:text/html,<b>", []want{{"data:text/html", "", "program"}}},
		{"file:///etc/passwd", []want{{"file:///etc/passwd", "", "file"}}},
		{"magnet:?xt=urn:btih:c9e15763f722f23e98a29decdfae341b98d53056&dn=x", []want{{"magnet:?xt=urn:btih:c9e15763f722f23e98a29decdfae341b98d53056&dn=x", "", none}}},
		{"mailto:bob@example.org?subject=x", []want{{"mailto:bob@example.org?subject=x", "example.org", "mail"}}},
		{"zoommtg://zoom.us/join", []want{{"zoommtg://zoom.us/join", "zoom.us", "another program (zoommtg)"}}},
		{"ftp://example.org/x", []want{{"ftp://example.org/x", "example.org", "not a web page"}}},
		{"price:https://example.org", []want{{"https://example.org", "example.org", none}}},
		{"a.example.org:https://b.example.org", []want{{"a.example.org", "a.example.org", none}, {"https://b.example.org", "b.example.org", none}}},
		{"「https://example.jp」、", []want{{"https://example.jp", "example.jp", none}}},
		{"https://", []want{{"https://", "", "not valid"}}},
	} {
		got := Links(c.text)
		if len(got) != len(c.want) {
			t.Errorf("%q: %+v", c.text, got)
			continue
		}
		for i, g := range got {
			w := c.want[i]
			if g.Text != w.text || g.Host != w.host || !strings.Contains(g.Warning, w.warning) || (w.warning == "") != (g.Warning == "") {
				t.Errorf("%q: %+v", c.text, g)
			}
		}
	}
}

func TestLinksAreBounded(t *testing.T) {
	for name, s := range map[string]string{
		"many": strings.Repeat("https://example.org/ x.example.org ", 2000),
		"distinct": func() string {
			var b strings.Builder
			for i := range 1000 {
				b.WriteString(strings.Repeat("a", i%60+1) + ".org/" + strings.Repeat("b", i) + " ")
			}
			return b.String()
		}(),
		"long":     "https://" + strings.Repeat("ä", 1<<16),
		"brackets": "https://a" + strings.Repeat("])}", 1<<16),
		"colons":   strings.Repeat("a:", 1<<16),
		"dots":     strings.Repeat("a.", 1<<16),
		"pieces":   strings.Repeat("a.io,", 1<<14),
		"ats":      "https://" + strings.Repeat("@", 1<<16),
		"marks":    strings.Repeat("\u0301", 1<<16),
		"joiners":  strings.Repeat("\u200d", 1<<16),
		"rtl":      strings.Repeat("ש\n", 1<<15),
	} {
		start := time.Now()
		got := Links(s)
		Warnings(s)
		Clean(s)
		Skeleton(s)
		if len(got) > MaxLinks {
			t.Errorf("%s: %d links", name, len(got))
		}
		for _, l := range got {
			if len(l.Text) > maxLinkText || len(l.Host) > 300 || len(l.Warning) > 1500 {
				t.Errorf("%s: a link of %d, %d, %d bytes", name, len(l.Text), len(l.Host), len(l.Warning))
			}
		}
		// Far from anything quadratic on a slow machine.
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("%s took %v", name, d)
		}
	}
}

func FuzzLinks(f *testing.F) {
	for _, s := range []string{"https://example.org", "http://0x7f.1:80@[::1]/", "xn--80ak6aa92e.com", "a:b:https:\\\\x", "http://%31%32", "https://xn--/", "http://0x.0x.0", "A://%01"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean := Plain(s)
		for _, l := range Links(s) {
			if !strings.Contains(clean, l.Text) {
				t.Fatalf("%q: %q is not in the text", s, l.Text)
			}
			for _, r := range l.Host {
				if r <= ' ' || r >= 0x7f {
					t.Fatalf("%q: host %q", s, l.Host)
				}
			}
		}
	})
}
