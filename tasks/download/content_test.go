package download

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anacrolix/dht/v2/krpc"
	"github.com/anacrolix/torrent/metainfo"
)

// publishTree hashes a small folder and opens its content read-only.
func publishTree(t *testing.T) (*Layout, string, []fileStamp) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tree")
	os.MkdirAll(filepath.Join(dir, "sub"), 0o755)
	randomFile(t, filepath.Join(dir, "a"), 100<<10)
	randomFile(t, filepath.Join(dir, "sub", "b"), 200<<10+3)
	l, stamps, err := hashPath(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return l, dir, stamps
}

func TestContentProof(t *testing.T) {
	l, src, _ := publishTree(t)
	base, state := t.TempDir(), filepath.Join(t.TempDir(), "done")
	open := func() *content {
		c, err := openContent(l, base, state, false, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	source := &content{l: l, base: filepath.Dir(src)}
	c := open()
	if c.checking() != 0 || c.have().Count() != 0 {
		t.Fatalf("an empty folder: %d to check, %d held", c.checking(), c.have().Count())
	}
	buf := make([]byte, l.PieceLength)
	fill := func(c *content, i int) {
		t.Helper()
		b := buf[:l.PieceSize(i)]
		if _, err := source.readAt(b, int64(i)*l.PieceLength); err != nil {
			t.Fatal(err)
		}
		if _, err := c.writeAt(b, int64(i)*l.PieceLength); err != nil {
			t.Fatal(err)
		}
	}
	for i := range l.Pieces() - 1 {
		fill(c, i)
		if i != 1 { // written, but never hashed: a crash came first
			c.mark(i, true)
		}
	}
	if err := c.save(); err != nil {
		t.Fatal(err)
	}
	c = open()
	if c.checking() != 1 || c.have().Has(1) || c.have().Count() != l.Pieces()-2 {
		t.Errorf("after a crash: %d to check, %b held", c.checking(), c.have())
	}
	fill(c, l.Pieces()-1)
	for i := range l.Pieces() {
		c.mark(i, true)
	}
	c.save()
	if c = open(); c.checking() != 0 || c.have().Count() != l.Pieces() {
		t.Errorf("complete: %d to check, %d held", c.checking(), c.have().Count())
	}
	// Changed behind our back: checked again.
	b := filepath.Join(base, "tree", "sub", "b")
	os.Chtimes(b, epoch, epoch)
	if c = open(); c.checking() == 0 || c.have().Count()+c.checking() != l.Pieces() {
		t.Errorf("touched: %d to check, %d held", c.checking(), c.have().Count())
	}
	os.Truncate(b, 10)
	os.Remove(filepath.Join(base, "tree", "a"))
	if c = open(); c.have().Count() != 0 {
		t.Errorf("cut: %d held", c.have().Count())
	}
	os.WriteFile(state, []byte("garbage"), 0o600)
	if c = open(); c.have().Count() != 0 {
		t.Error("a garbled proof was believed")
	}
	other := filepath.Join(base, "tree", "mine.txt")
	os.WriteFile(other, []byte("x"), 0o600)
	if err := c.remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error("somebody else's file was deleted:", err)
	}
}

// TestDiskFull writes through a link to /dev/full, a disk without room.
func TestDiskFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	l, _, _ := publishTree(t)
	base := t.TempDir()
	c, err := openContent(l, base, filepath.Join(t.TempDir(), "done"), false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", filepath.Join(base, "tree", "a")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.writeAt(make([]byte, 100), 0); !errors.Is(err, ErrDiskFull) || !errors.Is(c.fault(), ErrDiskFull) {
		t.Errorf("%v, fault %v", err, c.fault())
	}
	if _, err := c.writeAt(make([]byte, 100), 150<<10); err != nil || c.fault() != nil {
		t.Errorf("a file with room: %v, fault %v", err, c.fault())
	}
}

