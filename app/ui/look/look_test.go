package look_test

import (
	"encoding/json"
	"image/color"
	"io/fs"
	"math"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"golang.org/x/image/font/sfnt"

	"supercomputing/app/ui/look"
	"supercomputing/assets"
)

// own lists the colours that widgets ask for.
var own = []fyne.ThemeColorName{
	look.Page, look.Text, look.MutedText, look.Card, look.Side, look.Raised, look.Border, look.Track, look.Faint, look.Grid,
	look.Accent, look.AccentSoft, look.OnAccent, look.Good, look.GoodSoft, look.Warning, look.WarningSoft, look.Bad, look.BadSoft,
	look.Note, look.NoteSoft, look.Inverse, look.OnInverse, look.Scrim, look.Shade, look.Paper, look.Ink, look.Clear,
	look.Series2, look.Series3, look.Series4, look.Series5, look.Series6,
	theme.ColorNamePrimary, theme.ColorNameForegroundOnPrimary, theme.ColorNameHyperlink, theme.ColorNameError,
	theme.ColorNameMenuBackground, theme.ColorNameOverlayBackground, theme.ColorNameSeparator, theme.ColorNameInputBackground,
}

func TestColoursAreThere(t *testing.T) {
	for _, mode := range []string{look.ModeLight, look.ModeDark} {
		th := look.New(look.Options{Mode: mode})
		for _, name := range own {
			if _, ok := th.Color(name, theme.VariantLight).(color.NRGBA); !ok {
				t.Errorf("%s: %s is not of our palette", mode, name)
			}
		}
	}
}

// luminance as WCAG 2.1 defines it.
func luminance(c color.Color) float64 {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	f := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.03928 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*f(n.R) + 0.7152*f(n.G) + 0.0722*f(n.B)
}

func contrast(a, b color.Color) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// What is read can be read: text on every surface, tones on their soft
// background. WCAG asks for 4.5, for large or bold text for 3.
func TestContrast(t *testing.T) {
	for _, mode := range []string{look.ModeLight, look.ModeDark} {
		th := look.New(look.Options{Mode: mode})
		at := func(name fyne.ThemeColorName) color.Color { return th.Color(name, theme.VariantLight) }
		for _, surface := range []fyne.ThemeColorName{look.Page, look.Card, look.Side, look.Raised, look.AccentSoft, look.WarningSoft, look.BadSoft, look.GoodSoft, look.NoteSoft} {
			if c := contrast(at(look.Text), at(surface)); c < 7 {
				t.Errorf("%s: text on %s has contrast %.1f", mode, surface, c)
			}
		}
		for _, surface := range []fyne.ThemeColorName{look.Page, look.Card, look.Side, look.Raised} {
			if c := contrast(at(look.MutedText), at(surface)); c < 4.5 {
				t.Errorf("%s: muted text on %s has contrast %.1f", mode, surface, c)
			}
		}
		for _, tone := range []look.Tone{look.Primary, look.Success, look.Warn, look.Danger, look.Info} {
			for _, surface := range []fyne.ThemeColorName{look.Card, tone.Soft()} {
				if c := contrast(at(tone.Color()), at(surface)); c < 3 {
					t.Errorf("%s: %s on %s has contrast %.1f", mode, tone.Color(), surface, c)
				}
			}
		}
		if c := contrast(at(look.OnAccent), at(look.Accent)); c < 3 {
			t.Errorf("%s: a primary button's label has contrast %.1f", mode, c)
		}
		if contrast(at(look.Page), at(look.Card)) == 1 {
			t.Errorf("%s: cards do not differ from the page", mode)
		}
	}
}

func TestModes(t *testing.T) {
	for _, x := range []struct {
		mode    string
		variant fyne.ThemeVariant
		dark    bool
	}{
		{look.ModeSystem, theme.VariantDark, true}, {look.ModeSystem, theme.VariantLight, false}, {look.ModeSystem, 2, false},
		{look.ModeLight, theme.VariantDark, false}, {look.ModeDark, theme.VariantLight, true}, {"", theme.VariantDark, true},
	} {
		if got := look.New(look.Options{Mode: x.mode}).Dark(x.variant); got != x.dark {
			t.Errorf("%q on a desktop of variant %d: dark is %v", x.mode, x.variant, got)
		}
	}
}

func TestScale(t *testing.T) {
	small, large := look.New(look.Options{}), look.New(look.Options{Scale: 9})
	for _, name := range []fyne.ThemeSizeName{look.SizeDisplay, look.SizeTitle, look.SizeHeading, look.SizeBody, look.SizeSmall, look.SizeIcon} {
		if got, want := large.Size(name), small.Size(name)*look.MaxScale; got != want {
			t.Errorf("%s is %v at the largest scale, want %v", name, got, want)
		}
	}
	if a, b := small.Size(theme.SizeNamePadding), large.Size(theme.SizeNamePadding); a != b {
		t.Errorf("paddings grew from %v to %v", a, b)
	}
}

func TestIcons(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(look.New(look.Options{}))
	seen := map[string]bool{}
	for _, name := range assets.Icons() {
		for _, tone := range []look.Tone{look.Plain, look.Primary} {
			r := look.Icon(name, tone)
			if seen[r.Name()] {
				t.Errorf("two icons are called %s", r.Name())
			}
			seen[r.Name()] = true
			if len(r.Content()) == 0 {
				t.Errorf("%s is empty", name)
			}
		}
	}
	if r := look.Icon("no such icon", look.Plain); !strings.Contains(r.Name(), "help") {
		t.Errorf("an unknown icon is %s", r.Name())
	}
}

func TestFonts(t *testing.T) {
	for _, language := range []string{"en", "zh"} {
		th := look.New(look.Options{Language: language})
		names := map[string]bool{}
		for _, style := range []fyne.TextStyle{{}, {Bold: true}, {Monospace: true}} {
			names[th.Font(style).Name()] = true
		}
		if len(names) != 3 {
			t.Errorf("%s: %d fonts for three styles", language, len(names))
		}
	}
}

// Every letter of every text is in both faces: a missing one would be a box.
func TestFontsHaveAllLetters(t *testing.T) {
	th := look.New(look.Options{})
	texts := map[rune]string{}
	err := fs.WalkDir(assets.Lang(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(assets.Lang(), path)
		if err != nil {
			return err
		}
		var flat map[string]string
		if err := json.Unmarshal(b, &flat); err != nil {
			return err
		}
		for key, s := range flat {
			for _, r := range s {
				texts[r] = key
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range "…·–−×≈→✓0123456789" {
		texts[r] = "signs that the code writes"
	}
	for _, style := range []fyne.TextStyle{{}, {Bold: true}} {
		f, err := sfnt.Parse(th.Font(style).Content())
		if err != nil {
			t.Fatal(err)
		}
		var buf sfnt.Buffer
		for r, key := range texts {
			if g, err := f.GlyphIndex(&buf, r); r > ' ' && r != '\u00a0' && (err != nil || g == 0) {
				t.Errorf("%s has no %q, which %s needs", th.Font(style).Name(), r, key)
			}
		}
	}
}
