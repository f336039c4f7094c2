package wallet

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// proposalRow is a proposal in a list, with its account's name where lists mix.
func (p *Page) proposalRow(pr view.Proposal, account string) fyne.CanvasObject {
	env := p.env
	title := proposalTitle(env, pr)
	sub := env.T("wallet.proposal.signed", "n", pr.Signed, "all", pr.Required) + " · " + env.Text.When(pr.Created, env.Now())
	if account != "" {
		sub = account + " · " + sub
	}
	row := kit.Item().Icon(proposalIcon(pr), look.Primary).Title(title, sub)
	tone, state := proposalState(env, pr)
	p.mark(row, env.Text.Amount(pr.Total), tone, state)
	row.Done()
	return kit.Tap(row, func() { p.goTo(page.WalletProposal, pr.ID) }).SetLabel(title)
}

// proposalTitle says what a proposal does, by its transaction.
func proposalTitle(env *page.Env, pr view.Proposal) string {
	if pr.Record != nil {
		return kindText(env, view.Movement{Kind: pr.Record.Kind})
	}
	var to []view.ProposalOutput
	for _, o := range pr.Outputs {
		if !o.Change {
			to = append(to, o)
		}
	}
	if len(to) == 0 {
		return env.T("wallet.kind.moved")
	}
	who := to[0].Name
	if who == "" {
		who = text.Short(to[0].Address)
	}
	if len(to) > 1 {
		who = env.N("wallet.move.more", len(to)-1, "who", who)
	}
	return env.T("wallet.move.to", "who", who)
}

func proposalIcon(pr view.Proposal) string {
	if pr.Record != nil {
		icon, _ := kindIcon(view.Movement{Kind: pr.Record.Kind})
		return icon
	}
	return "call_made"
}

// proposalState names a proposal's state as its owner sees it.
func proposalState(env *page.Env, pr view.Proposal) (look.Tone, string) {
	switch pr.State {
	case view.ProposalOpen:
		if pr.CanSign {
			return look.Warn, env.T("wallet.proposal.yours")
		}
		return look.Info, env.T("wallet.proposal.open")
	case view.ProposalSent:
		return look.Info, env.T("wallet.proposal.sent")
	case view.ProposalConfirmed:
		return look.Success, env.T("wallet.proposal.confirmed")
	case view.ProposalDeclined:
		return look.Danger, env.T("wallet.proposal.declined")
	case view.ProposalDead:
		return look.Danger, env.T("wallet.proposal.dead")
	case view.ProposalExpired:
		return look.Danger, env.T("wallet.proposal.expired")
	}
	return look.Plain, pr.State
}

// proposal is the page of one proposal.
type proposal struct {
	p    *Page
	id   string
	body *fyne.Container
	pr   *view.Proposal
	name string // of its account
	err  error
	note error // of the last action
	ask  *page.Coalesce
}

func newProposal(p *Page, id string) part {
	r := &proposal{p: p, id: id, body: kit.Loose(kit.Panel(kit.Loading(5)))}
	r.ask = page.NewCoalesce(p.life, refreshGap, r.load)
	r.ask.Ask()
	return r
}

func (r *proposal) object() fyne.CanvasObject { return r.body }
func (r *proposal) changed()                  { r.show() }

func (r *proposal) event(e view.Event) {
	if e.Kind != view.EventMessage {
		r.ask.Ask()
	}
}

func (r *proposal) load() {
	page.LoadKey(r.p.life, "proposal", func(ctx context.Context) (view.Proposal, error) {
		return r.p.env.Backend.Proposal(ctx, r.id)
	}, r.took)
}

// took shows a proposal as the node has it now.
func (r *proposal) took(pr view.Proposal, err error) {
	if r.err = err; err == nil {
		r.pr, r.note = &pr, nil
	}
	r.show()
	if err == nil && r.name == "" {
		page.LoadKey(r.p.life, "account", func(ctx context.Context) (view.Account, error) {
			return r.p.env.Backend.Account(ctx, pr.Account)
		}, func(a view.Account, err error) {
			if err == nil {
				r.name = a.Name
				r.show()
			}
		})
	}
}

func (r *proposal) show() { r.p.env.Kit.Redraw(r.body, r.draw) }

