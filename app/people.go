package main

import (
	"context"

	"supercomputing/app/view"
)

// people names addresses for a person: “you”, a contact's name, or a shared
// account's. Where coins go is shown by it wherever that is asked about, so that
// nobody has to compare addresses by eye.
type people map[string]string

// people reads the names; JSON needs none, and none are asked for.
func (p *program) people(ctx context.Context, b view.Backend) (people, error) {
	names := make(people)
	if p.json {
		return names, nil
	}
	accounts, err := b.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range accounts {
		// An account may have its name from an invitation: it must not pass for
		// a person's.
		names[a.Address] = "the account " + clean(a.Name)
	}
	contacts, err := b.Contacts(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range contacts {
		if c.Name != "" {
			names[c.Address] = clean(c.Name)
		}
	}
	own, err := b.Addresses(ctx)
	for _, a := range own {
		names[a.Address] = "you"
	}
	return names, err
}

// named writes an address with whose it is before it, as far as that is known.
func (n people) named(address string) string { return named(n[address], address) }
