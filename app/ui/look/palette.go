package look

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Names of colours beyond the toolkit's. Text colours are Text, Muted and
// Faint; every tone has a full and a soft colour, found by Tone.
const (
	Page                            = theme.ColorNameBackground // behind everything
	Text                            = theme.ColorNameForeground
	MutedText                       = theme.ColorNamePlaceHolder
	Card        fyne.ThemeColorName = "sc-card"        // surface of panels
	Side        fyne.ThemeColorName = "sc-side"        // surface of the navigation
	Raised      fyne.ThemeColorName = "sc-raised"      // quiet boxes on a card: buttons, bubbles
	Border      fyne.ThemeColorName = "sc-border"      // hairlines around cards
	Track       fyne.ThemeColorName = "sc-track"       // the empty part of bars
	Faint       fyne.ThemeColorName = "sc-faint"       // the quietest text and grid lines' labels
	Grid        fyne.ThemeColorName = "sc-grid"        // lines of charts
	Accent      fyne.ThemeColorName = "sc-accent"      // teal
	AccentSoft  fyne.ThemeColorName = "sc-accent-soft" // behind teal icons and pills
	OnAccent    fyne.ThemeColorName = "sc-on-accent"   // on teal
	Good        fyne.ThemeColorName = "sc-good"        //
	GoodSoft    fyne.ThemeColorName = "sc-good-soft"   //
	Warning     fyne.ThemeColorName = "sc-warn"        //
	WarningSoft fyne.ThemeColorName = "sc-warn-soft"   //
	Bad         fyne.ThemeColorName = "sc-bad"         //
	BadSoft     fyne.ThemeColorName = "sc-bad-soft"    //
	Note        fyne.ThemeColorName = "sc-note"        //
	NoteSoft    fyne.ThemeColorName = "sc-note-soft"   //
	Inverse     fyne.ThemeColorName = "sc-inverse"     // bubbles of charts, tooltips, toasts
	OnInverse   fyne.ThemeColorName = "sc-on-inverse"  //
	Scrim       fyne.ThemeColorName = "sc-scrim"       // over the page while a dialog is open
	Shade       fyne.ThemeColorName = "sc-shade"       // shadows of cards
	Paper       fyne.ThemeColorName = "sc-paper"       // white in both modes: behind QR codes
	Ink         fyne.ThemeColorName = "sc-ink"         // black in both modes
	Clear       fyne.ThemeColorName = "sc-clear"       // nothing
	Hover       fyne.ThemeColorName = theme.ColorNameHover
	Series2     fyne.ThemeColorName = "sc-series-2" // further colours of charts, after Accent
	Series3     fyne.ThemeColorName = "sc-series-3"
	Series4     fyne.ThemeColorName = "sc-series-4"
	Series5     fyne.ThemeColorName = "sc-series-5"
	Series6     fyne.ThemeColorName = "sc-series-6"
)

// Series is the n-th colour of a chart's parts.
func Series(n int) fyne.ThemeColorName {
	all := [...]fyne.ThemeColorName{Accent, Series2, Series3, Series4, Series5, Series6}
	return all[((n%len(all))+len(all))%len(all)]
}

// hex reads RRGGBB or RRGGBBAA.
func hex(v uint32, alpha ...uint8) color.NRGBA {
	c := color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
	if len(alpha) > 0 {
		c.A = alpha[0]
	}
	return c
}

