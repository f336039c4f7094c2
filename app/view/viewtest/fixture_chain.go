package viewtest

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

func producer(h uint32) string {
	return Address([]string{"Studio Kite", "Archive of Rivers", "miner 1", "me", "miner 2", "Tomás", "bootstrap 1"}[h%7])
}

func blockHash(h uint32) string { return ID(fmt.Sprint("block ", h)) }

func blockBrief(h uint32) view.BlockBrief {
	b := view.BlockBrief{Height: h, Hash: blockHash(h), Time: timeOf(h), Slot: uint64(h) + 3_689, Epoch: uint64(h) / epochBlocks, Producer: producer(h), Txs: 3 + int(h*7%29), Size: 3_000 + int(h*2_311%41_000)}
	b.Records = [types.NumChains]int{int(h*3) % 6, int(h) % 2, 0, int(h*5) % 4, int(h*7) % 9}
	if h%60 == 0 {
		b.Records[2] = 1
	}
	if h == 0 {
		b.Producer, b.Txs, b.Records = "", 1, [types.NumChains]int{}
	}
	return b
}

func block(h uint32) view.Block {
	b := view.Block{BlockBrief: blockBrief(h), Confirmations: tip + 1 - h, Weight: 38_204, TxRoot: ID("txs"), SideRoot: ID("sides"), StateDigest: ID("digest"), ProducersRoot: ID("producers")}
	if h > 0 {
		b.Parent = blockHash(h - 1)
	}
	b.Coinbase = view.Coinbase{TxID: ID(fmt.Sprint("coinbase ", h)), Reward: coin("1"), Fees: coin("0.0142"), Bids: coin("6.5"), FromReserve: coin("0.02"), Outputs: []view.CoinbaseOutput{
		{Address: b.Producer, Amount: coin("2.0092"), Role: view.RoleProducer}, {Address: Address("Foundation"), Amount: coin("0.325"), Role: view.RoleFoundation},
		{Address: Address("developer"), Amount: coin("1.3"), Role: view.RoleDeveloper, Note: "download"}, {Address: node(0), Amount: coin("1.52"), Role: view.RoleCredit},
		{Address: node(1), Amount: coin("1.17"), Role: view.RoleCredit}, {Address: Me(), Amount: coin("1.01"), Role: view.RoleCredit}, {Address: node(3), Amount: coin("0.2"), Role: view.RoleCredit}}}
	b.Transactions = []view.TxBrief{{TxID: b.Coinbase.TxID, Kind: "coinbase", VSize: 412, Amount: coin("7.5342")}}
	for i := 1; i < b.Txs; i++ {
		t := view.TxBrief{TxID: ID(fmt.Sprint("tx ", h, i)), Kind: "payment", VSize: 154 + i, Amount: types.Amount(i) * coin("3.25")}
		if i%5 == 2 {
			t.Kind = "score report"
		}
		b.Transactions = append(b.Transactions, t)
	}
	for i, n := range b.Records {
		c := string(rune('a' + i))
		s := view.SideBlock{Name: fmt.Sprint(h, c), Chain: c, Root: ID("root " + c), Bytes: n * 180, Records: []view.Record{}}
		for k := range n {
			s.Records = append(s.Records, record(c, h, k))
		}
		b.Sides = append(b.Sides, s)
	}
	return b
}

func record(chain string, h uint32, k int) view.Record {
	r := view.Record{Chain: chain, Height: h, TxID: ID(fmt.Sprint("record ", chain, h, k)), Author: producer(h + uint32(k) + 2), Bytes: 96 + 31*k}
	switch chain {
	case "a":
		r.Kind, r.Fields = "score report", []view.Field{{Name: "node", Value: node(k)}, {Name: "job", Value: RenderJob()}, {Name: "score", Value: "0.412 SCC"}}
	case "b":
		r.Kind, r.Fields = "advertisement", []view.Field{{Name: "intent", Value: "sell"}, {Name: "title", Value: "Aerial pictures of the delta"}, {Name: "price", Value: "15 SCC"}}
	case "c":
		r.Kind, r.Author, r.TxID, r.Fields = "summary", "", "", []view.Field{{Name: "blocks", Value: "60"}, {Name: "work", Value: "4182.2"}}
	case "d":
		r.Kind, r.Fields = "job post", []view.Field{{Name: "dapp", Value: "render"}, {Name: "bid", Value: "18 SCC"}, {Name: "duration", Value: "4320 blocks"}}
	default:
		r.Kind, r.Fields = "message", []view.Field{{Name: "to", Value: Address("Tomás")}, {Name: "sealed", Value: "214 bytes"}}
	}
	return r
}

// heightOf reads a height, a side block's name, "tip" or a hash.
func heightOf(ref string) (uint32, bool) {
	if ref == "tip" || ref == "" {
		return tip, true
	}
	if n, err := strconv.ParseUint(strings.TrimRight(ref, "abcde"), 10, 32); err == nil && n <= tip {
		return uint32(n), true
	}
	for h := uint32(tip); h > tip-2000; h-- {
		if blockHash(h) == ref {
			return h, true
		}
	}
	return 0, false
}

func tx(id string) view.Tx {
	return view.Tx{TxID: id, WTxID: ID("w" + id), Kind: "payment", Height: tip - 410, Block: blockHash(tip - 410), Confirmations: 411, Time: timeOf(tip - 410), VSize: 154, Weight: 616, Fee: coin("0.00001232"),
		Inputs:  []view.TxInput{{TxID: ID("in"), Index: 1, Address: Me(), Amount: coin("30")}},
		Outputs: []view.TxOutput{{Index: 0, Address: Address("Studio Kite"), Amount: coin("12")}, {Index: 1, Address: Me(), Amount: coin("17.99998768")}}}
}

