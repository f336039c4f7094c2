package nat

import (
	"errors"
	"strings"
	"testing"
)

func TestParseContact(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat("h.example:1,", 9), ",")
	cases := []struct {
		in string
		ok bool
	}{
		{"127.0.0.1:9000", true},
		{"[::1]:9000", true},
		{"example.org:443", true},
		{"EXAMPLE.org:443", true},
		{"a-b.c1:65535,10.0.0.1:1,[2001:db8::1]:2", true},
		{"[::ffff:127.0.0.1]:9", true},
		{"", false},
		{",", false},
		{"127.0.0.1:9000,", false},
		{"127.0.0.1", false},
		{"127.0.0.1:0", false},
		{"127.0.0.1:65536", false},
		{"127.0.0.1:-1", false},
		{"127.0.0.1:+1", false},
		{"127.0.0.1:09", false},
		{"127.0.0.1:", false},
		{":80", false},
		{" 127.0.0.1:80", false},
		{"127.0.0.1:80, 127.0.0.2:80", false},
		{"::1:80", false},
		{"[::1]80", false},
		{"[127.0.0.1]:80", false},
		{"[fe80::1%eth0]:80", false},
		{"0.0.0.0:80", false},
		{"[::]:80", false},
		{"224.0.0.1:80", false},
		{"[ff02::1]:80", false},
		{"255.255.255.255:80", false},
		{"300.1.1.1:80", false},
		{"1.2.3:80", false},
		{"-a.example:80", false},
		{"a-.example:80", false},
		{"a..example:80", false},
		{"exa_mple:80", false},
		{"exämple:80", false},
		{"a\x00b:80", false},
		{"http://example.org:80", false},
		{"h:1,H:1", false},
		{many, false},
		{strings.Repeat("a", 64) + ":80", false},
		{strings.Repeat("a", MaxContact) + ":80", false},
	}
	for _, c := range cases {
		got, err := ParseContact(c.in)
		if (err == nil) != c.ok {
			t.Errorf("%q: %v, %v", c.in, got, err)
		}
		if err != nil && !errors.Is(err, ErrContact) {
			t.Errorf("%q: untyped error %v", c.in, err)
		}
	}
}

func FuzzParseContact(f *testing.F) {
	for _, s := range []string{"127.0.0.1:1", "[::1]:2,example.org:3", "[fe80::1%1]:4", "a:b:c", ",,,", "[::ffff:1.2.3.4]:5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		es, err := ParseContact(s)
		if err != nil {
			if !errors.Is(err, ErrContact) || len(err.Error()) > 600 {
				t.Fatalf("error %v", err)
			}
			return
		}
		if len(es) == 0 || len(es) > MaxEndpoints {
			t.Fatalf("%d endpoints", len(es))
		}
		again, err := FormatContact(es)
		if err != nil {
			t.Fatalf("%q does not survive: %v", again, err)
		}
		back, err := ParseContact(again)
		if err != nil || len(back) != len(es) {
			t.Fatalf("%q → %q → %v, %v", s, again, back, err)
		}
		for i := range es {
			if es[i] != back[i] {
				t.Fatalf("%v became %v", es[i], back[i])
			}
		}
	})
}
