package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

const messageLong = `Write to any address, and read what others wrote. While both sides are online a
message goes over a direct, encrypted connection: free and at once. When the
other side is offline it can go over the chain: encrypted too, paid, and
delivered when they come back. A conversation holds both.

Strangers' first messages wait among the requests until you answer.`

func (p *program) messageCommand() *cobra.Command {
	return group("message", "Write to other addresses and read what they write", messageLong,
		p.messageList(), p.messageShow(), p.messageSend(), p.messageQuote(), p.messageRetry(), p.messageSearch(),
		p.messageRead(), p.messageDelete(), p.messagePay(), p.messageSave(), p.messageSettings(), p.messageFollow())
}

const messageListLong = `List conversations, the one with the newest message first. Three kinds are kept
apart: requests are strangers that you have not answered, filtered are strangers
that paid less than you ask for, and blocked are senders that you blocked.`

func (p *program) messageList() *cobra.Command {
	var q view.ConversationsQuery
	var waiting []view.Conversation // strangers, told of beside the others
	c := &cobra.Command{
		Use: "list", Short: "List conversations", Long: messageListLong, Args: exactly(),
		Example: "  supercomputing message list\n  supercomputing message list --requests",
	}
	f := c.Flags()
	f.BoolVar(&q.Requests, "requests", false, "strangers that wait for an answer")
	f.BoolVar(&q.Filtered, "filtered", false, "strangers that paid too little")
	f.BoolVar(&q.Blocked, "blocked", false, "blocked senders")
	f.StringVar(&q.Search, "search", "", "only those whose name or address holds this")
	pageFlags(c, &q.Page, 50)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, _ []string) ([]view.Conversation, error) {
		if err := oneOf(f, "requests", "filtered", "blocked"); err != nil {
			return nil, err
		}
		list, err := b.Conversations(ctx, q)
		if err == nil && !p.json && q.Search == "" && !q.Requests && !q.Filtered && !q.Blocked {
			waiting, err = b.Conversations(ctx, view.ConversationsQuery{Requests: true})
		}
		return list, err
	}, func(list []view.Conversation) {
		p.showConversations(list, q)
		if n := len(waiting); n > 0 {
			p.say("%s for an answer: “supercomputing message list --requests” shows them.", waits(n))
		}
	})
	return c
}

func waits(n int) string {
	if n == 1 {
		return "1 stranger waits"
	}
	return fmt.Sprintf("%d strangers wait", n)
}

func (p *program) showConversations(list []view.Conversation, q view.ConversationsQuery) {
	var rows [][]any
	for _, x := range list {
		name := x.Name
		switch {
		case x.Own:
			name = "(notes to yourself)"
		case len(x.Warnings) > 0:
			name += " (!)"
		}
		unread, here, last := "", "", ""
		if x.Unread > 0 {
			unread = fmt.Sprint(x.Unread)
		}
		if x.Online {
			here = "online"
		}
		if x.Last != nil {
			last = messageLine(*x.Last)
		}
		rows = append(rows, []any{name, unread, here, timeText(x.Time), last, x.Address})
	}
	p.table("NAME|UNREAD||LAST|MESSAGE|ADDRESS", rows, noConversations(q))
	for _, x := range list {
		for _, w := range x.Warnings {
			p.warnings("", []string{nameOr(x.Name, x.Address) + ": " + w})
		}
	}
}

func noConversations(q view.ConversationsQuery) string {
	switch {
	case q.Search != "":
		return "No conversation is called that."
	case q.Requests:
		return "No stranger waits for an answer."
	case q.Filtered:
		return "No message was filtered out."
	case q.Blocked:
		return "Nobody who is blocked has written."
	}
	return "No conversations yet. “supercomputing message send ADDRESS TEXT” begins one."
}

const messageShowLong = `Show a conversation, its newest messages last, and mark it read up to those;
--keep-unread and --json leave it as it is. Text of others is indented, links are
shown with the host that they really lead to, and what is suspicious follows a
“!”.`

