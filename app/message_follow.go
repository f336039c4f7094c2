package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
)

const messageFollowLong = `Print messages as they come, until Ctrl-C, also when the node is started anew; those
that are there already are not repeated, and nothing is marked read. With --json
each message is one line. Messages of blocked senders, and of strangers that paid
too little, stay out.`

func (p *program) messageFollow() *cobra.Command {
	return &cobra.Command{
		Use: "follow [ADDRESS|NAME]", Short: "Print messages as they come", Long: messageFollowLong, Args: exactly("[ADDRESS|NAME]"),
		Example: "  supercomputing message follow\n  supercomputing message follow Alice --json",
		RunE: func(c *cobra.Command, args []string) error {
			b, err := p.backend()
			if err != nil {
				return err
			}
			f := &messageStream{p: p, b: b, seen: make(map[string]bool)}
			if len(args) > 0 {
				if f.only, err = address(c.Context(), b, args[0]); err != nil {
					return err
				}
			}
			return f.run(c.Context())
		},
	}
}

// streamBacklog is how many messages of a conversation are looked at when it
// has changed.
const streamBacklog = 100

// messageStream prints what is new in conversations that may be shown.
type messageStream struct {
	p     *program
	b     view.Backend
	only  string          // one conversation's address, "" for all
	since time.Time       // the newest message when the stream began, by the node's clock
	seen  map[string]bool // messages printed or not to be
}

// The pauses before the node's events are asked for again: each twice the one
// before, for as long as that fails.
const (
	followPause   = time.Second
	followLongest = 30 * time.Second
)

// run prints until ctx is done. When the node's events end it tries again, and
// says so once: a node may be started anew, or a line be cut.
func (f *messageStream) run(ctx context.Context) error {
	pause, lost := followPause, false
	for {
		began, err := f.watch(ctx, lost)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, view.ErrUnauthorized) || !began && !lost {
			return err
		}
		if began {
			pause, lost = followPause, false
		}
		if !lost {
			f.p.aside("", []string{"The node's events ended; trying again until it answers."})
			lost = true
		}
		f.p.pause(ctx, pause)
		pause = min(2*pause, followLongest)
	}
}

// watch prints what comes until the node's events end. It reports whether it
// came as far as to know what was there; again says that this is known from
// before, so that what came in between is printed.
func (f *messageStream) watch(ctx context.Context, again bool) (began bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	changed, ended := make(chan string, 64), make(chan error, 1)
	go func() {
		ended <- f.b.Watch(ctx, func(e view.Event) error {
			if e.Kind != view.EventMessage {
				return nil
			}
			select {
			case changed <- e.Address:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	// The events are watched before the look at what is there: nothing that
	// comes in between is missed.
	if again {
		err = f.news(ctx, "")
	} else {
		err = f.first(ctx)
	}
	if err != nil {
		return false, err
	}
	for {
		select {
		case <-ctx.Done():
			return true, ctx.Err()
		case err := <-ended:
			return true, err
		case a := <-changed:
			if err := f.news(ctx, a); err != nil {
				return true, err
			}
		}
	}
}

// first notes what is there when the stream begins.
func (f *messageStream) first(ctx context.Context) error {
	list, err := f.conversations(ctx)
	for _, c := range list {
		if c.Last != nil {
			f.seen[c.Last.ID] = true
			if c.Last.Received.After(f.since) {
				f.since = c.Last.Received
			}
		}
	}
	return err
}

// conversations lists those that the stream shows.
func (f *messageStream) conversations(ctx context.Context) ([]view.Conversation, error) {
	var out []view.Conversation
	for _, q := range []view.ConversationsQuery{{}, {Requests: true}} {
		q.Limit = findPage
		list, err := f.b.Conversations(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, c := range list {
			if f.only == "" || c.Address == f.only {
				out = append(out, c)
			}
		}
	}
	return out, nil
}

// news prints what is new in a conversation; "" stands for all.
func (f *messageStream) news(ctx context.Context, address string) error {
	list, err := f.conversations(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if address != "" && c.Address != address || c.Last == nil || f.seen[c.Last.ID] {
			continue
		}
		if err := f.conversation(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (f *messageStream) conversation(ctx context.Context, c view.Conversation) error {
	list, err := f.b.Messages(ctx, view.MessagesQuery{Address: c.Address, Limit: streamBacklog})
	if err != nil {
		return err
	}
	for _, m := range slices.Backward(list) {
		if f.seen[m.ID] || m.Received.Before(f.since) {
			continue
		}
		f.seen[m.ID] = true
		if m.Filtered && c.Request {
			continue // beside others of a stranger that paid enough
		}
		if err := f.print(c, m); err != nil {
			return err
		}
	}
	return nil
}

func (f *messageStream) print(c view.Conversation, m view.Message) error {
	if f.p.json {
		raw, err := json.Marshal(m)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(f.p.out, string(raw))
		return err
	}
	name := c.Name
	if c.Request {
		name = "stranger " + short(c.Address)
	}
	f.p.showMessage(m, name)
	return nil
}
