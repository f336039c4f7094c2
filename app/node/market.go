package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"supercomputing/app/config"
	"supercomputing/chain/networks"
	"supercomputing/chain/types"
	"supercomputing/nat"
	"supercomputing/tasks"
	"supercomputing/tasks/download"
)

// market is the paid work of a node with a wallet, in both its roles.
//
// Its BitTorrent port, and the contact, are opened when there is a use for
// them, an own job or work for others, and then stay open: nothing listens that
// the owner did not ask for. On a network that never leaves this machine they
// are opened at once.
type market struct {
	log         *slog.Logger
	ledger      *ledger
	board       *tasks.Board
	coordinator *tasks.Coordinator
	runner      *tasks.Runner
	engine      *download.Engine
	download    *download.Dapp
	render      *renderer
	dapps       []tasks.Dapp
	contact     *contact
	local       bool
	bitTorrent  string // the setting listen.bittorrent

	demand sync.Once
	wanted chan struct{} // closed when the ports are wanted
}

func (n *Node) openMarket(ctx context.Context) (err error) {
	if n.wallet == nil {
		return nil
	}
	s := n.settings
	n.contact = newContact(s, nat.NewKeys(signer{n.id}, n.params.ID), onlyLocal(n.params), n.log.With("part", "contact"))
	m := &market{
		log: n.log.With("part", "market"), ledger: newLedger(n.chain, n.wallet), local: onlyLocal(n.params),
		contact: n.contact, bitTorrent: s.Listen.BitTorrent, wanted: make(chan struct{}),
	}
	if err := m.openDownload(n.dir, s); err != nil {
		return err
	}
	if err := m.openRender(n.dir, s, n.chain); err != nil {
		return err
	}
	dapps := []tasks.Dapp{m.download, m.render.dapp}
	m.dapps = dapps
	self := n.wallet.Identity()
	m.board = tasks.NewBoard(m.ledger, self, dapps)
	m.coordinator, err = tasks.NewCoordinator(tasks.CoordinatorOptions{Network: n.params.ID, Signer: signer{n.id}, Ledger: m.ledger,
		Dapps: dapps, Dir: filepath.Join(n.dir, jobsDir), Log: n.log.With("part", "jobs"), Withdrawn: n.withdrawn})
	if err != nil {
		return err
	}
	n.contact.work = m.coordinator
	m.runner, err = tasks.NewRunner(tasks.RunnerOptions{Network: n.params.ID, Self: self, Ledger: m.ledger, Dialer: n.contact.dialer(nat.ServiceWork),
		Dapps: dapps, Dir: workPath(n.dir, s), Log: n.log.With("part", "work"), Limits: firstLimits(s.Contribute), Abandon: abandon})
	if err != nil {
		return err
	}
	n.market = m
	n.openPolicy()
	// What was begun is finished also when contributing was switched off: tickets
	// are recorded, contents deleted when their time is over.
	if m.local || s.Contribute.Enabled || m.busy() || m.runner.Unsettled() || m.engine.Holding() {
		m.want()
	}
	return nil
}

// abandon is after how long a job is given up whose author is away, be it over
// a weekend. The download dapp has a shorter patience of its own for short jobs.
const abandon = 72 * time.Hour

func workPath(dir string, s config.Config) string {
	if s.Contribute.Dir != "" {
		return s.Contribute.Dir
	}
	return filepath.Join(dir, workDir)
}

func (m *market) openDownload(dir string, s config.Config) (err error) {
	work, torrents := workPath(dir, s), filepath.Join(dir, torrentDir)
	for _, d := range []string{work, torrents} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return err
		}
	}
	up, down := m.rates(s, false)
	at := s.Listen.BitTorrent
	if at == "" {
		at = "127.0.0.1:0" // closed: peers are only dialled
	}
	if err := checkLocal(at, "listen.bittorrent", m.local); err != nil {
		return err
	}
	m.engine, err = download.New(download.Options{
		DataDir: torrents, Listen: at, Announce: m.announce(s), UploadLimit: up, DownloadLimit: down,
		MaxDisk: int64(s.Contribute.Disk), PauseHeld: !s.Contribute.Enabled, OnDemand: fetchOwner, LoopbackOnly: m.local, DHT: s.DHT, Log: m.log.With("dapp", networks.Download),
	})
	if err != nil {
		return err
	}
	m.download = download.NewDapp(networks.DappID(networks.Download), m.engine,
		download.DappOptions{WorkDir: work, Log: m.log.With("dapp", networks.Download)})
	return nil
}

