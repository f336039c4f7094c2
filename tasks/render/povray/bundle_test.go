package povray

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/render/sample"
)

const plainScene = "#version 3.7; global_settings { assumed_gamma 1 } camera { location -5*z look_at 0 } light_source { <3,5,-3> 1 } sphere { 0, 1 pigment { rgb x } }\n"

// scene writes files into a new folder and tells it. Paths may begin with "/",
// which is another new folder, %OUT% in the texts.
func scene(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, out := t.TempDir(), t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if strings.HasPrefix(name, "/") {
			path = filepath.Join(out, name)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(content, "%OUT%", filepath.ToSlash(out))), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// tree lists a folder's files.
func tree(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestInspectSample(t *testing.T) {
	path, err := sample.Pov(t.TempDir(), sample.Spec{Name: "textured", Frames: 12, Width: 320, Height: 180, Samples: 9})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, strings.TrimSuffix(path, "pov") + "ini"} {
		s, err := New(Options{}).Inspect(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if s.Engine != "povray" || s.First != 1 || s.Last != 12 || s.Step != 1 || s.Width != 320 || s.Height != 180 || s.Samples != 9 || s.WholeOnly || s.Camera == "" {
			t.Errorf("%+v", s)
		}
		if len(s.Files) != 3 || len(s.Missing()) != 0 || len(s.Problems) != 0 {
			t.Errorf("%+v %v", s.Files, s.Problems)
		}
	}
}

func TestInspect(t *testing.T) {
	for name, c := range map[string]struct {
		files   map[string]string
		missing string // part of the missing files' paths
		problem string // part of the problems
		note    string
		whole   bool
		found   int
	}{
		"defaults":         {files: map[string]string{"a.pov": plainScene}, note: "800×600"},
		"settings":         {files: map[string]string{"a.pov": plainScene, "a.ini": "Width=3\nPost_Scene_Command=x"}, note: "left out: Post_Scene_Command"},
		"jitter":           {files: map[string]string{"a.pov": plainScene, "a.ini": "+A0.1 +R4"}, note: "without jitter"},
		"clock alone":      {files: map[string]string{"a.pov": plainScene + "sphere { clock, 1 }"}, note: "clock"},
		"no camera":        {files: map[string]string{"a.pov": "sphere { 0, 1 }"}, note: "camera"},
		"radiosity":        {files: map[string]string{"a.pov": plainScene + "global_settings { radiosity { } }"}, whole: true},
		"missing include":  {files: map[string]string{"a.pov": `#include "no-such.inc"`}, missing: "no-such.inc"},
		"missing image":    {files: map[string]string{"a.pov": `#include "b.inc"`, "b.inc": `png "maps/t.png"`}, missing: "t.png", found: 1},
		"missing sequence": {files: map[string]string{"a.pov": `png concat("maps/t", str(clock,1,0), ".png")`}, missing: "t*.png"},
		"sequence":         {files: map[string]string{"a.pov": `png concat("maps/t", str(clock,1,0), ".png")`, "maps/t1.png": "", "maps/t2.png": "", "maps/u1.png": ""}, found: 2},
		"sequence outside": {files: map[string]string{"a.pov": `png concat("%OUT%/t", str(clock,1,0), ".png")`, "/t1.png": ""}, problem: "move it there"},
		"parts outside":    {files: map[string]string{"a.pov": `png concat("%OUT%/", "t.png")`, "/t.png": ""}, problem: "move it there", found: 1},
		"ending left out":  {files: map[string]string{"a.pov": `#include "b" png "t"`, "b.inc": "", "t.png": ""}, found: 2},
		"by a macro":       {files: map[string]string{"a.pov": `#macro M(F) pigment { image_map { png F } } #end M("t.png") M(concat("u", ".png"))`, "t.png": ""}, found: 1},
		"by a macro, none": {files: map[string]string{"a.pov": `#macro M(F) pigment { image_map { png F } } #end M("t.png")`}, problem: "computed"},
		"declared later":   {files: map[string]string{"a.pov": `#macro M() png T #end #declare T = "t.png";`, "t.png": ""}, found: 1},
		"in the include":   {files: map[string]string{"a.pov": `#declare T = "t.png"; #include "b.inc"`, "b.inc": `png T`, "t.png": ""}, found: 2},
		"library":          {files: map[string]string{"a.pov": `png "t.png"`, "a.ini": `Library_Path=lib`, "lib/t.png": ""}, found: 1},
		"asked about":      {files: map[string]string{"a.pov": `#if (file_exists("x.txt")) #end`}},
		"includes itself":  {files: map[string]string{"a.pov": `#ifndef(A) #declare A = 1; #include "a.pov" #end`}, found: 1},
		"a key":            {files: map[string]string{"a.pov": `#fopen F "%OUT%/id_rsa" read`, "/id_rsa": ""}, missing: "id_rsa", problem: "a.pov:1"},
		"hidden":           {files: map[string]string{"a.pov": `png "%OUT%/.secret/t.png"`, "/.secret/t.png": ""}, missing: "t.png", problem: "could read it"},
		"hidden beside":    {files: map[string]string{"a.pov": `#include ".secret"`, ".secret": ""}, missing: ".secret", problem: "could read it"},
		"data beside":      {files: map[string]string{"a.pov": `#fopen F "points" read`, "points": ""}, found: 1},
		"texture outside":  {files: map[string]string{"a.pov": `png "%OUT%/t.png"`, "/t.png": ""}, found: 1},
		"writes":           {files: map[string]string{"a.pov": `#fopen F "x" write`}, problem: "a.pov:1: the scene writes"},
		"time of day":      {files: map[string]string{"a.pov": "\n#declare R = seed(now);"}, problem: "a.pov:2: the scene asks for the time"},
	} {
		t.Run(name, func(t *testing.T) {
			p := New(Options{})
			c.files["a.pov"] += "\nunion { }\n"
			path := filepath.Join(scene(t, c.files), "a.pov")
			s, err := p.Inspect(t.Context(), path)
			if err != nil {
				t.Fatal(err)
			}
			missing := ""
			for _, f := range s.Missing() {
				missing += f.Path
			}
			if (c.missing == "") != (missing == "") || !strings.HasSuffix(missing, c.missing) {
				t.Errorf("missing %q", missing)
			}
			if n := len(s.Files) - len(s.Missing()); n != c.found {
				t.Errorf("%d files: %+v", n, s.Files)
			}
			if problems := strings.Join(s.Problems, "\n"); (c.problem == "") != (problems == "") || !strings.Contains(problems, c.problem) {
				t.Errorf("problems %q", problems)
			}
			if notes := strings.Join(s.Notes, "\n"); !strings.Contains(notes, c.note) {
				t.Errorf("notes %q", notes)
			}
			if s.WholeOnly != c.whole {
				t.Errorf("whole only: %v, %s", s.WholeOnly, s.Why)
			}
			err = p.Pack(t.Context(), path, t.TempDir())
			switch {
			case c.missing != "":
				if !errors.Is(err, engine.ErrIncomplete) || !strings.Contains(err.Error(), c.missing) {
					t.Errorf("packing: %v", err)
				}
			case c.problem != "":
				if !errors.Is(err, engine.ErrScene) {
					t.Errorf("packing: %v", err)
				}
			case err != nil:
				t.Errorf("packing: %v", err)
			}
		})
	}
}

func TestInspectRefused(t *testing.T) {
	dir := scene(t, map[string]string{
		"binary.pov": "BLENDER-v304\x00\x00", "empty.pov": "", "prose.pov": "Hello, this is a letter.", "bad.pov": plainScene, "bad.ini": "Width=none",
		"none.ini": "Width=3", "gone.ini": "Input_File_Name=no-such.pov", "deep.pov": `#include "0.inc"`,
	})
	for i := range maxNesting + 5 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i, ".inc")), fmt.Appendf(nil, `#include "%d.inc"`, i+1), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"binary.pov", "empty.pov", "prose.pov", "bad.pov", "none.ini", "gone.ini", "deep.pov", "no-such.pov", "."} {
		_, err := New(Options{}).Inspect(t.Context(), filepath.Join(dir, name))
		if !errors.Is(err, engine.ErrScene) {
			t.Errorf("%s: %v", name, err)
		}
		if name == "binary.pov" && !strings.Contains(err.Error(), "binary.pov is not a POV-Ray scene") {
			t.Error(err)
		}
	}
}

