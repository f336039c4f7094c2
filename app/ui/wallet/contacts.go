package wallet

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// contacts is the address book.
type contacts struct {
	p      *Page
	body   *fyne.Container
	search *kit.EntryBox
	place  *fyne.Container
	rows   *kit.Rows[*kit.ItemRow]
	all    []view.Contact
	found  []view.Contact
	ready  bool
	err    error
	ask    *page.Coalesce
}

func newContacts(p *Page) part {
	env := p.env
	c := &contacts{p: p, place: kit.Stack(kit.Loading(6))}
	c.search = kit.Search(env.T("wallet.contacts.search"), func(string) { c.show() })
	add := kit.Primary(env.T("wallet.contact.add"), func() { c.edit(view.Contact{}) }).Icon("person_add").Small()
	c.rows = kit.NewRows(kit.RowsOptions[*kit.ItemRow]{
		Len:    func() int { return len(c.found) },
		Make:   func() *kit.ItemRow { return kit.Item().Avatar(p.book.me).Title(" ", " ") },
		Fill:   func(i int, r *kit.ItemRow) { c.fill(r, c.found[i]) },
		Key:    func(i int) string { return c.found[i].Address },
		Tapped: func(i int) { c.open(c.found[i]) },
	})
	c.body = kit.ColumnGap(12, kit.Row(kit.Grow(c.search), add), kit.Grow(kit.PanelPad(4, c.place)))
	c.ask = page.NewCoalesce(p.life, refreshGap, c.load)
	c.ask.Ask()
	return c
}

func (c *contacts) object() fyne.CanvasObject { return c.body }
func (c *contacts) fills()                    {}
func (c *contacts) changed()                  {}
func (c *contacts) find()                     { c.p.env.FocusOn(c.search) }

func (c *contacts) event(e view.Event) {
	if e.Kind == view.EventMessage {
		c.ask.Ask()
	}
}

func (c *contacts) load() {
	page.LoadKey(c.p.life, "contacts", c.p.env.Backend.Contacts, func(all []view.Contact, err error) {
		if c.err = err; err == nil {
			c.all, c.ready = all, true
			c.p.book.contacts = all
		}
		c.show()
	})
}

func (c *contacts) show() {
	env := c.p.env
	want := strings.ToLower(strings.TrimSpace(c.search.Text))
	c.found = nil
	for _, v := range c.all {
		if want == "" || strings.Contains(strings.ToLower(v.Name+"\n"+v.Address+"\n"+v.Note), want) {
			c.found = append(c.found, v)
		}
	}
	var o fyne.CanvasObject = c.rows
	switch {
	case c.err != nil && !c.ready:
		o = env.Kit.Failure(c.err, c.load)
	case !c.ready:
		o = kit.Loading(6)
	case len(c.all) == 0:
		o = kit.Empty("contacts", env.T("wallet.contacts.empty"), env.T("wallet.contacts.empty.text"),
			kit.Primary(env.T("wallet.contact.add"), func() { c.edit(view.Contact{}) }).Icon("person_add"))
	case len(c.found) == 0:
		o = kit.Empty("search", env.T("wallet.contacts.none"), "", nil)
	}
	c.place.Objects = []fyne.CanvasObject{o}
	c.rows.Reload()
	c.p.root.Refresh()
}

func (c *contacts) fill(r *kit.ItemRow, v view.Contact) {
	env := c.p.env
	name := v.Name
	if name == "" {
		name = env.T("wallet.check.noname")
	}
	sub := text.Short(v.Address)
	if v.Note != "" {
		sub += " · " + v.Note
	}
	r.Avatar(v.Address).Title(name, sub)
	switch {
	case v.Blocked:
		r.Pill(look.Danger, env.T("wallet.contact.blocked"))
	case len(v.Warnings) > 0:
		r.Pill(look.Warn, env.T("wallet.contact.warning"))
	case v.Online:
		r.Pill(look.Success, env.T("wallet.account.isonline"))
	default:
		r.Pill(look.Plain, "")
	}
	r.Done()
}

