// Package assets owns what the app shows but nobody computes: its fonts, its
// icons and its mark, embedded as plain bytes. It knows no toolkit; each
// folder's make.sh says where its files come from.
package assets

import (
	"embed"
	"strings"
)

//go:embed fonts/*.ttf icons/*.svg logo.svg logo/*.png tray-*.svg
var files embed.FS

// must reads a file whose name is written in this package.
func must(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err) // a misspelled name; the tests read all of them
	}
	return b
}

// Regular is Inter, for languages in Latin, Greek or Cyrillic letters.
func Regular() []byte { return must("fonts/Inter-400.ttf") }

// SemiBold is Regular's weight for headings and emphasis.
func SemiBold() []byte { return must("fonts/Inter-600.ttf") }

// ChineseRegular has every glyph of Regular and the Chinese ones of Noto Sans
// SC: it also fits an English page that may show what a Chinese friend wrote.
func ChineseRegular() []byte { return must("fonts/Chinese-400.ttf") }

// ChineseSemiBold is ChineseRegular's weight for headings and emphasis.
func ChineseSemiBold() []byte { return must("fonts/Chinese-600.ttf") }

// Mono tells 0 from O and 1 from l, for addresses, hashes and terminals.
func Mono() []byte { return must("fonts/JetBrainsMono-400.ttf") }

// Icon returns an SVG of one black path that a toolkit recolours, by the name
// of its Material Symbol, such as "arrow_back" or, filled, "home-fill".
func Icon(name string) ([]byte, bool) {
	b, err := files.ReadFile("icons/" + name + ".svg")
	return b, err == nil
}

// Icons lists the names that Icon knows, sorted.
func Icons() []string {
	entries, err := files.ReadDir("icons")
	if err != nil {
		panic(err)
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".svg")
	}
	return names
}
