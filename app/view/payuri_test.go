package view

import (
	"errors"
	"strings"
	"testing"

	"supercomputing/chain/types"
)

const payee = "tsc1pxyz0"

func TestParsePayURI(t *testing.T) {
	const half = types.Coin / 2
	for _, c := range []struct {
		name, in string
		want     PayURI
		err      error
	}{
		{"an address alone", payee, PayURI{Address: payee}, nil},
		{"blanks around", " \n" + payee + "\t", PayURI{Address: payee}, nil},
		{"scheme", "scc:" + payee, PayURI{Address: payee}, nil},
		{"scheme in capitals, as QR codes have it", strings.ToUpper("scc:" + payee), PayURI{Address: payee}, nil},
		{"slashes", "scc://" + payee + "/?amount=0.5", PayURI{Address: payee, Amount: half}, nil},
		{"all", "scc:" + payee + "?amount=0.5&label=Caf%C3%A9%20%2B&message=two+three", PayURI{payee, half, "Café +", "two+three"}, nil},
		{"unknown is passed over", "scc:" + payee + "?colour=red&amount=0.5", PayURI{Address: payee, Amount: half}, nil},
		{"direction marks and controls go", "scc:" + payee + "?label=a%E2%80%AEb%00%0Ac", PayURI{Address: payee, Label: "ab c"}, nil},
		{"fragment", "scc:" + payee + "?amount=0.5#x", PayURI{Address: payee, Amount: half}, nil},
		{"nothing", "", PayURI{}, ErrPayURI},
		{"other coin", "bitcoin:bc1qxyz", PayURI{}, ErrPayScheme},
		{"no address", "scc:?amount=1", PayURI{}, ErrPayURI},
		{"odd address", "scc:tsc1-x", PayURI{}, ErrPayURI},
		{"words", "hello world", PayURI{}, ErrPayURI},
		{"required", "scc:" + payee + "?req-lock=1", PayURI{}, ErrPayRequired},
		{"required in capitals", "scc:" + payee + "?REQ-lock=1", PayURI{}, ErrPayRequired},
		{"twice", "scc:" + payee + "?amount=1&amount=2", PayURI{}, ErrPayDuplicate},
		{"amount none", "scc:" + payee + "?amount=0", PayURI{}, ErrPayAmount},
		{"amount negative", "scc:" + payee + "?amount=-1", PayURI{}, ErrPayAmount},
		{"amount empty", "scc:" + payee + "?amount=", PayURI{}, ErrPayAmount},
		{"amount with a comma", "scc:" + payee + "?amount=1,5", PayURI{}, ErrPayAmount},
		{"amount too fine", "scc:" + payee + "?amount=0.000000001", PayURI{}, ErrPayAmount},
		{"broken escape", "scc:" + payee + "?label=%zz", PayURI{}, ErrPayURI},
		{"not UTF-8", "scc:" + payee + "?label=%ff", PayURI{}, ErrPayURI},
		{"long", "scc:" + strings.Repeat("a", maxPayURI), PayURI{}, ErrPayURI},
	} {
		got, err := ParsePayURI(c.in)
		if !errors.Is(err, c.err) || err == nil && got != c.want {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}

func TestPayURIText(t *testing.T) {
	p := PayURI{payee, 3 * types.Coin / 2, "Studio & Söhne", "no. 12? a+b 100%"}
	const want = "scc:" + payee + "?amount=1.5&label=Studio%20%26%20S%C3%B6hne&message=no.%2012%3F%20a%2Bb%20100%25"
	if p.String() != want {
		t.Errorf("%s", p)
	}
	if got, err := ParsePayURI(p.String()); err != nil || got != p {
		t.Errorf("%+v, %v", got, err)
	}
	if s := (PayURI{Address: payee}).String(); s != "scc:"+payee {
		t.Errorf("%s", s)
	}
	if got, err := ParsePayURI("scc:" + payee + "?label=" + strings.Repeat("w", 500)); err != nil || len(got.Label) != maxPayText {
		t.Errorf("%d, %v", len(got.Label), err)
	}
}

// FuzzParsePayURI: what was read is written so that it reads the same.
func FuzzParsePayURI(f *testing.F) {
	for _, s := range []string{"", payee, "scc:" + payee + "?amount=1.5&label=a%20b&message=c", "scc:x?req-a=1", "SCC:X?LABEL=%E2%80%AE"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePayURI(s)
		if err != nil {
			return
		}
		if p.Amount < 0 || p.Address == "" {
			t.Fatalf("%+v of %q", p, s)
		}
		if long := p.String(); len(long) <= maxPayURI {
			if again, err := ParsePayURI(long); err != nil || again != p {
				t.Fatalf("%q: %+v, then %+v, %v", s, p, again, err)
			}
		}
	})
}
