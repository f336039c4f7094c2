package wallet

import (
	"strings"
	"testing"

	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/ui/wallet/qrscan"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
)

func TestOverview(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, "", "")
	settle(u)
	u.MustHave("1,209.1571 SCC", "1,284.5071 SCC in all, at block 48,213", "Coming in", "25 SCC", "Ripening", "after 39 more blocks, in about 13 min",
		"Frozen", "Earned, not paid out yet", "3.0182 SCC", "From Tomás Ruiz", "Textures")
	u.Tap("Textures")
	if r := u.Routes[len(u.Routes)-1]; r.Tab != page.WalletTx || r.Ref != viewtest.ID("move out") {
		t.Errorf("%+v", r)
	}
	p.Show(page.Route{Page: page.Wallet})
	if err := u.Fake.Answer("Balance", view.Balance{Total: coin("7"), Spendable: coin("7"), Height: 48_214}); err != nil {
		t.Fatal(err)
	}
	p.Event(view.Event{Kind: view.EventTip})
	u.Drain()
	settle(u)
	u.MustHave("7 SCC in all, at block 48,214")
	if u.Has("Ripening") && u.Has("50.35") {
		t.Error("what is no more is still shown")
	}
	u.Tap("Send")
	if r := u.Routes[len(u.Routes)-1]; r.Tab != page.WalletSend {
		t.Errorf("%+v", r)
	}
}

func TestOverviewFresh(t *testing.T) {
	u := uitest.New(t)
	equip(u)
	u.Fake = viewtest.Fresh()
	u.Env.Backend = u.Fake
	open(u, "", "")
	settle(u)
	u.MustHave("0 SCC", "Nothing has moved yet")
	if u.Has("Frozen") {
		t.Error("what is nothing is shown")
	}
}

func TestOverviewFailing(t *testing.T) {
	u := uitest.New(t)
	equip(u)
	u.Fake.Fail("*", view.Errorf(view.CodeNotRunning, "nothing answers at the node's address").WithHint("start it"))
	open(u, "", "")
	settle(u)
	u.MustHave("nothing answers at the node's address", "start it")
	u.Fake.Fail("*", nil)
	u.Tap("Try again")
	settle(u)
	u.MustHave("1,209.1571 SCC")
}

func TestEventsAreMerged(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, "", "")
	settle(u)
	count := func() (n int) {
		for _, c := range u.Fake.Calls() {
			if c.Method == "Balance" {
				n++
			}
		}
		return n
	}
	before := count()
	for range 50 {
		p.Event(view.Event{Kind: view.EventTip})
	}
	u.Drain()
	settle(u)
	if n := count() - before; n > 2 {
		t.Errorf("50 blocks at once took %d questions", n)
	}
}

func TestReceive(t *testing.T) {
	u := uitest.New(t)
	p, d := open(u, page.WalletReceive, "")
	settle(u)
	fresh := viewtest.Address("own ")
	u.MustHave(grouped(fresh), "No label", "Savings", "500 SCC", "My main address", "Used", "Unused")
	u.Tap("Copy address")
	if len(d.copied) != 1 || d.copied[0] != fresh {
		t.Error(d.copied)
	}
	u.Type("Amount (may be left out)", "1,5")
	u.MustHave("Write decimals with a point")
	u.Type("Amount (may be left out)", "1.5")
	u.Type("What it is for (may be left out)", "Invoice 12")
	want := view.PayURI{Address: fresh, Amount: coin("1.5"), Message: "Invoice 12"}.String()
	u.MustHave(want)
	d.save = "/code.png"
	u.Tap("Save code as picture")
	settle(u)
	if got, err := qrscan.Scan(d.files["/code.png"]); err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	p.now.(*receive).address = viewtest.Address("own Savings")
	p.now.(*receive).showAddress()
	u.Settle()
	u.MustHave(grouped(viewtest.Address("own Savings")), "It was paid to before.")
}

