package povray

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/render/picture"
	"supercomputing/tasks/sandbox"
)

// What one process may have.
const (
	processes  = 64       // and threads: POV-Ray starts some for each stage
	largestExe = 64 << 20 // bytes of a picture's file beyond its pixels
)

// Render renders each tile in a process of its own with one thread, as many at
// once as there are Threads: POV-Ray's pixels depend on how many threads share
// them. Memory and disk are shared out evenly among those at once. Tiles come in the order in which they
// are done.
func (p *POVRay) Render(ctx context.Context, r engine.Request, emit func(engine.Rendered) error) error {
	path, err := p.find()
	if err != nil {
		return err
	}
	o, err := bundleOptions(r.Bundle)
	if err != nil {
		return err
	}
	if err := check(r.Settings, r.Tiles, o); err != nil {
		return err
	}
	job := run{path: path, o: o, r: r, isolate: true, log: p.log}
	if !r.Foreign || r.Allowed {
		job.isolate = sandbox.Available(ctx) == nil
	}
	n := max(1, r.Threads)
	if r.More == nil {
		n = max(1, min(n, len(r.Tiles)))
	}
	job.r.Memory, job.r.Disk = r.Memory/int64(n), r.Disk/int64(n)
	return job.all(ctx, n, emit)
}

// check refuses what cannot be rendered whatever the scene is.
func check(s engine.Settings, tiles []engine.Tile, o options) error {
	if s.Width < 1 || s.Height < 1 || s.Width > picture.MaxSide || s.Height > picture.MaxSide || int64(s.Width)*int64(s.Height) > picture.MaxPixels || !s.Form.Valid() {
		return fmt.Errorf("%w: a frame of %d×%d in form %d", engine.ErrScene, s.Width, s.Height, s.Form)
	}
	for _, t := range tiles {
		switch {
		case t.X < 0 || t.Y < 0 || t.W < 1 || t.H < 1 || t.W > s.Width-t.X || t.H > s.Height-t.Y:
			return fmt.Errorf("%w: %s is not within %d×%d", engine.ErrScene, t, s.Width, s.Height)
		case t.Frame < o.first || t.Frame > o.last:
			return fmt.Errorf("%w: the scene has frames %d to %d, not %d; Final_Frame in its .ini sets them", engine.ErrScene, o.first, o.last, t.Frame)
		}
	}
	return nil
}

// run is what the tiles of one Render share.
type run struct {
	path    string
	o       options
	r       engine.Request
	isolate bool
	log     *slog.Logger

	// The whole frame is in this process's memory while a tile is cut out of it,
	// so that is done to one at a time.
	reading sync.Mutex
}

