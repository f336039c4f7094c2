package gossip

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// stateFile holds what addrmgr's own peers.json does not: addresses of private
// networks and bans. It is a cache: a node whose file is lost or damaged asks
// its seeds again.
const (
	stateFile    = "gossip.json"
	stateVersion = 1
	maxStateFile = 4 << 20
)

type storedState struct {
	Version   int                  `json:"version"`
	Addresses []storedAddr         `json:"addresses"`
	Bans      map[string]time.Time `json:"bans"`
}

type storedAddr struct {
	Addr netip.AddrPort `json:"addr"`
	Seen time.Time      `json:"seen"`
	Good time.Time      `json:"good"`
}

// loadState reads the state file in dir; a missing file is an empty state.
func loadState(dir string) (storedState, error) {
	var s storedState
	f, err := os.Open(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	defer f.Close()
	if err := json.NewDecoder(io.LimitReader(f, maxStateFile)).Decode(&s); err != nil {
		return storedState{}, fmt.Errorf("%s: %w", stateFile, err)
	}
	if s.Version != stateVersion {
		return storedState{}, fmt.Errorf("%s: version %d, not %d", stateFile, s.Version, stateVersion)
	}
	return s, nil
}

// saveState replaces the state file in dir; a crash leaves the old or the new.
func saveState(dir string, s storedState) error {
	s.Version = stateVersion
	data, err := json.MarshalIndent(s, "", "\t")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, stateFile+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails after the rename, as it should
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(dir, stateFile))
}

func portText(p uint16) string { return strconv.Itoa(int(p)) }
