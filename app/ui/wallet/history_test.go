package wallet

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/uitest"
	"supercomputing/app/view"
	"supercomputing/app/view/viewtest"
	"supercomputing/chain/types"
)

// manyMoves answers History with n movements; newer are added in front.
func manyMoves(u *uitest.UI, n int) *[]view.Movement {
	all := make([]view.Movement, n)
	for i := range all {
		h := uint32(48_000 - i)
		all[i] = view.Movement{TxID: viewtest.ID(fmt.Sprint("many ", i)), Kind: "sent", Direction: view.DirectionOut, Status: view.MoveConfirmed,
			Amount: types.Amount(i+1) * 1000, Height: h, Time: u.Env.Now().Add(-time.Duration(i) * time.Hour), Label: fmt.Sprint("Movement ", i)}
	}
	u.Fake.Reply("History", func(args string) (any, error) {
		var p view.Page
		if err := json.Unmarshal([]byte(args), &p); err != nil {
			return nil, err
		}
		from := min(p.Skip, len(all))
		return all[from:min(from+p.Limit, len(all))], nil
	})
	return &all
}

func TestHistoryOfTenThousand(t *testing.T) {
	u := uitest.New(t)
	equip(u)
	all := manyMoves(u, 10_000)
	p, _ := open(u, page.WalletHistory, "")
	settle(u)
	h := p.now.(*history)
	u.MustHave("10,000 movements", "Movement 0")
	if n := len(uitest.All[*kit.ItemRow](h.rows)); n == 0 || n > 30 {
		t.Errorf("%d rows exist", n)
	}
	for _, a := range called[view.Page](t, u, "History") {
		if a.Limit != movesAtOnce {
			t.Errorf("%+v", a)
		}
	}
	h.rows.ScrollToBottom()
	u.Settle()
	u.MustHave("Movement 9999")
	asked := len(called[view.Page](t, u, "History"))
	*all = append([]view.Movement{{TxID: viewtest.ID("brand new"), Kind: "received", Direction: view.DirectionIn, Status: view.MovePending, Amount: coin("3"), Time: u.Env.Now(), Label: "Brand new"}}, *all...)
	p.Event(view.Event{Kind: view.EventWallet})
	u.Drain()
	settle(u)
	if n := len(called[view.Page](t, u, "History")) - asked; n != 1 {
		t.Errorf("a new movement took %d questions", n)
	}
	u.MustHave("10,001 movements")
	begin := time.Now()
	u.Type("Search name, label, address, id", "movement 77")
	settle(u)
	u.MustHave("280 of 10,001 movements", "Movement 77")
	if d := time.Since(begin); d > 10*time.Second {
		t.Errorf("searching took %v", d)
	}
}

func TestHistoryFilters(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletHistory, "")
	settle(u)
	h := p.now.(*history)
	choose := func(i, choice int) { uitest.All[*kit.SelectBox](h.body)[i].Choose(choice); settle(u) }
	choose(0, 2) // income
	for i := range h.found {
		if m := h.at(i); m.Kind != "income" {
			t.Fatalf("%+v", m)
		}
	}
	u.MustHave("of 160 movements")
	choose(1, 2) // outgoing: none is income
	u.MustHave("Nothing fits")
	u.Tap("Clear the filters")
	settle(u)
	u.MustHave("160 movements")
	h = p.now.(*history)
	choose(2, 1)
	u.MustHave("2 of 160 movements")
	choose(2, 4)
	u.MustHave("1 of 160 movements", "Did not happen")
	choose(2, 0)
	choose(3, 1) // a week: all that the fixture has
	u.MustHave("160 of 160 movements")
	choose(3, 4)
	u.MustHave("0 of 160 movements")
	choose(3, 1)
	u.Type("Search name, label, address, id", viewtest.ID("move out"))
	settle(u)
	u.MustHave("1 of 160 movements", "Textures")
	p.Show(page.Route{Page: page.Wallet, Tab: page.WalletCoins})
	p.Show(page.Route{Page: page.Wallet, Tab: page.WalletHistory})
	settle(u)
	u.MustHave("1 of 160 movements") // the filters outlive the tab
}