// all renders the tiles n at a time.
func (j *run) all(ctx context.Context, n int, emit func(engine.Rendered) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	tiles := make(chan engine.Tile)
	var workers sync.WaitGroup
	var mu sync.Mutex // one emit at a time
	for range n {
		workers.Go(func() {
			for t := range tiles {
				done, err := j.place(ctx, t)
				if err != nil && ctx.Err() == nil {
					err = &engine.TileError{Tile: t, Err: err}
				}
				if err == nil {
					mu.Lock()
					if err = ctx.Err(); err == nil {
						err = emit(done)
					}
					mu.Unlock()
				}
				if err != nil {
					stop(err)
				}
			}
		})
	}
	if err := j.hand(ctx, tiles); err != nil {
		stop(err)
	}
	close(tiles)
	workers.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// hand hands out the tiles at hand, and asks for more each time that the last
// one has begun.
func (j *run) hand(ctx context.Context, to chan<- engine.Tile) error {
	for next := j.r.Tiles; len(next) > 0; {
		for _, t := range next {
			select {
			case to <- t:
			case <-ctx.Done():
				return nil
			}
		}
		if j.r.More == nil {
			return nil
		}
		next = j.r.More(ctx)
		if err := check(j.r.Settings, next, j.o); err != nil {
			return err
		}
	}
	return nil
}

// mostTries bounds how often a tile is begun that this machine kept from
// starting.
const mostTries = 3

// place renders a tile. POV-Ray gives up when its threads do not start within
// some seconds, by the clock: a program that was held just then, or on a machine
// that is very busy, says nothing of the scene by that, and is begun again.
func (j *run) place(ctx context.Context, t engine.Tile) (engine.Rendered, error) {
	for try := 1; ; try++ {
		done, err := j.attempt(ctx, t)
		if !errors.Is(err, errSlowStart) || try == mostTries {
			return done, err
		}
		j.log.Info("a tile is begun again", "tile", t.String(), "err", err)
	}
}

// attempt renders a tile in a folder of its own.
func (j *run) attempt(ctx context.Context, t engine.Tile) (engine.Rendered, error) {
	dir, err := os.MkdirTemp(j.r.Scratch, "tile")
	if err != nil {
		return engine.Rendered{}, fmt.Errorf("povray: %w", err)
	}
	defer func() {
		// A scene that took POV-Ray over may have left what forbids its removal.
		if err := errors.Join(sandbox.Clean(dir), os.Remove(dir)); err != nil {
			j.log.Warn("files of a scene are left", "err", err)
		}
	}()
	return j.tile(ctx, t, dir)
}

// tile runs POV-Ray for one tile. The folder dir is its current one.
func (j *run) tile(ctx context.Context, t engine.Tile, dir string) (engine.Rendered, error) {
	began := time.Now()
	dir, err := filepath.Abs(dir)
	if err != nil {
		return engine.Rendered{}, fmt.Errorf("povray: %w", err)
	}
	bundle, err := filepath.Abs(j.r.Bundle)
	if err != nil {
		return engine.Rendered{}, fmt.Errorf("povray: %w", err)
	}
	if err := write(filepath.Join(dir, "tile.ini"), j.ini(t)); err != nil {
		return engine.Rendered{}, err
	}
	// Without POVINI the user's or the system's povray.ini would have a say.
	if err := write(filepath.Join(dir, "none.ini"), "Display=Off\n"); err != nil {
		return engine.Rendered{}, err
	}
	// Through a link no path of this machine is in an .ini, where some
	// characters could not be, and none in POV-Ray's messages.
	if err := os.Symlink(bundle, filepath.Join(dir, "b")); err != nil {
		return engine.Rendered{}, fmt.Errorf("povray: %w", err)
	}
	nice := 0
	if j.r.Foreign {
		nice = 19
	}
	var said tail
	meter := new(sandbox.Meter)
	usage, err := sandbox.Run(ctx, sandbox.Command{
		Path: j.path, Args: []string{"tile.ini"}, Dir: dir, Scratch: dir, Read: j.read(bundle),
		Env:     []string{"HOME=" + dir, "POVINI=none.ini", "TMPDIR=" + dir, "PATH=/usr/bin:/bin", "LC_ALL=C"},
		Limits:  j.limits(),
		Stdout:  &said,
		Stderr:  &said,
		Isolate: j.isolate,
		Nice:    nice,
		Brake:   j.r.Brake,
		Meter:   meter,
		Threads: j.r.Threads, // of all that run beside each other
	})
	if err != nil {
		return engine.Rendered{}, failure(ctx, err, said.String())
	}
	pic, err := j.result(t, dir)
	if err != nil {
		return engine.Rendered{}, err
	}
	all := time.Since(began)
	took := all - meter.Held()
	wall, work := traced(said.String())
	return engine.Rendered{Tile: t, Picture: pic, Setup: min(max(0, all-wall), took), Work: work, Took: took, Memory: usage.Memory}, nil
}

// read lists what the program reads besides the system.
func (j *run) read(bundle string) []string {
	out := []string{bundle}
	if !strings.HasPrefix(j.path, "/usr/") && !strings.HasPrefix(j.path, "/bin/") {
		out = append(out, j.path)
	}
	return out
}

func (j *run) limits() sandbox.Limits {
	s := j.r.Settings
	file := int64(s.Width)*int64(s.Height)*int64(s.Form.Bytes())*2 + largestExe
	if j.r.Disk > 0 {
		file = min(file, j.r.Disk)
	}
	return sandbox.Limits{Memory: j.r.Memory, Disk: j.r.Disk, Files: file, Time: j.r.Time, Processes: processes}
}

// ini is the tile's settings. What decides pixels is all here, since nothing
// else is read: POV-Ray's numbers count from 1 and include the last.
func (j *run) ini(t engine.Tile) string {
	s, o := j.r.Settings, j.o
	var b strings.Builder
	set := func(key string, value any) { fmt.Fprintf(&b, "%s=%v\n", key, value) }
	f := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	onOff := func(v bool) string {
		if v {
			return "On"
		}
		return "Off"
	}
	set("Input_File_Name", `"b/`+bundleScene+`"`)
	set("Library_Path", `"b/`+bundleFiles+`"`)
	set("Output_File_Name", `"out"`)
	if s.Form.Float() {
		set("Output_File_Type", "E")
	} else {
		set("Output_File_Type", "N")
		bits := 8
		if s.Form == picture.RGB16 || s.Form == picture.RGBA16 {
			bits = 16
		}
		set("Bits_Per_Color", bits)
	}
	set("Output_Alpha", onOff(s.Form.Alpha()))
	set("Width", s.Width)
	set("Height", s.Height)
	set("Start_Column", t.X+1)
	set("End_Column", t.X+t.W)
	set("Start_Row", t.Y+1)
	set("End_Row", t.Y+t.H)
	if o.animated {
		set("Initial_Frame", o.first)
		set("Final_Frame", o.last)
		set("Initial_Clock", f(o.from))
		set("Final_Clock", f(o.to))
		set("Cyclic_Animation", onOff(o.cyclic))
		set("Subset_Start_Frame", t.Frame)
		set("Subset_End_Frame", t.Frame)
	} else {
		set("Clock", f(o.clock))
	}
	on, depth := o.antialias, o.depth
	if s.Samples > 0 {
		depth = min(max(int(math.Round(math.Sqrt(float64(s.Samples)))), 1), 9)
		on = depth > 1
	}
	set("Antialias", onOff(on))
	set("Antialias_Depth", depth)
	set("Antialias_Threshold", f(o.threshold))
	set("Antialias_Gamma", f(o.gamma))
	set("Sampling_Method", o.method)
	set("Quality", o.quality)
	for _, d := range o.declares {
		set("Declare", d.name+"="+f(d.value))
	}
	b.WriteString(fixed)
	return b.String()
}

// fixed are the settings that are the same for all. One thread gives the same
// bytes each time, two give others; antialiasing's jitter is off as in a scene
// that is animated; and a picture in memory needs no file in /tmp.
const fixed = `Work_Threads=1
Jitter=Off
Dither=Off
Bounding=On
Bounding_Threshold=3
Remove_Bounds=On
Split_Unions=Off
Render_Block_Size=32
Max_Image_Buffer_Memory=65536
Display=Off
Verbose=Off
Pause_When_Done=Off
Continue_Trace=Off
Create_Ini=Off
`

// result reads what POV-Ray made: the whole frame's size, black but for the
// tile.
func (j *run) result(t engine.Tile, dir string) (*picture.Picture, error) {
	j.reading.Lock()
	defer j.reading.Unlock()
	s := j.r.Settings
	names, err := filepath.Glob(filepath.Join(dir, "out*.[pe][nx][gr]"))
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("%w: POV-Ray made no picture", engine.ErrScene)
	}
	file, err := sandbox.Open(dir, filepath.Base(names[0]), j.limits().Files)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", engine.ErrScene, err)
	}
	defer file.Close()
	read := picture.ReadPNG
	if s.Form.Float() {
		read = picture.ReadEXR
	}
	pic, err := read(file, int64(s.Width)*int64(s.Height))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", engine.ErrScene, err)
	}
	if pic.W != s.Width || pic.H != s.Height {
		return nil, fmt.Errorf("%w: POV-Ray made %d×%d pixels of %d×%d", engine.ErrScene, pic.W, pic.H, s.Width, s.Height)
	}
	if pic, err = pic.Crop(t.X, t.Y, t.W, t.H); err != nil {
		return nil, err
	}
	return as(pic, s.Form)
}

