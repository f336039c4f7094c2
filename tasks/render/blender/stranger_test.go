//go:build linux

package blender

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"supercomputing/tasks/render/engine"
	"supercomputing/tasks/sandbox"
)

// TestInspectIsSandboxed has a program that a scene took over while its own
// requester looks it over: it can read, and it cannot write or leave anything.
func TestInspectIsSandboxed(t *testing.T) {
	if err := sandbox.Available(t.Context()); err != nil {
		t.Skip(err)
	}
	dir := t.TempDir()
	out, scene, program := filepath.Join(dir, "out"), filepath.Join(dir, "scene.blend"), filepath.Join(dir, "blender")
	if err := os.WriteFile(scene, []byte("BLENDER-v304RENDxxxx"), 0o600); err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf(`#!/bin/sh
for order; do :; done
value() { sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/" "$order"; }
(echo x > %q) 2>&1
(echo x > %q) 2>&1
ls /sys /run 2>&1
mkdir -p "$(value dir)/files/deep"
echo '{"camera":"seen"}' > "$(value out)"
grep -q BLENDER %q || exit 1
printf '\n%%s done {}\n' "$(value mark)"
`, out, scene, scene)
	if err := os.WriteFile(program, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	b := New(Options{Path: program})
	var err error
	if b.known, err = b.find(); err != nil {
		t.Fatal(err)
	}
	b.build = engine.Build{Engine: "blender", Version: "3.4.1", Path: program}
	s, err := b.Inspect(t.Context(), scene)
	if err != nil || s.Camera != "seen" {
		t.Fatal(s, err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("it wrote a file")
	}
	if text, _ := os.ReadFile(scene); string(text[:7]) != "BLENDER" {
		t.Error("it changed the scene")
	}
}

func TestHostFolders(t *testing.T) {
	for _, path := range []string{"/home/a/x.blend", "/tmp/x.blend", "/tmp/a/b/x.blend"} {
		got := hostFolders(path)
		for _, no := range []string{"/", "/etc", "/proc", "/run", "/sys", "/tmp", "/usr", "/dev"} {
			if slices.Contains(got, no) {
				t.Errorf("%s: %s is shown", path, no)
			}
		}
		if !slices.Contains(got, "/home") {
			t.Errorf("%s: %v", path, got)
		}
	}
	if got := hostFolders("/tmp/a/b/x.blend"); got[len(got)-1] != "/tmp/a" {
		t.Errorf("%v", got)
	}
}
