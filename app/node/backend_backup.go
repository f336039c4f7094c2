package node

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"supercomputing/app/config"
	"supercomputing/app/view"
	"supercomputing/chain/networks"
	"supercomputing/wallet"
)

// Backup implements view.Wallet. The node goes on: files are read as they are
// replaced or grow, each in a state that it was in.
func (n *Node) Backup(ctx context.Context, req view.BackupRequest) (view.BackupInfo, error) {
	if err := n.needWallet(); err != nil {
		return view.BackupInfo{}, err
	}
	if err := n.checkBackupPath(req.Path); err != nil {
		return view.BackupInfo{}, err
	}
	done, err := n.backing.wait(ctx)
	if err != nil {
		return view.BackupInfo{}, err
	}
	defer done()
	info, err := n.writeBackup(ctx, req.Path)
	if err != nil {
		return view.BackupInfo{}, explain(fmt.Errorf("backup: %w", err))
	}
	n.log.Info("the wallet was backed up", "path", info.Path, "bytes", info.Size)
	return info, nil
}

func (n *Node) checkBackupPath(name string) error {
	if !filepath.IsAbs(name) {
		return view.Errorf(view.CodeInvalid, "%q is not an absolute path", name)
	}
	if within(realPath(filepath.Dir(name)), realPath(n.dir)) {
		return view.Errorf(view.CodeInvalid, "%s lies in the data directory, and would be lost with it", name).
			WithHint("choose another disk")
	}
	if _, err := os.Lstat(name); err == nil {
		return backupThere(name)
	}
	if fi, err := os.Stat(filepath.Dir(name)); err != nil || !fi.IsDir() {
		return view.Errorf(view.CodeNotFound, "there is no folder %s on the node's machine", filepath.Dir(name))
	}
	return nil
}

func backupThere(name string) error {
	return view.Errorf(view.CodeConflict, "there is a file %s already; it was not touched", name).WithHint("choose another name")
}

// writeBackup writes beside the name first. The name is taken at the beginning,
// by an empty file, and gets its content as a whole.
func (n *Node) writeBackup(ctx context.Context, name string) (info view.BackupInfo, err error) {
	mark, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return info, backupThere(name)
	}
	if err != nil {
		return info, err
	}
	mark.Close()
	f, err := os.CreateTemp(filepath.Dir(name), ".backup-*") // mode 0600
	if err != nil {
		return info, errors.Join(err, os.Remove(name))
	}
	info, err = n.fillBackup(ctx, f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return view.BackupInfo{}, errors.Join(err, os.Remove(f.Name()), os.Remove(name))
	}
	_ = syncFolder(filepath.Dir(name)) // a stick may be pulled out next; some of them cannot be asked
	info.Path = name
	return info, nil
}

func (n *Node) fillBackup(ctx context.Context, f *os.File) (info view.BackupInfo, err error) {
	out := bufio.NewWriterSize(f, 1<<20)
	now := time.Now().UTC().Truncate(time.Second)
	w := &backupWriter{tar: tar.NewWriter(out), manifest: backupManifest{Format: backupFormat, Version: backupVersion, Created: now,
		Program: n.version, Network: n.params.Name, NetworkID: hex.EncodeToString(n.params.ID[:]), Identity: n.identity(), Files: []backupPart{}}}
	info.Time = now
	for _, part := range []struct {
		what string
		add  func(context.Context, *backupWriter) error
	}{
		{"keys", n.backKeys}, {"settings", n.backSettings}, {"history and labels", n.backJournal(walletDir)},
		{"messages and contacts", n.backMessages}, {"shared accounts", n.backAccounts}, {"news channels", n.backJournal(newsDir)},
	} {
		if err := part.add(ctx, w); err != nil {
			return info, err
		}
		info.Contains = append(info.Contains, part.what)
	}
	if err := errors.Join(w.finish(), out.Flush(), f.Sync()); err != nil {
		return info, err
	}
	fi, err := f.Stat()
	if err != nil {
		return info, err
	}
	info.Size = fi.Size()
	return info, nil
}

func (w *backupWriter) addBytes(ctx context.Context, name string, data []byte) error {
	return w.add(ctx, name, int64(len(data)), bytes.NewReader(data))
}

// backKeys adds the keystore as it is encrypted on the disk.
func (n *Node) backKeys(ctx context.Context, w *backupWriter) error {
	raw, err := os.ReadFile(keystorePath(n.dir))
	if err != nil {
		return err
	}
	return w.addBytes(ctx, keystoreFile, raw)
}

// backSettings adds the settings, and the network if not every program knows it.
func (n *Node) backSettings(ctx context.Context, w *backupWriter) error {
	raw, err := os.ReadFile(filepath.Join(n.dir, config.FileName))
	if err == nil && len(raw) > 0 {
		err = w.addBytes(ctx, config.FileName, raw)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if p, err := networks.Builtin(n.params.Name); err == nil && p.ID == n.params.ID {
		return nil
	}
	return w.addBytes(ctx, networkName, networks.Encode(n.params))
}

func (n *Node) backJournal(dir string) func(context.Context, *backupWriter) error {
	return func(ctx context.Context, w *backupWriter) error { return w.addJournal(ctx, n.dir, dir) }
}

// addJournal adds the journal of a folder, which may be none.
func (w *backupWriter) addJournal(ctx context.Context, root, dir string) error {
	raw, err := wallet.ReadJournal(filepath.Join(root, filepath.FromSlash(dir)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	return w.addBytes(ctx, path.Join(dir, wallet.JournalName), raw)
}

// backMessages adds the messages and what came with them; files that are still
// being received are left out.
func (n *Node) backMessages(ctx context.Context, w *backupWriter) error {
	if err := w.addJournal(ctx, n.dir, messageDir); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(n.dir, messageDir, filesName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(messageDir, filesName, e.Name())
		if !e.Type().IsRegular() || backupRoom(name) == 0 {
			continue
		}
		if err := n.backFile(ctx, w, name); err != nil && !errors.Is(err, errGone) {
			return err
		}
	}
	return nil
}

// errGone says that a file was deleted before it was opened.
var errGone = errors.New("the file is gone")

func (n *Node) backFile(ctx context.Context, w *backupWriter, name string) error {
	f, err := os.Open(filepath.Join(n.dir, filepath.FromSlash(name)))
	if errors.Is(err, fs.ErrNotExist) {
		return errGone
	}
	if err != nil {
		return err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	return w.add(ctx, name, fi.Size(), f)
}

// backAccounts adds the shared accounts, each with a folder of its own.
func (n *Node) backAccounts(ctx context.Context, w *backupWriter) error {
	if err := w.addJournal(ctx, n.dir, accountDir); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(n.dir, accountDir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		dir := path.Join(accountDir, e.Name())
		if !e.IsDir() || backupRoom(path.Join(dir, wallet.JournalName)) == 0 || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if err := w.addJournal(ctx, n.dir, dir); err != nil {
			return err
		}
	}
	return nil
}
