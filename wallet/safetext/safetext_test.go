package safetext

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTable(t *testing.T) {
	table := prototypes()
	if len(table) != 5247 {
		t.Fatalf("%d entries", len(table))
	}
	for r, to := range table {
		if to == "" || to == string(r) || len([]rune(to)) > 18 {
			t.Fatalf("%U → %q", r, to)
		}
	}
	for r, want := range map[rune]string{'а': "a", 'ο': "o", 'ԁ': "d", '0': "O", '1': "l", 'I': "l", '|': "l", 'm': "rn", 'ɡ': "g", 'ａ': "a", '𝐚': "a", 'օ': "o", 'ѕ': "s"} {
		if table[r] != want {
			t.Errorf("%c → %q, want %q", r, table[r], want)
		}
	}
}

func TestSkeleton(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"paypal", "pаypаl", true}, // Cyrillic а
		{"paypal", "PayPaI", true}, // capital I
		{"paypal", "PAYPAL", true},
		{"Alice", "ALICE", true},
		{"google", "g00gIe", true},
		{"modern", "modem", true},
		{"Foundation", "Fοundatiοn", true},          // Greek ο
		{"scope", "ѕсоре", true},                    // all Cyrillic
		{"apple", "a\u200bpp\u00adle", true},        // invisible
		{"apple", "𝐚𝗉𝓹𝕝e", true},                    // mathematical
		{"apple", "ａｐｐｌｅ", true},                    // full width
		{"Ångström", "A\u030angstro\u0308m", true},  // NFC and NFD
		{"two words", "two\u00a0\u2003words", true}, // spaces
		{"Zoë", "Zoe", false},                       // a different name
		{"alice", "alicia", false},                  //
		{"москва", "mockba", false},                 // в is no b
		{"日本", "日木", false},                         //
		{"admin", "аdmіn", true},                    // Cyrillic а, і
		{"rnail", "mail", true},                     //
		{"Supercomputing Foundation", "Suреrсоmрuting Foundation", true},
	} {
		if got := Skeleton(c.a) == Skeleton(c.b); got != c.same {
			t.Errorf("%q and %q: %q, %q", c.a, c.b, Skeleton(c.a), Skeleton(c.b))
		}
	}
	if Alike("a", "a") || !Alike("a", "а") {
		t.Error("Alike")
	}
}

