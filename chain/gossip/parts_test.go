package gossip

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/btcsuite/btcd/addrmgr"

	"supercomputing/chain/types"
)

func mustPipe() net.Conn {
	c, _ := pipe()
	return c
}

func TestBans(t *testing.T) {
	now := time.Unix(1e9, 0)
	b := newBans()
	if b.add("a", 60, now) || b.score("a", now) != 60 {
		t.Error("banned by 60 points")
	}
	if s := b.score("a", now.Add(banHalfLife)); s != 30 {
		t.Errorf("%d points after a half life", s)
	}
	if b.add("a", 60, now.Add(2*banHalfLife)) {
		t.Error("old points count in full")
	}
	if !b.add("a", 60, now.Add(2*banHalfLife)) || !b.banned("a", now.Add(time.Hour)) {
		t.Error("not banned by 135 points")
	}
	if b.banned("b", now) || b.banned("a", now.Add(banTime+time.Hour)) {
		t.Error("banned without cause, or too long")
	}
	// Memory is bounded, and the worst are remembered.
	b.add("worst", 99, now)
	for i := range maxScored + 100 {
		b.add(fmt.Sprint("s", i), 1, now)
		b.add(fmt.Sprint("b", i), banScore, now.Add(time.Duration(i)))
	}
	if len(b.scores) > maxScored || len(b.until) > maxScored {
		t.Errorf("%d scores, %d bans", len(b.scores), len(b.until))
	}
	if b.score("worst", now) != 99 || !b.banned(fmt.Sprint("b", maxScored+99), now) {
		t.Error("forgot the worst")
	}
}

