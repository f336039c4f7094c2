package build

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Every package says in one comment what it owns; two comments would drift
// apart.
func TestPackageComments(t *testing.T) {
	for _, p := range list(t) {
		var with []string
		files := p.GoFiles
		if len(files) == 0 { // a package of tests
			matches, err := filepath.Glob(filepath.Join(p.Dir, "*_test.go"))
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range matches {
				files = append(files, filepath.Base(m))
			}
		}
		for _, name := range files {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.PackageClauseOnly)
			if err != nil {
				t.Fatal(err)
			}
			if f.Doc == nil {
				continue
			}
			with = append(with, name)
			if p.Name == "main" { // "Command x …" or "X …"
				continue
			}
			if want := "Package " + p.Name + " "; !strings.HasPrefix(f.Doc.Text(), want) {
				t.Errorf("%s/%s: its package comment does not begin with %q", p.path(), name, want)
			}
		}
		if len(with) != 1 {
			t.Errorf("%s has %d package comments, in %v", p.path(), len(with), with)
		}
	}
}

// Every exported thing says what it is.
func TestExportedComments(t *testing.T) {
	for _, p := range list(t) {
		for _, name := range p.GoFiles {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				checkDecl(t, fset, p.path(), d)
			}
		}
	}
}

func checkDecl(t *testing.T, fset *token.FileSet, path string, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc == nil && exportedReceiver(d) {
			t.Errorf("%s: %s has no comment (%v)", path, d.Name.Name, fset.Position(d.Pos()))
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			if ts, ok := s.(*ast.TypeSpec); ok && ts.Name.IsExported() && d.Doc == nil && ts.Doc == nil && ts.Comment == nil {
				t.Errorf("%s: type %s has no comment (%v)", path, ts.Name.Name, fset.Position(ts.Pos()))
			}
		}
	}
}

// exportedReceiver reports whether a function is one, or a method of an
// exported type.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	e := d.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		case *ast.Ident:
			return x.IsExported()
		default:
			return false
		}
	}
}

// Names that say nothing collect what belongs nowhere.
func TestNoCatchAllPackages(t *testing.T) {
	for _, p := range list(t) {
		for _, part := range strings.Split(p.path(), "/") {
			switch part {
			case "util", "utils", "common", "helper", "helpers", "misc", "shared", "base", "lib":
				t.Errorf("%s: a package named for nothing in particular", p.path())
			}
		}
	}
}

// Every direct dependency earns its place in RATIONALE.md, and what that names
// is really used.
func TestDependenciesHaveReasons(t *testing.T) {
	raw, err := os.ReadFile("../RATIONALE.md")
	if err != nil {
		t.Fatal(err)
	}
	// The tables there write modules shortly: `btcsuite/btcd/wire/v2`, `x/term`.
	var named []string
	for _, m := range regexp.MustCompile("`([^`\\s]+/[^`\\s]+)`").FindAllStringSubmatch(string(raw), -1) {
		named = append(named, m[1])
	}
	gomod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	used := make(map[string]bool)
	for _, p := range list(t) {
		for _, imports := range [][]string{p.Imports, p.TestImports, p.XTestImports} {
			for _, imp := range imports {
				used[imp] = true
			}
		}
	}
	line := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`) // an indirect one has a comment behind it
	direct := line.FindAllStringSubmatch(string(gomod), -1)
	if len(direct) == 0 {
		t.Fatal("go.mod names no direct dependency")
	}
	for _, m := range direct {
		mod := m[1]
		if !slices.ContainsFunc(named, func(n string) bool { return mod == n || strings.HasSuffix(mod, "/"+n) }) {
			t.Errorf("RATIONALE.md does not say why %s is there", mod)
		}
		found := false
		for imp := range used {
			if imp == mod || strings.HasPrefix(imp, mod+"/") {
				found = true
				break
			}
		}
		if !found {
			t.Errorf("nothing imports %s: take it out of go.mod", mod)
		}
	}
}
