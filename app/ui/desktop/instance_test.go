package desktop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A second start shows the first one's window, and only the same user's.
func TestInstance(t *testing.T) {
	dir := t.TempDir()
	ctx := t.Context()
	if raiseOther(ctx, dir) {
		t.Fatal("there is no window")
	}
	i, err := claim(dir)
	if err != nil {
		t.Fatal(err)
	}
	raised := make(chan bool, 9)
	ended := make(chan bool)
	go func() { i.run(func() { raised <- true }); close(ended) }()
	if !raiseOther(ctx, dir) || len(raised) != 1 {
		t.Errorf("the window was raised %d times", len(raised))
	}
	path := filepath.Join(dir, instanceFile)
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the secret's file: %v, %v", info.Mode(), err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "x", strings.Replace(string(good), " ", " x", 1), "192.0.2.1:80 x", "127.0.0.1:1 x"} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if raiseOther(ctx, dir) {
			t.Errorf("%q raised a window", bad)
		}
	}
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	i.close()
	<-ended
	if raiseOther(ctx, dir) || len(raised) != 1 {
		t.Error("it answers after its end")
	}
	if err := os.WriteFile(path, good, 0o600); err != nil { // as a killed one leaves it
		t.Fatal(err)
	}
	if raiseOther(ctx, dir) {
		t.Error("a window that is gone was raised")
	}
}

// Of two windows that start at once, the end of one does not hide the other.
func TestTwoInstances(t *testing.T) {
	dir := t.TempDir()
	first, err := claim(dir)
	if err != nil {
		t.Fatal(err)
	}
	second, err := claim(dir)
	if err != nil {
		t.Fatal(err)
	}
	go second.run(func() {})
	first.close()
	if !raiseOther(t.Context(), dir) {
		t.Error("the other window is not found any more")
	}
	second.close()
	if _, err := os.Stat(filepath.Join(dir, instanceFile)); err == nil {
		t.Error("the file is left")
	}
}

func TestCrashes(t *testing.T) {
	dir := t.TempDir()
	c, err := watchCrashes(dir)
	if err != nil || c.before != "" {
		t.Fatalf("%+v, %v", c, err)
	}
	c.end()
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("a good end leaves %v", left)
	}
	if c, err = watchCrashes(dir); err != nil {
		t.Fatal(err)
	}
	c.file.WriteString("panic: oh\n")
	c.end()
	if err := os.WriteFile(filepath.Join(dir, crashFile), []byte("panic: oh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err = watchCrashes(dir)
	defer c.end()
	if b, rerr := os.ReadFile(c.before); err != nil || rerr != nil || string(b) != "panic: oh\n" {
		t.Errorf("told of %q: %s, %v, %v", c.before, b, err, rerr)
	}
}
