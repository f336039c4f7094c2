package wallet

import (
	"strings"
	"testing"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

var (
	kiteAccount = viewtest.ID("account kite")[:16]
	lights      = viewtest.ID("proposal lights")[:16]
)

func TestSharedList(t *testing.T) {
	u := uitest.New(t)
	open(u, page.WalletShared, "")
	settle(u)
	u.MustHave("For you to look at and sign", "Kite production", "2 of 3 sign", "1 to sign", "Household", "All 2 sign as one key (MuSig2)", "86.5 SCC")
	u.Tap("Household")
	if r := u.Routes[len(u.Routes)-1]; r.Tab != page.WalletShared || r.Ref != viewtest.ID("account home")[:16] {
		t.Errorf("%+v", r)
	}
}

func TestSharedEmptyAndFailing(t *testing.T) {
	u := uitest.New(t)
	equip(u)
	u.Fake.Fail("Accounts", view.Errorf(view.CodeWalletLocked, "this node runs without a wallet"))
	open(u, page.WalletShared, "")
	settle(u)
	u.MustHave("this node runs without a wallet")
	u.Fake.Fail("Accounts", nil)
	for _, m := range []string{"Accounts", "Proposals"} {
		if err := u.Fake.Answer(m, []struct{}{}); err != nil {
			t.Fatal(err)
		}
	}
	u.Tap("Try again")
	settle(u)
	u.MustHave("No shared accounts yet", "New shared account", "Import")
}

func TestMakeShared(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletShared, "")
	settle(u)
	u.Tap("New shared account")
	u.MustHave("203.0.113.7:7403", "1 member, you included")
	u.Tap("Make the account")
	u.MustHave("Give the account a name.", "A shared account needs at least one other member.")
	u.Type("Name", "Club")
	u.Entry("Their lines").SetText("[aa]xpubA tsc1a\n\n  [bb]xpubB tsc1b \n[bb]xpubB tsc1b\n")
	u.Drain()
	u.Settle()
	u.MustHave("3 members, you included")
	u.Choose("Who must sign a payment", "Any 2 of 3")
	u.Fake.Fail("CreateAccount", view.Errorf(view.CodeInvalid, "the second line holds no key").WithHint("ask for it again"))
	u.Tap("Make the account")
	u.MustHave("the second line holds no key", "ask for it again")
	u.Fake.Fail("CreateAccount", nil)
	u.Fake.Reply("CreateAccount", func(string) (any, error) {
		return view.Account{ID: kiteAccount, Name: "Club", Required: 2, Members: make([]view.AccountMember, 3), Address: viewtest.Address("club"), Descriptor: "tr(x)#y",
			Invitations: []view.Invitation{{Name: "Ana", Message: "m1"}, {Name: "Ben", Problem: "no address is known"}}}, nil
	})
	u.Tap("Make the account")
	r := last[view.CreateAccountRequest](t, u, "CreateAccount")
	if r.Name != "Club" || r.Required != 2 || len(r.Members) != 3 || !strings.Contains(r.Members[0], "203.0.113.7") || !r.Invite {
		t.Errorf("%+v", r)
	}
	u.MustHave("“Club” is made", "Compare this address", grouped(viewtest.Address("club")), "tr(x)#y", "Ana was sent an invitation.", "Ben was not invited", "no address is known")
	u.Tap("Open the account")
	if r := u.Routes[len(u.Routes)-1]; r.Ref != kiteAccount {
		t.Errorf("%+v", r)
	}
	_ = p
}

func TestImportShared(t *testing.T) {
	u := uitest.New(t)
	open(u, page.WalletShared, "")
	settle(u)
	u.Tap("Import")
	u.Tap("Import")
	u.MustHave("Enter something first.")
	u.Type("Descriptor", "tr(musig(a,b))#c")
	u.Tap("Import")
	if r := last[view.ImportAccountRequest](t, u, "ImportAccount"); r.Descriptor != "tr(musig(a,b))#c" {
		t.Errorf("%+v", r)
	}
	if r := u.Routes[len(u.Routes)-1]; r.Tab != page.WalletShared || r.Ref == "" {
		t.Errorf("%+v", r)
	}
}

