package povray

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// What a scene may be. All of them bound what a stranger's bundle costs.
const (
	maxText     = 128 << 20 // bytes of one text
	maxTexts    = 512 << 20 // of all
	maxIncludes = 2000      // texts
	maxNesting  = 64        // of includes
	maxFiles    = 20000     // files of a scene
	maxStrings  = 200_000   // strings that may be names
	maxPath     = 512       // bytes of a path in a bundle
	maxParts    = 16        // folders in it
	maxComputed = 1000      // names that are put together from parts, each looked for in whole folders
)

// found is one file that a scene needs.
type found struct {
	name    string // as it is spelled, with the ending that POV-Ray adds
	kind    string
	user    string // "scene.pov:12"
	host    string // where it is, "" if it is missing
	bundle  string // its path under the bundle's files
	own     bool   // of POV-Ray's installation
	pattern bool   // the name is computed and name is a pattern
	size    int64
}

// script is a text that POV-Ray parses.
type script struct {
	label string // for people
	src   string
	own   bool
}

// survey goes through a scene's texts and finds what they need. It is used once
// and by one goroutine.
type survey struct {
	folders []string // where names are looked for: the scene's folder, libraries
	own     []string // and the installation's
	strict  bool     // a bundle: each name has to be inside

	vars     vars
	scripts  map[string]*script // by path
	written  map[string]bool    // all strings of the scene's own texts
	files    map[string]*found  // by spelled name
	remarks  map[string]string  // what → where
	problems []string
	bytes    int64
	err      error

	report  bool            // the second time round
	visited map[string]bool // includes of this round
	numbers int             // of files that get names of their own

	computes map[string]bool          // kinds and patterns of computed names
	mentions map[string]bool          // by kind: whether a text names such a file
	listings map[string][]os.DirEntry // of folders
	looked   map[string]bool          // paths that were looked for, and folders
}

// run goes through the scene twice, as a name may be declared after the macro
// that uses it.
func (s *survey) run(scene string) error {
	s.vars, s.scripts, s.written = make(vars), make(map[string]*script), make(map[string]bool)
	s.files, s.remarks = make(map[string]*found), make(map[string]string)
	s.computes, s.mentions, s.listings = make(map[string]bool), make(map[string]bool), make(map[string][]os.DirEntry)
	s.looked = make(map[string]bool)
	for _, s.report = range []bool{false, true} {
		s.visited = make(map[string]bool)
		s.walk(scene, filepath.Base(scene), false, 0)
		if s.err != nil {
			return s.err
		}
	}
	return nil
}

// walk reads one text and those that it includes.
func (s *survey) walk(file, label string, own bool, depth int) {
	if s.err != nil || s.visited[file] {
		return
	}
	s.visited[file] = true
	if depth > maxNesting || len(s.visited) > maxIncludes {
		s.err = fmt.Errorf("%s: more includes than %d, or deeper than %d", label, maxIncludes, maxNesting)
		return
	}
	sc := s.load(file, label, own)
	if sc == nil {
		return
	}
	r := reader{vars: s.vars}
	r.ref = func(f ref) { s.take(f, sc, depth) }
	r.remark = func(m remark) {
		if !own && s.remarks[m.what] == "" {
			s.remarks[m.what] = fmt.Sprintf("%s:%d", label, m.line)
		}
	}
	r.read(sc.src)
}

// load reads a text once.
func (s *survey) load(file, label string, own bool) *script {
	if sc := s.scripts[file]; sc != nil {
		return sc
	}
	src, err := readText(file, min(maxText, maxTexts-s.bytes))
	if err != nil {
		s.err = fmt.Errorf("%s: %w", label, err)
		return nil
	}
	s.bytes += int64(len(src))
	sc := &script{label, src, own}
	s.scripts[file] = sc
	if own {
		return sc
	}
	for l := newLexer(src); ; {
		t := l.take()
		if t.kind == end {
			return sc
		}
		if t.kind == text && len(t.value) <= maxName && len(s.written) < maxStrings {
			s.written[unescape(t.value)] = true
		}
	}
}

var errNoText = errors.New("not a text")

// readText reads a file that should be text of at most so many bytes.
func readText(file string, most int64) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	switch {
	case err != nil:
		return "", err
	case slices.Contains(b[:min(len(b), 8192)], 0):
		return "", errNoText
	case int64(len(b)) > most:
		return "", fmt.Errorf("texts of a scene may have %d MiB, and all of them %d", maxText>>20, maxTexts>>20)
	}
	return strings.TrimPrefix(string(b), "\ufeff"), nil
}

