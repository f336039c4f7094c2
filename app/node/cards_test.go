package node

import (
	"reflect"
	"testing"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain"
	"supercomputing/chain/chaintest"
	"supercomputing/chain/types"
	"supercomputing/wallet"
	ads "supercomputing/wallet/market"
	"supercomputing/wallet/messages"
	"supercomputing/wallet/messages/envelope"
)

// TestUnknownCards: of what this node does not know, a card says so, and whose
// the title is.
func TestUnknownCards(t *testing.T) {
	g := chaintest.New(t, chaintest.Params([]string{"ann"}, nil))
	late := time.Unix(g.Params.GenesisTime+1<<30, 0)
	m := must[*chain.Manager](t)(chain.Open(g.Params, chain.NewMemStore(), chain.Options{Clock: func() time.Time { return late }}))
	listings := must[*ads.Market](t)(ads.Open(ads.Options{Params: g.Params, Self: chaintest.NewKey("ann").Address(), Chain: adChain{blocks{m}},
		Store: wallet.NewMemStore(), Reach: func() string { return "" }}))
	n := &Node{market: &market{ledger: newLedger(m, nil)}, ads: listings}
	for _, c := range []struct {
		body envelope.Body
		want view.Card
	}{
		{&envelope.Job{ID: types.Hash{1}, Title: "well\u202epaid"}, view.Card{Kind: view.CardJob, Title: "wellpaid", Claimed: true}},
		{&envelope.Job{ID: types.Hash{1}}, view.Card{Kind: view.CardJob}},
		{&envelope.Listing{ID: types.Hash{1}, Title: "gold"}, view.Card{Kind: view.CardListing, Title: "gold", Claimed: true}},
	} {
		c.want.Ref, c.want.State = types.Hash{1}.String(), "unknown"
		if got := n.card(&messages.Message{Body: c.body}); !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%+v, want %+v", *got, c.want)
		}
	}
}
