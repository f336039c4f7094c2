package wallet

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// making is the form of a new shared account.
type making struct {
	s      *shared
	body   *fyne.Container
	mine   *fyne.Container
	line   string // our own
	name   *kit.EntryBox
	others *kit.EntryBox
	field  *kit.FieldBox
	named  *kit.FieldBox
	who    *kit.SelectBox
	need   int // 0: all, by MuSig2
	invite bool
	note   *fyne.Container
	button *kit.Button
	count  *kit.Text
}

// makeNew opens the form.
func (s *shared) makeNew() {
	p, env := s.p, s.p.env
	m := &making{s: s, mine: kit.Stack(kit.Loading(1)), invite: true, note: kit.Column(), count: kit.Small("")}
	m.name = kit.Entry(env.T("wallet.make.name.hint"))
	m.named = kit.Field(env.T("wallet.make.name"), m.name).Help(env.T("wallet.make.name.help"))
	m.others = kit.MultiLine(env.T("wallet.make.lines.hint"), 4)
	m.others.OnChanged = func(string) { m.counted() }
	m.field = kit.Field(env.T("wallet.make.lines"), m.others).Help(env.T("wallet.make.lines.help"))
	m.who = kit.Select(nil, 0, func(i int) { m.need = i })
	invite := kit.SwitchRow(env.T("wallet.make.invite"), env.T("wallet.make.invite.text"), true, func(on bool) { m.invite = on })
	m.button = kit.Primary(env.T("wallet.make.button"), m.create).Icon("group")
	back := kit.Secondary(env.T("wallet.cancel"), func() { s.back() })
	put(m.note)
	m.body = kit.Loose(
		kit.Card(env.T("wallet.make.mine"), nil, kit.Column(kit.Muted(env.T("wallet.make.mine.text")).Wrap(), m.mine)),
		kit.Card(env.T("wallet.make.members"), nil, kit.Form(m.field, m.count)),
		kit.Card(env.T("wallet.make.rules"), nil, kit.Form(m.named, kit.Field(env.T("wallet.make.who"), m.who).Help(env.T("wallet.make.who.help")), invite, m.note, kit.Flow(back, m.button))))
	m.counted()
	s.stageOn(kit.MaxWidth(820, m.body))
	page.Load(p.life, env.Backend.AccountKey, func(k view.AccountKey, err error) {
		if err != nil {
			m.mine.Objects = []fyne.CanvasObject{env.Kit.FailureLine(err, nil)}
		} else {
			m.line = k.Line
			code := kit.Details(env.T("wallet.make.mine.qr"), kit.Left(kit.MinSize(240, 240, kit.QR(k.Line))))
			m.mine.Objects = []fyne.CanvasObject{kit.Column(env.Kit.CopyLine(k.Line), code)}
		}
		m.counted()
		p.root.Refresh()
	})
}

// members are all lines, ours among them.
func (m *making) members() []string {
	var out []string
	for l := range strings.Lines(m.others.Text) {
		if l = strings.TrimSpace(l); l != "" && !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	if m.line != "" && !slices.Contains(out, m.line) {
		out = append([]string{m.line}, out...)
	}
	return out
}

// counted shows how many members there are, and what they can agree on.
func (m *making) counted() {
	env := m.s.p.env
	m.field.SetError("")
	n := len(m.members())
	m.count.Set(env.N("wallet.make.count", n))
	options := []string{env.N("wallet.make.all", n)}
	for k := 1; k < n; k++ {
		options = append(options, env.T("wallet.make.some", "k", k, "n", n))
	}
	if m.need >= len(options) {
		m.need = 0
	}
	m.who.SetOptions(options, m.need)
	m.s.p.root.Refresh()
}

func (m *making) create() {
	p, env := m.s.p, m.s.p.env
	name := strings.TrimSpace(m.name.Text)
	m.named.SetError("")
	members := m.members()
	if name == "" {
		m.named.SetError(env.T("wallet.make.name.empty"))
		env.FocusOn(m.name)
	}
	if len(members) < 2 {
		m.field.SetError(env.T("wallet.make.lines.few"))
	}
	if name == "" || len(members) < 2 {
		p.root.Refresh()
		return
	}
	req := view.CreateAccountRequest{Name: name, Required: m.need, Members: members, Invite: m.invite}
	m.button.SetBusy(true)
	page.Load(p.life, func(ctx context.Context) (view.Account, error) {
		return env.Backend.CreateAccount(ctx, req)
	}, func(a view.Account, err error) {
		m.button.SetBusy(false)
		if err != nil {
			put(m.note, env.Kit.FailureLine(err, nil))
			p.root.Refresh()
			return
		}
		m.s.stageOn(kit.MaxWidth(820, m.made(a)))
	})
}

// made tells what to do with a new account.
func (m *making) made(a view.Account) fyne.CanvasObject {
	p, env := m.s.p, m.s.p.env
	parts := []fyne.CanvasObject{
		kit.Empty("groups", env.T("wallet.make.done", "name", a.Name), signers(env, a), nil),
		kit.Hint(look.Warn, env.T("wallet.make.compare"), env.T("wallet.make.compare.text"), nil),
		kit.Box(kit.Mono(grouped(a.Address)).Wrap()),
		kit.Field(env.T("wallet.shared.descriptor"), env.Kit.CopyLine(a.Descriptor)).Help(env.T("wallet.shared.descriptor.help")),
	}
	for _, w := range a.Warnings {
		parts = append(parts, kit.Hint(look.Warn, "", w, nil))
	}
	for _, v := range a.Invitations {
		who := v.Name
		if who == "" {
			who = grouped(v.Address)
		}
		if v.Problem != "" {
			parts = append(parts, kit.Hint(look.Warn, env.T("wallet.make.uninvited", "who", who), v.Problem, nil))
			continue
		}
		parts = append(parts, kit.Hint(look.Success, "", env.T("wallet.make.invited", "who", who), nil))
	}
	open := kit.Primary(env.T("wallet.make.open"), func() { p.goTo(page.WalletShared, a.ID) })
	return kit.Panel(kit.ColumnGap(16, append(parts, kit.Left(open))...))
}
