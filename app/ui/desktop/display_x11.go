//go:build unix && !darwin

package desktop

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/jezek/xgb"
)

// Display says why no window can be shown here, nil when one can. It asks the
// display itself: a variable can outlive it, and the toolkit would only crash.
func Display() error {
	if name := os.Getenv("WAYLAND_DISPLAY"); name != "" && waylandAnswers(name) {
		return nil
	}
	name := os.Getenv("DISPLAY")
	if name == "" {
		return fmt.Errorf("%w: neither DISPLAY nor WAYLAND_DISPLAY is set", ErrNoDisplay)
	}
	xgb.Logger.SetOutput(discard{})
	c, err := xgb.NewConnDisplay(name)
	if err != nil {
		return fmt.Errorf("%w: DISPLAY is %q, and %v", ErrNoDisplay, name, err)
	}
	c.Close()
	return nil
}

func waylandAnswers(name string) bool {
	if !filepath.IsAbs(name) {
		name = filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), name)
	}
	c, err := net.DialTimeout("unix", name, time.Second)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// discard swallows what xgb would write to standard error besides its errors.
type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
