//go:build race

package uitest

// raced tells that the race detector watches.
const raced = true
