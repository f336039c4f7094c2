package wallet

import (
	"context"
	"encoding/base64"
	"strings"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/look"
	"supercomputing/app/ui/page"
	"supercomputing/app/view"
)

// sign asks once more, with all that counts, and signs.
func (r *proposal) sign(pr view.Proposal) {
	env := r.p.env
	body := kit.ColumnGap(14)
	for _, o := range pr.Outputs {
		if !o.Change {
			body.Add(r.p.payee(o.Address, o.Amount))
		}
	}
	for _, w := range pr.Warnings {
		body.Add(kit.Hint(look.Warn, "", w, nil))
	}
	body.Add(kit.Facts(
		kit.Fact{Label: env.T("wallet.proposal.account"), Value: r.name},
		kit.Fact{Label: env.T("wallet.quote.fee"), Value: env.Text.Exact(pr.Fee)},
		kit.Fact{Label: env.T("wallet.proposal.total"), Value: env.Text.Exact(pr.Total), Strong: true}))
	sign := env.T("wallet.proposal.sign.more", "n", pr.Required-pr.Signed)
	if pr.Signed+1 >= pr.Required {
		sign = env.T("wallet.proposal.sign.last")
	}
	var got view.Proposal
	r.p.sure(sure{title: env.T("wallet.proposal.sign.title", "what", proposalTitle(env, pr)), text: sign, content: body, button: env.T("wallet.proposal.sign"),
		do: func(ctx context.Context) (err error) {
			got, err = env.Backend.SignProposal(context.WithoutCancel(ctx), view.SignRequest{ID: pr.ID, TxID: pr.TxID})
			return err
		}, done: func() {
			r.took(got, nil)
			env.Toast(look.Success, env.T("wallet.proposal.signed.toast"))
		}})
}

func (r *proposal) decline(pr view.Proposal) {
	env := r.p.env
	var got view.Proposal
	r.p.ask(question{title: env.T("wallet.proposal.decline.title"), text: env.T("wallet.proposal.decline.text"), field: env.T("wallet.proposal.reason"),
		hint: env.T("wallet.proposal.reason.hint"), button: env.T("wallet.proposal.decline"), danger: true,
		do: func(ctx context.Context, why string) (err error) {
			got, err = env.Backend.DeclineProposal(ctx, view.DeclineRequest{ID: pr.ID, Reason: why})
			return err
		}, done: func() { r.took(got, nil) }})
}

func (r *proposal) restart(pr view.Proposal) {
	env := r.p.env
	var got view.Proposal
	r.p.sure(sure{title: env.T("wallet.proposal.restart.title"), text: env.T("wallet.proposal.restart.text"), button: env.T("wallet.proposal.restart"),
		do: func(ctx context.Context) (err error) {
			got, err = env.Backend.RestartProposal(ctx, pr.ID)
			return err
		}, done: func() { r.took(got, nil) }})
}

func (r *proposal) forget(pr view.Proposal) {
	env := r.p.env
	s := env.T("wallet.proposal.forget.text")
	if !over(pr) {
		s = env.T("wallet.proposal.forget.open")
	}
	r.p.sure(sure{title: env.T("wallet.proposal.forget.title"), text: s, button: env.T("wallet.proposal.forget"), danger: true,
		do:   func(ctx context.Context) error { return env.Backend.ForgetProposal(ctx, pr.ID) },
		done: func() { r.p.goTo(page.WalletShared, pr.Account) }})
}

// exportPSBT writes the proposal for members who are not reached.
func (r *proposal) exportPSBT(pr view.Proposal) {
	env := r.p.env
	page.LoadKey(r.p.life, "psbt", func(ctx context.Context) (view.PSBT, error) {
		return env.Backend.ExportPSBT(ctx, pr.ID)
	}, func(v view.PSBT, err error) {
		if err != nil {
			r.note = err
			r.show()
			return
		}
		r.p.saveText(env.T("wallet.psbt.export"), "proposal-"+pr.ID[:min(8, len(pr.ID))]+".psbt", v.Data+"\n")
	})
}

// maxPSBT is the largest file that is read as a PSBT.
const maxPSBT = 4 << 20

// importPSBT takes a proposal or signatures from a file.
func (p *Page) importPSBT() {
	env := p.env
	kind := view.FileKind{Name: "PSBT", Extensions: []string{".psbt", ".txt"}}
	page.Load(p.scope, func(ctx context.Context) (view.Proposal, error) {
		path, err := env.Host.OpenFile(ctx, env.T("wallet.psbt.import"), kind)
		if err != nil || path == "" {
			return view.Proposal{}, err
		}
		data, err := env.Host.ReadFile(ctx, path, maxPSBT)
		if err != nil {
			return view.Proposal{}, err
		}
		return env.Backend.ImportPSBT(ctx, view.PSBT{Data: psbtText(data)})
	}, func(pr view.Proposal, err error) {
		switch {
		case err != nil && !page.Cancelled(err):
			env.Fail(err)
		case err == nil && pr.ID != "":
			env.Toast(look.Success, env.T("wallet.psbt.taken"))
			p.goTo(page.WalletProposal, pr.ID)
		}
	})
}

// psbtText is a file's PSBT in base64; other programs write it as bytes.
func psbtText(data []byte) string {
	if strings.HasPrefix(string(data), "psbt\xff") {
		return base64.StdEncoding.EncodeToString(data)
	}
	return strings.Join(strings.Fields(string(data)), "")
}