// take follows one reference.
func (s *survey) take(f ref, in *script, depth int) {
	for _, name := range f.names {
		user := fmt.Sprintf("%s:%d", in.label, f.line)
		switch unknown := strings.Contains(name, any1); {
		case name == "" || f.kind == kindWritten && !s.strict:
		case s.strict && !unknown && !plain(name):
			s.err = fmt.Errorf("%s: %q is outside the bundle", user, name)
			return
		case s.strict && strings.Contains(name, "..") || s.strict && strings.HasPrefix(name, "/"):
			s.err = fmt.Errorf("%s: a computed name is outside the bundle", user)
			return
		case unknown && s.strict:
			// Which file it is only rendering tells, and the sandbox holds that.
		case unknown:
			s.computed(name, f, in, user)
		default:
			s.named(name, f, in, user, depth)
		}
	}
}

// named follows a name that is known.
func (s *survey) named(name string, f ref, in *script, user string, depth int) {
	got := s.files[name]
	if got == nil {
		got = &found{name: name, kind: f.kind, user: user, bundle: name}
		s.locate(got)
		if got.host == "" && (f.optional || in.own) {
			return // POV-Ray's own texts ask for what is not always there
		}
		if len(s.files) >= maxFiles {
			s.err = fmt.Errorf("%s: more than %d files", user, maxFiles)
			return
		}
		s.files[name] = got
		if got.host != "" && !got.own && !s.strict && s.private(got.kind, got.host) {
			s.problems = append(s.problems, fmt.Sprintf("%s: %q is not called as a %s is, or is hidden: whoever renders the scene could read it; "+
				"put it beside the scene if it belongs to it", user, name, got.kind))
			got.host = ""
			return
		}
		if !plain(got.bundle) {
			s.rename(got, user)
		}
	}
	if got.host != "" && f.kind == kindInclude {
		s.walk(got.host, name, got.own, depth+1)
	}
}

// rename gives a file from outside the scene's folder a place in the bundle.
func (s *survey) rename(f *found, user string) {
	if !s.written[f.name] {
		s.problems = append(s.problems, fmt.Sprintf("%s: %q is put together from parts and outside the scene's folder; move it there", user, f.name))
	}
	s.numbers++
	base := strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, path.Base(f.bundle))
	if len(base) > 64 {
		base = "file" + path.Ext(base)[:min(len(path.Ext(base)), 8)]
	}
	f.bundle = fmt.Sprintf("outside/%d-%s", s.numbers, strings.TrimLeft(base, ".-"))
}

// locate looks for a file as POV-Ray does: the current folder, then the library
// paths, each with the ending as written and with those of its kind.
func (s *survey) locate(f *found) {
	try := func(folder string, own bool) bool {
		for _, ext := range append([]string{""}, endings(f.kind)...) {
			host := filepath.FromSlash(f.name + ext)
			if !filepath.IsAbs(host) {
				host = filepath.Join(folder, host)
			}
			s.looked[host] = true
			if info, err := os.Stat(host); err == nil && info.Mode().IsRegular() {
				f.host, f.size, f.own = host, info.Size(), own
				f.bundle += ext
				return true
			}
		}
		return false
	}
	for _, folder := range s.folders {
		if try(folder, false) {
			return
		}
	}
	for _, folder := range s.own {
		if try(folder, true) {
			return
		}
	}
}

// computed follows a name of which parts are known only when rendering. Files
// beside the scene that fit are taken, of names that begin in a known way;
// otherwise those that any string of the scene names.
func (s *survey) computed(pattern string, f ref, in *script, user string) {
	if !s.report || f.optional || in.own {
		return
	}
	shown := strings.ReplaceAll(pattern, any1, "*")
	key := f.kind + any1 + pattern
	if s.files[shown] != nil || s.computes[key] {
		return
	}
	if s.computes[key] = true; len(s.computes) > maxComputed {
		s.err = fmt.Errorf("%s: more than %d names that are put together from parts", user, maxComputed)
		return
	}
	dir, base := path.Split(pattern)
	some := false
	if !strings.Contains(dir, any1) && !strings.HasPrefix(base, any1) {
		for _, folder := range s.folders {
			some = s.matching(folder, dir, base, f.kind, user) || some
		}
	} else {
		some = s.mentioned(f.kind, user)
	}
	switch {
	case some:
	case strings.Trim(shown, "*") == "":
		s.problems = append(s.problems, fmt.Sprintf("%s: the name of a %s is computed, and no text of the scene names such a file", user, f.kind))
	default:
		s.files[shown] = &found{name: shown, kind: f.kind, user: user, pattern: true}
	}
}

