package blender

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/sandbox"
)

// maxAnswer bounds an answer of the driver, in bytes.
const maxAnswer = 64 << 20

const answerFile = "answer.json"

// look is the driver's description of a scene.
type look struct {
	First    int           `json:"first"`
	Last     int           `json:"last"`
	Step     int           `json:"step"`
	Width    int           `json:"width"`
	Height   int           `json:"height"`
	Samples  int           `json:"samples"`
	Rate     float64       `json:"rate"`
	Format   string        `json:"format"`
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

// ask has Blender open the requester's own scene, which may be from a stranger
// too: its scripts do not run, and in the sandbox it reads this machine's files,
// which may be anywhere, but writes none and reaches no network. The driver's
// answer comes as a file: lists of files may be long.
func (b *Blender) ask(ctx context.Context, path string, o order, answer any) error {
	build, err := b.Build(ctx)
	if err != nil {
		return err
	}
	if err := readable(path, build); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(o.Dir, "blender-") // without o.Dir, the system's
	if err != nil {
		return err
	}
	defer func() {
		if err := errors.Join(sandbox.Clean(scratch), os.Remove(scratch)); err != nil {
			b.log.Warn("files of a scene are left", "err", err)
		}
	}()
	to := o.Dir
	if to != "" {
		o.Dir = filepath.Join(scratch, "bundle")
	}
	o.Out = filepath.Join(scratch, answerFile)
	p := process{
		program: build.Path, scene: path, order: o, scratch: scratch, threads: 1, read: append(installation(build.Path), hostFolders(path)...),
		isolate: sandbox.Available(ctx) == nil,
		limits:  sandbox.Limits{Processes: processes, Memory: anyMemory, Disk: anyDisk, Entries: 2 * maxFiles},
	}
	err = b.start(ctx, p)
	if errors.Is(err, engine.ErrSandbox) { // a folder of this machine that cannot be shown inside
		b.log.Warn("a scene is looked over outside the sandbox", "err", err)
		p.isolate = false
		err = b.start(ctx, p)
	}
	if err != nil {
		return err
	}
	if err := readAnswer(scratch, answer); err != nil {
		return err
	}
	return moveAll(o.Dir, to)
}

// Limits of what a requester's own scene takes: as much as there is, since a
// limit makes the watchdog see to it that the machine keeps some.
const (
	anyMemory = 1 << 40
	anyDisk   = 1 << 50
)

// hostFolders are what a scene at path may name files in: the machine's folders
// but the system's, and of the temporary one the scene's own part.
func hostFolders(path string) (out []string) {
	if runtime.GOOS != "linux" {
		return nil
	}
	entries, _ := os.ReadDir("/")
	for _, e := range entries {
		switch name := e.Name(); {
		case !e.IsDir():
		case slices.Contains([]string{"bin", "boot", "dev", "etc", "lost+found", "proc", "run", "sbin", "sys", "tmp", "usr"}, name),
			strings.HasPrefix(name, "lib"), strings.HasPrefix(name, "."):
		default:
			out = append(out, "/"+name)
		}
	}
	if _, err := os.Stat("/run/media"); err == nil { // where desktops mount disks
		out = append(out, "/run/media")
	}
	if rest, ok := strings.CutPrefix(path, "/tmp/"); ok {
		first, _, deeper := strings.Cut(rest, "/")
		if deeper {
			return append(out, "/tmp/"+first)
		}
		return append(out, path)
	}
	return out
}

// moveAll moves what is in a folder to another on the same disk.
func moveAll(from, to string) error {
	if to == "" {
		return nil
	}
	entries, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it only says what is missing
	}
	for _, e := range entries {
		err = errors.Join(err, os.Rename(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())))
	}
	return err
}

// readAnswer reads what the driver wrote.
func readAnswer(scratch string, v any) error {
	text, err := sandbox.ReadFile(scratch, answerFile, maxAnswer)
	if err != nil {
		return fmt.Errorf("%w: Blender's answer: %w", engine.ErrScene, err)
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("the driver's answer: %w", err)
	}
	return nil
}

func (l *look) scene(name string) *engine.Scene {
	return &engine.Scene{
		Engine: name, First: l.First, Last: l.Last, Step: max(l.Step, 1), Width: l.Width, Height: l.Height,
		Samples: l.Samples, Rate: l.Rate, Format: l.Format, Alpha: l.Alpha, WholeOnly: l.Whole, Why: l.Why, Denoise: l.Denoise,
		Camera: l.Camera, Files: l.Files, Problems: l.Problems, Notes: l.Notes,
	}
}
