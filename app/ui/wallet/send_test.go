package wallet

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
	"supercomputing/chain/types"
)

var kite = viewtest.Address("Studio Kite")

// coin makes an amount of "12.5".
func coin(s string) types.Amount {
	a, err := types.ParseAmount(s)
	if err != nil {
		panic(err)
	}
	return a
}

// called gives the arguments of a method's calls.
func called[A any](t *testing.T, u *uitest.UI, method string) (out []A) {
	t.Helper()
	for _, c := range u.Fake.Calls() {
		if c.Method != method {
			continue
		}
		var a A
		if err := json.Unmarshal([]byte(c.Args), &a); err != nil {
			t.Fatal(err)
		}
		out = append(out, a)
	}
	return out
}

// last is the argument of a method's last call.
func last[A any](t *testing.T, u *uitest.UI, method string) (a A) {
	t.Helper()
	all := called[A](t, u, method)
	if len(all) == 0 {
		t.Fatalf("%s was not called", method)
	}
	return all[len(all)-1]
}

// tap taps without waiting for what it starts.
func tap(u *uitest.UI, name string) { u.Tappable(name).Tapped(&fyne.PointEvent{}) }

func TestSend(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletSend, "")
	settle(u)
	u.Type("Pay to", "kit")
	u.Tap("Studio Kite")
	u.Type("Amount", "1,012.5")
	u.Type("Your note", "Textures")
	settle(u)
	u.MustHave("1,012.50001232 SCC", "in about 1 minute, within 3 blocks") // the live quote
	u.Tap("Fast")
	settle(u)
	u.MustHave("1,012.5000308 SCC", "in about 20 seconds, in the next block")
	if n := len(called[view.SendRequest](t, u, "Send")); n != 0 {
		t.Fatal("sent without a check")
	}
	u.Tap("Check the payment")
	u.MustHave("Is everything right?", "Studio Kite", grouped(kite), "1,012.5 SCC", "0.0000308 SCC (154 bytes, 20 per byte)", "196.6570692 SCC", "Textures", "You have paid this address 10 times.")
	u.Tap("Send 1,012.5\u00a0SCC")
	want := view.SendRequest{Outputs: []view.Payment{{Address: kite, Amount: coin("1012.5")}}, FeeRate: 20, Label: "Textures"}
	if got := called[view.SendRequest](t, u, "Send"); len(got) != 1 || !sameRequest(got[0], want) || got[0].Label != want.Label {
		t.Fatalf("%+v", got)
	}
	u.MustHave("Sent", viewtest.ID("sent"))
	if !p.draft.empty() {
		t.Error("what was sent is still written")
	}
	u.Tap("Show the transaction")
	if r := u.Routes[len(u.Routes)-1]; r.Tab != page.WalletTx || r.Ref != viewtest.ID("sent") {
		t.Errorf("%+v", r)
	}
}

func TestSendProblemsAtTheirFields(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletSend, "")
	settle(u)
	form := func() *form { return p.now.(*send).form }
	for _, c := range []struct{ to, amount, toProblem, amountProblem string }{
		{"", "", "Enter whom to pay.", "Enter an amount."},
		{"Nobody At All", "1", "Nobody in your address book", ""},
		{kite[:30], "1", "mistyped or cut off", ""},
		{types.EncodeAddress("scc", types.Address{}), "1", "another network; here they begin with tsc1", ""},
		{"Studio Kite", "1,5", "", "Write decimals with a point"},
		{"studio kite", "0", "", "Enter more than nothing."},
		{kite, "-1", "", "cannot be negative"},
		{kite, "0.000000001", "", "At most 8 decimals."},
		{kite, "5000", "", "1209.1571 SCC can be spent; nothing was sent"},
	} {
		u.Type("Pay to", c.to)
		u.Type("Amount", c.amount)
		u.Tap("Check the payment")
		l := form().to.lines[0]
		for _, f := range []struct {
			field *kit.FieldBox
			want  string
		}{{l.toField, c.toProblem}, {l.amountField, c.amountProblem}} {
			if got := f.field.Error(); (got == "") != (f.want == "") || !strings.Contains(got, f.want) {
				t.Errorf("%q %q: %s: %q, want %q", c.to, c.amount, f.field.Label(), got, f.want)
			}
		}
		if u.Has("Is everything right?") {
			t.Fatalf("%q %q goes through", c.to, c.amount)
		}
	}
	if len(called[view.SendRequest](t, u, "Send")) != 0 {
		t.Error("sent")
	}
}

