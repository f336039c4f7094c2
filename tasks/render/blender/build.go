package blender

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/sandbox"
)

// probeTime is far more than a probe takes on a slow machine under load.
const probeTime = 2 * time.Minute

// identity is what the driver's probe tells.
type identity struct {
	Version string   `json:"version"`
	Hash    string   `json:"hash"`
	Options []string `json:"options"`
	Program string   `json:"program"`
	Files   []string `json:"files"`
	Picture string   `json:"picture"`
}

// probe asks the program at path what it is, and has it render.
func (b *Blender) probe(ctx context.Context, path string) (engine.Build, error) {
	scratch, err := os.MkdirTemp("", "blender-probe-")
	if err != nil {
		return engine.Build{}, err
	}
	defer os.RemoveAll(scratch)
	const w, h = 48, 32
	o := order{
		Do: "probe", Out: filepath.Join(scratch, answerFile), Scratch: scratch,
		Threads: 1, Width: w, Height: h, Samples: 4, Float: true, Alpha: true, Depth: "32",
		Tiles: []orderTile{{Frame: 2, W: w, H: h}},
	}
	err = b.start(ctx, process{program: path, order: o, scratch: scratch, threads: 1, limits: sandbox.Limits{Time: probeTime}})
	if err != nil {
		return engine.Build{}, fmt.Errorf("trying Blender: %w", err)
	}
	var id identity
	if err := readAnswer(scratch, &id); err != nil {
		return engine.Build{}, fmt.Errorf("trying Blender: %w", err)
	}
	p, err := readTile(scratch, id.Picture, picture.RGBAFloat, w, h)
	if err != nil {
		return engine.Build{}, fmt.Errorf("trying Blender: %w", err)
	}
	sum, err := id.sum(p.Hash(), b.env)
	if err != nil {
		return engine.Build{}, err
	}
	return engine.Build{Engine: b.Name(), Version: id.Version, ID: sum, Path: path}, nil
}

// sum is the build's ID. Files count by content and name, not by folder: the
// same program may be installed elsewhere.
func (id identity) sum(pixels [32]byte, env []string) (string, error) {
	all := sha256.New()
	fmt.Fprintf(all, "blender 1\n%s\n%s\n%q\n%q\n%q\n%x\n", id.Version, id.Hash, id.Options, engine.Processor(), env, pixels)
	var lines []string
	for _, path := range id.Files {
		h := sha256.New()
		f, err := os.Open(path)
		if err != nil {
			return "", fmt.Errorf("naming this Blender: %w", err)
		}
		_, err = io.Copy(h, f)
		f.Close()
		if err != nil {
			return "", fmt.Errorf("naming this Blender: %w", err)
		}
		lines = append(lines, fmt.Sprintf("%s %x\n", filepath.Base(path), h.Sum(nil)))
	}
	sort.Strings(lines)
	for _, l := range lines {
		io.WriteString(all, l)
	}
	return hex.EncodeToString(all.Sum(nil)[:16]), nil
}
