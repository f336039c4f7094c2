//go:build !unix || darwin

package desktop

// hasTray is true on systems whose desktop always has one.
func hasTray() bool { return true }

// tellsTheme is true on systems whose desktop always says if it is light or dark.
func tellsTheme() bool { return true }
