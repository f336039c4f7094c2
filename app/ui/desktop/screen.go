//go:build cgo && !headless

package desktop

import (
	"context"
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"supercomputing/app/view"
)

var _ Screen = (*window)(nil)

// SetClipboard implements Screen.
func (w *window) SetClipboard(s string) { w.app.Clipboard().SetContent(s) }

// Clipboard implements Screen.
func (w *window) Clipboard() string { return w.app.Clipboard().Content() }

// Later implements Screen.
func (w *window) Later(fn func()) { w.post(fn) }

// Notify implements Screen.
func (w *window) Notify(n view.Notice) {
	go w.app.SendNotification(fyne.NewNotification(n.Title, n.Text)) // a desktop's bus can be slow
}

// HasTray implements Screen.
func (w *window) HasTray() bool { return hasTray() }

// Choose implements Screen.
func (w *window) Choose(ctx context.Context, c Choice) (string, error) {
	type answer struct {
		path string
		err  error
	}
	done := make(chan answer, 1)
	var d *dialog.FileDialog
	w.post(func() {
		d = w.dialog(c, func(path string, err error) { done <- answer{path, err} })
		d.Show()
		size := w.main.Canvas().Size() // after Show: the dialog has no window before
		d.Resize(fyne.NewSize(min(900, size.Width-24), min(620, size.Height-24)))
	})
	select {
	case a := <-done:
		return a.path, asView(a.err)
	case <-ctx.Done():
		w.post(func() { // behind the one that makes it
			if d != nil {
				d.Hide()
			}
		})
		return "", ctx.Err()
	}
}

// dialog makes the toolkit's dialog. chosen gets "" when it is cancelled.
func (w *window) dialog(c Choice, chosen func(string, error)) *dialog.FileDialog {
	words := w.host.catalog()
	var d *dialog.FileDialog
	switch {
	case c.Folder:
		d = dialog.NewFolderOpen(func(u fyne.ListableURI, err error) {
			if u == nil {
				chosen("", err)
				return
			}
			chosen(u.Path(), err)
		}, w.main)
		d.SetConfirmText(words.T("desktop.dialog.open"))
	case c.Save != "":
		d = dialog.NewFileSave(func(f fyne.URIWriteCloser, err error) {
			if f == nil {
				chosen("", err)
				return
			}
			f.Close()
			chosen(f.URI().Path(), dropEmpty(f.URI().Path()))
		}, w.main)
		d.SetFileName(c.Save)
		d.SetConfirmText(words.T("desktop.dialog.save"))
	default:
		d = dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
			if f == nil {
				chosen("", err)
				return
			}
			f.Close()
			chosen(f.URI().Path(), err)
		}, w.main)
		if all := extensions(c.Kinds); all != nil {
			d.SetFilter(storage.NewExtensionFileFilter(all))
		}
		d.SetConfirmText(words.T("desktop.dialog.open"))
	}
	d.SetDismissText(words.T("desktop.dialog.cancel"))
	d.SetTitleText(c.Title)
	return d
}

// dropEmpty removes the empty file that the toolkit makes when a name is chosen:
// who writes it makes it, and a backup never goes where something is.
func dropEmpty(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Size() > 0 {
		return nil // whoever writes finds out
	}
	return os.Remove(path)
}

// extensions are those of all kinds; nil when any file may be chosen.
func extensions(kinds []view.FileKind) (all []string) {
	for _, k := range kinds {
		if len(k.Extensions) == 0 {
			return nil
		}
		all = append(all, k.Extensions...)
	}
	return all
}
