package demo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"supercomputing/app/view"
	"supercomputing/tasks/render/picture"
)

// compare renders all frames once more with the plain program, and holds the
// delivered ones against them.
func (p *Render) compare(ctx context.Context, d *demo, j *view.JobDetail, r *Rendered) error {
	pr := programs[p.Engine]
	dir := filepath.Join(d.Dir, "plain")
	d.ui.step("The same frames by the plain program on this machine")
	d.ui.line("cd %s; %s %s", filepath.Dir(p.scene), pr.command, strings.Join(pr.args(p.scene, dir, p.Frames), " "))
	done := int64(0)
	files, took, err := renderPlain(ctx, pr, p.program, p.scene, dir, p.Frames, func(frame int) {
		done++
		d.ui.bar("frames", done, int64(p.Frames), fmt.Sprintf("frame %d", frame))
	})
	d.ui.clear()
	if err != nil {
		return err
	}
	r.LocalSeconds = took.Seconds()
	if r.FramesExact, r.different, err = compareFrames(ctx, j.Render.Frames, files); err != nil {
		return err
	}
	d.ui.line("%s alone took %.1f s on %s; %d of %d delivered frames are equal to its own in every pixel", pr.title, took.Seconds(), pr.cores, r.FramesExact, r.Frames)
	for _, f := range r.different {
		d.ui.line("  %s", f)
	}
	return nil
}

// compareFrames counts frames whose delivered pictures equal the files, and
// says of the others how they differ.
func compareFrames(ctx context.Context, frames []view.RenderFrame, files map[int]string) (exact int, different []string, err error) {
	for _, f := range frames {
		if err := ctx.Err(); err != nil {
			return 0, nil, err
		}
		if f.File == "" {
			continue // not delivered: another count
		}
		how, err := compareFiles(f.File, files[f.Frame])
		switch {
		case err != nil:
			return 0, nil, fmt.Errorf("frame %d: %w", f.Frame, err)
		case how == "":
			exact++
		case len(f.Tiles) > 1:
			different = append(different, fmt.Sprintf("frame %d (%s, of %d tiles)", f.Frame, how, len(f.Tiles)))
		default:
			different = append(different, fmt.Sprintf("frame %d (%s)", f.Frame, how))
		}
	}
	return exact, different, nil
}

// compareFiles says how the pixels of two PNG files differ; "": not at all.
// Files with equal pixels differ in what else they say, such as the time.
func compareFiles(a, b string) (how string, err error) {
	x, err := readPNG(a)
	if err != nil {
		return "", err
	}
	y, err := readPNG(b)
	if err != nil {
		return "", err
	}
	switch {
	case x.W != y.W || x.H != y.H:
		return fmt.Sprintf("%d×%d, not %d×%d", x.W, x.H, y.W, y.H), nil
	case x.Form != y.Form:
		return fmt.Sprintf("%v, not %v", x.Form, y.Form), nil
	case bytes.Equal(x.Pix, y.Pix):
		return "", nil
	}
	n, size := 0, x.Form.Bytes()
	for i := 0; i < len(x.Pix); i += size {
		if !bytes.Equal(x.Pix[i:i+size], y.Pix[i:i+size]) {
			n++
		}
	}
	return fmt.Sprintf("%.2f %% of its pixels", 100*float64(n*size)/float64(len(x.Pix))), nil
}

// mostPixels bounds a picture that is read; frames of the demo are small.
const mostPixels = 1 << 24

func readPNG(path string) (*picture.Picture, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := picture.ReadPNG(f, mostPixels)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	return p, nil
}
