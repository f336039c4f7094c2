package main

import (
	"context"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

func (p *program) peerCommand() *cobra.Command {
	list := &cobra.Command{
		Use:   "list",
		Short: "List connections to peers",
		Args:  exactly(),
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) ([]view.Peer, error) {
			return b.Peers(ctx)
		}, p.showPeers),
	}
	connect := &cobra.Command{
		Use:     "connect HOST:PORT",
		Short:   "Connect to a peer, and keep trying",
		Example: "  supercomputing peer connect 203.0.113.5:7401",
		Args:    exactly("HOST:PORT"),
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (struct{}, error) {
			return struct{}{}, b.Connect(ctx, args[0])
		}, func(struct{}) { p.say("Asked to connect; see “supercomputing peer list”.") }),
	}
	return group("peer", "Look at and make connections to other nodes", "", list, connect)
}

func (p *program) showPeers(peers []view.Peer) {
	var rows [][]any
	for _, x := range peers {
		way := "out"
		if x.Inbound {
			way = "in"
		}
		rows = append(rows, []any{x.Address, way, x.Height, bytesText(x.Received), bytesText(x.Sent),
			spanText(p.now().Sub(x.Connected)), x.BanScore, x.Agent})
	}
	p.table("ADDRESS|WAY|HEIGHT|RECEIVED|SENT|FOR|BAN SCORE|AGENT", rows,
		"No peers. Seeds come from the network file and the setting “seeds”; or use “supercomputing peer connect”.")
}
