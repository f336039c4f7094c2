package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"supercomputing/chain"
)

func put(key, value string) *chain.Batch {
	b := &chain.Batch{Durable: true}
	b.Put([]byte(key), []byte(value))
	return b
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

func TestReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "chain")
	d, err := Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(put("a", "1")); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatalf("second close: %v", err)
	}
	if d, err = Open(dir, nil); err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if v, err := d.Get([]byte("a")); err != nil || string(v) != "1" {
		t.Fatalf("%q, %v", v, err)
	}
}

func TestOneOwner(t *testing.T) {
	if dir := os.Getenv("CHAIN_STORE_TEST_DIR"); dir != "" { // the second process
		_, err := Open(dir, nil)
		fmt.Printf("locked=%v %v\n", errors.Is(err, chain.ErrLocked), err)
		return
	}
	dir := t.TempDir()
	d, err := Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(dir, nil)
	wantErr(t, err, chain.ErrLocked)
	if !strings.Contains(err.Error(), dir) {
		t.Fatalf("%q does not name %s", err, dir)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	_, err = Open(link, nil)
	wantErr(t, err, chain.ErrLocked)

	cmd := exec.Command(os.Args[0], "-test.run=^TestOneOwner$", "-test.v")
	cmd.Env = append(os.Environ(), "CHAIN_STORE_TEST_DIR="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("locked=true")) || !bytes.Contains(out, []byte(dir)) {
		t.Fatalf("second process: %v\n%s", err, out)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if d, err = Open(dir, nil); err != nil {
		t.Fatalf("the lock outlived its owner: %v", err)
	}
	d.Close()
}

func TestNoPermissionIsNotLocked(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(file, nil)
	if err == nil || errors.Is(err, chain.ErrLocked) {
		t.Fatalf("got %v", err)
	}
}

func TestCorruptFiles(t *testing.T) {
	for _, c := range []struct{ name, glob string }{
		{"manifest", "MANIFEST-*"},
		{"table", "*.sst"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			d, err := Open(dir, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 200 {
				if err := d.Commit(put(fmt.Sprintf("key %d", i), strings.Repeat("x", 100))); err != nil {
					t.Fatal(err)
				}
			}
			if err := d.db.Flush(); err != nil {
				t.Fatal(err)
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			files, _ := filepath.Glob(filepath.Join(dir, c.glob))
			if len(files) == 0 {
				t.Fatal("nothing to spoil")
			}
			for _, f := range files {
				spoil(t, f)
			}
			d, err = Open(dir, nil)
			if err == nil {
				err = d.Scan([]byte("a"), []byte("z"), func(_, _ []byte) (bool, error) { return true, nil })
				d.Close()
			}
			wantErr(t, err, chain.ErrCorrupt)
		})
	}
}

func spoil(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		data[i] ^= 0x5a
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A disk that fails in the middle of a write ends the store, not the process,
// and nobody hangs.
func TestFailedWrite(t *testing.T) {
	mem := vfs.NewCrashableMem()
	toggle := &errorfs.Toggle{Injector: errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			return syscall.ENOSPC
		}
		return nil
	})}
	d, err := openFS("chain", errorfs.Wrap(mem, toggle), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Commit(put("a", "1")); err != nil {
		t.Fatal(err)
	}
	snap, err := d.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	toggle.On()
	err = d.Commit(put("b", "2"))
	wantErr(t, err, chain.ErrFailed)
	wantErr(t, err, chain.ErrDiskFull)
	toggle.Off()
	wantErr(t, d.Commit(put("c", "3")), chain.ErrFailed)
	_, err = d.Get([]byte("a"))
	wantErr(t, err, chain.ErrFailed)
	_, err = snap.Get([]byte("a"))
	wantErr(t, err, chain.ErrFailed)
	snap.Close()
	wantErr(t, d.Close(), chain.ErrFailed)

	// What was committed before is on the disk.
	d, err = openFS("chain", mem.CrashClone(vfs.CrashCloneCfg{}), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if v, err := d.Get([]byte("a")); err != nil || string(v) != "1" {
		t.Fatalf("%q, %v", v, err)
	}
	if v, err := d.Get([]byte("c")); err != nil || v != nil {
		t.Fatalf("%q, %v", v, err)
	}
}

// smallDisk reports how much room there is.
type smallDisk struct {
	vfs.FS
	free *uint64
}

func (s smallDisk) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{AvailBytes: *s.free, TotalBytes: 1 << 40}, nil
}

func TestFullDiskLosesNothing(t *testing.T) {
	free := uint64(1 << 30)
	d, err := openFS("chain", smallDisk{vfs.NewMem(), &free}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Commit(put("a", "1")); err != nil {
		t.Fatal(err)
	}
	free = spare
	err = d.Commit(put("b", "2"))
	wantErr(t, err, chain.ErrDiskFull)
	if errors.Is(err, chain.ErrFailed) {
		t.Fatal("a full disk is no failure yet")
	}
	if v, err := d.Get([]byte("a")); err != nil || string(v) != "1" {
		t.Fatalf("%q, %v", v, err)
	}
	free = 1 << 30
	if err := d.Commit(put("b", "2")); err != nil {
		t.Fatalf("after making room: %v", err)
	}
}

func TestOpenOnFailingDisk(t *testing.T) {
	always := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData {
			return syscall.EIO
		}
		return nil
	})
	_, err := openFS("chain", errorfs.Wrap(vfs.NewMem(), always), nil)
	if err == nil {
		t.Fatal("opened on a disk that does not sync")
	}
}

// Power loss at any moment: whole batches in order, and every durable one.
func TestCrash(t *testing.T) {
	mem := vfs.NewCrashableMem()
	d, err := openFS("chain", mem, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	rng := rand.New(rand.NewPCG(1, 2))
	durable := 0
	for i := 1; i <= 60; i++ {
		b := &chain.Batch{Durable: i%3 == 0}
		for k := range 20 {
			b.Put([]byte{byte(k)}, fmt.Appendf(nil, "%d", i))
		}
		if err := d.Commit(b); err != nil {
			t.Fatal(err)
		}
		if b.Durable {
			durable = i
		}
		if i%5 != 0 {
			continue
		}
		c, err := openFS("chain", mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(101), RNG: rng}), nil)
		if err != nil {
			t.Fatalf("after batch %d: %v", i, err)
		}
		v0, err := c.Get([]byte{0})
		if err != nil {
			t.Fatal(err)
		}
		for k := range 20 {
			if v, err := c.Get([]byte{byte(k)}); err != nil || !bytes.Equal(v, v0) {
				t.Fatalf("torn batch: %q beside %q, %v", v, v0, err)
			}
		}
		found := 0
		fmt.Sscan(string(v0), &found)
		if found < durable {
			t.Fatalf("batch %d was durable, found %d", durable, found)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestClosed(t *testing.T) {
	for name, s := range stores(t) {
		t.Run(name, func(t *testing.T) {
			if err := s.Commit(put("a", "1")); err != nil {
				t.Fatal(err)
			}
			a, err := s.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			b, err := s.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			b.Close()
			b.Close()
			_, err = b.Get([]byte("a"))
			wantErr(t, err, chain.ErrClosed)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			_, err = s.Get([]byte("a"))
			wantErr(t, err, chain.ErrClosed)
			wantErr(t, s.Commit(put("a", "1")), chain.ErrClosed)
			wantErr(t, s.Scan(nil, []byte("z"), nil), chain.ErrClosed)
			_, err = s.Snapshot()
			wantErr(t, err, chain.ErrClosed)
			if name == "pebble" {
				_, err = a.Get([]byte("a"))
				wantErr(t, err, chain.ErrClosed)
			}
			a.Close()
		})
	}
}

func stores(t *testing.T) map[string]chain.Store {
	d, err := openFS("chain", vfs.NewMem(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return map[string]chain.Store{"memory": chain.NewMemStore(), "pebble": d}
}

// The two stores answer alike, in the present and in snapshots.
func TestStoresAreEquivalent(t *testing.T) {
	all := stores(t)
	mem, disk := all["memory"], all["pebble"]
	rng := rand.New(rand.NewPCG(3, 4))
	key := func() []byte { return fmt.Appendf(nil, "%c%d", 'a'+rng.IntN(3), rng.IntN(100)) }
	type pair struct{ a, b chain.Snapshot }
	var snaps []pair
	for range 400 {
		b := &chain.Batch{Durable: rng.IntN(2) == 0}
		for range rng.IntN(8) {
			if rng.IntN(3) == 0 {
				b.Delete(key())
			} else {
				b.Put(key(), fmt.Appendf(nil, "%x", rng.Uint64())[:rng.IntN(8)])
			}
		}
		for _, s := range all {
			if err := s.Commit(b); err != nil {
				t.Fatal(err)
			}
		}
		if rng.IntN(20) == 0 {
			x, err := mem.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			y, err := disk.Snapshot()
			if err != nil {
				t.Fatal(err)
			}
			snaps = append(snaps, pair{x, y})
		}
	}
	compare(t, mem, disk, rng, key)
	for _, p := range snaps {
		compare(t, p.a, p.b, rng, key)
		p.a.Close()
		p.b.Close()
	}
}

func compare(t *testing.T, a, b chain.Reader, rng *rand.Rand, key func() []byte) {
	t.Helper()
	for range 50 {
		k := key()
		x, err := a.Get(k)
		if err != nil {
			t.Fatal(err)
		}
		y, err := b.Get(k)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(x, y) || (x == nil) != (y == nil) {
			t.Fatalf("%q: %q and %q", k, x, y)
		}
		from, to, limit := key(), key(), rng.IntN(30)
		if x, y := list(t, a, from, to, limit), list(t, b, from, to, limit); x != y {
			t.Fatalf("%q to %q: %s and %s", from, to, x, y)
		}
	}
}

func list(t *testing.T, r chain.Reader, from, to []byte, limit int) (out string) {
	t.Helper()
	err := r.Scan(from, to, func(key, value []byte) (bool, error) {
		out += fmt.Sprintf("%q=%q ", key, value)
		limit--
		return limit > 0, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestScanErrorsPass(t *testing.T) {
	mine := errors.New("mine")
	for name, s := range stores(t) {
		if err := s.Commit(put("a", "1")); err != nil {
			t.Fatal(err)
		}
		err := s.Scan([]byte("a"), []byte("b"), func(_, _ []byte) (bool, error) {
			// A reader may use the store.
			if v, err := s.Get([]byte("a")); err != nil || string(v) != "1" {
				t.Errorf("%s: %q, %v", name, v, err)
			}
			return true, mine
		})
		wantErr(t, err, mine)
	}
}

// Closing while others read and write ends their calls with an error.
func TestCloseUnderLoad(t *testing.T) {
	t.Parallel()
	for name, s := range stores(t) {
		t.Run(name, func(t *testing.T) {
			var wg sync.WaitGroup
			for i := range 4 {
				wg.Go(func() {
					for {
						var err error
						switch i {
						case 0:
							err = s.Commit(put("a", "1"))
						case 1:
							_, err = s.Get([]byte("a"))
						case 2:
							err = s.Scan([]byte("a"), []byte("z"), func(_, _ []byte) (bool, error) { return true, nil })
						case 3:
							var snap chain.Snapshot
							if snap, err = s.Snapshot(); err == nil {
								_, err = snap.Get([]byte("a"))
								snap.Close()
							}
						}
						if err != nil {
							if !errors.Is(err, chain.ErrClosed) {
								t.Errorf("call %d: %v", i, err)
							}
							return
						}
					}
				})
			}
			for range 50 {
				if err := s.Commit(put("b", "2")); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			wg.Wait()
		})
	}
}