func TestNewAddress(t *testing.T) {
	u := uitest.New(t)
	open(u, page.WalletReceive, "")
	settle(u)
	u.Tap("New address")
	u.Type("Label", "Ana, rent")
	u.Fake.Fail("NewAddress", view.Errorf(view.CodeDisk, "the disk is full; no address was made"))
	u.Tap("Make the address")
	u.MustHave("the disk is full; no address was made")
	u.Fake.Fail("NewAddress", nil)
	u.Tap("Make the address")
	settle(u)
	if got := last[string](t, u, "NewAddress"); got != "Ana, rent" {
		t.Error(got)
	}
	u.MustHave("Ana, rent", grouped(viewtest.Address("new Ana, rent")))
}

func TestCoins(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletCoins, "")
	settle(u)
	u.MustHave("6 coins", "None chosen", "Ripe in 39 blocks", "Frozen", "Waiting", "614.2071 SCC")
	if u.Enabled("Pay with these") || u.Enabled("Freeze") || u.Enabled("Release") {
		t.Error("there is something to do with nothing")
	}
	c := p.now.(*coins)
	find := func(amount string) view.Coin {
		for _, v := range c.all {
			if v.Amount == coin(amount) {
				return v
			}
		}
		t.Fatal(amount)
		return view.Coin{}
	}
	c.toggle(find("50.35"))
	u.Settle()
	if u.Enabled("Pay with these") {
		t.Error("an unripe coin can be spent")
	}
	c.toggle(find("50.35"))
	c.toggle(find("500"))
	u.Settle()
	u.MustHave("1 chosen: 500 SCC")
	u.Fake.Fail("Freeze", view.Errorf(view.CodeDisk, "the disk is full"))
	u.Tap("Freeze")
	if len(u.Failures) != 1 {
		t.Error(u.Failures)
	}
	u.Fake.Fail("Freeze", nil)
	u.Tap("Freeze")
	settle(u)
	if r := last[view.FreezeRequest](t, u, "Freeze"); r.Outpoint != find("500").Outpoint || !r.Frozen {
		t.Errorf("%+v", r)
	}
	for _, v := range c.all {
		if v.Frozen {
			c.chosen[v.Outpoint] = true
		}
	}
	c.choose()
	u.Tap("Release")
	if r := last[view.FreezeRequest](t, u, "Freeze"); r.Frozen {
		t.Errorf("%+v", r)
	}
	c.sorted = 1
	c.sort()
	if c.all[0].Confirmations != 0 {
		t.Errorf("%+v", c.all[0])
	}
	c.sorted = 2
	c.sort()
	if c.all[0].Amount != coin("500") {
		t.Errorf("%+v", c.all[0])
	}
}

func TestContacts(t *testing.T) {
	u := uitest.New(t)
	p, d := open(u, page.WalletContacts, "")
	settle(u)
	u.MustHave("Studio Kite", "Tomás Ruiz")
	u.Type("Search name, address, note", "kite")
	if c := p.now.(*contacts); len(c.found) != 1 {
		t.Error(c.found)
	}
	u.Tap("Add a contact")
	u.Tap("Save")
	u.MustHave("Enter a name.", "Enter an address.")
	u.Type("Name", "Ana")
	u.Type("Address", "nonsense")
	u.Tap("Save")
	u.MustHave("mistyped or cut off")
	u.Type("Address", "scc:"+viewtest.Address("Ana")+"?label=Ana")
	u.Tap("Save")
	settle(u)
	if r := last[view.ContactRequest](t, u, "PutContact"); r.Address != viewtest.Address("Ana") || *r.Name != "Ana" {
		t.Errorf("%+v", r)
	}
	c := p.now.(*contacts)
	u.Window.Canvas().Overlays().Remove(u.Window.Canvas().Overlays().Top())
	c.open(c.all[0])
	u.MustHave(grouped(c.all[0].Address))
	u.Tap("Copy the address")
	if d.copied[0] != c.all[0].Address {
		t.Error(d.copied)
	}
	u.Tap("Block")
	if r := last[view.ContactRequest](t, u, "PutContact"); r.Blocked == nil || !*r.Blocked {
		t.Errorf("%+v", r)
	}
	c.open(c.all[0])
	u.Tap("Delete")
	u.MustHave("The name goes; messages and payments stay.")
	u.Tap("Delete")
	if got := last[string](t, u, "DeleteContact"); got != c.all[0].Address {
		t.Error(got)
	}
	c.open(c.all[1])
	u.Tap("Write")
	if r := u.Routes[len(u.Routes)-1]; r.Page != page.Messages || r.Ref != c.all[1].Address {
		t.Errorf("%+v", r)
	}
	c.open(c.all[1])
	u.Tap("Send")
	if r := u.Routes[len(u.Routes)-1]; r.Tab != page.WalletSend || r.Ref != c.all[1].Address {
		t.Errorf("%+v", r)
	}
}

