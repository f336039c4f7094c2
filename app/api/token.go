package api

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"supercomputing/app/view"
)

// The names of the API's files in a data directory.
const (
	TokenFile   = "api-token"   // the token, readable by the owner only
	AddressFile = "api-address" // host:port of the running node's API
)

// CreateToken gives the token of a node that starts: the one in the file, so
// that programs keep working over a restart, or a new random one of 32 bytes.
// A file that others could have read is replaced.
func CreateToken(path string) (string, error) {
	token, err := LoadToken(path)
	if err == nil {
		return token, nil
	}
	var b [32]byte
	rand.Read(b[:])
	token = hex.EncodeToString(b[:])
	if err := writePrivate(path, token+"\n"); err != nil {
		return "", fmt.Errorf("API token: %w", err)
	}
	return token, nil
}

// LoadToken reads the token that a running node wrote. A missing file means
// that no node ever ran there: view.ErrNotRunning.
func LoadToken(path string) (string, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", notRunning("there is no API token in " + filepath.Dir(path))
	}
	if err != nil {
		return "", fmt.Errorf("API token: %w", err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", view.Errorf(view.CodeUnauthorized, "the API token %s can be read by other users", path).
			WithHint("restart the node: it makes a new token")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("API token: %w", err)
	}
	token := strings.TrimSpace(string(raw))
	if b, err := hex.DecodeString(token); err != nil || len(b) != 32 {
		return "", view.Errorf(view.CodeUnauthorized, "the API token in %s is damaged", path).
			WithHint("restart the node: it makes a new token")
	}
	return token, nil
}

// writePrivate replaces a file by one that only its owner can read, whole or
// not at all.
func writePrivate(path, content string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err = f.WriteString(content); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// sameToken compares in constant time. Hashing first hides the length too.
func sameToken(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

func notRunning(why string) *view.Error {
	return view.Errorf(view.CodeNotRunning, "the node is not running: %s", why).
		WithHint("start it with “supercomputing node”, or name its data directory with --datadir")
}
