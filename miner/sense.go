package miner

import "context"

// Sensors tell what the pause rules need. Tests and phones have their own.
type Sensors interface {
	// Read asks once. programs are the names that are looked for. What cannot
	// be told is named in the reading's Unknown; that is no error.
	Read(ctx context.Context, programs []string) Reading
	// Close ends the connections that reading has opened; Read opens them again.
	Close()
}
