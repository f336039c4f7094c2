package desktop

import (
	"context"
	"time"

	"supercomputing/app/view"
)

// secretStays is how long a secret stays on the clipboard.
const secretStays = time.Minute

// CopyText implements view.Desktop. It runs on the UI thread.
func (h *Host) CopyText(s string, secret bool) {
	h.screen.SetClipboard(s)
	if !secret {
		return
	}
	h.copied = s
	time.AfterFunc(secretStays, func() {
		h.screen.Later(func() {
			if h.copied == s {
				h.forgetCopied()
			}
		})
	})
}

// forgetCopied takes a secret off the clipboard, unless something else was copied
// since. The end of the program does, too: nobody would later. It runs on the UI
// thread.
func (h *Host) forgetCopied() {
	if h.copied != "" && h.screen.Clipboard() == h.copied {
		h.screen.SetClipboard("")
	}
	h.copied = ""
}

// ClipboardText implements view.Desktop. It runs on the UI thread.
func (h *Host) ClipboardText() string { return h.screen.Clipboard() }

// ClipboardImage implements view.Desktop.
func (h *Host) ClipboardImage(ctx context.Context) ([]byte, error) {
	return await(ctx, func() ([]byte, error) { return clipboardImage(ctx) })
}

// Notify implements view.Desktop.
func (h *Host) Notify(n view.Notice) { h.screen.Notify(n) }

// HasTray implements view.Desktop.
func (h *Host) HasTray() bool { return h.screen.HasTray() }
