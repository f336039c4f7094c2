package blender

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"supercomputing/tasks/render/engine"
)

const (
	sceneFile   = "scene.blend"
	maxFiles    = 20000
	maxDepth    = 6
	minHeader   = 12 // bytes: "BLENDER-v304"
	extraFiles  = 4  // plain files beside the scene, which make a bundle unique
	maxExtra    = 4096
	filesFolder = "files"
)

// bundleName is what files are called in a bundle: Pack's numbers, and the
// names that Blender gives to what is in a cache.
var bundleName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)

// Pack implements engine.Engine.
func (b *Blender) Pack(ctx context.Context, path, dir string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	var answer struct{ Missing []engine.File }
	if err := b.ask(ctx, path, order{Do: "pack", Dir: dir}, &answer); err != nil {
		return err
	}
	if len(answer.Missing) > 0 {
		return incomplete(answer.Missing)
	}
	if err := b.CheckBundle(dir); err != nil {
		return fmt.Errorf("packing %s: %w", filepath.Base(path), err)
	}
	return nil
}

// incomplete names missing files, but not hundreds of them.
func incomplete(lost []engine.File) error {
	var names []string
	for _, f := range lost[:min(len(lost), 20)] {
		names = append(names, fmt.Sprintf("%s (%s)", clean(f.Path), clean(f.User)))
	}
	if more := len(lost) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("%w: %s", engine.ErrIncomplete, strings.Join(names, ", "))
}

// CheckBundle implements engine.Engine. A scene in a bundle is not compressed,
// so that reading it costs what its size says.
func (b *Blender) CheckBundle(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("%w: %w", engine.ErrBundle, err)
	}
	defer root.Close()
	n, scene := 0, false
	err = fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if n++; n > maxFiles {
			return errors.New("too many files")
		}
		scene = scene || name == sceneFile
		return checkEntry(root, name, d)
	})
	if err != nil {
		return fmt.Errorf("%w: %w", engine.ErrBundle, err)
	}
	if !scene {
		return fmt.Errorf("%w: no %s in it", engine.ErrBundle, sceneFile)
	}
	return nil
}

// checkEntry refuses one file or folder of a bundle.
func checkEntry(root *os.Root, name string, d fs.DirEntry) error {
	if name == "." {
		return nil
	}
	parts := strings.Split(name, "/")
	for _, p := range parts {
		if !bundleName.MatchString(p) {
			return fmt.Errorf("the name %q", clean(name))
		}
	}
	if len(parts) > maxDepth {
		return fmt.Errorf("%s is too deep", name)
	}
	switch {
	case d.IsDir() && parts[0] == filesFolder:
		return nil
	case !d.Type().IsRegular():
		return fmt.Errorf("%s is no plain file", name)
	case strings.HasSuffix(strings.ToLower(name), ".blend"):
		if len(parts) == 1 && name != sceneFile {
			return fmt.Errorf("a second scene, %s", name)
		}
		return checkBlend(root, name)
	case parts[0] == filesFolder:
		return nil
	}
	return checkExtra(name, d)
}

// checkExtra allows a small file beside the scene: whoever posts a job adds one
// to tell its bundle from all others.
func checkExtra(name string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	if info.Size() > maxExtra {
		return fmt.Errorf("%s does not belong there", name)
	}
	return nil
}

// checkBlend refuses a file that Blender would unpack: a few kilobytes of zstd
// can stand for many gigabytes.
func checkBlend(root *os.Root, name string) error {
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, minHeader)
	if _, err := io.ReadFull(f, head); err != nil {
		return fmt.Errorf("%s is cut short", name)
	}
	switch kind, _ := parseHeader(head); kind {
	case plainFile:
		return nil
	case packedFile:
		return fmt.Errorf("%s is compressed", name)
	}
	return fmt.Errorf("%s is no Blender file", name)
}
