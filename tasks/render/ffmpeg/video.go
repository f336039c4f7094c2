package ffmpeg

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"supercomputing/tasks/render/picture"
)

// Video makes an MP4 of frames (PNG or EXR files, in their order; what numbers
// they have does not matter): H.264, 4:2:0, BT.709, rate frames per second. What
// is transparent becomes black, floats are shown as picture.View has them, and an
// odd width or height gets its last column or row twice. The file appears
// under its name when it is whole; one that was there is replaced. progress, which
// may be nil, hears how many frames are in. It fails with ErrFrames and
// ErrFailed, and with ctx's cause.
func (t Tool) Video(ctx context.Context, frames []string, rate float64, out string, progress func(done, total int)) error {
	if len(frames) == 0 {
		return fmt.Errorf("%w: there are none", ErrFrames)
	}
	if !(rate > 0 && rate <= 1000) {
		return fmt.Errorf("%w: %g frames per second", ErrFrames, rate)
	}
	if progress == nil {
		progress = func(int, int) {}
	}
	first, err := readFrame(frames[0])
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(out), ".video-*.mp4")
	if err != nil {
		return fmt.Errorf("video: %w", err)
	}
	defer os.Remove(temp.Name()) // fails once it has its name
	defer temp.Close()
	f := &feeder{w: even(first.W), h: even(first.H), srcW: first.W, srcH: first.H}
	feed := func(w io.Writer) error {
		for i, name := range frames {
			p := first
			if i > 0 {
				if p, err = readFrame(name); err != nil {
					return err
				}
			}
			first = nil // its memory goes
			if err := ctx.Err(); err != nil {
				return context.Cause(ctx)
			}
			if err := f.write(w, p, name); err != nil {
				return err
			}
			progress(i+1, len(frames))
		}
		return nil
	}
	if err := t.run(ctx, videoArgs(f.w, f.h, rate, temp.Name()), feed, nil); err != nil {
		return err
	}
	return place(temp, out)
}

func even(n int) int { return n + n&1 }

func videoArgs(w, h int, rate float64, out string) []string {
	r := strconv.FormatFloat(math.Round(rate*1000)/1000, 'f', -1, 64)
	for _, ntsc := range []struct{ text, exact string }{{"23.976", "24000/1001"}, {"29.97", "30000/1001"}, {"59.94", "60000/1001"}} {
		if r == ntsc.text {
			r = ntsc.exact
		}
	}
	return []string{
		"-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", fmt.Sprintf("%dx%d", w, h), "-framerate", r, "-i", "pipe:0",
		"-vf", "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int,format=yuv420p",
		"-c:v", "libx264", "-preset", "medium", "-crf", "17",
		"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
		"-movflags", "+faststart", "-f", "mp4", "-y", out,
	}
}

// place syncs the finished file and gives it its name.
func place(temp *os.File, out string) error {
	err := temp.Sync()
	if err == nil {
		err = temp.Chmod(0o644) // a result, as other files of its owner's
	}
	if cerr := temp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(temp.Name(), out)
	}
	if err != nil {
		return fmt.Errorf("video: %w", err)
	}
	return nil
}

// readFrame reads a frame by its file's name.
func readFrame(name string) (*picture.Picture, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFrames, err)
	}
	defer f.Close()
	read := picture.ReadPNG
	if strings.EqualFold(filepath.Ext(name), ".exr") {
		read = picture.ReadEXR
	}
	p, err := read(f, picture.MaxPixels)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrFrames, filepath.Base(name), err)
	}
	return p, nil
}

// feeder turns pictures into ffmpeg's raw frames.
type feeder struct {
	w, h       int // even
	srcW, srcH int
	buf        []byte
}

// write writes one frame as 8-bit RGB.
func (f *feeder) write(w io.Writer, p *picture.Picture, name string) error {
	if p.W != f.srcW || p.H != f.srcH {
		return fmt.Errorf("%w: %s has %d×%d pixels, not %d×%d", ErrFrames, filepath.Base(name), p.W, p.H, f.srcW, f.srcH)
	}
	if f.buf == nil {
		f.buf = make([]byte, 3*f.w*f.h)
	}
	v := p.View()
	ch := v.Form.Channels()
	for y := range f.h {
		src := v.Pix[min(y, p.H-1)*p.W*ch:][:p.W*ch]
		dst := f.buf[3*y*f.w:][:3*f.w]
		if ch == 3 {
			copy(dst, src)
		} else {
			onBlack(dst, src)
		}
		if f.w > p.W {
			copy(dst[3*p.W:], dst[3*p.W-3:3*p.W])
		}
	}
	if _, err := w.Write(f.buf); err != nil {
		return fmt.Errorf("%w: %w", errPipe, err)
	}
	return nil
}

// onBlack lays RGBA over black.
func onBlack(dst, src []byte) {
	for i, j := 0, 0; j < len(src); i, j = i+3, j+4 {
		a := uint32(src[j+3])
		for c := range 3 {
			dst[i+c] = byte((uint32(src[j+c])*a + 127) / 255)
		}
	}
}
