package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"supercomputing/tasks/sandbox"
)

// program is a rendering program as anybody starts it from a shell.
type program struct {
	title   string
	command string // name on the PATH
	pkg     string // Debian's package
	cores   string // that the command line below uses
	// args make it, started in the scene's folder, write frames 1 to n as PNG
	// files into another, names ending in the frame's number.
	args func(scene, dir string, n int) []string
	// saved finds the number of the frame that a line of its output tells of:
	// that it is written, or begun.
	saved *regexp.Regexp
}

// programs are the engines by their names in jobs. Neither command line is the
// one that nodes use: what they deliver is held against what somebody gets who
// knows nothing of this program.
var programs = map[string]program{
	"blender": {
		title: "Blender", command: "blender", pkg: "blender", cores: "all cores",
		args: func(scene, dir string, n int) []string {
			return []string{"--factory-startup", "-b", scene, "-o", filepath.Join(dir, "frame-####"), "-F", "PNG", "-x", "1",
				"-f", fmt.Sprintf("1..%d", n)}
		},
		saved: regexp.MustCompile(`^Saved: '.*[^0-9]([0-9]+)\.png'`),
	},
	"povray": {
		title: "POV-Ray", command: "povray", pkg: "povray", cores: "one core",
		args: func(scene, dir string, n int) []string {
			// It takes a path with a space for several; relative ones have none.
			name := strings.TrimSuffix(filepath.Base(scene), filepath.Ext(scene))
			if rel, err := filepath.Rel(filepath.Dir(scene), dir); err == nil {
				dir = rel
			}
			return []string{name + ".ini", "+I" + filepath.Base(scene), "+O" + filepath.Join(dir, "frame-"), "+FN8", "-D", "+SF1", fmt.Sprintf("+EF%d", n),
				"+WT1", "-J"} // with several threads, or jitter, it gives other pixels each time
		},
		saved: regexp.MustCompile(`^Rendering frame ([0-9]+) of `),
	},
}

// findPrograms chooses the engine, and finds what else the play needs.
func (p *Render) findPrograms(ctx context.Context, d *demo) (err error) {
	asked := p.Engine
	if p.Engine, p.program, err = findEngine(asked, exec.LookPath); err != nil {
		return err
	}
	if asked == "" && p.Engine != "blender" {
		d.ui.line("There is no Blender on this machine (`apt-get install blender` brings it): %s renders instead", programs[p.Engine].title)
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		d.ui.line("There is no ffmpeg on this machine (`apt-get install ffmpeg` brings it): there will be frames, but no video")
	} else {
		p.ffmpeg = true
	}
	if p.open = sandbox.Available(ctx); p.open != nil {
		d.ui.line("%v; as the demo made its scene itself, its nodes are told to render it without", p.open)
	}
	return nil
}

// findEngine finds the engine that was asked for, or the first that is there.
func findEngine(asked string, look func(string) (string, error)) (name, path string, err error) {
	order := []string{"blender", "povray"}
	if asked != "" {
		order = []string{asked}
	}
	var missing, packages []string
	for _, name := range order {
		if path, err := look(programs[name].command); err == nil {
			return name, path, nil
		}
		missing, packages = append(missing, programs[name].title), append(packages, programs[name].pkg)
	}
	return "", "", fmt.Errorf("there is no %s on this machine: `make deps` or `apt-get install %s` installs it",
		strings.Join(missing, " and no "), strings.Join(packages, " "))
}

// renderPlain renders frames 1 to n of a scene with the plain program, and gives
// their files by number. progress is told each frame once it is written, or begun.
func renderPlain(ctx context.Context, pr program, path, scene, dir string, n int, progress func(frame int)) (map[int]string, time.Duration, error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return nil, 0, err
	}
	at := 0
	out := &lines{each: func(line string) {
		if m := pr.saved.FindStringSubmatch(line); m != nil {
			if f, err := strconv.Atoi(m[1]); err == nil && f != at {
				at = f
				progress(f)
			}
		}
	}}
	cmd := exec.CommandContext(ctx, path, pr.args(scene, dir, n)...)
	cmd.Dir = filepath.Dir(scene)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.WaitDelay = 5 * time.Second
	start := time.Now()
	if err := cmd.Run(); err != nil {
		return nil, 0, fmt.Errorf("%s: %w: %s", pr.title, err, out.tail)
	}
	took := time.Since(start)
	files, err := numbered(dir)
	if err == nil && len(files) != n {
		err = fmt.Errorf("%s wrote %d frames, not %d: %s", pr.title, len(files), n, out.tail)
	}
	return files, took, err
}

// numbered finds the PNG files of a folder by the number that their names end in.
func numbered(dir string) (map[int]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	out := make(map[int]string)
	for _, e := range entries {
		n, ok := frameNumber(e.Name())
		if !ok {
			continue
		}
		if out[n] != "" {
			return nil, fmt.Errorf("two files are frame %d in %s", n, dir)
		}
		out[n] = filepath.Join(dir, e.Name())
	}
	return out, nil
}

// frameNumber reads the number at the end of a PNG file's name.
func frameNumber(name string) (int, bool) {
	stem, ok := strings.CutSuffix(name, ".png")
	if !ok {
		return 0, false
	}
	digits := stem[len(strings.TrimRight(stem, "0123456789")):]
	n, err := strconv.Atoi(digits)
	return n, err == nil
}

// lines hands on what a program writes line by line, and keeps the last of it
// for error texts.
type lines struct {
	each func(string)
	rest []byte
	tail []byte
}

const (
	longestLine = 4096
	longestTail = 800
)

var errLine = errors.New("a line without end")

// Write implements io.Writer.
func (l *lines) Write(b []byte) (int, error) {
	l.tail = append(l.tail, b...)
	if n := len(l.tail); n > longestTail {
		l.tail = append(l.tail[:0], l.tail[n-longestTail:]...)
	}
	l.rest = append(l.rest, b...)
	for {
		// POV-Ray ends its counters with a carriage return alone.
		i := bytes.IndexAny(l.rest, "\r\n")
		if i < 0 {
			break
		}
		l.each(string(l.rest[:i]))
		l.rest = l.rest[i+1:]
	}
	if len(l.rest) > longestLine {
		return 0, errLine
	}
	return len(b), nil
}