func TestPeriods(t *testing.T) {
	now := time.Date(2026, 3, 5, 10, 0, 0, 0, time.UTC)
	for i, want := range []string{"0001-01-01 0001-01-01", "2026-02-27 0001-01-01", "2026-02-04 0001-01-01", "2026-01-01 0001-01-01", "2025-01-01 2026-01-01", "0001-01-01 2025-01-01"} {
		from, to := period(i, now)
		if got := from.Format(time.DateOnly) + " " + to.Format(time.DateOnly); got != want {
			t.Errorf("%d: %s", i, got)
		}
	}
}

func TestHistoryEmptyAndFailing(t *testing.T) {
	u := uitest.New(t)
	equip(u)
	u.Fake.Fail("History", view.Errorf(view.CodeUnavailable, "the node is still reading its blocks").WithHint("wait a minute"))
	open(u, page.WalletHistory, "")
	settle(u)
	u.MustHave("the node is still reading its blocks", "wait a minute")
	u.Fake.Fail("History", nil)
	if err := u.Fake.Answer("History", []view.Movement{}); err != nil {
		t.Fatal(err)
	}
	u.Tap("Try again")
	settle(u)
	u.MustHave("Nothing has moved yet")
	u.Tap("Receive")
	if r := u.Routes[len(u.Routes)-1]; r.Tab != page.WalletReceive {
		t.Errorf("%+v", r)
	}
}

func TestExport(t *testing.T) {
	u := uitest.New(t)
	d := equip(u)
	all := manyMoves(u, 1_234)
	(*all)[3].Label = "=2+5"
	(*all)[4].Amount = 1_00000001
	open(u, page.WalletHistory, "")
	settle(u)
	u.Tap("Export") // the dialog is cancelled
	if len(d.files) != 0 {
		t.Fatal("written without a name")
	}
	d.save = "/out.csv"
	u.Tap("Export")
	settle(u)
	if d.asked != "wallet-history-2026-11-21.csv" {
		t.Error(d.asked)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(d.files["/out.csv"], []byte("\xef\xbb\xbf")))).ReadAll()
	if err != nil || len(rows) != 1_235 {
		t.Fatal(len(rows), err)
	}
	if rows[0][0] != "Time" || rows[4][8] != "'=2+5" || rows[5][4] != "-1.00000001" || rows[1_234][10] != viewtest.ID("many 1233") {
		t.Errorf("%q %q %q %q", rows[0], rows[4], rows[5], rows[1_234])
	}
	if !strings.Contains(u.Toasts[len(u.Toasts)-1], "1,234 movements written to /out.csv") {
		t.Error(u.Toasts)
	}
	u.Type("Search name, label, address, id", "movement 12")
	settle(u)
	u.Tap("Export")
	u.Tap("Only the 66 shown")
	settle(u)
	rows, err = csv.NewReader(bytes.NewReader(bytes.TrimPrefix(d.files["/out.csv"], []byte("\xef\xbb\xbf")))).ReadAll()
	if err != nil || len(rows) != 67 {
		t.Error(len(rows), err)
	}
	d.err = errors.New("the disk is full")
	u.Tap("Export")
	u.Tap("Everything")
	settle(u)
	if len(u.Failures) != 1 || !strings.Contains(u.Failures[0].Error(), "the disk is full") {
		t.Error(u.Failures)
	}
}

func TestExportCancelled(t *testing.T) {
	u := uitest.New(t)
	d := equip(u)
	p, _ := open(u, page.WalletHistory, "")
	settle(u)
	release := make(chan struct{})
	u.Fake.Reply("History", func(string) (any, error) { <-release; return []view.Movement{}, nil })
	d.save = "/out.csv"
	tap(u, "Export")
	u.Until(func() bool { return u.Pending() > 0 && len(called[view.Page](t, u, "History")) > 2 || d.asked != "" })
	u.Step()
	u.Until(func() bool { u.Advance(time.Second); return u.Env.Canvas.Overlays().Top() != nil })
	u.Settle()
	u.MustHave("Exporting the history")
	tap(u, "Cancel")
	close(release)
	u.Drain()
	if len(d.files) != 0 {
		t.Error("a cancelled export wrote its file")
	}
	if len(u.Toasts) == 0 || !strings.Contains(u.Toasts[len(u.Toasts)-1], "cancelled") {
		t.Error(u.Toasts, u.Failures)
	}
	_ = p
}

