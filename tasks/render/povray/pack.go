package povray

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"supercomputing/tasks/render/engine"
)

// The names in a bundle.
const (
	bundleScene = "scene.pov" // the scene's text
	bundleIni   = "scene.ini" // its settings, as options.text writes them
	bundleFiles = "files"     // folder of all that it includes and shows
)

// Pack copies the scene's text, its settings and each file that it names. Files
// keep their names under files/; those from outside the scene's folder get new
// ones, which the copied texts then say. It fails with engine.ErrIncomplete.
func (p *POVRay) Pack(ctx context.Context, path, dir string) error {
	op, err := p.open(path)
	if err != nil {
		return err
	}
	if err := op.complete(); err != nil {
		return err
	}
	renamed := make(map[string]string)
	for _, f := range op.s.files {
		if f.bundle != f.name && !plain(f.name) {
			renamed[f.name] = f.bundle
		}
	}
	src := rewrite(op.s.scripts[op.scene].src, renamed)
	if err := write(filepath.Join(dir, bundleScene), src); err != nil {
		return err
	}
	if err := write(filepath.Join(dir, bundleIni), op.o.text()); err != nil {
		return err
	}
	for _, name := range sortedFiles(op.s.files) {
		if err := ctx.Err(); err != nil {
			return err
		}
		f := op.s.files[name]
		if err := f.copy(filepath.Join(dir, bundleFiles, filepath.FromSlash(f.bundle)), op.s.scripts[f.host], renamed); err != nil {
			return err
		}
	}
	return p.CheckBundle(dir)
}

// complete refuses a scene that lacks files or cannot be rendered elsewhere.
func (op *opened) complete() error {
	var missing []string
	for _, name := range sortedFiles(op.s.files) {
		if f := op.s.files[name]; f.host == "" {
			missing = append(missing, fmt.Sprintf("%s (%s of %s)", f.name, f.kind, f.user))
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: %s", engine.ErrIncomplete, strings.Join(missing, ", "))
	}
	var out engine.Scene
	out.Problems = op.s.problems
	if remarks(op, &out); len(out.Problems) > 0 {
		return fmt.Errorf("%w: %s", engine.ErrScene, strings.Join(out.Problems, "; "))
	}
	return nil
}

// copy puts a file into the bundle; texts with the new names of others.
func (f *found) copy(to string, text *script, renamed map[string]string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return fmt.Errorf("povray: %w", err)
	}
	if text != nil {
		return write(to, rewrite(text.src, renamed))
	}
	in, err := os.Open(f.host)
	if err != nil {
		return fmt.Errorf("%w: %w", engine.ErrIncomplete, err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil // two spellings of one name
	}
	if err != nil {
		return fmt.Errorf("povray: %w", err)
	}
	if _, err = io.Copy(out, in); err != nil {
		out.Close()
		return fmt.Errorf("povray: %w", err)
	}
	if err := out.Close(); err != nil {
		return fmt.Errorf("povray: %w", err)
	}
	return nil
}

func write(to, text string) error {
	if err := os.WriteFile(to, []byte(text), 0o644); err != nil {
		return fmt.Errorf("povray: %w", err)
	}
	return nil
}

// CheckBundle refuses links, files in other places than Pack's, settings that
// Pack would not write, and texts that name files outside. Names that a scene
// computes are not known before rendering, and POV-Ray's own restrictions do
// not hold (RATIONALE.md): only the sandbox keeps those inside.
func (p *POVRay) CheckBundle(dir string) error {
	if err := checkFiles(dir); err != nil {
		return fmt.Errorf("%w: %w", engine.ErrBundle, err)
	}
	if _, err := bundleOptions(dir); err != nil {
		return err
	}
	s := &survey{folders: []string{filepath.Join(dir, bundleFiles)}, strict: true}
	if err := s.run(filepath.Join(dir, bundleScene)); err != nil {
		return fmt.Errorf("%w: %w", engine.ErrBundle, err)
	}
	return nil
}

// bundleOptions reads a bundle's settings.
func bundleOptions(dir string) (options, error) {
	text, err := readText(filepath.Join(dir, bundleIni), 64<<10)
	if err != nil {
		return options{}, fmt.Errorf("%w: %s: %w", engine.ErrBundle, bundleIni, err)
	}
	o, err := parseBundleIni(text)
	if err != nil {
		return options{}, fmt.Errorf("%w: %s: %w", engine.ErrBundle, bundleIni, err)
	}
	return o, nil
}

// checkFiles goes through the folder without following anything.
func checkFiles(dir string) error {
	n, scene := 0, false
	err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil || file == dir {
			return err
		}
		if n++; n > 2*maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		first, _, deep := strings.Cut(rel, "/")
		switch {
		case !e.IsDir() && !e.Type().IsRegular():
			return fmt.Errorf("%q is neither file nor folder", rel)
		case !plain(rel):
			return fmt.Errorf("%q is no name for a file of a bundle", rel)
		case deep && first != bundleFiles, e.IsDir() && first != bundleFiles, !e.IsDir() && rel == bundleFiles:
			return fmt.Errorf("%q is out of place", rel)
		}
		scene = scene || rel == bundleScene
		return nil
	})
	if err == nil && !scene {
		err = fmt.Errorf("no %s", bundleScene)
	}
	return err
}