func (r *proposal) draw() {
	p, env := r.p, r.p.env
	to, label := "", env.T("wallet.tab.shared")
	if r.pr != nil {
		to = r.pr.Account
		if r.name != "" {
			label = r.name
		}
	}
	parts := []fyne.CanvasObject{kit.Left(kit.Ghost(label, func() { p.goTo(page.WalletShared, to) }).Icon("arrow_back").Small())}
	switch {
	case r.pr == nil && r.err != nil:
		parts = append(parts, kit.Panel(env.Kit.Failure(r.err, r.load)))
	case r.pr == nil:
		parts = append(parts, kit.Panel(kit.Loading(5)))
	default:
		if r.note != nil {
			parts = append(parts, env.Kit.FailureLine(r.note, nil))
		}
		parts = append(parts, r.head(*r.pr), r.does(*r.pr), r.signers(*r.pr), r.exchange(*r.pr))
	}
	r.body.Objects = parts
	p.root.Refresh()
}

// head is what leaves the account, the state, and what can be done.
func (r *proposal) head(pr view.Proposal) fyne.CanvasObject {
	env := r.p.env
	tone, state := proposalState(env, pr)
	by := env.T("wallet.proposal.by", "who", pr.Proposer, "when", env.Text.When(pr.Created, env.Now()))
	if pr.Mine {
		by = env.T("wallet.proposal.mine", "when", env.Text.When(pr.Created, env.Now()))
	}
	parts := []fyne.CanvasObject{kit.Lead(kit.Badge(proposalIcon(pr), look.Primary), kit.ColumnGap(6,
		kit.Heading(proposalTitle(env, pr)).Wrap(), kit.Display(env.Text.Exact(pr.Total)).Wrap(), kit.Muted(by).Wrap(), kit.Flow(kit.Pill(tone, state))))}
	if pr.Note != "" {
		who := pr.Proposer
		if pr.Mine {
			who = env.T("wallet.account.you")
		}
		parts = append(parts, kit.Box(kit.ColumnGap(2, kit.Small(env.T("wallet.proposal.note", "who", who)).Wrap(), kit.Body(pr.Note).Wrap())))
	}
	for _, w := range pr.Warnings {
		parts = append(parts, kit.Hint(look.Warn, "", w, nil))
	}
	if pr.Why != "" {
		parts = append(parts, kit.Hint(look.Info, "", pr.Why, nil))
	}
	buttons := kit.Flow()
	if pr.CanSign {
		buttons.Add(kit.Primary(env.T("wallet.proposal.sign"), func() { r.sign(pr) }).Icon("edit"))
	}
	if pr.State == view.ProposalOpen && !r.iDeclined(pr) {
		buttons.Add(kit.Secondary(env.T("wallet.proposal.decline"), func() { r.decline(pr) }).Icon("close"))
	}
	if pr.State == view.ProposalOpen && pr.Round > 0 {
		buttons.Add(kit.Secondary(env.T("wallet.proposal.restart"), func() { r.restart(pr) }).Icon("refresh"))
	}
	if over(pr) || pr.Mine && pr.State == view.ProposalOpen {
		buttons.Add(kit.Secondary(env.T("wallet.proposal.forget"), func() { r.forget(pr) }).Icon("delete"))
	}
	if pr.State == view.ProposalSent || pr.State == view.ProposalConfirmed {
		buttons.Add(kit.Secondary(env.T("wallet.explorer"), func() {
			env.Go(page.Route{Page: page.Explorer, Tab: page.ExplorerTx, Ref: pr.TxID})
		}).Icon("explore"))
	}
	return kit.Panel(kit.ColumnGap(14, append(parts, buttons)...))
}

// over tells a proposal that nobody can change any more.
func over(pr view.Proposal) bool {
	switch pr.State {
	case view.ProposalConfirmed, view.ProposalDeclined, view.ProposalDead, view.ProposalExpired:
		return true
	}
	return false
}

func (r *proposal) iDeclined(pr view.Proposal) bool {
	for _, m := range pr.Members {
		if m.Me {
			return m.State == "declined"
		}
	}
	return false
}

