//go:build !unix || darwin

package desktop

// Display says why no window can be shown here, nil when one can: these systems
// always have a screen.
func Display() error { return nil }
