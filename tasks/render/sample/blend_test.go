package sample

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"testing"
)

func TestBlend(t *testing.T) {
	if _, err := exec.LookPath("blender"); err != nil {
		t.Skip("Blender is not installed")
	}
	if _, err := Blend(t.Context(), "", t.TempDir(), Spec{Name: "nothing"}); !errors.Is(err, ErrName) {
		t.Errorf("an unknown name: %v", err)
	}
	path, err := Blend(t.Context(), "", t.TempDir(), Spec{Name: "plain", Frames: 2, Width: 16, Height: 8, Samples: 1})
	if err != nil {
		t.Fatal(err)
	}
	head, err := os.ReadFile(path)
	if err != nil || !bytes.HasPrefix(head, []byte("BLENDER")) {
		t.Errorf("no Blender file: %v", err)
	}
	if _, err := Blend(t.Context(), "/nowhere/blender", t.TempDir(), Spec{Name: "plain"}); err == nil {
		t.Error("no program, no error")
	}
}
