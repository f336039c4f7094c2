package wallet

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// account is the page of one shared account.
type account struct {
	p         *Page
	id        string
	box       *fyne.Container
	a         *view.Account
	err       error
	proposals []view.Proposal
	routines  []view.Routine
	moves     []view.Movement
	moreMoves bool
	stage     fyne.CanvasObject // proposing
	writing   *proposing
	ask       *page.Coalesce
}

func newAccount(p *Page, id string) part {
	a := &account{p: p, id: id, box: kit.Stack(kit.Panel(kit.Loading(5)))}
	a.ask = page.NewCoalesce(p.life, refreshGap, a.load)
	a.ask.Ask()
	return a
}

func (a *account) object() fyne.CanvasObject { return a.box }

// changed implements part: names may have come.
func (a *account) changed() {
	switch {
	case a.writing != nil && a.stage != nil:
		a.writing.changed()
	case a.a != nil:
		a.show()
	}
}

func (a *account) event(e view.Event) {
	if e.Kind != view.EventMessage {
		a.ask.Ask()
	}
}

func (a *account) back() bool {
	if a.stage != nil {
		a.stage, a.writing = nil, nil
		a.show()
		return true
	}
	a.p.goTo(page.WalletShared, "")
	return true
}

// accountMoves is how many movements the page shows at first.
const accountMoves = 10

func (a *account) load() {
	b, life := a.p.env.Backend, a.p.life
	page.LoadKey(life, "account", func(ctx context.Context) (view.Account, error) { return b.Account(ctx, a.id) },
		func(v view.Account, err error) {
			if a.err = err; err == nil {
				a.a = &v
			}
			a.show()
		})
	page.LoadKey(life, "proposals", func(ctx context.Context) ([]view.Proposal, error) { return b.Proposals(ctx, a.id) },
		func(v []view.Proposal, err error) {
			if err == nil {
				a.proposals = v
				a.show()
			}
		})
	page.LoadKey(life, "routines", func(ctx context.Context) ([]view.Routine, error) { return b.Routines(ctx, a.id) },
		func(v []view.Routine, err error) {
			if err == nil {
				a.routines = v
				a.show()
			}
		})
	a.loadMoves(max(accountMoves, len(a.moves)))
}

func (a *account) loadMoves(n int) {
	page.LoadKey(a.p.life, "moves", func(ctx context.Context) ([]view.Movement, error) {
		return a.p.env.Backend.AccountHistory(ctx, a.id, view.Page{Limit: n + 1})
	}, func(v []view.Movement, err error) {
		if err == nil {
			a.moreMoves = len(v) > n
			a.moves = v[:min(n, len(v))]
			a.show()
		}
	})
}

func (a *account) show() { a.p.env.Kit.Redraw(a.box, a.draw) }

func (a *account) draw() {
	p, env := a.p, a.p.env
	if a.stage != nil {
		a.box.Objects = []fyne.CanvasObject{a.stage}
		p.root.Refresh()
		return
	}
	back := kit.Left(kit.Ghost(env.T("wallet.tab.shared"), func() { p.goTo(page.WalletShared, "") }).Icon("arrow_back").Small())
	parts := []fyne.CanvasObject{back}
	switch {
	case a.a == nil && a.err != nil:
		parts = append(parts, kit.Panel(env.Kit.Failure(a.err, a.load)))
	case a.a == nil:
		parts = append(parts, kit.Panel(kit.Loading(5)))
	default:
		parts = append(parts, a.head(*a.a))
		if o := a.openProposals(); o != nil {
			parts = append(parts, o)
		}
		parts = append(parts, a.members(*a.a), a.history(), a.routineCard(), a.safety(*a.a))
	}
	a.box.Objects = []fyne.CanvasObject{kit.Loose(parts...)}
	p.root.Refresh()
}

func (a *account) head(v view.Account) fyne.CanvasObject {
	p, env := a.p, a.p.env
	pills := kit.Flow(kit.Pill(look.Primary, signers(env, v)))
	if v.Role != "" {
		pills.Add(kit.Pill(look.Info, roleText(env, v.Role)))
	}
	words := kit.ColumnGap(6, kit.Heading(v.Name).Wrap(), kit.Display(env.Text.Exact(v.Balance.Total)).Wrap(), pills)
	more := env.Kit.MoreButton(
		kit.MenuItem{Label: env.T("wallet.account.rename"), Icon: "edit", Do: a.rename},
		kit.MenuItem{Label: env.T("wallet.account.remove"), Icon: "delete", Do: a.remove})
	parts := []fyne.CanvasObject{kit.Row(kit.Grow(kit.Lead(kit.Avatar(v.Address, 44), words)), more)}
	facts := []kit.Fact{{Label: env.T("wallet.overview.spendable"), Value: env.Text.Exact(v.Balance.Spendable)}}
	for _, f := range []kit.Fact{
		{Label: env.T("wallet.overview.pending"), Value: positive(env, v.Balance.Pending)},
		{Label: env.T("wallet.overview.immature"), Value: positive(env, v.Balance.Immature)},
		{Label: env.T("wallet.overview.credit"), Value: positive(env, v.Balance.Credit)},
	} {
		if f.Value != "" {
			facts = append(facts, f)
		}
	}
	parts = append(parts, kit.Facts(facts...))
	if v.Problem != "" {
		parts = append(parts, kit.Hint(look.Danger, env.T("wallet.shared.problem"), v.Problem, nil))
	}
	for _, w := range v.Warnings {
		parts = append(parts, kit.Hint(look.Warn, "", w, nil))
	}
	propose := kit.Primary(env.T("wallet.account.propose"), func() { a.propose() }).Icon("edit")
	if v.Problem != "" {
		propose.Disable()
	}
	receive := kit.Secondary(env.T("wallet.account.receive"), a.receive).Icon("call_received")
	psbt := kit.Secondary(env.T("wallet.psbt.import"), p.importPSBT).Icon("upload")
	return kit.Panel(kit.ColumnGap(16, append(parts, kit.Flow(propose, receive, psbt))...))
}

