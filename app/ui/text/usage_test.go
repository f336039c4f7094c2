package text_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"supercomputing/app/ui/text"
	"supercomputing/assets"
)

// file is the texts of one package in one language.
type file map[string]string

// load reads all files of a language by the name of their package.
func load(t *testing.T, language string) map[string]file {
	t.Helper()
	names, err := fs.Glob(assets.Lang(), language+"/*.json")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]file)
	for _, name := range names {
		b, err := fs.ReadFile(assets.Lang(), name)
		if err != nil {
			t.Fatal(err)
		}
		var f file
		if err := json.Unmarshal(b, &f); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[strings.TrimSuffix(path.Base(name), ".json")] = f
	}
	return all
}

// use is a key as the code uses it.
type use struct {
	key   string
	where string
	// args are the names of the placeholders that a call fills; nil when the
	// key is not in a call.
	args   []string
	call   bool
	plural bool
	maybe  bool // it may be something else
}

// sources parses the Go files of the windows, tests left out.
func sources(t *testing.T, fn func(path string, set *token.FileSet, f *ast.File)) {
	t.Helper()
	set := token.NewFileSet()
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return err
		}
		f, err := parser.ParseFile(set, p, nil, 0)
		if err != nil {
			return err
		}
		fn(p, set, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil
}

// keyCall tells whether a call asks for a text, and its first argument.
func keyCall(c *ast.CallExpr) (name string, ok bool) {
	sel, isSel := c.Fun.(*ast.SelectorExpr)
	if !isSel || len(c.Args) == 0 || sel.Sel.Name != "T" && sel.Sel.Name != "N" {
		return "", false
	}
	return sel.Sel.Name, true
}

// uses finds the keys in the code: in calls, and literals of their form.
func uses(t *testing.T, packages []string) []use {
	form := regexp.MustCompile(`^(` + strings.Join(packages, "|") + `)(\.[a-z0-9_]+)+$`)
	var found []use
	sources(t, func(p string, set *token.FileSet, f *ast.File) {
		inCall, not := map[ast.Expr]bool{}, map[ast.Expr]bool{}
		ast.Inspect(f, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.IndexExpr:
				if sel, ok := x.X.(*ast.SelectorExpr); ok && (sel.Sel.Name == "Names" || sel.Sel.Name == "Hints") {
					not[x.Index] = true // names of settings, not of texts
				}
			case *ast.CallExpr:
				method, ok := keyCall(x)
				if !ok {
					return true
				}
				where := set.Position(x.Pos()).String()
				if _, sum := x.Args[0].(*ast.BinaryExpr); sum {
					t.Errorf("%s: the key is put together: write keys out", where)
				}
				s, ok := literal(x.Args[0])
				if !ok {
					return true
				}
				inCall[x.Args[0]] = true
				u := use{key: s, where: where, call: true, plural: method == "N", args: []string{}}
				rest := x.Args[1:]
				if u.plural && len(rest) > 0 {
					rest, u.args = rest[1:], append(u.args, "n")
				}
				for i := 0; i < len(rest); i += 2 {
					name, ok := literal(rest[i])
					if !ok || x.Ellipsis.IsValid() {
						u.args = nil
						break
					}
					u.args = append(u.args, name)
				}
				found = append(found, u)
			case *ast.BasicLit:
				if s, ok := literal(x); ok && !inCall[x] && !not[x] && form.MatchString(s) {
					// A setting of the node may look like a key of another page.
					own := strings.HasPrefix(s, filepath.Base(filepath.Dir(p))+".")
					found = append(found, use{key: s, where: set.Position(x.Pos()).String(), maybe: !own})
				}
			}
			return true
		})
	})
	return found
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

