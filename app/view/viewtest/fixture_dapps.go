package viewtest

import (
	"fmt"

	"supercomputing/app/view"
	"supercomputing/chain/types"
)

func dapps() []view.Dapp {
	return []view.Dapp{
		{ID: ID("dapp download"), Name: "download", Version: "1", Developer: Address("developer"), Builtin: true, Supported: true, Epochs: 30, Jobs: 418, Bids: coin("1902.4"), Income: coin("380.48"), Scores: coin("1611.2"), Warnings: []string{}},
		{ID: ID("dapp render"), Name: "render", Version: "2", Developer: Address("Studio Kite"), Builtin: true, Supported: true, Epochs: 30, Jobs: 211, Bids: coin("2814.1"), Income: coin("562.82"), Scores: coin("2402.9"), Warnings: []string{}},
		{ID: ID("dapp folding"), Name: "folding", Version: "0.3", Manifest: ID("manifest"), Developer: Address("Noor"), Height: 31_022, Epochs: 30, Jobs: 6, Bids: coin("41"), Income: coin("8.2"), Scores: coin("30.4"), Warnings: []string{}},
		{ID: ID("dapp denoise"), Name: "denoise", Version: "0.1", Manifest: ID("manifest 2"), Developer: Me(), Mine: true, Height: 44_911, Epochs: 30, Jobs: 2, Bids: coin("1.5"), Income: coin("0.3"), Scores: coin("0.8"), Warnings: []string{}},
	}
}

func dapp(ref string) (any, error) {
	for _, d := range dapps() {
		if d.ID != ref && d.Name != ref {
			continue
		}
		v := view.DappDetail{Dapp: d}
		for i := range 10 {
			e := view.DappEpoch{Epoch: tip/epochBlocks - uint64(i), Start: timeOf(uint32((tip/epochBlocks - i) * epochBlocks)), Jobs: d.Jobs / (12 + i), Bids: d.Bids / types.Amount(12+i)}
			e.Income, e.Scores = e.Bids/5, e.Bids*8/10
			v.ByEpoch = append(v.ByEpoch, e)
		}
		return v, nil
	}
	return nil, errNothing
}

func rewards(q view.RewardsQuery) view.Rewards {
	r := view.Rewards{Address: q.Address, Height: tip, Epoch: tip / epochBlocks, Scores: coin("61.2"), Credited: coin("36.9794"), BaseShare: coin("4.208"), Paid: coin("98.21"), Credit: coin("3.0182"), Weight: coin("412.44"), Seats: 14, SeatsOf: 1001, Producer: true}
	if r.Address == "" {
		r.Address = Me()
	}
	r.ByDapp = []view.RewardDapp{{Dapp: ID("dapp render"), Name: "render", Score: coin("37.9"), Credited: coin("22.7714"), Jobs: 9}, {Dapp: ID("dapp download"), Name: "download", Score: coin("23.3"), Credited: coin("14.208"), Jobs: 31}}
	for i := range 12 {
		h := uint32(tip - 61 - 1811*i)
		r.ByEpoch = append(r.ByEpoch, view.RewardEpoch{Epoch: tip/epochBlocks - uint64(i), Start: timeOf(uint32(max(0, (tip/epochBlocks-i)*epochBlocks))), Score: coin("5.1"), Registered: coin("5.1"), Credited: coin("3.06"), BaseShare: coin("0.34"), Paid: coin("8.1"), ByDapp: r.ByDapp})
		name, kind := "glacier-flyover.blend", "render"
		if i%3 == 1 {
			name, kind = "debian-13.2-netinst.iso", "download"
		}
		r.Work = append(r.Work, view.RewardWork{Height: h, Epoch: uint64(h) / epochBlocks, Time: timeOf(h), TxID: ID(fmt.Sprint("reward ", i)), Job: ID("board " + name), JobName: name, Dapp: kind, Payer: Address("Studio Kite"), Score: coin("0.42"), Credited: coin("0.252")})
		r.Payouts = append(r.Payouts, view.RewardPayout{Height: h, Time: timeOf(h), Block: blockHash(h), Amount: coin("0.6") + types.Amount(i)*1_100_000, Role: []string{view.RoleProducer, view.RoleCredit}[i%2]})
	}
	return r
}

func fillDapps(f *Fake) {
	f.must("Dapps", dapps())
	reply(f, "Dapp", dapp)
	f.must("QuoteDapp", view.DappQuote{Price: coin("1.00004"), ManifestHash: ID("manifest 3"), Affordable: true, Warnings: []string{}})
	f.must("RegisterDapp", view.Sent{TxID: ID("dapp registration"), Fee: coin("1.00004")})
	reply(f, "Rewards", func(q view.RewardsQuery) (any, error) { return rewards(q), nil })
}
