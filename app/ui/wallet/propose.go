package wallet

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// proposing writes a transaction of a shared account for its members to sign.
type proposing struct {
	a      *account
	d      *draft
	to     *payees
	fee    *feeBox
	post   *kit.EntryBox
	text   *kit.FieldBox
	note   *kit.EntryBox
	kinds  *fyne.Container
	fail   *fyne.Container
	ok     *kit.Button
	isPost bool
}

// propose opens the form.
func (a *account) propose() {
	w := &proposing{a: a, d: newDraft()}
	a.writing = w
	w.build()
}

// build makes the form from what was written.
func (w *proposing) build() {
	a, p, env := w.a, w.a.p, w.a.p.env
	post, note := "", ""
	if w.note != nil {
		post, note = w.post.Text, w.note.Text
	}
	w.to = newPayees(p, w.d, func() {}, w.send, w.build)
	w.fee = newFeeBox(p, w.d, -1, func() {})
	w.post = kit.MultiLine(env.T("wallet.propose.post.hint"), 5)
	w.post.SetText(post)
	w.text = kit.Field(env.T("wallet.propose.post"), w.post).Help(env.T("wallet.propose.post.help"))
	w.note = kit.Entry(env.T("wallet.propose.note.hint"))
	w.note.SetText(note)
	w.kinds, w.fail = kit.Stack(), kit.Column()
	put(w.fail)
	kind := kit.RadioColumns(220, []kit.Choice{
		{Title: env.T("wallet.propose.pay"), Text: env.T("wallet.propose.pay.text"), Icon: "call_made"},
		{Title: env.T("wallet.propose.post"), Text: env.T("wallet.propose.post.text"), Icon: "campaign"},
	}, w.kind(), func(i int) {
		w.isPost = i == 1
		w.showKind()
	})
	w.ok = kit.Primary(env.T("wallet.propose.button"), w.send).Icon("send")
	back := kit.Secondary(env.T("wallet.cancel"), func() { a.back() })
	w.showKind()
	a.stage = kit.MaxWidth(820, kit.Loose(
		kit.Card(env.T("wallet.propose.title", "name", a.a.Name), nil, kit.Form(kit.Muted(env.T("wallet.propose.text")).Wrap(), kind)),
		kit.Panel(w.kinds),
		kit.Card(env.T("wallet.send.fee.title"), nil, w.fee.body),
		kit.Panel(kit.Form(kit.Field(env.T("wallet.propose.note"), w.note).Help(env.T("wallet.propose.note.help")), w.fail, kit.Flow(back, w.ok)))))
	a.show()
}

func (w *proposing) kind() int {
	if w.isPost {
		return 1
	}
	return 0
}

func (w *proposing) showKind() {
	w.kinds.Objects = []fyne.CanvasObject{w.to.body}
	if w.isPost {
		w.kinds.Objects = []fyne.CanvasObject{w.text}
	}
	w.a.p.root.Refresh()
}

func (w *proposing) changed() {
	w.to.changed()
	w.fee.changed()
}

// request is what the node is asked for; false when a field is wrong.
func (w *proposing) request() (req view.ProposalRequest, ok bool) {
	p := w.a.p
	req = view.ProposalRequest{Account: w.a.id, Note: strings.TrimSpace(w.note.Text)}
	if w.isPost {
		rate, problem := p.book.feeRate(w.d)
		w.fee.field.SetError(problem)
		req.FeeRate, req.Post = rate, strings.TrimSpace(w.post.Text)
		w.text.SetError("")
		if req.Post == "" {
			w.text.SetError(p.env.T("wallet.propose.post.empty"))
		}
		p.root.Refresh()
		return req, problem == "" && req.Post != ""
	}
	pay, problems := p.book.request(w.d)
	w.to.showProblems(problems, w.fee)
	req.Outputs, req.All, req.FeeRate = pay.Outputs, pay.All, pay.FeeRate
	return req, !problems.any()
}

// send makes the proposal and opens it, so that it is looked at and signed.
func (w *proposing) send() {
	p, env := w.a.p, w.a.p.env
	if w.ok.Disabled() { // Enter, while it is on its way
		return
	}
	req, ok := w.request()
	if !ok {
		return
	}
	w.ok.SetBusy(true)
	page.Load(p.life, func(ctx context.Context) (view.Proposal, error) {
		return env.Backend.Propose(ctx, req)
	}, func(pr view.Proposal, err error) {
		w.ok.SetBusy(false)
		if err != nil {
			put(w.fail, env.Kit.FailureLine(err, nil))
			p.root.Refresh()
			return
		}
		p.goTo(page.WalletProposal, pr.ID)
	})
}
