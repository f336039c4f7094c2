package node

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supercomputing/app/config"
	"supercomputing/app/view"
)

// TestBackup backs a running node up and restores it elsewhere.
func TestBackup(t *testing.T) {
	if testing.Short() {
		t.Skip("real nodes")
	}
	t.Parallel()
	dir := t.TempDir()
	m := newMember(t, filepath.Join(dir, "a"))
	found(t, m)
	m.cfg.Engines.Blender, m.cfg.Outbound = "/opt/blender", 3
	if err := m.cfg.Save(m.dir); err != nil {
		t.Fatal(err)
	}
	stop := m.start(t)
	ctx := t.Context()
	address := must[view.AddressInfo](t)(m.client.NewAddress(ctx, "from the shop"))
	name := "Grace"
	must[view.Contact](t)(m.client.PutContact(ctx, view.ContactRequest{Address: m.other(t), Name: &name}))
	file := filepath.Join(dir, "backup.tar")
	attached := filepath.Join(m.dir, messageDir, filesName, strings.Repeat("ab", 16))
	if err := os.WriteFile(attached, []byte("sealed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(attached+".part", []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	info := must[view.BackupInfo](t)(m.client.Backup(ctx, view.BackupRequest{Path: file}))
	fi := must[os.FileInfo](t)(os.Stat(file))
	if info.Path != file || info.Size != fi.Size() || fi.Mode().Perm() != 0o600 || len(info.Contains) < 5 {
		t.Errorf("backup: %+v, %v", info, fi.Mode())
	}
	for path, want := range map[string]error{
		file:                                     view.ErrConflict, // nothing is replaced
		"relative.tar":                           view.ErrInvalid,
		filepath.Join(m.dir, "b.tar"):            view.ErrInvalid,
		filepath.Join(m.dir, walletDir, "b.tar"): view.ErrInvalid,
		filepath.Join(dir, "no", "b.tar"):        view.ErrNotFound,
	} {
		if _, err := m.client.Backup(ctx, view.BackupRequest{Path: path}); !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := m.ready.Backend.Backup(stopped, view.BackupRequest{Path: filepath.Join(dir, "c.tar")}); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	stop()
	if left := must[[]os.DirEntry](t)(os.ReadDir(dir)); len(left) != 2 {
		t.Errorf("left behind: %v", left)
	}
	m.restoreWrongly(t, dir, file)

	b := &member{dir: filepath.Join(dir, "b")}
	killed := filepath.Join(b.dir, restoreTemp+"1") // as a killed restoring leaves it
	if err := os.MkdirAll(filepath.Join(killed, walletDir), 0o700); err != nil {
		t.Fatal(err)
	}
	network, identity, err := Wallets{}.Restore(b.dir, file, []byte(testPass))
	if err != nil {
		t.Fatal(err)
	}
	if network != filepath.Join(b.dir, networkName) || identity != m.ready.Identity {
		t.Errorf("restored %q, %q", network, identity)
	}
	if fileThere(killed) {
		t.Error("what an earlier restoring left is still there")
	}
	if b.cfg, err = config.Load(b.dir); err != nil || b.cfg.Network != network || b.cfg.Outbound != 3 || b.cfg.Engines.Blender != "" {
		t.Errorf("settings: %+v, %v", b.cfg, err)
	}
	if raw, err := os.ReadFile(filepath.Join(b.dir, messageDir, filesName, filepath.Base(attached))); string(raw) != "sealed" {
		t.Errorf("attachment %q, %v", raw, err)
	}
	b.start(t)
	labels := make(map[string]string)
	for _, a := range must[[]view.AddressInfo](t)(b.client.Addresses(ctx)) {
		labels[a.Address] = a.Label
	}
	if labels[address.Address] != "from the shop" {
		t.Errorf("labels: %v", labels)
	}
	if list := must[[]view.Contact](t)(b.client.Contacts(ctx)); len(list) != 1 || list[0].Name != name {
		t.Errorf("contacts: %+v", list)
	}
	if _, _, err := (Wallets{}).Restore(b.dir, file, []byte(testPass)); !errors.Is(err, view.ErrBusy) {
		t.Errorf("while it runs: %v", err)
	}
}

// other is an address of nobody.
func (m *member) other(t *testing.T) string {
	t.Helper()
	o := newMember(t, filepath.Join(t.TempDir(), "o"))
	return m.ready.Backend.(*Node).addressText(o.id)
}

// restoreWrongly tries what must fail, and leaves nothing.
func (m *member) restoreWrongly(t *testing.T, dir, file string) {
	t.Helper()
	good := must[[]byte](t)(os.ReadFile(file))
	for name, c := range map[string]struct {
		change func([]byte) []byte
		pass   string
		want   error
	}{
		"passphrase":   {func(b []byte) []byte { return b }, "wrong", view.ErrWrongPassphrase},
		"cut":          {func(b []byte) []byte { return b[:len(b)/2] }, testPass, view.ErrInvalid},
		"in the keys":  {func(b []byte) []byte { return b[:900] }, testPass, view.ErrInvalid},
		"cut short":    {func(b []byte) []byte { return b[:len(b)-1536] }, testPass, view.ErrInvalid},
		"one bit":      {func(b []byte) []byte { b[700] ^= 1; return b }, testPass, view.ErrInvalid},
		"empty":        {func([]byte) []byte { return nil }, testPass, view.ErrInvalid},
		"rubbish":      {func([]byte) []byte { return bytes.Repeat([]byte("rubbish!"), 4096) }, testPass, view.ErrInvalid},
		"other's keys": {func(b []byte) []byte { return retar(t, b, func(e *entry) { m.otherKeys(t, e) }) }, testPass, view.ErrInvalid},
		"no keys":      {func(b []byte) []byte { return retar(t, b, func(e *entry) { e.drop = e.name == keystoreFile }) }, testPass, view.ErrInvalid},
	} {
		bad := filepath.Join(t.TempDir(), "bad.tar")
		if err := os.WriteFile(bad, c.change(bytes.Clone(good)), 0o600); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(dir, "new")
		if _, _, err := (Wallets{}).Restore(to, bad, []byte(c.pass)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if left, err := os.ReadDir(to); err == nil {
			t.Errorf("%s left %v", name, left)
		}
	}
	if _, _, err := (Wallets{}).Restore(m.dir, file, []byte(testPass)); !errors.Is(err, view.ErrConflict) {
		t.Errorf("over a wallet: %v", err)
	}
	if _, _, err := (Wallets{}).Restore(filepath.Join(dir, "new"), file+"x", []byte(testPass)); !errors.Is(err, view.ErrNotFound) {
		t.Errorf("no file: %v", err)
	}
	// A folder without keys is in the way: it stays, under another name.
	to := filepath.Join(dir, "half")
	if err := os.MkdirAll(filepath.Join(to, walletDir), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := (Wallets{}).Restore(to, file, []byte(testPass)); err != nil {
		t.Errorf("beside a left folder: %v", err)
	}
	if old, _ := filepath.Glob(filepath.Join(to, walletDir+".old-*")); len(old) != 1 || !(Wallets{}).Exists(to) {
		t.Errorf("set aside: %v", old)
	}
}

// otherKeys puts another wallet's keys into a backup.
func (m *member) otherKeys(t *testing.T, e *entry) {
	if e.name == keystoreFile {
		o := newMember(t, filepath.Join(t.TempDir(), "o"))
		e.data = must[[]byte](t)(os.ReadFile(keystorePath(o.dir)))
	}
}

// entry is one file of a backup that a test changes.
type entry struct {
	name string
	data []byte
	drop bool
}

// retar changes files of a backup and makes a fitting manifest for them.
func retar(t *testing.T, raw []byte, change func(*entry)) []byte {
	t.Helper()
	var out bytes.Buffer
	w := &backupWriter{tar: tar.NewWriter(&out)}
	m, err := readBackup(bytes.NewReader(raw), func(name string, content io.Reader) error {
		data, err := io.ReadAll(content)
		e := entry{name: name, data: data}
		if change(&e); e.drop || err != nil {
			return err
		}
		return w.addBytes(t.Context(), e.name, e.data)
	})
	if err != nil {
		t.Fatal(err)
	}
	m.Files = w.manifest.Files
	w.manifest = m
	if err := w.finish(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBackupNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"keystore.json": true, "config.json": true, "network.json": true, "wallet/wallet.journal": true, "messages/wallet.journal": true,
		"accounts/" + strings.Repeat("0f", 32) + "/wallet.journal": true, "messages/files/" + strings.Repeat("0f", 16): true,
		"": false, "/keystore.json": false, "../keystore.json": false, "wallet/../keystore.json": false, "wallet//wallet.journal": false,
		"keystore.json\n": false, "api-token": false, "chain/x": false, "messages/files/../x": false, "messages/files/" + strings.Repeat("0F", 16): false,
		`messages\files\0f0f0f0f`: false, "messages/files/0f0f0f0f.part": false, "accounts/x/wallet.journal": false, "manifest.json": false,
	} {
		if got := backupRoom(name) > 0; got != ok {
			t.Errorf("%q: %v", name, got)
		}
	}
}

// sampleBackup is a small backup.
func sampleBackup(files ...string) []byte {
	var out bytes.Buffer
	w := &backupWriter{tar: tar.NewWriter(&out), manifest: backupManifest{Format: backupFormat, Version: backupVersion, Files: []backupPart{}}}
	for _, f := range files {
		_ = w.addBytes(context.Background(), f, []byte("content of "+f))
	}
	_ = w.finish()
	return out.Bytes()
}

func TestReadBackup(t *testing.T) {
	write := func(hs ...*tar.Header) []byte {
		var out bytes.Buffer
		w := tar.NewWriter(&out)
		for _, h := range hs {
			_ = w.WriteHeader(h)
			_, _ = w.Write(make([]byte, h.Size))
		}
		w.Close()
		return out.Bytes()
	}
	for name, c := range map[string]struct {
		raw []byte
		ok  bool
	}{
		"good":      {sampleBackup("keystore.json", "wallet/wallet.journal"), true},
		"none":      {sampleBackup(), true},
		"twice":     {write(&tar.Header{Name: "config.json", Size: 3}, &tar.Header{Name: "config.json", Size: 3}), false},
		"link":      {write(&tar.Header{Name: "config.json", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}), false},
		"folder":    {write(&tar.Header{Name: "wallet/", Typeflag: tar.TypeDir}), false},
		"outside":   {write(&tar.Header{Name: "../keystore.json", Size: 3}), false},
		"too large": {write(&tar.Header{Name: "keystore.json", Size: 17 << 10}), false},
		"sparse":    {write(&tar.Header{Name: "config.json", Size: 3, PAXRecords: map[string]string{"X.y": "1"}}), false},
		"no end":    {write(&tar.Header{Name: "keystore.json", Size: 3}), false},
		"manifest":  {write(&tar.Header{Name: manifestName, Size: 3}), false},
	} {
		_, err := readBackup(bytes.NewReader(c.raw), func(string, io.Reader) error { return nil })
		if c.ok != (err == nil) || err != nil && !errors.Is(err, errBackup) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzReadBackup(f *testing.F) {
	f.Add(sampleBackup())
	f.Add(sampleBackup("keystore.json", "config.json", "wallet/wallet.journal", "messages/files/0f0f0f0f"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got := make(map[string]int64)
		m, err := readBackup(bytes.NewReader(raw), func(name string, content io.Reader) error {
			if backupRoom(name) == 0 {
				t.Fatalf("handed out %q", name)
			}
			n, err := io.Copy(io.Discard, content)
			got[name] = n
			return err
		})
		if err != nil {
			return
		}
		for _, p := range m.Files {
			if got[p.Name] != p.Size {
				t.Fatalf("%q has %d bytes, not %d", p.Name, got[p.Name], p.Size)
			}
		}
	})
}
