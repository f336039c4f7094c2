package povray

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/sandbox"
)

// probeTime bounds each program that Build runs.
const probeTime = time.Minute

// stamp tells whether the program's file is still the same.
type stamp struct {
	path string
	size int64
	time time.Time
}

// probeScene has in it what code paths differ in: noise, refraction, a soft
// shadow, blur, powers and roots.
const probeScene = `#version 3.7;
global_settings { assumed_gamma 1 }
camera { location <0,1.5,-4> look_at 0 aperture 0.1 focal_point 0 blur_samples 7 }
light_source { <3,5,-3> 1 area_light x, z, 3, 3 adaptive 1 jitter }
plane { y, -1 pigment { granite scale 0.7 } normal { bumps 0.4 } finish { specular 0.6 roughness 0.003 } }
sphere { 0, 1 pigment { rgbt <0.9,1,0.8,0.7> } interior { ior 1.5 dispersion 1.02 } finish { reflection { 0.05, 1 fresnel } conserve_energy } }
isosurface { function { sin(x*9)*cos(y*7)*0.1 + pow(abs(x),2.3) + pow(abs(y),2.3) + z*z - 0.4 }
  contained_by { box { -1, 1 } } max_gradient 6 translate <1.6,0,0.6> pigment { bozo } }
`

