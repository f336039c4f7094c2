package text_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"fyne.io/fyne/v2/lang"

	"supercomputing/app/ui/text"
	"supercomputing/app/view"
	"supercomputing/assets"
	"supercomputing/chain/types"
)

func catalog(t *testing.T, language string) *text.Catalog {
	t.Helper()
	c, err := text.Load(assets.Lang(), language)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// plain puts ordinary spaces in place of those that do not break.
func plain(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }

func TestAmounts(t *testing.T) {
	c := catalog(t, "en")
	for _, x := range []struct {
		a            types.Amount
		short, exact string
	}{
		{0, "0 SCC", "0 SCC"},
		{types.Coin, "1 SCC", "1 SCC"},
		{1234_56780000, "1,234.5678 SCC", "1,234.5678 SCC"},
		{1_234_567_89999999, "1,234,567.8999 SCC", "1,234,567.89999999 SCC"}, // never rounded up
		{1, "0.00000001 SCC", "0.00000001 SCC"},
		{999_999, "0.00999999 SCC", "0.00999999 SCC"},
		{-5_0000_0000, "−5 SCC", "−5 SCC"},
	} {
		if got := plain(c.Amount(x.a)); got != x.short {
			t.Errorf("Amount(%d) = %q, want %q", x.a, got, x.short)
		}
		if got := plain(c.Exact(x.a)); got != x.exact {
			t.Errorf("Exact(%d) = %q, want %q", x.a, got, x.exact)
		}
	}
	if got := plain(c.Signed(15000_0000, true) + " " + c.Signed(15000_0000, false)); got != "+1.5 SCC −1.5 SCC" {
		t.Errorf("Signed: %q", got)
	}
}

func TestParseAmount(t *testing.T) {
	c := catalog(t, "en")
	for in, want := range map[string]types.Amount{
		"12": 12 * types.Coin, " 0.05 SCC": 5_000_000, "1,234.5": 1234_50000000, "1,000,000": 1e6 * types.Coin,
		".5": 50_000_000, "１２．５": 12_50000000, "3 scc": 3 * types.Coin, "1 000": 1000 * types.Coin,
	} {
		if got, err := c.ParseAmount(in); err != nil || got != want {
			t.Errorf("ParseAmount(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"": "Enter", "-1": "negative", "1,5": "point", "12,34": "point", "1e5": "digits", "abc": "digits",
		"0.123456789": "8 decimals", "99999999999999999999": "more than",
	} {
		if got, err := c.ParseAmount(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseAmount(%q) = %v, %v; want an error about %q", in, got, err, want)
		}
	}
}

// What is shown exactly reads back as the same amount.
func FuzzAmountRoundTrip(f *testing.F) {
	f.Add(int64(0))
	f.Add(int64(123_456_789_012))
	c, err := text.Load(assets.Lang(), "en")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, n int64) {
		a := types.Amount(n)
		if a < 0 || a > types.MaxAmount {
			return
		}
		if got, err := c.ParseAmount(c.Exact(a)); err != nil || got != a {
			t.Fatalf("%v became %v, %v", a, got, err)
		}
	})
}

func TestNumbers(t *testing.T) {
	c := catalog(t, "en")
	for got, want := range map[string]string{
		c.Bytes(0): "0 B", c.Bytes(999): "999 B", c.Bytes(1500): "1.5 KB", c.Bytes(2_000_000): "2 MB",
		c.Bytes(150_400_000): "150 MB", c.Bytes(999_999): "1 MB", c.Rate(1_200_000): "1.2 MB/s",
		c.Percent(0.46): "46 %", c.Percent(0.005): "0.5 %", c.Percent(0): "0 %", c.Percent(1): "100 %",
		c.Number(-1234567): "−1,234,567", c.Decimal(1234.5, 2): "1,234.50",
	} {
		if plain(got) != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	en, zh := catalog(t, "en"), catalog(t, "zh")
	now := time.Date(2026, 11, 21, 9, 30, 0, 0, time.Local)
	for _, x := range []struct {
		d      time.Duration
		en, zh string
	}{
		{0, "just now", "刚刚"},
		{3 * time.Minute, "3 min ago", "3 分钟前"},
		{59*time.Minute + 50*time.Second, "1 h ago", "1 小时前"},
		{2*time.Hour + 5*time.Minute, "2 h 5 min ago", "2 小时 5 分钟前"},
		{23*time.Hour + 59*time.Minute + 40*time.Second, "1 day ago", "1 天前"},
		{24 * time.Hour, "1 day ago", "1 天前"},
		{72 * time.Hour, "3 days ago", "3 天前"},
		{-10 * time.Minute, "in 10 min", "10 分钟后"},
	} {
		if got := plain(en.Ago(now.Add(-x.d), now)); got != x.en {
			t.Errorf("%v: %q, want %q", x.d, got, x.en)
		}
		if got := plain(zh.Ago(now.Add(-x.d), now)); got != x.zh {
			t.Errorf("%v: %q, want %q", x.d, got, x.zh)
		}
	}
	if got := en.When(now.Add(-3*time.Minute), now); got != "Nov 21, 09:27 · 3 min ago" {
		t.Errorf("When: %q", got)
	}
	if got := zh.When(now.AddDate(-2, 0, 0), now); !strings.HasPrefix(got, "2024年11月21日 09:30") {
		t.Errorf("When: %q", got)
	}
	if got := en.When(time.Time{}, now); got != "–" {
		t.Errorf("no time: %q", got)
	}
}

func TestPluralsAndPlaceholders(t *testing.T) {
	files := fstest.MapFS{
		"en/a.json": {Data: []byte(`{"a.days.one": "{n} day", "a.days.other": "{n} days", "a.hello": "Hello {name}, {name}"}`)},
		"zh/a.json": {Data: []byte(`{"a.days.one": "x", "a.days.other": "{n} 天", "a.hello": "{name}，你好"}`)},
	}
	en, err := text.Load(files, "en")
	if err != nil {
		t.Fatal(err)
	}
	zh, err := text.Load(files, "zh")
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		en.N("a.days", 1): "1 day", en.N("a.days", 0): "0 days", en.N("a.days", 1500): "1,500 days",
		zh.N("a.days", 1): "1 天", en.T("a.hello", "name", "Anna {n}"): "Hello Anna {n}, Anna {n}",
		zh.T("a.hello", "name", "Anna"): "Anna，你好", en.T("a.none"): "a.none",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	twice := fstest.MapFS{"en/a.json": {Data: []byte(`{"a.x": "1"}`)}, "en/b.json": {Data: []byte(`{"a.x": "2"}`)}}
	if _, err := text.Load(twice, "en"); err == nil {
		t.Error("a key in two files was taken")
	}
	if _, err := text.Load(fstest.MapFS{"en/a.json": {Data: []byte(`{`)}}, "en"); err == nil {
		t.Error("a broken file was taken")
	}
	if _, err := text.Load(fstest.MapFS{}, "en"); err == nil {
		t.Error("no files were taken")
	}
	if c := catalog(t, "xx"); c.Language() != text.English {
		t.Errorf("an unknown language became %q", c.Language())
	}
}

func TestErrors(t *testing.T) {
	zh := catalog(t, "zh")
	e := fmt.Errorf("send: %w", view.Errorf(view.CodeFunds, "5 SCC are missing").WithHint("Wait for the block."))
	if p := zh.Error(e); p.Title != "余额不足" || p.Message != "5 SCC are missing" || p.Hint != "Wait for the block." {
		t.Errorf("%+v", p)
	}
	if p := zh.Error(errors.New("odd")); p.Title != "出了点问题" || p.Message != "odd" {
		t.Errorf("%+v", p)
	}
	if p := zh.Error(nil); p != (text.Problem{}) {
		t.Errorf("%+v", p)
	}
}

func TestShort(t *testing.T) {
	for in, want := range map[string]string{
		"":      "",
		"short": "short",
		"tsc1p7rjtndlzfjsk70s8ps8zxhvr3hv4dexhzwnnkp45pc59evp69jcqsld2yc": "tsc1p7rjtn…sld2yc",
	} {
		if got := text.Short(in); got != want {
			t.Errorf("Short(%q) = %q, want %q", in, got, want)
		}
	}
}

// The toolkit's own words follow the language, also when it changes.
func TestToolkit(t *testing.T) {
	for _, x := range []struct{ language, want string }{{"zh", "剪切"}, {"en", "Cut"}} {
		if err := catalog(t, x.language).Toolkit(); err != nil {
			t.Fatal(err)
		}
		if got := lang.L("Cut"); got != x.want {
			t.Errorf("%s: %q, want %q", x.language, got, x.want)
		}
	}
}
