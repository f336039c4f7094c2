package messages

import (
	"context"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
	"supercomputing/chain/types"
)

// openSettings lets one say who may write, and how.
func openSettings(env *page.Env, scope *page.Scope) {
	page.LoadKey(scope, "settings", env.Backend.MessageSettings, func(s view.MessageSettings, err error) {
		if err != nil {
			env.Fail(err)
			return
		}
		settingsSheet(env, scope, s)
	})
}

func settingsSheet(env *page.Env, scope *page.Scope, s view.MessageSettings) {
	T := env.T
	least, account := env.Kit.Amount(), env.Kit.Amount()
	least.SetAmount(s.MinFee)
	account.SetAmount(s.AccountPrice)
	leastField := kit.Field(T("messages.set.least"), least).Help(T("messages.set.least.help"))
	accountField := kit.Field(T("messages.set.account"), account).Help(T("messages.set.account.help"))
	var sheet *kit.Sheet
	var ok *kit.Button
	save := func() {
		var good bool
		if s.MinFee, good = orNothing(least, leastField); !good {
			return
		}
		if s.AccountPrice, good = orNothing(account, accountField); !good {
			return
		}
		ok.SetBusy(true)
		page.LoadKey(scope, "settings", func(ctx context.Context) (view.MessageSettings, error) { return env.Backend.SetMessageSettings(ctx, s) }, func(_ view.MessageSettings, err error) {
			ok.SetBusy(false)
			if err != nil {
				env.Fail(err)
				return
			}
			sheet.Close()
			env.Toast(look.Success, T("messages.set.saved"))
		})
	}
	ok = kit.Primary(T("messages.save"), save)
	form := kit.Form(
		kit.SwitchRow(T("messages.set.strangers"), T("messages.set.strangers.help"), s.Strangers, func(b bool) { s.Strangers = b }), leastField,
		kit.SwitchRow(T("messages.set.read"), T("messages.set.read.help"), s.ReadMarks, func(b bool) { s.ReadMarks = b }),
		kit.SwitchRow(T("messages.set.reach"), T("messages.set.reach.help"), s.ShareReach, func(b bool) { s.ShareReach = b }), accountField)
	sheet = env.Kit.Sheet(kit.SheetOptions{Title: T("messages.settings"), Content: form, Width: 560,
		Actions: []*kit.Button{kit.Secondary(T("messages.cancel"), func() { sheet.Close() }), ok}})
}

// orNothing is what was typed into a field; an empty one is nothing.
func orNothing(a *kit.AmountEntry, f *kit.FieldBox) (types.Amount, bool) {
	f.SetError("")
	if a.Empty() {
		return 0, true
	}
	v, err := a.Value()
	if err != nil {
		f.SetError(err.Error())
		return 0, false
	}
	return v, true
}