// announce gives the BitTorrent address as seen from outside: the host of the
// contact, if one was set, with our port.
func (m *market) announce(s config.Config) []string {
	host, _, err := net.SplitHostPort(s.Contact)
	_, port, perr := net.SplitHostPort(s.Listen.BitTorrent)
	if err != nil || perr != nil || port == "0" || net.ParseIP(host) == nil {
		return nil
	}
	return []string{net.JoinHostPort(host, port)}
}

// rates are the limits of the one BitTorrent engine that serves both roles:
// each role's own, or both together when it plays both.
func (m *market) rates(s config.Config, publishing bool) (up, down int64) {
	switch work, own := int64(s.Contribute.Upload), int64(s.Publish.Upload); {
	case !s.Contribute.Enabled:
		up = own
	case !publishing:
		up = work
	case work > 0 && own > 0:
		up = work + own
	}
	if s.Contribute.Enabled {
		down = int64(s.Contribute.Download)
	}
	return up, down
}

// firstLimits hold until the policy has looked at the machine.
func firstLimits(c config.Contribute) tasks.Limits {
	l := tasks.Limits{Jobs: c.MaxJobs, Skip: c.Off, Hold: "the machine is being looked at"}
	if !c.Enabled {
		l.Off = "contributing is switched off"
	}
	return l
}

// busy reports whether an own job goes on.
func (m *market) busy() bool {
	for _, j := range m.coordinator.Jobs() {
		if j.Phase != tasks.PhaseCompleted && j.Phase != tasks.PhaseExpired {
			return true
		}
	}
	return false
}

// want asks for the ports to be opened.
func (m *market) want() {
	m.demand.Do(func() { close(m.wanted) })
	m.contact.want()
}

// ready opens the ports if need be, and waits until they are open.
func (m *market) ready(ctx context.Context) error {
	m.want()
	for _, done := range []<-chan struct{}{m.contact.opened, m.engine.Ready()} {
		select {
		case <-done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// run runs both roles until ctx is done. The roles begin when the ports are
// open, for both need them.
func (m *market) run(ctx context.Context) error {
	for _, begin := range []<-chan struct{}{m.wanted, m.contact.opened} {
		select {
		case <-begin:
		case <-ctx.Done():
			return nil
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		err := m.engine.Run(ctx)
		if errors.Is(err, download.ErrPortInUse) {
			err = explainListen(fmt.Errorf("%w: %w", errInUse, err), m.bitTorrent, "listen.bittorrent")
		}
		return err
	})
	// All may take contents from the engine at once, which has to hold them by then.
	coordinate := func(ctx context.Context) error {
		m.holdPaused()
		return m.coordinator.Run(ctx)
	}
	for _, role := range []func(context.Context) error{coordinate, m.runner.Run, m.tidyRender} {
		g.Go(func() error {
			select {
			case <-m.engine.Ready():
				return role(ctx)
			case <-ctx.Done():
				return nil
			}
		})
	}
	return g.Wait()
}

// bitTorrentAt is where the engine listens now, "" for closed.
func (m *market) bitTorrentAt() string {
	if as := m.engine.Addrs(); len(as) > 0 {
		return as[0].String()
	}
	return ""
}

// maxContacts bounds the addresses of this machine that are told.
const maxContacts = 4

// machineAddrs lists this machine's addresses that others may reach, public
// ones first. On a local network it is loopback.
func machineAddrs(local bool) (out []netip.Addr) {
	if local {
		return []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1})}
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var private []netip.Addr
	for _, a := range all {
		p, err := netip.ParsePrefix(a.String())
		switch ip := p.Addr().Unmap(); {
		case err != nil || !ip.IsGlobalUnicast():
		case ip.IsPrivate():
			private = append(private, ip)
		default:
			out = append(out, ip)
		}
	}
	return append(out, private...)
}

// jobID reads a job's id.
func jobID(s string) (types.Hash, error) { return parseHash(s, "job id") }
