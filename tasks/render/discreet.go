package render

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// causes is an error's text with the names of files instead of their paths, which
// would leave no room for why in a short line.
func causes(err error) string {
	text := err.Error()
	var p *fs.PathError
	if errors.As(err, &p) && p.Path != "" {
		text = strings.ReplaceAll(text, p.Path, filepath.Base(p.Path))
	}
	var l *os.LinkError
	if errors.As(err, &l) && l.Old != "" && l.New != "" {
		text = strings.ReplaceAll(strings.ReplaceAll(text, l.Old, filepath.Base(l.Old)), l.New, filepath.Base(l.New))
	}
	return text
}

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
