//go:build cgo && !headless

package desktop

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

// appID is the program's name towards desktops: of its window, its menu entry
// and its notifications.
const appID = "org.supercomputing.app"

// Run shows the windows until they are closed for good, or ctx is done, which
// is no error. It has to be called on the main goroutine.
func Run(ctx context.Context, o Options) error {
	a := app.NewWithID(appID)
	w := a.NewWindow("Supercomputing")
	w.SetContent(widget.NewLabel("Supercomputing"))
	w.Resize(fyne.NewSize(1180, 760))
	stop := context.AfterFunc(ctx, func() { fyne.Do(a.Quit) })
	defer stop()
	w.ShowAndRun()
	return nil
}
