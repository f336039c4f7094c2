package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

// version is set by the build: -ldflags "-X main.version=…".
var version = "0.1.0-dev"

// build describes the program that runs.
type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func thisBuild() build {
	b := build{Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				b.Revision = s.Value
			}
		}
	}
	return b
}

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the program's version",
		Args:  exactly(),
		RunE: func(*cobra.Command, []string) error {
			b := thisBuild()
			return p.show(b, func() { p.say("supercomputing %s (%s, %s)", b.Version, b.Go, b.Platform) })
		},
	}
}

func (p *program) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Show the running node at a glance",
		Example: "  supercomputing status\n  supercomputing status --json",
		Args:    exactly(),
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) (view.Status, error) {
			return b.Status(ctx)
		}, p.showStatus),
	}
}

func (p *program) showStatus(s view.Status) {
	producing := "no: " + s.Producer.Why
	if s.Producer.Registered && s.Producer.Why == "" {
		producing = fmt.Sprintf("yes, %d of 1001 seats, %s made", s.Producer.Seats, count(s.Producer.Blocks, "block"))
	}
	contributing := "off"
	if s.Contribution.Enabled {
		contributing = fmt.Sprintf("on, %s under way", count(s.Contribution.Working, "job"))
	}
	if s.Contribution.Why != "" {
		contributing += " (" + s.Contribution.Why + ")"
	}
	sync := s.Sync.State
	if s.Sync.Target > s.Sync.Height {
		sync += fmt.Sprintf(", block %d of %d", s.Sync.Height, s.Sync.Target)
	}
	if s.Sync.Note != "" {
		sync += " (" + s.Sync.Note + ")"
	}
	p.facts(
		"network", s.Network,
		"block", fmt.Sprintf("%d  %s", s.Tip.Height, s.Tip.Hash),
		"made at", timeText(s.Tip.Time),
		"state digest", s.Tip.Digest,
		"sync", sync,
		"peers", fmt.Sprintf("%d out, %d in", s.PeersOut, s.PeersIn),
		"identity", s.Identity,
		"producing", producing,
		"contributing", contributing,
		"unread", unreadText(s.Unread),
		"gossip", s.Listen.Gossip,
		"contact", s.Listen.Contact,
		"bittorrent", s.Listen.BitTorrent,
		"API", s.Listen.API,
		"data directory", s.DataDir,
		"running since", timeText(s.Started),
		"version", s.Version,
	)
	for _, w := range s.Warnings {
		p.say("\nWarning: %s", clean(w.Message))
		if w.Hint != "" {
			p.say("  %s", clean(w.Hint))
		}
	}
}

// unreadText says what waits for the owner, "" when nothing does.
func unreadText(u view.Unread) string {
	var parts []string
	for _, n := range []struct {
		n    int
		what string
	}{{u.Messages, "message"}, {u.Requests, "request"}, {u.News, "news post"}, {u.Proposals, "proposal"}} {
		if n.n > 0 {
			parts = append(parts, count(n.n, n.what))
		}
	}
	text := strings.Join(parts, ", ")
	if u.Proposals > 0 {
		text += " to sign"
	}
	return text
}