const words = "zebra zone zoo abandon ability able about zebra zone zoo abandon zero"

func TestCheckWords(t *testing.T) {
	u := uitest.New(t)
	open(u, page.WalletSecurity, "")
	u.Tap("Check the words")
	u.Tap("Check the words")
	u.MustHave("Enter your words.")
	u.Type("Your words, in their order", "zebra ab")
	u.MustHave("2 words", "abandon", "ability")
	u.Tap("ability")
	if got := u.Entry("Your words, in their order").Text; got != "zebra ability " {
		t.Errorf("%q", got)
	}
	for _, c := range []struct {
		answer view.WordsCheck
		want   string
	}{
		{view.WordsCheck{Valid: true, ThisWallet: true}, "These are this wallet's words"},
		{view.WordsCheck{Valid: true}, "These are words of another wallet"},
		{view.WordsCheck{Problem: "the 4th word is not in the list"}, "the 4th word is not in the list"},
	} {
		if err := u.Fake.Answer("CheckWords", c.answer); err != nil {
			t.Fatal(err)
		}
		u.Type("Your words, in their order", "  "+strings.ToUpper(words)+" ")
		u.Tap("Check the words")
		u.MustHave(c.want)
	}
	if got := last[string](t, u, "CheckWords"); got != words {
		t.Errorf("%q", got)
	}
	e := u.Entry("Your words, in their order")
	if !e.Password {
		t.Error("the words can be read over the shoulder")
	}
	u.Tap("Close")
	if e.Text != "" {
		t.Error("the words stay in the widget")
	}
}

func TestBackup(t *testing.T) {
	u := uitest.New(t)
	_, d := open(u, page.WalletSecurity, "")
	u.Tap("Save a backup") // cancelled
	d.save = "/mnt/stick/w.scbackup"
	u.Fake.Fail("Backup", view.Errorf(view.CodeDisk, "the disk is full; nothing was written"))
	u.Tap("Save a backup")
	u.MustHave("the disk is full; nothing was written")
	u.Fake.Fail("Backup", nil)
	u.Tap("Save a backup")
	u.MustHave("The backup is written", "/mnt/stick/w.scbackup", "1.3 MB", "keys, as the keystore encrypts them", "You need the present passphrase")
	if all := called[view.BackupRequest](t, u, "Backup"); len(all) != 2 || all[1].Path != d.save {
		t.Errorf("%+v", all)
	}
}

func TestChangePassphrase(t *testing.T) {
	u := uitest.New(t)
	open(u, page.WalletSecurity, "")
	u.Tap("Change it")
	u.Tap("Change it")
	u.MustHave("Enter the present passphrase.", "Enter a new passphrase.")
	u.Type("Present passphrase", "wrong")
	u.Type("New passphrase", "a new and longer one")
	u.Type("New passphrase again", "a new and longer")
	u.Tap("Change it")
	u.MustHave("The two are not the same.")
	u.Type("New passphrase again", "a new and longer one")
	u.Tap("Change it")
	u.MustHave("that is not the wallet's passphrase; nothing was changed")
	u.Type("Present passphrase", viewtest.Passphrase)
	e := u.Entry("New passphrase")
	u.Tap("Change it")
	if r := last[view.PassphraseChange](t, u, "ChangePassphrase"); r.Old != viewtest.Passphrase || r.New != "a new and longer one" {
		t.Error("another change was asked for")
	}
	if len(u.Toasts) != 1 || e.Text != "" {
		t.Error(u.Toasts, e.Text == "")
	}
}

func TestLock(t *testing.T) {
	u := uitest.New(t)
	locked := 0
	u.Env.Lock = func() { locked++ }
	open(u, page.WalletSecurity, "")
	u.MustHave("after 15 minutes without use")
	u.Tap("Lock now")
	if locked != 1 {
		t.Error(locked)
	}
}
