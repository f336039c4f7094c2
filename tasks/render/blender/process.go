package blender

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/sandbox"
)

//go:embed driver/*.py
var driver embed.FS

// order is what the driver is told to do. Its fields are the union of what its
// parts need.
type order struct {
	Mark    string      `json:"mark"`
	Do      string      `json:"do"`                // the driver's module
	Out     string      `json:"out,omitempty"`     // file for the answer
	Dir     string      `json:"dir,omitempty"`     // of the bundle to write
	Bundle  string      `json:"bundle,omitempty"`  // the only folder that a scene may read
	Scratch string      `json:"scratch,omitempty"` // for pictures
	Threads int         `json:"threads,omitempty"`
	Width   int         `json:"width,omitempty"`
	Height  int         `json:"height,omitempty"`
	Samples int         `json:"samples"`
	Float   bool        `json:"float"`
	Alpha   bool        `json:"alpha"`
	Depth   string      `json:"depth,omitempty"` // bits of a sample
	Tiles   []orderTile `json:"tiles,omitempty"`
}

type orderTile struct {
	Frame int `json:"frame"`
	X     int `json:"x"`
	Y     int `json:"y"`
	W     int `json:"w"`
	H     int `json:"h"`
}

func orderTiles(tiles []engine.Tile) (out []orderTile) {
	for _, t := range tiles {
		out = append(out, orderTile{Frame: t.Frame, X: t.X, Y: t.Y, W: t.W, H: t.H})
	}
	return out
}

// process is one start of Blender.
type process struct {
	program string
	scene   string // "": the one it starts with
	order   order
	scratch string
	read    []string
	threads int
	isolate bool
	limits  sandbox.Limits
	nice    int
	brake   *sandbox.Brake // may be nil
	meter   *sandbox.Meter // may be nil
	stdin   io.Reader      // nil: nothing
	line    func(string)   // each line of output that is not the driver's; may be nil
	event   func(event)    // each line of the driver
}

// event is a line of the driver.
type event struct {
	kind string
	text []byte // JSON
}

// start runs Blender to its end. What went wrong is in words of package engine.
func (b *Blender) start(ctx context.Context, p process) error {
	home := filepath.Join(p.scratch, "home")
	if err := unpackDriver(home); err != nil {
		return err
	}
	p.order.Mark = rand.Text()
	list, err := json.Marshal(p.order)
	if err != nil {
		return err
	}
	what := filepath.Join(home, "order.json")
	if err := os.WriteFile(what, list, 0o600); err != nil {
		return err
	}
	out := newOutput(p)
	command := sandbox.Command{
		Path:    p.program,
		Args:    arguments(p, home, what),
		Env:     append(environment(home, p.threads), b.env...),
		Dir:     p.scratch,
		Read:    p.read,
		Scratch: p.scratch,
		Limits:  p.limits,
		Stdin:   p.stdin,
		Stdout:  &stream{to: out},
		Stderr:  &stream{to: out},
		Isolate: p.isolate,
		Nice:    p.nice,
		Brake:   p.brake,
		Meter:   p.meter,
		Threads: p.threads,
	}
	usage, err := sandbox.Run(ctx, command)
	b.log.Debug("Blender ended", "do", p.order.Do, "usage", usage, "err", err)
	return out.verdict(ctx, err)
}

// arguments are the program's. Options act in their order: the scene is opened
// after scripts are switched off.
func arguments(p process, home, what string) []string {
	args := []string{"-b", "--factory-startup", "--disable-autoexec", "-noaudio", "-t", strconv.Itoa(max(p.threads, 1))}
	if p.scene != "" {
		args = append(args, p.scene)
	}
	return append(args, "-P", filepath.Join(home, "main.py"), "--", what)
}

// series is what Blender calls the folder of its own scripts and data.
var series = regexp.MustCompile(`^[0-9]+\.[0-9]+$`)

// installation lists what the program needs of its folder, where that is no
// part of the system: its libraries and data. Whatever else is there stays
// unseen, since the folder may be the user's own.
func installation(program string) []string {
	if strings.HasPrefix(program, "/usr/") {
		return nil
	}
	out := []string{program}
	entries, _ := os.ReadDir(filepath.Dir(program))
	for _, e := range entries {
		if e.IsDir() && (e.Name() == "lib" || series.MatchString(e.Name())) {
			out = append(out, filepath.Join(filepath.Dir(program), e.Name()))
		}
	}
	return out
}

// environment is all that the program's has. Blender's own settings are kept
// out of the user's folders.
func environment(home string, threads int) []string {
	return []string{
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"HOME=" + home, "USERPROFILE=" + home, "XDG_CACHE_HOME=" + home, "XDG_CONFIG_HOME=" + home,
		"TMPDIR=" + home, "TMP=" + home, "TEMP=" + home,
		"SYSTEMROOT=" + os.Getenv("SYSTEMROOT"), // Windows' libraries start with it only
		"LANG=C.UTF-8", "LC_ALL=C.UTF-8",
		"OMP_NUM_THREADS=" + strconv.Itoa(max(threads, 1)), "OPENBLAS_NUM_THREADS=1",
	}
}

// unpackDriver writes the driver's files into dir.
func unpackDriver(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	list, err := driver.ReadDir("driver")
	if err != nil {
		return err
	}
	for _, f := range list {
		text, err := driver.ReadFile("driver/" + f.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name()), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// parseEvent reads a line of the driver, if it is one.
func parseEvent(line, mark string) (event, bool) {
	rest, ok := strings.CutPrefix(line, mark+" ")
	if !ok {
		return event{}, false
	}
	kind, text, _ := strings.Cut(rest, " ")
	return event{kind: kind, text: []byte(text)}, true
}

// as reads the event's fields.
func (e event) as(v any) error {
	if err := json.Unmarshal(e.text, v); err != nil {
		return fmt.Errorf("the driver's %s: %w", e.kind, err)
	}
	return nil
}
