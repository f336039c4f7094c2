package viewtest

import (
	"fmt"
	"time"

	"supercomputing/app/view"
)

func status() view.Status {
	return view.Status{
		Version: "1.0.0", Network: "test", NetworkID: ID("network"), AddressPrefix: prefix,
		Tip:     view.Tip{Height: tip, Hash: ID("block 48213"), Slot: 51_902, Time: ago(11 * time.Second), Digest: ID("digest")},
		Sync:    view.Sync{State: view.SyncDone, Height: tip, Target: tip, Behind: 11, Usable: true},
		PeersIn: 5, PeersOut: 8, Identity: Me(),
		Producer:     view.Producing{Registered: true, Seats: 14, Blocks: 212},
		Contribution: view.ContributionStatus{Enabled: true, Working: 2, Why: "2 jobs are being worked on"},
		Unread:       view.Unread{Messages: 3, Requests: 1, News: 2, Proposals: 1},
		Listen:       view.Listening{Gossip: "0.0.0.0:7401", API: "127.0.0.1:7402", Contact: "0.0.0.0:7403", BitTorrent: "0.0.0.0:7404"},
		DataDir:      "/home/lena/.supercomputing", Started: ago(26 * time.Hour), Warnings: []view.Warning{},
	}
}

// Syncing is a Status that is still behind the network.
func Syncing() view.Status {
	s := status()
	s.Tip.Height, s.Tip.Time = 31_040, ago(4*24*time.Hour)
	s.Sync = view.Sync{State: view.SyncBlocks, Height: 31_040, Target: tip, Behind: 4 * 24 * 3600,
		Left: tip - 31_040, Ready: Now().Add(7 * time.Minute)}
	s.Contribution = view.ContributionStatus{Enabled: true, Why: "the chain is still being read"}
	return s
}

func fillNetwork(f *Fake) {
	f.must("Status", status())
	peers := make([]view.Peer, 13)
	for i := range peers {
		peers[i] = view.Peer{Address: fmt.Sprintf("%d.%d.%d.%d:7401", 34+i*11, 7*i+3, 19*i%255, 5+i), Inbound: i%3 == 2,
			Agent: "/supercomputing:1.0.0/", Height: tip - uint32(i%2), Connected: ago(time.Duration(i*i+4) * 7 * time.Minute),
			Received: int64(i+2) * 4_812_331, Sent: int64(i+1) * 2_104_977}
	}
	f.must("Peers", peers)
	f.must("Seats", seats())
}

func seats() view.Seats {
	s := view.Seats{Epoch: tip / epochBlocks, Total: 1001, Weight: coin("184220.5")}
	left := 1001
	for i, name := range []string{"Studio Kite", "Archive of Rivers", "miner 1", "miner 2", "me", "Tomás", "miner 3", "miner 4", "bootstrap 1"} {
		n := []int{312, 201, 165, 120, 14, 60, 55, 44, 30}[i]
		left -= n
		h := view.SeatHolder{Address: Address(name), Seats: n, Weight: coin("184.2205").Part(uint64(n)*1000, 1001), Own: name == "me", Bootstrap: name == "bootstrap 1"}
		if i < 2 || name == "Tomás" {
			h.Label = name
		}
		s.Holders = append(s.Holders, h)
	}
	return s
}
