package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

const newsLong = `News are messages that addresses publish openly on the chain, signed and in plain
text: the foundation's, and those of the channels that you subscribe to.`

func (p *program) newsCommand() *cobra.Command {
	return group("news", "Read the foundation's and other channels, and publish", newsLong,
		p.newsList(), p.newsRead(), p.newsChannels(), p.newsSubscribe(), p.newsUnsubscribe(), p.newsMute(true), p.newsMute(false), p.newsPublish())
}

func (p *program) newsList() *cobra.Command {
	var q view.NewsQuery
	var keep bool
	c := &cobra.Command{
		Use: "list [CHANNEL]", Short: "Show news, the newest last", Args: exactly("[CHANNEL]"),
		Long: `Show news of all channels, or of one by its name or address, the newest last. When
all that was unread is shown, it is marked read; --keep-unread and --json leave it.`,
		Example: "  supercomputing news list\n  supercomputing news list Foundation --limit 3",
	}
	c.Flags().StringVar(&q.Search, "search", "", "only posts that hold this")
	c.Flags().BoolVar(&keep, "keep-unread", false, "do not mark them read")
	pageFlags(c, &q.Page, 10)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (list []view.NewsPost, err error) {
		if len(args) > 0 {
			if q.Channel, err = channel(ctx, b, args[0]); err != nil {
				return nil, err
			}
		}
		if list, err = b.News(ctx, q); err != nil {
			return nil, err
		}
		if !keep && !p.json && q.Channel == "" && q.Search == "" && q.Skip == 0 && allUnreadShown(list, q.Limit) {
			err = b.MarkNewsRead(ctx)
		}
		return list, err
	}, p.showNews)
	return c
}

// allUnreadShown reports whether something is unread and nothing older than
// the list can be.
func allUnreadShown(list []view.NewsPost, limit int) bool {
	unread := slices.ContainsFunc(list, func(n view.NewsPost) bool { return n.Unread })
	return unread && (len(list) < limit || !list[len(list)-1].Unread)
}

func (p *program) showNews(list []view.NewsPost) {
	if len(list) == 0 {
		p.say("No news. “supercomputing news subscribe ADDRESS” follows a channel.")
	}
	for i, n := range slices.Backward(list) {
		who := nameOr(n.Name, n.Author)
		if n.Official {
			who += " (official)"
		}
		if n.Unread {
			who = "* " + who
		}
		p.say("%s  %s  block %d  %s", timeText(n.Time), clean(who), n.Height, short(n.ID))
		p.lines("    ", n.Title)
		// The text may repeat the title, which is its first line.
		p.lines("    ", strings.TrimPrefix(n.Text+"\n", n.Title+"\n"))
		p.links("    ", n.Links)
		p.warnings("    ", n.Warnings)
		if i > 0 {
			p.say("")
		}
	}
}

func (p *program) newsRead() *cobra.Command {
	return &cobra.Command{
		Use: "read", Short: "Mark all news read", Args: exactly(),
		Long:    "Mark the news of all channels read without showing them.",
		Example: "  supercomputing news read",
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) (struct{}, error) {
			return struct{}{}, b.MarkNewsRead(ctx)
		}, func(struct{}) { p.say("Done.") }),
	}
}

func (p *program) newsChannels() *cobra.Command {
	return &cobra.Command{
		Use: "channels", Short: "List the channels that you follow", Args: exactly(),
		Long:    "List the channels that you follow, the foundation's first.",
		Example: "  supercomputing news channels",
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) ([]view.Channel, error) {
			return b.Channels(ctx)
		}, func(list []view.Channel) {
			var rows [][]any
			for _, c := range list {
				rows = append(rows, []any{c.Name, channelState(c), c.Posts, c.Unread, c.Author})
			}
			p.table("NAME||POSTS|UNREAD|ADDRESS", rows, "You follow no channel. “supercomputing news subscribe ADDRESS” follows one.")
		}),
	}
}

// channelState says what is special about a channel.
func channelState(c view.Channel) string {
	var s []string
	if c.Official {
		s = append(s, "official")
	}
	if c.Muted {
		s = append(s, "muted")
	}
	if c.Reading {
		s = append(s, "older posts are being read")
	}
	return strings.Join(s, ", ")
}

