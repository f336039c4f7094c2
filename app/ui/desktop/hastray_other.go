//go:build !unix || darwin

package desktop

// hasTray is true on systems whose desktop always has one.
func hasTray() bool { return true }