// as makes binary32 samples of POV-Ray's binary16, where those are asked for.
func as(p *picture.Picture, f picture.Form) (*picture.Picture, error) {
	if p.Form == f {
		return p, nil
	}
	if !p.Form.Float() || !f.Float() || p.Form.Channels() != f.Channels() || f.Bytes() != 2*p.Form.Bytes() {
		return nil, fmt.Errorf("%w: POV-Ray made %s, not %s", engine.ErrScene, p.Form, f)
	}
	out, err := picture.New(f, p.W, p.H)
	if err != nil {
		return nil, err
	}
	for i := range len(p.Pix) / 2 {
		bits := math.Float32bits(single(uint16(p.Pix[2*i]) | uint16(p.Pix[2*i+1])<<8))
		out.Pix[4*i], out.Pix[4*i+1], out.Pix[4*i+2], out.Pix[4*i+3] = byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24)
	}
	return out, nil
}

// single widens a binary16 number (IEEE 754-2019, 3.6).
func single(h uint16) float32 {
	sign, exponent, fraction := float64(1), int(h>>10&31), float64(h&1023)
	if h>>15 != 0 {
		sign = -1
	}
	switch exponent {
	case 0:
		return float32(math.Copysign(math.Ldexp(fraction, -24), sign))
	case 31:
		if fraction != 0 {
			return float32(math.NaN())
		}
		return float32(math.Inf(int(sign)))
	}
	return float32(sign * math.Ldexp(1024+fraction, exponent-25))
}

// errSlowStart says that POV-Ray's threads did not start in time.
var errSlowStart = errors.New("this machine was too slow to start POV-Ray")

// slowStart is what POV-Ray says then.
const slowStart = "Timed out waiting for worker thread"

// failure says in the engine's words why a process ended.
func failure(ctx context.Context, err error, said string) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, sandbox.ErrUnavailable):
		return fmt.Errorf("%w: %w", engine.ErrSandbox, err)
	case errors.Is(err, sandbox.ErrLimit):
		return fmt.Errorf("%w: %w", engine.ErrLimit, err)
	case errors.Is(err, sandbox.ErrExit):
		why, memory := complaint(said)
		if strings.Contains(said, slowStart) {
			return fmt.Errorf("%w: %w", errSlowStart, err)
		}
		if memory {
			return fmt.Errorf("%w: memory: %s", engine.ErrLimit, why)
		}
		if why == "" {
			return fmt.Errorf("%w: %w", engine.ErrScene, err)
		}
		return fmt.Errorf("%w: %s", engine.ErrScene, why)
	}
	return fmt.Errorf("povray: %w", err)
}
