package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"supercomputing/app/view"
	"supercomputing/app/view/avatar"
)

const contactLong = `The address book: names for addresses, so that “message send Alice …” works and
others cannot pass for Alice. Names are yours alone; nobody learns them.`

func (p *program) contactCommand() *cobra.Command {
	return group("contact", "Keep names for addresses, and block senders", contactLong,
		p.contactList(), p.contactAdd(), p.contactSet(), p.contactRemove(), p.contactAvatar(),
		p.contactBlock("block", "Take no more messages of a sender", true),
		p.contactBlock("unblock", "Take messages of a sender again", false))
}

func (p *program) contactList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the address book", Args: exactly(),
		Long:    "List the address book by name. A “!” follows what is suspicious, such as two names\nthat look alike.",
		Example: "  supercomputing contact list",
		RunE: asking(p, func(ctx context.Context, b view.Backend, _ []string) ([]view.Contact, error) {
			return b.Contacts(ctx)
		}, func(list []view.Contact) {
			var rows [][]any
			for _, c := range list {
				rows = append(rows, []any{c.Name, contactState(c), timeText(c.LastSeen), c.Address, c.Note})
			}
			p.table("NAME||LAST SEEN|ADDRESS|NOTE", rows, "The address book is empty. “supercomputing contact add ADDRESS NAME” adds to it.")
			for _, c := range list {
				for _, w := range c.Warnings {
					p.warnings("", []string{c.Name + ": " + w})
				}
			}
		}),
	}
}

func contactState(c view.Contact) string {
	switch {
	case c.Blocked:
		return "blocked"
	case c.Online:
		return "online"
	}
	return ""
}

func (p *program) showContact(c view.Contact) {
	p.facts("name", c.Name, "address", c.Address, "reached at", c.Reach, "note", c.Note, "state", contactState(c), "last seen", timeText(c.LastSeen))
	p.warnings("", c.Warnings)
}

// contactFlags hold what add and set have in common.
type contactFlags struct{ note, reach string }

func (v *contactFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&v.note, "note", "", "your own note")
	c.Flags().StringVar(&v.reach, "at", "", "host:port where its node is reached; several with commas (default: as it tells itself)")
}

// lay puts the flags that were given into a request.
func (v *contactFlags) lay(c *cobra.Command, req *view.ContactRequest) {
	if c.Flags().Changed("note") {
		req.Note = &v.note
	}
	if c.Flags().Changed("at") {
		req.Reach = &v.reach
	}
}

func (p *program) contactAdd() *cobra.Command {
	var v contactFlags
	c := &cobra.Command{
		Use: "add ADDRESS NAME", Short: "Give an address a name", Args: exactly("ADDRESS", "NAME"),
		Long:    "Put an address into the address book. An entry that is there already is not\nchanged; “supercomputing contact set” does that.",
		Example: "  supercomputing contact add sc1p… Alice --at alice.example:7401 --note \"from the fair\"",
	}
	v.add(c)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (view.Contact, error) {
		if args[1] == "" {
			return view.Contact{}, &usageError{errors.New("the name is empty"), "give the address a name"}
		}
		list, err := b.Contacts(ctx)
		if err != nil {
			return view.Contact{}, err
		}
		for _, x := range list {
			if x.Address == args[0] && x.Name != "" {
				return x, view.Errorf(view.CodeConflict, "that address is in the address book as %s", clean(x.Name)).
					WithHint("“supercomputing contact set” changes it")
			}
		}
		req := view.ContactRequest{Address: args[0], Name: &args[1]}
		v.lay(c, &req)
		return b.PutContact(ctx, req)
	}, p.showContact)
	return c
}

func (p *program) contactSet() *cobra.Command {
	var v contactFlags
	c := &cobra.Command{
		Use: "set ADDRESS|NAME [NEW NAME]", Aliases: []string{"rename"}, Short: "Rename an entry, or change its note or where it is reached",
		Args:    exactly("ADDRESS|NAME", "[NEW NAME]"),
		Long:    "Change an entry of the address book. What is not named stays; an empty --note or\n--at is removed.",
		Example: "  supercomputing contact set Alice \"Alice B.\"\n  supercomputing contact set Alice --note \"\" --at alice.example:7401",
	}
	v.add(c)
	c.RunE = asking(p, func(ctx context.Context, b view.Backend, args []string) (view.Contact, error) {
		var req view.ContactRequest
		if len(args) > 1 {
			req.Name = &args[1]
		}
		if v.lay(c, &req); req.Name == nil && req.Note == nil && req.Reach == nil {
			return view.Contact{}, &usageError{errors.New("nothing to change"), "see “" + c.CommandPath() + " --help”"}
		}
		var err error
		if req.Address, err = address(ctx, b, args[0]); err != nil {
			return view.Contact{}, err
		}
		return b.PutContact(ctx, req)
	}, p.showContact)
	return c
}

func (p *program) contactRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove ADDRESS|NAME", Short: "Take an entry out of the address book", Args: exactly("ADDRESS|NAME"),
		Long:    "Take an entry out of the address book. Its conversation stays.",
		Example: "  supercomputing contact remove Alice",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (struct{}, error) {
			a, err := address(ctx, b, args[0])
			if err != nil {
				return struct{}{}, err
			}
			return struct{}{}, b.DeleteContact(ctx, a)
		}, func(struct{}) { p.say("Done.") }),
	}
}

func (p *program) contactBlock(use, short string, blocked bool) *cobra.Command {
	return &cobra.Command{
		Use: use + " ADDRESS|NAME", Short: short, Args: exactly("ADDRESS|NAME"),
		Long: fmt.Sprintf(`%s.

Blocked senders are not told: their messages over the chain are kept apart
(“supercomputing message list --blocked”), and they find this node offline.`, short),
		Example: "  supercomputing contact " + use + " sc1p…",
		RunE: asking(p, func(ctx context.Context, b view.Backend, args []string) (view.Contact, error) {
			a, err := address(ctx, b, args[0])
			if err != nil {
				return view.Contact{}, err
			}
			return b.PutContact(ctx, view.ContactRequest{Address: a, Blocked: &blocked})
		}, p.showContact),
	}
}

func (p *program) contactAvatar() *cobra.Command {
	var out string
	c := &cobra.Command{
		Use: "avatar ADDRESS|NAME", Short: "Draw the picture that belongs to an address", Args: exactly("ADDRESS|NAME"),
		Long: `Draw the picture that belongs to an address, as SVG on standard output or into a new
file. It is made from the address alone: the same everywhere, another for each.`,
		Example: "  supercomputing contact avatar Alice --out alice.svg",
	}
	c.Flags().StringVar(&out, "out", "", "the file to write; one that exists is not replaced")
	c.RunE = func(c *cobra.Command, args []string) error {
		a := args[0]
		if !isAddress(a) {
			b, err := p.backend()
			if err != nil {
				return err
			}
			if a, err = address(c.Context(), b, a); err != nil {
				return err
			}
		}
		svg := avatar.SVG(a)
		if out == "" {
			return p.show(struct {
				Address string `json:"address"`
				SVG     string `json:"svg"`
			}{a, svg}, func() { p.say("%s", svg) })
		}
		if err := p.writeNew(out, []byte(svg+"\n")); err != nil {
			return err
		}
		return p.show(struct {
			File string `json:"file"`
		}{out}, func() { p.say("Written to %s.", out) })
	}
	return c
}
