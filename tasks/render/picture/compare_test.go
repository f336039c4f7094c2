package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

// rendered is a soft picture from n samples a pixel, as a renderer's: the same
// seed gives the same samples.
func rendered(t testing.TB, f Form, w, h, n int, seed uint64) *Picture {
	t.Helper()
	p, err := New(f, w, h)
	if err != nil {
		t.Fatal(err)
	}
	ch, sz := f.Channels(), f.sample()
	for i := range w * h {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		x, y := float64(i%w)/float64(w), float64(i/w)/float64(h)
		light := 0.3 + 0.2*math.Sin(7*x)*math.Cos(5*y)
		var sum float64
		for range n {
			sum += light * (0.5 + r.Float64())
		}
		for c := range ch {
			v := sum / float64(n) * (1 - 0.1*float64(c))
			if c == 3 {
				v = 1
			}
			put(p.Pix[(i*ch+c)*sz:], f, v)
		}
	}
	return p
}

// altered is a copy with a change.
func altered(p *Picture, change func(q *Picture)) *Picture {
	q := &Picture{Form: p.Form, W: p.W, H: p.H, Pix: bytes.Clone(p.Pix)}
	change(q)
	return q
}

func TestCompare(t *testing.T) {
	for _, f := range forms {
		base := rendered(t, f, 160, 96, 16, 1)
		sz := f.Bytes()
		for name, c := range map[string]struct {
			p            *Picture
			alike, wrong bool
		}{
			"the same": {base, true, false},
			"rays gone elsewhere": {altered(base, func(q *Picture) {
				other := rendered(t, f, 160, 96, 16, 2)
				for i := 0; i < len(q.Pix); i += 300 * sz {
					copy(q.Pix[i:i+sz], other.Pix[i:])
				}
			}), true, false},
			"half the samples": {rendered(t, f, 160, 96, 8, 1), false, true},
			"another seed":     {rendered(t, f, 160, 96, 16, 2), false, false},
			"shifted": {altered(base, func(q *Picture) {
				copy(q.Pix, base.Pix[sz:])
			}), false, false},
			"smaller": {altered(base, func(q *Picture) {
				for y := range q.H {
					for x := range q.W {
						copy(q.row(y)[x*sz:][:sz], base.row(y / 2 * 2)[x/2*2*sz:])
					}
				}
			}), false, true},
			"a patch of another brightness": {altered(base, func(q *Picture) {
				bright := rendered(t, f, 160, 96, 16, 1)
				for y := range 48 {
					copy(q.row(40 + y%40)[:48*sz], bright.row(y)[100*sz:])
				}
			}), false, true},
			"black": {altered(base, func(q *Picture) { clear(q.Pix) }), false, true},
		} {
			d, err := Compare(base, c.p)
			if err != nil || d.Alike() != c.alike || d.Wrong() != c.wrong {
				t.Errorf("%s, %s: %v; %v", f, name, d, err)
			}
			e, err := Compare(c.p, base)
			if err != nil || e.Alike() != c.alike || e.Wrong() != c.wrong {
				t.Errorf("%s, %s, the other way round: %v; %v", f, name, e, err)
			}
		}
	}
}

// Pictures without noise, such as POV-Ray's, are told by their brightness.
func TestCompareWithoutNoise(t *testing.T) {
	smooth := func(bright byte) *Picture {
		p, _ := New(RGB8, 96, 54)
		for i := range p.Pix {
			p.Pix[i] = bright + byte(i/3%96)/2
		}
		return p
	}
	base := smooth(100)
	for name, c := range map[string]struct {
		p     *Picture
		alike bool
	}{
		"rounded otherwise": {altered(base, func(q *Picture) {
			for i := range q.Pix {
				q.Pix[i] += byte(i * 7 % 11 / 10)
			}
		}), true},
		"a little brighter": {smooth(106), false},
		"darker":            {smooth(60), false},
	} {
		d, err := Compare(base, c.p)
		if err != nil || d.Alike() != c.alike {
			t.Errorf("%s: %v; %v", name, d, err)
		}
	}
}

