package node

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/networks"
	"supercomputing/chain/types"
	"supercomputing/wallet/keys"
)

// Restore unpacks a backup into a data directory without a wallet, all or
// nothing, and gives the network that it is for (as the setting “network” says
// it) and its identity address. passphrase is the wallet's, of when it was
// backed up; the caller wipes it.
func (Wallets) Restore(dir, path string, passphrase []byte) (network, identity string, err error) {
	_, statErr := os.Stat(dir)
	lock, err := lockDir(dir)
	if err != nil {
		return "", "", err
	}
	network, identity, err = restore(dir, path, passphrase)
	lock.Close()
	if err != nil && errors.Is(statErr, fs.ErrNotExist) {
		os.Remove(filepath.Join(dir, lockFile))
		os.Remove(dir) // only when it is empty
	}
	return network, identity, explain(err)
}

func restore(dir, file string, passphrase []byte) (network, identity string, err error) {
	if (Wallets{}).Exists(dir) {
		return "", "", view.Errorf(view.CodeConflict, "there is a wallet in %s already; nothing was changed", dir).
			WithHint("name another data directory with --datadir")
	}
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", "", view.Errorf(view.CodeNotFound, "there is no file %s", file)
	}
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	dropUnfinished(dir)
	temp, err := os.MkdirTemp(dir, restoreTemp+"*")
	if err != nil {
		return "", "", err
	}
	defer os.RemoveAll(temp)
	m, err := readBackup(bufio.NewReaderSize(f, 1<<20), func(name string, content io.Reader) error {
		return unpackFile(filepath.Join(temp, filepath.FromSlash(name)), content)
	})
	if errors.Is(err, errBackup) {
		return "", "", view.Errorf(view.CodeInvalid, "%s: %v; nothing was changed", file, err).
			WithHint("take another backup, or restore the wallet from its recovery words")
	}
	if err != nil {
		return "", "", err
	}
	if err := checkRestored(temp, &m, passphrase); err != nil {
		return "", "", err
	}
	network = m.Network
	if _, err := os.Stat(filepath.Join(temp, networkName)); err == nil {
		network = filepath.Join(dir, networkName)
	}
	if err := restoreSettings(dir, temp, network); err != nil {
		return "", "", err
	}
	return network, m.Identity, placeAll(dir, temp)
}

// restoreTemp begins the names of the folders that backups are unpacked in.
const restoreTemp = ".restore-"

// dropUnfinished removes what a killed restoring left behind, which can be as
// large as the backup. The caller holds the lock: none is under way.
func dropUnfinished(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), restoreTemp) {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// unpackFile writes one file of a backup, for its owner only.
func unpackFile(path string, content io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = io.Copy(f, content); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// checkRestored makes sure that the passphrase opens the keys, and that they,
// the network and the manifest belong together.
func checkRestored(temp string, m *backupManifest, passphrase []byte) error {
	bad := func(what string) error {
		return view.Errorf(view.CodeInvalid, "the backup is not a sound one: %s; nothing was changed", what)
	}
	p, err := restoredNetwork(temp, m)
	if err != nil {
		return bad(err.Error())
	}
	if hex.EncodeToString(p.ID[:]) != m.NetworkID {
		return bad(fmt.Sprintf("its network is another than this program knows as %q", m.Network))
	}
	ks, err := keys.Open(keystorePath(temp), keys.Options{})
	if errors.Is(err, keys.ErrNoKeystore) {
		return bad("it holds no keys")
	}
	if err != nil {
		return err
	}
	if err := ks.Unlock(passphrase); err != nil {
		return err
	}
	defer ks.Lock()
	id, err := ks.Identity()
	if err != nil {
		return err
	}
	if ks.CoinType() != p.CoinType || types.EncodeAddress(p.AddressPrefix, id.Address()) != m.Identity {
		return bad("its keys are another wallet's")
	}
	return nil
}

// restoredNetwork is the network of a backup: the one it brings along, or one
// that the program knows.
func restoredNetwork(temp string, m *backupManifest) (*consensus.Params, error) {
	if name := filepath.Join(temp, networkName); fileThere(name) {
		return LoadNetwork(name)
	}
	return networks.Builtin(m.Network)
}

func fileThere(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// restoreSettings leaves in temp the settings that the data directory will have:
// its own if it has some, else those of the backup, without what is of another
// machine.
func restoreSettings(dir, temp, network string) error {
	c := config.Default()
	own, backed := filepath.Join(dir, config.FileName), filepath.Join(temp, config.FileName)
	switch {
	case fileThere(own):
		var err error
		if c, err = config.Load(dir); err != nil {
			return view.Errorf(view.CodeInvalid, "%v", err).WithHint("repair the settings file; nothing was changed")
		}
	case fileThere(backed):
		raw, err := os.ReadFile(backed)
		if err != nil {
			return err
		}
		if got, err := config.Parse(raw); err == nil { // else it was of a newer program
			c = got
			dropForeign(&c)
		}
	}
	c.Network = network
	return c.Save(temp)
}

// dropForeign forgets what belongs to the other machine: its paths and programs,
// and what opened it to the world. A backup's settings could have been written
// by anybody who had it in his hands; they must not name programs to run.
func dropForeign(c *config.Config) {
	c.Engines = config.Engines{}
	c.Contribute.Dir, c.Contribute.Unsandboxed = "", ""
	c.Listen.Remote, c.Contact = "", ""
}

// placeAll moves what was unpacked into the data directory, the keys last: only
// with them there is a wallet. What stands in the way was left by an interrupted
// restoring or without its keys, and is set aside. A failure takes all back.
func placeAll(dir, temp string) error {
	aside := time.Now().UTC().Format(".old-20060102-150405")
	type move struct{ from, to string }
	var done []move
	step := func(from, to string) error {
		if err := os.Rename(from, to); err != nil {
			return err
		}
		done = append(done, move{from, to})
		return nil
	}
	place := func(name string) error {
		from, to := filepath.Join(temp, name), filepath.Join(dir, name)
		if !fileThere(from) {
			return nil
		}
		if fileThere(to) {
			if err := step(to, to+aside); err != nil {
				return err
			}
		}
		return step(from, to)
	}
	for _, name := range []string{walletDir, messageDir, accountDir, newsDir, networkName, config.FileName, keystoreFile} {
		if err := place(name); err != nil {
			for i := len(done) - 1; i >= 0; i-- {
				err = errors.Join(err, os.Rename(done[i].to, done[i].from))
			}
			return err
		}
	}
	return syncFolder(dir)
}

// syncFolder makes renames in a folder last. Windows cannot sync folders, and
// does not need to.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
