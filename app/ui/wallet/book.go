package wallet

import (
	"context"
	"strings"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/wallet/ledger"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// book is what all parts of the page know: addresses and names, the balance,
// the fees of now, and the history as far as it was loaded.
type book struct {
	env   *page.Env
	scope *page.Scope
	tell  func() // the parts

	prefix   string // of the network's addresses, "" until it is known
	me       string // the identity
	balance  *view.Balance
	own      []view.AddressInfo
	contacts []view.Contact
	rates    *view.FeeRates
	toSign   int   // proposals that wait for us
	err      error // of the newest question

	moves   *ledger.List
	wanted  bool // somebody wants the history
	loading bool
	whole   bool  // all of it is here
	stale   bool  // something happened while it was loaded
	moveErr error // why loading stopped
}

func newBook(env *page.Env, scope *page.Scope, tell func()) *book {
	b := &book{env: env, scope: scope, tell: tell}
	b.moves = ledger.New(b.searched)
	return b
}

// searched is more text by which a movement is found.
func (b *book) searched(m view.Movement) string { return kindText(b.env, m) }

// load asks for all but the history.
func (b *book) load() {
	b.loadStatus()
	b.refresh(true)
	b.loadContacts()
}

func (b *book) loadStatus() {
	page.LoadKey(b.scope, "status", b.env.Backend.Status, func(s view.Status, err error) {
		if b.noted(err) {
			b.prefix, b.me, b.toSign = s.AddressPrefix, s.Identity, s.Unread.Proposals
			b.tell()
		}
	})
}

func (b *book) loadContacts() {
	page.LoadKey(b.scope, "contacts", b.env.Backend.Contacts, func(c []view.Contact, err error) {
		if b.noted(err) {
			b.contacts = c
			b.tell()
		}
	})
}

// refresh asks for what a block or a payment changes.
func (b *book) refresh(addresses bool) {
	page.LoadKey(b.scope, "balance", b.env.Backend.Balance, func(v view.Balance, err error) {
		if b.noted(err) {
			b.balance = &v
			b.tell()
		}
	})
	page.LoadKey(b.scope, "rates", b.env.Backend.FeeRates, func(v view.FeeRates, err error) {
		if err == nil { // without them the node estimates
			b.rates = &v
			b.tell()
		}
	})
	if addresses {
		page.LoadKey(b.scope, "addresses", b.env.Backend.Addresses, func(v []view.AddressInfo, err error) {
			if b.noted(err) {
				b.own = v
				b.tell()
			}
		})
	}
	b.renew()
}

// noted keeps an error for the parts, and reports whether there is none.
func (b *book) noted(err error) bool {
	b.err = err
	if err != nil {
		b.tell()
	}
	return err == nil
}

// movesAtOnce is how many movements are asked for at a time.
const movesAtOnce = 500

// want loads the history in the background, once.
func (b *book) want() {
	if b.wanted && b.moveErr == nil {
		return
	}
	b.wanted, b.moveErr = true, nil
	b.older()
}

// older asks for the next part of the history.
func (b *book) older() {
	if b.loading || b.whole {
		return
	}
	b.loading = true
	p := view.Page{Skip: b.moves.Len(), Limit: movesAtOnce}
	page.LoadKey(b.scope, "moves", func(ctx context.Context) ([]view.Movement, error) {
		return b.env.Backend.History(ctx, p)
	}, func(part []view.Movement, err error) {
		b.loading = false
		if err != nil {
			b.moveErr = err
			b.tell()
			return
		}
		before := b.moves.Len()
		b.moves.Append(part)
		b.whole = b.moves.Len() == before // nothing more; nodes may give less than was asked for
		if !b.whole {
			b.older()
		} else if b.stale {
			b.stale = false
			b.renew()
		}
		b.tell()
	})
}

// renew asks for the newest movements, when the history is in use.
func (b *book) renew() {
	switch {
	case !b.wanted:
		return
	case b.loading:
		b.stale = true
		return
	}
	page.LoadKey(b.scope, "newest", func(ctx context.Context) ([]view.Movement, error) {
		return b.env.Backend.History(ctx, view.Page{Limit: movesAtOnce})
	}, func(part []view.Movement, err error) {
		if err != nil {
			return // what is shown stays; the next event asks again
		}
		if !b.moves.Refresh(part) { // too much happened: from the start
			b.moves, b.whole = ledger.New(b.searched), false
			b.moves.Append(part)
			b.older()
		}
		b.tell()
	})
}

// confirmations counts a movement's blocks by the newest height, because the
// movement may have been loaded some blocks ago.
func (b *book) confirmations(m view.Movement) uint32 {
	if m.Height == 0 || b.balance == nil || b.balance.Height < m.Height {
		return m.Confirmations
	}
	return b.balance.Height - m.Height + 1
}

// contact finds the address book's entry of an address.
func (b *book) contact(address string) (view.Contact, bool) {
	for _, c := range b.contacts {
		if c.Address == address {
			return c, true
		}
	}
	return view.Contact{}, false
}

// ours finds an own address.
func (b *book) ours(address string) (view.AddressInfo, bool) {
	for _, a := range b.own {
		if a.Address == address {
			return a, true
		}
	}
	return view.AddressInfo{}, false
}

// name is what the owner calls an address, "" for nothing.
func (b *book) name(address string) string {
	if c, ok := b.contact(address); ok && c.Name != "" {
		return c.Name
	}
	a, ok := b.ours(address)
	switch {
	case !ok:
		return ""
	case a.Identity:
		return b.env.T("wallet.me")
	case a.Label != "":
		return b.env.T("wallet.me.label", "label", a.Label)
	}
	return b.env.T("wallet.me.other")
}

// checkAddress says what is wrong with an address, "" for nothing.
func (b *book) checkAddress(address string) string {
	if b.prefix == "" {
		return "" // the node checks it with the quote
	}
	if _, err := types.DecodeAddress(b.prefix, address); err == nil {
		return ""
	}
	if i := strings.LastIndexByte(address, '1'); i > 0 && !strings.EqualFold(address[:i], b.prefix) {
		return b.env.T("wallet.address.network", "prefix", b.prefix+"1")
	}
	return b.env.T("wallet.address.mistyped")
}
