package picture

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// need gives the path of a program, or skips the test.
func need(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed", program)
	}
	return path
}

func run(t testing.TB, program string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s%s", filepath.Base(program), err, out.Bytes(), errs.Bytes())
	}
	return out.Bytes()
}

// readFile reads by the file's name.
func readFile(t testing.TB, path string) *Picture {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	read := ReadPNG
	if filepath.Ext(path) == ".exr" {
		read = ReadEXR
	}
	p, err := read(f, 1<<20)
	if err != nil {
		t.Fatalf("%s: %v", filepath.Base(path), err)
	}
	return p
}

func writeFile(t testing.TB, p *Picture, path string) {
	t.Helper()
	var b bytes.Buffer
	write := p.WritePNG
	if p.Form.Float() {
		write = p.WriteEXR
	}
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func extension(f Form) string {
	if f.Float() {
		return ".exr"
	}
	return ".png"
}

// samples are the values of all samples: integers as they are.
func samples(p *Picture) []float32 {
	out := make([]float32, 0, p.W*p.H*p.Form.Channels())
	for i := 0; i < len(p.Pix); i += p.Form.sample() {
		switch {
		case p.Form.sample() == 1:
			out = append(out, float32(p.Pix[i]))
		case p.Form.sample() == 4:
			out = append(out, math.Float32frombits(binary.LittleEndian.Uint32(p.Pix[i:])))
		case p.Form.Float():
			out = append(out, HalfToFloat(binary.LittleEndian.Uint16(p.Pix[i:])))
		default:
			out = append(out, float32(binary.LittleEndian.Uint16(p.Pix[i:])))
		}
	}
	return out
}

// byFFmpeg are the samples that ffmpeg finds in a file.
func byFFmpeg(t testing.TB, path string, p *Picture) []float32 {
	t.Helper()
	format := map[Form]string{RGB8: "rgb24", RGBA8: "rgba", RGB16: "rgb48le", RGBA16: "rgba64le",
		RGBHalf: "gbrpf32le", RGBAHalf: "gbrapf32le", RGBFloat: "gbrpf32le", RGBAFloat: "gbrapf32le"}[p.Form]
	raw := run(t, need(t, "ffmpeg"), "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt", format, "-")
	if !p.Form.Float() {
		return samples(&Picture{Form: p.Form, W: p.W, H: p.H, Pix: raw})
	}
	// Planes in the order G, B, R, A.
	n, ch := p.W*p.H, p.Form.Channels()
	if len(raw) != 4*n*ch {
		t.Fatalf("ffmpeg gives %d bytes for %s", len(raw), path)
	}
	out := make([]float32, n*ch)
	for plane, c := range []int{1, 2, 0, 3}[:ch] {
		for i := range n {
			out[i*ch+c] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*(plane*n+i):]))
		}
	}
	return out
}

func compareSamples(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d samples, not %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Errorf("%s: sample %d is %g, not %g", what, i, got[i], want[i])
			return
		}
	}
}

// renderings makes Blender render a small scene once and save it in each kind
// of file that it is ever asked for.
const renderings = `
import bpy, sys
out = sys.argv[-1]
s = bpy.context.scene
s.render.engine = 'CYCLES'; s.cycles.device = 'CPU'; s.cycles.samples = 4
s.render.resolution_x, s.render.resolution_y, s.render.resolution_percentage = 95, 53, 100
s.render.threads_mode = 'FIXED'; s.render.threads = 1; s.cycles.use_denoising = False
s.render.film_transparent = True
bpy.ops.render.render()
st = s.render.image_settings
for kind, mode, depth, codec in [(k, m, d, c) for m in ('RGB', 'RGBA') for k, d, c in
        (('PNG', '8', ''), ('PNG', '16', ''), ('OPEN_EXR', '16', 'ZIP'), ('OPEN_EXR', '32', 'ZIP'),
         ('OPEN_EXR', '16', 'ZIPS'), ('OPEN_EXR', '32', 'NONE'))] + [('PNG', 'BW', '8', ''), ('OPEN_EXR', 'RGBA', '16', 'PIZ')]:
    st.file_format, st.color_mode, st.color_depth = kind, mode, depth
    if codec: st.exr_codec = codec
    bpy.data.images['Render Result'].save_render('%s/%s%s%s.%s' % (out, mode, depth, codec, 'exr' if codec else 'png'))
`

