package desktop

import (
	"net"
	"testing"

	"supercomputing/app/config"
)

// The demo's node keeps its ports, until another program took one.
func TestKeepPorts(t *testing.T) {
	var l config.Listen
	if err := newPorts(&l); err != nil {
		t.Fatal(err)
	}
	was := l
	if err := keepPorts(&l); err != nil || l != was {
		t.Errorf("%+v became %+v, %v", was, l, err)
	}
	other, err := net.Listen("tcp", l.Contact)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := keepPorts(&l); err != nil || l.Contact == was.Contact || l.Contact == "" {
		t.Errorf("%+v, although %s is taken: %v", l, was.Contact, err)
	}
}
