//go:build !linux

package render

import "testing"

func smallDisk(t *testing.T) string {
	t.Skip("only Linux mounts a small disk")
	return ""
}