// open shows an entry, and what can be done with it.
func (c *contacts) open(v view.Contact) {
	p, env := c.p, c.p.env
	parts := []fyne.CanvasObject{kit.Lead(kit.Avatar(v.Address, 44), kit.ColumnGap(4, kit.Heading(v.Name).Wrap(), kit.Mono(grouped(v.Address)).Wrap()))}
	for _, w := range v.Warnings {
		parts = append(parts, kit.Hint(look.Warn, "", w, nil))
	}
	var facts []kit.Fact
	add := func(label, value string) {
		if value != "" {
			facts = append(facts, kit.Fact{Label: label, Value: value})
		}
	}
	add(env.T("wallet.contact.note"), v.Note)
	if !v.Added.IsZero() {
		add(env.T("wallet.contact.added"), env.Text.Date(v.Added))
	}
	switch {
	case v.Online:
		add(env.T("wallet.contact.seen"), env.T("wallet.contact.now"))
	case !v.LastSeen.IsZero():
		add(env.T("wallet.contact.seen"), env.Text.When(v.LastSeen, env.Now()))
	}
	if n := p.book.paid(v.Address); n > 0 {
		add(env.T("wallet.contact.paid"), env.N("wallet.contact.times", n))
	}
	if len(facts) > 0 {
		parts = append(parts, kit.Facts(facts...))
	}
	var s *kit.Sheet
	leave := func(fn func()) func() { return func() { s.Close(); fn() } }
	block := kit.Secondary(env.T("wallet.contact.block"), leave(func() { c.block(v, true) })).Icon("block")
	if v.Blocked {
		block = kit.Secondary(env.T("wallet.contact.unblock"), leave(func() { c.block(v, false) })).Icon("block")
	}
	parts = append(parts, kit.Flow(
		kit.Secondary(env.T("wallet.contact.write"), leave(func() {
			env.Go(page.Route{Page: page.Messages, Tab: page.MessagesChat, Ref: v.Address})
		})).Icon("chat"),
		kit.Secondary(env.T("wallet.copy.address"), func() {
			env.Host.CopyText(v.Address, false)
			env.Toast(look.Success, env.T("wallet.copied.address"))
		}).Icon("content_copy"),
		kit.Secondary(env.T("wallet.contact.edit"), leave(func() { c.edit(v) })).Icon("edit"), block,
		kit.Secondary(env.T("wallet.contact.delete"), leave(func() { c.remove(v) })).Icon("delete")))
	closing := kit.Secondary(env.T("wallet.close"), func() { s.Close() })
	pay := kit.Primary(env.T("wallet.send"), leave(func() { p.goTo(page.WalletSend, v.Address) })).Icon("call_made")
	s = env.Kit.Sheet(kit.SheetOptions{Content: kit.ColumnGap(16, parts...), Actions: []*kit.Button{closing, pay}, Width: 560})
}

// edit adds or changes an entry.
func (c *contacts) edit(v view.Contact) {
	env, b := c.p.env, c.p.book
	name, address, note, reach := kit.Entry(""), kit.Entry(""), kit.Entry(""), kit.Entry("host:7403")
	name.SetText(v.Name)
	address.SetText(v.Address)
	note.SetText(v.Note)
	reach.SetText(v.Reach)
	title := env.T("wallet.contact.edit")
	if v.Address == "" {
		title = env.T("wallet.contact.add")
	} else {
		address.Disable()
	}
	nameField, addressField := kit.Field(env.T("wallet.contact.name"), name), kit.Field(env.T("wallet.contact.address"), address)
	var s *kit.Sheet
	var ok *kit.Button
	ok = kit.Primary(env.T("wallet.save"), func() {
		n, a := strings.TrimSpace(name.Text), strings.TrimSpace(address.Text)
		if u, err := view.ParsePayURI(a); err == nil {
			a = u.Address
		}
		nameField.SetError("")
		addressField.SetError(b.checkAddress(a))
		if a == "" {
			addressField.SetError(env.T("wallet.contact.address.empty"))
		}
		if n == "" {
			nameField.SetError(env.T("wallet.contact.name.empty"))
		}
		if nameField.Error() != "" || addressField.Error() != "" {
			s.Refresh()
			return
		}
		ok.SetBusy(true)
		remark, where := strings.TrimSpace(note.Text), strings.TrimSpace(reach.Text)
		page.Load(c.p.life, func(ctx context.Context) (view.Contact, error) {
			return env.Backend.PutContact(ctx, view.ContactRequest{Address: a, Name: &n, Note: &remark, Reach: &where})
		}, func(got view.Contact, err error) {
			ok.SetBusy(false)
			if err != nil {
				addressField.SetError(env.Text.Explain(err))
				s.Refresh()
				return
			}
			s.Close()
			c.load()
			if len(got.Warnings) > 0 {
				c.open(got) // with what is odd about the name
				return
			}
			env.Toast(look.Success, env.T("wallet.contact.saved", "name", n))
		})
	})
	cancel := kit.Secondary(env.T("wallet.cancel"), func() { s.Close() })
	s = env.Kit.Sheet(kit.SheetOptions{Title: title, Content: kit.Form(nameField, addressField, kit.Field(env.T("wallet.contact.note"), note),
		kit.Field(env.T("wallet.contact.reach"), reach).Help(env.T("wallet.contact.reach.help"))), Actions: []*kit.Button{cancel, ok}, Width: 560})
	env.FocusOn(name)
}

func (c *contacts) block(v view.Contact, blocked bool) {
	env := c.p.env
	page.Load(c.p.life, func(ctx context.Context) (view.Contact, error) {
		return env.Backend.PutContact(ctx, view.ContactRequest{Address: v.Address, Blocked: &blocked})
	}, func(_ view.Contact, err error) {
		if err != nil {
			env.Fail(err)
		}
		c.load()
	})
}

func (c *contacts) remove(v view.Contact) {
	env := c.p.env
	c.p.sure(sure{title: env.T("wallet.contact.delete.title", "name", v.Name), text: env.T("wallet.contact.delete.text"), button: env.T("wallet.contact.delete"), danger: true,
		do: func(ctx context.Context) error { return env.Backend.DeleteContact(ctx, v.Address) }, done: c.load})
}