func TestPublishRefuses(t *testing.T) {
	e, _ := startEngine(t, t.TempDir(), nil)
	dir := t.TempDir()
	empty, zero := filepath.Join(dir, "empty"), filepath.Join(dir, "zero")
	os.Mkdir(empty, 0o755)
	randomFile(t, zero, 0)
	odd := filepath.Join(dir, "a\nb")
	randomFile(t, odd, 10)
	big := filepath.Join(dir, "big")
	randomFile(t, big, 1<<20)
	stopped, cancel := context.WithCancelCause(t.Context())
	why := errors.New("changed my mind")
	for _, c := range []struct {
		name, path string
		ctx        context.Context
		progress   func(int64, int64)
		want       error
	}{
		{"missing", filepath.Join(dir, "none"), t.Context(), nil, os.ErrNotExist},
		{"empty folder", empty, t.Context(), nil, ErrEmpty},
		{"empty file", zero, t.Context(), nil, ErrEmpty},
		{"name", odd, t.Context(), nil, ErrMetainfo},
		{"changes meanwhile", big, t.Context(), func(int64, int64) { os.Chtimes(big, epoch, epoch) }, ErrChanged},
		{"cancelled", big, stopped, func(int64, int64) { cancel(why) }, why},
	} {
		if _, err := e.Publish(c.ctx, c.path, c.progress); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if n := len(e.List()); n != 0 {
		t.Errorf("%d torrents left behind", n)
	}
}

// TestPublishResumes restarts a publisher: it seeds again without reading the
// files, unless they changed.
func TestPublishResumes(t *testing.T) {
	_, src, _ := publishTree(t)
	dir := t.TempDir()
	e, stop := startEngine(t, dir, nil)
	p, err := e.Publish(t.Context(), src, nil)
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	again, err := e.Publish(t.Context(), src, func(int64, int64) { calls++ })
	if err != nil || again.InfoHash != p.InfoHash || calls != 1 {
		t.Errorf("published again: %v, %v, read in %d steps", again.InfoHash, err, calls)
	}
	if err := e.Add(t.Context(), Addition{InfoHash: p.InfoHash, Dir: t.TempDir()}); !errors.Is(err, ErrHeld) {
		t.Error("fetching what is published here:", err)
	}
	stop()
	e, stop = startEngine(t, dir, nil)
	s, err := e.Stats(p.InfoHash)
	if err != nil || !s.Complete() || s.Checking != 0 || !s.Published {
		t.Errorf("resumed: %+v, %v", s, err)
	}
	stop()
	randomFile(t, filepath.Join(src, "a"), 100<<10-1)
	e, _ = startEngine(t, dir, nil)
	until(t, "change noticed", func() bool {
		s, err := e.Stats(p.InfoHash)
		return err == nil && s.Checking == 0 && errors.Is(s.Err(), ErrChanged) && !s.Complete()
	})
	now, err := e.Publish(t.Context(), src, nil)
	if err != nil || now.InfoHash == p.InfoHash {
		t.Errorf("the new content: %v, %v", now.InfoHash, err)
	}
}

// TestKill lets a process of its own fetch, kills it, and goes on in its
// folder.
func TestKill(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("DOWNLOAD_KILL_DIR"); dir != "" {
		killed(t, dir)
		return
	}
	src := filepath.Join(t.TempDir(), "file.bin")
	randomFile(t, src, 8<<20)
	pub, _ := startEngine(t, t.TempDir(), func(o *Options) { o.UploadLimit = 2 << 20 })
	p, err := pub.Publish(t.Context(), src, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var before Stats
	for round := range 2 {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), "DOWNLOAD_KILL_DIR="+dir, "DOWNLOAD_KILL_MAGNET="+p.Magnet)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cmd.StdinPipe(); err != nil { // ends with us
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		said := make([]byte, len(savedProof))
		if _, err := io.ReadFull(out, said); err != nil || string(said) != savedProof {
			rest, _ := io.ReadAll(out)
			t.Fatalf("round %d: %v, %s%s", round, err, said, rest)
		}
		cmd.Process.Kill()
		cmd.Wait()
	}
	e, _ := startEngine(t, dir, nil)
	before, err = e.Stats(p.InfoHash)
	if err != nil || before.Have == 0 {
		t.Fatalf("%+v, %v", before, err)
	}
	pub.SetLimits(0, 0)
	whole := complete(t, e, p.InfoHash)
	until(t, "fetched", func() bool {
		// As nodes do again and again, for the library dials once.
		if err := e.AddPeers(p.InfoHash, pub.Addrs()); err != nil {
			t.Fatal(err)
		}
		return whole()
	})
	s, _ := e.Stats(p.InfoHash)
	if !bytes.Equal(fileSum(t, filepath.Join(dir, "content", "file.bin")), fileSum(t, src)) {
		t.Error("content differs")
	}
	if s.Downloaded > p.Size-before.Have+1<<20 {
		t.Errorf("fetched %d although %d of %d were proven", s.Downloaded, before.Have, p.Size)
	}
}

const savedProof = "saved" // said by the process that is killed

// killed is the other process of TestKill.
func killed(t *testing.T, dir string) {
	m, err := ParseMagnet(os.Getenv("DOWNLOAD_KILL_MAGNET"))
	if err != nil {
		t.Fatal(err)
	}
	e, _ := startEngine(t, dir, nil)
	err = e.Add(t.Context(), Addition{InfoHash: m.InfoHash, Dir: filepath.Join(dir, "content"), Peers: m.Peers})
	if err != nil {
		t.Fatal(err)
	}
	e.AddPeers(m.InfoHash, m.Peers)
	start := e.List()[0].Have
	until(t, "some of it", func() bool { return e.List()[0].Have > start+1<<20 })
	e.saveAll()
	os.Stdout.WriteString(savedProof)
	io.Copy(io.Discard, os.Stdin)
}

func TestSweep(t *testing.T) {
	l, _, _ := publishTree(t)
	dir, data := t.TempDir(), filepath.Join(t.TempDir(), "job", "data")
	e, stop := startEngine(t, dir, nil)
	a := Addition{InfoHash: l.InfoHash, Info: l.Info, Dir: data, Until: time.Now().Add(time.Hour)}
	if err := e.Add(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if err := e.Add(t.Context(), Addition{InfoHash: l.InfoHash, Info: l.Info, Dir: t.TempDir()}); !errors.Is(err, ErrHeld) {
		t.Error("the same for another job:", err)
	}
	stop()
	// The job is long gone: nobody asks for it after the restart.
	e, _ = startEngine(t, dir, func(o *Options) { o.Clock = func() time.Time { return time.Now().Add(2 * time.Hour) } })
	until(t, "swept", func() bool {
		_, err := os.Stat(data)
		left, _ := os.ReadDir(filepath.Join(dir, "torrents"))
		return len(e.List()) == 0 && errors.Is(err, os.ErrNotExist) && len(left) == 0
	})
}

// A content whose job was cleared away, with its folder, takes up no room.
func TestFolderGone(t *testing.T) {
	l, _, _ := publishTree(t)
	for _, running := range []bool{true, false} {
		dir, data := t.TempDir(), filepath.Join(t.TempDir(), "job", "data")
		e, stop := startEngine(t, dir, nil)
		if err := e.Add(t.Context(), Addition{InfoHash: l.InfoHash, Info: l.Info, Dir: data, Owner: "job", Until: time.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		if !running {
			stop()
		}
		if err := os.RemoveAll(filepath.Dir(data)); err != nil {
			t.Fatal(err)
		}
		if running {
			e.sweep()
		} else {
			e, _ = startEngine(t, dir, nil)
		}
		if n := len(e.List()); n != 0 || e.Holding() {
			t.Errorf("running %v: %d held, %v", running, n, e.Holding())
		}
	}
}

// What is held for others is not served after a restart while contributing is
// switched off.
func TestPauseHeld(t *testing.T) {
	s := newSwarm(t, 200<<10, time.Hour, 1, 0)
	dir := t.TempDir()
	e, stop := startEngine(t, dir, nil)
	fetch := Addition{InfoHash: s.p.InfoHash, Dir: filepath.Join(t.TempDir(), "data"), Owner: "job", Peers: s.pub.Addrs()}
	if err := e.Add(t.Context(), fetch); err != nil {
		t.Fatal(err)
	}
	until(t, "fetched", complete(t, e, s.p.InfoHash))
	stop()
	if err := s.pub.Remove(s.p.InfoHash, false); err != nil {
		t.Fatal(err)
	}
	e, _ = startEngine(t, dir, func(o *Options) { o.PauseHeld = true })
	other, _ := startEngine(t, t.TempDir(), nil)
	fetch.Dir, fetch.Peers = t.TempDir(), e.Addrs()
	if err := other.Add(t.Context(), fetch); err != nil {
		t.Fatal(err)
	}
	done := complete(t, other, s.p.InfoHash)
	time.Sleep(time.Second) // far longer than fetching takes
	if done() {
		t.Error("it was served")
	}
	if err := e.Pause(s.p.InfoHash, false); err != nil {
		t.Fatal(err)
	}
	until(t, "served", func() bool { other.AddPeers(s.p.InfoHash, e.Addrs()); return done() })
}

func TestLimits(t *testing.T) {
	l, _, _ := publishTree(t)
	e, _ := startEngine(t, t.TempDir(), func(o *Options) { o.MaxDisk = l.Size })
	add := func(a Addition) error {
		a.InfoHash, a.Info, a.Dir = l.InfoHash, l.Info, t.TempDir()
		return e.Add(t.Context(), a)
	}
	if err := add(Addition{MaxSize: 10}); !errors.Is(err, ErrNoSpace) {
		t.Error("over what was agreed:", err)
	}
	if err := add(Addition{}); err != nil {
		t.Error(err)
	}
	if err := e.Room(1, t.TempDir()); !errors.Is(err, ErrNoSpace) || !strings.Contains(err.Error(), "limit") {
		t.Error("over the limit:", err)
	}
	e.SetMaxDisk(0)
	if err := e.Room(1, t.TempDir()); err != nil {
		t.Error(err)
	}
	if err := e.Add(t.Context(), Addition{InfoHash: InfoHash{1}, Info: l.Info, Dir: t.TempDir()}); !errors.Is(err, ErrMetainfo) {
		t.Error("another's description:", err)
	}
	used := e.Addrs()[0].String()
	other, err := New(Options{DataDir: t.TempDir(), Listen: used, LoopbackOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Run(t.Context()); !errors.Is(err, ErrPortInUse) {
		t.Error("port in use:", err)
	}
	if _, err := other.Publish(closedContext(), "x", nil); err == nil {
		t.Error("published without running")
	}
}

func closedContext() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// TestReach checks what may be dialled on which network.
func TestReach(t *testing.T) {
	for _, c := range []struct {
		addr            string
		local, anywhere bool
	}{
		{"127.0.0.1:1", true, false}, {"127.9.9.9:1", true, false}, {"[::ffff:127.0.0.1]:1", true, false},
		{"8.8.8.8:53", false, true}, {"192.168.1.1:80", false, true}, {"[2001:db8::1]:80", false, true},
		{"0.0.0.0:80", false, false}, {"224.0.0.1:80", false, false}, {"169.254.169.254:80", false, false},
		{"8.8.8.8:0", false, false}, {"localhost:80", false, false}, {"", false, false},
	} {
		for _, r := range []reach{{true}, {false}} {
			_, err := r.parse(c.addr)
			if want := r.loopback && c.local || !r.loopback && c.anywhere; (err == nil) != want {
				t.Errorf("%q, loopback %v: %v", c.addr, r.loopback, err)
			}
		}
	}
	d := dialer{reach{true}, newThrottle(0, 0)}
	if _, err := d.Dial(t.Context(), "8.8.8.8:53"); !errors.Is(err, ErrAddress) {
		t.Error("dialled out of a local network:", err)
	}
	pc := packetConn{nil, reach{true}}
	if _, err := pc.WriteTo(nil, net.UDPAddrFromAddrPort(netip.MustParseAddrPort("8.8.8.8:53"))); !errors.Is(err, ErrAddress) {
		t.Error("sent out of a local network:", err)
	}
	for _, o := range []Options{
		{Listen: "0.0.0.0:0", LoopbackOnly: true}, {Listen: "nonsense"},
		{Listen: "127.0.0.1:0", LoopbackOnly: true, DHTNodes: []string{"8.8.8.8:6881"}},
		{Listen: ":0", Announce: []string{"localhost:1"}},
	} {
		o.DataDir = t.TempDir()
		if _, err := New(o); err == nil {
			t.Errorf("accepted %+v", o)
		}
	}
}

func TestPeerStore(t *testing.T) {
	now := epoch
	s := &peerStore{now: func() time.Time { return now }, peers: make(map[metainfo.Hash]map[netip.AddrPort]time.Time)}
	for port := range maxStoredPeers + 10 {
		s.AddPeer(metainfo.Hash{1}, krpc.NodeAddr{IP: net.IPv4(127, 0, 0, 1), Port: port + 1})
	}
	s.AddPeer(metainfo.Hash{2}, krpc.NodeAddr{IP: net.IPv4(127, 0, 0, 1), Port: 0})
	s.AddPeer(metainfo.Hash{2}, krpc.NodeAddr{IP: net.IP{1}, Port: 5})
	if n := len(s.GetPeers(metainfo.Hash{1})); n != maxStoredPeers || len(s.GetPeers(metainfo.Hash{2})) != 0 {
		t.Errorf("%d peers of one host", n)
	}
	now = now.Add(2 * peerLifetime)
	if len(s.GetPeers(metainfo.Hash{1})) != 0 {
		t.Error("old peers")
	}
	for i := range maxStoredHashes + 10 {
		s.AddPeer(metainfo.Hash{3, byte(i), byte(i >> 8)}, krpc.NodeAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9})
	}
	if len(s.peers) != maxStoredHashes {
		t.Errorf("%d hashes", len(s.peers))
	}
}

// TestThrottle sends through a capped connection and times it.
func TestThrottle(t *testing.T) {
	a, b := net.Pipe()
	c := newThrottle(1<<20, 0).wrap(a)
	go io.Copy(io.Discard, b)
	start := time.Now()
	if n, err := c.Write(make([]byte, 512<<10)); n != 512<<10 || err != nil {
		t.Fatal(n, err)
	}
	// Half a megabyte less the burst of an eighth: 3/8 s at least.
	if d := time.Since(start); d < 350*time.Millisecond {
		t.Errorf("took %v", d)
	}
	written := make(chan error, 1)
	go func() { _, err := c.Write(make([]byte, 64<<20)); written <- err }()
	c.Close()
	if err := <-written; err == nil {
		t.Error("a closed connection took all")
	}
}
