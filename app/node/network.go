package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"

	"supercomputing/app/view"
	"supercomputing/chain/consensus"
	"supercomputing/chain/gossip"
	"supercomputing/chain/networks"
)

// LoadNetwork gives the parameters of the setting “network”: a built-in
// network's name, or the path of a network file.
func LoadNetwork(name string) (*consensus.Params, error) {
	if p, err := networks.Builtin(name); err == nil {
		return p, nil
	}
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, view.Errorf(view.CodeInvalid, "there is no network %q", name).
			WithHint("set “network” to local, test, or the path of a network file")
	}
	if err != nil {
		return nil, fmt.Errorf("network file: %w", err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, networks.MaxFileSize+1))
	if err != nil {
		return nil, fmt.Errorf("network file: %w", err)
	}
	p, err := networks.Parse(raw)
	if err != nil {
		return nil, view.Errorf(view.CodeInvalid, "network file %s: %v", name, err)
	}
	return p, nil
}

// onLoopback reports whether host:port is on this machine, without looking up
// names.
func onLoopback(address string) bool {
	at, err := netip.ParseAddrPort(address)
	return err == nil && at.Addr().Unmap().IsLoopback() || strings.HasPrefix(address, "localhost:")
}

// dialLocal connects within this machine.
func dialLocal(ctx context.Context, address string) (net.Conn, error) {
	if !onLoopback(address) {
		return nil, fmt.Errorf("%w: %s is not on this machine, which this network must not leave", gossip.ErrAddress, address)
	}
	return new(net.Dialer).DialContext(ctx, "tcp", address)
}

// onlyLocal reports whether nothing of this network may leave the machine: it
// is the local network or one made like it, whose keys everybody knows.
func onlyLocal(p *consensus.Params) bool { return p.AddressPrefix == networks.Local().AddressPrefix }
