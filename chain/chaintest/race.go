//go:build race

package chaintest

// Race tells that the race detector is on. It slows the arithmetic of keys and
// hashes some fifteen times, so tests that use one goroutine are then shorter.
const Race = true
