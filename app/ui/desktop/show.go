package desktop

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"supercomputing/app/view"
)

// Show implements view.Desktop. Only web addresses and what is on this disk are
// opened: other schemes start programs, and what is shown can come from
// strangers.
func (h *Host) Show(ctx context.Context, what string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if strings.HasPrefix(what, "https://") || strings.HasPrefix(what, "http://") {
		return open(what)
	}
	info, err := os.Stat(what)
	if err != nil {
		return asView(err)
	}
	if !info.IsDir() {
		what = filepath.Dir(what)
	}
	if what, err = filepath.Abs(what); err != nil {
		return asView(err)
	}
	return open(what)
}

// open hands something to the program that the system has for it.
func open(what string) error {
	name, args := opener(runtime.GOOS, what)
	cmd := exec.Command(name, args...)
	if err := cmd.Start(); err != nil {
		return view.Errorf(view.CodeUnavailable, "nothing here can open %s: %v", what, err).WithHint("open it by hand")
	}
	go cmd.Wait()
	return nil
}

func opener(goos, what string) (string, []string) {
	switch goos {
	case "windows":
		return "rundll32", []string{"url.dll,FileProtocolHandler", what}
	case "darwin":
		return "open", []string{what}
	}
	return "xdg-open", []string{what}
}
