package work

import (
	"supercomputing/app/ui/kit"
	"supercomputing/app/ui/page"
	"supercomputing/app/ui/text"
	"supercomputing/app/view"
)

// costFacts spell out what is paid, to whom, and what that brings.
func costFacts(t *text.Catalog, q *view.JobQuote, b *view.OrderBook) []kit.Fact {
	facts := []kit.Fact{
		{Label: t.T("work.cost.bid"), Value: t.Exact(q.Bid)},
		{Label: t.T("work.cost.who"), Value: t.T("work.cost.who.value", "nodes", t.Exact(q.Split.Nodes), "producers", t.Exact(q.Split.Producers),
			"developer", t.Exact(q.Split.Developer), "foundation", t.Exact(q.Split.Foundation))},
		{Label: t.T("work.cost.fee"), Value: t.Exact(q.Fee)},
		{Label: t.T("work.cost.total"), Value: t.Exact(q.Total), Strong: true},
		{Label: t.T("work.cost.left"), Value: t.Exact(q.Spendable - q.Total)},
	}
	rank := b.Rank(q.Bid)
	return append(facts, kit.Fact{Label: t.T("work.cost.place"), Value: t.T("work.cost.place.value",
		"rank", t.T("work.bid.rank", "rank", t.Number(int64(rank)), "of", t.Number(int64(len(b.Bids)+1))), "start", startText(t, startOf(b, rank)).text)})
}

// paymentError tells what a person has to know when a payment did not come to
// its end: cancelled too late, it may be on its way.
func paymentError(env *page.Env, err error) error {
	if page.Cancelled(err) {
		return view.Errorf(view.CodeUnavailable, "%s", env.T("work.pay.cancelled")).WithHint("%s", env.T("work.pay.cancelled.hint"))
	}
	return err
}