func TestTransactionPage(t *testing.T) {
	u := uitest.New(t)
	tx := view.Tx{TxID: viewtest.ID("move out"), VSize: 1110, Fee: coin("0.0000888"),
		Inputs:  []view.TxInput{{Address: viewtest.Address("own Savings"), Amount: coin("10")}},
		Outputs: []view.TxOutput{{Address: kite, Amount: coin("4.2")}, {Index: 1, Commitment: "message"}}}
	u.Fake.Reply("Tx", func(string) (any, error) { return tx, nil })
	p, _ := open(u, page.WalletTx, viewtest.ID("move out"))
	settle(u)
	u.MustHave("−4.2000888 SCC", "Waiting", "Textures", "Studio Kite", "0.0000888 SCC", "1,110 bytes", "8 per byte", viewtest.ID("move out"))
	u.Tap("Inputs and outputs")
	u.MustHave("Mine: Savings", "A record")
	u.Tap("Edit label")
	u.Type("Label", "Textures for shot 4")
	u.Tap("Save")
	settle(u)
	if r := last[view.LabelRequest](t, u, "Label"); r.Target != viewtest.ID("move out") || r.Label != "Textures for shot 4" {
		t.Errorf("%+v", r)
	}
	u.MustHave("Textures for shot 4")
	u.Tap("Open in Explorer")
	if r := u.Routes[len(u.Routes)-1]; r.Page != page.Explorer || r.Tab != page.ExplorerTx || r.Ref != viewtest.ID("move out") {
		t.Errorf("%+v", r)
	}
	p.Show(page.Route{Page: page.Wallet, Tab: page.WalletTx, Ref: viewtest.RenderJob()})
	settle(u)
	u.Tap("Show the job")
	if r := u.Routes[len(u.Routes)-1]; r.Tab != page.ExplorerJob || r.Ref != viewtest.RenderJob() {
		t.Errorf("%+v", r)
	}
}

func TestTransactionThatIsNot(t *testing.T) {
	u := uitest.New(t)
	p, _ := open(u, page.WalletTx, viewtest.ID("of somebody"))
	settle(u)
	u.MustHave("This transaction is not of this wallet")
	u.Fake.Fail("Tx", view.Errorf(view.CodeNotFound, "no such transaction"))
	p.Show(page.Route{Page: page.Wallet, Tab: page.WalletTx, Ref: viewtest.ID("none")})
	settle(u)
	u.MustHave("no such transaction")
}

func TestBump(t *testing.T) {
	u := uitest.New(t)
	tx := view.Tx{TxID: viewtest.ID("move out"), VSize: 1110}
	u.Fake.Reply("Tx", func(string) (any, error) { return tx, nil })
	open(u, page.WalletTx, viewtest.ID("move out"))
	settle(u)
	u.Tap("Raise the fee")
	u.MustHave("Fee now", "0.0000888 SCC", "Just enough", "Fast")
	if u.Has("Slow") {
		t.Error("a rate is offered that is below the present one")
	}
	u.Fake.Fail("Bump", view.Errorf(view.CodeConflict, "it is in a block already"))
	u.Tap("Replace")
	u.MustHave("it is in a block already")
	u.Fake.Fail("Bump", nil)
	u.Tap("Just enough")
	u.Tap("Replace")
	settle(u)
	if r := last[view.BumpRequest](t, u, "Bump"); r.TxID != viewtest.ID("move out") || r.FeeRate != 0 {
		t.Errorf("%+v", r)
	}
	if all := called[view.BumpRequest](t, u, "Bump"); all[0].FeeRate != 20 {
		t.Errorf("%+v", all)
	}
	if r := u.Routes[len(u.Routes)-1]; r.Tab != page.WalletTx || r.Ref != viewtest.ID("bumped") {
		t.Errorf("%+v", r)
	}
}

// TestClosedWhileLoading: loading stops with its page.
func TestClosedWhileLoading(t *testing.T) {
	u := uitest.New(t)
	equip(u)
	manyMoves(u, 10_000)
	p := New(u.Env, page.Route{Page: page.Wallet, Tab: page.WalletHistory}).(*Page)
	p.Close()
	u.Drain()
	if n := len(called[view.Page](t, u, "History")); n > 2 {
		t.Errorf("%d parts were loaded for nobody", n)
	}
	if u.Pending() != 0 {
		t.Errorf("%d timers wait", u.Pending())
	}
}
