package desktop

import (
	"strings"

	"supercomputing/app/ui/text"
)

// systemLanguage is the language that the system's settings ask for, as far as
// the program speaks it.
func systemLanguage(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"} {
		v := getenv(name)
		if v == "" {
			continue
		}
		code, _, _ := strings.Cut(v, "_")
		code, _, _ = strings.Cut(code, "-")
		code, _, _ = strings.Cut(code, ".")
		if text.Known(code) {
			return code
		}
		return text.English
	}
	return text.System() // Windows and macOS tell it elsewhere
}