func TestBanKey(t *testing.T) {
	for in, want := range map[string]string{
		"127.0.0.1:5":        "127.0.0.1:5",
		"[::1]:5":            "[::1]:5",
		"10.1.2.3:5":         "10.1.2.3",
		"[fe80::1%eth0]:5":   "fe80::1",
		"[2001:db8::1]:8333": "2001:db8::1",
	} {
		if got := banKey(netip.MustParseAddrPort(in)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func testBook(private bool) *book { return newBook(addrmgr.New("", nil), private) }

func TestBookTakes(t *testing.T) {
	now := time.Now()
	src := netip.MustParseAddrPort("8.8.8.8:1")
	for _, c := range []struct {
		addr            string
		public, private bool // taken without and with AllowPrivate
	}{
		{"1.2.3.4:8333", true, true},
		{"[2a00:1450::5]:8333", true, true},
		{"10.0.0.1:8333", false, true},
		{"127.0.0.1:8333", false, true},
		{"[fd00::1]:8333", false, true},
		{"[fd87:d87e:eb43::1]:8333", false, true}, // not Tor's to us
		{"1.2.3.4:0", false, false},
		{"0.0.0.0:8333", false, false},
		{"224.0.0.1:8333", false, false},
		{"255.255.255.255:8333", false, false},
	} {
		a := []peerAddr{{Addr: netip.MustParseAddrPort(c.addr), Seen: now}}
		if got := testBook(false).add(a, src, now) == 1; got != c.public {
			t.Errorf("%s on a public network: %v", c.addr, got)
		}
		if got := testBook(true).add(a, src, now) == 1; got != c.private {
			t.Errorf("%s on a private network: %v", c.addr, got)
		}
	}
}

func TestBookPick(t *testing.T) {
	now := time.Now()
	for _, addr := range []string{"10.0.0.1:8333", "1.2.3.4:8333"} {
		b := testBook(true)
		ap := netip.MustParseAddrPort(addr)
		all := func(netip.AddrPort) bool { return true }
		if _, ok := b.pick(now, all); ok {
			t.Error("picked from nothing")
		}
		b.add([]peerAddr{{Addr: ap, Seen: now}}, ap, now)
		if got, ok := b.pick(now, all); !ok || got != ap {
			t.Errorf("%s: picked %v, %v", addr, got, ok)
		}
		if _, ok := b.pick(now, func(netip.AddrPort) bool { return false }); ok {
			t.Error("picked what was refused")
		}
		if s := b.sample(10, now); len(s) != 1 || s[0].Addr != ap {
			t.Errorf("%s: sample %v", addr, s)
		}
		b.ended(ap, 0, now)
		if _, ok := b.pick(now.Add(100*time.Millisecond), all); ok {
			t.Errorf("%s: no pause after a failure", addr)
		}
		for range 30 {
			b.ended(ap, time.Second, now)
		}
		if b.ready(ap, now.Add(lastRetry/2)) || !b.ready(ap, now.Add(lastRetry)) {
			t.Errorf("%s: pause is not near its greatest", addr)
		}
		b.ended(ap, time.Hour, now)
		if !b.ready(ap, now.Add(firstRetry)) {
			t.Errorf("%s: long pause after a lasting connection", addr)
		}
		b.markSelf(ap)
		if b.ready(ap, now.Add(time.Hour)) || b.add([]peerAddr{{Addr: ap, Seen: now}}, ap, now) != 0 {
			t.Errorf("%s: our own address is dialled", addr)
		}
	}
}

func TestBookBounds(t *testing.T) {
	now := time.Now()
	b := testBook(true)
	at := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 1)
	}
	for i := range maxPrivate {
		b.add([]peerAddr{{Addr: at(i), Seen: now}}, at(i), now)
	}
	if b.add([]peerAddr{{Addr: at(maxPrivate), Seen: now}}, at(0), now) != 0 {
		t.Error("a full table takes more")
	}
	b.ended(at(7), 0, now)
	if b.add([]peerAddr{{Addr: at(maxPrivate), Seen: now}}, at(0), now) != 1 || b.size() != maxPrivate {
		t.Error("a failed address does not make room")
	}
	for i := range maxBackoffs + 100 {
		b.ended(at(i), 0, now)
	}
	if len(b.retry) > maxBackoffs {
		t.Errorf("%d pauses remembered", len(b.retry))
	}
	// A last-seen time from the future is not believed.
	b = testBook(true)
	b.add([]peerAddr{{Addr: at(1), Seen: now.Add(time.Hour)}}, at(0), now)
	if s := b.sample(1, now); s[0].Seen.After(now) {
		t.Error("seen in the future")
	}
}

func TestState(t *testing.T) {
	dir := t.TempDir()
	if s, err := loadState(dir); err != nil || len(s.Addresses) != 0 {
		t.Errorf("empty directory: %v", err)
	}
	ap := netip.MustParseAddrPort("10.0.0.1:1")
	in := storedState{Addresses: []storedAddr{{ap, time.Unix(5, 0).UTC(), time.Unix(6, 0).UTC()}}, Bans: map[string]time.Time{"x": time.Unix(7, 0).UTC()}}
	for range 2 {
		if err := saveState(dir, in); err != nil {
			t.Fatal(err)
		}
	}
	out, err := loadState(dir)
	if err != nil || len(out.Addresses) != 1 || out.Addresses[0] != in.Addresses[0] || !out.Bans["x"].Equal(in.Bans["x"]) {
		t.Errorf("%+v, %v", out, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("files left over: %v", left)
	}
	for _, bad := range []string{"", "{", `{"version":2}`, `{"version":1,"addresses":[{"addr":"x"}]}`} {
		os.WriteFile(filepath.Join(dir, stateFile), []byte(bad), 0o600)
		if s, err := loadState(dir); err == nil || len(s.Addresses) != 0 {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := saveState(filepath.Join(dir, "missing"), in); err == nil {
		t.Error("saved into nothing")
	}
}

func FuzzState(f *testing.F) {
	f.Add([]byte(`{"version":1,"addresses":[{"addr":"10.0.0.1:1","seen":"2020-01-01T00:00:00Z","good":"0001-01-01T00:00:00Z"}],"bans":{"a":"2020-01-01T00:00:00Z"}}`))
	f.Add([]byte(`{"version":1,"addresses":[{"addr":"[::]:0"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		os.WriteFile(filepath.Join(dir, stateFile), data, 0o600)
		s, _ := loadState(dir)
		b := testBook(true)
		b.restore(s.Addresses)
		newBans().restore(s.Bans)
		for _, a := range b.sample(maxAddrs, time.Now()) {
			if !usable(a.Addr) {
				t.Fatalf("restored %v", a.Addr)
			}
		}
	})
}

func TestOutbox(t *testing.T) {
	o := newOutbox()
	if err := o.askBlocks(types.Hash{1}, types.Hash{2}); err != nil {
		t.Fatal(err)
	}
	o.askTxs(types.Hash{3})
	o.askHeaders(nil)
	o.askLists(types.Hash{4})
	o.push(&pingMsg{1})
	// Frames first, then the small answers before the large.
	var order []msgType
	for {
		frame, q, ok, err := o.next()
		if err != nil || !ok {
			break
		}
		if frame != nil {
			order = append(order, msgType(frame[0]))
		} else {
			order = append(order, q.what)
		}
	}
	if got, want := fmt.Sprint(order), "[ping getheaders getlist gettx getblocks getblocks]"; got != want {
		t.Errorf("order %s, want %s", got, want)
	}
	for _, c := range []struct {
		most int
		ask  func(...types.Hash) error
	}{{maxServeBlocks, o.askBlocks}, {maxServeTxs, o.askTxs}, {maxServeLists, o.askLists}} {
		if err := c.ask(make([]types.Hash, c.most)...); err != nil {
			t.Error(err)
		}
		if err := c.ask(types.Hash{}); !errors.Is(err, errOverasking) {
			t.Errorf("one more than %d: %v", c.most, err)
		}
	}
	var err error
	for i := 0; err == nil && i < 100; i++ {
		err = o.push(&headersMsg{true, make([]types.Header, maxHeaders)})
	}
	if !errors.Is(err, errSlowReader) || o.queued > maxQueued {
		t.Errorf("%v with %d bytes queued", err, o.queued)
	}
	o.end(&rejectMsg{1, "bye"})
	o.push(&pingMsg{2})
	var last msgType
	for {
		frame, _, _, err := o.next()
		if errors.Is(err, errFlushed) {
			break
		}
		last = msgType(frame[0])
	}
	if last != msgReject {
		t.Errorf("last frame is %v", last)
	}
	<-o.done
}

func TestRecent(t *testing.T) {
	r := newRecent(10)
	at := func(i int) types.Hash { return types.Hash{byte(i), byte(i >> 8)} }
	for i := range 1000 {
		if !r.add(at(i)) || r.add(at(i)) {
			t.Fatalf("%d is not new, or new twice", i)
		}
		for j := max(0, i-9); j <= i; j++ {
			if !r.has(at(j)) {
				t.Fatalf("%d forgotten at %d", j, i)
			}
		}
	}
	if len(r.new)+len(r.old) > 20 {
		t.Errorf("%d remembered", len(r.new)+len(r.old))
	}
}

func TestClip(t *testing.T) {
	long := make([]byte, 1000)
	for i := range long {
		long[i] = byte(i)
	}
	m := &rejectMsg{rejectMisuse, clip(string(long))}
	if _, err := decodeMessage(msgReject, m.append(nil)); err != nil {
		t.Error(err)
	}
}
