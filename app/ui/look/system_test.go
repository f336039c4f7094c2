package look_test

import (
	"testing"

	"fyne.io/fyne/v2/theme"

	"supercomputing/app/ui/look"
)

// The mode of the system is the system's; the others do not ask it.
func TestSystemMode(t *testing.T) {
	for _, c := range []struct {
		mode  string
		light bool // on a light system
		dark  bool // on a dark one
	}{{look.ModeSystem, true, false}, {look.ModeLight, true, true}, {look.ModeDark, false, false}} {
		th := look.New(look.Options{Mode: c.mode, Scale: 1, Language: "en"})
		lightPage := look.New(look.Options{Mode: look.ModeLight, Scale: 1, Language: "en"}).Color(look.Page, theme.VariantLight)
		if got := th.Color(look.Page, theme.VariantLight) == lightPage; got != c.light {
			t.Errorf("%s on a light system: light %v", c.mode, got)
		}
		if got := th.Color(look.Page, theme.VariantDark) == lightPage; got != c.dark {
			t.Errorf("%s on a dark system: light %v", c.mode, got)
		}
	}
}