func TestSendAll(t *testing.T) {
	u := uitest.New(t)
	open(u, page.WalletSend, kite)
	settle(u)
	u.Type("Amount", "5")
	u.Tap("All")
	settle(u)
	u.Tap("Check the payment")
	u.MustHave("1,209.15708768 SCC", "Send 1,209.15708768 SCC")
	u.Tap("Send 1,209.15708768\u00a0SCC")
	if r := last[view.SendRequest](t, u, "Send"); !r.All || r.Outputs[0].Amount != 0 {
		t.Errorf("%+v", r)
	}
}

func TestSendToSeveral(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletSend, kite)
	settle(u)
	u.Type("Amount", "5")
	u.Tap("Add a recipient")
	if n := len(p.draft.to); n != 2 {
		t.Fatal(n)
	}
	second := p.now.(*send).form.to.lines[1]
	second.to.SetText("Studio Kite")
	second.amount.SetText("1")
	u.Tap("Check the payment")
	u.MustHave("This recipient is there already.")
	second.to.SetText("Tomás Ruiz")
	u.Tap("Check the payment")
	u.MustHave("Studio Kite", "Tomás Ruiz", grouped(viewtest.Address("Tomás")), "Send 6 SCC")
	u.Tap("Back")
	u.Tap("Remove this recipient") // the first
	settle(u)
	u.Tap("Check the payment")
	u.Tap("Send 1\u00a0SCC")
	if r := last[view.SendRequest](t, u, "Send"); len(r.Outputs) != 1 || r.Outputs[0].Address != viewtest.Address("Tomás") {
		t.Errorf("%+v", r)
	}
}

func TestPaymentLinks(t *testing.T) {
	u := uitest.New(t)
	p, d := open(u, page.WalletSend, "")
	settle(u)
	link := view.PayURI{Address: kite, Amount: coin("3.5"), Message: "Invoice 12"}.String()
	d.clip = link
	u.Tap("Paste")
	if r := p.draft.to[0]; r.typed != kite || r.amount != "3.5" || p.draft.label != "Invoice 12" {
		t.Errorf("%+v", p.draft)
	}
	u.MustHave("They write: Invoice 12", "Studio Kite")
	for clip, want := range map[string]string{
		"":                                   "no text on the clipboard",
		"bitcoin:bc1qxyz":                    "another coin",
		"scc:" + kite + "?req-x=1":           "does not know",
		"scc:" + kite + "?amount=x":          "amount in the link cannot be read",
		"scc:" + kite + "?amount=1&amount=2": "contradicts itself",
		"hello there, what is this":          "neither an address nor a payment link",
	} {
		d.clip = clip
		u.Tap("Paste")
		if !u.Has(want) {
			t.Errorf("%q: %q", clip, u.Texts())
		}
	}
	if r := p.draft.to[0]; r.typed != kite || r.amount != "3.5" {
		t.Errorf("a bad link changed the payment: %+v", r)
	}
	// Typed whole, as when it is pasted with the keyboard.
	p.now.(*send).form.to.lines[0].to.SetText(view.PayURI{Address: viewtest.Address("Tomás"), Amount: coin("9")}.String())
	if r := p.draft.to[0]; r.typed != viewtest.Address("Tomás") || r.amount != "9" {
		t.Errorf("%+v", r)
	}
	// As a route.
	p.Show(page.Route{Page: page.Wallet, Tab: page.WalletSend, Ref: "scc:" + kite + "?req-x=1"})
	u.Drain()
	u.MustHave("does not know")
}