func TestCompareOddPictures(t *testing.T) {
	for _, f := range forms {
		for _, size := range [][2]int{{1, 1}, {1, 9}, {2, 2}, {9, 1}, {3, 3}, {17, 8}} {
			a, err := New(f, size[0], size[1])
			if err != nil {
				t.Fatal(err)
			}
			d, err := Compare(a, altered(a, func(*Picture) {}))
			if err != nil || !d.Alike() || d.Wrong() {
				t.Errorf("%s %v: %v %v", f, size, d, err)
			}
			// Any bits: numbers that make sense, and no panic.
			d, err = Compare(a, noise(t, f, size[0], size[1]))
			if err != nil || math.IsNaN(d.Mean+d.Max+d.Off+d.Shape+d.Kin+d.Rough) || d.Mean > d.Max {
				t.Errorf("%s %v: %v %v", f, size, d, err)
			}
		}
	}
	one := &Picture{Form: RGBFloat, W: 1, H: 1, Pix: make([]byte, 12)}
	binary.LittleEndian.PutUint32(one.Pix, math.Float32bits(float32(math.NaN())))
	if d, err := Compare(one, one); err != nil || !d.Alike() {
		t.Errorf("the same NaN: %v %v", d, err)
	}
	a, b := noise(t, RGB8, 4, 4), noise(t, RGB8, 4, 5)
	c := noise(t, RGBA8, 4, 4)
	for _, other := range []*Picture{b, c, {Form: RGB8, W: 4, H: 4, Pix: make([]byte, 47)}} {
		if _, err := Compare(a, other); !errors.Is(err, ErrForm) {
			t.Errorf("%v", err)
		}
	}
}

// fingerprints renders one scene as it is asked for and as a node might cheat.
const fingerprints = `
import bpy, sys
out, what = sys.argv[-2:]
s = bpy.context.scene
s.render.engine = 'CYCLES'; s.cycles.device = 'CPU'; s.cycles.use_denoising = False; s.cycles.use_adaptive_sampling = False
s.render.resolution_x, s.render.resolution_y, s.render.resolution_percentage = 160, 90, 100
s.render.threads_mode = 'FIXED'; s.render.threads = 1
bpy.data.lights[0].shadow_soft_size = 2
bpy.ops.mesh.primitive_plane_add(size=20, location=(0, 0, -1))
bpy.ops.mesh.primitive_uv_sphere_add(radius=1, location=(2, -1, 0)); bpy.ops.object.shade_smooth()
m = bpy.data.materials.new('glass'); m.use_nodes = True
m.node_tree.nodes['Principled BSDF'].inputs['Transmission'].default_value = 1
bpy.context.object.data.materials.append(m)
s.render.image_settings.file_format, s.render.image_settings.color_mode = 'PNG', 'RGB'
cases = {'base': (16, 0, 0), 'half': (8, 0, 0), 'seed': (16, 1, 0), 'moved': (16, 0, 0.02)}
for name in what.split(','):
    s.cycles.samples, s.cycles.seed, s.camera.data.shift_x = cases['base' if name == 'plain' else name]
    bpy.ops.render.render()
    bpy.data.images['Render Result'].save_render('%s/%s.png' % (out, name))
`

func TestCompareRenders(t *testing.T) {
	blender, dir := need(t, "blender"), t.TempDir()
	script := filepath.Join(dir, "scene.py")
	if err := os.WriteFile(script, []byte(fingerprints), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-b", "--factory-startup", "--python-exit-code", "1", "-P", script, "--", dir}
	run(t, blender, append(args, "base,half,seed,moved")...)
	// Another processor, as far as one can be had here.
	t.Setenv("CYCLES_CPU_NO_AVX2", "1")
	t.Setenv("CYCLES_CPU_NO_AVX", "1")
	t.Setenv("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F,-AVX2_Usable,-FMA_Usable,-AVX512F_Usable")
	run(t, blender, append(args, "plain")...)
	base := readFile(t, filepath.Join(dir, "base.png"))
	for name, c := range map[string]struct{ alike, wrong bool }{
		"plain": {true, false}, "half": {false, true}, "seed": {false, false}, "moved": {false, true},
	} {
		d, err := Compare(base, readFile(t, filepath.Join(dir, name+".png")))
		t.Logf("%s: %v", name, d)
		if err != nil || d.Alike() != c.alike || d.Wrong() != c.wrong {
			t.Errorf("%s: %v; %v", name, d, err)
		}
	}
}