// does spells out what the transaction does.
func (r *proposal) does(pr view.Proposal) fyne.CanvasObject {
	env := r.p.env
	parts := []fyne.CanvasObject{kit.Small(env.T("wallet.proposal.computed")).Wrap()}
	for _, o := range pr.Outputs {
		if o.Change {
			continue
		}
		parts = append(parts, r.p.payee(o.Address, o.Amount))
	}
	if pr.Record != nil {
		facts := []kit.Fact{{Label: env.T("wallet.proposal.record"), Value: kindText(env, view.Movement{Kind: pr.Record.Kind}), Strong: true}}
		for _, f := range pr.Record.Fields {
			facts = append(facts, kit.Fact{Label: f.Name, Value: f.Value})
		}
		parts = append(parts, kit.Facts(facts...))
	}
	facts := []kit.Fact{{Label: env.T("wallet.quote.fee"), Value: env.Text.Exact(pr.Fee)}}
	if pr.Bid > 0 {
		facts = append(facts, kit.Fact{Label: env.T("wallet.tx.bid"), Value: env.Text.Exact(pr.Bid)})
	}
	facts = append(facts, kit.Fact{Label: env.T("wallet.proposal.total"), Value: env.Text.Exact(pr.Total), Strong: true})
	for _, o := range pr.Outputs {
		if o.Change {
			facts = append(facts, kit.Fact{Label: env.T("wallet.proposal.change"), Value: env.Text.Exact(o.Amount)})
		}
	}
	if !pr.Expires.IsZero() && !over(pr) {
		facts = append(facts, kit.Fact{Label: env.T("wallet.proposal.until"), Value: env.Text.DateTime(pr.Expires)})
	}
	facts = append(facts, kit.Fact{Label: env.T("wallet.tx.id"), Value: pr.TxID, Mono: true})
	return kit.Card(env.T("wallet.proposal.does"), nil, kit.ColumnGap(14, append(parts, kit.Facts(facts...))...))
}

// signers tells how each member stands to it.
func (r *proposal) signers(pr view.Proposal) fyne.CanvasObject {
	env := r.p.env
	rows := kit.ColumnGap(0)
	for i, m := range pr.Members {
		if i > 0 {
			rows.Add(kit.Divider())
		}
		name := m.Name
		switch {
		case m.Me:
			name = env.T("wallet.account.you")
		case name == "":
			name = env.T("wallet.account.unnamed")
		}
		sub := env.T("wallet.account.key", "key", m.Fingerprint)
		if m.Note != "" {
			sub = m.Note
		} else if !m.Time.IsZero() {
			sub = env.Text.When(m.Time, env.Now())
		}
		icon, tone, state := memberState(env, pr, m)
		row := kit.Item().Icon(icon, tone).Title(name, sub).Pill(tone, state)
		row.Done()
		rows.Add(row)
	}
	count := env.T("wallet.proposal.signed", "n", pr.Signed, "all", pr.Required)
	if pr.Round > 0 && pr.State == view.ProposalOpen {
		count = env.T("wallet.proposal.round", "n", pr.Round) + " · " + count
	}
	return kit.Card(env.T("wallet.proposal.members"), kit.Small(count), rows)
}

func memberState(env *page.Env, pr view.Proposal, m view.ProposalMember) (string, look.Tone, string) {
	switch m.State {
	case "signed":
		return "check_circle", look.Success, env.T("wallet.member.signed")
	case "agreed":
		return "check", look.Info, env.T("wallet.member.agreed")
	case "declined":
		return "cancel", look.Danger, env.T("wallet.member.declined")
	case "refused":
		return "warning", look.Danger, env.T("wallet.member.refused")
	}
	if pr.State != view.ProposalOpen {
		return "radio_button_unchecked", look.Muted, ""
	}
	return "hourglass_empty", look.Warn, env.T("wallet.member.missing")
}

// exchange carries the proposal by file, for members that are not reached.
func (r *proposal) exchange(pr view.Proposal) fyne.CanvasObject {
	env := r.p.env
	if over(pr) {
		return kit.Column()
	}
	return kit.Card(env.T("wallet.psbt"), nil, kit.Column(kit.Muted(env.T("wallet.psbt.text")).Wrap(), kit.Flow(
		kit.Secondary(env.T("wallet.psbt.export"), func() { r.exportPSBT(pr) }).Icon("download"),
		kit.Secondary(env.T("wallet.psbt.import"), r.p.importPSBT).Icon("upload"))))
}
