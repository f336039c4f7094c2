package view_test

import (
	"errors"
	"strings"
	"testing"

	"supercomputing/app/view"
)

func TestRenderRequestCheck(t *testing.T) {
	cases := []struct {
		name   string
		change func(*view.RenderRequest)
		says   string // "": accepted
	}{
		{"least", func(*view.RenderRequest) {}, ""},
		{"all", func(r *view.RenderRequest) {
			r.Frames, r.Width, r.Height, r.Samples, r.Format = "1-48", 1920, 1080, 128, view.RenderEXR32
			r.Rate, r.Output, r.Checks = 23.976, "/tmp/out", view.ChecksOff
		}, ""},
		{"largest", func(r *view.RenderRequest) {
			r.Width, r.Height = view.MaxRenderSide, view.MaxRenderPixels/view.MaxRenderSide
		}, ""},
		{"relative", func(r *view.RenderRequest) { r.Path = "scene.blend" }, "not absolute"},
		{"no path", func(r *view.RenderRequest) { r.Path = "" }, "not absolute"},
		{"relative output", func(r *view.RenderRequest) { r.Output = "out" }, "output folder"},
		{"frames", func(r *view.RenderRequest) { r.Frames = "9-1" }, "ends before"},
		{"no height", func(r *view.RenderRequest) { r.Width = 10 }, "only one"},
		{"no width", func(r *view.RenderRequest) { r.Height = 10 }, "only one"},
		{"negative", func(r *view.RenderRequest) { r.Width, r.Height = -1, -1 }, "-1 × -1"},
		{"too wide", func(r *view.RenderRequest) { r.Width, r.Height = view.MaxRenderSide+1, 1 }, "65537 × 1"},
		{"bomb", func(r *view.RenderRequest) { r.Width, r.Height = view.MaxRenderSide, view.MaxRenderSide }, "in all"},
		{"negative samples", func(r *view.RenderRequest) { r.Samples = -1 }, "samples"},
		{"endless samples", func(r *view.RenderRequest) { r.Samples = 1 << 30 }, "samples"},
		{"format", func(r *view.RenderRequest) { r.Format = "jpeg" }, `"jpeg" is not png`},
		{"checks", func(r *view.RenderRequest) { r.Checks = "none" }, `"none" are not`},
		{"rate", func(r *view.RenderRequest) { r.Rate = -1 }, "a second"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := view.RenderRequest{Path: "/tmp/scene.blend"}
			c.change(&r)
			err := r.Check()
			if c.says == "" {
				if err != nil {
					t.Error(err)
				}
			} else if !errors.Is(err, view.ErrInvalid) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}
