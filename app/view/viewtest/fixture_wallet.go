package viewtest

import (
	"fmt"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

func fillWallet(f *Fake) {
	f.must("Balance", view.Balance{Total: coin("1284.5071"), Spendable: coin("1209.1571"), Pending: coin("25"),
		Immature: coin("50.35"), Frozen: coin("25"), Credit: coin("3.0182"), Height: tip})
	f.must("Addresses", addresses())
	reply(f, "NewAddress", func(label string) (any, error) {
		return view.AddressInfo{Address: Address("new " + label), Label: label, Path: "m/86'/1'/0'/0/7"}, nil
	})
	moves := movements(160)
	reply(f, "History", func(p view.Page) (any, error) { return cut(moves, p, 50), nil })
	f.must("Coins", coins())
	reply(f, "QuoteSend", func(r view.SendRequest) (any, error) { return quoteSend(r) })
	f.must("Send", view.Sent{TxID: ID("sent"), Fee: coin("0.00001552")})
	f.must("Bump", view.Sent{TxID: ID("bumped"), Fee: coin("0.00003104")})
	f.must("CheckWords", view.WordsCheck{Valid: true, ThisWallet: true})
	f.must("FeeRates", view.FeeRates{Least: 1, Waiting: 38, WaitingBytes: 14_210, BlockSeconds: blockGap, Options: []view.FeeOption{
		{Name: view.FeeSlow, Rate: 2, Blocks: 9, Seconds: 180}, {Name: view.FeeNormal, Rate: 8, Blocks: 3, Seconds: 60}, {Name: view.FeeFast, Rate: 20, Blocks: 1, Seconds: 20}}})
	reply(f, "Earnings", func(q view.EarningsQuery) (any, error) { return earnings(q, true), nil })
	reply(f, "Backup", func(r view.BackupRequest) (any, error) {
		return view.BackupInfo{Path: r.Path, Size: 1_284_112, Time: Now(), Contains: []string{"keys, as the keystore encrypts them", "labels", "6 contacts", "2 shared accounts", "214 messages"}}, nil
	})
	reply(f, "CheckPassphrase", func(r view.PassphraseRequest) (any, error) {
		if r.Passphrase != Passphrase {
			return nil, view.Errorf(view.CodeWrongPassphrase, "that is not the wallet's passphrase").WithHint("check the capital letters and the keyboard's language")
		}
		return struct{}{}, nil
	})
	reply(f, "ChangePassphrase", func(r view.PassphraseChange) (any, error) {
		if r.Old != Passphrase {
			return nil, view.Errorf(view.CodeWrongPassphrase, "that is not the wallet's passphrase; nothing was changed")
		}
		return struct{}{}, nil
	})
}

// Passphrase opens the fixture's wallet.
const Passphrase = "correct horse battery"

func addresses() []view.AddressInfo {
	out := []view.AddressInfo{{Address: Me(), Identity: true, Used: true, Path: "m/86'/1'/0'/0/0", Balance: coin("614.2071")}}
	for i, label := range []string{"Shop", "Savings", "Studio Kite: invoice 12", ""} {
		out = append(out, view.AddressInfo{Address: Address("own " + label), Label: label, Used: i < 3,
			Path: fmt.Sprintf("m/86'/1'/0'/0/%d", i+1), Balance: []types.Amount{coin("120.3"), coin("500"), coin("25"), 0}[i]})
	}
	return append(out, view.AddressInfo{Address: Address("own change"), Change: true, Used: true, Path: "m/86'/1'/0'/1/4", Balance: coin("25")})
}

func coins() []view.Coin {
	c := func(i int, amount, address, label string, age uint32) view.Coin {
		v := view.Coin{Outpoint: fmt.Sprintf("%s:%d", ID(fmt.Sprint("coin ", i)), i%3), Address: Address(address), Amount: coin(amount), Label: label, Confirmations: age}
		if age > 0 {
			v.Height = tip + 1 - age
		}
		return v
	}
	out := []view.Coin{c(1, "500", "own Savings", "Savings", 14_201), c(2, "614.2071", "me", "", 902), c(3, "120.3", "own Shop", "Shop", 233),
		c(4, "50.35", "me", "", 61), c(5, "25", "own change", "", 0), c(6, "25", "own Studio Kite: invoice 12", "Studio Kite: invoice 12", 4_410)}
	out[1].Identity, out[3].Identity, out[3].RipeIn, out[5].Frozen = true, true, 39, true
	return out
}

func quoteSend(r view.SendRequest) (any, error) {
	const spendable = "1209.1571"
	rate := r.FeeRate
	if rate == 0 {
		rate = 8
	}
	q := view.SendQuote{FeeRate: rate, VSize: 111 + 43*len(r.Outputs), Inputs: 1}
	q.Fee = types.Amount(rate * int64(q.VSize))
	for _, o := range r.Outputs {
		q.Amount += o.Amount
	}
	if r.All {
		q.Amount = coin(spendable) - q.Fee
	}
	q.Total = q.Amount + q.Fee
	if q.Total > coin(spendable) {
		return nil, view.Errorf(view.CodeFunds, "the payment needs %v SCC and %s SCC can be spent; nothing was sent", q.Total, spendable).
			WithHint("send less, or wait until 50.35 SCC of new coins are ripe")
	}
	q.Left = coin(spendable) - q.Total
	q.Change = q.Left
	return q, nil
}

// movements is a history of n entries, newest first.
func movements(n int) []view.Movement {
	out := []view.Movement{
		{TxID: ID("move in"), Direction: view.DirectionIn, Status: view.MovePending, Kind: "received", Amount: coin("25"), Time: ago(40 * time.Second), Parties: []view.Party{{Address: Address("Tomás"), Amount: coin("25"), Label: "Tomás Ruiz"}}},
		{TxID: ID("move out"), Direction: view.DirectionOut, Status: view.MovePending, Kind: "sent", Amount: coin("4.2000888"), Fee: coin("0.0000888"), Time: ago(3 * time.Minute), CanBump: true, Label: "Textures", Parties: []view.Party{{Address: Address("Studio Kite"), Amount: coin("4.2"), Label: "Studio Kite"}}},
		{TxID: RenderJob(), Direction: view.DirectionOut, Status: view.MoveConfirmed, Kind: "job post", Amount: coin("18.00002"), Bid: coin("18"), Fee: coin("0.00002"), Height: tip - 410, Confirmations: 411, Time: timeOf(tip - 410), Job: RenderJob()},
		{TxID: ID("move 0"), Direction: view.DirectionIn, Status: view.MoveConfirmed, Kind: "income", Amount: coin("1.0182"), Height: tip - 61, Confirmations: 62, Time: timeOf(tip - 61), Immature: true, Parties: []view.Party{{Source: "producer", Amount: coin("0.6")}, {Source: "credit", Amount: coin("0.4182")}}},
	}
	names := []string{"Tomás", "王小雨", "Archive of Rivers", "Studio Kite", "stranger"}
	for i := len(out); i < n; i++ {
		h := uint32(tip - 90*i)
		m := view.Movement{TxID: ID(fmt.Sprint("move ", i)), Status: view.MoveConfirmed, Height: h, Confirmations: tip + 1 - h, Time: timeOf(h)}
		who := names[i%len(names)]
		p := view.Party{Address: Address(who)}
		if who != "stranger" {
			p.Label = people[who]
		}
		switch i % 7 {
		case 0, 3:
			m.Direction, m.Kind, m.Amount = view.DirectionIn, "income", types.Amount(40_000_000+i*1_373_100)
			m.Parties = []view.Party{{Source: "producer", Amount: m.Amount / 2}, {Source: "credit", Amount: m.Amount - m.Amount/2}}
		case 1, 5:
			m.Direction, m.Kind, m.Amount, p.Amount = view.DirectionIn, "received", types.Amount(i)*coin("1.25"), types.Amount(i)*coin("1.25")
			m.Parties = []view.Party{p}
		case 6:
			m.Direction, m.Kind, m.Amount, m.Fee = view.DirectionSelf, "moved", coin("0.00001552"), coin("0.00001552")
		default:
			m.Direction, m.Kind, m.Fee, p.Amount = view.DirectionOut, "sent", coin("0.00001232"), types.Amount(i)*coin("0.4")
			m.Amount = p.Amount + m.Fee
			m.Parties = []view.Party{p}
		}
		if i == 9 {
			m.Status, m.Height, m.Confirmations = view.MoveConflicted, 0, 0
		}
		out = append(out, m)
	}
	return out
}

// earnings makes a believable curve of the days asked for.
func earnings(q view.EarningsQuery, any bool) view.Earnings {
	days := q.Days
	if days == 0 {
		days = 30
	}
	zone := time.FixedZone("", q.Zone)
	now := Now().In(zone)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	wave := []int64{210, 305, 290, 295, 390, 425, 352, 350, 410, 362, 266, 278, 304, 230, 172, 236, 268, 216, 240, 354, 386, 362, 440, 548, 536, 508, 582, 622, 544, 482}
	var e view.Earnings
	for i := range days {
		d := view.EarningsDay{Start: today.AddDate(0, 0, i-days+1)}
		if any {
			w := wave[(i+len(wave)*4-days)%len(wave)] * 1_000_000
			d.Work, d.Blocks, d.Other = types.Amount(w*6/10), types.Amount(w*4/10), 0
			d.Total = d.Work + d.Blocks + d.Other
		}
		e.Total += d.Total
		e.Today = d.Total
		e.Days = append(e.Days, d)
	}
	return e
}
