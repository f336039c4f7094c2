package sample

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
)

//go:embed blend.py
var blendScript []byte

// Blends are the scenes that Blend makes: a wave that runs through a flower of
// spheres, worth looking at; the same with few of them and nothing slow, for
// tests; image textures beside the scene and in it, a sequence and a linked
// library; fast movement under motion blur; a picture that compositing nodes finish.
var Blends = []string{"spheres", "plain", "textured", "motion", "composited"}

// Blend has the Blender at path, or the one in PATH if that is empty, make a
// scene in dir, and returns the .blend file. It fails with ErrName.
func Blend(ctx context.Context, path, dir string, s Spec) (string, error) {
	if !slices.Contains(Blends, s.Name) {
		return "", fmt.Errorf("%w: %q", ErrName, s.Name)
	}
	if path == "" {
		path = "blender"
	}
	script, err := os.CreateTemp("", "sample-*.py")
	if err != nil {
		return "", err
	}
	defer os.Remove(script.Name())
	_, err = script.Write(blendScript)
	if cerr := script.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return "", err
	}
	out := filepath.Join(dir, s.Name+".blend")
	cmd := exec.CommandContext(ctx, path, "-b", "--factory-startup", "-noaudio", "--python-exit-code", "1", "-P", script.Name(), "--",
		s.Name, out, strconv.Itoa(s.Frames), strconv.Itoa(s.Width), strconv.Itoa(s.Height), strconv.Itoa(s.Samples))
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("making the scene %q: %w: %s", s.Name, err, tail(text, 800))
	}
	return out, nil
}

// tail is the end of a program's output.
func tail(b []byte, most int) []byte {
	b = bytes.TrimSpace(b)
	return b[max(0, len(b)-most):]
}
