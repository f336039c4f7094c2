package desktop

import (
	"net"

	"supercomputing/app/config"
)

// newPorts gives a node of the demo's ports that nobody uses.
func newPorts(l *config.Listen) error {
	ports, err := freePorts(4)
	if err == nil {
		l.Gossip, l.API, l.Contact, l.BitTorrent = ports[0], ports[1], ports[2], ports[3]
	}
	return err
}

// keepPorts leaves the ports of an earlier start as they are, unless another
// program has one by now: they are among those that systems give to anybody.
func keepPorts(l *config.Listen) error {
	for _, address := range []string{l.Gossip, l.API, l.Contact, l.BitTorrent} {
		if address == "" {
			continue
		}
		ln, err := net.Listen("tcp", address)
		if err != nil {
			return newPorts(l)
		}
		ln.Close()
	}
	return nil
}

// freePorts finds ports of loopback that nobody uses.
func freePorts(count int) ([]string, error) {
	var out []string
	for range count {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all at once, so that they differ
		out = append(out, l.Addr().String())
	}
	return out, nil
}
