package node

import (
	"path/filepath"
	"strings"

	"supercomputing/app/view"
)

// checkPublic refuses to hand out what belongs to the node: the data directory
// holds the wallet and the API's token, and what is published is anybody's.
func (n *Node) checkPublic(path string) error {
	path, dir := realPath(path), realPath(n.dir)
	if !within(path, dir) && !within(dir, path) {
		return nil
	}
	return view.Errorf(view.CodeInvalid, "%s and the data directory %s lie in each other: the wallet would be given away", path, dir).
		WithHint("copy what is to be published to a folder of its own")
}

// realPath follows links where it can.
func realPath(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		path = p
	}
	if p, err := filepath.Abs(path); err == nil {
		path = p
	}
	return path
}

// within reports whether path is dir or lies in it.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
