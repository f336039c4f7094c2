package wallet_test

import (
	"encoding/csv"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/btcsuite/btcd/wire/v2"

	"supercomputing/chain/chaintest"
	"supercomputing/chain/consensus"
	"supercomputing/chain/types"
	"supercomputing/wallet"
)

func TestHistoryOrderAndQueries(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10*coin, 20*coin)
	var ids []types.Hash
	for i := range 6 {
		id, err := a.Send(ctx, wallet.Request{Label: []string{"bread", "", "Butter"}[i%3],
			Outputs: []wallet.Output{{Address: ann.Address(), Amount: coin, Label: "Ann"}}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
		if i < 4 {
			w.mine(1)
			a.sync()
		}
		a.now = a.now.Add(time.Minute)
	}
	all := a.History(wallet.Query{})
	if len(all) != 8 {
		t.Fatalf("%d entries", len(all))
	}
	for i, want := range []types.Hash{ids[5], ids[4], ids[3], ids[2], ids[1], ids[0]} {
		if all[i].TxID != want {
			t.Errorf("entry %d is %v", i, all[i].TxID)
		}
	}
	if all[0].Status != wallet.StatusPending || all[2].Status != wallet.StatusConfirmed {
		t.Error("waiting entries do not come first")
	}
	for _, c := range []struct {
		name string
		q    wallet.Query
		want int
	}{
		{"page", wallet.Query{Offset: 2, Limit: 3}, 3},
		{"last page", wallet.Query{Offset: 6, Limit: 10}, 2},
		{"beyond", wallet.Query{Offset: 60}, 0},
		{"kind", wallet.Query{Kind: wallet.KindReceived}, 2},
		{"label", wallet.Query{Text: "butter"}, 2},
		{"party, as recipient or sender", wallet.Query{Text: "ann"}, 8},
		{"id", wallet.Query{Text: ids[1].String()[:12]}, 1},
		{"since", wallet.Query{Since: a.now.Add(-2 * time.Minute)}, 2},
		{"until", wallet.Query{Until: a.now.Add(-2 * time.Minute)}, 6},
	} {
		if got := a.History(c.q); len(got) != c.want {
			t.Errorf("%s: %d entries, want %d", c.name, len(got), c.want)
		}
	}
	if p := a.History(wallet.Query{Offset: 2, Limit: 1}); p[0].TxID != all[2].TxID {
		t.Error("pages do not line up")
	}
}

func TestSendersAreNamed(t *testing.T) {
	w := newWorld(t, nil)
	a := w.open(aliceWords, nil)
	to, err := a.NewAddress("from Ann")
	if err != nil {
		t.Fatal(err)
	}
	tx := w.pay(to, coin)
	w.mine(1)
	a.sync()
	if err := a.LabelAddress(ann.Address(), "Ann"); err != nil {
		t.Fatal(err)
	}
	e := a.entry(tx.ID())
	if len(e.Parties) != 1 || e.Parties[0].Address != ann.Address() || e.Parties[0].Label != "Ann" || e.Label != "from Ann" {
		t.Errorf("%+v", e)
	}
	// One first seen in the pool learns its sender from the block.
	tx = w.pay(to, coin)
	a.sync()
	w.mine(1)
	a.sync()
	if e := a.entry(tx.ID()); len(e.Parties) != 1 {
		t.Errorf("%+v", e)
	}
}

func TestMovedWithinTheWallet(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	id := a.send(a.address(), 4*coin)
	e := a.entry(id)
	if e.Kind != wallet.KindSelf || e.Amount != -e.Fee || len(e.Parties) != 1 || e.Parties[0].Amount != 4*coin {
		t.Errorf("%+v", e)
	}
	if b := a.Balance(); b.PendingOut != e.Fee || b.Change != 10*coin-e.Fee || b.PendingIn != 0 {
		t.Errorf("%+v", b)
	}
}

// A node that works is paid by a coinbase: the entry says what for.
func TestCreditIncome(t *testing.T) {
	w := newWorld(t, nil)
	a := w.open(aliceWords, nil)
	post := w.gen.Post(ann, 10*coin, 1000)
	w.mineOnly(post)
	w.mineOnly(w.gen.Score(ann, post.ID(), map[types.Address]types.Amount{a.Identity(): 10 * coin}))
	w.mine(1)
	for range 200 {
		if a.sync(); len(a.History(wallet.Query{})) > 0 {
			break
		}
		w.mine(5)
	}
	h := a.History(wallet.Query{})
	if len(h) == 0 {
		t.Fatal("no income in a thousand blocks")
	}
	e := h[len(h)-1]
	if e.Kind != wallet.KindIncome || e.Amount < 6*coin || len(e.Parties) != 1 || e.Parties[0].Source != "credit" || e.Parties[0].Address != a.Identity() {
		t.Errorf("%+v", e)
	}
}

func TestLabels(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(coin)
	id := a.send(ann.Address(), coin/2)
	for _, bad := range []string{"a\nb", "\x00", string(make([]byte, 300)), "\xff"} {
		wantErr(t, "label", a.LabelTx(id, bad), wallet.ErrLabel)
		wantErr(t, "label", a.LabelAddress(ann.Address(), bad), wallet.ErrLabel)
		_, err := a.NewAddress(bad)
		wantErr(t, "label", err, wallet.ErrLabel)
	}
	for _, text := range []string{"租金", "rent", ""} {
		if err := a.LabelTx(id, text); err != nil {
			t.Fatal(err)
		}
		if err := a.LabelAddress(ann.Address(), text); err != nil {
			t.Fatal(err)
		}
		a.reopen()
		if e := a.entry(id); e.Label != text || e.Parties[0].Label != text {
			t.Errorf("label %q: %+v", text, e)
		}
	}
}

func TestFreeze(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(coin, 2*coin)
	op := a.Coins()[0].OutPoint
	if err := a.Freeze(op, true); err != nil {
		t.Fatal(err)
	}
	a.reopen()
	a.wantBalance("frozen", wallet.Balance{Confirmed: 3 * coin, Frozen: 2 * coin})
	if c := a.Coins()[0]; !c.Frozen || c.Spendable {
		t.Errorf("%+v", c)
	}
	_, err := a.Quote(wallet.Request{Outputs: []wallet.Output{{Address: ann.Address(), Amount: 2 * coin}}})
	wantErr(t, "frozen", err, wallet.ErrFunds)
	if err := a.Freeze(op, false); err != nil {
		t.Fatal(err)
	}
	a.wantBalance("free", wallet.Balance{Confirmed: 3 * coin})
	wantErr(t, "unknown", a.Freeze(wire.OutPoint{}, true), wallet.ErrUnknownCoin)
	a.reopen()
	a.wantBalance("free after reopening", wallet.Balance{Confirmed: 3 * coin})
}

func TestAddresses(t *testing.T) {
	w := newWorld(t, nil)
	a := w.open(aliceWords, nil)
	shop, err := a.NewAddress("shop")
	if err != nil {
		t.Fatal(err)
	}
	unused := a.address()
	w.pay(shop, 10*coin)
	w.mine(1)
	a.sync()
	a.send(ann.Address(), coin)
	list := a.Addresses()
	if len(list) != 4 {
		t.Fatalf("%+v", list)
	}
	if list[0].Address != a.Identity() || list[0].Index != 0 || list[0].Used {
		t.Errorf("identity: %+v", list[0])
	}
	if list[1].Address != shop || list[1].Label != "shop" || !list[1].Used || list[1].Balance != 0 {
		t.Errorf("shop: %+v", list[1])
	}
	if list[2].Address != unused || list[2].Used {
		t.Errorf("unused: %+v", list[2])
	}
	if !list[3].Change || list[3].Balance != a.Balance().Change {
		t.Errorf("change: %+v", list[3])
	}
	if !a.Owns(shop) || !a.Owns(list[3].Address) || a.Owns(ann.Address()) {
		t.Error("Owns")
	}
}

func TestWriteCSV(t *testing.T) {
	w := newWorld(t, nil)
	a := w.funded(10 * coin)
	if _, err := a.Send(ctx, wallet.Request{Label: "=cmd()", Outputs: []wallet.Output{{Address: ann.Address(), Amount: coin}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.SendRecord(ctx, &types.JobPost{Dapp: chaintest.DappID(), Duration: 5, Bid: coin}, wallet.RecordOptions{Label: `a "job", paid`}); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	entries := a.History(wallet.Query{})
	if err := wallet.WriteCSV(&out, "ct", entries); err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != len(entries)+1 {
		t.Fatalf("%d lines for %d entries", len(lines), len(entries))
	}
	for i, e := range entries {
		l := lines[i+1]
		if l[2] != string(e.Kind) || l[3] != e.Amount.String() || l[9] != e.TxID.String() {
			t.Errorf("line %q for %+v", l, e)
		}
	}
	if !strings.Contains(out.String(), "'=cmd()") {
		t.Error("a label stays a formula")
	}
	if !strings.Contains(out.String(), types.EncodeAddress("ct", ann.Address())) {
		t.Error("no address of the recipient")
	}
	if err := wallet.WriteCSV(failing{}, "ct", entries); !errors.Is(err, errCrash) {
		t.Errorf("a failing writer: %v", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errCrash }

// Tens of thousands of entries stay workable: they load and list in well under
// a second, so that no screen waits.
func BenchmarkHistory(b *testing.B) {
	w := newWorld(b, nil)
	a := w.open(aliceWords, nil)
	to := a.address()
	for range 40 {
		var txs []*types.Tx
		for range 5 {
			txs = append(txs, w.gen.Tx(chaintest.Spec{From: ann, To: []consensus.Payment{{Address: to, Amount: coin / 100}}}))
		}
		w.mineOnly(txs...)
	}
	a.sync()
	for b.Loop() {
		if n := len(a.History(wallet.Query{Limit: 50})); n != 50 {
			b.Fatal(n)
		}
	}
}