// reread makes Blender write the samples of each of our files as floats.
const reread = `
import bpy, sys, glob, array
for path in glob.glob(sys.argv[-1] + '/*.own.*'):
    i = bpy.data.images.load(path)
    i.colorspace_settings.name = 'Non-Color'
    i.alpha_mode = 'CHANNEL_PACKED'
    open(path + '.raw', 'wb').write(array.array('f', i.pixels[:]).tobytes())
`

// byBlender are the samples that it wrote: four channels, rows from the
// bottom, integers as parts of 1.
func byBlender(t *testing.T, path string, p *Picture) []float32 {
	t.Helper()
	raw, err := os.ReadFile(path + ".raw")
	if err != nil || len(raw) != 16*p.W*p.H {
		t.Fatalf("Blender read %d bytes of %s: %v", len(raw), path, err)
	}
	var out []float32
	for y := p.H - 1; y >= 0; y-- {
		for x := range p.W {
			for c := range p.Form.Channels() {
				v := math.Float32frombits(binary.LittleEndian.Uint32(raw[4*(4*(y*p.W+x)+c):]))
				if !p.Form.Float() {
					v = float32(math.Round(float64(v) * float64(int(1)<<(8*p.Form.sample())-1)))
				}
				out = append(out, v)
			}
		}
	}
	return out
}

// What Blender renders comes through our reading, encoding and writing without
// the loss of a bit, as Blender and ffmpeg see it.
func TestBlendersFilesComeBackExactly(t *testing.T) {
	blender, dir := need(t, "blender"), t.TempDir()
	script := func(text string) {
		path := filepath.Join(t.TempDir(), "script.py")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		run(t, blender, "-b", "--factory-startup", "--python-exit-code", "1", "-P", path, "--", dir)
	}
	script(renderings)
	files, _ := filepath.Glob(filepath.Join(dir, "*.*"))
	if len(files) != 14 {
		t.Fatalf("Blender wrote %d files", len(files))
	}
	pictures := map[string]*Picture{}
	for _, path := range files {
		if strings.Contains(path, "PIZ") {
			continue
		}
		p := readFile(t, path)
		compareSamples(t, "read "+filepath.Base(path), samples(p), byFFmpeg(t, path, p))
		q, err := Decode(p.Encode(), p.Form, p.W, p.H)
		if err != nil {
			t.Fatal(err)
		}
		own := path + ".own" + extension(p.Form)
		writeFile(t, q, own)
		pictures[own] = p
	}
	if p := pictures[filepath.Join(dir, "RGBA16.png.own.png")]; p == nil || p.Form != RGBA16 || p.W != 95 || p.H != 53 {
		t.Fatalf("read %+v", pictures)
	}
	script(reread)
	for own, p := range pictures {
		name := filepath.Base(own)
		compareSamples(t, "ffmpeg, "+name, byFFmpeg(t, own, p), samples(p))
		compareSamples(t, "Blender, "+name, byBlender(t, own, p), samples(p))
	}
}

const povScene = `camera { location <0, 2, -6> look_at 0 } light_source { <5, 8, -5> rgb 1 }
plane { y, -1 pigment { checker rgb 1 rgb .2 } } sphere { 0, 1 pigment { rgb <1, .3, .1> } finish { phong .8 } }`

func TestPOVRaysFilesComeBackExactly(t *testing.T) {
	povray, dir := need(t, "povray"), t.TempDir()
	scene := filepath.Join(dir, "scene.pov")
	if err := os.WriteFile(scene, []byte(povScene), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		form Form
	}{
		{[]string{"+FN8", "-UA"}, RGB8}, {[]string{"+FN8", "+UA"}, RGBA8},
		{[]string{"+FN16", "-UA"}, RGB16}, {[]string{"+FN16", "+UA"}, RGBA16},
		{[]string{"+FE", "-UA"}, RGBHalf}, {[]string{"+FE", "+UA"}, RGBAHalf},
	} {
		path := filepath.Join(dir, "out"+extension(c.form))
		run(t, povray, append(c.args, "+I"+scene, "+O"+path, "-D", "-GA", "+W33", "+H21", "+WT1")...)
		p := readFile(t, path)
		if p.Form != c.form || p.W != 33 || p.H != 21 {
			t.Fatalf("%v: %s, %d×%d", c.args, p.Form, p.W, p.H)
		}
		compareSamples(t, strings.Join(c.args, " "), samples(p), byFFmpeg(t, path, p))
		writeFile(t, p, path)
		compareSamples(t, "own "+strings.Join(c.args, " "), byFFmpeg(t, path, p), samples(p))
	}
}