// channel finds a channel that we follow by its name; an address stands for
// itself.
func channel(ctx context.Context, b view.Backend, given string) (string, error) {
	if isAddress(given) {
		return given, nil
	}
	list, err := b.Channels(ctx)
	if err != nil {
		return "", err
	}
	c, err := pickNamed(given, "channel", list, func(c view.Channel) (string, string) { return c.Author, c.Name })
	return c.Author, err
}

func (p *program) showChannel(c view.Channel) {
	p.facts("channel", c.Name, "address", c.Author, "posts", c.Posts, "state", channelState(c))
}

func (p *program) newsSubscribe() *cobra.Command {
	return &cobra.Command{
		Use: "subscribe ADDRESS|CONTACT [NAME]", Short: "Follow what an address publishes", Args: exactly("ADDRESS|CONTACT", "[NAME]"),
		Long:    "Follow what an address publishes, under a name of your choice. For a channel that\nyou follow already, the name changes.",
		Example: "  supercomputing news subscribe sc1p… \"Weather\"",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (c view.Channel, err error) {
			var req view.SubscribeRequest
			if req.Author, err = address(ctx, b, args[0]); err != nil {
				return c, err
			}
			if len(args) > 1 {
				req.Name = args[1]
			}
			return b.Subscribe(ctx, req)
		}, p.showChannel),
	}
}

func (p *program) newsUnsubscribe() *cobra.Command {
	return &cobra.Command{
		Use: "unsubscribe CHANNEL", Short: "No longer follow a channel", Args: exactly("CHANNEL"),
		Long:    "No longer follow a channel, named by its name or its address. The foundation's\nstays in the list and is muted.",
		Example: "  supercomputing news unsubscribe Weather",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (c view.Channel, err error) {
			a, err := channel(ctx, b, args[0])
			if err != nil {
				return c, err
			}
			return b.Subscribe(ctx, view.SubscribeRequest{Author: a, Remove: true})
		}, func(view.Channel) { p.say("Done.") }),
	}
}

func (p *program) newsMute(mute bool) *cobra.Command {
	c := &cobra.Command{
		Use: "mute CHANNEL", Short: "Keep a channel out of the news", Args: exactly("CHANNEL"),
		Long:    "Keep a channel's posts out of the news, without losing them: “supercomputing news\nlist CHANNEL” still shows them.",
		Example: "  supercomputing news mute Foundation",
	}
	if !mute {
		c.Use, c.Short = "unmute CHANNEL", "Hear a channel again"
		c.Long, c.Example = "Show a muted channel's posts among the news again.", "  supercomputing news unmute Foundation"
	}
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (c view.Channel, err error) {
		a, err := channel(ctx, b, args[0])
		if err != nil {
			return c, err
		}
		return b.Subscribe(ctx, view.SubscribeRequest{Author: a, Mute: &mute})
	}, p.showChannel)
	return c
}

func (p *program) newsPublish() *cobra.Command {
	var req view.PublishRequest
	var file string
	var yes bool
	c := &cobra.Command{
		Use: "publish [TEXT]", Short: "Publish openly, signed by your address", Args: exactly("[TEXT]"),
		Long: `Publish a text on the chain, signed by your address and readable by everybody for
good. Its first line is its title. The price is shown and asked about first.`,
		Example: "  supercomputing news publish --file post.txt\n  echo \"Back on Monday\" | supercomputing news publish - --yes",
	}
	c.Flags().StringVar(&file, "file", "", "read the text from this file")
	feeRateFlag(c, &req.FeeRate)
	yesFlag(c, &yes)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (s view.Sent, err error) {
		given := ""
		if len(args) > 0 {
			given = args[0]
		}
		if req.Text, err = p.text(given, file); err != nil {
			return s, err
		}
		if req.Text == "" {
			return s, &usageError{errors.New("nothing to publish"), "give a text, --file, or “-” for standard input"}
		}
		q, err := b.QuotePublish(ctx, req)
		if err != nil {
			return s, err
		}
		if !q.Affordable {
			return s, view.Errorf(view.CodeFunds, "the post costs %v, more than can be spent now; nothing was published", coins(q.Price))
		}
		title, _, _ := strings.Cut(strings.TrimSpace(req.Text), "\n")
		p.quote("title", firstLine(title, 60), "size", bytesText(int64(q.Bytes)), "price", coins(q.Price))
		if err := p.confirm(fmt.Sprintf("Publish it for everybody and for good, for %v?", coins(q.Price)), yes); err != nil {
			return s, err
		}
		return b.Publish(ctx, req)
	}, func(s view.Sent) { p.say("%s", s.TxID) })
	return c
}
