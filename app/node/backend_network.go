package node

import (
	"context"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
	"supercomputing/miner"
)

// addressText writes an address of this network.
func (n *Node) addressText(a types.Address) string {
	return types.EncodeAddress(n.params.AddressPrefix, a)
}

// identity is the wallet's node address, "" without a wallet.
func (n *Node) identity() string {
	if n.wallet == nil {
		return ""
	}
	return n.addressText(n.wallet.Identity())
}

// Status implements view.Network.
func (n *Node) Status(ctx context.Context) (view.Status, error) {
	tip := n.chain.Tip()
	s := view.Status{
		Version: n.version, Network: n.params.Name, NetworkID: hex.EncodeToString(n.params.ID[:]), AddressPrefix: n.params.AddressPrefix,
		Tip:      view.Tip{Height: tip.Height, Hash: tip.Hash.String(), Slot: tip.Slot, Time: n.params.SlotTime(tip.Slot).UTC(), Digest: tip.Digest.String()},
		Identity: n.identity(), DataDir: n.dir, Started: n.started.UTC(),
		Producer: n.producing(), Contribution: n.contributionStatus(), Listen: n.listening(), Warnings: n.warnings(ctx),
	}
	for _, p := range n.gossip.Peers() {
		if p.Inbound {
			s.PeersIn++
		} else {
			s.PeersOut++
		}
	}
	s.Sync = n.syncState(s.PeersIn + s.PeersOut)
	if n.wallet != nil {
		s.Unread = n.unread()
	}
	return s, nil
}

// unread counts what waits for the owner. What cannot be read counts as none:
// the status never fails for it.
func (n *Node) unread() view.Unread {
	var u view.Unread
	var err error
	if u.Messages, u.Requests, err = n.messages.Unread(); err != nil {
		n.log.Warn("unread messages cannot be counted", "err", err)
	}
	for _, c := range n.ads.Channels() {
		if !c.Muted {
			u.News += c.Unread
		}
	}
	for _, a := range n.accounts.Accounts() {
		u.Proposals += a.ToSign
	}
	return u
}

func (n *Node) producing() view.Producing {
	switch {
	case n.wallet == nil:
		return view.Producing{Why: "there is no wallet"}
	case n.miner == nil:
		return view.Producing{Why: "the setting “produce” is off"}
	}
	st := n.miner.Status()
	return view.Producing{Registered: st.Registered, Seats: st.Seats, Blocks: st.Blocks, Why: st.Waiting}
}

func (n *Node) listening() view.Listening {
	l := view.Listening{API: n.apiLn.Addr().String(), Remote: n.remoteURL()}
	if n.peerLn != nil {
		l.Gossip = n.peerLn.Addr().String()
	}
	if n.market != nil {
		l.Contact, l.BitTorrent = n.contact.address(), n.market.bitTorrentAt()
	}
	return l
}

// lowSpace is how many bytes left on the disk are too few to be calm about.
const lowSpace = 1 << 30

func (n *Node) warnings(ctx context.Context) []view.Warning {
	out := []view.Warning{}
	if offset, off := n.gossip.ClockOffset(); off {
		how := "behind"
		if offset < 0 {
			offset, how = -offset, "ahead of"
		}
		out = append(out, view.Warning{Kind: view.WarnClock,
			Message: fmt.Sprintf("this machine's clock is %s %s its peers'; it will miss blocks", offset.Round(time.Second), how),
			Hint:    "set the clock, best by the system's time service; nothing needs to be restarted"})
	}
	if free, ok := n.space.read(ctx, n.dir); ok && free < lowSpace {
		out = append(out, view.Warning{Kind: view.WarnDisk,
			Message: fmt.Sprintf("only %d MiB are free on the disk of %s", free>>20, n.dir),
			Hint:    "free some space; a full disk stops the node from following the chain, and loses nothing"})
	}
	return out
}

// spaceGauge reads the free disk space, at most every few seconds.
type spaceGauge struct {
	mu sync.Mutex
	// guarded by mu:
	at   time.Time
	free uint64
	ok   bool
}

func (g *spaceGauge) read(ctx context.Context, dir string) (free uint64, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if time.Since(g.at) > 10*time.Second {
		m, err := miner.ReadMachine(ctx, dir)
		g.at, g.free, g.ok = time.Now(), m.DiskFree, err == nil
	}
	return g.free, g.ok
}

// Peers implements view.Network.
func (n *Node) Peers(context.Context) ([]view.Peer, error) {
	out := []view.Peer{}
	for _, p := range n.gossip.Peers() {
		out = append(out, view.Peer{Address: p.Addr, Inbound: p.Inbound, Agent: p.Agent, Height: p.Height,
			Connected: p.Connected.UTC(), Received: int64(p.BytesIn), Sent: int64(p.BytesOut), BanScore: p.Score})
	}
	return out, nil
}

// Connect implements view.Network.
func (n *Node) Connect(_ context.Context, address string) error {
	if onlyLocal(n.params) && !onLoopback(address) {
		return view.Errorf(view.CodeInvalid, "%s is not on this machine, which this network does not leave", address)
	}
	return explain(n.gossip.Connect(address))
}

// Watch implements view.Network.
func (n *Node) Watch(ctx context.Context, fn func(view.Event) error) error {
	return n.events.watch(ctx, fn)
}
