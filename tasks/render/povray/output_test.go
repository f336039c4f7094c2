package povray

import (
	"math"
	"strings"
	"testing"
	"time"

	"supercomputing/tasks/render/picture"
)

func TestComplaint(t *testing.T) {
	for name, c := range map[string]struct {
		said, why string
		memory    bool
	}{
		"parse":   {"==== [Parsing...]\nFile 'b/scene.pov' line 3: Parse Error: Expected 'object or directive',\n undeclared identifier 'x' found instead\nFatal error in parser: Cannot parse input.\nRender failed\n", "File 'scene.pov' line 3: Parse Error: Expected 'object or directive', undeclared identifier 'x' found instead", false},
		"missing": {"File 'b/files/a.inc' line 9: Possible Parse Error: Cannot find file 'x.ttf',\n even after trying to append file type extension.\n", "File 'a.inc' line 9: Possible Parse Error: Cannot find file 'x.ttf', even after trying to append file type extension.", false},
		"memory":  {"Fatal error in renderer: Out of memory.\n", "Fatal error in renderer: Out of memory.", true},
		"new":     {"terminate called after throwing an instance of 'std::bad_alloc'\n", "terminate called after throwing an instance of 'std::bad_alloc'", true},
		"nothing": {"hello\n", "", false},
	} {
		why, memory := complaint(c.said)
		if why != c.why || memory != c.memory {
			t.Errorf("%s: %q, %v", name, why, memory)
		}
	}
	why, _ := complaint("Fatal error: " + strings.Repeat("\x1b[31mä\r", 10_000))
	if len(why) > maxWhy+3 || strings.ContainsAny(why, "\x1b\r\n") {
		t.Errorf("%q", why)
	}
}

func TestTraced(t *testing.T) {
	said := `  Trace Time:       0 hours  0 minutes 99 seconds (99.0 seconds)
              using 1 thread(s) with 99.0 CPU-seconds total
Render Time:
  Photon Time:      0 hours  0 minutes  0 seconds (0.001 seconds)
              using 4 thread(s) with 0.001 CPU-seconds total
  Radiosity Time:   0 hours  0 minutes  0 seconds (0.299 seconds)
              using 1 thread(s) with 0.297 CPU-seconds total
  Trace Time:       0 hours  0 minutes  0 seconds (0.689 seconds)
              using 1 thread(s) with 0.688 CPU-seconds total
POV-Ray finished
`
	if wall, work := traced(said); wall != 988*time.Millisecond || work != 985*time.Millisecond {
		t.Error(wall, work)
	}
	if wall, work := traced("no times"); wall != 0 || work != 0 {
		t.Error(wall, work)
	}
}

func TestVersion(t *testing.T) {
	for text, want := range map[string]string{
		"POV-Ray 3.7.0.10.unofficial\n\nThis is":               "3.7.0.10",
		"POV-Ray 3.8.0-alpha.9945":                             "3.8.0",
		"Persistence of Vision(tm) Ray Tracer Version 3.7.0.8": "",
		"POV-Ray 3.6.1": "",
		"Blender 3.4.1": "",
		"":              "",
	} {
		got, err := parseVersion(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

func TestLibraries(t *testing.T) {
	got := parseLibraries("\tlinux-vdso.so.1 (0x00007f)\n\tlibm.so.6 => /lib/libm.so.6 (0x1)\n\tlibX11.so.6 => /lib/libX11.so.6 (0x2)\n\tlibpng16.so.16 => /lib/libpng16.so.16 (0x3)\n\tlibc.so.6 => not found\n")
	if strings.Join(got, " ") != "/lib/libm.so.6 /lib/libpng16.so.16" {
		t.Error(got)
	}
}

func TestTail(t *testing.T) {
	var out tail
	for range 100 {
		out.Write(make([]byte, 5000))
		out.Write(make([]byte, 300_000))
	}
	out.Write([]byte("end\xff"))
	if s := out.String(); len(s) > 3*maxTail || !strings.HasSuffix(s, "end?") {
		t.Errorf("%d bytes", len(s))
	}
}

func TestSingle(t *testing.T) {
	for h, want := range map[uint16]float64{
		0: 0, 0x3c00: 1, 0xc000: -2, 0x7bff: 65504, 0x0400: 0x1p-14, 0x0001: 0x1p-24, 0x8001: -0x1p-24, 0x3555: 0.333251953125,
		0x7c00: math.Inf(1), 0xfc00: math.Inf(-1),
	} {
		if got := float64(single(h)); got != want {
			t.Errorf("%#04x: %v, not %v", h, got, want)
		}
	}
	if got := single(0x7e00); got == got {
		t.Error("NaN is", got)
	}
	if got := single(0x8000); got != 0 || !math.Signbit(float64(got)) {
		t.Error("-0 is", got)
	}
	p, err := picture.New(picture.RGB8, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := as(p, picture.RGBHalf); err == nil {
		t.Error("integers became floats")
	}
}
