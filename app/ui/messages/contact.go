package messages

import (
	"context"
	"strings"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// contactSheet adds the other side to the address book, or changes its entry.
func (c *chat) contactSheet() {
	T := c.env.T
	name, note, reach := kit.Entry(T("messages.contact.name.hint")), kit.MultiLine("", 2), kit.Entry("198.51.100.4:7403")
	title := T("messages.contact.add")
	if c.contact != nil {
		title = T("messages.contact.edit")
		name.SetText(c.contact.Name)
		note.SetText(c.contact.Note)
		reach.SetText(c.contact.Reach)
	}
	field := kit.Field(T("messages.contact.name"), name)
	var sheet *kit.Sheet
	var ok *kit.Button
	save := func() {
		n, o, r := strings.TrimSpace(name.Text), strings.TrimSpace(note.Text), strings.TrimSpace(reach.Text)
		if n == "" {
			field.SetError(T("messages.contact.needed"))
			return
		}
		ok.SetBusy(true)
		page.Load(c.scope, func(ctx context.Context) (view.Contact, error) {
			return c.env.Backend.PutContact(ctx, view.ContactRequest{Address: c.address, Name: &n, Note: &o, Reach: &r})
		}, func(v view.Contact, err error) {
			ok.SetBusy(false)
			if err != nil {
				field.SetError(c.env.Text.Explain(err))
				return
			}
			sheet.Close()
			c.contact = &v
			if c.conv != nil {
				c.conv.Name = v.Name
			}
			c.drawTop()
			c.talks.change.Ask()
			c.env.Toast(look.Success, T("messages.contact.saved", "name", v.Name))
		})
	}
	name.OnSubmitted = func(string) { ok.Tapped(nil) }
	ok = kit.Primary(T("messages.save"), save)
	actions := []*kit.Button{kit.Secondary(T("messages.cancel"), func() { sheet.Close() }), ok}
	if c.contact != nil {
		remove := kit.Ghost(T("messages.contact.remove"), func() { sheet.Close(); c.removeContact() })
		actions = append([]*kit.Button{remove}, actions...)
	}
	form := kit.Form(c.env.Kit.CopyLine(c.address), field, kit.Field(T("messages.contact.note"), note), kit.Field(T("messages.contact.reach"), reach).Help(T("messages.contact.reach.help")))
	sheet = c.env.Kit.Sheet(kit.SheetOptions{Title: title, Content: form, Actions: actions, Width: 520})
	c.env.FocusOn(name)
}

// removeContact takes the other side out of the address book.
func (c *chat) removeContact() {
	T := c.env.T
	c.env.Kit.Confirm(kit.ConfirmOptions{Title: T("messages.contact.remove.title", "name", c.name()), Text: T("messages.contact.remove.text"), Tone: look.Danger, Action: T("messages.contact.remove"), Do: func() {
		page.Load(c.scope, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, c.env.Backend.DeleteContact(ctx, c.address)
		}, func(_ struct{}, err error) {
			if err != nil {
				c.env.Fail(err)
				return
			}
			c.contact = nil
			if c.conv != nil {
				c.conv.Name = ""
			}
			c.drawTop()
			c.talks.change.Ask()
		})
	}})
}

// mostSuggested is how many contacts the question whom to write to lists.
const mostSuggested = 6

// newConversation asks whom to write to: a contact or any address.
func newConversation(env *page.Env, scope *page.Scope, open func(address string)) {
	T := env.T
	var sheet *kit.Sheet
	var contacts []view.Contact
	suggested := kit.Tight()
	entry := kit.Entry(T("messages.new.hint"))
	field := kit.Field(T("messages.new.to"), entry)
	choose := func(address string) { sheet.Close(); open(address) }
	draw := func() {
		suggested.Objects = nil
		for _, c := range matching(contacts, entry.Text) {
			row := kit.Item().Avatar(c.Address).Title(c.Name, text.Short(c.Address))
			if c.Online {
				row.Pill(look.Success, T("messages.online"))
			}
			row.Done()
			suggested.Add(kit.Tap(row, func() { choose(c.Address) }).SetLabel(c.Name))
		}
		suggested.Refresh()
		if sheet != nil {
			sheet.Refresh()
			sheet.Resize(sheet.Size())
		}
	}
	var ok *kit.Button
	do := func() {
		to := strings.TrimSpace(entry.Text)
		if list := matching(contacts, to); to != "" && len(list) == 1 {
			choose(list[0].Address)
			return
		}
		if to == "" {
			field.SetError(T("messages.new.needed"))
			return
		}
		ok.SetBusy(true) // the node knows what an address is
		page.LoadKey(scope, "new", func(ctx context.Context) (view.AddressDetail, error) { return env.Backend.Address(ctx, to) }, func(d view.AddressDetail, err error) {
			ok.SetBusy(false)
			if err != nil {
				field.SetError(env.Text.Explain(err))
				return
			}
			choose(d.Address)
		})
	}
	entry.OnChanged = func(string) { field.SetError(""); draw() }
	entry.OnSubmitted = func(string) { ok.Tapped(nil) }
	ok = kit.Primary(T("messages.new.do"), do)
	sheet = env.Kit.Sheet(kit.SheetOptions{Title: T("messages.new"), Text: T("messages.new.text"), Content: kit.Form(field, suggested),
		Actions: []*kit.Button{kit.Secondary(T("messages.cancel"), func() { sheet.Close() }), ok}})
	env.FocusOn(entry)
	page.LoadKey(scope, "contacts", env.Backend.Contacts, func(list []view.Contact, err error) {
		if err != nil {
			env.Log.Warn("contacts could not be read", "err", err)
			return
		}
		contacts = list
		draw()
	})
}

// matching are the contacts that a text could mean, a few of them.
func matching(list []view.Contact, typed string) []view.Contact {
	typed = strings.ToLower(strings.TrimSpace(typed))
	var out []view.Contact
	for _, c := range list {
		if len(out) < mostSuggested && !c.Blocked && (strings.Contains(strings.ToLower(c.Name), typed) || strings.EqualFold(c.Address, typed)) {
			out = append(out, c)
		}
	}
	return out
}
