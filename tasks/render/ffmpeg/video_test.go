package ffmpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"supercomputing/tasks/render/picture"
)

// flat is a picture of noise around grey, so that there is something to do.
func flat(t testing.TB, w, h int) *picture.Picture {
	t.Helper()
	p, err := picture.New(picture.RGB8, w, h)
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Pix {
		p.Pix[i] = byte(100 + i*i%61)
	}
	return p
}

// save writes a frame by its picture's form.
func save(t testing.TB, p *picture.Picture, path string) {
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

// someFrames are frames of one colour each, with gaps in their numbers; every
// second number is skipped.
func someFrames(t testing.TB, dir string, n, w, h int) (names []string) {
	t.Helper()
	for i := range n {
		p, err := picture.New(picture.RGB8, w, h)
		if err != nil {
			t.Fatal(err)
		}
		for k := range p.Pix {
			p.Pix[k] = colour(i)[k%3]
		}
		name := filepath.Join(dir, fmt.Sprintf("frame%04d.png", 1+2*i))
		save(t, p, name)
		names = append(names, name)
	}
	return names
}

func colour(i int) [3]byte { return [3]byte{byte(40 + 60*i), byte(200 - 50*i), byte(90 + 20*i)} }

// probe asks ffprobe for one stream's entries.
func probe(t *testing.T, path, entries string) []string {
	t.Helper()
	ffprobe, err := exec.LookPath("ffprobe")
	if err != nil {
		t.Skip("ffprobe is not installed")
	}
	out, err := exec.Command(ffprobe, "-v", "error", "-count_frames", "-select_streams", "v", "-show_entries", "stream="+entries, "-of", "csv=p=0", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(out)), ",")
}

// decode gives the video's frames as RGB.
func decode(t *testing.T, path string, w, h int) [][]byte {
	t.Helper()
	out, err := exec.Command(tool(t).Path, "-v", "error", "-i", path, "-vf", "scale=in_color_matrix=bt709:flags=accurate_rnd+full_chroma_int", "-f", "rawvideo", "-pix_fmt", "rgb24", "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(slices.Chunk(out, 3*w*h))
}

func near(a, b byte) bool { return max(a, b)-min(a, b) <= 4 }

func TestVideo(t *testing.T) {
	dir := t.TempDir()
	frames := someFrames(t, dir, 3, 37, 21)
	out := filepath.Join(dir, "film.mp4")
	if err := os.WriteFile(out, []byte("an older one"), 0o600); err != nil {
		t.Fatal(err)
	}
	var heard []int
	err := tool(t).Video(t.Context(), frames, 23.976, out, func(done, total int) {
		if total != 3 {
			t.Errorf("of %d", total)
		}
		heard = append(heard, done)
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(heard, []int{1, 2, 3}) {
		t.Errorf("heard %v", heard)
	}
	want := []string{"h264", "38", "22", "yuv420p", "tv", "bt709", "bt709", "bt709", "24000/1001", "3"}
	if got := probe(t, out, "codec_name,width,height,pix_fmt,color_range,color_space,color_transfer,color_primaries,r_frame_rate,nb_read_frames"); !slices.Equal(got, want) {
		t.Errorf("made %v, not %v", got, want)
	}
	for i, pix := range decode(t, out, 38, 22) {
		for _, at := range []int{0, 3 * (10*38 + 19), len(pix) - 3} { // the last one is beyond the frame
			c := colour(i)
			if !near(pix[at], c[0]) || !near(pix[at+1], c[1]) || !near(pix[at+2], c[2]) {
				t.Errorf("frame %d has %v at %d, not %v", i, pix[at:at+3], at, c)
			}
		}
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 4 {
		t.Errorf("%d files", len(files))
	}
}

// Each form is shown by one rule: linear light through sRGB's curve, what is
// transparent over black.
func TestVideoOfEachForm(t *testing.T) {
	dir := t.TempDir()
	var frames []string
	for f := picture.RGB8; f <= picture.RGBAFloat; f++ {
		p, err := picture.New(f, 16, 16)
		if err != nil {
			t.Fatal(err)
		}
		size := f.Bytes() / f.Channels()
		for i := 0; i < len(p.Pix); i += size {
			c := i / size % f.Channels()
			v := 188.0 / 255
			if c == 3 {
				v = 0.5
			}
			if f.Float() && c < 3 {
				v = picture.Linear(v)
				if f.Alpha() {
					v /= 2
				}
			}
			b := p.Pix[i:]
			switch {
			case size == 1:
				b[0] = byte(v*255 + 0.5)
			case size == 4:
				binary.LittleEndian.PutUint32(b, math.Float32bits(float32(v)))
			case f.Float():
				binary.LittleEndian.PutUint16(b, picture.FloatToHalf(float32(v)))
			default:
				binary.LittleEndian.PutUint16(b, uint16(v*65535+0.5))
			}
		}
		name := filepath.Join(dir, fmt.Sprintf("frame%d.png", f))
		if f.Float() {
			name = filepath.Join(dir, fmt.Sprintf("frame%d.EXR", f))
		}
		save(t, p, name)
		frames = append(frames, name)
	}
	out := filepath.Join(dir, "film.mp4")
	if err := tool(t).Video(t.Context(), frames, 25, out, nil); err != nil {
		t.Fatal(err)
	}
	shown := decode(t, out, 16, 16)
	if len(shown) != 8 {
		t.Fatalf("%d frames", len(shown))
	}
	for i, pix := range shown {
		want := byte(188)
		if i%2 == 1 {
			want = 94
		}
		if at := 3 * (8*16 + 8); !near(pix[at], want) || !near(pix[at+1], want) || !near(pix[at+2], want) {
			t.Errorf("%s is shown as %v, not %d", picture.RGB8+picture.Form(i), pix[at:at+3], want)
		}
	}
}

func TestVideoRefuses(t *testing.T) {
	dir := t.TempDir()
	frames := someFrames(t, dir, 2, 16, 12)
	other := filepath.Join(dir, "frame-small.png")
	save(t, flat(t, 8, 12), other)
	broken := filepath.Join(dir, "frame-broken.exr")
	if err := os.WriteFile(broken, []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		frames []string
		rate   float64
		out    string
	}{
		"no frames":         {nil, 24, "a.mp4"},
		"no rate":           {frames, 0, "a.mp4"},
		"no number":         {frames, math.NaN(), "a.mp4"},
		"two sizes":         {append(slices.Clone(frames), other), 24, "a.mp4"},
		"a broken frame":    {append(slices.Clone(frames), broken), 24, "a.mp4"},
		"a missing frame":   {[]string{frames[0], filepath.Join(dir, "frame9.png")}, 24, "a.mp4"},
		"the first missing": {[]string{filepath.Join(dir, "frame9.png")}, 24, "a.mp4"},
	} {
		if err := tool(t).Video(t.Context(), c.frames, c.rate, filepath.Join(dir, c.out), nil); !errors.Is(err, ErrFrames) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := tool(t).Video(t.Context(), frames, 24, filepath.Join(dir, "nowhere", "a.mp4"), nil); err == nil {
		t.Error("a folder that is not there")
	}
	onlyFrames(t, dir)
}
