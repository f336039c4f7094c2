package desktop

import "net"

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