// Build asks the program what it is and hashes it, the libraries that its
// pixels go through, and a picture that it renders.
func (p *POVRay) Build(ctx context.Context) (engine.Build, error) {
	path, err := p.find()
	if err != nil {
		return engine.Build{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return engine.Build{}, &missingError{path, err}
	}
	at := stamp{path, info.Size(), info.ModTime()}
	p.mu.Lock()
	known, last := p.build, p.stamp
	p.mu.Unlock()
	if last == at {
		return known, nil
	}
	b, err := p.identify(ctx, path)
	if err != nil {
		return engine.Build{}, err
	}
	p.mu.Lock()
	p.build, p.stamp = b, at
	p.mu.Unlock()
	p.log.Info("POV-Ray found", "path", path, "version", b.Version, "build", b.ID)
	return b, nil
}

func (p *POVRay) identify(ctx context.Context, path string) (engine.Build, error) {
	dir, err := os.MkdirTemp("", "povray")
	if err != nil {
		return engine.Build{}, fmt.Errorf("povray: %w", err)
	}
	defer os.RemoveAll(dir)
	text, err := ask(ctx, path, dir, []string{"--version"}, nil)
	if err != nil {
		return engine.Build{}, err
	}
	version, err := parseVersion(text)
	if err != nil {
		return engine.Build{}, err
	}
	hash := sha256.New()
	fmt.Fprintf(hash, "povray %s\n%s\n", version, strings.Join(engine.Processor(), " "))
	libraries := []string{path}
	// The dynamic linker tells what it would load; other systems' ignore this,
	// and there the probe has to show a difference.
	if text, err := ask(ctx, path, dir, []string{"--version"}, []string{"LD_TRACE_LOADED_OBJECTS=1"}); err == nil {
		libraries = append(libraries, parseLibraries(text)...)
	}
	for _, l := range libraries {
		if err := hashFile(hash, l); err != nil {
			return engine.Build{}, fmt.Errorf("povray: %w", err)
		}
	}
	probe, err := p.probe(ctx, path, dir)
	if err != nil {
		return engine.Build{}, err
	}
	fmt.Fprintf(hash, "%x\n", probe)
	return engine.Build{Engine: Name, Version: version, ID: hex.EncodeToString(hash.Sum(nil)[:16]), Path: path}, nil
}

// probe renders probeScene and tells the picture's hash.
func (p *POVRay) probe(ctx context.Context, path, dir string) ([32]byte, error) {
	bundle, scratch := filepath.Join(dir, "bundle"), filepath.Join(dir, "scratch")
	for _, d := range []string{bundle, scratch} {
		if err := os.Mkdir(d, 0o700); err != nil {
			return [32]byte{}, fmt.Errorf("povray: %w", err)
		}
	}
	if err := write(filepath.Join(bundle, bundleScene), probeScene); err != nil {
		return [32]byte{}, err
	}
	if err := write(filepath.Join(bundle, bundleIni), defaults().text()); err != nil {
		return [32]byte{}, err
	}
	s := engine.Settings{Width: 48, Height: 32, Samples: 4, Form: picture.RGBA16}
	run := run{path: path, o: defaults(), r: engine.Request{Bundle: bundle, Scratch: scratch, Settings: s, Threads: 1, Time: probeTime}}
	done, err := run.tile(ctx, engine.Tile{Frame: 1, W: s.Width, H: s.Height}, scratch)
	if err != nil {
		return [32]byte{}, fmt.Errorf("povray: probing %s: %w", path, err)
	}
	return done.Picture.Hash(), nil
}

// ask runs the program for a few lines of text.
func ask(ctx context.Context, path, dir string, args, env []string) (string, error) {
	var out tail
	_, err := sandbox.Run(ctx, sandbox.Command{
		Path: path, Args: args, Env: append([]string{"HOME=" + dir, "LC_ALL=C"}, env...), Scratch: dir,
		Limits: sandbox.Limits{Time: probeTime, Memory: 1 << 30, Disk: 1 << 20, Processes: 64},
		Stdout: &out, Stderr: &out,
	})
	if err != nil {
		if cause := context.Cause(ctx); cause != nil {
			return "", cause
		}
		return "", fmt.Errorf("%w: %s does not run: %w", engine.ErrMissing, path, err)
	}
	return out.String(), nil
}

var versionLine = regexp.MustCompile(`(?i)POV-Ray\s+(?:v?|Ray Tracer Version\s+)(3\.[0-9]+(?:\.[0-9]+){0,3})`)

// parseVersion finds "3.7.0.10" in what --version prints.
func parseVersion(text string) (string, error) {
	m := versionLine.FindStringSubmatch(text)
	if m == nil {
		return "", fmt.Errorf("%w: this is not POV-Ray 3", engine.ErrMissing)
	}
	if s := engine.Series(m[1]); s == "3.0" || s == "3.1" || s == "3.5" || s == "3.6" {
		return "", fmt.Errorf("%w: POV-Ray %s is older than 3.7", engine.ErrMissing, m[1])
	}
	return m[1], nil
}

// matter are the libraries that pixels go through, by the start of their names;
// those for sound, windows and terminals are loaded too.
var matter = []string{
	"libm.", "libmvec.", "libc.", "libstdc++.", "libgcc_s.", "libboost_", "libOpenEXR", "libImath", "libIex", "libIlmThread",
	"libtiff", "libjpeg", "libpng", "libz.", "libwebp", "libzstd", "liblzma", "libLerc", "libdeflate", "libjbig",
}

// parseLibraries finds the libraries that matter in what the dynamic linker
// prints: "\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x…)".
func parseLibraries(text string) (out []string) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 3 || f[1] != "=>" || !filepath.IsAbs(f[2]) {
			continue
		}
		if slices.ContainsFunc(matter, func(m string) bool { return strings.HasPrefix(f[0], m) }) {
			out = append(out, f[2])
		}
	}
	slices.Sort(out)
	return out
}

func hashFile(to io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	one := sha256.New()
	if _, err := io.Copy(one, f); err != nil {
		return err
	}
	_, err = fmt.Fprintf(to, "%s %x\n", filepath.Base(path), one.Sum(nil))
	return err
}

// tail keeps the end of what a program prints.
type tail struct {
	b []byte
}

const maxTail = 64 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.b = append(t.b, b[max(0, len(b)-maxTail):]...)
	if len(t.b) > 2*maxTail {
		t.b = append(t.b[:0], t.b[len(t.b)-maxTail:]...)
	}
	return len(b), nil
}

func (t *tail) String() string { return string(bytes.ToValidUTF8(t.b, []byte("?"))) }