func lightPalette() map[fyne.ThemeColorName]color.Color {
	return complete(map[fyne.ThemeColorName]color.Color{
		Page: hex(0xf4f5f8), Card: hex(0xffffff), Side: hex(0xffffff), Raised: hex(0xe9ecf1),
		Border: hex(0xe3e6ec), Track: hex(0xe4e7ec), Grid: hex(0xe7e9ee),
		Text: hex(0x0f1729), MutedText: hex(0x5b6677), Faint: hex(0x838d9c),
		Accent: hex(0x0f9384), AccentSoft: hex(0xe2f3f0), OnAccent: hex(0xffffff),
		Good: hex(0x15935a), GoodSoft: hex(0xdff5e9),
		Warning: hex(0xb45f06), WarningSoft: hex(0xfdf0d9),
		Bad: hex(0xcf2f37), BadSoft: hex(0xfde6e7),
		Note: hex(0x2a62c9), NoteSoft: hex(0xe4ecfb),
		Inverse: hex(0x151b2c), OnInverse: hex(0xf7f8fa),
		Scrim: hex(0x151b2c, 0x80), Shade: hex(0x1b2540, 0x16),
		Series2: hex(0x3b82f6), Series3: hex(0xf59e0b), Series4: hex(0x8b5cf6), Series5: hex(0xec5f75), Series6: hex(0x7c8798),
		theme.ColorNameInputBackground: hex(0xffffff), theme.ColorNameInputBorder: hex(0xc9cfd9),
		theme.ColorNameHover: hex(0x0f1729, 0x0c), theme.ColorNamePressed: hex(0x0f1729, 0x18),
		theme.ColorNameFocus: hex(0x0f9384, 0x59), theme.ColorNameSelection: hex(0x0f9384, 0x33),
		theme.ColorNameScrollBar: hex(0x0f1729, 0x40),
		theme.ColorNameDisabled:  hex(0x9aa3b0), theme.ColorNameShadow: hex(0x1b2540, 0x10),
	})
}

func darkPalette() map[fyne.ThemeColorName]color.Color {
	return complete(map[fyne.ThemeColorName]color.Color{
		Page: hex(0x0d1015), Card: hex(0x171b21), Side: hex(0x11151b), Raised: hex(0x222831),
		Border: hex(0x262c35), Track: hex(0x2a303a), Grid: hex(0x272d36),
		Text: hex(0xf1f4f7), MutedText: hex(0x9ba5b3), Faint: hex(0x747f8e),
		Accent: hex(0x2dd4bf), AccentSoft: hex(0x123733), OnAccent: hex(0x08211e),
		Good: hex(0x3ddc84), GoodSoft: hex(0x12352a),
		Warning: hex(0xf5b849), WarningSoft: hex(0x3a2d12),
		Bad: hex(0xff7b80), BadSoft: hex(0x40191e),
		Note: hex(0x7aabff), NoteSoft: hex(0x172a4a),
		Inverse: hex(0xe9edf2), OnInverse: hex(0x10151d),
		Scrim: hex(0x000000, 0xa0), Shade: hex(0x000000, 0x40),
		Series2: hex(0x60a5fa), Series3: hex(0xfbbf24), Series4: hex(0xa78bfa), Series5: hex(0xfb7185), Series6: hex(0x8692a3),
		theme.ColorNameInputBackground: hex(0x10141a), theme.ColorNameInputBorder: hex(0x39414d),
		theme.ColorNameHover: hex(0xffffff, 0x10), theme.ColorNamePressed: hex(0xffffff, 0x20),
		theme.ColorNameFocus: hex(0x2dd4bf, 0x59), theme.ColorNameSelection: hex(0x2dd4bf, 0x40),
		theme.ColorNameScrollBar: hex(0xffffff, 0x40),
		theme.ColorNameDisabled:  hex(0x5c6674), theme.ColorNameShadow: hex(0x000000, 0x30),
	})
}

// complete adds the names that the toolkit's own widgets ask for.
func complete(p map[fyne.ThemeColorName]color.Color) map[fyne.ThemeColorName]color.Color {
	p[Paper], p[Ink], p[Clear] = hex(0xffffff), hex(0x000000), hex(0, 0)
	for name, from := range map[fyne.ThemeColorName]fyne.ThemeColorName{
		theme.ColorNamePrimary: Accent, theme.ColorNameForegroundOnPrimary: OnAccent,
		theme.ColorNameHyperlink: Accent, theme.ColorNameButton: Raised,
		theme.ColorNameDisabledButton: Raised, theme.ColorNameError: Bad,
		theme.ColorNameForegroundOnError: OnAccent, theme.ColorNameSuccess: Good,
		theme.ColorNameForegroundOnSuccess: OnAccent, theme.ColorNameWarning: Warning,
		theme.ColorNameForegroundOnWarning: OnAccent, theme.ColorNameHeaderBackground: Card,
		theme.ColorNameMenuBackground: Card, theme.ColorNameOverlayBackground: Card,
		theme.ColorNameSeparator: Border, theme.ColorNameScrollBarBackground: Clear,
	} {
		p[name] = p[from]
	}
	return p
}
