package node

import (
	"context"
	"log/slog"
	"net"
	"sync"

	"supercomputing/app/config"
	"supercomputing/nat"
	"supercomputing/tasks"
	"supercomputing/wallet/talk"
)

// contact is the one port at which other nodes reach this wallet, for two
// services: work on our jobs, and conversations. It opens when one of them is
// wanted and then stays open: nothing listens that the owner did not ask for.
type contact struct {
	log   *slog.Logger
	keys  *nat.Keys
	local bool
	at    string // the setting listen.contact; "": closed
	told  string // the setting: where we are reached from outside
	talks bool   // conversations are taken
	work  *tasks.Coordinator
	hub   *talk.Hub

	demand sync.Once
	wanted chan struct{} // closed when the port is wanted
	opened chan struct{} // closed when it is open, or will not be

	listener net.Listener // set before opened is closed, nil without a contact
}

// newContact makes the port of a node's settings; work and hub come before run.
func newContact(s config.Config, k *nat.Keys, local bool, log *slog.Logger) *contact {
	return &contact{log: log, keys: k, local: local, at: s.Listen.Contact, told: s.Contact, talks: s.Messages.Listen,
		wanted: make(chan struct{}), opened: make(chan struct{})}
}

// want asks for the port to be opened.
func (c *contact) want() { c.demand.Do(func() { close(c.wanted) }) }

// services are what connections may be for. Conversations are refused in the
// handshake when they are switched off, also while jobs keep the port open.
func (c *contact) services() []nat.Service {
	if c.talks {
		return []nat.Service{nat.ServiceWork, nat.ServiceTalk}
	}
	return []nat.Service{nat.ServiceWork}
}

// run serves the port from when it is wanted until ctx is done.
func (c *contact) run(ctx context.Context) error {
	select {
	case <-c.wanted:
	case <-ctx.Done():
		return nil
	}
	if c.at == "" {
		close(c.opened)
		return nil
	}
	raw, err := listen(c.at, "listen.contact", c.local)
	if err != nil {
		return err
	}
	opts := nat.ListenOptions{Keys: c.keys, Services: c.services(), Log: c.log}
	if c.local {
		opts.AllowAddr = nat.LoopbackOnly
	}
	ln := nat.NewListener(raw, opts)
	c.listener = raw
	close(c.opened)
	return ln.Serve(ctx, c.serve)
}

// serve hands a connection to its service.
func (c *contact) serve(ctx context.Context, conn *nat.Conn) {
	var err error
	switch conn.Service() {
	case nat.ServiceTalk:
		err = c.hub.Accept(ctx, conn.PeerAddress(), conn)
	default:
		err = c.work.Accept(ctx, conn.PeerAddress(), conn)
	}
	if err != nil && ctx.Err() == nil {
		c.log.Debug("connection ended", "service", conn.Service(), "node", conn.PeerAddress(), "err", err)
	}
}

// address is where the port listens now, "" while it is closed.
func (c *contact) address() string {
	select {
	case <-c.opened:
		if c.listener != nil {
			return c.listener.Addr().String()
		}
	default:
	}
	return ""
}

// reachedAt is the contact that others are told: the one that was set, or the
// addresses of this machine with the port of the listener.
func (c *contact) reachedAt() (string, error) {
	if c.told != "" {
		return c.told, nil
	}
	select {
	case <-c.opened:
	default:
		return "", errNoContact
	}
	if c.listener == nil {
		return "", errNoContact
	}
	at := c.listener.Addr().(*net.TCPAddr).AddrPort()
	places := []nat.Endpoint{{IP: at.Addr().Unmap(), Port: at.Port()}}
	if at.Addr().IsUnspecified() {
		places = nil
		for _, ip := range machineAddrs(c.local) {
			if len(places) < maxContacts {
				places = append(places, nat.Endpoint{IP: ip, Port: at.Port()})
			}
		}
	}
	return nat.FormatContact(places)
}

// dialer opens connections for a service, by the policies of the network: a
// local one does not leave this machine, any other never dials this machine.
func (c *contact) dialer(s nat.Service) *nat.Direct {
	opts := nat.DirectOptions{Keys: c.keys, Service: s, AllowAddr: nat.OtherMachines, Resolve: nat.LookUp}
	if c.local {
		opts.AllowAddr, opts.Resolve = nat.LoopbackOnly, nil
	}
	return nat.NewDirect(opts)
}
