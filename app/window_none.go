//go:build !cgo || headless

package main

import "context"

// openWindow opens the app; here there is none.
func openWindow(context.Context, windowRequest) error { return errNoWindow }

// findDisplay says why no window can be shown here.
func findDisplay() error { return errNoWindow }
