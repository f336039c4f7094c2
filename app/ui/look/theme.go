// Package look owns how the windows look: the theme with its colours, sizes
// and fonts for light and dark, and the icons in the theme's tones. It knows
// no page, no text and no node.
package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Modes of a theme.
const (
	ModeSystem = "system" // as the desktop says
	ModeLight  = "light"
	ModeDark   = "dark"
)

// MinScale and MaxScale bound the scale of texts.
const (
	MinScale = 1.0
	MaxScale = 1.5
)

// Options choose a theme.
type Options struct {
	Mode     string  // one of the modes; "" is ModeSystem
	Scale    float32 // of texts, MinScale to MaxScale; 0 is MinScale
	Language string  // "en", "zh": decides the fonts
}

// Theme is the program's own look. It never changes: another choice is another
// theme.
type Theme struct {
	mode     string
	scale    float32
	language string
	light    map[fyne.ThemeColorName]color.Color
	dark     map[fyne.ThemeColorName]color.Color
	fonts    fonts
}

var _ fyne.Theme = (*Theme)(nil)

// New makes a theme.
func New(o Options) *Theme {
	if o.Scale == 0 {
		o.Scale = MinScale
	}
	return &Theme{
		mode:     o.Mode,
		scale:    max(MinScale, min(MaxScale, o.Scale)),
		language: o.Language,
		light:    lightPalette(),
		dark:     darkPalette(),
		fonts:    fontsFor(o.Language),
	}
}

// Dark tells whether the theme is dark when the desktop asks for variant.
func (t *Theme) Dark(variant fyne.ThemeVariant) bool {
	switch t.mode {
	case ModeLight:
		return false
	case ModeDark:
		return true
	}
	return variant == theme.VariantDark
}

// Color implements fyne.Theme.
func (t *Theme) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	palette, own := t.light, theme.VariantLight
	if t.Dark(variant) {
		palette, own = t.dark, theme.VariantDark
	}
	if c, ok := palette[name]; ok {
		return c
	}
	return theme.DefaultTheme().Color(name, own)
}

// Font implements fyne.Theme.
func (t *Theme) Font(style fyne.TextStyle) fyne.Resource { return t.fonts.of(style) }

// Icon implements fyne.Theme: the toolkit's own icons, where we have no better.
func (t *Theme) Icon(name fyne.ThemeIconName) fyne.Resource {
	if own, ok := replaced[name]; ok {
		if r := Icon(own, Plain); r != nil {
			return r
		}
	}
	return theme.DefaultTheme().Icon(name)
}

// Size implements fyne.Theme.
func (t *Theme) Size(name fyne.ThemeSizeName) float32 {
	if s, ok := textSizes[name]; ok {
		return s * t.scale
	}
	if s, ok := sizes[name]; ok {
		return s
	}
	return theme.DefaultTheme().Size(name)
}

// Color is a colour of the theme in use, for raw canvas objects. They do not
// follow a change of theme by themselves: ask again in Refresh.
func Color(name fyne.ThemeColorName) color.Color { return theme.Color(name) }

// Size is a size of the theme in use.
func Size(name fyne.ThemeSizeName) float32 { return theme.Size(name) }
