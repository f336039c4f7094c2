//go:build !unix || darwin

package desktop

import "context"

// clipboardImage gives the picture on the clipboard as PNG. The systems that
// have no selections offer pictures as files only.
func clipboardImage(context.Context) ([]byte, error) { return nil, nil }
