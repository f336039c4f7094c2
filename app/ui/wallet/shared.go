package wallet

import (
	"context"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// shared lists the accounts that the owner has together with others, and what
// waits for a signature.
type shared struct {
	p         *Page
	box       *fyne.Container
	accounts  []view.Account
	proposals []view.Proposal
	ready     bool
	err       error
	stage     fyne.CanvasObject // in place of the list: making an account
	ask       *page.Coalesce
}

func newShared(p *Page) part {
	s := &shared{p: p, box: kit.Stack(kit.Panel(kit.Loading(4)))}
	s.ask = page.NewCoalesce(p.life, refreshGap, s.load)
	s.ask.Ask()
	return s
}

func (s *shared) object() fyne.CanvasObject { return s.box }
func (s *shared) changed()                  {}

func (s *shared) event(e view.Event) {
	if e.Kind != view.EventMessage {
		s.ask.Ask()
	}
}

func (s *shared) back() bool {
	if s.stage == nil {
		return false
	}
	s.stage = nil
	s.show()
	return true
}

// stageOn puts something in the place of the list.
func (s *shared) stageOn(o fyne.CanvasObject) {
	s.stage = o
	s.show()
}

func (s *shared) load() {
	page.LoadKey(s.p.life, "accounts", s.p.env.Backend.Accounts, func(list []view.Account, err error) {
		if s.err = err; err == nil {
			s.accounts, s.ready = list, true
		}
		s.show()
	})
	page.LoadKey(s.p.life, "proposals", func(ctx context.Context) ([]view.Proposal, error) {
		return s.p.env.Backend.Proposals(ctx, "")
	}, func(list []view.Proposal, err error) {
		if err == nil { // the accounts tell how many there are
			s.proposals = list
			s.show()
		}
	})
}

func (s *shared) show() { s.p.env.Kit.Redraw(s.box, s.draw) }

func (s *shared) draw() {
	env := s.p.env
	if s.stage != nil {
		s.box.Objects = []fyne.CanvasObject{s.stage}
		s.p.root.Refresh()
		return
	}
	make := kit.Primary(env.T("wallet.shared.make"), s.makeNew).Icon("group").Small()
	take := kit.Secondary(env.T("wallet.shared.import"), s.take).Icon("download").Small()
	var o fyne.CanvasObject
	switch {
	case s.err != nil && !s.ready:
		o = kit.Panel(env.Kit.Failure(s.err, s.load))
	case !s.ready:
		o = kit.Panel(kit.Loading(4))
	case len(s.accounts) == 0:
		o = kit.Panel(kit.Column(kit.Empty("groups", env.T("wallet.shared.empty"), env.T("wallet.shared.empty.text"), nil), kit.Center(kit.Row(make, take))))
	default:
		parts := []fyne.CanvasObject{}
		if s.err != nil {
			parts = append(parts, env.Kit.FailureLine(s.err, s.load))
		}
		if o := s.waiting(); o != nil {
			parts = append(parts, o)
		}
		if env.Narrow { // no room beside the title
			parts = append(parts, kit.Card(env.T("wallet.shared.accounts"), nil, kit.Column(s.list(), kit.Flow(make, take))))
		} else {
			parts = append(parts, kit.Card(env.T("wallet.shared.accounts"), kit.Row(make, take), s.list()))
		}
		o = kit.Loose(parts...)
	}
	s.box.Objects = []fyne.CanvasObject{o}
	s.p.root.Refresh()
}

// waiting lists the proposals that wait for the owner.
func (s *shared) waiting() fyne.CanvasObject {
	env := s.p.env
	rows := kit.ColumnGap(0)
	for _, pr := range s.proposals {
		if pr.State != view.ProposalOpen || !pr.CanSign {
			continue
		}
		if len(rows.Objects) > 0 {
			rows.Add(kit.Divider())
		}
		rows.Add(s.p.proposalRow(pr, s.accountName(pr.Account)))
	}
	if len(rows.Objects) == 0 {
		return nil
	}
	return kit.Card(env.T("wallet.shared.waiting"), kit.Pill(look.Warn, env.T("wallet.shared.sign.pill")), rows)
}

func (s *shared) accountName(id string) string {
	for _, a := range s.accounts {
		if a.ID == id {
			return a.Name
		}
	}
	return ""
}

func (s *shared) list() fyne.CanvasObject {
	env := s.p.env
	rows := kit.ColumnGap(0)
	for i, a := range s.accounts {
		if i > 0 {
			rows.Add(kit.Divider())
		}
		row := kit.Item().Icon("groups", look.Primary).Title(a.Name, signers(env, a))
		value := env.Text.Amount(a.Balance.Total)
		switch {
		case a.Problem != "":
			s.p.mark(row, value, look.Danger, env.T("wallet.shared.problem"))
		case a.ToSign > 0:
			s.p.mark(row, value, look.Warn, env.N("wallet.shared.tosign", a.ToSign))
		case a.Open > 0:
			s.p.mark(row, value, look.Info, env.N("wallet.shared.open", a.Open))
		default:
			s.p.mark(row, value, look.Plain, "")
		}
		row.Done()
		rows.Add(kit.Tap(row, func() { s.p.goTo(page.WalletShared, a.ID) }).SetLabel(a.Name))
	}
	return rows
}

// signers says how many of the members must sign.
func signers(env *page.Env, a view.Account) string {
	n := len(a.Members)
	switch {
	case n == 0:
		return env.T("wallet.shared.closed")
	case a.MuSig2:
		return env.N("wallet.shared.musig", n)
	case a.Required == n:
		return env.N("wallet.shared.all", n)
	}
	return env.T("wallet.shared.some", "k", a.Required, "n", n)
}

// take imports an account from its descriptor.
func (s *shared) take() {
	env := s.p.env
	var got view.Account
	s.p.ask(question{title: env.T("wallet.shared.import"), text: env.T("wallet.shared.import.text"), field: env.T("wallet.shared.descriptor"),
		hint: "tr(musig(…)/<0;1>/*)#…", rows: 4, need: true, button: env.T("wallet.shared.import.button"),
		do: func(ctx context.Context, line string) (err error) {
			got, err = env.Backend.ImportAccount(ctx, view.ImportAccountRequest{Descriptor: line})
			return err
		}, done: func() { s.p.goTo(page.WalletShared, got.ID) }})
}