// code is a picture of a QR code.
func code(t *testing.T, s string) []byte {
	t.Helper()
	data, err := kit.QRPicture(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestScan(t *testing.T) {
	u := uitest.New(t)
	p, d := open(u, page.WalletSend, "")
	settle(u)
	line := func() *line { return p.now.(*send).form.to.lines[0] }
	d.files["/code.png"] = code(t, view.PayURI{Address: kite, Amount: coin("2")}.String())
	line().scanFile() // the dialog is cancelled
	u.Drain()
	if e := line().toField.Error(); e != "" || !p.draft.empty() {
		t.Error(e)
	}
	d.open = "/code.png"
	line().scanFile()
	u.Drain()
	if r := p.draft.to[0]; r.typed != kite || r.amount != "2" {
		t.Errorf("%+v", r)
	}
	d.image = code(t, viewtest.Address("Tomás"))
	line().scanClipboard()
	u.Drain()
	if r := p.draft.to[0]; r.typed != viewtest.Address("Tomás") {
		t.Errorf("%+v", r)
	}
	for name, c := range map[string]struct {
		image []byte
		want  string
	}{
		"nothing":  {nil, "no picture on the clipboard"},
		"no image": {[]byte("words"), "no picture that can be read"},
		"no code":  {blank(t), "No QR code was found"},
		"not ours": {code(t, "https://example.org/?x"), "another coin"},
	} {
		d.image = c.image
		line().scanClipboard()
		u.Drain()
		if e := line().toField.Error(); !strings.Contains(e, c.want) {
			t.Errorf("%s: %q", name, e)
		}
	}
	d.err = errors.New("the disk is gone")
	line().scanFile()
	u.Drain()
	u.MustHave("the disk is gone")
}

// blank is a picture with nothing on it.
func blank(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 90, 90))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOwnRate(t *testing.T) {
	u := uitest.New(t)
	open(u, page.WalletSend, kite)
	settle(u)
	u.Type("Amount", "5")
	u.Tap("Own rate")
	for s, want := range map[string]string{"": "Enter a whole number.", "x": "Enter a whole number.", "1.5": "Enter a whole number.",
		"0": "Nodes pass on 1 per byte or more.", "99999999": "That is surely a slip"} {
		u.Type("Fee rate", s)
		u.Tap("Check the payment")
		if !u.Has(want) {
			t.Errorf("%q: %q", s, u.Texts())
		}
	}
	u.Type("Fee rate", "300")
	u.Tap("Check the payment")
	u.MustHave("more than ten times the fast one (20 per byte)")
	u.Tap("Send 5\u00a0SCC")
	if r := last[view.SendRequest](t, u, "Send"); r.FeeRate != 300 {
		t.Errorf("%+v", r)
	}
}

func TestNeverTwice(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletSend, kite)
	settle(u)
	u.Type("Amount", "5")
	u.Tap("Check the payment")
	answer := make(chan struct{})
	u.Fake.Reply("Send", func(string) (any, error) {
		<-answer
		return view.Sent{TxID: viewtest.ID("slow")}, nil
	})
	pay := u.Tappable("Send 5\u00a0SCC")
	pay.Tapped(nil)
	pay.Tapped(nil)
	u.Advance(time.Second) // the dialog shows
	if p.Back() {
		t.Error("there is a way back while it is on its way")
	}
	p.Show(page.Route{Page: page.Wallet, Tab: page.WalletCoins})
	p.Show(page.Route{Page: page.Wallet, Tab: page.WalletSend, Ref: kite}) // not even by another way
	if !uitestHas(p, "The payment is on its way") || uitestHas(p, "Check the payment") {
		t.Error(uitest.Texts(p.Object()))
	}
	close(answer)
	u.Drain()
	if n := len(called[view.SendRequest](t, u, "Send")); n != 1 {
		t.Errorf("sent %d times", n)
	}
	u.MustHave("Sent", viewtest.ID("slow"))
}

