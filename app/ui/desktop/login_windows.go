package desktop

import (
	"errors"
	"strings"
	"syscall"

	"golang.org/x/sys/windows/registry"
)

// The value of the user's registry that starts the program at login.
const (
	loginKey   = `Software\Microsoft\Windows\CurrentVersion\Run`
	loginValue = "Supercomputing"
)

func startsAtLogin() (bool, error) {
	k, err := registry.OpenKey(registry.CURRENT_USER, loginKey, registry.QUERY_VALUE)
	if err != nil {
		return false, err
	}
	defer k.Close()
	_, _, err = k.GetStringValue(loginValue)
	if errors.Is(err, registry.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func startAtLogin(on bool, command []string) error {
	k, err := registry.OpenKey(registry.CURRENT_USER, loginKey, registry.SET_VALUE)
	if err != nil {
		return err
	}
	defer k.Close()
	if !on {
		if err := k.DeleteValue(loginValue); err != nil && !errors.Is(err, registry.ErrNotExist) {
			return err
		}
		return nil
	}
	quoted := make([]string, len(command))
	for i, arg := range command {
		quoted[i] = syscall.EscapeArg(arg)
	}
	return k.SetStringValue(loginValue, strings.Join(quoted, " "))
}
