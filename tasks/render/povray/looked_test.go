package povray

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supercomputing/tasks/render/engine"
)

// What an answer depends on is told, also where nothing is: settings, includes
// that were looked for in other places first, folders of computed names.
func TestLooked(t *testing.T) {
	dir := scene(t, map[string]string{
		"a.pov": `#include "b" #include "colors.inc" png concat("maps/t", str(clock,1,0), ".png") union { }`,
		"b.inc": "", "maps/t1.png": "",
	})
	s, err := New(Options{}).Inspect(t.Context(), filepath.Join(dir, "a.pov"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(s.Fixed, "a.ini") {
		t.Errorf("what sets the frames: %q", s.Fixed)
	}
	for _, name := range []string{"a.ini", "a.pov", "b", "b.inc", "colors.inc", "maps"} {
		if !slices.Contains(s.Looked, filepath.Join(dir, name)) {
			t.Errorf("%s is not among %v", name, s.Looked)
		}
	}
	if !slices.ContainsFunc(s.Looked, func(p string) bool { return filepath.Base(p) == "share" }) {
		t.Errorf("the installation is not among %v", s.Looked)
	}
}

func TestMissingStandardInclude(t *testing.T) {
	dir := scene(t, map[string]string{"a.pov": `#include "colors.inc" #include "mine.inc" union { }`})
	op := &opened{scene: filepath.Join(dir, "a.pov"), o: defaults()}
	if err := op.look(nil); err != nil { // a machine without povray-includes
		t.Fatal(err)
	}
	for name, want := range map[string]string{"colors.inc": "install povray-includes", "mine.inc": ""} {
		f := op.s.files[name].file(dir)
		if f.State != engine.FileMissing || !strings.Contains(f.Help, want) || (want == "") != (f.Help == "") {
			t.Errorf("%+v", f)
		}
	}
	if !slices.IsSorted(standardIncludes) {
		t.Error("the standard includes are not sorted")
	}
}

func TestFormat(t *testing.T) {
	for text, want := range map[string]string{
		"": "png", "Output_File_Type=N": "png", "Output_File_Type=E": "exr", "Bits_Per_Color=16": "png16", "+FN16": "png16", "+FE": "exr", "+FN": "png",
		"Output_File_Type=J": "", "+FT": "", "+FH": "exr", "Output_File_Type=E\nBits_Per_Color=16": "exr",
	} {
		if o, err := parseIni(text); err != nil || o.format() != want || len(o.ignored) > 0 {
			t.Errorf("%q: %q, %v, left out %v", text, o.format(), err, o.ignored)
		}
	}
	if o, err := parseIni("+FN99"); err == nil {
		t.Errorf("99 bits: %+v", o)
	}
}

func TestJitter(t *testing.T) {
	for text, want := range map[string]bool{"": true, "Jitter=off": false, "-J": false, "+J0.5": true, "Jitter_Amount=0": false, "+A +J": true, "+A0.1 -J": false} {
		if o, err := parseIni(text); err != nil || o.jitter != want || len(o.ignored) > 0 {
			t.Errorf("%q: %v, %v, left out %v", text, o.jitter, err, o.ignored)
		}
	}
}
