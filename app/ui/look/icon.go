package look

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"supercomputing/assets"
)

// Tone is what a colour says.
type Tone uint8

// The tones.
const (
	Plain Tone = iota
	Primary
	Muted
	Success
	Warn
	Danger
	Info
	OnPrimary // on a surface of the primary colour
	OnDark    // on the inverse surface of toasts and tooltips
)

// Color is the full colour of the tone: text and icons.
func (t Tone) Color() fyne.ThemeColorName {
	switch t {
	case Primary:
		return Accent
	case Muted:
		return MutedText
	case Success:
		return Good
	case Warn:
		return Warning
	case Danger:
		return Bad
	case Info:
		return Note
	case OnPrimary:
		return OnAccent
	case OnDark:
		return OnInverse
	}
	return Text
}

// Soft is the quiet background that goes with the tone.
func (t Tone) Soft() fyne.ThemeColorName {
	switch t {
	case Primary:
		return AccentSoft
	case Success:
		return GoodSoft
	case Warn:
		return WarningSoft
	case Danger:
		return BadSoft
	case Info:
		return NoteSoft
	case OnPrimary:
		return Accent
	case OnDark:
		return Inverse
	}
	return Raised
}

// replaced maps the toolkit's icons to ours.
var replaced = map[fyne.ThemeIconName]string{
	theme.IconNameVisibility: "visibility", theme.IconNameVisibilityOff: "visibility_off",
	theme.IconNameConfirm: "check", theme.IconNameCancel: "close", theme.IconNameError: "error",
	theme.IconNameArrowDropDown: "expand_more", theme.IconNameMenuExpand: "chevron_right",
	theme.IconNameInfo: "info", theme.IconNameWarning: "warning", theme.IconNameQuestion: "help",
	theme.IconNameFolder: "folder", theme.IconNameFolderOpen: "folder_open", theme.IconNameFile: "description",
	theme.IconNameContentCopy: "content_copy", theme.IconNameContentPaste: "content_paste",
	theme.IconNameSearch: "search", theme.IconNameDelete: "delete", theme.IconNameHome: "home",
}

// Icon is an icon of package assets by its name, in the tone's colour. It
// follows the theme. An unknown name gives a question mark, so that nothing is
// invisible.
func Icon(name string, tone Tone) fyne.Resource {
	data, ok := assets.Icon(name)
	if !ok {
		name, data = "help", nil
		if data, ok = assets.Icon(name); !ok {
			return theme.DefaultTheme().Icon(theme.IconNameQuestion)
		}
	}
	// The toolkit caches drawings by the resource's name.
	return theme.NewColoredResource(fyne.NewStaticResource("sc-"+name+".svg", data), tone.Color())
}
