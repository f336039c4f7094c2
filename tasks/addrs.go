package tasks

import (
	"errors"
	"fmt"
	"net/netip"

	"supercomputing/chain/types"
)

// addrLen is an address on the wire: 16 bytes (IPv4 mapped) and the port.
const addrLen = 18

// AppendAddrs writes addresses as dapps put them into specs and messages: their
// count, then 16 bytes (IPv4 mapped) and the port of each.
func AppendAddrs(b []byte, as []netip.AddrPort) []byte {
	b = types.AppendVarInt(b, uint64(len(as)))
	for _, a := range as {
		ip := a.Addr().As16()
		b = append(append(b, ip[:]...), byte(a.Port()>>8), byte(a.Port()))
	}
	return b
}

var errPort = errors.New("port 0")

// ReadAddrs reads what AppendAddrs wrote, at most so many addresses. A failure
// stays with the reader.
func ReadAddrs(r *types.Reader, most int) []netip.AddrPort {
	n := int(r.VarInt(uint64(most)))
	if n*addrLen > r.Len() {
		r.Fail(types.ErrShort)
	}
	var out []netip.AddrPort
	for range n {
		var raw [addrLen]byte
		r.Copy(raw[:])
		if r.Err() != nil {
			return nil
		}
		a := netip.AddrPortFrom(netip.AddrFrom16([16]byte(raw[:16])).Unmap(), uint16(raw[16])<<8|uint16(raw[17]))
		if a.Port() == 0 {
			r.Fail(fmt.Errorf("%w: %w", types.ErrMalformed, errPort))
			return nil
		}
		out = append(out, a)
	}
	return out
}
