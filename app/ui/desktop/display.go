package desktop

import "errors"

// ErrNoDisplay says that there is no screen to show a window on.
var ErrNoDisplay = errors.New("there is no display")
