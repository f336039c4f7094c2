package tasks

import (
	"bytes"
	"errors"
	"net/netip"
	"slices"
	"testing"

	"supercomputing/chain/types"
)

func TestAddrs(t *testing.T) {
	want := []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:7404"), netip.MustParseAddrPort("[2001:db8::1]:1")}
	b := AppendAddrs(nil, want)
	r := types.NewReader(b)
	if got := ReadAddrs(r, 2); r.Done() != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, r.Done())
	}
	for name, bad := range map[string][]byte{
		"too many":  AppendAddrs(nil, append(want, want...)),
		"cut short": b[:len(b)-1],
		"port 0":    AppendAddrs(nil, []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:0")}),
		"a count":   {2},
	} {
		r := types.NewReader(bytes.Clone(bad))
		if got := ReadAddrs(r, 2); len(got) != 0 || r.Err() == nil {
			t.Errorf("%s: %v, %v", name, got, r.Err())
		}
	}
	r = types.NewReader(AppendAddrs(nil, []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:0")}))
	if ReadAddrs(r, 1); !errors.Is(r.Err(), errPort) {
		t.Error(r.Err())
	}
}
