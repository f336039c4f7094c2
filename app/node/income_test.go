package node

import (
	"testing"
	"time"

	"supercomputing/app/view"
	"supercomputing/chain/types"
	"supercomputing/wallet"
)

func TestEarningsDays(t *testing.T) {
	at := func(s string) time.Time { return must[time.Time](t)(time.Parse(time.RFC3339, s)) }
	now := at("2026-03-01T23:30:00Z")
	for name, c := range map[string]struct {
		q           view.EarningsQuery
		first, last string // starts of the first and the last day
		today       types.Amount
		total       types.Amount
	}{
		"Greenwich":       {view.EarningsQuery{Days: 2}, "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z", 1 + 8 + 32, 1 + 2 + 8 + 32},
		"one day":         {view.EarningsQuery{Days: 1}, "2026-03-01T00:00:00Z", "2026-03-01T00:00:00Z", 1 + 8 + 32, 1 + 8 + 32},
		"China":           {view.EarningsQuery{Days: 2, Zone: 8 * 3600}, "2026-02-28T16:00:00Z", "2026-03-01T16:00:00Z", 1 + 32, 1 + 8 + 32},
		"west of it":      {view.EarningsQuery{Days: 2, Zone: -5 * 3600}, "2026-02-28T05:00:00Z", "2026-03-01T05:00:00Z", 1 + 8 + 32, 1 + 2 + 8 + 32},
		"a year":          {view.EarningsQuery{Days: 366}, "2025-03-01T00:00:00Z", "2026-03-01T00:00:00Z", 1 + 8 + 32, 1 + 2 + 4 + 8 + 32},
		"over midnight":   {view.EarningsQuery{Days: 1, Zone: 1800}, "2026-03-01T23:30:00Z", "2026-03-01T23:30:00Z", 32, 32},
		"half hour zones": {view.EarningsQuery{Days: 1, Zone: 19800}, "2026-03-01T18:30:00Z", "2026-03-01T18:30:00Z", 1 + 32, 1 + 32},
	} {
		income := []wallet.Income{
			{Time: at("2026-03-01T20:00:00Z"), Amount: 1, Source: "credit"}, {Time: at("2026-02-28T12:00:00Z"), Amount: 2, Source: "producer"},
			{Time: at("2026-02-01T12:00:00Z"), Amount: 4, Source: "developer"}, {Time: at("2026-03-01T05:00:00Z"), Amount: 8, Source: "producer"},
			{Time: at("2020-03-01T05:00:00Z"), Amount: 16, Source: "producer"}, {Time: at("2026-03-02T23:59:00Z"), Amount: 32, Source: ""},
		}
		days := newDays(now, c.q)
		got := sumDays(days, income)
		if len(got.Days) != c.q.Days || !days[0].Start.Equal(at(c.first)) || !days[len(days)-1].Start.Equal(at(c.last)) {
			t.Errorf("%s: %d days from %v to %v", name, len(days), days[0].Start, days[len(days)-1].Start)
		}
		if got.Today != c.today || got.Total != c.total {
			t.Errorf("%s: today %d of %d, want %d of %d", name, got.Today, got.Total, c.today, c.total)
		}
		for _, d := range got.Days {
			if d.Work+d.Blocks+d.Other != d.Total {
				t.Errorf("%s: %+v does not add up", name, d)
			}
		}
	}
}