// A packed scene has what it names, and nothing else, and renders as the same
// program renders the original.
func TestPack(t *testing.T) {
	p := here(t)
	path, err := sample.Pov(t.TempDir(), sample.Spec{Name: "textured", Frames: 3, Width: 96, Height: 54})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(path)
	texture, err := os.ReadFile(filepath.Join(dir, "maps", "tiles.png"))
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "a b, c", "outside.png")
	for name, content := range map[string][]byte{
		out: texture, filepath.Join(dir, "private.png"): texture, filepath.Join(dir, "..data.txt"): []byte("0.5,"),
		path: fmt.Appendf(nil, "%s\nsphere { <-1,2,-1>, 0.5 pigment { image_map { png %q map_type 1 } } }\n", must(os.ReadFile(path)), out),
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	bundle := pack(t, p, path)
	want := []string{"files/maps/tiles.png", "files/outside/1-outside.png", "files/parts/heights.txt", "files/parts/objects.inc", "scene.ini", "scene.pov"}
	if got := tree(t, bundle); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if text := string(must(os.ReadFile(filepath.Join(bundle, "scene.pov")))); strings.Contains(text, out) {
		t.Error("the scene still names the file outside")
	}
	s := small(picture.RGB8)
	got, err := render(t, p, engine.Request{Bundle: bundle, Settings: s, Tiles: []engine.Tile{frame(2, s)}, Foreign: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := byHand(t, path, s, "+KFI1", "+KFF3", "+KC", "+SF2", "+EF2", "+A0.1", "+R2", "-J"); got[0].Picture.Hash() != want.Hash() {
		t.Error("the bundle's picture differs from the scene's")
	}
}

func must(b []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return b
}

func TestCheckBundle(t *testing.T) {
	ini := defaults().text()
	for name, c := range map[string]struct {
		files map[string]string
		ok    bool
	}{
		"plain":            {map[string]string{"scene.pov": plainScene, "scene.ini": ini}, true},
		"nonce":            {map[string]string{"scene.pov": plainScene, "scene.ini": ini, "nonce": "x"}, true},
		"files":            {map[string]string{"scene.pov": `#include "a/b.inc" png "c.png"`, "scene.ini": ini, "files/a/b.inc": `png "c.png"`, "files/c.png": ""}, true},
		"no scene":         {map[string]string{"scene.ini": ini}, false},
		"no settings":      {map[string]string{"scene.pov": plainScene}, false},
		"other settings":   {map[string]string{"scene.pov": plainScene, "scene.ini": ini + "Post_Frame_Command=id\n"}, false},
		"folder":           {map[string]string{"scene.pov": plainScene, "scene.ini": ini, "other/a": ""}, false},
		"hidden":           {map[string]string{"scene.pov": plainScene, "scene.ini": ini, "files/.a": ""}, false},
		"configuration":    {map[string]string{"scene.pov": plainScene, "scene.ini": ini, ".povray/3.7/povray.conf": ""}, false},
		"files is a file":  {map[string]string{"scene.pov": plainScene, "scene.ini": ini, "files": ""}, false},
		"absolute":         {map[string]string{"scene.pov": `#include "/etc/passwd"`, "scene.ini": ini}, false},
		"upwards":          {map[string]string{"scene.pov": `png "../../x.png"`, "scene.ini": ini}, false},
		"upwards, hidden":  {map[string]string{"scene.pov": `#include "a.inc"`, "scene.ini": ini, "files/a.inc": `png "a/../../b"`}, false},
		"upwards, in part": {map[string]string{"scene.pov": `png concat("../", str(clock,1,0))`, "scene.ini": ini}, false},
		"windows":          {map[string]string{"scene.pov": `png "C:\\x.png"`, "scene.ini": ini}, false},
		"writing outside":  {map[string]string{"scene.pov": `#fopen F "/tmp/x" write`, "scene.ini": ini}, false},
		"data outside":     {map[string]string{"scene.pov": `#fopen F "/etc/hostname" read`, "scene.ini": ini}, false},
		"binary":           {map[string]string{"scene.pov": "\x28\xb5\x2f\xfd\x00", "scene.ini": ini}, false},
	} {
		t.Run(name, func(t *testing.T) {
			err := New(Options{}).CheckBundle(scene(t, c.files))
			if c.ok && err != nil || !c.ok && !errors.Is(err, engine.ErrBundle) {
				t.Error(err)
			}
		})
	}
}

func TestCheckBundleLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("links need a privilege on Windows")
	}
	for _, name := range []string{"scene.pov", "files/a.inc", "files"} {
		dir := scene(t, map[string]string{"scene.ini": defaults().text()})
		if name != "files" {
			if err := os.Mkdir(filepath.Join(dir, "files"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink("/etc", filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Fatal(err)
		}
		if err := New(Options{}).CheckBundle(dir); !errors.Is(err, engine.ErrBundle) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := New(Options{}).CheckBundle(filepath.Join(t.TempDir(), "none")); !errors.Is(err, engine.ErrBundle) {
		t.Error(err)
	}
}

// A stranger's text costs bounded time, whatever is in it.
func FuzzCheckBundle(f *testing.F) {
	f.Add(plainScene, defaults().text(), `png "a"`)
	f.Add(`#include "a.inc" #include concat("a", ".inc")`, defaults().text(), `#declare A = array[1] {"../x"} png A[0]`)
	f.Add(`#fopen F concat("/", str(1,1,1)) append`, "Width=1", "")
	f.Fuzz(func(t *testing.T, text, ini, include string) {
		dir := t.TempDir()
		os.Mkdir(filepath.Join(dir, "files"), 0o755)
		for name, content := range map[string]string{"scene.pov": text, "scene.ini": ini, "files/a.inc": include} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := New(Options{}).CheckBundle(dir); err != nil && !errors.Is(err, engine.ErrBundle) {
			t.Error(err)
		}
	})
}
