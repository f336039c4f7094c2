package render

import (
	"os"
	"path/filepath"
	"strings"
)

// discreet takes this machine's paths out of a text that a stranger will read:
// they tell the user's name and what else is here. dirs are folders that may be
// in it; their parents go too, since a scene can name its way up.
func discreet(text string, dirs ...string) string {
	if home, err := os.UserHomeDir(); err == nil {
		dirs = append(dirs, home)
	}
	for _, dir := range append(dirs, os.TempDir()) {
		dir, err := filepath.Abs(dir)
		if err != nil {
			continue
		}
		for ; filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
			text = strings.ReplaceAll(text, dir, "…")
			if slashed := filepath.ToSlash(dir); slashed != dir {
				text = strings.ReplaceAll(text, slashed, "…")
			}
		}
	}
	return text
}
