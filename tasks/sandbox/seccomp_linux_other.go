//go:build linux && !amd64 && !arm64

package sandbox

import "fmt"

func filter() ([]byte, error) {
	return nil, fmt.Errorf("%w: no filter of system calls for this processor", ErrUnavailable)
}
