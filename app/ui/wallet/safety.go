package wallet

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// safety keeps the wallet from being lost and from being taken.
type safety struct {
	p    *Page
	body *fyne.Container
	told *fyne.Container // what the backup holds
}

func newSafety(p *Page) part {
	env := p.env
	s := &safety{p: p, told: kit.Column()}
	put(s.told)
	card := func(icon, title, words string, action fyne.CanvasObject, more ...fyne.CanvasObject) fyne.CanvasObject {
		inside := kit.ColumnGap(12, kit.ColumnGap(4, kit.Heading(title).Wrap(), kit.Muted(words).Wrap()))
		for _, o := range more {
			inside.Add(o)
		}
		inside.Add(kit.Left(action))
		return kit.Panel(kit.Lead(kit.Badge(icon, look.Primary), inside))
	}
	s.body = kit.Loose(
		card("key", env.T("wallet.words.title"), env.T("wallet.words.text"),
			kit.Primary(env.T("wallet.words.button"), s.checkWords).Icon("task_alt")),
		card("backup", env.T("wallet.backup.title"), env.T("wallet.backup.text"),
			kit.Secondary(env.T("wallet.backup.button"), s.backup).Icon("download"), s.told),
		card("password", env.T("wallet.passphrase.title"), env.T("wallet.passphrase.text"),
			kit.Secondary(env.T("wallet.passphrase.button"), s.changePassphrase).Icon("edit")),
		card("lock", env.T("wallet.lock.title"), s.lockText(), s.lockButtons()))
	return s
}

func (s *safety) object() fyne.CanvasObject { return s.body }
func (s *safety) changed()                  {}

func (s *safety) lockText() string {
	env := s.p.env
	if n := env.Prefs.Get().LockMinutes; n > 0 {
		return env.N("wallet.lock.text", n)
	}
	return env.T("wallet.lock.never")
}

func (s *safety) lockButtons() fyne.CanvasObject {
	env := s.p.env
	row := kit.Flow()
	if env.Lock != nil {
		row.Add(kit.Secondary(env.T("wallet.lock.button"), env.Lock).Icon("lock"))
	}
	row.Add(kit.Ghost(env.T("wallet.lock.settings"), func() { env.Go(page.Route{Page: page.Settings}) }))
	return row
}

// backup writes the wallet into a file that its owner names.
func (s *safety) backup() {
	p, env := s.p, s.p.env
	name := "wallet-" + env.Now().Format("2006-01-02") + ".scbackup"
	page.Load(p.life, func(ctx context.Context) (string, error) {
		return env.Host.SaveFile(ctx, env.T("wallet.backup.title"), name)
	}, func(path string, err error) {
		if err != nil && !page.Cancelled(err) {
			env.Fail(err)
		}
		if err != nil || path == "" {
			return
		}
		page.Do(p.life, page.Action{Title: env.T("wallet.backup.doing"), Text: path}, func(ctx context.Context, _ page.Say) (view.BackupInfo, error) {
			return env.Backend.Backup(ctx, view.BackupRequest{Path: path})
		}, s.backedUp)
	})
}

func (s *safety) backedUp(b view.BackupInfo, err error) {
	env := s.p.env
	switch {
	case page.Cancelled(err):
		return
	case err != nil:
		put(s.told, env.Kit.FailureLine(err, nil))
	default:
		words := env.T("wallet.backup.done.text", "path", b.Path, "size", env.Text.Bytes(b.Size)) + "\n" +
			env.T("wallet.backup.contains", "parts", strings.Join(b.Contains, env.T("wallet.comma"))) + "\n" + env.T("wallet.backup.needs")
		put(s.told, kit.Hint(look.Success, env.T("wallet.backup.done"), words,
			kit.Secondary(env.T("wallet.backup.show"), func() {
				page.Load(s.p.life, func(ctx context.Context) (struct{}, error) { return struct{}{}, env.Host.Show(ctx, b.Path) }, func(_ struct{}, err error) {
					if err != nil {
						env.Fail(err)
					}
				})
			}).Small()))
	}
	s.p.root.Refresh()
}

// changePassphrase asks for the old and the new passphrase.
func (s *safety) changePassphrase() {
	p, env := s.p, s.p.env
	old, fresh, again := env.Kit.Password(""), env.Kit.NewPassword(""), env.Kit.Password("")
	oldField := kit.Field(env.T("wallet.passphrase.old"), old)
	freshField := kit.Field(env.T("wallet.passphrase.new"), fresh)
	againField := kit.Field(env.T("wallet.passphrase.again"), again)
	note := kit.Column()
	put(note)
	var sheet *kit.Sheet
	var ok *kit.Button
	ok = kit.Primary(env.T("wallet.passphrase.button"), func() {
		oldField.SetError(s.unless(old.Text != "", env.T("wallet.passphrase.old.empty")))
		freshField.SetError(s.unless(fresh.Entry.Text != "", env.T("wallet.passphrase.new.empty")))
		againField.SetError(s.unless(again.Text == fresh.Entry.Text, env.T("wallet.passphrase.differ")))
		sheet.Refresh()
		if oldField.Error()+freshField.Error()+againField.Error() != "" {
			return
		}
		ok.SetBusy(true)
		req := view.PassphraseChange{Old: old.Text, New: fresh.Entry.Text}
		page.Load(p.life, func(ctx context.Context) (struct{}, error) {
			return struct{}{}, env.Backend.ChangePassphrase(context.WithoutCancel(ctx), req)
		}, func(_ struct{}, err error) {
			ok.SetBusy(false)
			switch {
			case err == nil:
				sheet.Close()
				env.Toast(look.Success, env.T("wallet.passphrase.done"))
			case view.AsError(err).Code == view.CodeWrongPassphrase:
				oldField.SetError(env.Text.Explain(err))
			default:
				put(note, env.Kit.FailureLine(err, nil))
			}
			sheet.Refresh()
		})
	})
	cancel := kit.Secondary(env.T("wallet.cancel"), func() { sheet.Close() })
	sheet = env.Kit.Sheet(kit.SheetOptions{Title: env.T("wallet.passphrase.title"), Text: env.T("wallet.passphrase.explain"),
		Content: kit.Form(oldField, freshField, againField, note), Actions: []*kit.Button{cancel, ok},
		Closed: func() { // nothing of it stays in the widgets
			for _, e := range []*kit.EntryBox{old, fresh.Entry, again} {
				e.SetText("")
			}
		}})
	env.FocusOn(old)
}

// unless is a problem when something is not so.
func (s *safety) unless(ok bool, problem string) string {
	if ok {
		return ""
	}
	return problem
}