func uitestHas(p *Page, s string) bool {
	return strings.Contains(strings.Join(uitest.Texts(p.Object()), "\n"), s)
}

// TestLeftWhileSending: the payment goes on, its end is told, and a page that
// was made anew meanwhile does not send again.
func TestLeftWhileSending(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletSend, kite)
	settle(u)
	u.Type("Amount", "5")
	u.Tap("Check the payment")
	answer := make(chan error)
	u.Fake.Reply("Send", func(string) (any, error) { return view.Sent{TxID: viewtest.ID("slow")}, <-answer })
	tap(u, "Send 5\u00a0SCC")
	kept := p.Keep()
	p.Close()
	again := New(u.Env, page.Route{Page: page.Wallet, Tab: page.WalletSend}).(*Page)
	defer again.Close()
	again.Restore(kept)
	if !uitestHas(again, "The payment is on its way") {
		t.Error(uitest.Texts(again.Object()))
	}
	answer <- nil
	u.Drain()
	if len(u.Toasts) != 1 || !strings.Contains(u.Toasts[0], "on its way") {
		t.Error(u.Toasts)
	}
	if !uitestHas(again, "Check the payment") || !again.draft.empty() {
		t.Error(uitest.Texts(again.Object()))
	}
}

func TestUnsure(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletSend, kite)
	settle(u)
	u.Type("Amount", "5")
	u.Tap("Check the payment")
	u.Fake.Fail("Send", view.Errorf(view.CodeNotRunning, "the node does not answer"))
	u.Tap("Send 5\u00a0SCC")
	u.MustHave("It is not certain whether the payment went out", "the node does not answer")
	p.Show(page.Route{Page: page.Wallet, Tab: page.WalletSend, Ref: viewtest.Address("Tomás")})
	u.MustHave("It is not certain whether the payment went out") // first that
	u.Fake.Fail("History", view.Errorf(view.CodeNotRunning, "still no answer"))
	u.Tap("Look for the payment")
	u.MustHave("still no answer")
	u.Fake.Fail("History", nil)
	u.Tap("Look for the payment")
	u.MustHave("The payment is not in the history")
	u.Tap("Back to the payment")
	if p.draft.to[0].typed != kite || p.draft.to[0].amount != "5" || p.draft.unsure != nil {
		t.Errorf("what was written is lost: %+v", p.draft)
	}
	u.Tap("Check the payment")
	u.Tap("Send 5\u00a0SCC")
	went := view.Movement{TxID: viewtest.ID("went"), Direction: view.DirectionOut, Status: view.MovePending, Kind: "sent", Time: u.Env.Now(),
		Parties: []view.Party{{Address: kite, Amount: coin("5")}}}
	if err := u.Fake.Answer("History", []view.Movement{went}); err != nil {
		t.Fatal(err)
	}
	u.Tap("Look for the payment")
	u.MustHave("Sent", viewtest.ID("went"))
	if !p.draft.empty() {
		t.Error("it could be sent again")
	}
}

func TestRefusedIsKept(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletSend, kite)
	settle(u)
	u.Type("Amount", "5")
	u.Tap("Check the payment")
	u.Fake.Fail("Send", view.Errorf(view.CodeRefused, "the fee is below what nodes relay").WithHint("choose a faster speed"))
	u.Tap("Send 5\u00a0SCC")
	u.MustHave("the fee is below what nodes relay", "choose a faster speed", "Nothing was sent. What you wrote is kept.")
	u.Tap("Back")
	if p.draft.to[0].amount != "5" {
		t.Errorf("%+v", p.draft)
	}
}

