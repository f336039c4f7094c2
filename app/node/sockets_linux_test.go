package node

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"supercomputing/app/view"
	"supercomputing/chain/gossip"
)

// socket is one of this process's sockets as the kernel sees it.
type socket struct {
	table         string // tcp, tcp6, udp, udp6
	local, remote netip.AddrPort
}

// sockets lists the IP sockets of this process.
func sockets(t *testing.T) (out []socket) {
	t.Helper()
	own := make(map[string]bool) // inodes
	fds, _ := filepath.Glob("/proc/self/fd/*")
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil && strings.HasPrefix(to, "socket:[") {
			own[strings.Trim(to, "socket:[]")] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		f, err := os.Open("/proc/self/net/" + table)
		if err != nil {
			continue // no IPv6 here
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if c := strings.Fields(lines.Text()); len(c) > 9 && own[c[9]] {
				out = append(out, socket{table, kernelAddr(t, c[1]), kernelAddr(t, c[2])})
			}
		}
		f.Close()
	}
	return out
}

// kernelAddr reads "0100007F:1F90": words in the machine's order.
func kernelAddr(t *testing.T, s string) netip.AddrPort {
	t.Helper()
	host, port, _ := strings.Cut(s, ":")
	raw, err := hex.DecodeString(host)
	n, perr := strconv.ParseUint(port, 16, 16)
	if err != nil || perr != nil || len(raw)%4 != 0 {
		t.Fatal("kernel address", s)
	}
	for i := 0; i < len(raw); i += 4 {
		binary.NativeEndian.PutUint32(raw[i:], binary.BigEndian.Uint32(raw[i:]))
	}
	ip, _ := netip.AddrFromSlice(raw)
	return netip.AddrPortFrom(ip.Unmap(), uint16(n))
}

// TestNothingLeavesLoopback asks the kernel for every socket of a node on a
// local network that plays all roles, with seeds and peers elsewhere.
func TestNothingLeavesLoopback(t *testing.T) {
	a := newMember(t, filepath.Join(t.TempDir(), "a"))
	b := newMember(t, filepath.Join(t.TempDir(), "b"))
	found(t, a, b)
	a.cfg.Produce, a.cfg.Contribute.Enabled, a.cfg.DHT = true, true, true
	a.start(t)
	b.cfg.DHT, b.cfg.Contribute.Enabled = true, true
	b.cfg.Seeds = []string{a.ready.Gossip, "192.0.2.1:7401", "seed.invalid:7401"}
	b.start(t)
	if err := b.client.Connect(t.Context(), "192.0.2.2:7401"); !errors.Is(err, view.ErrInvalid) {
		t.Error("connect elsewhere:", err)
	}
	for _, to := range []string{"192.0.2.3:1", "[2001:db8::1]:1", "seed.invalid:1", "127.0.0.1.example:1"} {
		if c, err := dialLocal(t.Context(), to); !errors.Is(err, gossip.ErrAddress) {
			t.Error(to, c, err)
		}
	}
	reached := must[view.Status](t)(a.client.Status(t.Context())).Listen
	for _, l := range []string{reached.Contact, reached.BitTorrent, reached.Gossip, reached.API} {
		if !onLoopback(l) {
			t.Errorf("listens at %q", l)
		}
	}
	all := sockets(t)
	for _, s := range all {
		if !s.local.Addr().IsLoopback() || !s.remote.Addr().IsLoopback() && !s.remote.Addr().IsUnspecified() {
			t.Errorf("%s socket from %v to %v", s.table, s.local, s.remote)
		}
	}
	for _, table := range []string{"tcp", "udp"} {
		if !slices.ContainsFunc(all, func(s socket) bool { return s.table == table }) {
			t.Errorf("no %s sockets: the test sees nothing", table)
		}
	}
}