func TestAccountPage(t *testing.T) {
	u := uitest.New(t)
	p, d := open(u, page.WalletShared, kiteAccount)
	settle(u)
	u.MustHave("Kite production", "412.08 SCC", "2 of 3 sign", "Proposals", "Your turn", "Waiting for others", "1 earlier proposal",
		"Members", "2 of 3 are here", "Online", "Offline", "Routines", "Send new income to Studio Kite", "every 30 epochs", "#q7fz2kd3", "Show more")
	p.now.(*account).receive()
	u.Drain()
	u.Settle()
	u.MustHave(grouped(viewtest.Address("account next " + kiteAccount)))
	u.Tap("Close")
	d.save = "/d.txt"
	u.Tap("Save as file")
	if !strings.Contains(string(d.files["/d.txt"]), "#q7fz2kd3") {
		t.Error(d.files)
	}
	a := p.now.(*account)
	a.rename()
	u.Type("Name", "Kite film")
	u.Tap("Save")
	if r := last[view.EditAccountRequest](t, u, "EditAccount"); r.Name == nil || *r.Name != "Kite film" {
		t.Errorf("%+v", r)
	}
	a.editMember(a.a.Members[1])
	u.Type("Address for messages", "nobody")
	u.Tap("Save")
	u.MustHave("Nobody in your address book has this name")
	u.Type("Address for messages", "Studio Kite")
	u.Tap("Save")
	if r := last[view.EditAccountRequest](t, u, "EditAccount"); r.Member != a.a.Members[1].Fingerprint || *r.MemberAddress != kite {
		t.Errorf("%+v", r)
	}
	a.remove()
	u.MustHave("Its coins stay where they are", "412.08 SCC", "#q7fz2kd3")
	u.Tap("Forget it")
	if got := last[string](t, u, "RemoveAccount"); got != kiteAccount {
		t.Error(got)
	}
}

func TestPropose(t *testing.T) {
	u := uitest.New(t)
	open(u, page.WalletShared, kiteAccount)
	settle(u)
	u.Tap("Propose")
	u.Tap("Propose")
	u.MustHave("Enter whom to pay.", "Enter an amount.")
	u.Type("Pay to", "Tomás Ruiz")
	u.Type("Amount", "12")
	u.Type("What it is for", "Flights")
	u.Fake.Fail("Propose", view.Errorf(view.CodeFunds, "the account holds only 10 SCC"))
	u.Tap("Propose")
	u.MustHave("the account holds only 10 SCC")
	u.Fake.Fail("Propose", nil)
	u.Tap("Propose")
	r := last[view.ProposalRequest](t, u, "Propose")
	if r.Account != kiteAccount || len(r.Outputs) != 1 || r.Outputs[0].Amount != coin("12") || r.Note != "Flights" || r.FeeRate != 8 {
		t.Errorf("%+v", r)
	}
	if r := u.Routes[len(u.Routes)-1]; r.Tab != page.WalletProposal || r.Ref != viewtest.ID("proposal flights")[:16] {
		t.Errorf("%+v", r)
	}
}

func TestProposePost(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletShared, kiteAccount)
	settle(u)
	u.Tap("Propose")
	u.Tap("Public post")
	u.Tap("Propose")
	u.MustHave("Write something to post.")
	u.Type("Public post", "News")
	if p.Back(); u.Has("Write something to post.") { // Esc leads back to the account
		t.Error("no way back")
	}
	u.Drain()
	u.Settle()
	u.Tap("Propose")
	u.Tap("Public post")
	u.Type("Public post", "News")
	u.Tap("Propose")
	if r := last[view.ProposalRequest](t, u, "Propose"); r.Post != "News" || len(r.Outputs) != 0 {
		t.Errorf("%+v", r)
	}
}

func TestSign(t *testing.T) {
	u := uitest.New(t)
	open(u, page.WalletProposal, lights)
	settle(u)
	u.MustHave("To Studio Kite", "40.00002 SCC", "Proposed by Tomás Ruiz", "What Tomás Ruiz says about it:", "Lighting of shots 1 to 6", "What it does",
		"Computed from the transaction itself", grouped(kite), "Back to the account", "372.07998 SCC", "1 of 2 signed", "Missing", "Signed")
	u.Tap("Sign")
	u.MustHave("Yours is the last signature needed", grouped(kite), "Kite production", "40.00002 SCC")
	u.Fake.Fail("SignProposal", view.Errorf(view.CodeConflict, "the proposal is another one than was shown"))
	u.Tap("Sign")
	u.MustHave("the proposal is another one than was shown")
	u.Fake.Fail("SignProposal", nil)
	u.Tap("Sign")
	if r := last[view.SignRequest](t, u, "SignProposal"); r.ID != lights || r.TxID != viewtest.ID("proposed lights") {
		t.Errorf("%+v", r)
	}
	u.MustHave("Sent", "2 of 2 signed")
	if u.Tappable("Decline") != nil {
		t.Error("what is sent can be declined")
	}
}

func TestDecline(t *testing.T) {
	u := uitest.New(t)
	open(u, page.WalletProposal, lights)
	settle(u)
	u.Tap("Decline")
	u.Type("Reason (may be left out)", "Too expensive")
	u.Tap("Decline")
	if r := last[view.DeclineRequest](t, u, "DeclineProposal"); r.ID != lights || r.Reason != "Too expensive" {
		t.Errorf("%+v", r)
	}
}