// matching takes the files of a folder that fit a pattern.
func (s *survey) matching(folder, dir, base, kind, user string) (some bool) {
	if !filepath.IsAbs(filepath.FromSlash(dir)) {
		folder = filepath.Join(folder, filepath.FromSlash(dir))
	} else {
		folder = filepath.FromSlash(dir)
	}
	entries, ok := s.listings[folder]
	if !ok {
		s.looked[folder] = true
		entries, _ = os.ReadDir(folder) // what cannot be read has no files for us
		s.listings[folder] = entries
	}
	for _, e := range entries {
		if !fits(e.Name(), base) && !slices.ContainsFunc(endings(kind), func(ext string) bool { return fits(e.Name(), base+ext) }) {
			continue
		}
		name := dir + e.Name()
		if !plain(name) {
			s.problems = append(s.problems, fmt.Sprintf("%s: %q is put together from parts and outside the scene's folder; move it there", user, name))
			return true
		}
		s.named(name, ref{kind: kind}, &script{}, user, 0)
		some = true
	}
	return some
}

// fits reports whether a name is the pattern with something in place of each
// unknown part.
func fits(name, pattern string) bool {
	parts := strings.Split(pattern, any1)
	if !strings.HasPrefix(name, parts[0]) {
		return false
	}
	name = name[len(parts[0]):]
	for i, p := range parts[1:] {
		if i == len(parts)-2 {
			return strings.HasSuffix(name, p)
		}
		at := strings.Index(name, p)
		if at < 0 {
			return false
		}
		name = name[at+len(p):]
	}
	return name == ""
}

// mentioned takes the files of a kind that any string of the scene names.
func (s *survey) mentioned(kind, user string) (some bool) {
	if some, ok := s.mentions[kind]; ok {
		return some
	}
	defer func() { s.mentions[kind] = some }()
	names := maps.Clone(s.written)
	for _, values := range s.vars {
		for _, v := range values {
			names[v] = true
		}
	}
	for _, name := range sorted(names) {
		if !slices.Contains(endings(kind), strings.ToLower(path.Ext(name))) {
			continue
		}
		dir, base := path.Split(name)
		if strings.Contains(name, any1) {
			if !strings.Contains(dir, any1) && !strings.HasPrefix(base, any1) {
				for _, folder := range s.folders {
					some = s.matching(folder, dir, base, kind, user) || some
				}
			}
			continue
		}
		f := &found{name: name, kind: kind, bundle: name}
		if s.locate(f); f.host != "" {
			s.named(name, ref{kind: kind}, &script{}, user, 0)
			some = true
		}
	}
	return some
}

// endings are what a name may end with, by POV-Ray's own choice, for its kind.
func endings(kind string) []string {
	switch kind {
	case kindInclude:
		return []string{".inc"}
	case kindTexture:
		return []string{".png", ".jpg", ".jpeg", ".gif", ".tga", ".iff", ".ppm", ".pgm", ".tif", ".tiff", ".hdr", ".exr", ".bmp"}
	case kindVolume:
		return []string{".df3"}
	case kindFont:
		return []string{".ttf"}
	}
	return nil
}

// plain reports whether a path may stand in a bundle as it is: relative, with
// slashes, nothing hidden, nothing that any system reads in another way.
func plain(name string) bool {
	if name == "" || len(name) > maxPath || path.IsAbs(name) || path.Clean(name) != name || !utf8.ValidString(name) {
		return false
	}
	parts := strings.Split(name, "/")
	for _, p := range parts {
		if p[0] == '.' || p[0] == '-' || p[0] == ' ' || len(p) > 200 || strings.HasSuffix(p, ".") || strings.HasSuffix(p, " ") {
			return false
		}
	}
	return len(parts) <= maxParts && !strings.ContainsFunc(name, func(r rune) bool {
		return r < ' ' || r == 0x7f || strings.ContainsRune(`\:*?"<>|`, r)
	})
}

func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for k := range set {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
