package ffmpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"supercomputing/tasks/render/picture"
)

// scene is a picture of soft shapes and edges with noise of that standard
// deviation, in parts of 1 of what is shown.
func scene(t testing.TB, f picture.Form, w, h int, sigma float64) *picture.Picture {
	t.Helper()
	p, err := picture.New(f, w, h)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(3, 4))
	ch := f.Channels()
	size := f.Bytes() / ch
	for i := range w * h {
		x, y := i%w, i/w
		light := 0.45 + 0.2*math.Sin(float64(x)/25) + 0.1*math.Cos(float64(y)/18)
		if (x/40+y/30)%2 == 0 {
			light += 0.15
		}
		for c := range ch {
			v := light*(0.8+0.1*float64(c)) + sigma*r.NormFloat64()
			if c == 3 {
				v = 0.75
			}
			b := p.Pix[(i*ch+c)*size:]
			switch {
			case size == 1:
				b[0] = byte(max(0, min(v, 1))*255 + 0.5)
			case size == 4:
				binary.LittleEndian.PutUint32(b, math.Float32bits(float32(picture.Linear(v))))
			case f.Float():
				binary.LittleEndian.PutUint16(b, picture.FloatToHalf(float32(picture.Linear(v))))
			default:
				binary.LittleEndian.PutUint16(b, uint16(max(0, min(v, 1))*65535+0.5))
			}
		}
	}
	return p
}

// psnr is the peak signal to noise ratio of shown colours, in decibels.
func psnr(t testing.TB, a, b *picture.Picture) float64 {
	t.Helper()
	ch := a.Form.Channels()
	ra, rb := make([]float32, a.W*ch), make([]float32, a.W*ch)
	sum, n := 0.0, 0
	for y := range a.H {
		a.Shown(ra, y)
		b.Shown(rb, y)
		for i := range ra {
			if i%ch < 3 {
				d := float64(min(ra[i], 1) - min(rb[i], 1))
				sum += d * d
				n++
			}
		}
	}
	return -10 * math.Log10(sum/float64(n))
}

func TestDenoiseEachForm(t *testing.T) {
	ff := tool(t)
	for f := picture.RGB8; f <= picture.RGBAFloat; f++ {
		clean, noisy := scene(t, f, 160, 120, 0), scene(t, f, 160, 120, 0.04)
		before := noisy.Hash()
		out, err := ff.Denoise(t.Context(), noisy)
		if err != nil {
			t.Fatal(err)
		}
		if noisy.Hash() != before || out.Form != f || out.W != 160 || out.H != 120 {
			t.Errorf("%s: another picture, or the same one changed", f)
		}
		was, is := psnr(t, clean, noisy), psnr(t, clean, out)
		t.Logf("%s: %.1f dB to %.1f dB", f, was, is)
		if is < was+5 {
			t.Errorf("%s: %.1f dB became %.1f dB", f, was, is)
		}
		if f.Alpha() {
			size := f.Bytes() / 4
			for i := 3 * size; i < len(out.Pix); i += f.Bytes() {
				if !bytes.Equal(out.Pix[i:i+size], noisy.Pix[i:i+size]) {
					t.Fatalf("%s: alpha changed", f)
				}
			}
		}
	}
}

func TestDenoiseLeavesCleanPicturesAlone(t *testing.T) {
	for _, f := range []picture.Form{picture.RGB8, picture.RGBAHalf} {
		p := scene(t, f, 120, 90, 0)
		// A program that is not there is not asked either.
		out, err := Tool{Path: "/nonexistent"}.Denoise(t.Context(), p)
		if err != nil || out.Hash() != p.Hash() || &out.Pix[0] == &p.Pix[0] {
			t.Errorf("%s: %v", f, err)
		}
	}
	tiny, err := picture.New(picture.RGB8, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (Tool{Path: "/nonexistent"}).Denoise(t.Context(), tiny); err != nil {
		t.Error(err)
	}
}

// Light above white, below black and no number at all stay what they are
// where the filter sees nothing to do.
func TestDenoiseKeepsLightThatIsNotShown(t *testing.T) {
	p := scene(t, picture.RGBFloat, 160, 120, 0.04)
	put := func(x, y, w, h int, v float32) {
		for i := range w * h {
			for c := range 3 {
				at := ((y+i/w)*p.W + x + i%w) * 3
				binary.LittleEndian.PutUint32(p.Pix[4*(at+c):], math.Float32bits(v))
			}
		}
	}
	values := []float32{7, -1, float32(math.Inf(1)), float32(math.NaN())}
	for i, v := range values {
		put(40*i, 0, 40, 60, v)
	}
	out, err := tool(t).Denoise(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range values {
		at := 4 * 3 * (30*p.W + 40*i + 20)
		if got := binary.LittleEndian.Uint32(out.Pix[at:]); got != binary.LittleEndian.Uint32(p.Pix[at:]) {
			t.Errorf("%g became %g", v, math.Float32frombits(got))
		}
	}
}

func TestDenoiseDistrustsTheProgram(t *testing.T) {
	p := scene(t, picture.RGB8, 60, 40, 0.05)
	for name, script := range map[string]string{
		"too little": "cat | head -c 100",
		"too much":   "cat > /dev/null; yes | head -c 1000000",
		"nothing":    "cat > /dev/null",
	} {
		if _, err := (Tool{Path: fake(t, script)}).Denoise(t.Context(), p); !errors.Is(err, ErrFailed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const fewAndMany = `
import bpy, sys
s = bpy.context.scene
s.render.engine = 'CYCLES'; s.cycles.device = 'CPU'; s.cycles.use_denoising = False; s.cycles.use_adaptive_sampling = False
s.render.resolution_x, s.render.resolution_y, s.render.resolution_percentage = 160, 90, 100
s.render.threads_mode = 'FIXED'; s.render.threads = 2
bpy.data.lights[0].shadow_soft_size = 2
bpy.ops.mesh.primitive_plane_add(size=20, location=(0, 0, -1))
bpy.data.worlds[0].node_tree.nodes['Background'].inputs[1].default_value = 3
st = s.render.image_settings
st.file_format, st.color_mode, st.color_depth = 'OPEN_EXR', 'RGB', '16'
for n in (8, 400):
    s.cycles.samples = n
    bpy.ops.render.render()
    bpy.data.images['Render Result'].save_render('%s/%d.exr' % (sys.argv[-1], n))
`

// A render with few samples comes nearer to one with many.
func TestDenoiseARender(t *testing.T) {
	blender, err := exec.LookPath("blender")
	if err != nil {
		t.Skip("Blender is not installed")
	}
	ff, dir := tool(t), t.TempDir()
	script := filepath.Join(dir, "scene.py")
	if err := os.WriteFile(script, []byte(fewAndMany), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), blender, "-b", "--factory-startup", "--python-exit-code", "1", "-P", script, "--", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	read := func(name string) *picture.Picture {
		p, err := readFrame(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	few, many := read("8.exr"), read("400.exr")
	out, err := ff.Denoise(t.Context(), few)
	if err != nil {
		t.Fatal(err)
	}
	was, is := psnr(t, many, few), psnr(t, many, out)
	t.Logf("%.1f dB to %.1f dB", was, is)
	if is < was+1 {
		t.Errorf("%.1f dB became %.1f dB", was, is)
	}
}