func TestWarnings(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletSend, "")
	settle(u)
	blocked := viewtest.Address("blocked one")
	p.book.contacts = append(p.book.contacts, view.Contact{Address: blocked, Name: "Pest", Blocked: true, Warnings: []string{"“Pest” looks like “Pеst”"}})
	twin := twinOf(t, kite)
	for address, want := range map[string][]string{
		viewtest.Address("nobody ever"): {"You have never paid this address."},
		viewtest.Address("own Savings"): {"This is an address of your own wallet."},
		blocked:                         {"You have blocked this contact.", "“Pest” looks like “Pеst”"},
		twin:                            {"looks like that of Studio Kite", "You have never paid this address."},
	} {
		var got []string
		for _, w := range p.book.warnings(address) {
			got = append(got, w.text)
		}
		all := strings.Join(got, "\n")
		for _, w := range want {
			if !strings.Contains(all, w) {
				t.Errorf("%s: %q is not in %q", address, w, got)
			}
		}
	}
	if w := p.book.warnings(kite); len(w) != 1 {
		t.Errorf("%+v", w)
	}
}

// twinOf makes text with the ends of an address; nobody decodes it here.
func twinOf(t *testing.T, address string) string {
	t.Helper()
	b := []byte(address)
	for i := 20; i < 30; i++ {
		b[i] = 'q'
	}
	return string(b)
}

func TestChosenCoins(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletCoins, "")
	settle(u)
	coins := p.now.(*coins)
	coins.toggle(coins.all[0])
	coins.toggle(coins.all[1])
	u.Settle()
	u.MustHave("2 chosen: 1,114.2071 SCC")
	want := coins.outpoints(func(view.Coin) bool { return true })
	u.Tap("Pay with these")
	u.MustHave("Only the 2 coins that you chose")
	u.Type("Pay to", kite)
	u.Type("Amount", "5")
	u.Tap("Check the payment")
	u.Tap("Send 5\u00a0SCC")
	if r := last[view.SendRequest](t, u, "Send"); strings.Join(r.Coins, " ") != strings.Join(want, " ") {
		t.Errorf("%v, want %v", r.Coins, want)
	}
}

func TestDraftOutlivesThePage(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletSend, "")
	u.Type("Pay to", "Studio Kite")
	u.Type("Amount", "7")
	p.Show(page.Route{Page: page.Wallet, Tab: page.WalletHistory})
	p.Show(page.Route{Page: page.Wallet, Tab: page.WalletSend})
	u.Drain()
	if got := u.Entry("Amount").Text; got != "7" {
		t.Errorf("%q", got)
	}
	kept := p.Keep()
	p.Close()
	again := New(u.Env, page.Route{Page: page.Wallet, Tab: page.WalletSend}).(*Page)
	again.Restore(kept)
	u.ShowPage(again)
	if got := u.Entry("Pay to").Text; got != "Studio Kite" {
		t.Errorf("%q", got)
	}
}

// A block that comes while a payment is being checked does not keep the check
// from the screen, and what is agreed to is the total that it shows.
func TestCheckWhileThingsHappen(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletSend, "")
	settle(u)
	u.Type("Pay to", kite)
	u.Type("Amount", "2")
	settle(u)
	f := p.now.(*send).form
	f.checked()
	f.checked() // Enter twice
	f.askQuote()
	settle(u)
	u.MustHave("Is everything right?")
	u.Tap("Send 2\u00a0SCC")
	got := called[view.SendRequest](t, u, "Send")
	if len(got) != 1 || got[0].Most <= coin("2") {
		t.Errorf("%+v", got)
	}
}

// What is typed on after the check was asked for is not what is checked.
func TestCheckOfSomethingElse(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletSend, "")
	settle(u)
	u.Type("Pay to", kite)
	u.Type("Amount", "2")
	settle(u)
	p.now.(*send).form.checked()
	p.draft.to[0].amount = "20"
	settle(u)
	if u.Has("Is everything right?") {
		t.Error("the amount before is shown as to be paid")
	}
}