func TestCheckName(t *testing.T) {
	for _, c := range []struct {
		name string
		want error
	}{
		{"Alice", nil},
		{"O'Brien-Smith, Jr. (2)", nil},
		{"Жанна д’Арк", nil},
		{"山田 太郎", nil},
		{"カタカナ ひらがな 漢字 Latin", nil},
		{"김철수 Kim", nil},
		{"محمد علي", nil},
		{"می\u200cخواهم", nil}, // Persian, a joiner that belongs there
		{"आनन्द", nil},
		{"Łukasz Żółć", nil},
		{"Rocket 🚀", nil},
		{"👩\u200d🚀", nil},
		{"Zoë", nil},
		{strings.Repeat("a", MaxName), nil},
		{"", ErrEmpty},
		{"...", ErrEmpty},
		{strings.Repeat("a", MaxName+1), ErrLong},
		{strings.Repeat("\xff", 300), ErrLong},
		{"a\xffb", ErrControl},
		{" Alice", ErrSpaces},
		{"Alice ", ErrSpaces},
		{"Al  ice", ErrSpaces},
		{"Al\u00a0ice", ErrSpaces},
		{"Al\nice", ErrControl},
		{"Al\tice", ErrControl},
		{"Al\x00ice", ErrControl},
		{"Al\u2028ice", ErrControl},
		{"Al\ue000ice", ErrControl},
		{"Al\u202eecila", ErrDirection},
		{"Al\u2066ice", ErrDirection},
		{"Al\u200fice", ErrDirection},
		{"Al\u200bice", ErrInvisible},
		{"Al\u00adice", ErrInvisible},
		{"Al\u2060ice", ErrInvisible},
		{"Al\u3164ice", ErrInvisible}, // Hangul filler
		{"Al\U000e0061ice", ErrInvisible},
		{"Al\u200dice", ErrInvisible},
		{"Alice\ufe0f", ErrInvisible},
		{"Al\u2800ice", ErrLetters}, // blank Braille
		{"𝐀lice", ErrLetters},
		{"Ａlice", ErrLetters},
		{"Ⓐlice", ErrLetters},
		{"🅰lice", ErrLetters},
		{"ﬁne", ErrLetters},
		{"Zoe\u0308", ErrLetters}, // not NFC
		{"\u0301a", ErrLetters},
		{"a" + strings.Repeat("\u0489", 9), ErrLetters},
		{"pаypal", ErrMixed},
		{"Αlice", ErrMixed}, // Greek Α
		{"Ꭺlice", ErrMixed}, // Cherokee
	} {
		err := CheckName(c.name)
		if !errors.Is(err, c.want) || c.want != nil && !errors.Is(err, ErrName) {
			t.Errorf("%q: %v, want %v", c.name, err, c.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string // parts, in order
	}{
		{"", nil},
		{"Selling a bike, 20 €.\nCall me!", nil},
		{"Продам велосипед, с рук, и Bluetooth", nil},
		{"Он у нас: сосо, о, а", nil},
		{"自転車を売ります (Tokyo)", nil},
		{"می\u200cخواهم", nil},
		{"👩\u200d🚀 1\ufe0f\u20e3 ❤\ufe0f", nil},
		{"\xff", []string{"no text"}},
		{"a\x07b", []string{"control"}},
		{"pay \u202etnuocca\u202c now", []string{"direction"}},
		{"pay\u200bpal", []string{"invisible"}},
		{"\U000e0070\U000e0077", []string{"invisible"}},
		{"𝐅𝐫𝐞𝐞 money", []string{"styled"}},
		{"h" + strings.Repeat("\u0336\u0315", 20), []string{"marks"}},
		{"write to pаypal", []string{"mixes alphabets (Latin, Cyrillic): “pаypal”"}},
		{"write to ѕсоре now", []string{"Cyrillic letters reads as “scope”"}},
		{"\x01\u202e\u200b𝐚\xff pаy", []string{"control", "direction", "invisible", "styled", "no text", "mixes"}},
	} {
		got := Warnings(c.text)
		if len(got) != len(c.want) {
			t.Errorf("%q: %q", c.text, got)
			continue
		}
		for i := range got {
			if !strings.Contains(got[i], c.want[i]) {
				t.Errorf("%q: %q", c.text, got)
			}
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"":                                      "",
		"plain\ntext":                           "plain\ntext",
		"a\r\nb\rc\u2028d\u0085e":               "a\nb\nc\nd\ne",
		"a\tb\x00c\x1b[31md":                    "a bc[31md",
		"x\u202ey\u2066z":                       "xyz",
		"a\u200bb\u00adc":                       "abc",
		"bad\xffbyte":                           "bad\ufffdbyte",
		"👩\u200d🚀":                              "👩\u200d🚀",
		"שלום":                                  "\u2068שלום\u2069",
		"a\nשלום\nb":                            "a\n\u2068שלום\u2069\nb",
		"\u2068שלום\u2069\u2069 x":              "\u2068שלום x\u2069",
		"e\u0301\u0301\u0301\u0301\u0301\u0301": "e\u0301\u0301\u0301\u0301",
		"a\U000e0041b\ufffeb":                   "abb",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := CleanLine(" two\nlines\t here\u200b "); got != "two lines here" {
		t.Errorf("%q", got)
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"Alice", "pаypal", "\u202e\u2066", "می\u200cخواهم", "👩\u200d🚀", "a\xff\u0301\u0301\u0301\u0301\u0301", "שלום\nabc\r\n\u2068",
		"https://user@xn--pple-43d.com:8080/", "\u093c\u200c\u093c\u093c\u093c\u093c\u093c\u200c\u093c", "ﷺ½ŉ", "\u0600\x8c\u200d", "ە\u200c\u061c\x9c اه"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := Clean(s)
		if Clean(c) != c || !utf8.ValidString(c) || len(c) > 3*len(s)+6 {
			t.Fatalf("Clean(%q) = %q, then %q", s, c, Clean(c))
		}
		for _, r := range Plain(s) {
			if directs(r) || control(r) && r != '\n' {
				t.Fatalf("Clean(%q) keeps %U", s, r)
			}
		}
		if n := len(Warnings(s)); n > 8 {
			t.Fatalf("%d warnings of %q", n, s)
		}
		if sk := Skeleton(s); !utf8.ValidString(sk) || len(sk) > 60*len(s)+9 {
			t.Fatalf("skeleton of %q: %q", s, sk)
		}
		if CheckName(s) == nil && (Clean(s) != s && !turns(s) || strings.TrimSpace(s) != s || slices.Contains(Warnings(s), warnInvisible)) {
			t.Fatalf("%q is fit, but cleans to %q with %q", s, Clean(s), Warnings(s))
		}
	})
}