func placeholders(s string) []string {
	seen := map[string]bool{}
	for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
		seen[m[1]] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// Every key in the code has a text in every language, every text is used, and
// calls fill the placeholders that the texts have.
func TestKeys(t *testing.T) {
	en, zh := load(t, text.English), load(t, text.Chinese)
	packages := slices.Sorted(maps.Keys(en))
	texts := make(file)
	for name, f := range en {
		for k, v := range f {
			if !strings.HasPrefix(k, name+".") {
				t.Errorf("en/%s.json: %s does not begin with %s.", name, k, name)
			}
			texts[k] = v
		}
	}
	used := make(map[string]bool)
	for _, u := range uses(t, packages) {
		forms := []string{u.key}
		if _, ok := texts[u.key]; u.plural || !u.call && !ok {
			forms = []string{u.key + ".one", u.key + ".other"}
		}
		for _, k := range forms {
			v, ok := texts[k]
			if !ok && !u.maybe && !(len(forms) == 2 && !u.plural && k != forms[0]) {
				t.Errorf("%s: %s has no text in en", u.where, k)
			}
			if !ok {
				continue
			}
			used[k] = true
			checkArgs(t, u, k, v)
		}
	}
	for k := range texts {
		if !used[k] {
			t.Errorf("en: %s is used nowhere", k)
		}
	}
	for _, name := range packages {
		compare(t, name, en[name], zh[name])
	}
	for name := range zh {
		if en[name] == nil {
			t.Errorf("zh/%s.json has no English side", name)
		}
	}
}

// checkArgs compares a call's arguments with its text's placeholders.
func checkArgs(t *testing.T, u use, key, v string) {
	t.Helper()
	if !u.call || u.args == nil {
		return
	}
	for _, p := range placeholders(v) {
		if !slices.Contains(u.args, p) {
			t.Errorf("%s: nothing fills {%s} of %s", u.where, p, key)
		}
	}
	for _, a := range u.args {
		if a != "n" && !slices.Contains(placeholders(v), a) {
			t.Errorf("%s: %s has no {%s}", u.where, key, a)
		}
	}
}

// compare holds two languages of a package against each other.
func compare(t *testing.T, name string, en, zh file) {
	t.Helper()
	for k, v := range en {
		w, ok := zh[k]
		if !ok {
			t.Errorf("zh/%s.json: %s has no text", name, k)
			continue
		}
		a, b := placeholders(v), placeholders(w)
		if strings.HasSuffix(k, ".one") { // "one day" need not say {n}
			a, b = slices.DeleteFunc(a, isN), slices.DeleteFunc(b, isN)
		}
		if !slices.Equal(a, b) {
			t.Errorf("%s: placeholders differ: %v in en, %v in zh", k, a, b)
		}
		if strings.TrimSpace(v) == "" || strings.TrimSpace(w) == "" {
			t.Errorf("%s: empty", k)
		}
		if strings.ContainsFunc(v, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("en: %s is Chinese: %q", k, v)
		}
	}
	for k := range zh {
		if _, ok := en[k]; !ok {
			t.Errorf("zh/%s.json: %s has no English side", name, k)
		}
	}
}

func isN(s string) bool { return s == "n" }

// shows lists functions of the kit whose strings people read.
var shows = []string{
	"Display", "Title", "Heading", "Strong", "Body", "Muted", "Small", "Paragraph", "Primary", "Secondary", "Ghost",
	"Danger", "Link", "Pill", "Stat", "Hint", "Empty", "NavItem", "NavTab", "Check", "SwitchRow", "Field", "Entry",
	"Search", "MultiLine", "Card", "Header", "Details", "IconButton", "Password", "NewPassword", "Help", "SetError",
	"Set", "SetLabel", "Toast",
}

// No words are written into the code: they would not be translated.
func TestNoWordsInCode(t *testing.T) {
	sources(t, func(p string, set *token.FileSet, f *ast.File) {
		if strings.HasPrefix(filepath.ToSlash(p), "../uitest/") {
			return
		}
		ast.Inspect(f, func(n ast.Node) bool {
			c, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			name := ""
			switch fn := c.Fun.(type) {
			case *ast.SelectorExpr:
				name = fn.Sel.Name
			case *ast.Ident:
				name = fn.Name
			}
			if !slices.Contains(shows, name) {
				return true
			}
			for _, a := range c.Args {
				if s, ok := literal(a); ok && words(s) {
					t.Errorf("%s: %q is not translated", set.Position(a.Pos()), s)
				}
			}
			return true
		})
	})
}

// words tells text for people from names of icons and keys.
func words(s string) bool {
	lower := strings.ContainsFunc(s, unicode.IsLower)
	r := []rune(s)
	return lower && len(r) > 1 && (strings.ContainsRune(s, ' ') || unicode.IsUpper(r[0]))
}
