package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"supercomputing/assets"
)

// fonts are the faces of one language.
type fonts struct {
	regular, bold, mono fyne.Resource
}

// fontsFor gives the Chinese face to every language, as it has Inter's glyphs
// too: what a friend wrote must be readable on an English page. Only the order
// of preference would differ, and a resource is one font.
func fontsFor(string) fonts {
	return fonts{
		regular: fyne.NewStaticResource("sc-regular.ttf", assets.ChineseRegular()),
		bold:    fyne.NewStaticResource("sc-bold.ttf", assets.ChineseSemiBold()),
		mono:    fyne.NewStaticResource("sc-mono.ttf", assets.Mono()),
	}
}

func (f fonts) of(style fyne.TextStyle) fyne.Resource {
	switch {
	case style.Symbol:
		return theme.DefaultTheme().Font(style)
	case style.Monospace:
		return f.mono
	case style.Bold:
		return f.bold
	}
	return f.regular
}
