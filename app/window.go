//go:build cgo && !headless

package main

import (
	"context"

	"supercomputing/app/ui/desktop"
)

// openWindow opens the app and returns when it is closed.
func openWindow(ctx context.Context, r windowRequest) error {
	return desktop.Run(ctx, desktop.Options{Dir: r.dir, Version: version, Attach: r.attach, Demo: r.demo, Hidden: r.hidden, OpenLog: r.openLog})
}

// findDisplay says why no window can be shown here, nil when one can.
func findDisplay() error { return desktop.Display() }
