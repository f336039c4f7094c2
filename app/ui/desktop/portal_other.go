//go:build !unix || darwin

package desktop

import (
	"context"

	"supercomputing/app/ui/text"
)

// chooseNative shows the desktop's own dialog. known is false where there is
// none; here the toolkit's serves.
func chooseNative(context.Context, Choice, *text.Catalog) (path string, known bool, err error) {
	return "", false, nil
}
