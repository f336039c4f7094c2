//go:build unix && !darwin

package desktop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// loginEntry is the entry of the desktop's autostart folder
// (https://specifications.freedesktop.org/autostart-spec).
func loginEntry() (loginFile, error) {
	dir := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) {
		home, err := os.UserHomeDir()
		if err != nil {
			return loginFile{}, err
		}
		dir = filepath.Join(home, ".config")
	}
	return loginFile{filepath.Join(dir, "autostart", "supercomputing.desktop"), []byte("\nHidden=true")}, nil
}

func startsAtLogin() (bool, error) {
	e, err := loginEntry()
	if err != nil {
		return false, err
	}
	return e.on()
}

func startAtLogin(on bool, command []string) error {
	e, err := loginEntry()
	if err != nil || !on {
		if err == nil {
			err = e.set(nil)
		}
		return err
	}
	return e.set(fmt.Appendf(nil, "[Desktop Entry]\nType=Application\nName=Supercomputing\nIcon=supercomputing\nExec=%s\nTerminal=false\n", execLine(command)))
}

// execLine quotes a command as desktop entries want it.
func execLine(command []string) string {
	quoted := make([]string, len(command))
	for i, arg := range command {
		arg = strings.NewReplacer(`\`, `\\\\`, `"`, `\\"`, "`", "\\\\`", `$`, `\\$`, `%`, `%%`).Replace(arg)
		quoted[i] = `"` + arg + `"`
	}
	return strings.Join(quoted, " ")
}
