package keys

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"supercomputing/chain/types"
)

var light = Options{Argon2: LightArgon2(), Weak: true}

func newKeystore(t testing.TB, opts Options) *Keystore {
	t.Helper()
	k, err := Create(filepath.Join(t.TempDir(), "keystore.json"), mustWords(t, abandon), "", 7, []byte("pass"), opts)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func reopen(t testing.TB, k *Keystore) *Keystore {
	t.Helper()
	again, err := Open(k.path, light)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func TestKeystoreRoundTrip(t *testing.T) {
	k := newKeystore(t, light)
	info, err := os.Stat(k.path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	again := reopen(t, k)
	if !again.Locked() || k.Locked() {
		t.Error("Create must leave it unlocked, Open locked")
	}
	if again.Account().Encode() != k.Account().Encode() || again.CoinType() != 7 {
		t.Error("another account after reopening")
	}
	if err := again.Unlock([]byte("pass")); err != nil {
		t.Fatal(err)
	}
	for _, ks := range []*Keystore{k, again} {
		want, err := ks.Account().Address(Change, 5)
		if err != nil {
			t.Fatal(err)
		}
		key, err := ks.Key(Change, 5)
		if err != nil {
			t.Fatal(err)
		}
		if key.Address() != want {
			t.Error("locked and unlocked derivation differ")
		}
	}
	w, err := again.Words([]byte("pass"))
	if err != nil || w.Reveal() != abandon {
		t.Errorf("words do not come back: %v", err)
	}
	if _, err := again.Words([]byte("guess")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("words for a guess: %v", err)
	}
}

// The BIP 39 passphrase is part of the seed and is not asked for again.
func TestKeystoreKeepsBIP39Passphrase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k")
	k, err := Create(path, mustWords(t, abandon), "extra", 7, []byte("pass"), light)
	if err != nil {
		t.Fatal(err)
	}
	if k.Account().Encode() == newKeystore(t, light).Account().Encode() {
		t.Error("the BIP 39 passphrase was ignored")
	}
	if err := reopen(t, k).Unlock([]byte("pass")); err != nil {
		t.Error(err)
	}
}

func TestIdentity(t *testing.T) {
	k := reopen(t, newKeystore(t, light))
	id, err := k.Identity()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := id.Sign(types.Hash{}); !errors.Is(err, ErrLocked) {
		t.Errorf("signing while locked: %v", err)
	}
	if _, err := id.VRFSecret(); !errors.Is(err, ErrLocked) {
		t.Errorf("VRF while locked: %v", err)
	}
	if _, err := k.Key(Receive, 0); !errors.Is(err, ErrLocked) {
		t.Errorf("key while locked: %v", err)
	}
	if err := k.Unlock([]byte("pass")); err != nil {
		t.Fatal(err)
	}
	checkSignature(t, id.Address(), id.Sign)
	if first, _ := k.Account().Address(Receive, 0); first != id.Address() {
		t.Error("the identity is not the account's first address")
	}
	if s, err := id.VRFSecret(); err != nil || s == [32]byte{} {
		t.Errorf("VRF secret: %v", err)
	}
	held := k.secret
	k.Lock()
	if _, err := id.Sign(types.Hash{}); !errors.Is(err, ErrLocked) {
		t.Errorf("signing after Lock: %v", err)
	}
	if !bytes.Equal(held.seed, make([]byte, seedSize)) || held.vrf != [32]byte{} || !held.identity.secret.value.Key.IsZero() {
		t.Error("Lock left secrets in memory")
	}
	k.Lock() // twice is fine
}

func TestUnlockWrongPassphrase(t *testing.T) {
	k := reopen(t, newKeystore(t, light))
	for _, p := range []string{"", "Pass", "pass ", strings.Repeat("x", 10000)} {
		if err := k.Unlock([]byte(p)); !errors.Is(err, ErrPassphrase) {
			t.Errorf("%.10q: %v", p, err)
		}
	}
	if !k.Locked() {
		t.Error("a wrong passphrase unlocked it")
	}
	if err := k.Unlock([]byte("pass")); err != nil {
		t.Fatal(err)
	}
	if err := k.Unlock([]byte("guess")); !errors.Is(err, ErrPassphrase) || k.Locked() {
		t.Errorf("a guess at an unlocked keystore: %v, locked %v", err, k.Locked())
	}
	if err := k.Unlock([]byte("pass")); err != nil || k.Locked() {
		t.Errorf("unlocking twice: %v", err)
	}
}

func TestChangePassphrase(t *testing.T) {
	k := newKeystore(t, light)
	if err := k.ChangePassphrase([]byte("guess"), []byte("new")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("wrong old passphrase: %v", err)
	}
	if err := k.ChangePassphrase([]byte("pass"), nil); !errors.Is(err, ErrEmptyPassphrase) {
		t.Errorf("empty new passphrase: %v", err)
	}
	before, _ := os.ReadFile(k.path)
	if err := k.ChangePassphrase([]byte("pass"), []byte("new")); err != nil {
		t.Fatal(err)
	}
	if k.Locked() {
		t.Error("changing the passphrase locked it")
	}
	after, _ := os.ReadFile(k.path)
	if bytes.Equal(before, after) {
		t.Error("the file did not change")
	}
	again := reopen(t, k)
	if err := again.Unlock([]byte("pass")); !errors.Is(err, ErrPassphrase) {
		t.Errorf("the old passphrase: %v", err)
	}
	// Locked it stays locked.
	if err := again.ChangePassphrase([]byte("new"), []byte("newer")); err != nil || !again.Locked() {
		t.Errorf("change while locked: %v, locked %v", err, again.Locked())
	}
	if err := again.Unlock([]byte("newer")); err != nil {
		t.Error(err)
	}
}

func TestFailingDisk(t *testing.T) {
	full := errors.New("no space left on device")
	k := newKeystore(t, light)
	k.opts.write = func(string, []byte) error { return full }
	if err := k.ChangePassphrase([]byte("pass"), []byte("new")); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if err := k.Unlock([]byte("pass")); err != nil {
		t.Errorf("the old passphrase after a failed change: %v", err)
	}
	if err := reopen(t, k).Unlock([]byte("pass")); err != nil {
		t.Errorf("the old file after a failed change: %v", err)
	}
	// The disk fails after the new file took its place.
	k.opts.write = func(path string, data []byte) error {
		return errors.Join(writeFile(path, data), full)
	}
	if err := k.ChangePassphrase([]byte("pass"), []byte("new")); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if err := k.Unlock([]byte("new")); err != nil {
		t.Errorf("the file in place: %v", err)
	}
	opts := light
	opts.write = func(string, []byte) error { return full }
	if _, err := Create(filepath.Join(t.TempDir(), "k"), mustWords(t, abandon), "", 1, []byte("p"), opts); !errors.Is(err, full) {
		t.Errorf("create: %v", err)
	}
}

func TestWriteFileLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	blocked := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(blocked, "child"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeFile(blocked, []byte("x")); err == nil {
		t.Fatal("replaced a directory")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if err := writeFile(filepath.Join(dir, "none", "x"), []byte("x")); err == nil {
		t.Error("wrote into a missing directory")
	}
}

func TestCreateRefuses(t *testing.T) {
	k := newKeystore(t, light)
	w := mustWords(t, abandon)
	fresh := filepath.Join(t.TempDir(), "k")
	for _, c := range []struct {
		name string
		do   func() error
		want error
	}{
		{"existing file", func() error { _, err := Create(k.path, w, "", 1, []byte("p"), light); return err }, ErrKeystoreExists},
		{"no words", func() error { _, err := Create(fresh, Words{}, "", 1, []byte("p"), light); return err }, ErrWordCount},
		{"no passphrase", func() error { _, err := Create(fresh, w, "", 1, nil, light); return err }, ErrEmptyPassphrase},
		{"weak parameters", func() error {
			_, err := Create(fresh, w, "", 1, []byte("p"), Options{Argon2: LightArgon2()})
			return err
		}, ErrCost},
		{"coin out of range", func() error { _, err := Create(fresh, w, "", 1<<31, []byte("p"), light); return err }, ErrPath},
		{"no file", func() error { _, err := Open(fresh, light); return err }, ErrNoKeystore},
	} {
		if err := c.do(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	if _, err := os.Stat(fresh); err == nil {
		t.Error("a refused Create left a file")
	}
}

// Every flipped byte must be noticed before the passphrase is asked for, or
// be harmless (white space, letter case of a JSON key).
func TestDamagedFile(t *testing.T) {
	k := newKeystore(t, light)
	good, err := os.ReadFile(k.path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x11
		if err := os.WriteFile(k.path, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := Open(k.path, light)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) {
				t.Fatalf("byte %d (%q → %q): %v", i, good[i], bad[i], err)
			}
			continue
		}
		if err := again.Unlock([]byte("pass")); err != nil {
			t.Fatalf("byte %d (%q → %q) passed Open and failed Unlock: %v", i, good[i], bad[i], err)
		}
	}
	for name, data := range map[string][]byte{
		"empty": {}, "half": good[:len(good)/2], "other text": []byte("hello"), "too large": make([]byte, maxFile+1),
		"text behind": append(bytes.Clone(good), "{}"...), "array": []byte("[]"), "null": []byte("null"),
	} {
		if err := os.WriteFile(k.path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(k.path, light); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Header fields are bound to the ciphertext: a file with changed ones and a
// repaired checksum must not open.
func TestTamperedHeader(t *testing.T) {
	for name, tamper := range map[string]func(*header){
		"coin":   func(h *header) { h.Coin++ },
		"salt":   func(h *header) { h.Salt[0]++ },
		"nonce":  func(h *header) { h.Nonce[0]++ },
		"passes": func(h *header) { h.Time++ },
	} {
		k := newKeystore(t, light)
		tamper(&k.file.Header)
		k.file.Checksum = k.file.sum()
		if err := writeFile(k.path, k.file.encode()); err != nil {
			t.Fatal(err)
		}
		if err := reopen(t, k).Unlock([]byte("pass")); !errors.Is(err, ErrPassphrase) {
			t.Errorf("%s: %v", name, err)
		}
	}
	k := newKeystore(t, light)
	for name, c := range map[string]struct {
		tamper func(*header)
		want   error
	}{
		"version":  {func(h *header) { h.Version = 2 }, ErrVersion},
		"old form": {func(h *header) { h.Version = 0 }, ErrDamaged},
		"kdf":      {func(h *header) { h.KDF = "md5" }, ErrDamaged},
		"cipher":   {func(h *header) { h.Cipher = "rot13" }, ErrDamaged},
		"no salt":  {func(h *header) { h.Salt = nil }, ErrDamaged},
		"memory":   {func(h *header) { h.MemoryKiB = 1 << 31 }, ErrCost},
		"time":     {func(h *header) { h.Time = 1 << 20 }, ErrCost},
		"threads":  {func(h *header) { h.Threads = 255 }, ErrCost},
		"zero":     {func(h *header) { h.Argon2 = Argon2{} }, ErrCost},
	} {
		file := *k.file
		c.tamper(&file.Header)
		file.Checksum = file.sum()
		if _, err := decodeContainer(file.encode(), true); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := decodeContainer(k.file.encode(), false); !errors.Is(err, ErrCost) {
		t.Errorf("cheap parameters outside of tests: %v", err)
	}
	// Sealed under the right passphrase, but for another header's account.
	other := newKeystore(t, light)
	h := other.file.Header
	h.Coin = 8
	if err := other.rewrite(h, []byte("pass")); err != nil {
		t.Fatal(err)
	}
	if err := reopen(t, other).Unlock([]byte("pass")); !errors.Is(err, ErrDamaged) {
		t.Errorf("account of another coin: %v", err)
	}
}

func TestArgon2Limits(t *testing.T) {
	if err := DefaultArgon2().check(false); err != nil {
		t.Errorf("defaults: %v", err)
	}
	for _, a := range []Argon2{{}, {0, 1 << 16, 1}, {1, 1 << 16, 0}, {33, 1 << 16, 1}, {1, 1<<20 + 1, 1}, {1, 1 << 16, 17}, {1, 31, 4}} {
		if err := a.check(true); !errors.Is(err, ErrCost) {
			t.Errorf("%+v: %v", a, err)
		}
	}
}

// No way of printing a holder of secrets shows one.
func TestNothingPrintsSecrets(t *testing.T) {
	const words = "legal winner thank year wave sausage worth useful legal winner thank yellow"
	k, err := Create(filepath.Join(t.TempDir(), "k"), mustWords(t, words), "", 7, []byte("pass"), light)
	if err != nil {
		t.Fatal(err)
	}
	id, err := k.Identity()
	if err != nil {
		t.Fatal(err)
	}
	key, err := k.Key(Receive, 3)
	if err != nil {
		t.Fatal(err)
	}
	w := mustWords(t, words)
	type holder struct {
		W   Words
		w   Words
		K   *Keystore
		k   *Keystore
		I   *Identity
		key *Key
		Key Key
		A   *Account
		a   Account
	}
	h := holder{w, w, k, k, id, key, *key, k.Account(), *k.Account()}
	scalar := key.secret.value.Key.Bytes()
	identity := k.secret.identity.secret.value.Key.Bytes()
	secrets := []string{"sausage", k.Account().Encode(), k.secret.account.key.String()}
	for _, b := range [][]byte{*w.entropy.value, k.secret.seed, k.secret.vrf[:], scalar[:], identity[:], scalar[:8], identity[:8], k.secret.seed[:8]} {
		secrets = append(secrets, fmt.Sprintf("%x", b), fmt.Sprintf("%X", b), strings.Trim(fmt.Sprintf("%v", b), "[]"),
			strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", b), "[]byte{"), "}"), string(b))
	}
	var out strings.Builder
	log := slog.New(slog.NewTextHandler(&out, nil))
	jlog := slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range []any{w, &w, k, id, *id, key, *key, k.Account(), *k.Account(), h, &h, []Words{w}, map[string]any{"k": k, "key": *key}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		js, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(js)
		log.Info("x", "v", v)
		jlog.Info("x", "v", v)
	}
	for i, s := range secrets {
		if strings.Contains(out.String(), s) {
			at := strings.Index(out.String(), s)
			t.Errorf("secret %d was printed: …%s…", i, out.String()[max(0, at-60):at])
		}
	}
	if strings.Contains(out.String(), "%!") && strings.Contains(out.String(), "PANIC") {
		t.Error("a formatter panicked")
	}
	raw, _ := os.ReadFile(k.path)
	if bytes.Contains(raw, []byte("sausage")) || bytes.Contains(raw, k.secret.seed[:8]) {
		t.Error("the file shows a secret")
	}
}

func TestKeystoreConcurrent(t *testing.T) {
	k := newKeystore(t, light)
	id, err := k.Identity()
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for j := range uint32(10) {
				switch i {
				case 0:
					k.Lock()
				case 1:
					if err := k.Unlock([]byte("pass")); err != nil {
						t.Error(err)
					}
				case 2:
					if _, err := k.Key(Change, j); err != nil && !errors.Is(err, ErrLocked) {
						t.Error(err)
					}
				default:
					if _, err := id.Sign(types.Hash{}); err != nil && !errors.Is(err, ErrLocked) {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
}

func FuzzKeystoreFile(f *testing.F) {
	k := newKeystore(f, light)
	f.Add(k.file.encode())
	f.Add([]byte(`{"header":{"version":1,"kdf":"argon2id","time":4294967295,"memory_kib":4294967295,"threads":255},"sealed":"","checksum":""}`))
	f.Add([]byte(`{"header":{"version":99}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := decodeContainer(data, true)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrVersion) && !errors.Is(err, ErrCost) {
				t.Fatalf("untyped error %v", err)
			}
			return
		}
		again, err := decodeContainer(c.encode(), true)
		if err != nil || !bytes.Equal(again.encode(), c.encode()) {
			t.Fatalf("a decoded file does not survive a round trip: %v", err)
		}
	})
}