func TestRestartAndForget(t *testing.T) {
	u := uitest.New(t)
	equip(u)
	pr := view.Proposal{ID: "p1", Account: kiteAccount, TxID: "t1", State: view.ProposalOpen, Round: 1, Mine: true, Required: 2,
		Record:  &view.Record{Kind: "advertisement", Fields: []view.Field{{Name: "title", Value: "Rooms"}}},
		Members: []view.ProposalMember{{Me: true, State: "agreed"}, {Name: "Ana", State: "declined", Note: "No"}, {State: "refused"}}, Warnings: []string{"it pays an odd address"}, Why: "waits for Ana"}
	u.Fake.Reply("Proposal", func(string) (any, error) { return pr, nil })
	u.Fake.Reply("RestartProposal", func(string) (any, error) { return pr, nil })
	open(u, page.WalletProposal, "p1")
	settle(u)
	u.MustHave("Advertisement", "Rooms", "it pays an odd address", "waits for Ana", "Agreed", "Declined", "No", "Sent something wrong", "Round 1 of 2")
	u.Tap("Start over")
	u.Tap("Start over")
	if got := last[string](t, u, "RestartProposal"); got != "p1" {
		t.Error(got)
	}
	u.Tap("Forget")
	u.MustHave("Members who have it can still sign.")
	u.Tap("Forget")
	if got := last[string](t, u, "ForgetProposal"); got != "p1" {
		t.Error(got)
	}
	if r := u.Routes[len(u.Routes)-1]; r.Tab != page.WalletShared || r.Ref != kiteAccount {
		t.Errorf("%+v", r)
	}
}

func TestPSBT(t *testing.T) {
	u := uitest.New(t)
	_, d := open(u, page.WalletProposal, lights)
	settle(u)
	d.save = "/p.psbt"
	u.Tap("Save as PSBT")
	if got := string(d.files["/p.psbt"]); got != "cHNidP8BAF4CAAAAAQ==\n" {
		t.Errorf("%q", got)
	}
	d.open = "/p.psbt"
	u.Tap("Import PSBT")
	if r := last[view.PSBT](t, u, "ImportPSBT"); r.Data != "cHNidP8BAF4CAAAAAQ==" {
		t.Errorf("%+v", r)
	}
	d.files["/p.psbt"] = []byte("psbt\xff\x01\x00")
	u.Tap("Import PSBT")
	if r := last[view.PSBT](t, u, "ImportPSBT"); r.Data != "cHNidP8BAA==" {
		t.Errorf("%+v", r)
	}
	u.Fake.Fail("ImportPSBT", view.Errorf(view.CodeInvalid, "this is no PSBT"))
	u.Tap("Import PSBT")
	if len(u.Failures) != 1 {
		t.Error(u.Failures)
	}
}

func TestRoutines(t *testing.T) {
	u := uitest.New(t)
	p, d := open(u, page.WalletShared, kiteAccount)
	settle(u)
	a := p.now.(*account)
	a.pauseRoutine(a.routines[0], true)
	u.Drain()
	if r := last[view.Routine](t, u, "PutRoutine"); !r.Paused || r.ID != a.routines[0].ID {
		t.Errorf("%+v", r)
	}
	a.removeRoutine(a.routines[0])
	u.Tap("Remove")
	if got := last[string](t, u, "DeleteRoutine"); got != a.routines[0].ID {
		t.Error(got)
	}
	u.Tap("Add a routine")
	u.Type("How often, in epochs", "0")
	u.Tap("Add a routine")
	u.MustHave("Enter a whole number above zero.", "Enter whom to pay.")
	u.Type("How often, in epochs", "7")
	u.Type("Send to", "Studio Kite")
	u.Tap("Add a routine")
	if r := last[view.Routine](t, u, "PutRoutine"); r.Kind != view.RoutineSweep || r.To != kite || r.Epochs != 7 || r.Account != kiteAccount {
		t.Errorf("%+v", r)
	}
	u.Tap("Add a routine")
	u.Tap("Post a job")
	d.open = "/data/set.tar"
	u.Tap("Choose")
	u.Type("Bid each time", "20")
	u.Tap("Add a routine")
	if r := last[view.Routine](t, u, "PutRoutine"); r.Kind != view.RoutineTask || r.Job == nil || r.Job.Path != "/data/set.tar" || r.Job.Bid != coin("20") {
		t.Errorf("%+v", r)
	}
}

func TestBackLeadsOut(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletShared, "")
	settle(u)
	if p.Back() {
		t.Error("the list has nowhere to go back to")
	}
	u.Tap("New shared account")
	if !p.Back() {
		t.Error("no way out of the form")
	}
	u.Settle()
	u.MustHave("Kite production")
}
