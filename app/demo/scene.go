package demo

import (
	"context"
	"path/filepath"
	"time"

	"supercomputing/tasks/render/sample"
)

// makeScene makes the animation that is rendered.
func (p *Render) makeScene(ctx context.Context, d *demo, dir string) (err error) {
	spec := sample.Spec{Name: "spheres", Frames: p.Frames, Width: filmWidth, Height: filmHeight, Samples: filmSamples}
	d.ui.step("Making an animation of %d frames for %s", p.Frames, programs[p.Engine].title)
	start := time.Now()
	if p.Engine == "povray" {
		p.scene, err = sample.Pov(dir, spec)
	} else {
		p.scene, err = sample.Blend(ctx, p.program, dir, spec)
	}
	if err != nil {
		return err
	}
	d.ui.line("%s: %d×%d, %s a pixel, made in %.1f s", filepath.Base(p.scene), spec.Width, spec.Height,
		count(spec.Samples, "sample"), time.Since(start).Seconds())
	return nil
}