func fillChain(f *Fake) {
	reply(f, "Blocks", func(q view.BlocksQuery) (any, error) {
		from, limit := uint32(tip), q.Limit
		if q.From != nil {
			from = min(*q.From, tip)
		}
		if limit == 0 {
			limit = 20
		}
		out := []view.BlockBrief{}
		for h := int64(from); h >= 0 && len(out) < limit; h-- {
			out = append(out, blockBrief(uint32(h)))
		}
		return out, nil
	})
	reply(f, "Block", func(ref string) (any, error) {
		if h, ok := heightOf(ref); ok {
			return block(h), nil
		}
		return nil, errNothing
	})
	reply(f, "Tx", func(id string) (any, error) {
		t := tx(id)
		if id == RenderJob() {
			r := record("d", t.Height, 0)
			r.TxID, r.Author = id, Me()
			t.Kind, t.Record, t.Fee = "job post", &r, coin("18.00002")
			t.Outputs = []view.TxOutput{{Index: 0, Commitment: "job post"}, {Index: 1, Address: Me(), Amount: coin("11.99998")}}
		}
		return t, nil
	})
	reply(f, "Records", func(q view.RecordsQuery) (any, error) {
		n := q.Limit
		if n == 0 {
			n = 50
		}
		out := []view.Record{}
		for i := range n {
			if h := q.From + uint32(i*2); h <= tip {
				out = append(out, record(q.Chain, h, i%4))
			}
		}
		return out, nil
	})
	reply(f, "Address", func(a string) (any, error) {
		d := view.AddressDetail{Address: a, Balance: coin("614.2071"), Outputs: 12, Credit: coin("3.0182"), Weight: coin("412.44"), Seats: 14, Producer: true, Height: tip, OwnAddress: a == Me(), Scores: []view.EpochScore{}}
		if n, ok := people[nameOf(a)]; ok {
			d.Label = n
		}
		for e := range uint64(8) {
			d.Scores = append(d.Scores, view.EpochScore{Epoch: tip/epochBlocks - e, Score: coin("1.8") + types.Amount(e*e*3_100_000)})
		}
		return d, nil
	})
	f.must("Totals", view.Totals{Height: tip, Epoch: tip / epochBlocks, Issued: coin("100048213"), Fund: coin("19820411.2"), FundReleased: coin("214000"), Reserve: coin("8211.4"), BasePool: coin("412.09"), OpenJobs: 7, OpenBids: coin("38.016")})
	f.must("Audit", view.Audit{Height: tip, Hash: blockHash(tip), Digest: ID("digest"), DigestOK: true, Left: coin("100048213"), Right: coin("100048213"), Conserved: true, Took: 1840 * time.Millisecond,
		Terms: []view.Term{{Name: "unspent outputs", Amount: coin("80219127.2018")}, {Name: "compute fund", Amount: coin("19820411.2")}, {Name: "producers' reserve", Amount: coin("8211.4")}, {Name: "credits", Amount: coin("463.1982")}}})
	reply(f, "Search", func(text string) (any, error) { return search(text), nil })
	reply(f, "ChainJob", chainJob)
}

func search(text string) []view.SearchHit {
	out := []view.SearchHit{}
	low := strings.ToLower(strings.TrimSpace(text))
	if low == "" {
		return out
	}
	if h, ok := heightOf(low); ok {
		out = append(out, view.SearchHit{Kind: view.HitBlock, Ref: low, Height: h, Title: fmt.Sprint("block ", h)})
	}
	if strings.HasPrefix(low, prefix+"1") {
		out = append(out, view.SearchHit{Kind: view.HitAddress, Ref: low, Title: people[nameOf(low)]})
	}
	for _, b := range board() {
		if strings.Contains(b.Name, low) || b.ID == low {
			out = append(out, view.SearchHit{Kind: view.HitJob, Ref: b.ID, Height: b.Height, Title: b.Name})
		}
	}
	for _, d := range []string{"download", "render"} {
		if strings.HasPrefix(d, low) {
			out = append(out, view.SearchHit{Kind: view.HitDapp, Ref: ID("dapp " + d), Title: d})
		}
	}
	if len(out) == 0 && len(low) == 64 {
		out = append(out, view.SearchHit{Kind: view.HitTx, Ref: low, Height: tip - 410, Title: "transaction"})
	}
	return out
}

func chainJob(id string) (any, error) {
	for _, b := range board() {
		if b.ID == id {
			c := view.ChainJob{ID: id, Dapp: ID("dapp " + b.Dapp), DappName: b.Dapp, Name: b.Name, Work: b.Work, Author: b.Author, State: view.JobOpen, Bid: b.Bid, Scored: b.Bid - b.Remaining, Remaining: b.Remaining,
				Height: b.Height, EndHeight: b.EndHeight, Posted: timeOf(b.Height), Own: b.Own, Notes: []string{}}
			for i := range 5 {
				c.Scores = append(c.Scores, view.Receipt{TxID: ID(fmt.Sprint("score ", b.Name, i)), Height: tip - uint32(i*40), Address: node(i), Score: c.Scored / 5})
			}
			return c, nil
		}
	}
	return nil, errNothing
}
