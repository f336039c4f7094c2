package wallet

import (
	"context"
	"strings"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// positive is an amount in words, "" for none.
func positive(env *page.Env, a types.Amount) string {
	if a <= 0 {
		return ""
	}
	return env.Text.Exact(a)
}

// rename gives the account another name here.
func (a *account) rename() {
	env := a.p.env
	a.p.ask(question{title: env.T("wallet.account.rename"), text: env.T("wallet.make.name.help"), field: env.T("wallet.make.name"), given: a.a.Name,
		need: true, button: env.T("wallet.save"), done: a.load,
		do: func(ctx context.Context, name string) error {
			_, err := env.Backend.EditAccount(ctx, view.EditAccountRequest{ID: a.id, Name: &name})
			return err
		}})
}

// remove forgets the account here, after showing what brings it back.
func (a *account) remove() {
	env := a.p.env
	a.p.sure(sure{title: env.T("wallet.account.remove"), text: env.T("wallet.account.remove.text", "name", a.a.Name), danger: true,
		content: kit.ColumnGap(10, kit.Facts(kit.Fact{Label: env.T("wallet.account.holds"), Value: env.Text.Exact(a.a.Balance.Total)}), env.Kit.CopyLine(a.a.Descriptor)),
		button:  env.T("wallet.account.remove.button"),
		do:      func(ctx context.Context) error { return env.Backend.RemoveAccount(ctx, a.id) },
		done:    func() { a.p.goTo(page.WalletShared, "") }})
}

// editMember tells a member's name and address.
func (a *account) editMember(m view.AccountMember) {
	env := a.p.env
	name, address := kit.Entry(""), kit.Entry("")
	name.SetText(m.Name)
	address.SetText(m.Address)
	addressField := kit.Field(env.T("wallet.account.member.address"), address).Help(env.T("wallet.account.member.address.help"))
	var s *kit.Sheet
	var ok *kit.Button
	ok = kit.Primary(env.T("wallet.save"), func() {
		n, where := strings.TrimSpace(name.Text), strings.TrimSpace(address.Text)
		if where != "" {
			found, problem := a.p.book.find(where)
			if addressField.SetError(problem); problem != "" {
				return
			}
			where = found
		}
		ok.SetBusy(true)
		page.Load(a.p.scope, func(ctx context.Context) (view.Account, error) {
			return env.Backend.EditAccount(ctx, view.EditAccountRequest{ID: a.id, Member: m.Fingerprint, MemberName: &n, MemberAddress: &where})
		}, func(_ view.Account, err error) {
			ok.SetBusy(false)
			if err != nil {
				addressField.SetError(env.Text.Explain(err))
				return
			}
			s.Close()
			a.load()
		})
	})
	cancel := kit.Secondary(env.T("wallet.cancel"), func() { s.Close() })
	s = env.Kit.Sheet(kit.SheetOptions{Title: env.T("wallet.account.member"), Text: env.T("wallet.account.key", "key", m.Fingerprint),
		Content: kit.Form(kit.Field(env.T("wallet.contact.name"), name), addressField), Actions: []*kit.Button{cancel, ok}})
	env.FocusOn(name)
}

// receive shows a fresh address of the account.
func (a *account) receive() {
	env := a.p.env
	page.LoadKey(a.p.life, "address", func(ctx context.Context) (view.AddressInfo, error) {
		return env.Backend.AccountAddress(ctx, a.id)
	}, func(v view.AddressInfo, err error) {
		if err != nil {
			env.Fail(err)
			return
		}
		var s *kit.Sheet
		done := kit.Secondary(env.T("wallet.close"), func() { s.Close() })
		copyIt := kit.Primary(env.T("wallet.receive.copy"), func() {
			env.Host.CopyText(v.Address, false)
			env.Toast(look.Success, env.T("wallet.copied.address"))
		}).Icon("content_copy")
		s = env.Kit.Sheet(kit.SheetOptions{Title: env.T("wallet.account.receive.title", "name", a.a.Name), Text: env.T("wallet.account.receive.text"),
			Content: kit.ColumnGap(14, kit.Center(kit.MinSize(220, 220, kit.QR(view.PayURI{Address: v.Address}.String()))), kit.Box(kit.Mono(grouped(v.Address)).Wrap())),
			Actions: []*kit.Button{done, copyIt}})
	})
}

// saveDescriptor writes the line that brings the account back into a file.
func (a *account) saveDescriptor(v view.Account) {
	a.p.saveText(a.p.env.T("wallet.account.descriptor.save"), "shared-account-"+tail(v.Address)+".txt", v.Descriptor+"\n")
}

// saveText asks for a file and writes text into it.
func (p *Page) saveText(title, name, s string) {
	env := p.env
	page.Load(p.scope, func(ctx context.Context) (string, error) {
		path, err := env.Host.SaveFile(ctx, title, name)
		if err != nil || path == "" {
			return "", err
		}
		return path, env.Host.WriteFile(ctx, path, []byte(s))
	}, func(path string, err error) {
		switch {
		case err != nil && !page.Cancelled(err):
			env.Fail(err)
		case err == nil && path != "":
			env.Toast(look.Success, env.T("wallet.saved", "path", path))
		}
	})
}