// roleText names the role that the network file gives to an account.
func roleText(env *page.Env, role string) string {
	switch role {
	case view.AccountFoundation:
		return env.T("wallet.role.foundation")
	case view.AccountFund:
		return env.T("wallet.role.fund")
	}
	return role
}

// openProposals lists the proposals, those that wait first.
func (a *account) openProposals() fyne.CanvasObject {
	env := a.p.env
	open, over := kit.ColumnGap(0), kit.ColumnGap(0)
	for _, pr := range a.proposals {
		box := over
		if pr.State == view.ProposalOpen || pr.State == view.ProposalSent {
			box = open
		}
		if len(box.Objects) > 0 {
			box.Add(kit.Divider())
		}
		box.Add(a.p.proposalRow(pr, ""))
	}
	if len(a.proposals) == 0 {
		return nil
	}
	parts := kit.ColumnGap(8)
	if len(open.Objects) > 0 {
		parts.Add(open)
	} else {
		parts.Add(kit.Muted(env.T("wallet.account.noproposals")).Wrap())
	}
	if n := (len(over.Objects) + 1) / 2; n > 0 {
		parts.Add(kit.Details(env.N("wallet.account.over", n), over))
	}
	return kit.Card(env.T("wallet.account.proposals"), nil, parts)
}

// members lists who signs, and who is there now.
func (a *account) members(v view.Account) fyne.CanvasObject {
	env := a.p.env
	rows := kit.ColumnGap(0)
	online := 0
	for i, m := range v.Members {
		if i > 0 {
			rows.Add(kit.Divider())
		}
		if m.Online || m.Me {
			online++
		}
		rows.Add(a.member(m))
	}
	return kit.Card(env.T("wallet.account.members"), kit.Small(env.T("wallet.account.online", "n", online, "all", len(v.Members))), rows)
}

func (a *account) member(m view.AccountMember) fyne.CanvasObject {
	env := a.p.env
	name := m.Name
	if m.Me {
		name = env.T("wallet.account.you")
	} else if name == "" {
		name = a.p.book.name(m.Address)
	}
	if name == "" {
		name = env.T("wallet.account.unnamed")
	}
	row := kit.Item().Title(name, env.T("wallet.account.key", "key", m.Fingerprint))
	if m.Address != "" {
		row.Avatar(m.Address)
	} else {
		row.Icon("person", look.Muted)
	}
	switch {
	case m.Me:
		row.Pill(look.Primary, env.T("wallet.account.here"))
	case m.Address == "":
		row.Pill(look.Warn, env.T("wallet.account.noaddress"))
	case m.Online:
		row.Pill(look.Success, env.T("wallet.account.isonline"))
	default:
		row.Pill(look.Plain, env.T("wallet.account.offline"))
	}
	row.Done()
	if m.Me {
		return row
	}
	return kit.Tap(row, func() { a.editMember(m) }).SetLabel(name)
}

// history shows what the account received and paid.
func (a *account) history() fyne.CanvasObject {
	env := a.p.env
	rows := kit.ColumnGap(0)
	for i, m := range a.moves {
		if i > 0 {
			rows.Add(kit.Divider())
		}
		row := kit.Item()
		a.p.fillMove(row, m)
		rows.Add(kit.Tap(row, func() { env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerTx, Ref: m.TxID}) }).SetLabel(m.TxID))
	}
	var o fyne.CanvasObject = rows
	if len(a.moves) == 0 {
		o = kit.Muted(env.T("wallet.account.nomoves")).Wrap()
	}
	parts := kit.ColumnGap(8, o)
	if a.moreMoves {
		parts.Add(kit.Center(kit.Secondary(env.T("wallet.account.more"), func() { a.loadMoves(len(a.moves) + 50) }).Small()))
	}
	return kit.Card(env.T("wallet.tab.history"), nil, parts)
}

// safety is the line that brings the account back.
func (a *account) safety(v view.Account) fyne.CanvasObject {
	env := a.p.env
	save := kit.Secondary(env.T("wallet.account.descriptor.save"), func() { a.saveDescriptor(v) }).Icon("download").Small()
	return kit.Card(env.T("wallet.account.backup"), save, kit.Column(
		kit.Muted(env.T("wallet.shared.descriptor.help")).Wrap(), env.Kit.CopyLine(v.Descriptor)))
}
