package blender

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/sandbox"
)

// maxAnswer bounds an answer of the driver, in bytes.
const maxAnswer = 64 << 20

// look is the driver's description of a scene.
type look struct {
	First    int           `json:"first"`
	Last     int           `json:"last"`
	Step     int           `json:"step"`
	Width    int           `json:"width"`
	Height   int           `json:"height"`
	Samples  int           `json:"samples"`
	Rate     float64       `json:"rate"`
	Alpha    bool          `json:"alpha"`
	Whole    bool          `json:"whole"`
	Why      string        `json:"why"`
	Denoise  bool          `json:"denoise"`
	Camera   string        `json:"camera"`
	Files    []engine.File `json:"files"`
	Problems []string      `json:"problems"`
	Notes    []string      `json:"notes"`
}

// Inspect implements engine.Engine. The scene may be compressed and may be
// anywhere; it is opened, and nothing is rendered.
func (b *Blender) Inspect(ctx context.Context, path string) (*engine.Scene, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	var l look
	if err := b.ask(ctx, path, order{Do: "look"}, &l); err != nil {
		return nil, err
	}
	return l.scene(b.Name()), nil
}

// ask has Blender open the requester's own scene, outside the sandbox, since its
// files may be anywhere. Its scripts do not run here either. The driver's
// answer comes as a file: lists of files may be long.
func (b *Blender) ask(ctx context.Context, path string, o order, answer any) error {
	build, err := b.Build(ctx)
	if err != nil {
		return err
	}
	if err := readable(path, build); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "blender-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	o.Out = filepath.Join(scratch, "answer.json")
	err = b.start(ctx, process{
		program: build.Path, scene: path, order: o, scratch: scratch, threads: 1,
		limits: sandbox.Limits{Processes: processes},
	})
	if err != nil {
		return err
	}
	return readAnswer(o.Out, answer)
}

// readAnswer reads what the driver wrote.
func readAnswer(path string, v any) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxAnswer))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("the driver's answer: %w", err)
	}
	return nil
}

func (l *look) scene(name string) *engine.Scene {
	return &engine.Scene{
		Engine: name, First: l.First, Last: l.Last, Step: max(l.Step, 1), Width: l.Width, Height: l.Height,
		Samples: l.Samples, Rate: l.Rate, Alpha: l.Alpha, WholeOnly: l.Whole, Why: l.Why, Denoise: l.Denoise,
		Camera: l.Camera, Files: l.Files, Problems: l.Problems, Notes: l.Notes,
	}
}
