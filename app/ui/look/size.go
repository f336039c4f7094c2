package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// Names of sizes. Sizes of text grow with the theme's scale.
const (
	SizeDisplay fyne.ThemeSizeName = "sc-display" // the one large number of a page
	SizeTitle                      = theme.SizeNameHeadingText
	SizeHeading                    = theme.SizeNameSubHeadingText
	SizeBody                       = theme.SizeNameText
	SizeSmall                      = theme.SizeNameCaptionText
	SizeIcon                       = theme.SizeNameInlineIcon
	RadiusCard                     = theme.SizeNameCardRadius
	RadiusBox   fyne.ThemeSizeName = "sc-radius-box" // buttons, fields, rows
)

// TextScale is how much larger texts are than the smallest choice. Layouts that
// count in columns of text grow with it.
func TextScale() float32 { return Size(SizeBody) / textSizes[theme.SizeNameText] }

var textSizes = map[fyne.ThemeSizeName]float32{
	SizeDisplay:                  26,
	theme.SizeNameHeadingText:    22,
	theme.SizeNameSubHeadingText: 16,
	theme.SizeNameText:           14,
	theme.SizeNameCaptionText:    12,
	theme.SizeNameInlineIcon:     18,
}

var sizes = map[fyne.ThemeSizeName]float32{
	theme.SizeNamePadding:         6,
	theme.SizeNameInnerPadding:    10,
	theme.SizeNameLineSpacing:     4,
	theme.SizeNameScrollBar:       10,
	theme.SizeNameScrollBarSmall:  4,
	theme.SizeNameScrollBarRadius: 5,
	theme.SizeNameInputBorder:     1,
	theme.SizeNameInputRadius:     8,
	theme.SizeNameSelectionRadius: 6,
	theme.SizeNameButtonRadius:    8,
	theme.SizeNameCardRadius:      12,
	theme.SizeNameDialogRadius:    14,
	theme.SizeNamePopupRadius:     10,
	theme.SizeNameMenuRadius:      10,
	RadiusBox:                     8,
}
