package viewtest

import (
	"time"

	"supercomputing/app/view"
)

func key(who string) string { return "[" + ID(who)[:8] + "/87'/1'/0']xpub" + ID("xpub " + who)[:48] }

func accounts() []view.Account {
	member := func(who, name string) view.AccountMember {
		return view.AccountMember{Fingerprint: ID(who)[:8], Key: key(who), Address: Address(who), Name: name, Me: who == "me", Online: who == "me" || who == "Tomás"}
	}
	return []view.Account{
		{ID: ID("account kite")[:16], Name: "Kite production", Required: 2, Descriptor: "tr(50929b74…/multi_a(2," + key("me") + "," + key("Tomás") + "," + key("Studio Kite") + "))#q7fz2kd3", Address: Address("account kite"),
			Members: []view.AccountMember{member("me", "Lena"), member("Tomás", "Tomás Ruiz"), member("Studio Kite", "Studio Kite")},
			Balance: view.Balance{Total: coin("412.08"), Spendable: coin("412.08"), Height: tip}, Open: 2, ToSign: 1},
		{ID: ID("account home")[:16], Name: "Household", Required: 2, MuSig2: true, Descriptor: "tr(musig(" + key("me") + "," + key("王小雨") + "))#m2s8vj0l", Address: Address("account home"),
			Members: []view.AccountMember{member("me", "Lena"), member("王小雨", "王小雨")}, Balance: view.Balance{Total: coin("86.5"), Spendable: coin("61.5"), Pending: coin("25"), Height: tip}},
	}
}

func proposals() []view.Proposal {
	kite := accounts()[0].ID
	p := func(id, state, note string, signed int, d time.Duration) view.Proposal {
		return view.Proposal{ID: ID("proposal " + id)[:16], Account: kite, TxID: ID("proposed " + id), State: state, Note: note, Proposer: "Tomás Ruiz", Created: ago(d), Expires: Now().Add(6 * 24 * time.Hour),
			Outputs: []view.ProposalOutput{{Address: Address("Studio Kite"), Name: "Studio Kite", Amount: coin("40")}, {Address: Address("account kite"), Amount: coin("372.07998"), Change: true}},
			Fee:     coin("0.00002"), Total: coin("40.00002"), VSize: 214, Required: 2, Signed: signed, Warnings: []string{},
			Members:   []view.ProposalMember{{Fingerprint: ID("me")[:8], Name: "Lena", Me: true}, {Fingerprint: ID("Tomás")[:8], Name: "Tomás Ruiz", State: "signed", Time: ago(d)}, {Fingerprint: ID("Studio Kite")[:8], Name: "Studio Kite"}},
			SpentFrom: []view.TxInput{{TxID: ID("account coin"), Address: Address("account kite"), Amount: coin("412.08")}}}
	}
	open := p("lights", view.ProposalOpen, "Lighting of shots 1 to 6", 1, 2*time.Hour)
	open.CanSign = true
	done := p("music", view.ProposalConfirmed, "Music", 2, 9*24*time.Hour)
	done.Height = tip - 30_000
	done.Members[0].State = "signed"
	other := p("flights", view.ProposalOpen, "Flights for the delta pictures", 1, 30*time.Hour)
	other.Mine, other.Proposer, other.Why = true, "Lena", "it waits for one more of Tomás Ruiz and Studio Kite"
	other.Members[0].State, other.Members[1].State = "signed", ""
	return []view.Proposal{open, other, done}
}

func fillAccounts(f *Fake) {
	f.must("AccountKey", view.AccountKey{Key: key("me"), Address: Me(), Line: key("me") + " " + Me() + " 203.0.113.7:7403"})
	f.must("Accounts", accounts())
	reply(f, "Account", func(id string) (any, error) {
		for _, a := range accounts() {
			if a.ID == id {
				return a, nil
			}
		}
		return nil, errNothing
	})
	reply(f, "CreateAccount", func(r view.CreateAccountRequest) (any, error) {
		a := accounts()[0]
		a.Name, a.Required = r.Name, r.Required
		return a, nil
	})
	reply(f, "ImportAccount", func(r view.ImportAccountRequest) (any, error) { return accounts()[0], nil })
	reply(f, "EditAccount", func(r view.EditAccountRequest) (any, error) { return accounts()[0], nil })
	reply(f, "AccountAddress", func(id string) (any, error) {
		return view.AddressInfo{Address: Address("account next " + id), Path: "0/4"}, nil
	})
	reply(f, "AccountHistory", func(p accountPage) (any, error) { return cut(movements(24)[4:], p.Page, 50), nil })
	reply(f, "Proposals", func(account string) (any, error) {
		out := []view.Proposal{}
		for _, p := range proposals() {
			if account == "" || p.Account == account {
				out = append(out, p)
			}
		}
		return out, nil
	})
	find := func(id string) (any, error) {
		for _, p := range proposals() {
			if p.ID == id {
				return p, nil
			}
		}
		return nil, errNothing
	}
	reply(f, "Proposal", find)
	reply(f, "SignProposal", func(r view.SignRequest) (any, error) {
		p := proposals()[0]
		p.Signed, p.State, p.CanSign = 2, view.ProposalSent, false
		p.Members[0].State, p.Members[0].Time = "signed", Now()
		return p, nil
	})
	reply(f, "DeclineProposal", func(r view.DeclineRequest) (any, error) { return find(r.ID) })
	reply(f, "RestartProposal", find)
	reply(f, "Propose", func(r view.ProposalRequest) (any, error) { return proposals()[1], nil })
	f.must("ExportPSBT", view.PSBT{Data: "cHNidP8BAF4CAAAAAQ=="})
	reply(f, "ImportPSBT", func(p view.PSBT) (any, error) { return proposals()[0], nil })
	f.must("Routines", []view.Routine{{ID: ID("routine")[:16], Account: accounts()[0].ID, Kind: view.RoutineSweep, Epochs: 30, To: Address("Studio Kite"), Note: "Reserve", Next: tip/epochBlocks + 12}})
	reply(f, "PutRoutine", func(r view.Routine) (any, error) { return r, nil })
}