func (p *program) messageShow() *cobra.Command {
	var q view.MessagesQuery
	var keep bool
	c := &cobra.Command{
		Use: "show ADDRESS|NAME", Short: "Show a conversation", Long: messageShowLong, Args: exactly("ADDRESS|NAME"),
		Example: "  supercomputing message show Alice\n  supercomputing message show sc1p… --limit 200",
	}
	c.Flags().IntVar(&q.Limit, "limit", 30, "how many messages")
	c.Flags().StringVar(&q.Before, "before", "", "only messages older than the one with this id")
	c.Flags().BoolVar(&keep, "keep-unread", false, "do not mark it read")
	c.Flags().BoolVar(&q.Blocked, "blocked", false, "what came while its sender was blocked")
	names := make(map[string]string)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (list []view.Message, err error) {
		if q.Address, err = address(ctx, b, args[0]); err != nil {
			return nil, err
		}
		if q.Address != args[0] {
			names[q.Address] = args[0]
		}
		if q.Before != "" {
			m, err := findMessage(ctx, b, q.Before)
			if err != nil {
				return nil, err
			}
			q.Before = m.ID
		}
		if list, err = b.Messages(ctx, q); err != nil {
			return nil, err
		}
		if !keep && !p.json && slices.ContainsFunc(list, func(m view.Message) bool { return m.Unread }) {
			err = b.MarkRead(ctx, view.ReadRequest{Address: q.Address, UpTo: list[0].ID})
		}
		return list, err
	}, func(list []view.Message) {
		if len(list) == 0 {
			p.say("No messages there.")
		}
		p.showMessages(list, names)
	})
	return c
}

func (p *program) messageSearch() *cobra.Command {
	var q view.MessageSearch
	c := &cobra.Command{
		Use: "search TEXT", Short: "Find messages by text", Args: exactly("TEXT"),
		Long:    "Find messages by text, in all conversations or with one correspondent, the newest\nlast.",
		Example: "  supercomputing message search invoice\n  supercomputing message search invoice --with Alice",
	}
	var with string
	names := make(map[string]string)
	c.Flags().StringVar(&with, "with", "", "only the conversation with this address or contact")
	c.Flags().IntVar(&q.Limit, "limit", 30, "how many")
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (list []view.Message, err error) {
		q.Text = args[0]
		if with != "" {
			if q.Address, err = address(ctx, b, with); err != nil {
				return nil, err
			}
		}
		if !p.json {
			contacts, err := b.Contacts(ctx)
			if err != nil {
				return nil, err
			}
			for _, c := range contacts {
				names[c.Address] = c.Name
			}
		}
		return b.SearchMessages(ctx, q)
	}, func(list []view.Message) {
		if len(list) == 0 {
			p.say("Nothing found.")
		}
		p.showMessages(list, names)
	})
	return c
}

func (p *program) messageRead() *cobra.Command {
	return &cobra.Command{
		Use: "read ADDRESS|NAME", Short: "Mark a conversation read", Args: exactly("ADDRESS|NAME"),
		Long: `Mark a conversation read without showing it. Its sender is told when it is online
and “supercomputing message settings” allows that.`,
		Example: "  supercomputing message read Alice",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (struct{}, error) {
			a, err := address(ctx, b, args[0])
			if err != nil {
				return struct{}{}, err
			}
			return struct{}{}, b.MarkRead(ctx, view.ReadRequest{Address: a})
		}, func(struct{}) { p.say("Done.") }),
	}
}

func (p *program) messageDelete() *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use: "delete MESSAGE", Short: "Remove a message here", Args: exactly("MESSAGE"),
		Long: `Remove a message from this node. What was sent stays sent: the other side keeps
it. MESSAGE is its id, or enough of the id's beginning.`,
		Example: "  supercomputing message delete 3f2a91bc",
	}
	yesFlag(c, &yes)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (struct{}, error) {
		m, err := findMessage(ctx, b, args[0])
		if err != nil {
			return struct{}{}, err
		}
		p.quote("message", messageLine(m))
		if err := p.confirm("Remove it here for good?", yes); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, b.DeleteMessage(ctx, m.ID)
	}, func(struct{}) { p.say("Done.") })
	return c
}
