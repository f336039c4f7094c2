package node

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"path/filepath"

	"supercomputing/app/api"
)

// remoteAPI is the API for programs elsewhere.
type remoteAPI struct {
	ln   net.Listener
	cert tls.Certificate
}

// openRemote opens it if the owner wants it.
func (n *Node) openRemote(context.Context) error {
	address := n.settings.Listen.Remote
	if address == "" {
		return nil
	}
	cert, err := api.Certificate(filepath.Join(n.dir, api.CertificateFile))
	if err != nil {
		return err
	}
	ln, err := listen(address, "listen.remote", onlyLocal(n.params))
	if err != nil {
		return err
	}
	n.remote = &remoteAPI{ln, cert}
	n.closers = append(n.closers, ln)
	return nil
}

// remoteURL is what programs elsewhere attach to, "" when they may not. Of a
// listener on all addresses it names the one that most likely leads here.
func (n *Node) remoteURL() string {
	if n.remote == nil {
		return ""
	}
	at := n.remote.ln.Addr().(*net.TCPAddr).AddrPort()
	host := at.Addr().Unmap()
	if host.IsUnspecified() {
		if all := machineAddrs(onlyLocal(n.params)); len(all) > 0 {
			host = all[0]
		}
	}
	return api.RemoteURL(netip.AddrPortFrom(host, at.Port()).String(), n.remote.cert)
}
