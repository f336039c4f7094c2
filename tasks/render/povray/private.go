package povray

import (
	"path/filepath"
	"slices"
	"strings"
)

// usualEndings are those of files that scenes name for each purpose.
var usualEndings = map[string][]string{
	kindInclude: {".inc", ".pov", ".mcr", ".mac", ".map"},
	kindTexture: {".gif", ".tga", ".iff", ".ppm", ".pgm", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".sys", ".bmp", ".hdr", ".exr", ".pot"},
	kindVolume:  {".df3"},
	kindFont:    {".ttf", ".ttc", ".otf"},
	kindData:    {".dat", ".txt", ".csv"},
}

// private reports whether a file is one that a scene has no business with. A
// bundle is readable to everybody who renders it, and a requester's scene may be
// a stranger's: one that includes a key of the home folder would publish it. So
// what lies outside the scene's folder, links followed, has to be called as
// files of its kind are, and nothing is taken from hidden folders.
func (s *survey) private(kind, host string) bool {
	real, err := filepath.EvalSymlinks(host)
	if err != nil {
		return true
	}
	if real, err = filepath.Abs(real); err != nil {
		return true
	}
	// Library paths are the scene's own words too: only its folder counts.
	base, err := filepath.EvalSymlinks(s.folders[0])
	if err == nil {
		base, err = filepath.Abs(base)
	}
	if err != nil {
		return true
	}
	if rel, err := filepath.Rel(base, real); err == nil && filepath.IsLocal(rel) {
		return hidden(rel)
	}
	return hidden(real) || !slices.Contains(usualEndings[kind], strings.ToLower(filepath.Ext(real)))
}

// hidden reports whether a part of a path begins with a dot.
func hidden(path string) bool {
	return slices.ContainsFunc(strings.Split(filepath.ToSlash(path), "/"), func(part string) bool { return strings.HasPrefix(part, ".") })
}
